. tests/lib.sh
export SMTPIPE_ETC=$WORK SMTPIPE_LIBEXEC=$BUILD/bin/manage
printf 'example.org:\n' >domains
printf 'secret\n' | password-set ann
out=$(smtpipe app-password add -a 192.0.2.0/24 -s scan@example.org ann/scanner)
like 'add tells the login and the password' "$out" '^log in as ann/scanner with the password .{20,}$'
is 'list shows its bounds' "$(smtpipe app-password list | tr -s ' ')" 'ann/scanner from=192.0.2.0/24 as=scan@example.org'
login() { # CLIENT: with the password that was told
	printf 'V1\0I%s\0\0' "$1" >facts
	printf 'AUTH PLAIN %s\r\n' "$(printf '\0ann/scanner\0%s' "${out##* }" | base64 -w 0)" |
		auth-check 3<facts 4>/dev/null 2>log | tail -n 1 | cut -c 1-3
}
is 'it is good from there' "$(login 192.0.2.7)" 235
is 'and from nowhere else' "$(login 198.51.100.7)" 535
ok 'remove takes it away' smtpipe app-password remove ann/scanner
is 'at once' "$(login 192.0.2.7)" 535
is 'and nothing but it' "$(grep -c '^ann:' passwords) $(smtpipe app-password list | wc -l)" '1 0'
not_ok 'there must be a user' smtpipe app-password add bob/phone
not_ok 'and a name' smtpipe app-password add ann

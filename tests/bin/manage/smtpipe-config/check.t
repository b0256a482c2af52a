. tests/lib.sh
mkdir etc && cd etc || exit 111
export SMTPIPE_ETC=$WORK/etc SMTPIPE_LIBEXEC=$BUILD/bin/manage
good() {
	rm -rf ./*
	echo mail.example.org >me
	printf '# bytes\n1000\n' >size
	printf 'example.org:\n' >domains
	printf 'ann: ann/Maildir\n' >mailboxes
	printf 'postmaster: ann,\n\tbob@example.net\n' >aliases
	printf '*: smtp-send\n@: unix:/run/smtpipe/maildir-deliver\n' >routes
	printf 'ann: $y$x\n' >passwords && chmod 640 passwords
	mkdir tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout tls/key.pem \
		-out tls/cert.pem 2>/dev/null && chmod 600 tls/key.pem
}
good
is 'what setup could have written is right' "$(smtpipe config check; echo $?)" 'nothing is wrong with the settings
0'
wrong() { # SENTENCE PATTERN, after good settings were broken
	smtpipe config check >../out 2>&1
	is "$1: 100" "$?" 100
	like "$1: is said" "$(cat ../out)" "$2"
	is "$1: and nothing else" "$(wc -l <../out)" 1
	good
}
: >mailboxs && wrong 'a slip in a name' '^mailboxs: nobody reads this; did you mean mailboxes\?$'
: >README.old && wrong 'a file that nobody reads' '^README.old: nobody reads this$'
printf 'x.example: smtp-send -h y -a relay-passwords\n' >>routes && : >relay-passwords
ok 'a file that a route names is read' smtpipe config check
good
echo 10M >size && wrong 'a number that is none' '^size: 10M is not a number$'
printf '1\n2\n' >retry && wrong 'two lines for one' '^retry: has more than one line'
printf 'bank.example: verify name=mx.bank.example\n*: encrypt\n' >tls-policy
ok 'a policy of TLS is a setting' smtpipe config check
good
echo '*: encypt' >tls-policy && wrong 'a slip in a level' '^tls-policy: \*: encypt is no level; did you mean encrypt\?$'
echo jason >log-format && wrong 'a form of logs that we do not know' '^log-format: is plain or json, and not jason$'
echo 10.0.0.0/40 >networks && wrong 'networks that are none' '^networks: 10.0.0.0/40 is no network'
echo 10.0.0.0/8 fd00::/8 >networks
echo some >return && wrong 'a form of reports that we do not know' '^return: is full or header, and not some$'
echo localhost >me && wrong 'a host name without a dot' '^me: localhost is not a host name$'
printf 'bob bob/Maildir\n' >>mailboxes && wrong 'a line without a colon' '^mailboxes:2: has no colon'
printf 'ANN: x/Maildir\n' >>mailboxes && wrong 'a key that stands there already' '^mailboxes:2: ann stands in line 1'
printf '\tlost\n' >senders && wrong 'a line that belongs to none' '^senders:1: belongs to no entry'
printf 'x: /etc\n' >>mailboxes && wrong 'a mailbox elsewhere' '^mailboxes: x: a Maildir lies below'
printf 'x@example.net: x\n' >>mailboxes && wrong 'a domain that is not ours' 'x@example.net: example.net is not in the table domains'
printf 'ann: bob\n' >aliases && wrong 'no postmaster' '^aliases: postmaster is nobody'
printf 'x.example: frobnicate -a\n' >>routes && wrong 'a program that is not there' '^routes: x.example: there is no program frobnicate$'
chmod 644 passwords && wrong 'a secret that is none' '^passwords: may be read by everybody; do: chmod o='
openssl ecparam -name prime256v1 -genkey -noout >tls/key.pem 2>/dev/null && wrong 'a key of another certificate' '^tls/key.pem: does not belong'
rm tls/key.pem && wrong 'no key at all' '^tls/key.pem: is missing'
echo x >tls/cert.pem && wrong 'no certificate' '^tls/cert.pem: is not a certificate'
: >passwords.new && wrong 'what a change has left' '^passwords.new: left by a change'
for name in $(grep -rhoE 'first_line [a-z-]+' "$ROOT"/sv | sed 's/.* //') $(sed -n 's/^\.Ss \([a-z-]*\)$/\1/p' "$ROOT/doc/table.5"); do
	[ -e "$name" ] || : >"$name"
done
chmod o= passwords
is 'every setting that a chain reads, and every table, is known' "$(smtpipe config check | grep 'nobody reads')" ''
good
cd .. && rm -r etc
not_ok 'no settings at all' smtpipe config check

. tests/lib.sh
export SMTPIPE_ETC=$WORK/etc SMTPIPE_MAIL=$WORK/mail SMTPIPE_LIBEXEC=$BUILD/bin/manage
is 'without settings, it says what makes them' "$(smtpipe user list 2>&1 | grep -c 'smtpipe setup')" 1
mkdir etc mail && cd etc || exit 111
printf '# ours\nexample.org:\nexample.net:\n' >domains
printf '# boxes\nold: old/Maildir\n' >mailboxes
printf '# logins\n' >passwords && chmod 600 passwords
: >senders
mkdir -p ../mail/old/Maildir

out=$(smtpipe user add Ann@example.org)
like 'add tells the password' "$out" '^ann has the password [a-z0-9-]{20,}$'
is 'in the first domain the name is short' "$(smtpipe user list)" "$(printf '%-24s %-32s %s' ann ann/Maildir ann)"
is 'elsewhere it is the address' "$(smtpipe user add info@example.net >/dev/null; smtpipe user list | sed -n '2s/  */ /gp')" \
	'info@example.net example.net/info/Maildir info@example.net'
is 'a folder is made for the Maildir, for its owner alone' "$(stat -c %a ../mail/ann ../mail/example.net/info | tr '\n' ' ')" '700 700 '
is 'comments and others are kept' "$(cat mailboxes)" '# boxes
old: old/Maildir
ann: ann/Maildir
info@example.net: example.net/info/Maildir'
is 'the mode of the passwords is kept' "$(stat -c %a passwords)" 600
smtpipe user add ann >out 2>&1
is 'nobody is added twice' "$? $(cat out)" '100 smtpipe-user: there is a user ann already'
smtpipe user add eve@example.com >out 2>&1
is 'nor in a domain that is not ours' "$? $(grep -c 'smtpipe domain add example.com' out)" '100 1'
for bad in '../etc' 'a b' 'a:b' '-x' "$(printf 'a\nb')" ''; do
	not_ok "no user is called \"$bad\"" smtpipe user add "$bad"
done
echo secret-one | smtpipe user passwd ann
not_ok 'passwd knows who is there' smtpipe user passwd bob
hash=$(grep ^ann passwords)
echo secret-two | smtpipe user passwd ann
ok 'and changes the hash' [ "$hash" != "$(grep ^ann passwords)" ]

is 'grant adds to what is theirs' "$(smtpipe user grant ann sales@example.org @example.net)" 'ann may send as ann, sales@example.org, @example.net'
is 'once' "$(smtpipe user grant ann sales@example.org)" 'ann may send as ann, sales@example.org, @example.net'
is 'revoke takes it away' "$(smtpipe user revoke ann @example.net)" 'ann may send as ann, sales@example.org'
is 'and with the last one the entry' "$(smtpipe user revoke ann sales@example.org; cat senders)" 'ann may send as ann'
is 'remove keeps the mail and says where' "$(smtpipe user remove ann)" "ann is no user any more; the mail stays in $WORK/mail/ann/Maildir"
is 'and takes the entries' "$(smtpipe user list | wc -l) $(grep -c ann mailboxes passwords | tr '\n' ' ')" '1 mailboxes:0 passwords:0 '
printf 'team: a,\n\tb,\n  c\nnext: x\n' >senders
printf 'team: h\n' >>passwords
is 'an entry of many lines is read whole' "$(smtpipe user list | sed -n 's/^team  *//p')" 'a, b, c'
is 'and taken out whole' "$(smtpipe user remove team >/dev/null; cat senders)" 'next: x'

for i in $(seq 8); do smtpipe user add "crowd$i" >/dev/null & done
wait
is 'many are added at once, with login and mailbox' "$(grep -c '^crowd' passwords) $(grep -c '^crowd' mailboxes)" '8 8'

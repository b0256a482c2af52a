# Large tables are compiled, by hand and by themselves, and what is asked of them is answered as before
. tests/lib.sh
export SMTPIPE_ETC=$WORK/etc SMTPIPE_LIBEXEC=$BUILD/bin/manage
mkdir -p etc && cd etc || exit 111
printf 'example.org:\n' >domains
many() { # FILE LAST-LINE...
	awk 'BEGIN { for (i = 0; i < 5000; i++) printf "user%d: user%d/Maildir\n", i, i }' >"$1.made"
	file=$1 && shift
	printf '%s\n' "$@" >>"$file.made"
	mv "$file.made" "$file"
}
many mailboxes 'Ann: ann/Maildir'
many aliases 'team: ann, bob@example.net'
printf '*: smtp-send -h relay.example.net\n' >routes
: >senders
knows() { smtpipe explain --from '<>' --to "$1@example.org" >../said 2>&1; }

is 'large tables are compiled' "$(smtpipe tables; echo $?)" 'mailboxes.cdb: made
aliases.cdb: made
0'
is 'once, and no others' "$(smtpipe tables; ls compiled)" 'mailboxes.cdb: is of this text
aliases.cdb: is of this text
aliases.cdb
mailboxes.cdb'
for who in user0 USER4999 ann ann+detail user4999+x team; do ok "$who is here" knows $who; done
not_ok 'user5000 is not' knows user5000
like 'an alias' "$(knows team; cat ../said)" 'alias-expand +team@example.org: bob@example.net'
is 'an entry is found without the text being read' "$(strace -f -o ../trace -e trace=read,pread64,mmap -P mailboxes \
	smtpipe explain --from '<>' --to ann@example.org >/dev/null 2>&1; have strace && grep -c 'read' ../trace)" \
	"$(have strace && echo 0)"
many mailboxes 'eve: eve/Maildir'
ok 'who is new is here at once, as the text is read' knows eve
not_ok 'and who is gone is not' knows ann
chmod 600 aliases
like 'what not everybody may read is left alone' "$(smtpipe tables 2>&1)" 'not everybody may read the table aliases'
is 'and its compiled form is gone' "$(ls compiled)" mailboxes.cdb
chmod 644 aliases

smtpipe tables -w 2>../log &
watcher=$!
background="$background $watcher"
made() { # TABLE COUNT: was it made so often?
	[ "$(grep -c "compiled table=$1\$" ../log)" -ge "$2" ]
}
ok 'the service compiles what it finds' until_true 20 made aliases 1
many mailboxes 'carl: carl/Maildir'
ok 'and what is put in its place' until_true 20 made mailboxes 1
ok 'who is new is here' knows carl
echo 'dora: dora/Maildir' >>mailboxes
ok 'what is written into it' until_true 20 made mailboxes 2
ok 'who is new is here, too' knows dora
is 'from what was compiled' "$(smtpipe tables | grep mailboxes)" 'mailboxes.cdb: is of this text'
echo 'dora: dora/Maildir' >mailboxes
gone() { [ ! -e compiled/mailboxes.cdb ]; }
ok 'of a small table there is none' until_true 20 gone
rm aliases
none() { [ -z "$(ls compiled)" ]; }
ok 'nor of one that is gone' until_true 20 none
ok 'it goes on' kill -0 $watcher
mkdir -p compiled/mailboxes.cdb/x
many mailboxes 'fay: fay/Maildir'
like 'what cannot be compiled is said' "$(smtpipe tables 2>&1; echo $?)" 'cannot compile the table mailboxes, so its text is read'
ok 'and the text is read' knows fay

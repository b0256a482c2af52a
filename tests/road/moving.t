# What the book says of moving from Postfix and qmail: what it names is there, and says what the other one said
. tests/lib.sh
export SMTPIPE_LIBEXEC=$BUILD/bin/manage SMTPIPE_ETC=$WORK/etc SMTPIPE_RUN=$WORK/run
mkdir etc run && cd etc || exit 111

# Every word of code in the second column is a setting, a table, a program with or without options, or a file of tls/.
sed -n 's/^| .* | \(.*\) |$/\1/p' "$ROOT/doc/book/5-moving.md" | grep -o '`[^`]*`' | tr -d '`' | sort -u >../words
while read -r word; do
	name=${word%%[ :]*}
	case $name in
	\** | newaliases | header | tls/*.pem) continue ;; # a line of a table, a word of Postfix, a value, keys
	esac
	command -v "$name" >/dev/null && continue
	: >"$name"
	smtpipe config check | grep -q "^$name: nobody reads" && echo "$name"
	rm -f "$name"
done <../words >../unknown
is 'the book names nothing that is not there' "$(cat ../unknown)" ''
ok 'and names a good deal' [ "$(wc -l <../words)" -gt 15 ]

# main.cf
printf 'mail.example.org\n' >me                                   # myhostname
printf 'example.org:\nvirtual.example:\n' >domains                # mydestination, virtual_mailbox_domains
printf 'ann: ann/Maildir\nbob@virtual.example: bob/Maildir\n' >mailboxes # virtual_mailbox_maps
printf 'postmaster: ann\nteam: ann, carl@example.net\nsales@virtual.example: ann@example.org\n' >aliases # alias_maps, virtual_alias_maps
printf 'partner.example: smtp-send -h gate.partner.example\n.lists.example: program-deliver /bin/true\n*: smtp-send -h relay.example.net -a /etc/relay\n' >routes
printf 'ann: ann, sales@virtual.example\n' >senders               # smtpd_sender_login_maps
echo 1000000 >size && echo 7200 >lifetime && echo 60 >retry && echo header >return
: >passwords && chmod 600 passwords && mkdir tls
chain() { # SERVICE: the words it would start
	SMTPIPE_STAGES=serve sh "$ROOT/sv/$1/chain" echo 2>&1
}
like 'myhostname, message_size_limit' "$(chain submission)" ' -h mail.example.org -s 1000000 '
like 'and for mail from elsewhere' "$(chain smtp)" ' -h mail.example.org -s 1000000 '
like 'minimal_backoff_time, maximal_queue_lifetime' "$(chain queue)" '60.*7200|7200.*60'
like 'bounce_size_limit' "$(chain queue)" ' -n$'
decides() { # SENTENCE PATTERN ARGUMENT...: of explain
	sentence=$1 pattern=$2 && shift 2
	like "$sentence" "$(smtpipe explain "$@" 2>&1)" "$pattern"
}
decides 'mydestination' '^recipient-check +ann@example.org: is here' --from '<>' --to ann@example.org
decides 'virtual_mailbox_maps' '^queue-run +bob@virtual.example: maildir-deliver$' --from '<>' --to bob@virtual.example
decides 'of that domain only' '^recipient-check +bob@example.org: 550 5.1.1' --from '<>' --to bob@example.org
decides 'local_recipient_maps' '^recipient-check +nobody@example.org: 550 5.1.1' --from '<>' --to nobody@example.org
decides 'alias_maps' '^alias-expand +team@example.org: carl@example.net' --from '<>' --to team@example.org
decides 'virtual_alias_maps' '^alias-expand +sales@virtual.example: ann@example.org' --from '<>' --to sales@virtual.example
decides 'transport_maps' '^queue-run +x@partner.example: smtp-send -h gate.partner.example' --login ann --from ann@example.org --to x@partner.example
decides 'relayhost, smtp_sasl_password_maps' '^queue-run +x@other.example: smtp-send -h relay.example.net -a /etc/relay' \
	--login ann --from ann@example.org --to x@other.example
decides 'smtpd_sender_login_maps' '^sender-check +sales@virtual.example: may be used' --login ann --from sales@virtual.example --to ann@example.org
decides 'reject_sender_login_mismatch' 'it may use: .*ann@example.org' --login ann --from carl@example.org --to ann@example.org
decides 'reject_unauth_destination' 'may not relay' --from x@example.net --to y@example.com
# control/
decides 'virtualdomains, a program' '^queue-run +all@a.lists.example: program-deliver /bin/true' --login ann --from ann@example.org --to all@a.lists.example
decides 'smtproutes' '^queue-run +y@partner.example: smtp-send -h gate' --login ann --from ann@example.org --to y@partner.example
decides 'rcpthosts' 'may not relay' --from '<>' --to y@partner.example

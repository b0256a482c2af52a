# What setup refuses before it touches anything; road/systemd.t uses it for real
. tests/lib.sh

mkdir share && cp -R "$ROOT/sv" share && sed -i "s,@ETCDIR@,$WORK/etc,g" share/sv/*.conf
export SMTPIPE_SHARE=$WORK/share SMTPIPE_ETC=$WORK/etc SMTPIPE_QUEUE=$WORK/queue SMTPIPE_MAIL=$WORK/mail SMTPIPE_LIBEXEC=$BUILD/bin/manage
refused() { # SENTENCE PATTERN ARGUMENT...
	sentence=$1 pattern=$2
	shift 2
	smtpipe setup "$@" >out 2>&1
	is "$sentence: refused" "$?" 111
	like "$sentence: with the reason" "$(cat out)" "$pattern"
}
refused 'no domain' usage
refused 'a word without a dot' 'example is not a domain name' example
refused 'a domain with a space' 'not a domain name' 'exa mple.org'
refused 'a user elsewhere' 'ann@example.net is not in example.org' -s none example.org ann@example.net
refused 'a user that climbs' 'has letters, digits' -s none example.org ../ann@example.org
refused 'a host without a dot' 'mail is not a host name' -h mail -s none example.org
refused 'a starter that nobody knows' usage -s initd example.org
is 'nothing was made' "$(ls "$WORK" | grep -v '^out$\|^take$\|^share$')" ''

smtpipe setup --dry-run -s none -h mail.example.org Example.ORG ann@example.org >plan 2>&1
is '--dry-run needs no right' "$?" 0
like 'it tells of settings' "$(cat plan)" "^setting  $WORK/etc/domains"
like 'of logins' "$(cat plan)" '^login    ann$'
unlike 'but makes no password' "$(cat plan)" Passwords
is 'and makes nothing' "$(ls "$WORK" | grep -v '^out$\|^take$\|^plan$\|^share$')" ''

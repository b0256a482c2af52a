. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/sink.sh"
export SMTPIPE_LIBEXEC=$BUILD/bin/manage
sink_in relay 'rcpt=550 5.1.1 no such user'
demo_start DEMO_RELAY=127.0.0.1:$port
export SMTPIPE_INJECT=$DEMO/run/inject
smtpipe send-test -l "$DEMO/log" bob@example.test >way 2>&1
is 'a message that is delivered is 0' "$?" 0
like 'its way is shown from where it began' "$(head -n 1 way)" 'mail-inject|header-fix|queue-add'
like 'to its end' "$(cat way)" 'queue-run +done'
ok 'and it is there' has_mail bob 'Subject: smtpipe test'
smtpipe send-test -l "$DEMO/log" bob@elsewhere.test >way 2>&1
is 'one that cannot be delivered is 100' "$?" 100
like 'with the reason' "$(cat way)" 'failed .*no such user'
SMTPIPE_INJECT=$WORK/nothing smtpipe send-test bob@example.test >way 2>&1
is 'where nobody accepts, 111' "$?" 111
like 'and said so' "$(cat way)" 'not accepted: '
demo_stop

# QUE-01, QUE-02, OUT-09, BNC-01, BNC-03 .. BNC-08, DATA-03, SMTPUTF8 aside: mail for elsewhere goes to
# a real Postfix; a 550 comes back as a bounce, a 451 is tried again and then delivered
. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/postfix.sh"
# flaky@relay.test gets 451 until the file "up" is there; eve is refused after DATA.
postfix_start "smtpd_recipient_restrictions = check_recipient_access texthash:$WORK/access, reject_unauth_destination"
echo 'flaky@relay.test 451 4.2.0 come back later' >access
printf 'flaky@relay.test flaky/\n' >>"$POSTFIX/mailboxes"
demo_start DEMO_RELAY="127.0.0.1:$POSTFIX_PORT" DEMO_RETRY=1

ok 'a message for carl@relay.test is taken' send_mail relayed --to carl@relay.test \
	--body "$(printf '.dot first\nplain')"
ok 'Postfix has it' until_true 20 sh -c "grep -qs 'Subject: relayed' $POSTFIX/mail/carl/new/*"
file=$(grep -l 'Subject: relayed' "$POSTFIX"/mail/carl/new/*)
ok 'DATA-03: with its dot' grep -q '^\.dot first' "$file"
like 'ARCH-08: the envelope is as it was' "$(cat "$file")" '^Return-Path: <alice@example.test>'

ok 'one message for two recipients there' send_mail both --to carl@relay.test,dora@relay.test
ok 'both have it' until_true 20 sh -c "grep -qs 'Subject: both' $POSTFIX/mail/carl/new/* &&
	grep -qs 'Subject: both' $POSTFIX/mail/dora/new/*"
until_true 20 grep -q 'from=<alice@example.test>, size=.*nrcpt=2' "$POSTFIX/maillog"
is 'QUE-05: in one transaction' \
	"$(grep -c 'from=<alice@example.test>, size=.*nrcpt=2' "$POSTFIX/maillog")" 1

ok 'a message for a user that Postfix does not know' send_mail bounced --to nobody@relay.test
ok 'comes back as a bounce' until_true 20 has_mail alice 'multipart/report'
file=$(mail_with alice 'multipart/report')
is 'BNC-01: from the null sender' "$(head -1 "$file")" 'Return-Path: <>'
python3 - "$file" >report <<'PY'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
assert m.get_content_type() == 'multipart/report', m.get_content_type()
parts = list(m.iter_parts())
print('types', *[p.get_content_type() for p in parts])
print('auto', m['Auto-Submitted'])
message, recipient = list(parts[1].iter_parts()) if parts[1].is_multipart() else parts[1].get_payload()
for field in 'Final-Recipient', 'Action', 'Status', 'Remote-MTA', 'Diagnostic-Code':
    print(field, recipient[field])
print('reporting', message['Reporting-MTA'])
print('original', parts[2].as_string().count('Subject: bounced'))
PY
like 'BNC-04: text, status and original' "$(cat report)" \
	'types text/plain message/delivery-status (message/rfc822|text/rfc822-headers)'
like 'BNC-06: who' "$(cat report)" 'Final-Recipient rfc822; *nobody@relay.test'
like 'BNC-07: what' "$(cat report)" 'Action failed'
like 'BNC-07: the status' "$(cat report)" 'Status 5\.1\.1'
like 'BNC-08: the remote'\''s own words' "$(cat report)" 'Diagnostic-Code smtp; 550 5\.1\.1 .*User unknown'
like 'BNC-11: it says that a program wrote it' "$(cat report)" 'auto auto-replied'
like 'BNC-05: and which' "$(cat report)" 'reporting dns; *mail.example.test'
like 'the original comes along' "$(cat report)" 'original 1'
is 'there is one bounce, not two' "$(new_mail alice | wc -l)" 1

ok 'a message for somebody who is not ready' send_mail retried --to flaky@relay.test
ok 'is tried, and refused for now' until_true 20 grep -q '451 4.2.0.*come back later' "$POSTFIX/maillog"
is 'no bounce for that' "$(new_mail alice | wc -l)" 1
: >access
postfix -c "$POSTFIX" reload >/dev/null 2>&1
ok 'QUE-01: it is tried again, and delivered' until_true 30 \
	sh -c "grep -qs 'Subject: retried' $POSTFIX/mail/flaky/new/*"
ok 'then the queue is empty' until_true 20 queue_empty
demo_stop

# TRPT-02 TRPT-03: what was counted is told to the domains that want to know
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/web.sh"
if ! have nsd || ! have unbound; then
	skip 'reports are made' 'no nsd or unbound'
	exit 0
fi
web_start
cat >zone.source <<ZONE
\$ORIGIN test.
\$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
web A 127.0.0.1
_smtp._tls.mail TXT "v=TLSRPTv1; rua=mailto:tls%2Breports@mail.test"
_smtp._tls.web TXT "v=TLSRPTv1; rua=https://web.test:$WEB_PORT/r"
_smtp._tls.both TXT "v=TLSRPTv1; rua=https://web.test:1/r,mailto:tls@both.test"
_smtp._tls.busy TXT "v=TLSRPTv1; rua=https://web.test:1/r"
ZONE
dns_start zone.source
web_answer web.test '200 OK' text/plain </dev/null
# Stands for the sendmail of this host: each message in a file, its arguments in another one.
mkdir sent stub
printf '#!/bin/sh\nexec "%s" -n 127.0.0.0/8\n' "$BUILD/bin/send/report-post" >stub/report-post
chmod +x stub/report-post
cat >stub/sendmail <<'SH'
#!/bin/sh
[ ! -e refuse ] || exit 75
for to; do :; done
echo "$*" >"sent/$to.args"
cat >"sent/$to"
SH
chmod +x stub/sendmail
PATH=$WORK/stub:$PATH

mkdir tls
day_lasts 60
yesterday=$(date -u -d '1 day ago' +%Y-%m-%d)
begin=$(date -u -d "$yesterday" +%s)
today=$(date -u +%Y-%m-%d)
line() { printf '%s\ttime=0\tdomain=%s\ttype=%s\tresult=%s%s\n' "$@"; }
{
	line 12 mail.test sts success "$(printf '\tpolicy=verify sts id=1 max_age=86400 mx=mx.mail.test')"
	line 2 mail.test sts certificate-expired "$(printf '\tmx=mx.mail.test\taddress=192.0.2.1\tsource=192.0.2.2\ttext=gone\tpolicy=verify sts id=1 max_age=86400 mx=mx.mail.test')"
	line 3 web.test no-policy-found success ''
	line 1 both.test tlsa success "$(printf '\ttlsa=3 1 1 abcd')"
	line 1 quiet.test no-policy-found success ''
	echo rubbish
} >"tls/$yesterday"
line 1 mail.test no-policy-found success '' >"tls/$today"
: >tls/notes
report() { timeout 60 tls-report -d tls -c postmaster@us.test -o 'Us & Co' 2>log; }
# The first ten minutes of a day are left to the counter.
if [ "$(($(date -u +%s) - begin - 86400))" -lt 660 ]; then
	skip 'reports are made' 'the day is too young'
	exit 0
fi
ok 'reports of yesterday are made' report
is 'one is mailed' "$(cat sent/tls+reports@mail.test.args)" '-i -f <> -- tls+reports@mail.test'
cat >judge.py <<'PY'
import email, gzip, json, sys
if sys.argv[1].endswith('.body'):
    data = open(sys.argv[1], 'rb').read()
else:
    mail = email.message_from_bytes(open(sys.argv[1], 'rb').read())
    assert mail.get_content_type() == 'multipart/report' and mail.get_param('report-type') == 'tlsrpt'
    assert mail['TLS-Required'] == 'No' and not mail.defects
    text, report = mail.get_payload()
    assert text.get_content_type() == 'text/plain' and report.get_content_type() == 'application/tlsrpt+gzip'
    print(' '.join(mail['Subject'].split()))
    print(mail['From'], mail['TLS-Report-Domain'], mail['TLS-Report-Submitter'], report.get_filename())
    data = report.get_payload(decode=True)
print(json.dumps(json.loads(gzip.decompress(data)), sort_keys=True))
PY
is 'it is a report, field by field' "$(python3 judge.py sent/tls+reports@mail.test)" \
	"Report Domain: mail.test Submitter: us.test Report-ID: <$yesterday.mail.test@us.test>
<postmaster@us.test> mail.test us.test us.test!mail.test!$begin!$((begin + 86399)).json.gz
{\"contact-info\": \"postmaster@us.test\", \"date-range\": {\"end-datetime\": \"${yesterday}T23:59:59Z\", \"start-datetime\": \"${yesterday}T00:00:00Z\"}, \"organization-name\": \"Us & Co\", \"policies\": [{\"failure-details\": [{\"failed-session-count\": 2, \"failure-reason-code\": \"gone\", \"receiving-ip\": \"192.0.2.1\", \"receiving-mx-hostname\": \"mx.mail.test\", \"result-type\": \"certificate-expired\", \"sending-mta-ip\": \"192.0.2.2\"}], \"policy\": {\"mx-host\": [\"mx.mail.test\"], \"policy-domain\": \"mail.test\", \"policy-string\": [\"version: STSv1\", \"mode: enforce\", \"mx: mx.mail.test\", \"max_age: 86400\"], \"policy-type\": \"sts\"}, \"summary\": {\"total-failure-session-count\": 2, \"total-successful-session-count\": 12}}], \"report-id\": \"$yesterday.mail.test@us.test\"}"
like 'one goes to a web server' "$(python3 judge.py web/web.test.body)" '"policy-domain": "web.test"'
like 'where that does not take it, to the next address' "$(python3 judge.py sent/tls@both.test)" '"3 1 1 abcd"'
is 'nobody else is told' "$(ls sent | grep -vc args)" 2
is 'what is done is gone; today goes on' "$(ls tls | tr '\n' ' ')" "$today notes "
like 'the log has it' "$(cat log)" 'tls-report: tls-reported domain=mail.test day=[-0-9]* to=mailto:tls%2Breports@mail.test'

# Trouble: what was not taken is tried again, and only that.
{ line 1 mail.test sts success '' && line 1 busy.test sts success ''; } >"tls/$yesterday"
: >refuse
rm sent/*
report
like 'where sendmail fails, the log says so' "$(cat log)" 'tls-report-failed domain=mail.test day=[-0-9]* step=sendmail'
is 'and it is kept' "$(ls tls | tr '\n' ' ')" "$yesterday $today notes "
rm refuse
report
ok 'the next run sends it' test -s sent/tls+reports@mail.test
is 'and remembers that' "$(cat "tls/$yesterday.done")" "$(printf '1\tmail.test')"
rm sent/*
report
is 'it is not sent twice' "$(ls sent)" ''
old=$(date -u -d '4 days ago' +%Y-%m-%d)
mv "tls/$yesterday" "tls/$old" && rm "tls/$yesterday.done"
report
is 'after two days it is given up' "$(ls tls | tr '\n' ' ')" "$today notes "
not_ok 'a contact is needed' tls-report -d tls
not_ok 'and has to be a mailbox' tls-report -d tls -c 'a b@c'

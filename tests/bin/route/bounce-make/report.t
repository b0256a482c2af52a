# BNC-01 BNC-03 BNC-04 BNC-05 BNC-06 BNC-07 BNC-08 BNC-09 BNC-10 BNC-11 BNC-12 BNC-14 BNC-15 BNC-16
# BNC-17 BNC-20 DSN-09 DSN-10 DSN-11 DSN-12 DSN-13 DSN-14 DSN-15 DSN-16 FR-05 PRI-04 DSN-08 DBY-03
. tests/lib.sh

# read_report: what Python's parser makes of the message in taken, as lines "name: value"
cat >read_report.py <<'E2'
import email, email.policy, email.utils, sys
raw = open("taken", "rb").read()
assert b"\r\n" in raw and raw.replace(b"\r\n", b"").find(b"\n") < 0, "bare LF"
assert raw.replace(b"\r\n", b"").find(b"\r") < 0, "bare CR"
assert max(map(len, raw.split(b"\r\n"))) <= 998, "long line"
m = email.message_from_bytes(raw, policy=email.policy.compat32)
for part in m.walk():
    assert not part.defects, part.defects
def show(name, value):
    print("%s: %s" % (name, " ".join(str(value).split())))
for name in ("From", "To", "Subject", "In-Reply-To", "Auto-Submitted", "MIME-Version",
             "Content-Transfer-Encoding"):
    if m[name] is not None:
        show(name, m[name])
print("type:", m.get_content_type(), m.get_param("report-type"))
print("dated:", email.utils.parsedate_to_datetime(m["Date"]).tzinfo is not None, bool(m["Message-ID"]))
parts = m.get_payload()
print("parts:", " ".join(p.get_content_type() for p in parts))
print("charset:", parts[0].get_content_charset())
status = parts[1].get_payload()
if parts[1].get_content_type() != "message/delivery-status":
    text = parts[1].get_payload()[0].as_bytes().decode("utf-8", "replace")
    blocks = [email.message_from_string(b + "\n\n") for b in text.strip().split("\n\n")]
else:
    blocks = status
for i, block in enumerate(blocks):
    for name, value in block.items():
        show("%d %s" % (i, name), value)
print("returned:", parts[2]["Content-Transfer-Encoding"])
E2
report() { python3 read_report.py >report 2>&1 || echo "bad report" >>report; }
# failed KIND-OPTIONS...: the report on message and envelope
make_report() {
	rm -f taken taken.envelope
	stage message bounce-make "$@" ./take
	result=$?
	[ -f taken ] && report
	return $result
}
# about SENDER RECORD...: an envelope with these records for its recipients
about() {
	envelope "$1" | tr '\0' '\n' | sed '$d' >.facts
	shift
	{ cat .facts; for record; do printf '%s\n' "$record"; done; echo; } | tr '\n' '\0' >envelope
}
field() { sed -n "s/^$1: //p" report; }
FACTS='Ltestconn00000000 Q1ip7vj0k000abcde Jmail.example.test rsubmission I192.0.2.7 Aalice tTLSv1.3 hclient.example wESMTP'
no_user='YD0 550 5.1.1 mx.example.net[192.0.2.1] TLSv1.3 No such user here'

printf 'Received: x\nMessage-ID: <one@client.example>\nSubject: hi\n\nbody\n' | wire >message
about ann@example.org Eenv+2B1 Tbob@example.net "Orfc822;Bob+2Bx@Example.NET" "$no_user"
ok 'a report is made' make_report -k failed
is '... and is the next stage'\''s to keep' "$(sed -n 1p verdict)" 'K* 250 2.0.0 - - taken'
is 'BNC-01: it is from nobody, to the sender' "$(grep '^[FTN]' taken.envelope | tr '\n' ' ')" \
	'F Tann@example.org NNEVER '
is '... made here' "$(grep '^[LJrIAtw]' taken.envelope | tr '\n' ' ')" \
	'Ltestconn00000000 Jmail.example.test rqueue I A t wlocal '
is '... 7 bits are enough' "$(grep -c '^[BU]' taken.envelope)" 0
is '... and none of the sender'\''s wishes' "$(grep -c '^[REO]' taken.envelope)" 0
is 'BNC-17: From' "$(field From)" 'Mail Delivery System <MAILER-DAEMON@mail.example.test>'
is 'BNC-17: To' "$(field To)" '<ann@example.org>'
is 'BNC-17: Subject' "$(field Subject)" 'Not delivered: your message to bob@example.net'
is 'BNC-17: Date and Message-ID' "$(field dated)" 'True True'
is 'BNC-17: In-Reply-To' "$(field In-Reply-To)" '<one@client.example>'
is 'BNC-11: Auto-Submitted' "$(field Auto-Submitted)" auto-replied
is 'BNC-03: multipart/report' "$(field type)$(field MIME-Version)" \
	'multipart/report delivery-status1.0'
is 'BNC-04: three parts' "$(field parts)" 'text/plain message/delivery-status message/rfc822'
is 'BNC-05: Reporting-MTA' "$(field '0 Reporting-MTA')" 'dns; mail.example.test'
is 'DSN-16: Original-Envelope-Id, decoded' "$(field '0 Original-Envelope-Id')" 'env+1'
like 'BNC-09: Arrival-Date, of the id' "$(field '0 Arrival-Date')" '^[A-Z][a-z]{2}, .* \+0000$'
is 'DSN-16: Original-Recipient, decoded' "$(field '1 Original-Recipient')" \
	'rfc822; Bob+x@Example.NET'
is 'BNC-06, DSN-11: Final-Recipient, Action, Status' \
	"$(field '1 Final-Recipient')|$(field '1 Action')|$(field '1 Status')" \
	'rfc822; bob@example.net|failed|5.1.1'
is 'BNC-08: Remote-MTA' "$(field '1 Remote-MTA')" 'dns; mx.example.net'
is 'BNC-08: Diagnostic-Code' "$(field '1 Diagnostic-Code')" 'smtp; 550 5.1.1 No such user here'
like 'BNC-09: Last-Attempt-Date' "$(field '1 Last-Attempt-Date')" '\+0000$'
unlike 'BNC-09: no Will-Retry-Until' "$(cat report)" 'Will-Retry'
like 'people read who said it' "$(tr -d '\r' <taken)" 'The server mx.example.net\[192.0.2.1\] said:'
like '... what it said' "$(tr -d '\r' <taken)" '^        550 5.1.1 No such user here$'
like '... and what to do' "$(tr -d '\r' <taken)" 'look for a typing error'
ok 'the original is there as it was' python3 - <<'E2'
raw, original = open("taken", "rb").read(), open("message", "rb").read()
assert b"Content-Type: message/rfc822\r\n\r\n" + original + b"\r\n--=_" in raw
E2
like 'the log has both ids' "$(cat log)" 'report conn=testconn00000000 msg=1ip7vj0k000abcde kind=failed new=[0-9a-v]{16}'
make_report -k failed -i 0123456789abcdef
is '-i is the id of the report' "$(grep '^Q' taken.envelope)" Q0123456789abcdef
like '... in its Message-ID, too' "$(cat taken)" '^Message-ID: <0123456789abcdef@mail.example.test>'

# who is told: DSN-10 to DSN-14
told() { # KIND NOTIFY: is there a report?
	about ann@example.org Tbob@example.net ${2:+"N$2"} "YK0 250 2.0.0 - - x"
	make_report -k "$1" && { [ -f taken ] && echo yes || echo no; }
}
for line in 'failed::yes' 'failed:FAILURE:yes' 'failed:delay,failure:yes' 'failed:DELAY:no' \
	'failed:NEVER:no' 'failed:SUCCESS:no' 'delayed::yes' 'delayed:DELAY:yes' 'delayed:FAILURE:no' \
	'delayed:NEVER:no' 'delivered::no' 'delivered:SUCCESS,FAILURE:yes' 'delivered:NEVER:no' \
	'delivered:FAILURE:no' 'relayed::no' 'relayed:SUCCESS:yes' 'expanded::no' 'expanded:SUCCESS:yes'; do
	kind=${line%%:*} rest=${line#*:}
	is "DSN-10 to 13: $kind, NOTIFY ${rest%:*}" "$(told "$kind" "${rest%:*}")" "${rest#*:}"
done
about ann@example.org Tbob@example.net NNEVER "$no_user"
ok 'where nobody wants one, all is done' make_report -k failed
is '... and said' "$(sed -n 1p verdict)" 'K* 250 2.0.0 - - no report wanted'
about '' Tbob@example.net NNEVER "$no_user"
ok 'DSN-14, BNC-12: where there is no sender, and it has failed,' make_report -k failed
is '... postmaster is told, in a report that says what it is' "$(grep '^[FTNr]' taken.envelope | tr '\n' ' ')" \
	'rpostmaster F Tpostmaster NNEVER '
is '... and what it is about' "$(field Subject)" 'Not delivered: a message without sender to bob@example.net'
like '... for people, too' "$(cat taken)" 'So nobody but you is told'
like '... and there is a line in the log' "$(cat log)" \
	'double-bounce.*recipient=bob@example.net code=5.1.1 host="?mx.example.net.*No such user'
for kind in delayed delivered relayed expanded; do
	make_report -k $kind
	not_ok "... of what is $kind there is nothing" test -f taken
done
# ends SENTENCE: no message, but a line in the log
ends() {
	ok "$1" make_report -k failed
	not_ok '... no message' test -f taken
	like '... but a line in the log' "$(cat log)" 'double-bounce.*code=5.1.1 .*No such user'
}
about '' TPostmaster@example.net "$no_user" Tpostmaster "$no_user"
ends 'BNC-12: what was for postmaster himself ends there'
ordinary_facts=$FACTS
FACTS=$(echo "$FACTS" | sed 's/rsubmission/rpostmaster/')
about '' Tbob@example.net "$no_user"
ends 'BNC-12: and a report for postmaster, whoever that is'
FACTS=$ordinary_facts
about ann@example.org Tbob@example.net NNEVER "$no_user" Tcarl@example.net "$no_user" \
	Tdora@example.net NFAILURE 'YZ2 451 4.4.1 - - nobody answers'
make_report -k failed
is 'BNC-10: one report names all, and only who may be named' \
	"$(grep 'Final-Recipient' report | tr '\n' ' ')" \
	'1 Final-Recipient: rfc822; carl@example.net 2 Final-Recipient: rfc822; dora@example.net '
is '... with the status of each' "$(field '1 Status') $(field '2 Status')" '5.1.1 4.4.1'
unlike 'BNC-08: what we found out ourselves has no Remote-MTA' "$(cat report)" \
	'^2 (Remote|Diagnostic)'
is '... and the subject counts them' "$(field Subject)" 'Not delivered: your message to 2 recipients'

# the other kinds
about ann@example.org Tbob@example.net 'YZ0 450 4.2.0 mx[192.0.2.1] - greylisted, come back'
make_report -k delayed -u 1800000000
is 'BNC-09: a delay says until when we try' "$(field '1 Will-Retry-Until')" \
	'Fri, 15 Jan 2027 08:00:00 +0000'
is 'DSN-13: Action and Status' "$(field '1 Action') $(field '1 Status')" 'delayed 4.2.0'
is '... returns the header only' "$(field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
like '... and calms people down' "$(cat taken)" 'do not send'
about ann@example.org Tbob@example.net NSUCCESS 'YK0 250 2.0.0 - - in the mailbox'
make_report -k delivered
is 'DSN-09: delivered' "$(field '1 Action') $(field '1 Status')" 'delivered 2.0.0'
unlike '... and nothing is blamed on a server' "$(cat report)" 'Remote-MTA|Diagnostic'
about ann@example.org Tbob@example.net NSUCCESS 'YK0 250 2.1.5 - - expanded to 3 addresses'
make_report -k expanded
is 'expanded' "$(field '1 Action') $(field '1 Status')" 'expanded 2.1.5'
about ann@example.org Tbob@example.net NSUCCESS 'YK0 250 2.0.0 mx[192.0.2.1] - ok'
make_report -k relayed
is 'DSN-08: relayed' "$(field '1 Action') $(field '1 Status')" 'relayed 2.0.0'
about ann@example.org "ffor;3600" "D1800000000;N" M-3 Tbob@example.net 'YK0 250 2.1.9 mx[192.0.2.1] - ok'
make_report -k relayed
is 'DSN-08: with a deadline all that was relayed is told of' "$(field '1 Action') $(field '1 Status')" 'relayed 2.1.9'
is 'FR-05: when it was to be sent' "$(field '0 Future-Release-Request')" 'for;3600'
is 'and by when' "$(field '0 Deliver-By-Date')" 'Fri, 15 Jan 2027 08:00:00 +0000'
like 'PRI-04: a report is as urgent as what it is about' "$(cat taken.envelope)" '^M-3$'
about ann@example.org 'D1700000000;N' Tbob@example.net 'YZ0 450 4.2.1 mx[192.0.2.1] - greylisted'
make_report -k delayed
is 'DBY-03: what is late but goes on is delayed, 4.4.7' "$(field '1 Action') $(field '1 Status')" 'delayed 4.4.7'

# BNC-07: a status that fits
status_of() { # KIND WHY
	about ann@example.org Tbob@example.net NSUCCESS,FAILURE,DELAY ${2:+"Y$2"}
	make_report -k "$1" && field '1 Status'
}
is 'BNC-07: no enhanced code: X.0.0' "$(status_of failed 'D0 550 - mx - no')" 5.0.0
is '... of its own class' "$(status_of failed 'Z0 450 - mx - no')" 4.0.0
is 'a class that does not fit' "$(status_of failed 'K0 250 2.0.0 mx - no')" 5.0.0
is '... for a delay' "$(status_of delayed 'D0 550 5.1.1 mx - no')" 4.0.0
is 'a code that is none' "$(status_of failed 'D0 550 5.01.1 mx - no')" 5.0.0
is '... nor this' "$(status_of failed 'D0 550 5.1.1234 mx - no')" 5.0.0
is 'no outcome at all' "$(status_of failed '')" 5.0.0
is 'a broken outcome' "$(status_of failed 'what?')" 5.0.0

# BNC-20: hostile texts
long=$(head -c 3000 /dev/zero | tr '\0' 'y')
about ann@example.org 'Eid+0D+0AX-Bad:+20y' Tbob@example.net "Orfc822;a+0D+0AX-Bad:+20b+00c+FF" \
	"YD0 550 5.1.1 mx - $(printf 'X-Bad: 1 \303\244 [2J --=_x') $long"
make_report -k failed
is 'BNC-20: no line is made by what a stranger said' "$(grep -ac '^X-Bad' taken)" 0
is '... no field' "$(grep -c 'X-Bad$' report)$(grep -c '^[0-9]* X-Bad' report)" 00
is '... and nothing that is no ASCII' "$(LC_ALL=C grep -ac '[^ -~	]' report)" 0
is 'BNC-20: controls become question marks' "$(field '0 Original-Envelope-Id')" 'id??X-Bad: y'
is '... in an ORCPT, too' "$(field '1 Original-Recipient')" 'rfc822; a??X-Bad: b?c?'
ok 'BNC-20: a long text is cut' test "$(wc -c <taken)" -lt 12000

# what is returned
about ann@example.org Tbob@example.net "$no_user"
make_report -k failed -n
is '-n returns the header only' "$(field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
unlike '... really' "$(sed -n '/rfc822-headers/,$p' taken)" '^body'
about ann@example.org RHDRS Tbob@example.net "$no_user"
make_report -k failed
is 'DSN-15: so does RET=HDRS' "$(field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
about ann@example.org RFULL Tbob@example.net "$no_user"
make_report -k failed
is 'DSN-15: RET=FULL returns all' "$(field parts)" \
	'text/plain message/delivery-status message/rfc822'
about ann@example.org RFULL X Tbob@example.net "$no_user"
make_report -k failed
is 'what required TLS returns its header only' "$(field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
is '... and requires it, too' "$(grep -c '^X$' taken.envelope)" 1
cp message small
{ cat small; head -c 200000 /dev/zero | tr '\0' 'x' | fold -w 70 | wire; printf '\n'; } >message
about ann@example.org RFULL Tbob@example.net "$no_user"
make_report -k failed
is 'BNC-14: a big message is not returned' "$(field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
ok '... not even behind the report' test "$(wc -c <taken)" -lt 10000
is '... its header is, whole' "$(grep -ac '^Subject: hi' taken)" 1
make_report -k failed -s 1000000
is '-s moves the limit' "$(field parts)" 'text/plain message/delivery-status message/rfc822'
stage message bounce-make -k failed -s 99999999 ./take
is '... within reason' "$?" 111
{ head -c 300000 /dev/zero | tr '\0' 'h' | fold -w 60 | sed 's/^/X-Long: /'; echo; echo body; } |
	wire >message
make_report -k failed
is 'a long header is cut at a line' "$(test "$(wc -c <taken)" -lt 80000 && field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
: >message
ok 'an empty message has its report, too' make_report -k failed
is '... with three parts' "$(field parts)" 'text/plain message/delivery-status message/rfc822'
printf 'no header, no line end' >message
ok 'so has one without header' make_report -k failed
printf 'Message-ID: <a b@c>\r\nSubject: x\r\n\r\n' >message
make_report -k failed
is 'a Message-ID that is none is not repeated' "$(field In-Reply-To)" ''

# BNC-16: the original knows our boundary's form, and holds a report itself
printf 'Content-Type: multipart/mixed; boundary="=_00"\n\n--=_00\n\nx\n--=_00--\n' | wire >message
make_report -k failed
is 'BNC-16: parts in the original end nothing' "$(field parts)" \
	'text/plain message/delivery-status message/rfc822'
cp taken message
make_report -k failed
is 'BNC-16: a report in a report' "$(field parts)" 'text/plain message/delivery-status message/rfc822'

# 8-bit and SMTPUTF8
printf 'Subject: hi\n\nb\303\266dy\n' | wire >message
make_report -k failed
is 'an 8-bit body is marked' "$(field Content-Transfer-Encoding) $(field returned)" '8bit 8bit'
is '... in the envelope, too' "$(grep '^B' taken.envelope)" B8BITMIME
make_report -k failed -n
is '... but not where it is not returned' "$(field Content-Transfer-Encoding)$(grep -c '^B' taken.envelope)" 0
about ann@example.org BBINARYMIME Tbob@example.net "$no_user"
make_report -k failed
is 'a binary body is not returned' "$(field parts)" \
	'text/plain message/delivery-status text/rfc822-headers'
about ann@example.org U Tbob@example.net "$no_user"
make_report -k failed
is 'SMTPUTF8 that needs none makes a plain report' \
	"$(field parts)$(grep -c '^U' taken.envelope)" \
	'text/plain message/delivery-status message/rfc8220'
about 'jørn@example.org' U 'Tbjørk@example.net' 'Outf-8;b\x{E6}@example.net' "$no_user"
make_report -k failed
is 'BNC-15: the types of SMTPUTF8' "$(field parts) $(field charset)" \
	'text/plain message/global-delivery-status message/global utf-8'
is 'BNC-15: an address in UTF-8' "$(field '1 Final-Recipient')" 'utf-8; bjørk@example.net'
is 'BNC-15: ORCPT becomes UTF-8' "$(field '1 Original-Recipient')" 'utf-8; bæ@example.net'
is '... which the envelope asks for' "$(grep '^[BU]' taken.envelope | tr '\n' ' ')" 'B8BITMIME U '
make_report -k failed -n
is 'BNC-15: the header alone' "$(field parts)" \
	'text/plain message/global-delivery-status message/global-headers'

about ann@example.org Tbob@example.net "$no_user"
printf 'TLS-Required: No\nSubject: hi\n\nx\n' | wire >message
make_report -k failed
like 'RTLS-06: whose sender waived TLS gets a report that does' "$(sed '/^.$/,$d' taken)" '^TLS-Required: No'
about ann@example.org X Tbob@example.net "$no_user"
make_report -k failed
unlike 'RTLS-05, RTLS-06: where REQUIRETLS was asked for that counts' "$(sed '/^.$/,$d' taken)" 'TLS-Required'
printf 'Subject: hi\n\nx\n' | wire >message

# many recipients
{ envelope ann@example.org | head -c -1; i=0; while [ $i -lt 1000 ]; do
	printf 'Tuser%d@example.net\0%s\0' $i "$no_user"; i=$((i + 1)); done; printf '\0'; } >envelope
make_report -k failed
is 'a thousand recipients are all in the status part' "$(grep -c 'Final-Recipient' report)" 1000
is '... and a hundred in the text' "$(tr -d '\r' <taken | grep -c '^    <user')" 100
like '... which says so' "$(cat taken)" 'and 900 more'

# faults
about ann@example.org Tbob@example.net "$no_user"
for wrong in '-k sunk' '-k failed -i ../../etc/passwd' '-k failed -u soon' '' '-k failed -s x'; do
	stage message bounce-make $wrong ./take
	is "used wrongly is later: $wrong" "$? $(cat verdict)" '111 '
done
stage message bounce-make -k failed ./none
is 'a missing next stage is later' "$? $(cat verdict)" '111 '
{ cat envelope && printf '.99\0'; } >sealed
rm -f taken taken.envelope
bounce-make -k failed ./take <message 3<sealed 4>verdict 2>log
is 'an original that was cut short is later' "$? $(cat taken taken.envelope 2>/dev/null)" '111 '
printf 'Xwrong\0\0' >envelope
stage message bounce-make -k failed ./take
is 'a broken envelope is later' "$? $(cat verdict)" '111 '

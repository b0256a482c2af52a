# DATA-10 DATA-13 DATA-14 SYN-07 SEC-13 ARCH-03
. tests/lib.sh
mkdir tmp
export TMPDIR="$WORK/tmp"

# As qmail-smtpd and qmail-inject do it: two pipes, first the message to its end, then the envelope.
cat >qmail.py <<'PY'
import os, sys

message, envelope = (a.encode().decode("unicode_escape").encode("latin-1") for a in sys.argv[1:3])
m, e = os.pipe(), os.pipe()
if os.fork() == 0:
    os.dup2(m[0], 0)
    os.dup2(e[0], 1)
    for fd in m + e: os.close(fd)
    os.execv("./queue", ["qmail-queue"])
os.close(m[0]), os.close(e[0])
try:
    os.write(m[1], message), os.close(m[1])
    os.write(e[1], envelope), os.close(e[1])
except BrokenPipeError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
PY
cat >queue <<'SH'
#!/bin/sh
exec qmail-queue -h mail.example.test ./last 2>log
SH
cat >last <<'SH'
#!/bin/sh
cat >taken
tr '\0' '\n' <&3 >taken.envelope
tr '\n' '\0' <answer >&4
SH
chmod +x queue last
printf 'K* 250 2.0.0 - - kept\n\n' >answer
qmail() {
	rm -f taken taken.envelope
	python3 qmail.py "$@"
	status=$?
}

export TCPREMOTEIP=192.0.2.1
qmail 'Subject: hi\n\nbody\nno end' 'Fann@a.example\0Tbob@example.test\0Tcarl\0\0'
is 'a message is queued' $status 0
is 'DATA-14: in wire form' "$(cksum <taken)" "$(printf 'Subject: hi\r\n\r\nbody\r\nno end\r\n' | cksum)"
is 'with facts, an envelope and a seal' "$(sed -E '/^[LQ]/s/[0-9a-v]{16}$/ID/' taken.envelope)" 'V1
LID
QID
Jmail.example.test
rmx
I192.0.2.1
A
t
wSMTP
Fann@a.example
Tbob@example.test
Tcarl@mail.example.test

.29'
is 'nothing is left in TMPDIR' "$(ls tmp)" ''
export TCPREMOTEIP='192.0.2.1
X'
qmail 'a: b\n' 'F#@[]\0Ta b@example.test\0\0'
is 'a client that is no address is none' "$(sed -n 5,6p taken.envelope | tr '\n' ' ')" 'rlocal I '
is 'qmail'\''s null sender is ours' "$(grep ^F taken.envelope)" F
is 'a local part with a space has quotes' "$(grep ^T taken.envelope)" 'T"a b"@example.test'

code() { # CODE MESSAGE ENVELOPE SENTENCE
	qmail "$2" "$3"
	is "$4" "$status $(ls taken 2>/dev/null)" "$1 "
}
good='Fa@b.example\0Tc@d.example\0\0'
code 31 'a\rb\n' "$good" 'DATA-10: a bare CR is refused'
code 31 'a\0b\n' "$good" 'DATA-13: NUL is refused'
code 31 'a\n' 'Fa@b.example\0Tb@-c\0\0' 'SYN-07: a bad recipient is refused'
code 31 'a\n' 'Fa@b.example\0Tb\nTx@c.example\0\0' 'SEC-13: a line feed is refused'
code 11 'a\n' "Fa@b.example\0T$(head -c 1100 /dev/zero | tr '\0' a)@c.example\0\0" 'a long address has its own code'
code 54 'a\n' 'Fa@b.example\0Tb@c.example\0' 'an envelope without end is "later"'
code 54 'a\n' '' 'none at all too'
code 91 'a\n' 'Tb@c.example\0\0' 'no sender is "later"'
code 91 'a\n' 'Fa@b.example\0Xb@c.example\0\0' 'an unknown record is "later"'
like 'the reason is in the log' "$(cat log)" 'warning.*record that is no recipient'
qmail 'a\n' 'Fa@b.example\0\0'
is 'no recipients: the next stage decides' $status 0
answer() {
	printf "$2" >answer
	qmail 'a\n' "$good"
	is "the next stage says $(printf %s "$2" | tr '\\' '/')" $status "$1"
}
answer 31 'D* 550 5.1.1 - - no\n\n'
answer 71 'Z* 451 4.3.0 - - later\n\n'
answer 71 'K0 250 2.0.0 - - ok\nZ1 451 4.3.0 - - later\n\n'
answer 31 'K0 250 2.0.0 - - ok\nD1 550 5.1.1 - - no\n\n'
answer 71 'K* 250 2.0.0 - - ok\n'
answer 71 ''
printf '#!/bin/sh\nexec qmail-queue -h a.test ./missing 2>log\n' >queue
qmail 'a\n' "$good"
is 'a missing next stage is "later"' $status 71
printf '#!/bin/sh\nexec qmail-queue 2>log\n' >queue
qmail 'a\n' "$good"
is 'wrong use is "later"' $status 81

# A real last stage.
mkdir mail
echo 'example.test:' >domains
echo 'ann: ann' >mailboxes
printf '#!/bin/sh\nexec qmail-queue -h a.test maildir-deliver 2>log\n' >queue
qmail 'Subject: hi\n\n.x\n' 'Fa@b.example\0Tann@example.test\0\0'
is 'into a Maildir' "$status $(tail -n +3 mail/ann/new/*)" '0 Subject: hi

.x'
qmail 'Subject: hi\n' 'Fa@b.example\0Tnobody@example.test\0\0'
is 'refused by it' $status 31

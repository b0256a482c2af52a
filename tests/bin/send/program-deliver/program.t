# TRC-10 TRC-11 LOOP-02 SEC-13 ARCH-03
. tests/lib.sh
mkdir tmp
export TMPDIR="$WORK/tmp"

{ printf 'Received: x\nReturn-Path: <old@a.example>\nSubject: hi\n\nFrom here\n'; } | wire >message
program() { # program SCRIPT: what the program does
	{
		echo '#!/bin/sh'
		echo "cd '$WORK' || exit 1"
		cat
	} >program
	chmod +x program
}
run() { stage message program-deliver "$@" ./program; }
envelope sender@a.example ticket@example.test >envelope

program <<'SH'
cat >got
tr '\0' '\n' <&3 >got.envelope
env | grep -v -e '^PWD=' -e '^SHLVL=' -e '^_=' -e '^OLDPWD=' | sort >got.env
echo "$# $*" >got.args
SH
ok 'a program takes the message' stage message program-deliver ./program one two
is 'the verdict is done' "$(cat verdict)" 'K0 250 2.0.0 - - taken by the program at this address'
printf '%s\n' 'Return-Path: <sender@a.example>' 'Delivered-To: ticket@example.test' \
	'Received: x' 'Subject: hi' '' 'From here' >expected
is 'TRC-10, TRC-11: it has the form of final delivery' "$(cat got)" "$(cat expected)"
is 'it gets the envelope with its facts' "$(cat got.envelope)" "$(tr '\0' '\n' <envelope)"
is 'its environment is PATH' "$(cut -d= -f1 got.env)" PATH
is 'its arguments are the settings'\'' alone' "$(cat got.args)" '2 one two'
stage message program-deliver sh -c "ls /proc/self/fd >'$WORK/got.fds'"
is 'no other descriptor of ours is open in it' "$(cat got.fds)" \
	"$(ls /proc/self/fd 3</dev/null 4<&- | cat)"

envelope '$(id)@a.example' '"; touch hacked;"@example.test' 'b@example.test' >envelope
program <<'SH'
echo run >>runs
tr '\0' '\n' <&3 | grep '^T' >>to
exit 0
SH
ok 'SEC-13: an address is data' run
is 'one run a recipient' "$(grep -c run runs)" 2
is 'each with its own recipient' "$(cat to)" 'T"; touch hacked;"@example.test
Tb@example.test'
not_ok 'no shell has read an address' test -e hacked
like 'a program that does not read the message may still take it' "$(cat verdict)" '^K1 250 2.0.0'
{ cat envelope && seal message; } >.sealed
cat message | program-deliver ./program 3<.sealed 4>verdict 2>log
is 'a pipe will do as message' "$(grep -c run runs)" 4

envelope s@a.example ticket@example.test >envelope
for code in 1 64 67 69 75 77 99 111 126 127 255; do
	echo "exit $code" | program
	run
	like "exit $code is later" "$(cat verdict)" '^Z0 451 4.3.0 '
done
echo 'kill -9 $$' | program
run
like 'a signal is later' "$(cat verdict)" '^Z0 451 4.3.0 '
like 'and is in the log' "$(cat log)" 'deferred .*program=./program signal=9'
printf 'exit 100' | program
not_ok 'exit 100 refuses' run
is 'with a text of ours' "$(cat verdict)" 'D0 550 5.7.1 - - the program at this address refuses'
program <<'SH'
printf 'No ticket \000\033[31m by that number\nD0 250 2.0.0\n' >&2
exit 100
SH
run
is 'its first line is the text, cleaned' "$(cat verdict)" \
	'D0 550 5.7.1 - - No ticket  ?[31m by that number'
like 'and in the log, escaped' "$(cat log)" 'refused .*exit=100 text="No ticket  \\x1b\[31m by'
echo 'head -c 1000000 /dev/zero | tr "\0" x >&2; exit 100' | program
run
is 'a long first line is cut' "$(wc -c <verdict | tr -d ' ')" 419

# Time: the program and what it has started end.
printf 'sleep 60 & echo $! >child\nwait\n' | program
start=$(date +%s)
run -t 1
like 'the time limit is later' "$(cat verdict)" '^Z0 451 4.3.0 '
like 'and is in the log' "$(cat log)" 'late=yes'
# Nobody may have asked yet how it ended.
has_ended() { ! kill -0 "$1" || grep -q 'State:.Z' "/proc/$1/status"; }
ok 'what it had started has ended too' until_true 20 has_ended "$(cat child)"
printf 'trap "" TERM\nwhile :; do sleep 1; done\n' | program
run -t 1
like 'one that will not end is ended' "$(cat log)" 'deferred .*signal=9 late=yes'
ok 'and soon' test $(($(date +%s) - start)) -lt 30
printf 'sleep 60 >/dev/null & echo $! >child\n' | program
start=$(date +%s)
ok 'one that leaves a child behind is done when it ends' run
ok 'without waiting for the child' test $(($(date +%s) - start)) -lt 30
kill "$(cat child)"

rm program
not_ok 'a missing program is later' run
like 'and not a refusal' "$(cat verdict)" '^Z0 451 4.3.5 '
like 'and is named' "$(cat log)" 'cannot start ./program: No such file'
echo 'cat >ran' | program
{ cat envelope && printf '.1\0'; } >.sealed
program-deliver ./program <message 3<.sealed 4>verdict 2>log
is 'a message cut short is later' "$? $(cat verdict)" '111 '
not_ok 'and no program sees a part of it' test -e ran
printf 'Delivered-To: Ticket@example.test\n\n' | wire >message
not_ok 'LOOP-02: what was here before is refused' run
is 'and never given to the program' "$(cut -d' ' -f1-3 verdict) $(ls ran 2>&1 | grep -c No)" 'D0 554 5.4.6 1'
is 'no temporary file is left' "$(ls "$TMPDIR")" ''

# Shared by all shell tests (*.t): sourced first. Each test prints "ok - sentence" lines.
#
#   BUILD        where the programs were built
#   WORK         a folder of this test's own, gone when it ends
#   PATH         begins with all our programs
: "${BUILD:=build}"
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
ROOT=$PWD
for station in accept check fix queue route send tools manage; do
	PATH=$BUILD/bin/$station:$PATH
done
PATH=$BUILD/tests/helper:$ROOT/tests/helper:$PATH:/usr/sbin:/sbin
export PATH BUILD ROOT
WORK=$(mktemp -d "${TMPDIR:-/tmp}/smtpipe-test.XXXXXX") || exit 111
background=
# is_ours PID: a child that has not ended; its number may be another's by now
is_ours() {
	read -r _ _ state parent _ 2>/dev/null <"/proc/$1/stat" && [ "$parent" = $$ ] && [ "$state" != Z ]
}
# Stops, by pid, what the test left running, then cleans up.
finish() {
	status=$?
	trap - EXIT
	for pid in $background; do kill "$pid" 2>/dev/null; done
	for pid in $background; do
		# One that was only just made may have lost its signal to this shell's trap, which it had still.
		tries=0
		while is_ours "$pid"; do
			[ $((tries = (tries + 1) % 100)) -gt 0 ] || kill "$pid"
			sleep 0.02
		done
		wait "$pid" 2>/dev/null
	done
	cd "$ROOT" && rm -rf --one-file-system "$WORK"
	exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM
cd "$WORK" || exit 111

# ok SENTENCE COMMAND...: the command must succeed
ok() {
	sentence=$1
	shift
	if "$@" >"$WORK/.out" 2>&1; then echo "ok - $sentence"; else
		echo "not ok - $sentence"
		sed 's/^/#   /' "$WORK/.out"
	fi
}
# not_ok SENTENCE COMMAND...: the command must fail
not_ok() {
	sentence=$1
	shift
	if "$@" >"$WORK/.out" 2>&1; then
		echo "not ok - $sentence"
		sed 's/^/#   /' "$WORK/.out"
	else echo "ok - $sentence"; fi
}
# is SENTENCE GOT WANTED: two texts must be equal
is() {
	if [ "$2" = "$3" ]; then echo "ok - $1"; else
		printf 'not ok - %s\n' "$1"
		printf '%s\n' "got:    $2" "wanted: $3" | sed 's/^/#   /'
	fi
}
# like SENTENCE GOT PATTERN: a text must match a grep -E pattern
like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then echo "ok - $1"; else
		printf 'not ok - %s\n' "$1"
		printf '%s\n' "got:    $2" "wanted: $3" | sed 's/^/#   /'
	fi
}
# unlike SENTENCE GOT PATTERN
unlike() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		printf 'not ok - %s\n' "$1"
		printf '%s\n' "got:        $2" "not wanted: $3" | sed 's/^/#   /'
	else echo "ok - $1"; fi
}
skip() { echo "ok - $1 # skip $2"; }
# need_program NAME SENTENCE: go on only if it is there
have() { command -v "$1" >/dev/null 2>&1; }

# wire: text with LF line ends becomes a message in wire form (CRLF)
wire() { sed 's/$/\r/'; }

# envelope SENDER RECIPIENT...: an envelope as a trusted acceptor writes it, without its seal.
# Facts come from FACTS, a list of words such as Aalice (tag and value).
envelope() {
	printf 'V1\0'
	for fact in ${FACTS-Ltestconn00000000 Q0testmessage0001 Jmail.example.test rsubmission I192.0.2.7 Aalice tTLSv1.3 hclient.example wESMTP}; do
		printf '%s\0' "$fact"
	done
	printf 'F%s\0' "$1"
	shift
	for recipient; do printf 'T%s\0' "$recipient"; done
	printf '\0'
}
# seal FILE: the seal for a message of this file's length
seal() { printf '.%s\0' "$(wc -c <"$1" | tr -d ' ')"; }

# stage MESSAGE-FILE COMMAND...: run a message stage on a file in wire form and the envelope in
# $WORK/envelope (made with: envelope ... >envelope). The verdict is left in $WORK/verdict, one
# record a line; standard error in $WORK/log; the exit status is the stage's.
stage() {
	stage_message=$1
	shift
	{ cat "$WORK/envelope" && seal "$stage_message"; } >"$WORK/.sealed"
	# The verdict goes through a pipe: its end is the sign that the last stage is done.
	{
		"$@" <"$stage_message" 3<"$WORK/.sealed" 4>&1 >"$WORK/stdout" 2>"$WORK/log"
		echo $? >"$WORK/.status"
	} | tr '\0' '\n' >"$WORK/verdict"
	return "$(cat "$WORK/.status")"
}
# A last stage that keeps what it was given: message in taken, envelope (one record a line) in
# taken.envelope. Its verdict is done, if the message is sealed.
cat >"$WORK/take" <<'TAKE'
#!/bin/sh
cat >$$.taken
tr '\0' '\n' <&3 >$$.envelope
grep -q '^\.' $$.envelope || exit 111 # others may be at work here: only what is sealed has the names
mv $$.taken taken && mv $$.envelope taken.envelope
printf 'K* 250 2.0.0 - - taken\0\0' >&4
TAKE
chmod +x "$WORK/take"

# until_true SECONDS COMMAND...: wait for something to become true; twenty seconds at least, as a busy
# machine may need them for anything
until_true() {
	tries=$((($1 < 20 ? 20 : $1) * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}
# comes SENTENCE PATTERN COMMAND...: what the command prints has a line of this grep -E pattern, or will
# soon: for what another process writes, as a log
comes() {
	comes_sentence=$1 comes_pattern=$2
	shift 2
	until_true 20 has_line "$comes_pattern" "$@"
	like "$comes_sentence" "$("$@")" "$comes_pattern"
}
has_line() {
	has_pattern=$1
	shift
	"$@" | grep -E -- "$has_pattern"
}
# free_port: a TCP port of 127.0.0.1 that nobody listens on, that this test has not got before, and that
# the kernel gives to nobody on its own
free_port() {
	python3 -c '
import random, socket, sys
given = open(sys.argv[1], "a+")
given.seek(0)
old = given.read().split()
while True:
    port = random.randrange(10000, 32000)
    try:
        socket.socket().bind(("127.0.0.1", port))
    except OSError:
        continue
    if str(port) not in old:
        print(port, file=given)
        print(port)
        break
' "$WORK/.ports"
}
# day_lasts SECONDS: go on when the day (of UTC) will not end for so long
day_lasts() {
	day_left=$((86400 - $(date +%s) % 86400))
	[ "$day_left" -gt "$1" ] || sleep "$day_left"
}

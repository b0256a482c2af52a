# Shared by the tests of the queue: sourced after tests/lib.sh.
#
# Deliverers, as routes name them; each one logs what it was given:
#   ./keep     takes every message: got/ID.RECIPIENT.N holds it, and "delivered" has a line for each
#   ./say FILE reports what FILE holds (records as lines), at once
#   ./hang     never ends, but with the test
cat >keep <<'END'
#!/bin/sh
body=$(mktemp got/.XXXXXX) && cat >"$body" || exit 111
tr '\0' '\n' <&3 >"$body.e"
id=$(sed -n 's/^Q//p' "$body.e")
[ "$(wc -c <"$body")" = "$(sed -n 's/^\.//p' "$body.e")" ] || exit 111
for recipient in $(sed -n 's/^T//p' "$body.e"); do
	cp "$body" "got/$id.$recipient.$$"
	echo "$id $recipient" >>delivered
done
rm "$body" "$body.e"
printf 'K* 250 2.0.0 - - kept\0\0' >&4
END
cat >say <<'END'
#!/bin/sh
tr '\0' '\n' <&3 | tr '\n' ' ' >>asked
echo >>asked
tr '\n' '\0' <"$1" >&4
END
cat >hang <<'END'
#!/bin/sh
tr '\0' '\n' <&3 | sed -n 's/^T//p' >>hanging
while [ -e hang ]; do sleep 0.2; done
END
# A bounce-make of few words; the real one has the same interface.
mkdir -p bin got
cat >bin/bounce-make <<'END'
#!/bin/sh
while getopts k:i:u:n option; do
	case $option in
	k) kind=$OPTARG ;;
	i) id=$OPTARG ;;
	esac
done
shift $((OPTIND - 1))
tr '\0' '\n' <&3 >".bounce.$id"
sender=$(sed -n 's/^F//p' ".bounce.$id")
sed -n 's/^Q//p' ".bounce.$id" | sed "s/\$/ $kind/" | tr '\n' ' ' >>"asked-bounces"
grep '^[TY]' ".bounce.$id" | tr '\n' ' ' >>asked-bounces
echo >>asked-bounces
if [ -z "$sender" ]; then
	printf 'K* 250 2.0.0 - - no report wanted\0\0' >&4
	exit
fi
{
	printf 'Subject: %s %s\r\n\r\n' "$kind" "$(sed -n 's/^Q//p' ".bounce.$id")"
	grep '^[TY]' ".bounce.$id"
} >".bounce.$id.m"
printf 'V1\0Q%s\0F\0T%s\0\0.%s\0' "$id" "$sender" "$(wc -c <".bounce.$id.m" | tr -d ' ')" \
	>".bounce.$id.e"
exec "$@" <".bounce.$id.m" 3<".bounce.$id.e"
END
chmod +x keep say hang bin/bounce-make
PATH=$WORK/bin:$PATH
: >delivered
: >asked
: >asked-bounces
: >hanging

# add SENDER RECIPIENT...: message in ./message; prints its id
add() {
	FACTS="Lconn ${added_id:+Q$added_id}" envelope "$@" >envelope
	stage message queue-add || cat log >&2
	sed -n 's/^K.*queued as //p' verdict
}
# aged SECONDS: an id of a message that came so long ago
aged() {
	python3 -c '
import sys, time, random
digits = "0123456789abcdefghijklmnopqrstuv"
us = int((time.time() - float(sys.argv[1])) * 1000000)
print("".join(digits[us >> 5 * i & 31] for i in reversed(range(11))) +
      "".join(random.choice(digits) for i in range(5)))' "$1"
}
# run_queue OPTIONS: starts queue-run in the background; its log is appended to runlog
run_queue() {
	queue-run "$@" -R 9 2>>runlog 9>ready &
	runner=$!
	background="$background $runner"
	until_true 20 test -s ready
}
# stop_queue [SIGNAL]: waits for its end
stop_queue() {
	kill "-${1:-TERM}" "$runner"
	wait "$runner"
	rm -f ready
}
# logged PATTERN: does the log have it now?
logged() { grep -Eq -- "$1" runlog; }
# was_tried ID: wait until it was, and will be again; that is written down a moment after it is logged
was_tried() {
	until_true 20 grep -q ' tried ' "queue/journal/${1#???????????????}/$1"
}
empty() { [ "$(find "${1:-queue}/msg" "${1:-queue}/journal" -type f | wc -l)" = 0 ]; }
count() { grep -Ec -- "$1" "$2"; }
journal() { cat "queue/journal/$(printf %s "$1" | tail -c 1)/$1"; }

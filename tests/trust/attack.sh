# Shared by the tests that take programs over: those of "make attack", and what they say. Source tests/lib.sh first.
ATTACKED=$BUILD/attack/bin
if ! [ -x "$ATTACKED/accept/smtp-accept" ]; then
	skip 'programs that are taken over' 'they are not built: make attack'
	exit 0
fi
# taken_over PROGRAM: what it could do, once it was asked
taken_over() {
	until_true 20 grep -q "taken-over: $1 over" log || echo "$1 was not taken over"
	sed -n "s/.*taken-over: $1 \(.*\) DONE.*/\1/p" log | grep -vx over | sort -u | tr '\n' ' '
}

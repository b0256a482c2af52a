# Shared by the road tests: a whole demo instance on free ports of loopback. Source tests/lib.sh first.

# demo_start [NAME=VALUE ...]: start an instance in $WORK/demo; its settings go to the demo as they are.
# DEMO_UNDER: words to run it under, as strace
demo_start() {
	SUBMISSION=$(free_port) SUBMISSIONS=$(free_port) SMTP=$(free_port)
	DEMO=$WORK/demo
	rm -f "$WORK/demo.out" # the one before is not ready
	env DEMO_DIR="$DEMO" DEMO_INSTALL=0 BUILD="$BUILD" \
		DEMO_SUBMISSION="127.0.0.1:$SUBMISSION" DEMO_SUBMISSIONS="127.0.0.1:$SUBMISSIONS" \
		DEMO_SMTP="127.0.0.1:$SMTP" DEMO_USERS="alice:wonderland bob:builder" "$@" \
		$DEMO_UNDER sh "$ROOT/sv/demo/run" >"$WORK/demo.out" 2>&1 </dev/null &
	demo_pid=$!
	background="$background $demo_pid"
	until_true 60 grep -q '^ready$' "$WORK/demo.out" || {
		cat "$WORK/demo.out"
		tail -n 5 "$DEMO"/log/*/current "$DEMO"/log/* 2>/dev/null
		echo 'not ok - the demo starts'
		exit 1
	}
}
# demo_stop: end it as Ctrl-C would, and wait
demo_stop() {
	kill "$demo_pid" && wait "$demo_pid"
	demo_status=$?
	background=$(printf '%s' "$background" | sed "s/ $demo_pid\$//")
	return $demo_status
}
# new_mail USER: the files in a user's new/
new_mail() {
	find "$DEMO/mail/$1/Maildir/new" -type f 2>/dev/null
}
mail_with() { # USER TEXT: the files of new messages with this text
	find "$DEMO/mail/$1/Maildir/new" -type f -exec grep -lF -- "$2" {} + 2>/dev/null
}
has_mail() { # USER TEXT
	[ -n "$(mail_with "$1" "$2")" ]
}
demo_log() { # all log lines of the instance, without their times
	cat "$DEMO"/log/*/current "$DEMO"/log/* 2>/dev/null
}
logged_often() { # COUNT PATTERN: has it so many lines like this? They come through processes of their own
	[ "$(demo_log | grep -cE -- "$2")" -ge "$1" ]
}
queue_empty() {
	[ -z "$(find "$DEMO/queue/msg" -type f)" ]
}
# send_mail SUBJECT [swaks arguments]: from alice to bob over STARTTLS
send_mail() {
	subject=$1
	shift
	swaks --server 127.0.0.1 --port "$SUBMISSION" --tls --auth-user alice \
		--auth-password wonderland --from alice@example.test --to bob@example.test \
		--h-Subject "$subject" "$@"
}

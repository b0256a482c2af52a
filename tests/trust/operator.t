# What an operator looks at the queue, the logs and the world with is taken over by what stands there, whoever he is
#
# He is root mostly, and it gains no more than that: users hold nothing here, the kernel does.
. tests/lib.sh
. "$ROOT/tests/trust/attack.sh"

mkdir operator operator/queue operator/log operator/other
printf 'Subject: hello\r\n\r\nhi\r\n' >message
printf 'secret\n' >operator/other/key
queue-check -q operator/queue -r >operator/made
for tool in queue-list queue-show queue-check queue-hold queue-drop queue-retry queue-move \
	smtpipe-trace smtpipe-stats; do
	FACTS="Ltestconn00000000 Jmail.example.test htake-over-$tool-now rmx" \
		envelope ann@example.org bob@example.test >envelope
	{ cat envelope && seal message; } >sealed
	queue-add -q operator/queue <message 3<sealed 4>/dev/null 2>>operator/add.log || cat operator/add.log
	echo "smtp-accept: connect conn=0123456789abcdef client=take-over-$tool-now" >>operator/log/current
done
operate() { # TOOL ARGUMENT...
	tool=$1
	shift
	worth="key=$WORK/operator/other/key passwords=$WORK/operator/other/key"
	(cd operator && ATTACK="$worth queue=$WORK/operator/queue mail=$WORK/operator/other port=1" \
		timeout 60 "$(echo "$ATTACKED"/*/"$tool")" "$@" 2>>"$WORK/log" >/dev/null)
}
operate queue-list -q queue
is 'queue-list: the queue, to read' "$(taken_over queue-list)" 'read-queue '
operate queue-show -q queue "$(basename "$(grep -rl take-over-queue-show-now operator/queue/msg)")"
is 'queue-show: the queue, to read' "$(taken_over queue-show)" 'read-queue '
operate queue-check -q queue
is 'queue-check: the queue, to read' "$(taken_over queue-check)" 'read-queue '
for tool in queue-hold queue-drop queue-retry; do
	operate $tool -q queue -a
done
is 'queue-hold: the queue' "$(taken_over queue-hold)" 'make-queue read-queue '
is 'queue-drop: the queue' "$(taken_over queue-drop)" 'make-queue read-queue '
is 'queue-retry: the queue' "$(taken_over queue-retry)" 'make-queue read-queue '
operate queue-move -q queue -m /nowhere -a
is 'queue-move: the queue' "$(taken_over queue-move)" 'make-queue read-queue '
operate smtpipe-trace -l log --last
is 'smtpipe-trace: the logs' "$(taken_over smtpipe-trace)" ''
operate smtpipe-stats -l log -q queue
is 'smtpipe-stats: the logs and the queue, to read' "$(taken_over smtpipe-stats)" 'read-queue '
mkdir operator/etc
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "take-over-smtpipe-tables-now%d: x\n", i }' >operator/etc/aliases
SMTPIPE_ETC=etc operate smtpipe-tables
is 'smtpipe-tables: the settings, to read' "$(taken_over smtpipe-tables)" ''
operate dns-ask -r 127.0.0.1@1 txt take-over-dns-ask-now.test
is 'dns-ask: connections' "$(taken_over dns-ask)" 'abstract-socket connect send-udp unix-socket '
port=$(free_port)
tcpserver -HRl0 127.0.0.1 "$port" echo '220 take-over-smtp-ask-now' 2>server.log &
background="$background $!"
until_true 20 nc -z 127.0.0.1 "$port"
operate smtp-ask -p "$port" 127.0.0.1
is 'smtp-ask: connections, its own among them' "$(taken_over smtp-ask)" \
	'abstract-socket connect other-connection send-udp unix-socket '
is 'what lies beside is as it was' "$(cat operator/other/key)" secret

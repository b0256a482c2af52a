. tests/lib.sh

# Three services; the message of ann went to two, one of whom is refused, which makes a report.
mkdir -p log/smtp log/queue log/add
cat >log/smtp/current <<'LOG'
@400000006b027b4718945175 smtp-accept: connect conn=1j0qqdm3lk0i1qbn client=192.0.2.1 role=submission
@400000006b027b471c8eda94 smtp-accept: login conn=1j0qqdm3lk0i1qbn login=ann client=192.0.2.1
@400000006b027b471d152e30 smtp-accept: accepted conn=1j0qqdm3lk0i1qbn command=DATA sender=ann@example.org reply="250 2.0.0 queued as 1j0qqdm5n1obq4gg"
@400000006b027b471d252e30 smtp-accept: accepted conn=1j0qqdm3lk0i1qbn command=DATA sender=ann@example.org reply="250 2.0.0 queued as 1j0qqdm5n1obv000"
@400000006b027b471e1bf48e smtp-accept: disconnect conn=1j0qqdm3lk0i1qbn client=192.0.2.1
@400000006b027b472076d01e smtp-accept: connect conn=1j0qqdm7mq1sgfnj client=192.0.2.9 role=mx
@400000006b027b472091e9b1 smtp-accept: refused conn=1j0qqdm7mq1sgfnj command=RCPT sender=x@example.net recipient=nobody@example.org reply="550 5.1.1 no such user \x1b[2J\"here\""
LOG
cat >log/add/@400000006b027b4718945175.s <<'LOG'
@400000006b027b471d120df1 queue-add: queued conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg bytes=446 recipients=2 sender=ann@example.org
LOG
cat >log/add/current <<'LOG'
@400000006b027b471d220df1 queue-add: queued conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obv000 bytes=446 recipients=1 sender=ann@example.org
@400000006b027b473bd3a302 queue-add: queued conn=1j0qqdm3lk0i1qbn msg=1j0qqdoaeit1g3ba bytes=1848 recipients=1 sender=""
LOG
cat >log/queue/current <<'LOG'
@400000006b027b473b367463 queue-run: delivered conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg recipient=bob@example.net host=- tls=- code=2.0.0 text="kept in the mailbox" delay=0
@400000006b027b473b98f5ac queue-run: failed conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg recipient=eve@example.net host=mx.example.net[192.0.2.5] tls=- code=5.1.2 text="no" delay=0
@400000006b027b473bda6a1d queue-run: bounced conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg recipient=eve@example.net kind=failed new=1j0qqdoaeit1g3ba text="queued as 1j0qqdoaeit1g3ba"
@400000006b027b473bda6fb5 queue-run: done conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg delay=0
@400000006b027b474c01d8dc queue-run: done conn=1j0qqdm3lk0i1qbn msg=1j0qqdoaeit1g3ba delay=0
this is no line of ours
@400000006b027b474c01d8dd queue-run: done conn=1j0qqdm3lk0i1qbn msg="1j0qq
LOG
trace() { TZ=UTC smtpipe trace -l log "$@"; }
events() { sed -E 's/^[^ ]+ [^ ]+ +(\+[0-9.]+)? *[a-z-]+ +([a-z-]+).*/\2/' | tr '\n' ' '; }

trace 1j0qqdm5n1obq4gg >whole
is 'a message is followed through all services, in the order of time, to its report' "$(events <whole)" \
	'connect login queued accepted disconnect delivered failed queued bounced done done '
unlike 'other messages of its connection are left out' "$(cat whole)" v000
like 'with times, and seconds since the line before' "$(sed -n 2p whole)" \
	'^2026-11-22 05:18:26.479    \+0.067  smtp-accept +login login=ann client=192.0.2.1$'
like 'what is of another message bears its id' "$(grep 1848 whole)" ' queued msg=1j0qqdoaeit1g3ba bytes=1848'
is 'by the id of the report it is the same' "$(trace 1j0qqdoaeit1g3ba | events)" "$(events <whole)"
is 'by an address the latest is shown, whatever its case' "$(trace EVE@example.net | events)" "$(events <whole)"
is 'a refused one is known by its connection only' "$(trace nobody@example.org | events)" 'connect refused '
like 'nothing that was said can move the cursor' "$(trace nobody@example.org)" 'reply="550 5.1.1 no such user \\x1b\[2J\\"here\\""$'
is 'a connection shows all its messages' "$(trace 1j0qqdm3lk0i1qbn | grep -c accepted)" 2
is '--last is the latest that is no report' "$(trace --last | grep -c 'sender=ann.*v000')" 1
trace -j 1j0qqdm5n1obq4gg >json
is 'JSON has the same events, with numbers for times' "$(python3 -c '
import json
lines = [json.loads(line) for line in open("json")]
print([l["event"] for l in lines][:3], lines[0]["time"], lines[0]["client"])')" \
	"['connect', 'login', 'queued'] 1795324706.412373 192.0.2.1"
trace unknown@example.org >out 2>&1
is 'an unknown message is 1' "$?" 1
like 'and said so' "$(cat out)" 'nothing is known of unknown@example.org'
not_ok 'what is no name of a message is refused' trace frog
is 'the journal gives another stamp' "$(sed 's/^@[0-9a-f]*/1795324706.412373 host chain[123]:/' log/smtp/current |
	TZ=UTC smtpipe trace -l - nobody@example.org | sed -n 's/  smtp.*//p' | head -1)" '2026-11-22 05:18:26.412          '
is 'lines without a time keep their order' "$(cut -d' ' -f2- log/smtp/current |
	smtpipe trace -l - 1j0qqdm7mq1sgfnj | awk '{ print $2 }' | tr '\n' ' ')" 'connect refused '

# Following: over a rotation, until the last message is done.
id=1j0qqdm5n1obaaaa
line() { echo "@400000006b027b4$1 queue-run: $2 conn=1j0qqdm3lk0i1qaa msg=$id"; }
mkdir live && line 83b367463 delivered >live/current
smtpipe trace -l live -f -t 30 $id >followed &
follower=$! background=$!
ok 'what is there is shown at once' until_true 20 grep -q delivered followed
line 83b367464 deferred >>live/current
mv live/current live/@400000006b027b483b367465.s
line 83b367466 failed >live/current
ok 'then what comes, before and behind a rotation' until_true 20 grep -q failed followed
is 'nothing twice, nothing lost' "$(awk '{ print $NF }' followed | tr '\n' ' ')" 'delivered deferred failed '
line 83b367467 'done' >>live/current
wait $follower
is 'and it ends when all is done' "$?" 0
is 'or when its time is over' "$(sed -i 's/done/deferred/' live/current; smtpipe trace -l live -f -t 1 $id >/dev/null; echo $?)" 0

# The whole road as one ordinary user in a user namespace of his own, as in a container that gives no rights
#
# Nobody is root there, not even by name: no user is mapped. High ports, everything below one folder.
. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/sink.sh"

# The tree may lie where only root comes; he gets programs and services, and nothing to build.
mkdir -p tree/build stub demo
(cd "$BUILD" && find bin -type f -perm -100 -exec cp --parents {} "$WORK/tree/build" \;)
cp -r "$ROOT/sv" tree/
printf '#!/bin/sh\nexit 0\n' >stub/make
chmod 755 . stub/make
PATH=$WORK/stub:$PATH
if [ "$(id -u)" = 0 ]; then
	chown 65534:65534 demo
	user='setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all'
else
	user=
fi
namespace='unshare --user'
$user $namespace true 2>/dev/null || namespace= # not in every container may there be another one
DEMO_UNDER="$user $namespace"
sink
tests=$ROOT ROOT=$WORK/tree
BUILD=$WORK/tree/build demo_start DEMO_RELAY="127.0.0.1:$port"
ROOT=$tests

processes() { # FIELD: of the processes of the instance, as /proc says; each value once
	grep -las "$WORK/[dt]" /proc/[0-9]*/cmdline | sed 's,cmdline$,status,' | xargs cat 2>/dev/null |
		sed -n "s/^$1:[[:space:]]*//p" | tr '\t' ' ' | sort -u
}
uid=$([ -z "$user" ] && id -u || echo 65534)
is 'all of it belongs to him' "$(processes Uid)" "$uid $uid $uid $uid"
is 'and has no capability' "$(processes CapEff)" 0000000000000000
[ -z "$namespace" ] || like 'in a namespace of his own' \
	"$(readlink "/proc/$demo_pid/ns/user" /proc/self/ns/user | sort -u | wc -l)" '^2$'
unlike 'what confines each program needs no rights: nothing is lacking' "$(demo_log)" 'lacks='

ok 'submission: a message goes in' send_mail submitted
ok '... and arrives' until_true 20 has_mail bob 'Subject: submitted'
ok 'submission over TLS from the first byte' swaks --server 127.0.0.1 --port "$SUBMISSIONS" --tls-on-connect \
	--auth-user bob --auth-password builder --from bob@example.test --to alice@example.test --h-Subject in-tls
ok '... arrives' until_true 20 has_mail alice 'Subject: in-tls'
ok 'from another server' swaks --server 127.0.0.1 --port "$SMTP" --from eve@remote.test --to alice@example.test \
	--h-Subject from-outside
ok '... arrives' until_true 20 has_mail alice 'Subject: from-outside'
[ "$uid$namespace" = "$(id -u)" ] && name=$(id -un) || name=nobody # who is not mapped has that name
echo "$name: alice@example.test" >>"$DEMO/senders"
printf 'To: bob@example.test\nSubject: from-inside\n\nhi\n' >mail
ok 'from a program of this host' $user env SMTPIPE_INJECT="$DEMO/run/inject" \
	"$WORK/tree/build/bin/tools/sendmail" -t -f alice@example.test <mail
ok '... arrives' until_true 20 has_mail bob 'Subject: from-inside'
ok 'to somebody who is not here' send_mail returned --to nobody@example.test
ok '... comes back' until_true 20 has_mail alice 'multipart/report'
ok 'to another server' send_mail far --to carl@remote.test
ok '... arrives' until_true 20 grep -q 'Subject: far' sink/1.1.data
ok 'and the queue is empty' until_true 20 queue_empty
ok 'it ends cleanly' demo_stop

# TRPT-02: results are counted, a file for each day
. tests/lib.sh
day_lasts 30

mkdir tls
today() { date -u +%Y-%m-%d; }
start() {
	mkfifo ready.$1
	tls-count -S "unix:$WORK/socket" -d tls -R 3 3>ready.$1 2>>log &
	counter=$!
	background="$background $counter"
	read -r _ <ready.$1
}
stop() {
	kill "$counter" && wait "$counter"
}
# tell LIST...: a datagram for each; "|" stands for NUL
tell() {
	python3 - "$@" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for text in sys.argv[1:]:
    s.sendto(text.encode().replace(b'|', b'\0'), 'socket')
PY
}
good='time=1|domain=a.test|type=sts|policy=verify sts mx=mx.a.test|result=success|mx=mx.a.test|address=192.0.2.1||'
bad='time=2|domain=a.test|type=no-policy-found|result=certificate-expired|mx=mx.a.test|address=192.0.2.1|text=x y||'
start 1
tell "$good" "$good" "$bad"
tell "$(echo "$good" | sed 's/192.0.2.1/192.0.2.9/; s/time=1/time=9/')"
tell 'time=1|domain=b.test|type=local|result=success||'
tell 'rubbish' '' 'time=1|domain=../x|type=sts|result=success||' "$(head -c 40000 /dev/zero | tr '\0' x)"
until_true 20 sh -c '[ "$(grep -c "no result was dropped" log)" = 4 ]'
is 'what is no result is dropped, and the log says so' "$(grep -c 'no result was dropped' log)" 4
ok 'SIGTERM ends it' stop
day=$(today)
wanted=$(printf '3\ttime=0\tdomain=a.test\ttype=sts\tresult=success\tpolicy=verify sts mx=mx.a.test
1\ttime=0\tdomain=a.test\ttype=no-policy-found\tresult=certificate-expired\tmx=mx.a.test\taddress=192.0.2.1\ttext=x y')
is 'the file has each, with its number' "$(sort -r "tls/$day")" "$wanted"
is 'for its owner' "$(stat -c %a "tls/$day")" 600
start 2
tell "$bad"
stop
is 'a new one goes on where the old one ended' "$(sort "tls/$day" | sed -n '$p' | cut -f1,4)" "$(printf '3\ttype=sts')"
is 'with both counts' "$(cut -f1 "tls/$day" | sort | tr '\n' ' ')" '2 3 '
# --- what Postfix tells, as libtlsrpt writes it ---
start 3
foreign() {
	printf '{"d": "%s","pr": "v=TLSRPTv1;rua=mailto:x@%s","policies":[{%s}]}' "$1" "$1" "$2"
}
sts='"policy-type":2,"policy-domain": "c.test","policy-string":["version: STSv1","mode: enforce","mx: *.c.test","max_age: 86400"],"mx-host":["*.c.test"]'
tell "$(foreign c.test "$sts,\"t\":0,\"f\":0")" "$(foreign c.test "$sts,\"t\":0,\"f\":0")" \
	"$(foreign c.test "$sts,\"failure-details\":[{\"c\":202,\"s\": \"192.0.2.9\",\"n\": \"mx.c.test\",\"h\": \"x\",\"r\": \"192.0.2.1\",\"a\": \"why\"}],\"t\":1,\"f\":1")" \
	'{"d":"c.test"}' '{"d":' "$(foreign ../c '"policy-type":9,"t":0,"f":0')"
until_true 20 sh -c '[ "$(grep -c "no result was dropped" log)" = 7 ]'
is 'what Postfix tells and cannot be counted is dropped' "$(grep -c 'no result was dropped' log)" 7
stop
is 'what Postfix tells is counted like what we tell' "$(grep c.test "tls/$day" | sort -r)" \
	"$(printf '2\ttime=0\tdomain=c.test\ttype=sts\tresult=success\tpolicy=verify sts max_age=86400 mx=*.c.test
1\ttime=0\tdomain=c.test\ttype=sts\tresult=certificate-host-mismatch\tmx=mx.c.test\taddress=192.0.2.1\tsource=192.0.2.9\ttext=why\tpolicy=verify sts max_age=86400 mx=*.c.test')"
is 'nothing else is in the folder' "$(ls tls)" "$day"

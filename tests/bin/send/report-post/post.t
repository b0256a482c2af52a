# TRPT-02 TRPT-03: reports to web servers
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/web.sh"
if ! have nsd || ! have unbound; then
	skip 'reports are posted' 'no nsd or unbound'
	exit 0
fi
web_start
cat >zone.source <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
good A 127.0.0.1
refuses A 127.0.0.1
moved A 127.0.0.1
slow A 127.0.0.1
ZONE
dns_start zone.source
post() { # URL OPTION...
	url=$1
	shift
	{ echo "$url" && cat report; } | report-post -n 127.0.0.0/8 "$@" 2>log
}
head -c 30000 /dev/urandom >report
web_answer good.test '201 Created' text/plain </dev/null
ok 'a web server takes a report' post "https://good.test:$WEB_PORT/v1?a=b"
ok 'all of it' cmp web/good.test.body report
is 'at its path' "$(cat web/requests)" 'good.test POST /v1?a=b'
web_certificate good.test other.test self
ok 'whatever its certificate' post "https://good.test:$WEB_PORT"
is 'the shortest path is one, too' "$(sed -n '$p' web/requests)" 'good.test POST /'
web_answer refuses.test '503 Busy' text/plain </dev/null
not_ok 'one that does not take it is later' post "https://refuses.test:$WEB_PORT/"
like 'and says why' "$(cat log)" '503'
web_answer moved.test '302 Found' text/plain </dev/null
not_ok 'a redirect is not followed' post "https://moved.test:$WEB_PORT/"
cp web/good.test web/slow.test
: >web/slow.test.slow
not_ok 'a slow one has its time' post "https://slow.test:$WEB_PORT/" -t 1
not_ok 'one that is not there' post "https://nowhere.test:$WEB_PORT/"
not_ok 'what is no URL' post 'http://good.test/'
not_ok 'nothing at all' sh -c 'report-post </dev/null'
: >web/requests
not_ok 'a stranger does not lead us into our own network' sh -c "{ echo https://good.test:$WEB_PORT/ && cat report; } | report-post 2>log"
is 'nobody there is asked' "$(cat web/requests)" ''
like 'and the log says why' "$(cat log)" 'good.test: its address is in a private network, where -n '

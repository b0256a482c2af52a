# Shared by tests that need a web server: sourced after lib.sh. An HTTPS server on loopback (web.py), with
# a CA of its own: ca.pem.

# web_start [PORT]: it answers from the folder "web"; its port is then $WEB_PORT
web_start() {
	mkdir -p web
	[ -e ca.pem ] || certificate ca 'Test CA' root 2>/dev/null
	web_certificate default '*.test'
	web.py web "$@" 2>web.log &
	background="$background $!"
	until_true 20 test -s web/port || { cat web.log; exit 1; }
	WEB_PORT=$(cat web/port)
}
# web_certificate HOST DOMAIN [SIGNER [DAYS]]: the one that HOST shows
web_certificate() {
	certificate "web-$1" "$2" "${3:-ca}" "${4:-2}" 2>/dev/null
	cat "web-$1.pem" "web-$1.key" >"web/$1.pem"
}
# web_answer HOST STATUS TYPE <BODY; HOST has a good certificate, if it has none yet
web_answer() {
	[ -e "web/$1.pem" ] || web_certificate "$1" "$1"
	cat >"web/$1.text"
	printf 'HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' \
		"$2" "$3" "$(wc -c <"web/$1.text" | tr -d ' ')" | cat - "web/$1.text" >"web/$1.new"
	mv "web/$1.new" "web/$1"
}
# web_policy DOMAIN LINE...: a policy of MTA-STS
web_policy() {
	web_domain=$1
	shift
	printf '%s\r\n' 'version: STSv1' "$@" | web_answer "mta-sts.$web_domain" '200 OK' text/plain
}

# Certificates come by ACME: each client that is here fetches one from a real server (pebble, on loopback) and
# hands it on as smtpipe-cert(8) says; the service that runs serves it at once, and a renewal again, and whoever
# was connected before stays so.
. tests/lib.sh
. "$ROOT/tests/road.sh"
have pebble && have pebble-challtestsrv || {
	skip 'certificates by ACME' 'there is no pebble here'
	exit 0
}

# --- the authority: it looks for http-01 challenges on a port of ours, wherever a name should be ---
acme=$(free_port) management=$(free_port) dns=$(free_port) dns_management=$(free_port) http=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
	-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout acme.key -out acme.pem 2>/dev/null
cat >pebble.json <<END
{ "pebble": { "listenAddress": "127.0.0.1:$acme", "managementListenAddress": "127.0.0.1:$management",
	"certificate": "acme.pem", "privateKey": "acme.key", "httpPort": $http, "tlsPort": $http } }
END
pebble-challtestsrv -dns01 "127.0.0.1:$dns" -management "127.0.0.1:$dns_management" -defaultIPv6 '' \
	-http01 '' -https01 '' -tlsalpn01 '' >dns.log 2>&1 &
background="$background $!"
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config pebble.json -dnsserver "127.0.0.1:$dns" >acme.log 2>&1 &
background="$background $!"
directory=https://127.0.0.1:$acme/dir
demo_start
export SMTPIPE_ETC="$DEMO" SMTPIPE_LIBEXEC="$BUILD/bin/manage"
fetch_root() { curl -sS --cacert acme.pem "https://127.0.0.1:$management/roots/0" -o root.pem; }
until_true 20 nc -z 127.0.0.1 "$dns" && until_true 20 fetch_root || {
	cat dns.log acme.log
	echo 'not ok - the authority answers'
	exit 1
}

# --- the clients of the service, all of whom stay until the end ---
cat >stay.py <<'END'
import hashlib, smtplib, socket, ssl, sys
submission, submissions = map(int, sys.argv[1:])
here = []
connect = socket.create_connection
socket.create_connection = lambda address, *more: connect(("127.0.0.1", address[1]), *more)

def join(trust): # once by STARTTLS, once by TLS at once; one certificate, where both have the same
    context = ssl.create_default_context(cafile="root.pem")
    if not trust:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificates = set()
    try:
        client = smtplib.SMTP("mail.example.test", submission, "client.example.test", timeout=60)
        client.starttls(context=context)
        here.append(client)
        here.append(smtplib.SMTP_SSL("mail.example.test", submissions, "client.example.test", timeout=60, context=context))
        for client in here[-2:]:
            certificates.add(hashlib.sha256(client.sock.getpeercert(True)).hexdigest())
    except (OSError, smtplib.SMTPException) as error:
        return "none: %s" % str(error).replace("\n", " ")
    return " ".join(certificates)

def all_talk():
    talking = [client.noop()[0] for client in here].count(250)
    return "%d of %d" % (talking, len(here))

def send(): # by the one who came first
    here[0].login("alice", "wonderland")
    here[0].sendmail("alice@example.test", ["bob@example.test"], "Subject: patient\r\n\r\n.\r\n")
    return "sent"

for line in sys.stdin:
    word = line.strip()
    try:
        said = {"see": lambda: join(False), "trust": lambda: join(True), "talk": all_talk, "send": send}[word]()
    except (OSError, smtplib.SMTPException) as error:
        said = "%s: %s" % (type(error).__name__, error)
    print(said, flush=True)
END
mkfifo questions answers
python3 stay.py "$SUBMISSION" "$SUBMISSIONS" <questions >answers &
background="$background $!"
exec 8>questions 7<answers
ask() { # WORD: of those above
	echo "$1" >&8
	read -r answer <&7
	echo "$answer"
}
fingerprint() { # CERTIFICATE: its first one, as those above tell it
	openssl x509 -in "$1" -noout -fingerprint -sha256 2>&1 | sed 's/.*=//; s/://g' | tr A-F a-f
}

# --- what the page says ---
page_says() { # CLIENT: its lines, for our host
	sed -n "/^\.It $1\$/,/^\.Ed/p" "$ROOT/bin/manage/smtpipe-cert.8" |
		sed '1,/^\.Bd/d; /^\.Ed/d; s/\\e/\\/g; s/mail\.example\.org/mail.example.test/g'
}
# becomes CLIENT DEED CERTIFICATE COMMAND...: what the client fetches is what the next connection sees
deeds=0
becomes() {
	who=$1 deed=$2 certificate=$3
	shift 3
	deeds=$((deeds + 1))
	before=$(ask see)
	"$@" >"$who.log" 2>&1 </dev/null
	status=$?
	is "$who: $deed succeeds" "$status" 0
	after=$(ask trust)
	is "$who: $deed: the service has it, with its chain" "$after" "$(fingerprint "$certificate")"
	unlike "$who: $deed: and it is new" "$after" "^$before\$"
	[ "$status" = 0 ] && [ "$after" != "$before" ] || tail -n 20 "$who.log" | sed 's/^/# /'
	is "$who: $deed: none of those connected was dropped" "$(ask talk | sed 's/^\(.*\) of \1$/all/')" all
}

like 'before, the server has made itself one' "$(ask trust)" '^none: .*self-signed'

# certbot: the settings that a user has from the package, and does not have to give, are in cli.ini
if have certbot; then
	mkdir -p config/letsencrypt
	cat >config/letsencrypt/cli.ini <<-END
		server = $directory
		config-dir = $WORK/certbot
		work-dir = $WORK/certbot/work
		logs-dir = $WORK/certbot/log
		http-01-port = $http
		http-01-address = 127.0.0.1
		agree-tos = true
		register-unsafely-without-email = true
		non-interactive = true
	END
	export XDG_CONFIG_HOME="$WORK/config" REQUESTS_CA_BUNDLE="$WORK/acme.pem"
	page_says certbot >certbot.sh
	becomes certbot 'the first certificate' certbot/live/mail.example.test/fullchain.pem sh -ex certbot.sh
	becomes certbot 'a renewal' certbot/live/mail.example.test/fullchain.pem \
		certbot renew --force-renewal --no-random-sleep-on-renew
else skip 'certbot' 'it is not here'; fi

if have lego; then
	page_says lego >lego-hook && chmod +x lego-hook
	lego_does() {
		LEGO_CA_CERTIFICATES=$WORK/acme.pem lego -s "$directory" -a -m ann@example.test -d mail.example.test --path lego \
			--http --http.port "127.0.0.1:$http" "$@"
	}
	becomes lego 'the first certificate' lego/certificates/mail.example.test.crt lego_does run --run-hook=./lego-hook
	becomes lego 'a renewal' lego/certificates/mail.example.test.crt \
		lego_does renew --days 10000 --no-random-sleep --renew-hook=./lego-hook
else skip 'lego' 'it is not here'; fi

# uacme leaves the challenges to a web server, and believes whom the system believes: in a view of the system of
# its own, that is our authority.
if ! have uacme; then
	skip 'uacme' 'it is not here'
elif ! unshare -m true 2>/dev/null || ! [ -e /etc/ssl/certs/ca-certificates.crt ]; then
	skip 'uacme' 'no other authorities can be shown to it here than those of the system'
else
	export UACME_CHALLENGE_PATH="$WORK/www/.well-known/acme-challenge"
	mkdir -p "$UACME_CHALLENGE_PATH"
	python3 -m http.server --bind 127.0.0.1 --directory www "$http" >www.log 2>&1 &
	background="$background $!"
	until_true 20 nc -z 127.0.0.1 "$http"
	cat >system.sh <<-END
		mount --bind acme.pem /etc/ssl/certs/ca-certificates.crt
		uacme() { command uacme -a $directory -c $WORK/uacme \$days "\$@"; }
	END
	page_says uacme | sed "s|/etc/ssl|$WORK|g" | cat system.sh - >uacme.sh
	ok 'uacme: an account' unshare -m sh -ec '. ./system.sh && uacme -y new'
	becomes uacme 'the first certificate' uacme/mail.example.test/cert.pem unshare -m sh -ex uacme.sh
	becomes uacme 'a renewal' uacme/mail.example.test/cert.pem env days='-d 10000' unshare -m sh -ex uacme.sh
fi

is 'who came first sends at last' "$(ask send)" sent
ok 'and it arrives' until_true 20 has_mail bob 'Subject: patient'
ok 'the service that runs has taken each' until_true 20 logged_often "$deeds" 'tls-wrap: renewed certificate='
skip 'acme.sh' 'Debian does not have it; its lines are run in tests/bin/manage/smtpipe-cert'

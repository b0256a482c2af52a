# Every check of the doctor, in a made-up internet: a network namespace with a resolver, a server elsewhere
# and our own, all on their true ports
if [ -z "$OWN_NETWORK" ]; then
	if unshare -rnm sh -c 'mount -t tmpfs none /mnt && ip link set lo up && ip addr add 192.0.2.1/32 dev lo' 2>/dev/null; then
		OWN_NETWORK=yes exec unshare -rnm sh "$0"
	fi
	echo 'ok - the doctor in a made-up internet # skip no network namespace'
	exit 0
fi
. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/web.sh"
ip link set lo up
for address in 192.0.2.1/32 198.51.100.1/32; do ip addr add $address dev lo; done
echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind # then nobody can say that the far server is this host, too
export SMTPIPE_LIBEXEC=$BUILD/bin/manage DNS_RESOLVER=127.0.0.1@5353

# --- our server, and one elsewhere ---
certificate ca 'Test CA' root 2>/dev/null && certificate our mail.example.test ca 300 2>/dev/null
demo_start DEMO_CERT="$WORK/our.pem" DEMO_KEY="$WORK/our.key" DEMO_SUBMISSION=127.0.0.1:587 DEMO_SUBMISSIONS=127.0.0.1:465 DEMO_SMTP=127.0.0.1:25 DEMO_DOMAIN=example.test
sink_in far -a 198.51.100.1 -p 25
far_pid=$!
web_start 443

# --- settings as setup writes them, with the keys of that server ---
mkdir -p share/sv etc/tls mail/ann && chmod 700 mail/ann
printf 'd %s 0700 %s %s -\n' "$WORK/mail/ann" "$(id -un)" "$(id -gn)" >share/sv/tmpfiles.conf
export SMTPIPE_SHARE=$WORK/share SMTPIPE_ETC=$WORK/etc SMTPIPE_QUEUE=$DEMO/queue SMTPIPE_MAIL=$WORK/mail
echo mail.example.test >etc/me
echo example.test: >etc/domains
echo ann: ann/Maildir >etc/mailboxes
echo postmaster: ann >etc/aliases
cp "$DEMO"/tls/*.pem etc/tls && mkdir -m 700 etc/dkim
(cd etc && smtpipe-dkim new example.test && smtpipe-dkim use example.test) >/dev/null
(cd etc && smtpipe-dns example.test) >fragment

# --- the internet ---
resolver() { # FILE: the zone test. without its head
	{
		printf '%s\n' '$ORIGIN test.' '$TTL 60' '@ SOA ns.test. root.test. 1 60 60 60 60' '@ NS ns.test.' 'ns A 127.0.0.1' \
			'far MX 10 mx.far' 'mx.far A 198.51.100.1'
		cat "$1"
	} >zone
	if [ -n "$key" ]; then ldns-signzone zone "$key" >/dev/null || echo 'not ok - the zone is signed'; else cp zone zone.signed; fi
	[ -z "$resolver_pid" ] || kill "$resolver_pid"
	[ -z "$resolver_pid" ] || wait "$resolver_pid"
	unbound -d -c unbound.conf >unbound.log 2>&1 &
	resolver_pid=$!
	background="$background $resolver_pid"
	until_true 20 dns-ask a ns.test || { cat unbound.log && echo 'not ok - a resolver' && exit 1; }
}
key=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k test)
cat >unbound.conf <<CONF
server:
 interface: 127.0.0.1
 port: 5353
 username: ""
 chroot: ""
 directory: "$WORK"
 pidfile: ""
 use-syslog: no
 do-daemonize: no
 num-threads: 1
 local-zone: "test." nodefault
 trust-anchor-file: "$key.ds"
 local-data: "1.2.0.192.in-addr.arpa. PTR mail.example.test."
remote-control:
 control-enable: no
auth-zone:
 name: "test."
 zonefile: zone.signed
 for-upstream: yes
 for-downstream: no
 fallback-enabled: no
CONF

doctor() { # its answer is then in the file said, its status in $status
	smtpipe doctor "$@" -a 192.0.2.1 -b bl.test -c ca.pem -f far.test -s test >said 2>errors
	status=$?
}
says() { # SENTENCE STATE CHECK [PATTERN]: is there such a line?
	like "$1" "$(grep " $3 " said)" "^$2 +$3 +$4"
}

# --- all is well ---
good() {
	grep -v ' A  *\| AAAA  *\|v=spf1' fragment
	printf '%s\n' 'mail.example A 192.0.2.1' 'example TXT "v=spf1 mx -all"' 'mta-sts.example A 127.0.0.1'
}
web_policy example.test 'mode: enforce' 'mx: mail.example.test' 'max_age: 604800'
good >records
resolver records
doctor
is 'where all is well, nothing is wrong' "$(grep ^wrong said; cat errors; echo $status)" 0
for check in settings folders disk queue certificate ports relay resolver name way-out lists tlsa mx spf dkim dmarc tlsrpt mta-sts; do
	says "$check is looked at" ok $check
done
is 'both keys are' "$(grep -c '^ok *dkim' said)" 2
doctor --json
ok 'as JSON' python3 -c '
import json
rows = json.load(open("said"))
assert all(set(row) == {"state", "check", "found", "do"} for row in rows)
assert any(row["check"] == "spf" and row["found"].endswith("v=spf1 mx -all") for row in rows)'

# --- all is wrong ---
chmod 755 mail/ann
: >etc/mailboxs
cp -R etc worse && SMTPIPE_ETC=$WORK/worse
openssl req -x509 -key etc/tls/key.pem -subj /CN=x -addext subjectAltName=DNS:other.test -days 3 -out worse/tls/cert.pem 2>/dev/null
rm worse/dkim/example.test/*e.key
{
	printf '%s\n' 'mail.example A 192.0.2.9' 'example MX 10 other' '_dmarc.example TXT "v=DMARC1; rua=mailto:x@y.test"' \
		'_smtp._tls.example TXT "v=TLSRPTv1; rua=gopher:x"' 'example TXT "v=spf1 ip4:192.0.2.64/26 -all"' '1.2.0.192.bl A 127.0.0.2' \
		'mta-sts.example A 127.0.0.1' '_mta-sts.example TXT "v=STSv1; id=2"' \
		'_25._tcp.mail.example TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000'
	sed -n '/_domainkey/,/)/p' fragment | sed 's/p=..../p=AAAA/'
} >records
resolver records
kill "$far_pid" && wait "$far_pid"
web_policy example.test 'mode: enforce' 'mx: other.test' 'max_age: 604800'
doctor
is 'where much is wrong, it says so' "$status" 100
says 'a policy of TLS without our host' wrong mta-sts '.*does not have mail.example.test.*; do: put a line "mx: mail.example.test"'
says 'TLSA of another certificate' wrong tlsa '.*no record is that of the certificate'
says 'a slip in a name of a setting' wrong settings 'mailboxs: nobody reads this; did you mean mailboxes'
says 'a folder open to others, with the cure' wrong folders ".*mail/ann is 755.*must be 700.*; do: chown .*chmod 0700 $WORK/mail/ann"
says 'a certificate of another' wrong certificate '.*is for other.test and not for mail.example.test'
says 'a name that leads elsewhere' wrong name 'mail.example.test leads to 192.0.2.9, which is none'
says 'no way out' wrong way-out 'port 25 of 198.51.100.1, for far.test, cannot be reached; do: ask your provider'
says 'on a list' wrong lists 'bl.test has 192.0.2.1'
says 'mail that goes elsewhere' wrong mx 'the mail of example.test goes to other.test, not to mail.example.test; do: .*smtpipe dns example.test'
says 'SPF that forgets us' wrong spf 'example.test does not let 192.0.2.1 send'
says 'a key that is not that of the record' wrong dkim '.*the record is of another key'
says 'a policy that is none' wrong dmarc '.*no policy'
says 'reports to nobody' wrong tlsrpt '.*nobody gets the reports'

# --- much is missing ---
SMTPIPE_ETC=$WORK/etc
chmod 700 mail/ann && rm etc/mailboxs
openssl req -x509 -key etc/tls/key.pem -subj /CN=mail.example.test -addext subjectAltName=DNS:mail.example.test -days 3 -out etc/tls/cert.pem 2>/dev/null
key='' && sed -i '/trust-anchor/d; /PTR/d' unbound.conf
printf '%s\n' 'mail.example A 192.0.2.1' 'example TXT "v=spf1 -all"' 'example TXT "v=spf1 a -all"' '1.2.0.192.bl A 127.255.255.254' '_mta-sts.example TXT "v=STSv1; id=3"' 'mta-sts.example A 192.0.2.1' >records
resolver records
doctor
says 'a certificate that ends soon' wrong certificate '.*ends in [23] days'
says 'which nobody sees yet' wrong ports 'port 465 shows another certificate'
says 'nobody validates' better resolver 'answers, but vouches for nothing'
says 'no reverse name' wrong name '192.0.2.1 has the reverse name \(none\)'
says 'a list that does not want to be asked' unknown lists
says 'no MX' wrong mx 'example.test has no MX record'
says 'two SPF' wrong spf '.*more than one'
says 'no record of a key' wrong dkim '.*has no record'
says 'no DMARC' better dmarc
says 'a policy that cannot be fetched' wrong mta-sts '.*cannot be had'
says 'no TLSA' better tlsa

# --- the server relays for anybody, or is not there at all; nor is the resolver ---
demo_stop
sink_in open -a 127.0.0.1 -p 25
kill "$resolver_pid" && wait "$resolver_pid"
mv "$DEMO/queue" gone
# A disk that is nearly full, a clock that was set back, and a service that the kernel does not confine.
mkdir small libexec && mount -t tmpfs -o size=4m,nr_inodes=100 none small && cp /bin/sleep libexec/header-fix
touch -d '2 hours' etc/me
libexec/header-fix 60 &
unconfined=$!
background="$background $unconfined"
DNS_RESOLVER=127.0.0.1@5354 SMTPIPE_MAIL=$WORK/small SMTPIPE_LIBEXEC=$WORK/libexec:$SMTPIPE_LIBEXEC doctor
kill "$unconfined"
says 'a disk that is nearly full' wrong disk "$WORK/small has room for [0-4] MiB and [0-9]+ files only"
says 'a clock that is behind' wrong clock '.*files here are younger; do: timedatectl set-ntp true'
says 'a process without a sandbox' wrong sandbox 'not confined by the kernel: header-fix'
says 'an open relay' wrong relay 'port 25 takes mail from anybody to <doctor@far.test>'
says 'a port without SMTP' wrong ports 'no '
says 'no resolver' wrong resolver '127.0.0.1@5354 does not answer'
says 'what depends on it is unknown' unknown mx
says 'keys, too, which sign all the same' unknown dkim
unlike 'and nobody says that none does' "$(cat said)" 'no key signs'
says 'and lists' unknown lists
says 'a queue that cannot be read' unknown queue
not_ok 'a domain that is not ours has no doctor' smtpipe doctor example.com

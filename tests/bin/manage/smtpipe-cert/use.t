. tests/lib.sh
export SMTPIPE_ETC=$WORK/etc SMTPIPE_LIBEXEC=$BUILD/bin/manage
mkdir -p etc/tls
make_pair() { # NAME DAYS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$2" -subj "/CN=$1" \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}
make_pair one 10 && make_pair two 10
ok 'a pair is taken' smtpipe cert use one.pem one.key
like 'and shown' "$(smtpipe cert show)" '^tls/cert.pem: subject=CN = one'
is 'the key is for the group of tls only' "$(stat -c %a etc/tls/key.pem)" 640
smtpipe cert use two.pem one.key >out 2>&1
is 'a key of another certificate is refused' "$? $(cat out)" '100 smtpipe-cert: one.key is not the key of two.pem'
like 'and nothing is changed' "$(smtpipe cert show)" 'CN = one'
echo x >three.pem
not_ok 'what is no certificate is refused' smtpipe cert use three.pem one.key
ok 'a name of its own, for SNI' smtpipe cert use two.pem two.key mail.example.org
like 'lies beside' "$(smtpipe cert show)" '^tls/mail.example.org/cert.pem: subject=CN = two'
not_ok 'a name that climbs is none' smtpipe cert use two.pem two.key ../x
is 'nothing is left behind' "$(find etc -name '*.new')" ''
# As the ACME clients call it.
(RENEWED_LINEAGE=$WORK/live && mkdir live && cp two.pem live/fullchain.pem && cp two.key live/privkey.pem &&
	smtpipe cert use "$RENEWED_LINEAGE/fullchain.pem" "$RENEWED_LINEAGE/privkey.pem" >out)
like 'a hook of certbot' "$(cat out)" 'in use from the next connection on: subject=CN = two notAfter='

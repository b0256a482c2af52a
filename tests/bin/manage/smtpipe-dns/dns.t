# TLS-17: what a domain of ours has to say in the DNS
. tests/lib.sh
export SMTPIPE_ETC=$WORK/etc SMTPIPE_LIBEXEC=$BUILD/bin/manage
mkdir -p etc/tls bin
printf 'example.org:\nexample.net:\n' >etc/domains
printf '# name\nmail.example.org\n' >etc/me
printf '#!/bin/sh\necho 192.0.2.1 2001:db8::1\n' >bin/hostname && chmod +x bin/hostname
PATH=$WORK/bin:$PATH
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout etc/tls/key.pem -out etc/tls/cert.pem 2>/dev/null
smtpipe dns >zone
ok 'the fragment is a zone that nsd takes' sh -c '
	{ echo "@ 3600 IN SOA ns.example.org. x.example.org. 1 2 3 4 5"; echo "@ NS ns.example.org."; echo "ns A 192.0.2.3"; cat zone; } >whole &&
	nsd-checkzone example.org whole'
like 'with mail exchanger' "$(cat zone)" '^example.org. +MX +10 mail.example.org.$'
like 'both kinds of address' "$(cat zone)" '^mail.example.org. +AAAA +2001:db8::1$'
digest=$(openssl x509 -in etc/tls/cert.pem -noout -pubkey | openssl ec -pubin -outform DER 2>/dev/null | sha256sum | cut -d' ' -f1)
like 'the digest of the key' "$(cat zone)" "TLSA +3 1 1 $digest"
like 'another domain has its own' "$(smtpipe dns example.net)" '^_dmarc.example.net. +TXT'
not_ok 'one that is not ours has none' smtpipe dns example.com

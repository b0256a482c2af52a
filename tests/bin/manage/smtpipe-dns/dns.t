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
like 'mail programs are told where their settings are' "$(cat zone)" '^autoconfig.example.org. +CNAME +mail.example.org.$'
smtpipe dns -a example.net >config-v1.1.xml
is 'which are a file as they read it' "$(python3 - <<'PY'
import xml.etree.ElementTree as tree
provider = tree.parse('config-v1.1.xml').getroot().find('emailProvider')
print(provider.get('id'), provider.findtext('domain'), [[way.findtext(name) for name in ('hostname', 'port', 'socketType')]
	for way in provider.findall('outgoingServer')])
PY
)" "example.net example.net [['mail.example.org', '465', 'SSL'], ['mail.example.org', '587', 'STARTTLS']]"
not_ok 'an option that there is not' smtpipe dns -b example.org
not_ok 'one that is not ours has none' smtpipe dns example.com

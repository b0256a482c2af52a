#!/bin/sh
# smtpipe-dns - the DNS records that a domain needs, as a zone fragment
#
#     smtpipe dns [domain]
#
# road     for the operator, beside it
# fd 1     records to paste into the zone of the domain (default: our first), with a comment on each
# opens    settings, the certificate, DKIM keys
# starts   openssl, dkim-key
# exits    0; 111: a setting is missing
# source   RFC 5321 5 (MX), 7208 (SPF), 7489 (DMARC), 6376 (DKIM), 8461 (MTA-STS), 8460 (TLSRPT),
#          7672 (DANE), 6186 and 8314 (SRV)
. "$(dirname "$0")/shared"

[ $# -le 1 ] || usage 'smtpipe dns [domain]'
in_settings
domain=${1:-$(table_keys domains | head -n 1)}
table_get domains "$domain" >/dev/null || fail "$domain is not in the table domains"
host=$(sed -n '/^[^#]/{p;q;}' me) || fail 'the setting me, our host name, is missing'
addresses=$(hostname -I 2>/dev/null)

record() { # NAME TYPE DATA
	printf '%-36s %-6s %s\n' "$1." "$2" "$3"
}
say "; $domain: where its mail goes, and who may send for it"
record "$domain" MX "10 $host."
for address in ${addresses:-PUT-YOUR-ADDRESS-HERE}; do
	case $address in
	*:*) record "$host" AAAA "$address" ;;
	*) record "$host" A "$address" ;;
	esac
done
say '; the reverse name (PTR) of each address must be '"$host"'; your provider of addresses sets it'
record "$domain" TXT '"v=spf1 mx -all"'
record "$host" TXT '"v=spf1 a -all"'
record "_dmarc.$domain" TXT "\"v=DMARC1; p=none; rua=mailto:postmaster@$domain\""
for key in dkim/"$domain"/*.key dkim/"$domain"/*.new; do
	[ -r "$key" ] || continue
	selector=${key##*/}
	dkim-key -p "$key" "$domain" "${selector%.*}"
done
say "; TLS: servers that know DANE, MTA-STS and reports"
if [ -r tls/cert.pem ]; then
	digest=$(openssl x509 -in tls/cert.pem -noout -pubkey | openssl pkey -pubin -outform DER |
		openssl dgst -sha256 -r | cut -d' ' -f1)
	record "_25._tcp.$host" TLSA "3 1 1 $digest"
fi
record "_mta-sts.$domain" TXT "\"v=STSv1; id=$(date -u +%Y%m%d)00\""
say "; and at https://mta-sts.$domain/.well-known/mta-sts.txt:"
printf ';   %s\n' 'version: STSv1' 'mode: testing' "mx: $host" 'max_age: 604800'
record "_smtp._tls.$domain" TXT "\"v=TLSRPTv1; rua=mailto:postmaster@$domain\""
say '; for mail programs that look for their server'
record "_submissions._tcp.$domain" SRV "0 1 465 $host."
record "_submission._tcp.$domain" SRV "1 1 587 $host."

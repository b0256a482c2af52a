#!/bin/sh
# smtpipe-dns - the DNS records that a domain needs, as a zone fragment
#
#     smtpipe dns [-a] [domain]
#
# road     for the operator, beside it
# fd 1     records to paste into the zone of the domain (default: our first), with a comment on each;
#          -a: the file by which mail programs set themselves up
# opens    settings, the certificate, DKIM keys
# starts   openssl, dkim-key
# exits    0; 111: a setting is missing
# source   RFC 5321 5 (MX), 7208 (SPF), 7489 (DMARC), 6376 (DKIM), 8461 (MTA-STS), 8460 (TLSRPT),
#          7672 (DANE), 6186 and 8314 (SRV); Thunderbird's autoconfiguration 1.1
. "$(dirname "$0")/shared"

autoconfig=
[ "$1" != -a ] || { autoconfig=yes && shift; }
[ $# -le 1 ] && [ "${1#-}" = "$1" ] || usage 'smtpipe dns [-a] [domain]'
in_settings
domain=${1:-$(table_keys domains | head -n 1)}
table_get domains "$domain" >/dev/null || fail "$domain is not in the table domains"
host=$(sed -n '/^[^#]/{p;q;}' me) || fail 'the setting me, our host name, is missing'
# Of what others do on such a host, IMAP, it says what is usual: by TLS, with the same login.
print_autoconfig() {
	cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="$domain">
    <domain>$domain</domain>
    <displayName>$domain</displayName>
    <incomingServer type="imap">
      <hostname>$host</hostname>
      <port>993</port>
      <socketType>SSL</socketType>
      <username>%EMAILLOCALPART%</username>
      <authentication>password-cleartext</authentication>
    </incomingServer>
XML
	for way in '465 SSL' '587 STARTTLS'; do
		cat <<XML
    <outgoingServer type="smtp">
      <hostname>$host</hostname>
      <port>${way% *}</port>
      <socketType>${way#* }</socketType>
      <username>%EMAILLOCALPART%</username>
      <authentication>password-cleartext</authentication>
    </outgoingServer>
XML
	done
	say '  </emailProvider>'
	say '</clientConfig>'
}
[ -z "$autoconfig" ] || { print_autoconfig && exit; }
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
say "; the web server that has, as /mail/config-v1.1.xml, what \"smtpipe dns -a $domain\" prints:"
record "autoconfig.$domain" CNAME "$host."

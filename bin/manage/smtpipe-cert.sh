#!/bin/sh
# smtpipe-cert - the certificates that clients and servers see
#
#     smtpipe cert use certificate.pem key.pem [name]
#     smtpipe cert show
#
# road     for the operator, beside it; a hook for ACME clients
# fd 1     what is in use
# opens    the folder tls of the settings: cert.pem and key.pem for all, NAME/ for who asks for NAME (SNI)
# starts   openssl
# exits    0; 100: they do not belong together, or are too old: nothing was changed; 111
. "$(dirname "$0")/shared"

synopsis='smtpipe cert use certificate.pem key.pem [name] | show'
refuse() {
	warn "$@"
	exit 100
}
case $1-$# in
use-3 | use-4)
	certificate=$(realpath "$2") key=$(realpath "$3") name=$4
	edit_settings
	[ -r "$certificate" ] && [ -r "$key" ] || fail "cannot read $2 and $3"
	openssl x509 -in "$certificate" -noout 2>/dev/null || refuse "$2 is not a certificate in PEM"
	[ "$(openssl x509 -in "$certificate" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ] ||
		refuse "$3 is not the key of $2"
	openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null || refuse "$2 is no longer valid"
	folder=tls
	if [ -n "$name" ]; then
		is_domain "$name" || refuse "$name is not a host name"
		folder=tls/$name
		mkdir -p "$folder" && chown --reference=tls "$folder" && chmod 750 "$folder" || fail "cannot make $folder"
	fi
	# The key comes first: who reads between the two keeps what it has, as they do not fit.
	(umask 077 && cp "$key" "$folder/key.pem.new") && cp "$certificate" "$folder/cert.pem.new" &&
		chown --reference="$folder" "$folder"/*.pem.new && chmod 640 "$folder/key.pem.new" &&
		chmod 644 "$folder/cert.pem.new" && sync "$folder"/*.pem.new &&
		mv "$folder/key.pem.new" "$folder/key.pem" && mv "$folder/cert.pem.new" "$folder/cert.pem" ||
		fail "cannot write into $SMTPIPE_ETC/$folder"
	say "in use from the next connection on: $(openssl x509 -in "$certificate" -noout -subject -enddate | paste -sd ' ' -)"
	[ -z "$name" ] || say "a name that is new here is seen after: systemctl restart smtpipe-tls"
	;;
show-1)
	in_settings
	for file in tls/cert.pem tls/*/cert.pem; do
		[ -r "$file" ] || continue
		say "$file: $(openssl x509 -in "$file" -noout -subject -issuer -enddate -ext subjectAltName 2>/dev/null | tr -s ' ' | paste -sd ' ' -)"
	done
	;;
*) usage "$synopsis" ;;
esac

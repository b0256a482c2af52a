#!/bin/sh
# smtpipe-domain - the domains whose mail is ours
#
#     smtpipe domain add | remove domain
#     smtpipe domain list
#
# road     for the operator, beside it
# opens    the table domains, see table(5)
# exits    0; 100: no domain, or users are left in it; 111
. "$(dirname "$0")/shared"

synopsis='smtpipe domain add|remove domain | list'
[ $# -ge 1 ] || usage "$synopsis"
verb=$1 domain=$(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')
[ "$verb" = list ] && in_settings || edit_settings

case $verb-$# in
add-2)
	is_domain "$domain" || { warn "$2 is not a domain name" && exit 100; }
	table_get domains "$domain" >/dev/null || table_put domains "$domain" '' ||
		fail "cannot write $SMTPIPE_ETC/domains"
	say "$domain is ours; \"smtpipe dns $domain\" shows the records to publish"
	;;
remove-2)
	table_get domains "$domain" >/dev/null || { warn "$domain is not ours" && exit 100; }
	users=$(table_keys passwords | grep -iF "@$domain")
	[ -z "$users" ] || { warn "these users are in $domain; remove them first:" $users && exit 100; }
	table_put domains "$domain" || fail "cannot write $SMTPIPE_ETC/domains"
	say "$domain is not ours any more"
	;;
list-1) table_keys domains ;;
*) usage "$synopsis" ;;
esac

#!/bin/sh
# smtpipe-dkim - the keys that sign mail: make new ones, and put them in the place of the old
#
#     smtpipe dkim new [domain]     make a pair of keys, which sign nothing yet; print their records
#     smtpipe dkim use [domain]     from now on the newest keys sign, and the others do not
#     smtpipe dkim list [domain]
#
# road     for the operator, beside it
# opens    the folder dkim of the settings; sees no key but to hand it to dkim-key
# keeps    old keys, as SELECTOR.old: their records must stay while mail is under way
# starts   dkim-key
# exits    0; 100: there are no new keys; 111
. "$(dirname "$0")/shared"

synopsis='smtpipe dkim new|use|list [domain]'
[ $# = 1 ] || [ $# = 2 ] || usage "$synopsis"
[ "$1" = list ] && in_settings || edit_settings
domain=${2:-$(table_keys domains | head -n 1)}
table_get domains "$domain" >/dev/null || fail "$domain is not in the table domains"

case $1 in
new)
	for more in '' b c d f g; do
		selector=s$(date -u +%Y%m%d)$more
		[ -n "$(ls dkim/"$domain/$selector"[re].* 2>/dev/null)" ] || break
	done
	dkim-key "$domain" "${selector}r" && dkim-key -e "$domain" "${selector}e" ||
		fail "cannot make keys in $SMTPIPE_ETC/dkim"
	say "; then: smtpipe dkim use $domain"
	;;
use)
	set -- dkim/"$domain"/*.new
	[ -e "$1" ] || { warn "there are no new keys; \"smtpipe dkim new $domain\" makes them" && exit 100; }
	for key in dkim/"$domain"/*.key; do
		[ ! -e "$key" ] || mv "$key" "${key%.key}.old" || fail "cannot rename $key"
	done
	for key; do mv "$key" "${key%.new}.key" || fail "cannot rename $key"; done
	say "these sign for $domain now:" "${@##*/}"
	;;
list)
	for key in dkim/"$domain"/*; do
		case $key in
		*.key) say "${key##*/} signs" ;;
		*.new) say "${key##*/} waits for \"smtpipe dkim use $domain\"" ;;
		*.old) say "${key##*/} has signed; keep its record for some weeks" ;;
		esac
	done
	;;
*) usage "$synopsis" ;;
esac

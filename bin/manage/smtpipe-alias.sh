#!/bin/sh
# smtpipe-alias - addresses that stand for others
#
#     smtpipe alias add name[@domain] address ...
#     smtpipe alias remove name[@domain] [address ...]
#     smtpipe alias list
#
# road     for the operator, beside it
# fd 1     a table of aliases
# opens    the table aliases, see table(5)
# exits    0; 100: there is no such alias, or it would stand for nobody; 111
. "$(dirname "$0")/shared"

synopsis='smtpipe alias add name[@domain] address ... | remove name[@domain] [address ...] | list'
[ $# -ge 1 ] || usage "$synopsis"
verb=$1
shift
[ "$verb" = list ] && in_settings || edit_settings
address() { # TEXT: can it stand in the table?
	case $1 in '' | *[!!-~]* | *[,:]*) warn "\"$1\" is not an address" && exit 100 ;; esac
}
put() {
	table_put aliases "$@" || fail "cannot write $SMTPIPE_ETC/aliases"
}

case $verb in
add)
	[ $# -ge 2 ] || usage "$synopsis"
	name=$1
	shift
	address "$name"
	members=$(table_get aliases "$name")
	for address; do
		address "$address"
		case ", $members," in *", $address,"*) ;; *) members=$members${members:+, }$address ;; esac
	done
	put "$name" "$members"
	say "$name stands for $members"
	;;
remove)
	[ $# -ge 1 ] || usage "$synopsis"
	name=$1
	shift
	members=$(table_get aliases "$name") || { warn "there is no alias $name" && exit 100; }
	left=
	[ $# = 0 ] || for address in $(printf '%s' "$members" | tr ',' ' '); do
		case " $* " in *" $address "*) ;; *) left=$left${left:+, }$address ;; esac
	done
	if [ -n "$left" ]; then put "$name" "$left"; else put "$name"; fi
	say "$name stands for ${left:-nobody any more}"
	;;
list)
	table_keys aliases | while read -r name; do printf '%-24s %s\n' "$name" "$(table_get aliases "$name")"; done
	;;
*) usage "$synopsis" ;;
esac

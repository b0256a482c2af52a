#!/bin/sh
# smtpipe-app-password - further passwords of a user, one for each program or device
#
#     smtpipe app-password add [-u YYYY-MM-DD] [-a network ...] [-s sender ...] user/name
#     smtpipe app-password remove user/name
#     smtpipe app-password list [user]
#
# road     for the operator, beside it
# fd 1     the password that add has made, this once; a table
# opens    the table passwords, see passwords(5)
# starts   password-set
# exits    0; 100: there is no such user or name; 111
. "$(dirname "$0")/shared"

synopsis='smtpipe app-password add [-u YYYY-MM-DD] [-a network ...] [-s sender ...] user/name | remove user/name | list [user]'
[ $# -ge 1 ] || usage "$synopsis"
verb=$1
shift
in_settings
for last; do :; done
case $verb in
add | remove)
	case $last in
	?*/?*) ;;
	*) usage "$synopsis" ;;
	esac
	table_get passwords "${last%%/*}" >/dev/null || { warn "there is no user ${last%%/*}" && exit 100; }
	;;
esac

case $verb in
add)
	password=$(password-set -g "$@") || exit $?
	say "log in as $last with the password $password"
	;;
remove)
	[ $# = 1 ] || usage "$synopsis"
	password-set -r "$last" && say "$last cannot log in any more"
	;;
list)
	table_keys passwords | grep "^${1:-.*}/" | while read -r key; do
		printf '%-32s %s\n' "$key" "$(table_get passwords "$key" | tr ' ' '\n' | grep '^\(until\|from\|as\)=' | paste -sd ' ' -)"
	done
	;;
*) usage "$synopsis" ;;
esac

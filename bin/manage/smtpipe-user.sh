#!/bin/sh
# smtpipe-user - the users of this server: their logins, mailboxes and addresses
#
#     smtpipe user add | passwd | remove user[@domain]
#     smtpipe user grant | revoke user[@domain] address ...
#     smtpipe user list
#
# road     for the operator, beside it
# fd 0     passwd: the new password, if it is no terminal
# fd 1     a table of users; the password that add has made, this once
# opens    the tables passwords, mailboxes and senders, see table(5)
# keeps    all mail: remove leaves the Maildir, and says where it is
# starts   password-set
# exits    0; 100: there is no such user, or there is one already; 111
. "$(dirname "$0")/shared"

synopsis='smtpipe user add|passwd|remove user[@domain] | grant|revoke user[@domain] address ... | list'
[ $# -ge 1 ] || usage "$synopsis"
verb=$1
shift
case $verb in
list | passwd) in_settings ;; # password-set(1) has a lock of its own
*) edit_settings ;;
esac

# name_of USER: its name in the tables. In the first domain of ours that is the part before the @, which
# then holds in all; elsewhere the whole address.
name_of() {
	first=$(table_keys domains | head -n 1)
	name=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')
	case $name in
	*@*)
		is_domain "${name#*@}" || refuse "$1 is not an address"
		table_get domains "${name#*@}" >/dev/null ||
			refuse "${name#*@} is not a domain of ours; \"smtpipe domain add ${name#*@}\" makes it one"
		[ "${name#*@}" != "$first" ] || name=${name%@*}
		;;
	esac
	is_local_part "${name%@*}" || refuse "$1: a user has letters, digits, and . _ + - between them"
}
refuse() {
	warn "$@"
	exit 100
}
known() {
	table_get passwords "$name" >/dev/null || refuse "there is no user $name; \"smtpipe user list\" shows all"
}
put() { # FILE KEY [VALUE]
	table_put "$@" || fail "cannot write $SMTPIPE_ETC/$1"
}

case $verb in
add)
	[ $# = 1 ] || usage "$synopsis"
	name_of "$1"
	! table_get passwords "$name" >/dev/null || refuse "there is a user $name already"
	case $name in *@*) folder=${name#*@}/${name%@*} ;; *) folder=$name ;; esac
	table_get mailboxes "$name" >/dev/null || put mailboxes "$name" "$folder/Maildir"
	if ! [ -d "$SMTPIPE_MAIL/$folder" ] && owner=$(stat -c %U:%G "$SMTPIPE_MAIL"/*/Maildir 2>/dev/null | head -n 1); then
		mkdir -p "$SMTPIPE_MAIL/$folder" && chmod 700 "$SMTPIPE_MAIL/$folder" &&
			chown "${owner:-smtpipe-mail:smtpipe-mail}" "$SMTPIPE_MAIL/$folder" ||
			fail "cannot make $SMTPIPE_MAIL/$folder"
	fi
	password=$(password-set -g "$name") || fail "cannot set the password of $name"
	say "$name has the password $password"
	;;
passwd)
	[ $# = 1 ] || usage "$synopsis"
	name_of "$1" && known
	password-set "$name"
	;;
remove)
	[ $# = 1 ] || usage "$synopsis"
	name_of "$1" && known
	box=$(table_get mailboxes "$name")
	password-set -r "$name" || fail "cannot take the login $name out"
	put mailboxes "$name" && put senders "$name"
	[ -z "$box" ] || say "$name is no user any more; the mail stays in $SMTPIPE_MAIL/$box"
	;;
grant)
	[ $# -ge 2 ] || usage "$synopsis"
	name_of "$1" && known
	shift
	granted=$(table_get senders "$name") || granted=$name
	for address; do
		case ", $granted," in *", $address,"*) ;; *) granted="$granted, $address" ;; esac
	done
	put senders "$name" "$granted"
	say "$name may send as $granted"
	;;
revoke)
	[ $# -ge 2 ] || usage "$synopsis"
	name_of "$1" && known
	shift
	left=
	for address in $(table_get senders "$name" | tr ',' ' '); do
		case " $* " in *" $address "*) ;; *) left=$left${left:+, }$address ;; esac
	done
	if [ "$left" = "$name" ] || [ -z "$left" ]; then put senders "$name"; else put senders "$name" "$left"; fi
	say "$name may send as ${left:-$name}"
	;;
list)
	[ $# = 0 ] || usage "$synopsis"
	table_keys passwords | grep -vx '\*\|.*/.*' | while read -r name; do
		printf '%-24s %-32s %s\n' "$name" "$(table_get mailboxes "$name")" \
			"$(table_get senders "$name" || say "$name")"
	done
	;;
*) usage "$synopsis" ;;
esac

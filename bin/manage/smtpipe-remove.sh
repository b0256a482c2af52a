#!/bin/sh
# smtpipe-remove - stop the services and take them out of the system; the opposite of setup
#
#     smtpipe remove [--purge] [-d scan-folder]
#
# road     for the operator, behind it
# fd 1     what is done
# keeps    settings, keys, queue and mail; with --purge only the mail
# starts   systemctl or s6-svscanctl
# exits    0; 111: something could not be taken away, and is named
. "$(dirname "$0")/shared"

synopsis='smtpipe remove [--purge] [-d scan-folder]'
purge= scan=/run/service failed=
[ "$1" != --purge ] || { purge=yes && shift; }
while getopts d: option; do
	case $option in
	d) scan=$OPTARG ;;
	*) usage "$synopsis" ;;
	esac
done
[ $((OPTIND - 1)) = $# ] || usage "$synopsis"
[ "$(id -u)" = 0 ] || fail 'must be run by root'

try() { # SENTENCE COMMAND...
	say "$1"
	shift
	"$@" || failed=yes
}
if [ -d /run/systemd/system ] && systemctl cat smtpipe-queue.service >/dev/null 2>&1; then
	units=$(for unit in "$SMTPIPE_SHARE"/sv/*/systemd/*; do say "${unit##*/}"; done)
	try "stop     $(echo $units)" systemctl -q disable --now $(printf '%s\n' $units | grep -v @)
	for unit in $units; do # a timer leaves the time of its last run
		rm -f "/etc/systemd/system/$unit" "/var/lib/systemd/timers/stamp-$unit" || failed=yes
	done
	rm -f /etc/sysusers.d/smtpipe.conf /etc/tmpfiles.d/smtpipe.conf
	rm -f /var/lib/systemd/timers/stamp-smtpipe-*.timer
	try 'reload   systemd' systemctl daemon-reload
	systemctl -q reset-failed 'smtpipe-*' 2>/dev/null
fi
[ ! -d "$scan/smtpipe-queue" ] || try "stop     $scan/smtpipe-*" s6_remove "$scan"
rm -rf "$SMTPIPE_RUN"
[ -z "$purge" ] || {
	waiting=$(queue-list -q "$SMTPIPE_QUEUE" 2>/dev/null | sed -n '$s/ messages.*//p')
	[ "${waiting:-0}" = 0 ] || [ -n "$failed" ] ||
		fail "$waiting messages wait in $SMTPIPE_QUEUE; they would be lost: deliver, drop or move them first"
	try "settings $SMTPIPE_ETC" rm -rf "$SMTPIPE_ETC"
	try "queue    $SMTPIPE_QUEUE" rm -rf "$SMTPIPE_QUEUE"
	try "state    $SMTPIPE_STATE" rm -rf "$SMTPIPE_STATE"
	rm -rf /var/log/smtpipe
	sed -n 's/^u \([^ ]*\) .*/\1/p' "$SMTPIPE_SHARE/sv/sysusers.conf" | tac | while read -r user; do # the group that all are in goes last
		! id "$user" >/dev/null 2>&1 || try "user     $user" userdel "$user"
	done
}
[ -z "$failed" ] || fail 'not everything could be taken away'

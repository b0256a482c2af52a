#!/bin/sh
# smtpipe-send-test - send a message through the queue and follow it to its end
#
#     smtpipe send-test [-f sender] [-t seconds] [-l log ...] address
#
# road     for the operator: mail-inject > header-fix > queue-add, then as any message
# fd 1     the way of the message, as smtpipe-trace(1) shows it
# starts   sendmail, smtpipe-trace
# exits    0: delivered or handed on; 100: it cannot be delivered; 111: not yet, or not accepted
. "$(dirname "$0")/shared"

synopsis='smtpipe send-test [-f sender] [-t seconds] [-l log ...] address'
sender= seconds=60 logs=
while getopts f:t:l: option; do
	case $option in
	f) sender=$OPTARG ;;
	t) seconds=$OPTARG ;;
	l) logs="$logs -l $OPTARG" ;;
	*) usage "$synopsis" ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 1 ] || usage "$synopsis"

# Ours, and not that of another mailer which may be in front of it. Debian's package has it with the stages.
[ "$SMTPIPE_LIBEXEC" = @LIBEXECDIR@ ] && sendmail=@BINDIR@/sendmail || sendmail=sendmail
[ ! -x "$SMTPIPE_LIBEXEC/sendmail" ] || sendmail=$SMTPIPE_LIBEXEC/sendmail
words="smtpipe test $(date -u +%Y%m%d%H%M%S)-$$"
accepted=$(printf 'To: %s\nSubject: %s\n\nA test of the mail server on %s, sent by "smtpipe send-test".\n' \
	"$1" "$words" "$(uname -n)" | $sendmail -v ${sender:+-f "$sender"} -- "$1" 2>&1) ||
	fail "not accepted: $accepted"
id=$(printf '%s\n' "$accepted" | sed -n 's/.*queued as \([0-9a-v]\{16\}\).*/\1/p' | head -n 1)
[ -n "$id" ] || fail "accepted, but nobody said under which id: $accepted"
way=$(mktemp) || exit 111
trap 'rm -f "$way"' EXIT
# shellcheck disable=SC2086 # the words of -l
smtpipe-trace -f -t "$seconds" $logs "$id" | tee "$way"
if grep -q '  queue-run .* failed ' "$way"; then
	exit 100
elif grep -q '  queue-run .* done' "$way"; then
	exit 0
fi
warn "not delivered after $seconds seconds; \"smtpipe trace -f $id\" goes on, \"queue-list\" shows why"
exit 111

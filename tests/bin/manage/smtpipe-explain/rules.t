. tests/lib.sh
export SMTPIPE_ETC=$WORK SMTPIPE_LIBEXEC=$BUILD/bin/manage
printf 'example.org:\n' >domains
printf 'ann: ann/Maildir\nbob: bob/Maildir\n' >mailboxes
printf 'postmaster: ann\nteam: ann, carl@example.net\nbroken: :include:/nowhere\n' >aliases
printf 'ticket@example.org: program-deliver /usr/local/bin/ticket\n*: smtp-send -h relay.example.net\n' >routes
printf 'ann: ann, sales@example.org\n' >senders
explain() { # WANTED-STATUS ARGUMENT...: sets out
	wanted=$1
	shift
	out=$(smtpipe explain "$@" 2>&1)
	is "explain $*" "$?" "$wanted"
}
explain 0 --login ann --from sales@example.org --to bob@example.org --to eve@example.net
like 'a granted sender' "$out" '^sender-check +sales@example.org: may be used by this login$'
like 'a mailbox of ours' "$out" '^queue-run +bob@example.org: maildir-deliver$'
like 'all else, with the command of routes' "$out" '^queue-run +eve@example.net: smtp-send -h relay.example.net$'
explain 100 --login ann --from bob@example.org --to bob@example.org
like 'a sender of somebody else, with those that may be used' "$out" 'it may use: ann@example.org, sales@example.org'
explain 100 --from x@example.com --to nobody@example.org
like 'nobody' "$out" '^recipient-check +nobody@example.org: 550 5.1.1'
explain 100 --from '<>' --to eve@example.net
like 'no relaying' "$out" 'who has not logged in may not relay'
explain 0 --from '<>' --to team@example.org --to ticket@example.org
like 'an alias, member by member' "$out" '^alias-expand +team@example.org: carl@example.net$'
like 'a program' "$out" '^queue-run +ticket@example.org: program-deliver /usr/local/bin/ticket$'
explain 100 --from '<>' --to broken@example.org
like 'a broken alias says what is wrong' "$out" '/nowhere'
explain 100 --from 'a b@c' --to 'x@@y'
is 'what is no address is said so, for both' "$(printf '%s\n' "$out" | grep -c 'not an address')" 2
explain 111 --to
explain 111 --from a@b
rm domains
explain 111 --to bob@example.org
like 'a table that cannot be read is named' "$out" 'cannot read the table domains'

# The same words as the stages themselves say.
printf 'example.org:\n' >domains
printf 'Subject: x\n\n' | wire >message
envelope x@example.com nobody@example.org >envelope
stage message recipient-check "$WORK/take"
like 'recipient-check agrees' "$(cat verdict)" '550 5\.1\.1'

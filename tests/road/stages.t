# The stages of the book's last chapter in Python and in C do what it says of them
. tests/lib.sh
block() { # HEADING: the indented lines below it, as far as the first line of text
	awk -v heading="$1" '$0 == heading { inside = 1; next } inside && /^[^ ]/ && seen { exit }
		inside && /^    / { seen = 1; print substr($0, 5); next } inside && seen && /^$/ { print }' "$ROOT/doc/book/6-stage.md"
}
block '## In Python' >no-viagra.py
block '## In C' >no-viagra.c
printf 'example.org:\n' >domains && printf 'bob: bob/Maildir\n' >mailboxes && mkdir bob
printf 'Subject: lunch\n\nat noon\n' | wire >good
printf 'Subject: cheap VIAGRA\n\nbuy\n' | wire >bad
envelope ann@example.org bob@example.org >envelope
refuses() { # WHAT COMMAND...
	what=$1
	shift
	stage good "$@" maildir-deliver -r .
	like "$what: what is good goes on, to a Maildir" "$(cat verdict)" '^K0 250 2\.0\.0'
	stage bad "$@" maildir-deliver -r .
	is "$what: what is bad is refused" "$? $(head -n 1 verdict)" '100 D* 554 5.7.1 - - not here'
}
refuses Python python3 no-viagra.py
is 'C: it is built with our library' "$(${CC:-cc} -std=c11 -D_GNU_SOURCE -I"$ROOT/lib" -o no-viagra no-viagra.c "$BUILD/libmail.a" \
	-lskarnet -lxxhash ${SANITIZED:+-fsanitize=address,undefined} 2>&1)" ''
refuses C ./no-viagra
is 'two good ones are in the Maildir' "$(ls bob/Maildir/new | wc -l)" 2

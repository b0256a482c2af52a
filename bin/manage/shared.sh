# shared - what the scripts behind smtpipe(1) have in common; they source it
: "${SMTPIPE_LIBEXEC:=@LIBEXECDIR@}" "${SMTPIPE_SHARE:=@SHAREDIR@}" "${SMTPIPE_ETC:=@ETCDIR@}"
: "${SMTPIPE_STATE:=/var/lib/smtpipe}"
: "${SMTPIPE_QUEUE:=/var/spool/smtpipe}" "${SMTPIPE_MAIL:=/var/mail}" "${SMTPIPE_RUN:=/run/smtpipe}"
PATH=$SMTPIPE_LIBEXEC:$PATH
export PATH SMTPIPE_LIBEXEC SMTPIPE_SHARE SMTPIPE_ETC SMTPIPE_STATE SMTPIPE_QUEUE SMTPIPE_MAIL SMTPIPE_RUN

me=${0##*/}
say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "$me" "$*" >&2; }
fail() { # nothing is done, or all was taken back
	warn "$@"
	exit 111
}
usage() {
	printf 'usage: %s\n' "$*" >&2
	exit 111
}
is_domain() { # RFC 1035 letters, digits and hyphens, at least two labels
	printf '%s\n' "$1" | grep -Eqx '([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?' &&
		[ ${#1} -le 253 ]
}
is_local_part() { # what a login and a folder can be called without a second thought
	printf '%s\n' "$1" | grep -Eqx '[a-z0-9]([a-z0-9._+-]{0,62}[a-z0-9])?'
}
in_settings() {
	cd "$SMTPIPE_ETC" 2>/dev/null ||
		fail "no settings in $SMTPIPE_ETC; \"smtpipe setup DOMAIN\" makes them"
}
# Who edits the settings does so alone, and sees what the one before has made. What it starts goes by its lock.
lock_settings() {
	[ -z "$SMTPIPE_EDITS" ] || return 0
	exec 9<"$SMTPIPE_ETC" && flock 9 || fail "cannot lock $SMTPIPE_ETC"
	export SMTPIPE_EDITS=yes
}
edit_settings() {
	in_settings
	lock_settings
}

# s6_remove SCAN-FOLDER: our services end, then their logs, and are gone. A name that begins with a dot is no
# service any more; its supervisor goes when what it looks after has ended.
s6_remove() {
	for service in "$1"/smtpipe-*; do
		[ ! -d "$service" ] || mv "$service" "$1/.${service##*/}" || return 1
	done
	s6-svscanctl -an "$1" || return 1
	for service in "$1"/.smtpipe-*; do s6_wait "$service"; done
	s6-svscanctl -aN "$1" || return 1
	for service in "$1"/.smtpipe-*; do s6_wait "$service/log"; done
	rm -rf "$1"/.smtpipe-*
}
s6_wait() { # SERVICE: until nobody looks after it any more
	tries=300 # tenths of a second
	while s6-svok "$1" && [ $tries -gt 0 ]; do sleep 0.1 && tries=$((tries - 1)); done
}

# Tables, see table(5): an entry is a key, a colon, a value, and the indented lines behind it.
table_keys() { # FILE
	[ ! -r "$1" ] || awk '!/^[#[:space:]]/ && match($0, /:([ \t]|$)/) { print substr($0, 1, RSTART - 1) }' "$1"
}
table_pairs() { # FILE: each entry in one line: key, tab, value
	[ ! -r "$1" ] || awk '
		function flush() {
			if (!open) return
			gsub(/[ \t]+/, " ", value); sub(/^ /, "", value); print key "\t" value; open = 0
		}
		/^[ \t]/ { if (open) value = value " " $0; next }
		/^#/ || /^$/ { next }
		{ flush() }
		match($0, /:([ \t]|$)/) { key = substr($0, 1, RSTART - 1); value = substr($0, RSTART + 1); open = 1 }
		END { flush() }' "$1"
}
table_get() { # FILE KEY: the value in one line; fails where there is none
	[ -r "$1" ] || return 1
	KEY=$2 awk '
		function flush() { if (found) exit }
		/^[ \t]/ { if (found) value = value " " $0; next }
		/^#/ || /^$/ { next }
		{ flush() }
		match($0, /:([ \t]|$)/) && tolower(substr($0, 1, RSTART - 1)) == tolower(ENVIRON["KEY"]) {
			found = 1; value = substr($0, RSTART + 1)
		}
		END {
			if (!found) exit 1
			gsub(/[ \t]+/, " ", value); sub(/^ /, "", value); print value
		}' "$1"
}
# table_put FILE KEY [VALUE]: set an entry, or without a value take it out; the file is replaced in one
# step, with its owner and mode. After lock_settings only.
table_put() {
	table_new=$1.new
	[ -e "$1" ] || : >"$1" || return 1
	cp -p "$1" "$table_new" || return 1
	KEY=$2 VALUE=${3-} PUT=${3+yes} awk '
		/^[ \t]/ { if (!taken) print; next }
		{ taken = 0 }
		!/^#/ && match($0, /:([ \t]|$)/) && tolower(substr($0, 1, RSTART - 1)) == tolower(ENVIRON["KEY"]) {
			taken = 1
			if (ENVIRON["PUT"] != "" && !done) print ENVIRON["KEY"] ": " ENVIRON["VALUE"]
			done = 1
			next
		}
		{ print }
		END { if (ENVIRON["PUT"] != "" && !done) print ENVIRON["KEY"] ": " ENVIRON["VALUE"] }' \
		"$1" >"$table_new" && sync "$table_new" && mv "$table_new" "$1" || {
		rm -f "$table_new"
		return 1
	}
}

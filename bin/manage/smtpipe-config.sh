#!/bin/sh
# smtpipe-config - look over the settings before anything goes by them
#
#     smtpipe config check
#
# road     for the operator, beside it
# fd 1     a line for each thing that is wrong: the file, the line, what it is, and what would be right
# opens    the settings folder, to read
# keeps    nothing
# starts   openssl
# exits    0: nothing is wrong; 100: something is; 111
. "$(dirname "$0")/shared"

[ "$*" = check ] || usage 'smtpipe config check'
in_settings
wrong=0
found() { # FILE[:LINE] WHAT
	printf '%s: %s\n' "$1" "$2"
	wrong=$((wrong + 1))
}
# nearest WORD NAME...: the name that takes the fewest changes, if they are few
nearest() {
	printf '%s\n' "$@" | awk '
		NR == 1 { word = $0; m = length(word); best = m / 2 + 1; next }
		{
			n = length($0)
			for (j = 0; j <= n; j++) row[j] = j
			for (i = 1; i <= m; i++) {
				before = row[0]; row[0] = i
				for (j = 1; j <= n; j++) {
					least = before + (substr(word, i, 1) != substr($0, j, 1)); before = row[j]
					if (row[j] + 1 < least) least = row[j] + 1
					if (row[j - 1] + 1 < least) least = row[j - 1] + 1
					row[j] = least
				}
			}
			if (row[n] < best) { best = row[n]; name = $0 }
		}
		END { if (name != "") printf "; did you mean %s?", name }'
}

# --- what may be here: settings of one line, tables, and folders, as sv/settings and table(5) have them ---
numbers='size retry lifetime'
lines="me mechanisms token log-format no-soliciting return contact networks $numbers"
tables='domains mailboxes aliases routes senders limits passwords tls-policy'
folders='tls dkim compiled'
others='start' # of setup with tcpserver
known="$lines $tables $folders $others"
for file in * .[!.]*; do
	[ -e "$file" ] || continue
	case " $known " in
	*" $file "*) ;;
	*)
		case $file in
		*.new) found "$file" 'left by a change that did not end; compare it with the table, then remove it' ;;
		*)
			# What a command in a setting names is read by that.
			grep -Fqs -- "$file" routes token aliases || found "$file" "nobody reads this$(nearest "$file" $known)"
			;;
		esac
		;;
	esac
done

for file in $lines; do
	[ -e "$file" ] || continue
	value=$(sed -n '/^[^#]/p' "$file")
	case $value in
	'') found "$file" 'has no value; take it away for the default' ;;
	*"
"*) found "$file" 'has more than one line; only the first counts' ;;
	esac
	value=${value%%"
"*}
	case " $numbers " in
	*" $file "*) case $value in *[!0-9]*) found "$file" "$value is not a number" ;; esac ;;
	esac
	case $file,$value in
	log-format,plain | log-format,json | log-format,) ;;
	log-format,*) found "$file" "is plain or json, and not $value" ;;
	return,full | return,header | return,) ;;
	return,*) found "$file" "is full or header, and not $value" ;;
	esac
	[ "$file" != networks ] || for network in $value; do
		echo '[192.0.2.1]' | mx-find -n "$network" >/dev/null 2>&1 || found networks "$network is no network, as 10.0.0.0/8"
	done
	[ "$file" != me ] || [ -z "$value" ] || is_domain "$value" || found me "$value is not a host name"
done

for file in $tables; do
	[ -e "$file" ] || continue
	[ -r "$file" ] || { found "$file" 'cannot be read' && continue; }
	# Keys that come twice, and lines that are no entry.
	awk -v file="$file" '
		/^#/ || /^[ \t]*$/ { next }
		/^[ \t]/ { if (!entry) print file ":" NR ": belongs to no entry; an entry begins at the start of a line"; next }
		!match($0, /:([ \t]|$)/) { print file ":" NR ": has no colon with a space behind it: " $1; entry = 1; next }
		{
			entry = 1
			key = tolower(substr($0, 1, RSTART - 1))
			if (key == "" || key ~ /[ \t]/) print file ":" NR ": \"" key "\" is no key"
			else if (key in seen) print file ":" NR ": " key " stands in line " seen[key] " already, and that one counts"
			else seen[key] = NR
		}' "$file"
done >"${TMPDIR:-/tmp}/smtpipe-config.$$"
while read -r line; do found "${line%%: *}" "${line#*: }"; done <"${TMPDIR:-/tmp}/smtpipe-config.$$"
rm -f "${TMPDIR:-/tmp}/smtpipe-config.$$"

# --- does one thing go with another? ---
[ -n "$(table_keys domains)" ] || found domains 'names no domain: no mail is ours'
for domain in $(table_keys domains); do
	is_domain "$domain" || found domains "$domain is not a domain name"
done
# Once over each table, however large it is.
{
	table_keys domains | sed 's/^/domains\t/'
	table_pairs mailboxes | sed 's/^/mailboxes\t/'
	table_pairs aliases | sed 's/^/aliases\t/'
} | awk -F '\t' -v mail="$SMTPIPE_MAIL" '
	$1 == "domains" { ours[tolower($2)]; next }
	{
		domain = tolower($2); sub(/.*@/, "", domain)
		if ($2 ~ /@/ && !(domain in ours)) print $1 ": " $2 ": " domain " is not in the table domains"
	}
	$1 == "mailboxes" && ($3 ~ /^\// || $3 ~ /\.\./) {
		print "mailboxes: " $2 ": a Maildir lies below " mail ", and is named from there"
	}
	$1 == "mailboxes" && $3 == "" { print "mailboxes: " $2 " has no Maildir" }' >"${TMPDIR:-/tmp}/smtpipe-config.$$"
while read -r line; do found "${line%%: *}" "${line#*: }"; done <"${TMPDIR:-/tmp}/smtpipe-config.$$"
table_get aliases postmaster >/dev/null || table_get mailboxes postmaster >/dev/null ||
	found aliases 'postmaster is nobody; everybody must be able to write to it (RFC 5321 4.5.1)'
table_pairs tls-policy >"${TMPDIR:-/tmp}/smtpipe-config.$$"
while IFS='	' read -r key level; do
	level=${level%%[ ,]*}
	levels='none may encrypt verify fingerprint dane'
	case " $levels " in
	*" $level "*) ;;
	*) found tls-policy "$key: $level is no level$(nearest "$level" $levels)" ;;
	esac
done <"${TMPDIR:-/tmp}/smtpipe-config.$$"
table_pairs routes | while IFS='	' read -r key command; do
	command=${command%% *}
	case $command in
	'' | unix:*) ;;
	*) command -v "$command" >/dev/null || say "routes: $key: there is no program $command" ;;
	esac
done >"${TMPDIR:-/tmp}/smtpipe-config.$$"
while read -r line; do found "${line%%: *}" "${line#*: }"; done <"${TMPDIR:-/tmp}/smtpipe-config.$$"
rm -f "${TMPDIR:-/tmp}/smtpipe-config.$$"

# --- secrets ---
secret() { # FILE: it exists; others must not read it
	case $(stat -c %a "$1") in
	*0) ;;
	*) found "$1" "may be read by everybody; do: chmod o= $SMTPIPE_ETC/$1" ;;
	esac
}
[ ! -e passwords ] || secret passwords
for key in tls/key.pem tls/*/key.pem dkim/*/*.key dkim/*/*.new; do
	[ ! -e "$key" ] || secret "$key"
done
for certificate in tls/cert.pem tls/*/cert.pem; do
	[ -r "$certificate" ] || continue
	key=${certificate%cert.pem}key.pem
	if ! [ -e "$key" ]; then
		found "$key" "is missing; $certificate is of no use without it"
	elif ! openssl x509 -in "$certificate" -noout 2>/dev/null; then
		found "$certificate" 'is not a certificate in PEM'
	elif [ -r "$key" ] && [ "$(openssl x509 -in "$certificate" -noout -pubkey)" != "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ]; then
		found "$key" "does not belong to $certificate"
	elif ! openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null; then
		found "$certificate" "is no longer valid: $(openssl x509 -in "$certificate" -noout -enddate)"
	fi
done

[ $wrong = 0 ] || exit 100
say 'nothing is wrong with the settings'

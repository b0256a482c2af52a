#!/bin/sh
# smtpipe-setup - a mail server for a domain: folders, users, keys, settings, services
#
#     smtpipe setup [-n] [-h host] [-s systemd|s6|tcpserver|none] [-d scan-folder] domain [user@domain ...]
#
# road     for the operator, before it
# fd 1     what is done, then the passwords it made (shown this once), DNS records, client settings
# opens    the settings folder, the queue, the mail root: makes what is missing
# keeps    whatever is there already: may be run again at any time
# starts   password-set, openssl; systemctl or s6-svscanctl
# exits    0; 111: something failed, and what was done is taken back
. "$(dirname "$0")/shared"

synopsis='smtpipe setup [-n] [-h host] [-s systemd|s6|tcpserver|none] [-d scan-folder] domain [user@domain ...]'
dry= host= starter= scan=/run/service
[ "$1" != --dry-run ] || { shift && set -- -n "$@"; }
while getopts nh:s:d: option; do
	case $option in
	n) dry=yes ;;
	h) host=$OPTARG ;;
	s) starter=$OPTARG ;;
	d) scan=$OPTARG ;;
	*) usage "$synopsis" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage "$synopsis"
domain=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')
shift

# --- can it be done? Nothing is touched before all of this is known ---
is_domain "$domain" || fail "$domain is not a domain name"
if [ -z "$host" ]; then
	host=$(uname -n | tr '[:upper:]' '[:lower:]')
	[ ! -r "$SMTPIPE_ETC/me" ] || host=$(sed -n '/^[^#]/{p;q;}' "$SMTPIPE_ETC/me")
	case $host in *.*) ;; *) host=mail.$domain ;; esac
fi
is_domain "$host" || fail "$host is not a host name; give one with -h"
for user; do
	case $user in *@"$domain") ;; *@* | '') fail "$user is not in $domain; set up its domain first" ;; esac
	is_local_part "${user%@*}" || fail "$user: a user has letters, digits, and . _ + - between them"
done
if [ -z "$starter" ]; then
	if [ -d /run/systemd/system ]; then starter=systemd
	elif [ -d "$scan" ] && command -v s6-svscanctl >/dev/null; then starter=s6
	elif command -v tcpserver >/dev/null; then starter=tcpserver
	else fail 'there is no systemd, no s6 scan folder and no tcpserver here; choose with -s'; fi
fi
case $starter in
systemd) need=systemctl ;;
s6) need='s6-svscanctl s6-svok s6-setuidgid setpriv' ;;
tcpserver) need='tcpserver setpriv' ;;
none) need= ;;
*) usage "$synopsis" ;;
esac
for program in password-set openssl $need; do
	command -v "$program" >/dev/null || fail "needs $program, which is not here"
done
[ "$(id -u)" = 0 ] || [ -n "$dry" ] || fail 'must be run by root: it makes users and folders; -n shows what it would do'
taken() { # PORT: does a program that is not ours listen there?
	grep -qi ":$(printf '%04X' "$1") [0-9A-F:]* 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
if [ "$starter" != none ] && [ ! -e "$SMTPIPE_ETC/me" ]; then
	for port in 25 465 587; do
		taken $port && fail "another program listens on port $port; stop it first (as: systemctl disable --now postfix), or set up with -s none"
	done
fi

# --- how things are done: said, shown only with -n, and taken back on failure ---
undo=$(mktemp) || exit 111
finished=
take_back() {
	status=$?
	if [ -z "$finished" ] && [ -s "$undo" ]; then
		warn 'that failed; what was done is taken back'
		tac "$undo" | while read -r line; do eval "$line"; done
	fi
	rm -f "$undo"
	exit $status
}
trap take_back EXIT
trap 'exit 111' INT TERM
step() { # SENTENCE: tell of a step; false with -n
	say "$*"
	[ -z "$dry" ]
}
folder() { # PATH MODE OWNER:GROUP
	if [ -d "$1" ]; then return; fi
	step "folder   $1 ($2 $3)" || return 0
	mkdir "$1" && echo "rmdir '$1'" >>"$undo" && chown "$3" "$1" && chmod "$2" "$1" ||
		fail "cannot make the folder $1"
}
setting() { # PATH MODE OWNER:GROUP, content on standard input: written if it is not there
	if [ -e "$1" ]; then
		cat >/dev/null
		return
	fi
	step "setting  $1" || { cat >/dev/null && return; }
	(umask 077 && cat >"$1") && echo "rm -f '$1'" >>"$undo" && chown "$3" "$1" && chmod "$2" "$1" ||
		fail "cannot write $1"
}
made() { # PATH: it was made by the command before; taken back on failure
	echo "rm -f '$1'" >>"$undo"
}
entry() { # FILE KEY VALUE: in a table, if the key is not there
	table_get "$1" "$2" >/dev/null && return
	step "entry    $1: $2: $3" || return 0
	cp -p "$1" "$1.before" && echo "mv '$1.before' '$1'" >>"$undo" && table_put "$1" "$2" "$3" ||
		fail "cannot write $1"
}

# The services have users of their own; where tcpserver starts everything, one user does it all.
owner() { # tls|dkim|auth|limit|queue|mail
	[ "$starter" = tcpserver ] && echo smtpipe-queue || echo "smtpipe-$1"
}

# --- users ---
make_users() {
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers "$SMTPIPE_SHARE/sv/sysusers.conf"
		return
	fi
	# Where there is no systemd: the same file, by the tools of shadow or busybox.
	while read -r kind name more; do
		case $kind in
		u)
			id "$name" >/dev/null 2>&1 || useradd -r -s /usr/sbin/nologin -d / "$name" 2>/dev/null ||
				{ addgroup -S "$name" && adduser -S -D -H -h / -s /sbin/nologin -G "$name" "$name"; } || return 1
			;;
		m) usermod -a -G "$more" "$name" 2>/dev/null || addgroup "$name" "$more" || return 1 ;;
		esac
	done <"$SMTPIPE_SHARE/sv/sysusers.conf"
}
user=
while read -r kind name _; do
	[ "$kind" != u ] || id "$name" >/dev/null 2>&1 || user="$user $name"
done <"$SMTPIPE_SHARE/sv/sysusers.conf"
if [ -n "$user" ]; then
	if step "users    $user"; then make_users || fail 'cannot make the users of the services'; fi
fi

# --- folders and settings: each a small file that a person could have written ---
while read -r kind path mode user group _; do
	[ "$kind" = d ] || continue
	[ "$path $starter" != "$SMTPIPE_RUN systemd" ] || continue
	if [ "$starter" = tcpserver ]; then
		case $user in smtpipe-*) user=smtpipe-queue ;; esac
		case $group in smtpipe-*) group=smtpipe-queue ;; esac
	fi
	folder "$path" "${mode#0}" "$user:$group"
done <"$SMTPIPE_SHARE/sv/tmpfiles.conf"
folder "$SMTPIPE_MAIL" 755 root:root
[ -n "$dry" ] || lock_settings

setting "$SMTPIPE_ETC/me" 644 root:root <<TEXT
# The name of this host: what it says in greetings and trace fields. Its address must have this name, too.
$host
TEXT
setting "$SMTPIPE_ETC/size" 644 root:root <<'TEXT'
# The biggest message, in bytes.
52428800
TEXT
setting "$SMTPIPE_ETC/retry" 644 root:root <<'TEXT'
# Seconds to the first retry of what could not be delivered; later ones take longer.
900
TEXT
setting "$SMTPIPE_ETC/lifetime" 644 root:root <<'TEXT'
# Seconds until a message that cannot be delivered goes back to its sender.
432000
TEXT
setting "$SMTPIPE_ETC/domains" 644 root:root <<TEXT
# Domains whose mail is ours, see table(5).
$domain:
TEXT
setting "$SMTPIPE_ETC/mailboxes" 644 root:root <<'TEXT'
# Who has which Maildir, below the mail root, see table(5).
TEXT
setting "$SMTPIPE_ETC/aliases" 644 root:root <<'TEXT'
# Addresses that stand for others, see table(5). Reports about the server go to postmaster.
TEXT
setting "$SMTPIPE_ETC/routes" 644 root:root <<TEXT
# Which program delivers to whom, see routes(5). @ is every address of ours, * all others.
@: $([ "$starter" = tcpserver ] && echo "maildir-deliver -r $SMTPIPE_MAIL" || echo "unix:$SMTPIPE_RUN/maildir-deliver")
*: $([ "$starter" = tcpserver ] && echo smtp-send || echo "unix:$SMTPIPE_RUN/smtp-send")
TEXT
setting "$SMTPIPE_ETC/senders" 644 root:root <<'TEXT'
# Which addresses a login may send from besides its own, see table(5).
TEXT
setting "$SMTPIPE_ETC/passwords" 640 "root:$(owner auth)" <<'TEXT'
# Logins and hashes, written by password-set(1).
TEXT
entry "$SMTPIPE_ETC/domains" "$domain" ''

passwords= first=
for address; do
	user=${address%@*}
	folder "$SMTPIPE_MAIL/$user" 700 "$(owner mail):$(owner mail)"
	entry "$SMTPIPE_ETC/mailboxes" "$user" "$user/Maildir"
	[ -z "$first" ] && first=$user
	table_get "$SMTPIPE_ETC/passwords" "$user" >/dev/null && continue
	step "login    $user" || continue
	cp -p "$SMTPIPE_ETC/passwords" "$SMTPIPE_ETC/passwords.before" &&
		echo "mv '$SMTPIPE_ETC/passwords.before' '$SMTPIPE_ETC/passwords'" >>"$undo" &&
		password=$(password-set -g -f "$SMTPIPE_ETC/passwords" "$user") ||
		fail "cannot set the password of $user"
	passwords="$passwords
  $address   $password"
done
[ -z "$first" ] || for alias in postmaster abuse; do entry "$SMTPIPE_ETC/aliases" "$alias" "$first"; done

# --- keys ---
certificate=$SMTPIPE_ETC/tls/cert.pem key=$SMTPIPE_ETC/tls/key.pem
if [ ! -e "$certificate" ] && step "key      $key, with a certificate that nobody has signed"; then
	(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
		-subj "/CN=$host" -addext "subjectAltName=DNS:$host" -keyout "$key" -out "$certificate" 2>/dev/null) &&
		made "$key" && made "$certificate" && chown "root:$(owner tls)" "$key" "$certificate" &&
		chmod 640 "$key" && chmod 644 "$certificate" || fail "cannot make $key"
fi
# Two DKIM keys, as not everybody can check the newer kind. They sign at once: nobody can have looked for
# their records and remember that there were none.
if ! [ -d "$SMTPIPE_ETC/dkim/$domain" ] &&
	step "key      $SMTPIPE_ETC/dkim/$domain: RSA and Ed25519, to sign mail"; then
	echo "rm -rf '$SMTPIPE_ETC/dkim/$domain'" >>"$undo"
	smtpipe-dkim new "$domain" >/dev/null && smtpipe-dkim use "$domain" >/dev/null ||
		fail "cannot make the keys of $domain"
fi

# --- services ---
start_systemd() {
	units=
	for unit in "$SMTPIPE_SHARE"/sv/*/systemd/smtpipe-*; do
		name=${unit##*/}
		units="$units $name"
		[ ! -e "/lib/systemd/system/$name" ] && [ ! -e "/etc/systemd/system/$name" ] || continue
		step "unit     /etc/systemd/system/$name" || continue
		cp "$unit" "/etc/systemd/system/$name" && made "/etc/systemd/system/$name" || fail "cannot copy $unit"
	done
	for kind in sysusers tmpfiles; do
		file=/etc/$kind.d/smtpipe.conf
		[ ! -e "$file" ] && [ ! -e "/usr/lib/$kind.d/smtpipe.conf" ] || continue
		step "folders  $file" || continue
		mkdir -p "/etc/$kind.d" && cp "$SMTPIPE_SHARE/sv/$kind.conf" "$file" && made "$file" ||
			fail "cannot copy $kind.conf"
	done
	# The figures are for who wants them.
	on=$(printf '%s\n' $units | grep "\.socket$\|\.timer$" | grep -v metrics; echo smtpipe-queue.service smtpipe-tables.service)
	step "start   " $on || return 0
	systemd-tmpfiles --create smtpipe.conf && systemctl daemon-reload || fail 'systemd does not take the units'
	echo "systemctl -q disable --now $(echo $on) 2>/dev/null; systemctl daemon-reload" >>"$undo"
	systemctl -q enable --now $on || fail "systemd cannot start a unit; systemctl status smtpipe-* says why"
}
start_s6() {
	[ -e "$scan/smtpipe-queue" ] || echo "s6_remove '$scan'" >>"$undo"
	for service in "$SMTPIPE_SHARE"/sv/*/s6; do
		name=$(basename "$(dirname "$service")")
		[ ! -e "$scan/smtpipe-$name" ] || continue
		step "service  $scan/smtpipe-$name" || continue
		mkdir -p "/var/log/smtpipe/$name" && cp -R "$service" "$scan/smtpipe-$name" ||
			fail "cannot copy the service $name"
	done
	step "start    s6-svscanctl -a $scan" || return 0
	s6-svscanctl -a "$scan" || fail "no s6-svscan looks after $scan"
	case $(stat -f -c %T "$scan") in
	tmpfs | ramfs) say "again    let your start scripts run: smtpipe setup -s s6 -d $scan $domain; $scan is gone after a restart" ;;
	esac
}
start_tcpserver() {
	setting "$SMTPIPE_ETC/start" 755 root:root <<TEXT
#!/bin/sh
# Runs the whole server in the foreground, without any supervisor; a signal ends it. Every stage is
# exec'd; each service runs under its own user.
export SMTPIPE_STAGES=exec SMTPIPE_ETC=$SMTPIPE_ETC
trap 'kill \$pids 2>/dev/null; exit' INT TERM
as_queue='setpriv --reuid smtpipe-queue --regid smtpipe-queue --init-groups'
$SMTPIPE_SHARE/sv/queue/chain \$as_queue &
pids=\$!
$SMTPIPE_SHARE/sv/inject/chain \$as_queue &
pids="\$pids \$!"
$SMTPIPE_SHARE/sv/tables/chain \$as_queue &
pids="\$pids \$!"
for service in submission submissions smtp; do
	sh $SMTPIPE_SHARE/sv/\$service/tcpserver/run &
	pids="\$pids \$!"
done
wait
TEXT
	say "start    run $SMTPIPE_ETC/start from your system's start scripts"
}
case $starter in
systemd) start_systemd ;;
s6) start_s6 ;;
tcpserver) start_tcpserver ;;
esac
finished=yes
rm -f "$SMTPIPE_ETC"/*.before

# --- what only people can do ---
[ -z "$passwords" ] || say "
Passwords, shown this once:
$passwords"
[ -n "$dry" ] || say "
The records to publish, also shown by \"smtpipe dns\":

$(smtpipe-dns "$domain")"
say "
Clients: $host, STARTTLS on port 587 or TLS on port 465, login is the part before the @, password as above."
[ -n "$dry" ] || say "
Look at it all:    smtpipe help
A first message:   smtpipe send-test ${first:-user}@$domain"

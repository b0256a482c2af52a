#!/bin/sh
# smtpipe-doctor - is all well with this server, and if not, what mends it?
#
#     smtpipe doctor [--json] [-a address ...] [-b list ...] [-c ca.pem] [-f domain] [-s name] [-d scan-folder] [domain ...]
#
# road     for the operator, beside it; a monitor may run it every hour
# fd 1     a line for each check: ok, wrong, better or unknown; which check; what was found; what to do
# opens    settings, keys and folders, to read; connections to this server, a resolver, another server
# keeps    nothing, and sends nothing
# starts   dns-ask, smtp-ask, mx-find, sts-fetch, dkim-key, queue-list, smtpipe-config, openssl; systemctl, s6-svstat
# exits    0: nothing is wrong; 100: something is; 111: it could not look
# source   RFC 5321, 7208 (SPF), 6376 (DKIM), 7489 (DMARC), 8461 (MTA-STS), 8460 (TLSRPT), 6698 and 7672 (DANE),
#          5782 (lists)
. "$(dirname "$0")/shared"

synopsis='smtpipe doctor [--json] [-a address ...] [-b list ...] [-c ca.pem] [-f domain] [-s name] [-d scan-folder] [domain ...]'
json= addresses= lists= authorities= far=gmail.com signed=. scan=/run/service
[ "$1" != --json ] || { json=yes && shift; }
while getopts a:b:c:f:s:d: option; do
	case $option in
	a) addresses="$addresses $OPTARG" ;;
	b) lists="$lists $OPTARG" ;;
	c) authorities=$OPTARG ;;
	f) far=$OPTARG ;;
	s) signed=$OPTARG ;;
	d) scan=$OPTARG ;;
	*) usage "$synopsis" ;;
	esac
done
shift $((OPTIND - 1))
[ -z "$authorities" ] || authorities=$(realpath "$authorities")
in_settings
for domain; do
	table_get domains "$domain" >/dev/null || fail "$domain is not in the table domains"
done
[ $# -gt 0 ] || set -- $(table_keys domains)
: "${addresses:=$(hostname -I 2>/dev/null)}" "${lists:=zen.spamhaus.org bl.spamcop.net}"
host=$(sed -n '/^[^#]/{p;q;}' me 2>/dev/null)
: "${host:=$(uname -n)}"
scratch=$(mktemp -d) || exit 111
trap 'rm -rf "$scratch"' EXIT
trap 'exit 111' INT TERM

# --- how it is told ---
wrong=0 told=0
quoted() {
	printf '%s' "$1" | LC_ALL=C tr -d '\000-\037\177-\377' | sed 's/[\\"]/\\&/g; s/^/"/; s/$/"/'
	[ -n "$1" ] || printf '""'
}
tell() { # STATE CHECK WHAT [DO]
	[ "$1" != wrong ] || wrong=$((wrong + 1))
	if [ -n "$json" ]; then
		[ $told = 0 ] && printf '[\n ' || printf ',\n '
		printf '{"state": %s, "check": %s, "found": %s, "do": %s}' \
			"$(quoted "$1")" "$(quoted "$2")" "$(quoted "$3")" "$(quoted "$4")"
	else
		printf '%-8s %-12s %s%s\n' "$1" "$2" "$3" "${4:+; do: $4}"
	fi
	told=$((told + 1))
}

# --- asking ---
no_dns=
ask() { # TYPE NAME: the records; fails as dns-ask does
	dns-ask "$@" 2>/dev/null
}
# known CHECK TYPE NAME: the records are then in $scratch/records; false: there is no way to know, as was told
known() {
	[ -z "$no_dns" ] || { tell unknown "$1" "$3: the resolver does not answer" && return 1; }
	ask "$2" "$3" >"$scratch/records"
	[ $? != 111 ] || { tell unknown "$1" "$3: the resolver cannot say" && return 1; }
}
has() { # LINE: is it a record, in any letter case?
	grep -Fiqx -- "$1" "$scratch/records"
}
one_line() {
	tr '\n' ' ' | sed 's/ *$//'
}
# reverse ADDRESS ZONE-4 ZONE-6: the name below which the DNS keeps what is known of an address
reverse() {
	case $1 in
	*:*)
		printf '%s\n' "$1" | awk -v zone="$3" '{
			n = split($0, half, "::"); left = split(half[1], a, ":"); right = n > 1 ? split(half[2], b, ":") : 0
			for (i = 1; i <= left; i++) word[i] = a[i]
			for (i = left + 1; i <= 8 - right; i++) word[i] = "0"
			for (i = 1; i <= right; i++) word[8 - right + i] = b[i]
			for (i = 8; i > 0; i--) {
				w = substr("0000" word[i], length(word[i]) + 1)
				for (j = 4; j > 0; j--) name = name substr(w, j, 1) "."
			}
			print name zone
		}'
		;;
	*) printf '%s\n' "$1" | awk -F. -v zone="$2" '{ print $4 "." $3 "." $2 "." $1 "." zone }' ;;
	esac
}
days_left() { # CERTIFICATE: nothing where date(1) cannot read the end
	end=$(date -d "$(openssl x509 -in "$1" -noout -enddate | sed 's/^notAfter=//')" +%s 2>/dev/null) &&
		echo $(((end - $(date +%s)) / 86400))
}

# --- this machine ---
check_settings() {
	if smtpipe-config check >"$scratch/config"; then
		tell ok settings "nothing is wrong with the files in $SMTPIPE_ETC"
		return
	fi
	while read -r line; do
		tell wrong settings "$line" "edit $SMTPIPE_ETC/${line%%:*}"
	done <"$scratch/config"
}
check_folders() {
	good=yes
	while read -r kind path mode user group _; do
		case $kind in d | z) ;; *) continue ;; esac
		if [ -e start ]; then # by tcpserver: one user does it all
			case $user in smtpipe-*) user=smtpipe-queue ;; esac
			case $group in smtpipe-*) group=smtpipe-queue ;; esac
		fi
		right="${mode#0} $user $group"
		is=$(stat -c '%a %U %G' "$path" 2>/dev/null)
		if [ -z "$is" ]; then
			tell wrong folders "there is no $path" "smtpipe setup $1"
		elif [ "$is" != "$right" ]; then
			tell wrong folders "$path is $is and must be $right" "chown $user:$group $path; chmod $mode $path"
		else continue; fi
		good=
	done <"$SMTPIPE_SHARE/sv/tmpfiles.conf"
	table_pairs mailboxes >"$scratch/pairs"
	while IFS='	' read -r key folder; do
		folder=$SMTPIPE_MAIL/$folder
		folder=${folder%/*}
		if [ -d "$folder" ]; then
			printf '%s\n' "$folder"
		else
			tell wrong folders "$key has no folder $folder" "smtpipe setup $1 $key@$1" >&3
			good=
		fi
	done <"$scratch/pairs" 3>&1 >"$scratch/all"
	sort -u "$scratch/all" | tr '\n' '\0' | xargs -0 -r sh -c 'find "$@" -prune -perm /077' find >"$scratch/open"
	while read -r folder; do
		tell wrong folders "others may look into $folder" "chmod 700 $folder"
		good=
	done <"$scratch/open"
	[ -z "$good" ] || tell ok folders 'owners and modes are as they should be'
}
check_disk() {
	for folder in "$SMTPIPE_QUEUE" "$SMTPIPE_MAIL"; do
		[ -d "$folder" ] || continue
		mib=$(df -P -k "$folder" | awk 'END { print int($4 / 1024) }')
		# A filesystem that counts no inodes has none at all.
		inodes=$(df -P -i "$folder" | awk 'END { print $2 == 0 || $2 == "-" ? "" : $4 }')
		if [ "$mib" -lt 512 ] || [ "${inodes:-1000000}" -lt 10000 ]; then
			tell wrong disk "$folder has room for $mib MiB${inodes:+ and $inodes files} only; with less than 64 MiB or 1024 files mail is refused" \
				"df -h $folder"
		else
			tell ok disk "$folder has room for $mib MiB${inodes:+ and $inodes files}"
		fi
	done
}
check_clock() {
	now=$(date +%s)
	newest=$(stat -c %Y "$SMTPIPE_ETC" "$SMTPIPE_ETC"/* "$SMTPIPE_QUEUE"/msg/* 2>/dev/null | sort -n | tail -n 1)
	if [ "${newest:-0}" -gt $((now + 60)) ]; then
		tell wrong clock "it is $(date), and files here are younger" 'timedatectl set-ntp true'
	elif ! command -v timedatectl >/dev/null || ! synchronized=$(timedatectl show -p NTPSynchronized --value 2>/dev/null); then
		tell unknown clock "it is $(date); nobody says whether that is right"
	elif [ "$synchronized" = yes ]; then
		tell ok clock 'is kept right'
	else
		tell better clock "it is $(date), and nothing keeps that right; signatures and certificates depend on it" 'timedatectl set-ntp true'
	fi
}
came_at() { # of the messages on standard input: when the oldest one came
	sed -n 's/"recipients".*//; s/.*"time": *\([0-9]*\).*/\1/p' | sort -n | head -n 1
}
check_queue() {
	if ! queue-list -j -q "$SMTPIPE_QUEUE" >"$scratch/queue" 2>/dev/null; then
		tell unknown queue "$SMTPIPE_QUEUE cannot be read" 'run it as root'
		return
	fi
	bad=$(grep -c '"state": *"bad"' "$scratch/queue")
	[ "$bad" = 0 ] || tell wrong queue "$bad messages were set aside, as they are not as they were written" "queue-check -q $SMTPIPE_QUEUE"
	count=$(grep -vc '"state": *"bad"' "$scratch/queue")
	oldest=$(came_at <"$scratch/queue")
	hours=$((oldest ? ($(date +%s) - oldest) / 3600 : 0))
	# What waits for others waits for longer; what nobody has tried waits for us.
	new=$(grep '"state": *"new"' "$scratch/queue" | came_at)
	if [ -n "$new" ] && [ $(($(date +%s) - new)) -gt 600 ]; then
		tell wrong queue "a message waits for $((($(date +%s) - new) / 60)) minutes, and was never tried" 'systemctl restart smtpipe-queue'
	elif [ "$hours" -ge 4 ]; then
		tell better queue "$count messages wait, the oldest for $hours hours" "queue-list -q $SMTPIPE_QUEUE"
	else
		tell ok queue "$count messages wait"
	fi
}
check_services() {
	if [ -d "$scan/smtpipe-queue" ]; then
		down=$(for service in "$scan"/smtpipe-*; do
			[ "${service##*/}" = smtpipe-metrics ] ||
				s6-svstat -o up "$service" 2>/dev/null | grep -q true || printf '%s ' "$service"
		done)
		start='s6-svc -u'
	elif [ -e start ]; then
		down=
		pidof queue-run >/dev/null || down="$SMTPIPE_ETC/start"
		start=
	elif [ -d /run/systemd/system ]; then
		down=$(for unit in "$SMTPIPE_SHARE"/sv/*/systemd/*.socket "$SMTPIPE_SHARE"/sv/*/systemd/smtpipe-queue.service "$SMTPIPE_SHARE"/sv/*/systemd/smtpipe-tables.service; do
			[ "${unit##*/}" = smtpipe-metrics.socket ] || systemctl -q is-active "${unit##*/}" || printf '%s ' "${unit##*/}"
		done; systemctl list-units --no-legend --plain --failed 'smtpipe-*' | awk '{ printf "%s ", $1 }')
		# A socket cannot come back while its service, which has it open, still runs.
		start=$(printf '%s\n' $down | sed -n 's/socket$/service/p' | one_line)
		start=${start:+systemctl stop $start; }'systemctl start'
	else
		tell unknown services 'no systemd and no s6 runs them here'
		return
	fi
	if [ -n "$down" ]; then
		tell wrong services "not running: $(echo $down)" "$(echo $start $down)"
	else
		tell ok services 'all are running'
	fi
}
check_sandbox() {
	free= confined=0
	for process in /proc/[0-9]*; do
		program=$(readlink "$process/exe" 2>/dev/null) || continue
		case $program in "${SMTPIPE_LIBEXEC%%:*}"/*) ;; *) continue ;; esac
		case ${program##*/} in
		auth-check | digest-sign | dkim-sign | header-fix | maildir-deliver | queue-add | received-add | \
			recipient-check | sender-check | sending-limit | smtp-send | tls-wrap | token-check) ;;
		*) continue ;;
		esac
		case $(sed -n 's/^Seccomp:[[:space:]]*//p' "$process/status" 2>/dev/null) in
		2) confined=$((confined + 1)) ;;
		0 | 1) free="$free ${program##*/}" ;;
		esac
	done
	if [ -n "$free" ]; then
		tell wrong sandbox "not confined by the kernel: $(printf '%s\n' $free | sort -u | one_line)" 'boot a kernel with seccomp'
	elif [ -r /sys/kernel/security/lsm ] && ! grep -q landlock /sys/kernel/security/lsm; then
		tell better sandbox "this kernel has no Landlock, or it is off" 'boot with lsm=landlock,...'
	elif [ $confined = 0 ]; then
		tell unknown sandbox 'none of the confined services runs just now'
	else
		tell ok sandbox "$confined processes are confined by the kernel"
	fi
}
check_certificate() { # FILE
	names=$(openssl x509 -in "$1" -noout -ext subjectAltName 2>/dev/null | tr ',' '\n' | sed -n 's/.*DNS://p' | one_line)
	left=$(days_left "$1")
	name=${1#tls/}
	[ "$name" = cert.pem ] && name=$host || name=${name%/cert.pem}
	renew='fetch another and: smtpipe cert use CERTIFICATE KEY'
	if ! openssl x509 -in "$1" -noout 2>/dev/null; then
		tell wrong certificate "$1 is no certificate" "$renew"
	elif ! openssl x509 -in "$1" -noout -checkend 0 >/dev/null; then
		tell wrong certificate "$1 has ended, on $(openssl x509 -in "$1" -noout -enddate | sed 's/.*=//')" "$renew"
	elif ! openssl x509 -in "$1" -noout -checkhost "$name" | grep -q 'does match'; then
		tell wrong certificate "$1 is for ${names:-nobody} and not for $name" "$renew"
	elif ! openssl x509 -in "$1" -noout -checkend $((14 * 86400)) >/dev/null; then
		tell wrong certificate "$1 ends in ${left:-less than 14} days" "$renew"
	elif ! openssl verify ${authorities:+-CAfile "$authorities"} -untrusted "$1" "$1" >/dev/null 2>&1; then
		tell better certificate "$1 is signed by nobody whom this system trusts: mail programs will ask" "$renew"
	else
		tell ok certificate "$1 is good for ${left:+$left days, for }$names"
	fi
}
check_ports() {
	for port in 25 587; do
		if ! smtp-ask -t 10 -p $port 127.0.0.1 "EHLO $host" >"$scratch/reply" 2>/dev/null; then
			tell wrong ports "no SMTP on port $port: $(tail -n 1 "$scratch/reply")" 'smtpipe setup again, or see the log of its service'
		elif ! grep -q STARTTLS "$scratch/reply"; then
			tell wrong ports "no STARTTLS on port $port" 'see the log of the service tls'
		else continue; fi
		return
	done
	shown=$(openssl s_client -connect 127.0.0.1:465 -servername "$host" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint 2>/dev/null)
	if [ -z "$shown" ]; then
		tell wrong ports 'no TLS on port 465' 'see the log of the service tls'
	elif [ "$shown" != "$(openssl x509 -in tls/cert.pem -noout -fingerprint 2>/dev/null)" ] &&
		[ "$shown" != "$(openssl x509 -in "tls/$host/cert.pem" -noout -fingerprint 2>/dev/null)" ]; then
		tell wrong ports 'port 465 shows another certificate than tls/cert.pem' 'restart the service tls, and see its log'
	else
		tell ok ports '25, 465 and 587 answer, with TLS'
	fi
}
check_relay() { # from elsewhere to elsewhere, as a stranger; nothing is sent
	for port in 25 587; do
		for recipient in "doctor@$far" "@$1:doctor@$far"; do
			smtp-ask -t 10 -p $port 127.0.0.1 "EHLO $host" "MAIL FROM:<doctor@$far>" "RCPT TO:<$recipient>" \
				>"$scratch/reply" 2>/dev/null
			case $? in
			0)
				tell wrong relay "port $port takes mail from anybody to <$recipient>" \
					"see that recipient-check stands in $SMTPIPE_SHARE/sv/smtp/chain"
				return
				;;
			100) grep -q '^5' "$scratch/reply" && continue ;;
			esac
			tell unknown relay "port $port: $(tail -n 1 "$scratch/reply" | grep . || echo 'nobody answers')"
			return
		done
	done
	tell ok relay 'nothing is relayed for strangers'
}

# --- the way out ---
check_resolver() {
	[ "$(dns-ask a . >/dev/null 2>&1; echo $?)" != 111 ] ||
		[ "$(dns-ask txt "$signed" >/dev/null 2>&1; echo $?)" != 111 ] || no_dns=yes
	if [ -n "$no_dns" ]; then
		tell wrong resolver "${DNS_RESOLVER:-the one in /etc/resolv.conf} does not answer: no mail can leave" 'apt-get install unbound'
		return
	fi
	case $(dns-ask -s txt "$signed" 2>/dev/null | head -n 1) in
	secure | *authentic) tell ok resolver 'answers, and vouches for what is signed' ;;
	*) tell better resolver 'answers, but vouches for nothing: DANE of others is not seen' 'apt-get install unbound, on this host' ;;
	esac
}
check_name() {
	[ -z "$no_dns" ] || { tell unknown name 'the resolver does not answer' && return; }
	public=$( (ask a "$host"; ask aaaa "$host") | one_line)
	if [ -z "$public" ]; then
		tell wrong name "$host has no address" "publish those of: smtpipe dns $1"
		return
	fi
	good=yes
	for address in $public; do
		case " $(echo $addresses) " in
		*" $address "*) ;;
		*)
			tell wrong name "$host leads to $address, which is none of this machine ($(echo $addresses))" \
				"publish the right one, or give -a $address if that leads here"
			good= && continue
			;;
		esac
		back=$(ask ptr "$(reverse "$address" in-addr.arpa ip6.arpa)" | one_line)
		case " $back " in
		*" $host "*) ;;
		*)
			tell wrong name "$address has the reverse name ${back:-(none)}, and not $host: many will not take our mail" \
				"ask your provider of addresses to set the reverse name of $address to $host"
			good=
			;;
		esac
	done
	[ -z "$good" ] || tell ok name "$host is $public, and back"
}
check_way_out() {
	case $(table_get routes '*') in
	*' -h '*) tell ok way-out "all mail goes by a relay: $(table_get routes '*')" && return ;;
	esac
	[ -z "$no_dns" ] || { tell unknown way-out 'the resolver does not answer' && return; }
	printf '%s\n' "$far" | mx-find 2>/dev/null | awk '$1 != "end" { print $3 }' | head -n 3 >"$scratch/hosts"
	[ -s "$scratch/hosts" ] || { tell unknown way-out "no server of $far is found" && return; }
	while read -r address; do
		if smtp-ask -t 10 "$address" >/dev/null 2>&1; then
			tell ok way-out "port 25 of $address, for $far, can be reached"
			return
		fi
	done <"$scratch/hosts"
	tell wrong way-out "port 25 of $(one_line <"$scratch/hosts"), for $far, cannot be reached" \
		'ask your provider to open port 25, or send by a relay: a line as "*: smtp-send -h relay.example.net -p 587" in routes'
}
check_lists() {
	for list in $lists; do
		listed= unknown=$no_dns
		for address in $addresses; do
			case $address in 10.* | 192.168.* | 172.1[6-9].* | 172.2?.* | 172.3[01].* | 127.* | f[cde]*:* | ::1) continue ;; esac
			[ -z "$no_dns" ] || continue
			answer=$(ask a "$(reverse "$address" "$list" "$list")")
			case $?,$answer in
			111,* | *127.255.255.*) unknown=yes ;;
			0,*127.*) listed="$listed $address" ;;
			0,*) unknown=yes ;;
			esac
		done
		if [ -n "$listed" ]; then
			tell wrong lists "$list has$listed" "see why, and ask to be taken off, at https://www.${list#*.}"
		elif [ -n "$unknown" ]; then
			tell unknown lists "$list does not answer this resolver"
		else
			tell ok lists "$list has none of our addresses"
		fi
	done
}

# --- a domain, as others see it ---
publish="publish what \"smtpipe dns"
check_mx() { # DOMAIN
	known mx mx "$1" || return
	if [ ! -s "$scratch/records" ]; then
		tell wrong mx "$1 has no MX record" "$publish $1\" shows"
	elif ! sed 's/^[0-9]* //' "$scratch/records" | grep -Fiqx "$host"; then
		tell wrong mx "the mail of $1 goes to $(sed 's/^[0-9]* //' "$scratch/records" | one_line), not to $host" "$publish $1\" shows"
	else
		tell ok mx "the mail of $1 goes to $(sed 's/^[0-9]* //' "$scratch/records" | one_line)"
	fi
}
# spf_has ADDRESS RECORD DOMAIN: pass, fail, or maybe: what is not decided here
spf_has() {
	for term in $2; do
		case $term in
		v=spf1) ;;
		mx | +mx) [ -n "$mx_is_ours" ] && echo pass && return ;;
		a | +a) ask a "$3" | grep -Fqx "$1" && echo pass && return ;;
		ip4:*/* | +ip4:*/*)
			case $1 in *:*) continue ;; esac
			printf '%s %s\n' "$1" "${term#*ip4:}" | awk '
				function number(text, part) { split(text, part, "."); return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4] }
				{ split($2, net, "/"); size = 2 ^ (32 - net[2]); exit int(number($1) / size) != int(number(net[1]) / size) }' &&
				echo pass && return
			;;
		ip4:"$1" | ip6:"$1" | +ip4:"$1" | +ip6:"$1") echo pass && return ;;
		ip4:* | +ip4:* | ip6:*:[0-9a-f]* | -* | '~'* | '?'*) case $term in *all) echo fail && return ;; esac ;;
		*) echo maybe && return ;;
		esac
	done
	echo fail
}
check_spf() { # DOMAIN
	known spf txt "$1" || return
	grep -i '^v=spf1\( \|$\)' "$scratch/records" >"$scratch/spf"
	case $(wc -l <"$scratch/spf" | tr -d ' ') in
	0) tell wrong spf "$1 has no SPF record" "$publish $1\" shows" && return ;;
	1) ;;
	*) tell wrong spf "$1 has more than one SPF record, so none counts" 'take all but one away' && return ;;
	esac
	record=$(cat "$scratch/spf")
	mx_is_ours=$(ask mx "$1" | sed 's/^[0-9]* //' | grep -Fix "$host")
	for address in $addresses; do
		case $(spf_has "$address" "$record" "$1") in
		fail) tell wrong spf "$1 does not let $address send: $record" "$publish $1\" shows" && return ;;
		maybe) tell unknown spf "$1 may let $address send: $record" && return ;;
		esac
	done
	tell ok spf "$1 lets this machine send: $record"
}
check_dkim() { # DOMAIN
	signs=0
	for key in dkim/"$1"/*.key dkim/"$1"/*.new; do
		[ -e "$key" ] || continue
		selector=${key##*/}
		selector=${selector%.*}
		mine=$(dkim-key -p "$key" "$1" "$selector" 2>/dev/null | tr -d '" \n\t()' | sed -n 's/.*[;]p=\([A-Za-z0-9+/=]*\).*/\1/p')
		[ -n "$mine" ] || { tell unknown dkim "$key cannot be read" 'run it as root' && continue; }
		[ "${key##*.}" = new ] && state=better || { state=wrong && signs=$((signs + 1)); }
		known dkim txt "$selector._domainkey.$1" || continue
		theirs=$(tr -d ' \t' <"$scratch/records" | sed -n 's/.*\(^\|;\)p=\([A-Za-z0-9+/=]*\).*/\2/p')
		if [ ! -s "$scratch/records" ]; then
			tell $state dkim "$selector of $1 has no record" "$publish $1\" shows"
		elif [ "$mine" != "$theirs" ]; then
			tell $state dkim "$selector of $1: the record is of another key" "$publish $1\" shows"
		else
			tell ok dkim "$selector of $1: the record is that of the key"
		fi
	done
	[ $signs -gt 0 ] || tell wrong dkim "no key signs for $1" "smtpipe dkim new $1; smtpipe dkim use $1"
}
# optional CHECK NAME PATTERN WHAT DOMAIN: a record that may be missing, but not be broken
optional() {
	known "$1" txt "$2" || return 1
	case $(grep -c "^$3" "$scratch/records") in
	1) return 0 ;;
	0) tell better "$1" "$5 has no record: $4" "$publish $5\" shows" ;;
	*) tell wrong "$1" "$2 has more than one record, so none counts" 'take all but one away' ;;
	esac
	return 1
}
check_dmarc() { # DOMAIN
	optional dmarc "_dmarc.$1" v=DMARC1 'others do not know what to do with forged mail' "$1" || return
	case $(tr -d ' \t' <"$scratch/records") in
	*\;p=none* | *\;p=quarantine* | *\;p=reject*) tell ok dmarc "$1: $(grep ^v=DMARC1 "$scratch/records")" ;;
	*) tell wrong dmarc "$1: no policy (p=) in: $(grep ^v=DMARC1 "$scratch/records")" "$publish $1\" shows" ;;
	esac
}
check_tlsrpt() { # DOMAIN
	optional tlsrpt "_smtp._tls.$1" v=TLSRPTv1 'others do not report when TLS fails' "$1" || return
	case $(cat "$scratch/records") in
	*rua=mailto:* | *rua=https:*) tell ok tlsrpt "$1: $(grep ^v=TLSRPTv1 "$scratch/records")" ;;
	*) tell wrong tlsrpt "$1: nobody gets the reports: $(cat "$scratch/records")" "$publish $1\" shows" ;;
	esac
}
check_sts() { # DOMAIN
	[ -z "$no_dns" ] || { tell unknown mta-sts "$1: the resolver does not answer" && return; }
	policy=$(printf '%s\n' "$1" | sts-fetch -n 0.0.0.0/0 -n ::/0 ${authorities:+-A "$authorities"} 2>/dev/null)
	case $policy in
	'policy '*' -') tell ok mta-sts "$1 asks for nothing (mode none)" ;;
	'policy '*)
		# As RFC 8461 4.1 compares: one label for the star.
		if printf '%s\n' "$policy" | tr ' ' '\n' | grep -Fiqx -e "mx=$host" -e "mx=*.${host#*.}"; then
			tell ok mta-sts "$1: ${policy#policy }"
		else
			tell wrong mta-sts "the policy of $1 does not have $host, so that others will not send to it: ${policy#policy }" \
				"put a line \"mx: $host\" into https://mta-sts.$1/.well-known/mta-sts.txt, and a new id into the record"
		fi
		;;
	'none '*) tell better mta-sts "$1 has no policy: TLS on the way to it can be stripped" "publish record and policy that \"smtpipe dns $1\" shows" ;;
	'failed '*) tell wrong mta-sts "$1 has a policy that cannot be had: ${policy#failed }" "look at https://mta-sts.$1/.well-known/mta-sts.txt and its certificate" ;;
	*) tell unknown mta-sts "$1: ${policy:-no answer}" ;;
	esac
}
check_tlsa() {
	[ -r tls/cert.pem ] || return
	known tlsa tlsa "_25._tcp.$host" || return
	if [ ! -s "$scratch/records" ]; then
		tell better tlsa "$host has no TLSA record: with DNSSEC it would let others be sure of TLS" "$publish $1\" shows"
		return
	fi
	key=$(openssl x509 -in tls/cert.pem -noout -pubkey | openssl pkey -pubin -outform DER 2>/dev/null | openssl dgst -sha256 -r | cut -d' ' -f1)
	all=$(openssl x509 -in tls/cert.pem -outform DER 2>/dev/null | openssl dgst -sha256 -r | cut -d' ' -f1)
	if has "3 1 1 $key" || has "3 0 1 $all"; then
		case $(dns-ask -s tlsa "_25._tcp.$host" 2>/dev/null | head -n 1) in
		secure) tell ok tlsa "$host: a record is that of the certificate" ;;
		*) tell better tlsa "$host: a record is that of the certificate, but it is not signed, or the resolver does not check" 'sign the zone (DNSSEC)' ;;
		esac
	elif grep -q '^2 ' "$scratch/records"; then
		tell unknown tlsa "$host: a record is of who signed the certificate; that is not looked at here"
	else
		tell wrong tlsa "$host: no record is that of the certificate; who knows DANE sends us nothing" "$publish $1\" shows"
	fi
}

check_settings
check_folders "$1"
check_disk
check_clock
check_services
check_sandbox
check_queue
for certificate in tls/cert.pem tls/*/cert.pem; do
	[ ! -e "$certificate" ] || check_certificate "$certificate"
done
check_ports
check_relay "$1"
check_resolver
check_name "$1"
check_way_out
check_lists
check_tlsa "$1"
for domain; do
	check_mx "$domain"
	check_spf "$domain"
	check_dkim "$domain"
	check_dmarc "$domain"
	check_tlsrpt "$domain"
	check_sts "$domain"
done
[ -z "$json" ] || printf '\n]\n'
[ $wrong = 0 ] || exit 100

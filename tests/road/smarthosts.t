# SUB-32 TLS-01 AUTH-05 ARCH-07: other mailers hand their mail to us, as to a smarthost
. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/packages.sh"
. "$ROOT/tests/postfix.sh"
demo_start DEMO_LIMITS=0
ca=$DEMO/tls/cert.pem
sent='' # subjects of what must be found in bob's Maildir
chmod 755 "$WORK"
# mail SUBJECT: a message on standard output
mail() {
	printf 'From: alice@example.test\nTo: bob@example.test\nSubject: %s\n\nhi\n.dot\n' "$1"
}

# --- our own smtp-send, as one of another host would; and SCRAM on both sides ---
(umask 077 && echo 'localhost: alice wonderland' >passwords && echo 'localhost: alice wrong' >wrong)
ours() { # SUBJECT PASSWORDS PORT OPTION...
	mail "$1" | wire >mail && ours_passwords=$2 ours_port=$3
	shift 3
	FACTS=Jclient.example.test envelope alice@example.test bob@example.test >envelope
	stage mail smtp-send -h localhost -p "$ours_port" -a "$ours_passwords" -m ./find "$@" -t "tls-connect -A $ca"
}
printf '#!/bin/sh\necho "0 localhost 127.0.0.1"\necho "end ok"\n' >find && chmod +x find
ok 'smtp-send over 587' ours smtp-send-587 passwords "$SUBMISSION"
like 'is verified, and logged in' "$(cat verdict)" ',verified '
ok 'smtp-send over 465' ours smtp-send-465 passwords "$SUBMISSIONS" -s
not_ok 'smtp-send with a wrong password' ours smtp-send-wrong wrong "$SUBMISSION"
comes 'SASL-08: it was SCRAM-SHA-256 that it tried' 'login-refused .*mechanism=SCRAM-SHA-256' demo_log
sent="$sent smtp-send-587 smtp-send-465"

# --- nullmailer: the program that its queue starts for each message ---
if package nullmailer; then
	nullmailer() { # SUBJECT PORT OPTIONS
		{ printf 'alice@example.test\nbob@example.test\n\n' && mail "$1"; } >mail
		printf 'host=localhost\nport=%s\nuser=alice\npass=wonderland\nx509cafile=%s\n%s\n\n' \
			"$2" "$ca" "$3" | HELOHOST=client.example.test \
			nullmailer/upper/usr/lib/nullmailer/smtp 3<mail
	}
	ok 'nullmailer over 587' nullmailer nullmailer-587 "$SUBMISSION" starttls
	ok 'nullmailer over 465' nullmailer nullmailer-465 "$SUBMISSIONS" tls
	ok 'nullmailer with AUTH LOGIN' nullmailer nullmailer-login "$SUBMISSION" "$(printf 'starttls\nauth-login')"
	sent="$sent nullmailer-587 nullmailer-465 nullmailer-login"
else skip 'nullmailer hands on its mail' "$missing"; fi

# --- esmtp: wants the CA in its home. Its library takes session tickets of TLS 1.3, when they come
# early, for a reply that is under way, and waits for ever: so it is held to TLS 1.2 ---
if have esmtp; then
	mkdir -p home/.config/libesmtp && cp "$ca" home/.config/libesmtp/ca.pem
	printf 'hostname=localhost:%s\nusername=alice\npassword=wonderland\nstarttls=required\n' \
		"$SUBMISSION" >home/.esmtprc
	chmod 700 home home/.config/libesmtp && chmod 600 home/.esmtprc home/.config/libesmtp/ca.pem
	printf 'openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = TLSv1.2\n' \
		>home/openssl.cnf
	esmtp_send() { mail esmtp-587 | OPENSSL_CONF=$WORK/home/openssl.cnf HOME=$WORK/home esmtp -f alice@example.test bob@example.test; }
	ok 'esmtp over 587' esmtp_send
	sent="$sent esmtp-587"
else skip 'esmtp hands on its mail' 'esmtp is not installed'; fi

# --- Postfix: takes mail from this host, and has us as its relayhost ---
cat >secrets <<-SECRETS
	[localhost]:$SUBMISSION alice:wonderland
	[localhost]:$SUBMISSIONS alice@example.test:wonderland
SECRETS
postfix_start 'mynetworks = 127.0.0.0/8' 'smtpd_recipient_restrictions = permit_mynetworks, reject' \
	"relayhost = [localhost]:$SUBMISSION" 'smtp_sasl_auth_enable = yes' \
	"smtp_sasl_password_maps = texthash:$WORK/secrets" 'smtp_sasl_security_options = noanonymous' \
	'smtp_tls_security_level = secure' "smtp_tls_CAfile = $ca" 'smtp_host_lookup = native' \
	'smtp_tls_secure_cert_match = nexthop'
postfix_send() { # SUBJECT
	mail "$1" >mail
	swaks --server 127.0.0.1 --port "$POSTFIX_PORT" --from alice@example.test --to bob@example.test \
		--data @mail && until_true 20 grep -qs 'status=sent' "$POSTFIX/maillog" ||
		{ cat "$POSTFIX/maillog" && return 1; }
}
ok 'Postfix over 587' postfix_send postfix-587
: >"$POSTFIX/maillog"
postconf -c "$POSTFIX" "relayhost = [localhost]:$SUBMISSIONS" 'smtp_tls_wrappermode = yes'
postfix -c "$POSTFIX" reload >/dev/null 2>&1
ok 'Postfix over 465' postfix_send postfix-465
sent="$sent postfix-587 postfix-465"

# --- those that must be root of a machine ---
if ! can_overlay; then
	skip 'dma hands on its mail' 'no mount namespace can be made here'
	skip 'Exim hands on its mail' 'no mount namespace can be made here'
else
	if package dma && devices dma; then
		mkdir -p dma/upper/etc/dma dma/upper/var/spool/dma
		chown root:mail dma/upper/var/spool/dma && chmod 2775 dma/upper/var/spool/dma
		dma_send() { # SUBJECT PORT OPTIONS
			printf 'SMARTHOST localhost\nPORT %s\nAUTHPATH /etc/dma/auth.conf\nMAILNAME client.example.test\nSECURETRANSFER\n%s\n' \
				"$2" "$3" >dma/upper/etc/dma/dma.conf
			echo 'alice|localhost:wonderland' >dma/upper/etc/dma/auth.conf
			mail "$1" | overlay dma /usr/sbin/dma -D -f alice@example.test bob@example.test
		}
		ok 'dma over 587' dma_send dma-587 "$SUBMISSION" STARTTLS
		ok 'dma over 465' dma_send dma-465 "$SUBMISSIONS" ''
		sent="$sent dma-587 dma-465"
	else skip 'dma hands on its mail' "$missing"; fi
	if package exim4-daemon-light && devices exim4-daemon-light; then
		exim=exim4-daemon-light/upper
		mkdir -p "$exim/etc" "$exim/data"
		{ cat /etc/passwd && echo 'Debian-exim:x:64999:64999::/data:/bin/false'; } >"$exim/etc/passwd"
		{ cat /etc/group && echo 'Debian-exim:x:64999:'; } >"$exim/etc/group"
		cp "$ca" "$exim/data/ca.pem" && chown -R 64999:64999 "$exim/data"
		exim_send() { # SUBJECT PORT PROTOCOL MECHANISM
			cat >"$exim/etc/exim.conf" <<-CONF
				primary_hostname = client.example.test
				spool_directory = /data/spool
				log_file_path = /data/log/%slog
				keep_environment =
				begin routers
				smarthost:
				  driver = manualroute
				  route_list = * localhost byname
				  self = send
				  transport = smarthost
				begin transports
				smarthost:
				  driver = smtp
				  port = $2
				  protocol = $3
				  allow_localhost
				  hosts_require_auth = *
				  hosts_require_tls = *
				  tls_verify_certificates = /data/ca.pem
				  tls_verify_cert_hostnames = *
				begin authenticators
				client:
				$4
			CONF
			mail "$1" | overlay exim4-daemon-light /usr/sbin/exim4 -C /etc/exim.conf -odf -oee -i \
				-f alice@example.test bob@example.test
			status=$?
			[ $status = 0 ] || cat "$exim/data/log/mainlog"
			return $status
		}
		plain='driver = plaintext
  public_name = PLAIN
  client_send = ^alice^wonderland'
		login='driver = plaintext
  public_name = LOGIN
  client_send = : alice : wonderland'
		ok 'Exim over 587' exim_send exim-587 "$SUBMISSION" smtp "$plain"
		ok 'Exim over 465' exim_send exim-465 "$SUBMISSIONS" smtps "$plain"
		ok 'Exim with AUTH LOGIN' exim_send exim-login "$SUBMISSION" smtp "$login"
		sent="$sent exim-587 exim-465 exim-login"
	else skip 'Exim hands on its mail' "$missing"; fi
fi

for subject in $sent; do
	ok "$subject is in bob's Maildir" until_true 20 has_mail bob "Subject: $subject"
	like 'and its dot' "$(cat "$(mail_with bob "Subject: $subject")")" '^\.dot'
done
ok 'the queue is empty then' until_true 20 queue_empty
unlike 'AUTH-28: no password in the log' "$(demo_log)" 'wonderland|AHdvbmRlcmxhbmQ'

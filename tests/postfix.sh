# Shared by tests that need a real Postfix: an instance of its own on loopback. Source lib.sh first.

# postfix_start [NAME=VALUE ...]: settings are lines for main.cf. Sets POSTFIX_PORT and POSTFIX.
# POSTFIX_SERVICES: more lines for master.cf.
# It takes mail for relay.test into $POSTFIX/mail/USER/ (Maildir) and refuses unknown users.
postfix_start() {
	POSTFIX_PORT=$(free_port) POSTFIX=$WORK/postfix
	mkdir -p "$POSTFIX/spool" "$POSTFIX/data" "$POSTFIX/mail"
	chmod 755 "$WORK" "$POSTFIX"
	chown -R postfix "$POSTFIX/data"
	chown nobody "$POSTFIX/mail"
	cat >"$POSTFIX/main.cf" <<-CF
		compatibility_level = 3.6
		queue_directory = $POSTFIX/spool
		data_directory = $POSTFIX/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		mail_owner = postfix
		setgid_group = postdrop
		maillog_file = $POSTFIX/maillog
		maillog_file_prefixes = $WORK
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		mynetworks =
		myhostname = postfix.relay.test
		mydestination =
		alias_maps =
		virtual_mailbox_domains = relay.test
		virtual_mailbox_maps = texthash:$POSTFIX/mailboxes
		virtual_mailbox_base = $POSTFIX/mail
		virtual_uid_maps = static:$(id -u nobody)
		virtual_gid_maps = static:$(id -g nobody)
		smtpd_recipient_restrictions = reject_unauth_destination
	CF
	for setting; do echo "$setting" >>"$POSTFIX/main.cf"; done
	printf 'carl@relay.test carl/\ndora@relay.test dora/\n' >"$POSTFIX/mailboxes"
	cat >"$POSTFIX/master.cf" <<-CF
		127.0.0.1:$POSTFIX_PORT inet n - n - - smtpd
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		virtual unix - n n - - virtual
		smtp unix - - n - - smtp
		error unix - - n - - error
		retry unix - - n - - error
		anvil unix - - n - 1 anvil
		scache unix - - n - 1 scache
		tlsmgr unix - - n 1000? 1 tlsmgr
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
		$POSTFIX_SERVICES
	CF
	postfix -c "$POSTFIX" start >"$POSTFIX/start.log" 2>&1
	until_true 20 sh -c "nc -z 127.0.0.1 $POSTFIX_PORT" || {
		cat "$POSTFIX/start.log" "$POSTFIX/maillog"
		echo 'not ok - Postfix starts'
		exit 1
	}
	# Its master is in a session of its own; it's stopped by its own command and by pid.
	background="$background $(tr -d ' ' <"$POSTFIX/spool/pid/master.pid")"
}
# postfix_mail USER: files in a mailbox of that Postfix
postfix_mail() {
	find "$POSTFIX/mail/$1/new" -type f 2>/dev/null
}

# An Exim of our own for the bench: Debian's package, unpacked and not installed, as it would push
# Postfix out. Sourced by rounds.
#
# Its root is the machine's with Exim's files laid over it, in a mount namespace that only Exim is
# in: no folder that the bench clears has anything of the machine below it. It needs no /proc, and
# has a /dev of its own.

# exim_start: false, with the reason said, where it cannot run
exim_start() {
	exim_package || return 1
	EXIM=$WORK/exim EXIM_ID=64999
	exim_accept=$(free_port) exim_submission=$(free_port) exim_deliver=$(free_port)
	exim_relay=$exim_deliver
	mkdir -p "$EXIM/upper/etc/exim4" "$EXIM/upper/dev" "$EXIM/upper/data" "$EXIM/work" \
		"$EXIM/root" "$EXIM/data/mail" "$EXIM/data/spool"
	dpkg -x "$package" "$EXIM/upper" || exim_missing 'its package is broken' || return 1
	missing=$(ldd "$EXIM/upper/usr/sbin/exim4" | sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p')
	[ -z "$missing" ] || exim_missing 'these libraries are not installed:' $missing || return 1
	{ grep -v '^Debian-exim:' /etc/passwd &&
		echo "Debian-exim:x:$EXIM_ID:$EXIM_ID::/data:/bin/false"; } >"$EXIM/upper/etc/passwd"
	{ grep -v '^Debian-exim:' /etc/group &&
		echo "Debian-exim:x:$EXIM_ID:"; } >"$EXIM/upper/etc/group"
	mknod -m 666 "$EXIM/upper/dev/null" c 1 3 && mknod -m 666 "$EXIM/upper/dev/urandom" c 1 9 ||
		exim_missing 'no devices can be made here' || return 1
	cp "$DEMO/tls/cert.pem" "$DEMO/tls/key.pem" "$EXIM/data"
	chown -R $EXIM_ID:$EXIM_ID "$EXIM/data"
	exim_settings >"$EXIM/upper/etc/exim4/exim4.conf"
	unshare -m sh -c 'mount -t overlay overlay \
			-o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root" &&
		mount --bind "$0/data" "$0/root/data" &&
		exec chroot "$0/root" /usr/sbin/exim4 -bdf -q30m' "$EXIM" >"$EXIM/errors" 2>&1 &
	exim_master=$!
	background="$background $exim_master"
	until_true 20 nc -z 127.0.0.1 "$exim_accept" ||
		exim_missing "it does not answer: $(cat "$EXIM/errors" "$EXIM"/data/log/* 2>/dev/null)"
}
exim_package() {
	package=$(find "$BENCH_FOLDER" -maxdepth 1 -name 'exim4-daemon-light_*.deb' | head -n 1)
	[ -n "$package" ] && return
	(cd "$BENCH_FOLDER" && apt-get download -q exim4-daemon-light >/dev/null 2>&1)
	package=$(find "$BENCH_FOLDER" -maxdepth 1 -name 'exim4-daemon-light_*.deb' | head -n 1)
	[ -n "$package" ] || exim_missing 'its package cannot be fetched'
}
exim_missing() {
	echo "bench: without Exim: $*" >&2
	return 1
}
exim_settings() {
	cat <<-CONF
		primary_hostname = exim.relay.test
		spool_directory = /data/spool
		log_file_path = /data/log/%slog
		split_spool_directory = true
		local_interfaces = 127.0.0.1
		daemon_smtp_ports = $exim_accept : $exim_submission : $exim_deliver
		smtp_accept_max = 200
		smtp_connect_backlog = 1024
		smtp_accept_queue_per_connection = 0
		message_size_limit = 50M
		rfc1413_query_timeout = 0s
		acl_smtp_rcpt = check_rcpt
		tls_advertise_hosts = *
		tls_certificate = /data/cert.pem
		tls_privatekey = /data/key.pem
		keep_environment =
		begin acl
		check_rcpt:
		  deny
		    condition = \${if eq{\$received_port}{$exim_submission}}
		    !authenticated = *
		  accept
		    condition = \${if !eq{\$received_port}{$exim_deliver}}
		    control = queue
		  accept domains = example.test : sink.test
		begin routers
		sink:
		  driver = manualroute
		  domains = sink.test
		  route_list = * 127.0.0.1
		  self = send
		  transport = smtp
		local:
		  driver = accept
		  transport = maildir
		begin transports
		smtp:
		  driver = smtp
		  port = $SINK
		  allow_localhost
		maildir:
		  driver = appendfile
		  directory = /data/mail/bob
		  maildir_format
		  user = Debian-exim
		begin authenticators
		plain:
		  driver = plaintext
		  public_name = PLAIN
		  server_condition = \${if crypteq{\$auth3}{\\N$HASH\\N}}
		  server_set_id = \$auth2
		  server_advertise_condition = \${if def:tls_in_cipher}
	CONF
}
exim_kept() { find "$EXIM/data/spool/input" -name '*-H' | wc -l; }
exim_drop() {
	find "$EXIM/data/spool/input" "$EXIM/data/spool/msglog" "$(exim_mailbox)" \
		-type f -delete 2>/dev/null
}
exim_mailbox() { echo "$EXIM/data/mail/bob/new"; }
exim_pids() { echo "$exim_master"; }
exim_hold() { :; }
exim_go() { :; }
exim_rest() { :; }

# Shared by tests that need real DNS answers: sourced after lib.sh. An authority (nsd) and a resolver
# (unbound) on loopback ports.

# dns_start ZONE-FILE: serve it as "test."; the resolver is then $DNS_RESOLVER. "broken." is
# answered with SERVFAIL. RESOLVER_PORT: of the resolver, else a free one.
dns_start() {
	cp "$1" zone
	dns_root
	dns_run iterator '' . test
}

# dns_start_signed ZONE-FILE PLAIN-ZONE-FILE: the first one as "test.", signed up to the root, which the
# resolver validates; the second as "plain.", unsigned. In "bogus.", the same, signatures are missing. A
# TLSA record of "test." whose data ends in "dead" is spoiled after it was signed.
dns_start_signed() {
	cp "$1" zone.test && cp "$2" zone.plain && sed 's/plain\./bogus./g' "$2" >zone.bogus
	dns_root
	for name in test bogus; do
		key=$(ldns-keygen -k -a ECDSAP256SHA256 -r /dev/urandom $name.)
		cat "$key.ds" >>root.zone
		[ $name = bogus ] || ldns-signzone -f zone.$name.signed zone.$name "$key"
	done
	sed '/TLSA.*dead$/s/dead$/beef/' zone.test.signed >zone
	key=$(ldns-keygen -k -a ECDSAP256SHA256 -r /dev/urandom .)
	ldns-signzone -f root.signed root.zone "$key"
	mv root.signed root.zone
	cp "$key.ds" anchor
	dns_run 'validator iterator' "trust-anchor-file: \"$WORK/anchor\"" . test plain bogus
}

# A root that knows these zones.
dns_root() {
	cat >root.zone <<-'ZONE'
		. 60 SOA ns.test. root.test. 1 60 60 60 60
		. 60 NS ns.test.
		ns.test. 60 A 127.0.0.1
		test. 60 NS ns.test.
		plain. 60 NS ns.test.
		bogus. 60 NS ns.test.
		broken. 60 NS ns.test.
	ZONE
}

# dns_run MODULES SETTING ZONE...
dns_run() {
	modules=$1 setting=$2
	shift 2
	authority_port=$(free_port) resolver_port=${RESOLVER_PORT:-$(free_port)}
	cat >nsd.conf <<-CONF
		server:
		 ip-address: 127.0.0.1
		 port: $authority_port
		 username: ""
		 chroot: ""
		 zonesdir: "$WORK"
		 database: ""
		 pidfile: "$WORK/nsd.pid"
		 xfrdfile: "$WORK/xfrd.state"
		 zonelistfile: "$WORK/zone.list"
		 xfrdir: "$WORK"
		 server-count: 1
		remote-control:
		 control-enable: no
	CONF
	set -- "$@" broken # which has no file
	cat >unbound.conf <<-CONF
		server:
		 interface: 127.0.0.1
		 interface: ::1
		 port: $resolver_port
		 username: ""
		 chroot: ""
		 directory: "$WORK"
		 pidfile: ""
		 use-syslog: no
		 do-daemonize: no
		 do-not-query-localhost: no
		 module-config: "$modules"
		 local-zone: "test." nodefault
		 access-control: ::1 allow
		 num-threads: 1
		 $setting
		remote-control:
		 control-enable: no
	CONF
	for name; do
		file=zone.$name
		[ $name != . ] || file=root.zone
		[ $name != test ] || file=zone
		printf 'zone:\n name: %s\n zonefile: %s\n' "${name%.}." $file >>nsd.conf
		printf 'stub-zone:\n name: "%s"\n stub-addr: 127.0.0.1@%s\n' "${name%.}." "$authority_port" \
			>>unbound.conf
	done
	grep -q . /proc/net/if_inet6 2>/dev/null || sed -i '/::1/d' unbound.conf
	nsd -d -c nsd.conf >nsd.log 2>&1 &
	background="$background $!"
	# Not before: a resolver that has asked in vain asks again later and later.
	! have drill || until_true 20 sh -c "drill -p $authority_port @127.0.0.1 SOA test | grep -q 'rcode: NOERROR'"
	unbound -d -c unbound.conf >unbound.log 2>&1 &
	background="$background $!"
	DNS_RESOLVER=127.0.0.1@$resolver_port
	export DNS_RESOLVER
	until_true 20 dns_answers || { cat nsd.log unbound.log; exit 1; }
}
dns_answers() { dns-ask -s a test | grep -q .; }

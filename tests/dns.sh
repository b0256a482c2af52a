# Shared by tests that need real DNS answers: sourced after lib.sh. An authority (nsd) and a resolver
# (unbound) on loopback ports.

# dns_start ZONE-FILE: serve it as "test."; the resolver is then $DNS_RESOLVER. "broken." has servers
# that refuse.
dns_start() {
	authority_port=$(free_port) resolver_port=$(free_port)
	cp "$1" zone
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
		zone:
		 name: test.
		 zonefile: zone
	CONF
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
		 module-config: "iterator"
		 local-zone: "test." nodefault
		 access-control: ::1 allow
		 num-threads: 1
		remote-control:
		 control-enable: no
		stub-zone:
		 name: "test."
		 stub-addr: 127.0.0.1@$authority_port
		stub-zone:
		 name: "broken."
		 stub-addr: 127.0.0.1@$authority_port
	CONF
	grep -q . /proc/net/if_inet6 2>/dev/null || sed -i '/::1/d' unbound.conf
	nsd -d -c nsd.conf >nsd.log 2>&1 &
	background="$background $!"
	unbound -d -c unbound.conf >unbound.log 2>&1 &
	background="$background $!"
	DNS_RESOLVER=127.0.0.1@$resolver_port
	export DNS_RESOLVER
	until_true 20 dns_answers || { cat nsd.log unbound.log; exit 1; }
}
dns_answers() {
	[ -n "$(drill -Q -p "$resolver_port" @127.0.0.1 SOA test. 2>/dev/null)" ]
}

# Shared by tests that boot a real systemd in a Debian root of their own. Source tests/lib.sh first.
#
# The root is made once and kept in /var/cache/smtpipe-tests; a test boots a copy in memory, without network.

# machine_start: boot; $leader is then the pid of its systemd. Ends the test with a skip where that cannot be.
machine_start() {
	for program in debootstrap systemd-nspawn nsenter; do
		have $program || machine_skip "there is no $program here"
	done
	[ "$(id -u)" = 0 ] || machine_skip 'needs root'
	machine=${MACHINE_CACHE:-/var/cache/smtpipe-tests}/debian12
	if [ ! -e "$machine/made" ]; then
		rm -rf --one-file-system "$machine" && mkdir -p "$machine" || exit 111
		debootstrap --variant=minbase --include=systemd-sysv,openssl bookworm "$machine/root" \
			>"$WORK/debootstrap.log" 2>&1 || machine_skip "debootstrap cannot make a root: $(tail -n 1 "$WORK/debootstrap.log")"
		: >"$machine/made"
	fi
	systemd-nspawn -q --register=no --keep-unit --private-network --volatile=overlay --machine="t$$" \
		-D "$machine/root" --bind-ro="$1:/mnt" --boot --console=pipe >"$WORK/console" 2>&1 </dev/null &
	machine_pid=$!
	background="$background $machine_pid"
	until_true 60 machine_has_begun
	machine_leader ||
		machine_skip "systemd-nspawn cannot start a machine: $(tail -n 1 "$WORK/console")"
	until_true 60 machine_is_up || machine_skip "systemd does not come up: $(tail -n 1 "$WORK/console")"
}
machine_skip() {
	skip 'a real systemd' "$1"
	exit 0
}
machine_has_begun() {
	machine_leader || ! readlink "/proc/$machine_pid/exe" >/dev/null 2>&1 # it has failed
}
machine_leader() {
	for leader in $(cat "/proc/$machine_pid/task/$machine_pid/children"); do
		[ "$(cat "/proc/$leader/comm" 2>/dev/null)" = systemd ] && return
	done
	return 1
}
machine_is_up() {
	inside systemctl is-system-running | grep -Eq 'running|degraded'
}
# inside COMMAND...: run it in the machine; with the network of the machine only: near COMMAND...
inside() {
	nsenter -t "$leader" -m -u -i -n -p -C env -i PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin LC_ALL=C "$@"
}
near() {
	nsenter -t "$leader" -n "$@"
}

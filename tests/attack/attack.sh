# Shared by the attacks: a demo instance whose doors attack.py knows. Source tests/lib.sh first.
. "$ROOT/tests/road.sh"

# attack_start [NAME=VALUE ...]: start the instance
attack_start() {
	demo_start DEMO_LIMITS=0 "$@" # more than a person sends
	export SMTP SUBMISSION SUBMISSIONS DEMO PYTHONPATH="$ROOT/tests/attack" PYTHONDONTWRITEBYTECODE=1
}
# attack: run the script on standard input, which prints tests' lines
attack() {
	python3 - || echo 'not ok - the attack went to its end'
}
# log_is_plain: whatever was attacked, the logs hold lines of printable ASCII
log_is_plain() {
	! demo_log | LC_ALL=C grep -n '[^ -~]'
}

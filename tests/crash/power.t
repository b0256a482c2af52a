# ARCH-03 ARCH-04 BNC-12 QUE-04
# The power of the disk is cut, again and again, while messages come and go: see tests/helper/power.py.
# CUTS=1000: so many for each filesystem. A cut is drawn anew each time; SEED=N draws the same ones.
. tests/lib.sh

for filesystem in ext4 xfs btrfs; do
	sentence="$filesystem: after ${CUTS:-70} power cuts nothing acknowledged is lost, cut short, or doubled"
	if [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ] || ! unshare -m true; then
		skip "$sentence" 'this needs root, /dev/fuse and mounts of its own'
	elif grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
		skip "$sentence" 'the sanitizers make it too slow'
	elif ! have "mkfs.$filesystem" || ! { grep -qw "$filesystem" /proc/filesystems || modprobe "$filesystem"; }; then
		skip "$sentence" "there is no $filesystem here"
	else
		unshare -m python3 "$ROOT/tests/helper/power.py" ${SEED:+-s $SEED} "$filesystem" "${CUTS:-70}" >cuts 2>&1
		is "$sentence" $? 0
		grep '^#' cuts
		grep -v '^#' cuts | sed 's/^/# /'
	fi
done

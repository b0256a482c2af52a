# Programs of Debian packages that cannot be installed beside each other, as each wants to be the
# machine's mailer: unpacked instead. Sourced after lib.sh.

# package NAME: unpack it into $WORK/NAME/upper; false: says in $missing why that cannot be. What was
# fetched once stays in $BUILD/packages.
package() {
	mkdir -p "$BUILD/packages" "$WORK/$1/upper"
	archive=$(find "$BUILD/packages" -name "$1_*.deb" | head -n 1)
	if [ -z "$archive" ]; then
		(cd "$BUILD/packages" && apt-get download -q "$1" >/dev/null 2>&1)
		archive=$(find "$BUILD/packages" -name "$1_*.deb" | head -n 1)
	fi
	[ -n "$archive" ] || { missing="the package $1 cannot be fetched" && return 1; }
	dpkg -x "$archive" "$WORK/$1/upper" || { missing="the package $1 is broken" && return 1; }
	for program in $(find "$WORK/$1/upper" -type f -perm -100); do
		absent=$(ldd "$program" 2>/dev/null | sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p')
		[ -z "$absent" ] || { missing="$1 needs $absent" && return 1; }
	done
}
# overlay NAME COMMAND...: run it in a root that is the machine's with $WORK/NAME/upper laid over it, in
# a mount namespace of its own. No folder of the test ever has anything of the machine below it.
overlay() {
	overlay_name=$1
	shift
	mkdir -p "$WORK/$overlay_name/work" "$WORK/$overlay_name/root"
	unshare -m sh -c 'folder=$1 && shift && mount -t overlay overlay \
			-o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root" &&
		exec chroot "$folder/root" "$@"' overlay "$WORK/$overlay_name" "$@"
}
can_overlay() { # may we?
	mkdir -p "$WORK/try/upper" && overlay try true 2>/dev/null
}
# device NAME: /dev/null and /dev/urandom in an overlay, which has no /dev of the machine's
devices() {
	mkdir -p "$WORK/$1/upper/dev" && mknod -m 666 "$WORK/$1/upper/dev/null" c 1 3 &&
		mknod -m 666 "$WORK/$1/upper/dev/urandom" c 1 9
}

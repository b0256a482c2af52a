# The units for systemd are well-formed, and the installed tree is complete
. tests/lib.sh
cd "$ROOT" || exit 111
ok 'make install needs no root and a DESTDIR' make -s BUILD="$BUILD" DESTDIR="$WORK/stage" install
is 'no setuid, setgid or world-writable file' \
	"$(find "$WORK/stage" -perm /6002 ! -type l)" ''
ok 'and a PREFIX' make -s BUILD="$BUILD" PREFIX="$WORK/prefix" ETCDIR="$WORK/etc" install
is 'nothing is left to fill in' "$(grep -rl '@[A-Z]*DIR@' "$WORK/prefix")" ''
for stage in "$WORK"/prefix/libexec/smtpipe/*; do
	[ -x "$stage" ] || echo "$stage"
done >"$WORK/bad"
is 'all stages can be run' "$(cat "$WORK/bad")" ''
mkdir "$WORK/units"
cp "$WORK"/prefix/share/smtpipe/sv/*/systemd/* "$WORK/units"
# The users are made at installation (sysusers.d); here root stands for them.
sed -i 's/^\(User\|Group\|SocketGroup\)=smtpipe.*/\1=root/' "$WORK"/units/*
for unit in "$WORK"/units/*.socket "$WORK"/units/smtpipe-queue.service; do
	ok "systemd-analyze verify $(basename "$unit")" sh -c \
		"systemd-analyze verify --man=no '$unit' 2>&1 | grep -F '$WORK' && exit 1 || exit 0"
done
for s6 in sv/*/s6; do
	[ -x "$s6/run" ] && [ -x "$s6/log/run" ] || echo "$s6"
done >"$WORK/bad"
is 'every service has its run and log for s6' "$(cat "$WORK/bad")" ''

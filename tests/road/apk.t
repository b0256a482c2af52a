# The recipe for Alpine, as far as it can be followed elsewhere: abuild's part is played by this file
. tests/lib.sh
if [ -n "$SANITIZED" ]; then
	skip 'the recipe for Alpine' 'its programs would be these'
	exit 0
fi
for file in APKBUILD smtpipe.pre-install smtpipe.pre-deinstall source; do
	ok "$file is well-formed" sh -n "$ROOT/sv/alpine/$file"
done
ok 'its source can be made' sh "$ROOT/sv/alpine/source" "$WORK/aport"
unset MAKEFLAGS MAKELEVEL
. ./aport/APKBUILD
is 'the version is that of the Debian package' "$pkgname $pkgver" \
	"$(sed -n '1s/^\([a-z]*\) (\([^)]*\)).*/\1 \2/p' "$ROOT/sv/debian/changelog")"
for name in $install $source; do [ -e "aport/$name" ] || echo "$name"; done >missing
is 'all that it names is beside it' "$(cat missing)" ''

tar -xzf "aport/$source"
builddir=$WORK/$pkgname-$pkgver pkgdir=$WORK/pkg subpkgdir=$WORK/mta
# What has been compiled is the same there.
mkdir "$builddir/build"
cp -a "$BUILD/bin" "$BUILD/lib" "$BUILD/libmail.a" "$builddir/build"
mkdir "$pkgdir" "$subpkgdir"
(cd "$builddir" && set -e && build && package) >log 2>&1
is 'it builds and installs' "$?" 0
[ -x pkg/usr/bin/smtpipe ] || tail -n 20 log
(cd "$builddir" && set -e && mta) >>log 2>&1
is 'and so does its sendmail' "$?" 0
is 'with its places' "$(grep -c '/usr/libexec/smtpipe' pkg/usr/share/smtpipe/sv/settings)" 1
is 'every service is there for s6, and none for systemd' \
	"$(ls -d pkg/usr/share/smtpipe/sv/*/s6 | wc -l) $(find pkg -name '*.service' -o -name '*.socket' | wc -l)" \
	"$(ls -d "$ROOT"/sv/*/s6 | wc -l) 0"
is 'the name sendmail is in the second package only' \
	"$(find pkg mta -path '*bin/*' \( -name sendmail -o -name mailq -o -name newaliases \) | sort | tr '\n' ' ')" \
	'mta/usr/bin/mailq mta/usr/bin/newaliases mta/usr/sbin/sendmail '
ok 'and leads to the program' test -x "pkg$(readlink mta/usr/sbin/sendmail)"

mkdir stub
for name in addgroup adduser; do
	printf '#!/bin/sh\necho %s "$@" >>%s/said\n' "$name" "$WORK" >"stub/$name" && chmod +x "stub/$name"
done
PATH=$WORK/stub:$PATH sh aport/smtpipe.pre-install
is 'the users are those of sysusers.conf' "$(sed -n 's/^adduser .* //p' said | sort)" \
	"$(sed -n 's/^u \([^ ]*\) .*/\1/p' "$ROOT/sv/sysusers.conf" | sort)"
is 'each with its group' "$(sed -n 's/^addgroup -S //p' said | sort)" "$(sed -n 's/^adduser .* //p' said | sort)"
is 'and those that share the first one are the same' "$(sed -n 's/^addgroup \([^-]\)/\1/p' said | sort)" \
	"$(sed -n 's/^m //p' "$ROOT/sv/sysusers.conf" | sort)"

# All sources compile with musl's headers, too. Those of the libraries are this system's: nothing is linked.
. tests/lib.sh
if ! have musl-gcc; then
	skip 'all sources compile with musl' 'no musl-gcc here'
	exit 0
fi
# These, and none of another C library's.
mkdir headers
for name in asm asm-generic linux skalibs crypt.h idn2.h idna.h idn-int.h jansson.h jansson_config.h stringprep.h \
	tls.h unistr.h xxh3.h xxhash.h; do
	for from in /usr/include "/usr/include/$(gcc -print-multiarch)"; do
		[ ! -e "$from/$name" ] || ln -sfn "$from/$name" "headers/$name"
	done
done
# Debian has openssl in two parts; and libxcrypt's header wants what Alpine has in a package of its own.
mkdir headers/openssl headers/sys
ln -sf /usr/include/openssl/* "/usr/include/$(gcc -print-multiarch)/openssl/"* headers/openssl
cat >headers/sys/cdefs.h <<'C'
#define __BEGIN_DECLS
#define __END_DECLS
#define __THROW
#define __nonnull(arguments)
#define __attribute_deprecated__
C
cd "$ROOT" || exit 1
ok 'all sources compile with musl' sh -c 'printf "%s\n" bin/*/*.c lib/*/*.c tests/lib/*/*.c |
	xargs -P "$(nproc)" -n 16 musl-gcc -std=c11 -D_GNU_SOURCE -DLIBEXECDIR=\"\" -Ilib -Itests -isystem "$1/headers" \
	-Wall -Wextra -Werror -fsyntax-only' musl "$WORK"

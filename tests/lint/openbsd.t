# The sandbox as OpenBSD would have it: it compiles without a warning, and asks for what the rights say
. tests/lib.sh
ok 'it compiles' cc -std=c11 -D_GNU_SOURCE -U__linux__ -D__OpenBSD__ -I"$ROOT/lib" -I"$ROOT/tests/lint" \
	-include openbsd.h -Wall -Wextra -Werror -o openbsd "$ROOT/tests/lint/openbsd.c" "$ROOT/lib/base/sandbox.c"
printf '#!/bin/sh\n' >true && chmod +x true
PATH=$WORK:$PATH ./openbsd >asked
is 'a stage: its files, its folder, its program, and the next socket' "$(sed -n 1,4p asked)" "unveil domains r
unveil queue rwc
unveil $WORK/true x
pledge stdio recvfd rpath rpath wpath cpath fattr chown flock proc exec unix sendfd"
is 'a parent that serves: processes' "$(sed -n 5p asked)" 'pledge stdio recvfd proc'
is 'the speaker: nothing more than what is open' "$(sed -n 6p asked)" 'pledge stdio recvfd'
is 'a client: the network' "$(sed -n 7p asked)" 'pledge stdio recvfd unix inet dns'
is 'who takes connections' "$(sed -n 8p asked)" 'pledge stdio recvfd unix sendfd inet unix sendfd proc'
is 'who runs anything: nothing is asked for' "$(sed -n '9,$p' asked)" ''

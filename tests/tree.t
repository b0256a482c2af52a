# The tree keeps its promises: includes point down, every program has a page, a test and a place.
. tests/lib.sh
cd "$ROOT" || exit 111

includes() { # LAYER FORBIDDEN-PATTERN: files of a layer that include what is above them
	grep -lE "^#include \"($2)/" lib/"$1"/*.[ch] 2>/dev/null
}
is 'lib/base uses nothing of ours above it' "$(includes base 'mail|store|net')" ''
is 'lib/mail uses only base' "$(includes mail 'store|net')" ''
is 'lib/store uses only mail and base' "$(includes store 'net')" ''
is 'lib/net uses only mail and base' "$(includes net 'store')" ''
is 'no program includes another' "$(grep -lE '^#include "(bin|\.\.)' bin/*/*.c lib/*/*.[ch])" ''
is 'lib/mail does no I/O' "$(grep -lE \
	'#include <(unistd|fcntl|sys/socket|sys/stat|stdio|poll)\.h>|#include "base/(io|job|stage|spawn)\.h"' \
	lib/mail/*.c | xargs -r grep -LE 'snprintf')" ''
is 'no stdio in stages; tools talk with people' "$(grep -nE '\b(printf|fopen|fprintf|fputs|puts) ?\(' \
	bin/*/*.c lib/*/*.c | grep -v '^bin/tools/\|^bin/manage/\|snprintf')" ''
is 'no shell and no setuid anywhere' \
	"$(grep -nE '\b(system|popen|setuid|seteuid|setreuid) ?\(' bin/*/*.c lib/*/*.c)" ''
is 'no time zones: the C library opens files for them, and stages may not' \
	"$(grep -nE '\b(gmtime|localtime|timegm|mktime)(_r)? ?\(' lib/*/*.c $(ls bin/*/*.c | grep -v '^bin/tools/\|^bin/manage/'))" ''
is 'nothing of skalibs that newer or older ones lack' "$(grep -nE \
	'\b(satmp|strerr_die[a-z]*[0-9]x|env_get|case_str|selfpipe_fd|genalloc_)' bin/*/*.[ch] lib/*/*.[ch])" ''
for source in bin/*/*.c; do
	name=$(basename "$source" .c) station=$(dirname "$source")
	for file in "$station/$name".[18] "tests/$station/$name"; do
		[ -e "$file" ] || echo "missing: $file"
	done
	sed -n 2p "$source" | grep -q "^ \* $name - " || echo "no contract: $source"
	case $station in bin/tools | bin/manage) continue ;; esac
	grep -qrw -e "$name" sv/*/chain doc/road.7 ||
		echo "in no chain: $source"
done >"$WORK/missing"
is 'every program has a contract, a page, a test, and a place on the road' \
	"$(cat "$WORK/missing")" ''
# The words of a contract, in their order; "fd" stands for all descriptors.
order='road fd needs environ opens keeps starts with trusts halves signals exits refuses later source'
for source in bin/*/*.c; do
	sed -n '/^ \*\//q; s/^ \* \([a-z]\{2,\}\) .*/\1/p' "$source" | sed 1d | uniq |
		awk -v order="$order" -v source="$source" '
			BEGIN { n = split(order, words, " "); for (i = 1; i <= n; i++) place[words[i]] = i }
			$1 == "source" { exit }
			place[$1] <= last { print source ": " $1 }
			{ last = place[$1] }'
done >"$WORK/contracts"
is 'all contracts say the same things in the same order' "$(cat "$WORK/contracts")" ''
for page in doc/*.[1-9] bin/*/*.[1-9]; do
	mandoc -T lint -W warning "$page" 2>&1
	case $page in bin/*) [ -e "${page%.*}.c" ] || [ -e "${page%.*}.sh" ] || echo "$page: no program" ;; esac
done >"$WORK/pages"
is 'all pages are well-formed' "$(cat "$WORK/pages")" ''
grep -ohE '^\.Xr [a-z0-9-]+ [1-9]' doc/*.[1-9] bin/*/*.[1-9] | sort -u |
	while read -r _ name section; do
		case $name in crypt | openssl* | s6-* | tcpserver | tcpclient | true) continue ;; esac
		for place in doc bin/*; do
			[ -e "$place/$name.$section" ] && continue 2
		done
		echo "$name($section)"
	done >"$WORK/dangling"
is 'no page refers to one that is not there' "$(cat "$WORK/dangling")" ''
cat bin/*/*.c lib/*/*.c | tr -d '\n' | grep -oE 'log_event\([[:space:]]*"[a-z-]+"' | sed 's/.*"\(.*\)"/\1/' | sort -u |
	while read -r event; do
		grep -qE "^\.(It|It Sy) $event( |\$)" doc/log.5 || echo "$event"
	done >"$WORK/events"
is 'log(5) has every event' "$(cat "$WORK/events")" ''
for script in sv/*/chain sv/*/run sv/*/*/run sv/demo/* bin/*/*.sh tests/run tests/all; do
	[ ! -e "$script" ] || sh -n "$script" 2>&1
done >"$WORK/scripts"
is 'all scripts are well-formed' "$(cat "$WORK/scripts")" ''
ok 'doc/rfc.md says which tests prove what (else run tests/rfc.py)' python3 tests/rfc.py --check
is 'decisions are numbered without gaps, each number once' "$(ls doc/decisions | cut -c1-4 | tr '\n' ' ')" \
	"$(ls doc/decisions | awk '{ printf "%04d ", NR }')"

# The programs as they were built: what the compiler and the linker can do against taking them over
. tests/lib.sh
have readelf || { skip 'hardening' 'there is no readelf'; exit 0; }
if grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	skip 'hardening' 'the sanitizers are built without it'
	exit 0
fi
# all SENTENCE COMMAND: the command, given a program, must print something for each
all() {
	for program in "$BUILD"/bin/*/*; do
		case $program in *.[od]) continue ;; esac
		head -c 4 "$program" | grep -q ELF || continue
		[ -n "$(eval "$2" 2>/dev/null)" ] || echo "${program##*/}"
	done >missing
	is "$1" "$(cat missing)" ''
}
all 'position independent' 'readelf -h "$program" | grep "DYN (Pos"'
all 'what the loader has written is read-only (RELRO)' 'readelf -lW "$program" | grep GNU_RELRO'
all '... and all of it, at the start (BIND_NOW)' 'readelf -dW "$program" | grep -E "BIND_NOW|FLAGS_1.*NOW"'
all 'no stack with code' 'readelf -lW "$program" | grep -E "GNU_STACK.* RW "'
all 'nothing both written and run' \
	'readelf -lW "$program" | grep -q "LOAD.* RWE" || echo good'
like 'a stack that was written over is noticed (stack protector)' \
	"$(nm "$BUILD/libmail.a" 2>/dev/null | sort -u)" 'U __stack_chk_fail'
# Where the compiler knows how much room there is, it calls what checks it.
like 'calls are checked (FORTIFY)' "$(nm "$BUILD/libmail.a" 2>/dev/null | sort -u)" 'U __(read|memcpy|snprintf)_chk'
case $(uname -m) in
x86_64) all 'jumps land where they may (CET)' \
	'objdump -d --disassemble=main "$program" | grep endbr64' ;;
esac
all 'no library is loaded at run time' 'readelf -dW "$program" | grep -q NEEDED || echo good'

# Every parser takes its seeds, and a second of made-up input, under the sanitizers.
. tests/lib.sh
cd "$ROOT" || exit 111

printf 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return b == 0 && n; }\n' >"$WORK/try.c"
if ! have clang || ! clang -fsanitize=fuzzer,address -o "$WORK/try" "$WORK/try.c" 2>/dev/null; then
	skip 'fuzz targets' 'no clang with libFuzzer (clang, libclang-rt-14-dev)'
	exit 0
fi
ok 'the fuzz targets build' make -s -j"$(nproc)" fuzzers
BUILD=build/fuzz sh tests/fuzz/run -t "${FUZZ_SECONDS:-1}"

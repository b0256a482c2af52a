. tests/lib.sh

verbs=$(smtpipe help)
is 'without a verb, they are listed' "$(smtpipe)" "$verbs"
printf '%s\n' "$verbs" | sed -n 's/^  smtpipe \([a-z-]*\) .*/\1/p' | while read -r verb; do
	command -v "smtpipe-$verb" >/dev/null || echo "no program: $verb"
	ls "$ROOT/bin/manage/smtpipe-$verb".[18] >/dev/null 2>&1 || echo "no page: $verb"
done >missing
is 'each verb has a program and a page' "$(cat missing)" ''
is 'each program has a verb' "$(for program in "$ROOT"/bin/manage/smtpipe-*.c "$ROOT"/bin/manage/smtpipe-*.sh; do
	[ -e "$program" ] || continue
	verb=$(basename "${program%.*}")
	smtpipe help | grep -q "smtpipe ${verb#smtpipe-} " || echo "$verb"
done)" ''
not_ok 'an unknown verb is an error' smtpipe frobnicate
like 'that says where to look' "$(smtpipe frobnicate 2>&1)" 'no verb frobnicate; .*smtpipe help'
like 'a slip of the finger is named' "$(smtpipe tarce 2>&1)" 'did you mean trace\?'
not_ok 'a very long one is an error, too' smtpipe "$(printf '%01000d' 0)"
like 'a program is found beside this one, too, where nothing is installed' \
	"$(cd / && env -i PATH=/usr/bin:/bin SMTPIPE_LIBEXEC=/nowhere SMTPIPE_ETC=/nowhere "$(command -v smtpipe)" explain --to x@example.org 2>&1)" \
	'^smtpipe-explain: .*cannot enter the settings folder /nowhere'
mkdir bin && printf '#!/bin/sh\necho "$@" && exit 3\n' >bin/smtpipe-trace && chmod +x bin/smtpipe-trace
is 'the program gets the arguments as they are' \
	"$(SMTPIPE_LIBEXEC=$WORK/bin smtpipe trace 'a b' -l c; echo $?)" 'a b -l c
3'

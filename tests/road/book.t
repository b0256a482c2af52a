# Every command of the book works, as it stands there, in a fresh Debian with a real systemd.
. tests/lib.sh
. "$ROOT/tests/nspawn.sh"

mkdir tree
make -s -C "$ROOT" BUILD="$BUILD" PREFIX=/usr DESTDIR="$WORK/tree" install >install.log 2>&1 ||
	{ cat install.log && echo 'not ok - make install' && exit 1; }
# The blocks of each chapter, numbered, for the shell of that chapter.
for chapter in "$ROOT"/doc/book/[0-9]*.md; do
	awk -v name="$(basename "$chapter" .md)" '
		/^```sh$/ { inside = 1; block++; line = NR; next }
		/^```$/ && inside { inside = 0; print "echo \"@ " name " line " line "\""; next }
		inside { print }' "$chapter" >"$WORK/tree/$(basename "$chapter" .md).sh"
done
machine_start "$WORK/tree"
inside sh -c 'cp -a /mnt/usr /'
for script in "$WORK"/tree/*.sh; do
	name=$(basename "$script" .sh)
	inside sh -c "cd /root && sh -ex /mnt/$name.sh" >"out.$name" 2>&1 </dev/null
	status=$?
	[ "$(grep -c '^@ ' "out.$name")" = "$(grep -c '^echo "@ ' "$script")" ] || status=1
	is "all commands of $name" "$status" 0
	[ $status = 0 ] || tail -n 15 "out.$name"
done
like 'the family has its message' "$(cat out.2-family)" 'queue-run +delivered recipient=bob@example.org'
like 'the laptop keeps its message until the relay can be reached' "$(cat out.3-laptop)" 'friend@example.com: .*4[0-9][0-9] 4\.'
like 'the stage refuses in its own words' "$(cat out.6-stage)" '^D\* 554 5.7.1 - - not here'

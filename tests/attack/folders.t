# MBX-05, ARCH-03: who owns a Maildir, and plays with its names, neither gets a file elsewhere nor stops others.
. tests/lib.sh

mkdir mail outside
echo 'example.test:' >domains
printf '%s: %s\n' ann ann bob bob >mailboxes
printf 'Subject: hi\n\nbody\n' | wire >message
envelope s@a.example ann@example.test bob@example.test >envelope

# Each of these stands where a folder belongs.
for place in mail/ann mail/ann/tmp mail/ann/new mail/ann/cur; do
	for what in 'ln -s "$WORK/outside"' 'ln -s /etc/passwd' 'ln -s nowhere' mkfifo 'cp message' 'ln -s .' 'ln -s ..'; do
		rm -rf mail/ann && mkdir -p "$(dirname "$place")"
		eval "$what $place"
		stage message timeout 60 maildir-deliver
		echo "$place $what: $(cut -d' ' -f1 verdict | tr '\n' ' ')$(ls -A outside)"
	done
done >results
is 'links, FIFOs and files where a folder belongs are later, and the other recipient is served' \
	"$(grep -v ': Z0 K1 *$' results)" ''
is 'all 28 of them' "$(wc -l <results)" 28

# A folder that may not be entered, one without end below it, and a Maildir that loses its folders meanwhile.
rm -rf mail/ann && mkdir -p mail/ann && (cd mail/ann && ln -s new tmp && ln -s tmp new)
stage message timeout 60 maildir-deliver
is 'links in a circle are later' "$(cut -d' ' -f1 verdict | xargs)" 'Z0 K1'

# The owner renames under our hands, all the time.
cat >swap.py <<'PY'
import os, sys
root, outside = 'mail/ann', os.path.abspath('outside')
while not os.path.exists('stop'):
    for name in ('new', 'tmp', 'cur', ''):
        path = os.path.join(root, name).rstrip('/')
        try:
            os.rename(path, 'aside')
            os.symlink(outside, path)
            os.unlink(path)
            os.rename('aside', path)
        except OSError:
            pass
PY
rm -rf mail/ann && mkdir -p mail/ann/tmp mail/ann/new mail/ann/cur
python3 swap.py &
swapper=$!
background=$swapper
for i in $(seq 1 60); do
	stage message timeout 60 maildir-deliver
	cut -d' ' -f1 verdict | tr '\n' ' '
	echo
done >verdicts
touch stop
wait "$swapper"
background=
is 'a race with renames and links: nothing is written outside' "$(ls -A outside)" ''
is '... each verdict is one' "$(grep -cvE '^[KZ]0 K1 *$' verdicts)" 0
is '... and the other recipient had every message' "$(ls mail/bob/new | wc -l)" "$(($(wc -l <verdicts) + 29))"
lost=$(($(grep -c K0 verdicts) - $(find mail aside -path '*ann*new/*' -o -path 'aside/*' -type f 2>/dev/null | grep -c .)))
ok '... a message that was promised lies in the Maildir, whatever that is called' test "$lost" -le 0

# Where sockets are made, others may have been before: what is no socket stays as it is, and where it leads, too.
echo precious >outside/precious
for what in 'ln -s "$WORK/outside/precious"' 'ln -s "$WORK/outside/new"' 'cp outside/precious' mkfifo mkdir; do
	rm -rf place
	eval "$what place"
	before=$(ls -ld place | cut -c1-10)
	timeout 60 received-add -S "unix:$WORK/place" ./take 2>log </dev/null
	echo "$what: $? $(ls outside | tr '\n' ' ')$(cat outside/precious) $([ "$before" = "$(ls -ld place | cut -c1-10)" ] || echo changed)"
done >results
is 'a service does not start on what somebody has put in the place of its socket' \
	"$(grep -v ': 111 precious precious $' results)" ''
is 'all 5 of them' "$(wc -l <results)" 5
rm -rf place outside/precious

# An include file that others may write, or that is none (aliases(5)).
echo 'ann@example.test' >list && chmod 644 list
printf 'team: :include:%s/list\n' "$WORK" >aliases
envelope s@a.example team@example.test >envelope
ok 'an include that only its owner writes is used' stage message alias-expand ./take
for damage in 'chmod 666 list' 'chmod 664 list' 'rm list; ln -s /dev/zero list' 'rm -f list; mkfifo list' 'rm -f list; mkdir list'; do
	rm -rf taken list && echo 'ann@example.test' >list && chmod 644 list
	eval "$damage"
	stage message timeout 60 alias-expand ./take
	is "an include after \"$damage\" is later" "$(cut -c1 verdict) $(ls taken 2>/dev/null)" 'Z '
done

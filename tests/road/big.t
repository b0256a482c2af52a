# A message of 50 MiB passes with less than 4 MiB of memory in any process of ours
. tests/lib.sh
. "$ROOT/tests/road.sh"
[ -z "$SANITIZED" ] || { skip 'memory' 'sanitizers have their own'; exit 0; }
demo_start DEMO_MAX_SIZE=60000000
python3 - <<'PY'
line = b'0123456789' * 7 + b'\r\n'
with open('big', 'wb') as f:
    f.write(b'From: alice@example.test\r\nTo: bob@example.test\r\nSubject: big\r\n\r\n')
    f.write(line * (50 * 1024 * 1024 // len(line)))
PY
cat >client.py <<'PY'
import smtplib, ssl, sys
server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), timeout=120)
server.starttls(context=ssl._create_unverified_context())
server.login('alice', 'wonderland')
server.sendmail('alice@example.test', ['bob@example.test'], open('big', 'rb').read())
PY
# Memory of its own (not the program's text, which lies in the page cache anyway), at its highest.
cat >watch.py <<'PY'
import os, sys, time
peak = {}
mine = sys.argv[1]
while not os.path.exists('stop'):
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            exe = os.readlink('/proc/%s/exe' % pid)
            if not exe.startswith(mine + '/bin/'):
                continue
            kib = 0
            for line in open('/proc/%s/smaps_rollup' % pid):
                if line.startswith('Anonymous:'):
                    kib += int(line.split()[1])
        except OSError:
            continue
        name = os.path.basename(exe)
        peak[name] = max(peak.get(name, 0), kib)
    time.sleep(0.01)
for name in sorted(peak):
    print(name, peak[name])
PY
python3 watch.py "$BUILD" >peaks &
watcher=$!
ok '50 MiB are submitted' python3 client.py "$SUBMISSION"
ok 'and delivered' until_true 100 has_mail bob 'Subject: big'
touch stop
wait $watcher
sed 's/^/# KiB: /' peaks
for stage in tls-wrap smtp-accept sender-check header-fix queue-add queue-run maildir-deliver; do
	ok "$stage was seen" grep -q "^$stage " peaks
done
# The 16 MiB of a yescrypt hash are its strength; auth-check is not on the message's way.
is 'no process had 4 MiB' "$(awk '$1 != "auth-check" && $2 >= 4096' peaks)" ''
tr -d '\r' <big | tail -c 50000000 >wanted
ok 'it is whole' sh -c "tail -c 50000000 '$(mail_with bob 'Subject: big')' | cmp - wanted"

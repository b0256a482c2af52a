# SEC-13: jobs that a local user may send to a waiting mail-inject
. tests/lib.sh

# As every last stage must: no seal, no word.
cat >strict <<'SH'
#!/bin/sh
cat >taken
tr '\0' '\n' <&3 | grep -q '^\.[0-9]' && printf 'K* 250 2.0.0 - - taken\0\0' >&4
SH
chmod +x strict
echo "me:x:$(id -u):1::/:/bin/sh" >users
mail-inject -S "unix:$WORK/socket" -j 2 -T 3 -a users -h a.test ./strict 2>log &
background=$!
until_true 20 test -S socket
is 'every user may write to the socket' "$(stat -c %a socket)" 777

# job MESSAGE ENVELOPE VERDICT: a job with these descriptors; prints the verdict or what became of it
cat >job.py <<'PY'
import array, os, select, socket, sys

kind, work = sys.argv[1], sys.argv[2]
good = b"V1\0Fme\0Tbob\0\0.3\0"
def pipe_with(data):
    r, w = os.pipe()
    os.write(w, data)
    os.close(w)
    return r
keep = []
def endless():
    r, w = os.pipe()
    keep.append(w)
    return r
r, w = os.pipe()
message, envelope, verdict = pipe_with(b"a\r\n"), pipe_with(good), w
numbers = [0, 3, 4]
if kind == "endless-envelope": envelope = endless()
if kind == "endless-message": message = endless()
if kind == "fifo":
    os.mkfifo(work + "/fifo")
    message = os.open(work + "/fifo", os.O_RDWR)
if kind == "folder": message = os.open("/", os.O_RDONLY)
if kind == "device": message = os.open("/dev/zero", os.O_RDONLY)
if kind == "verdict-file": verdict = os.open(work + "/victim", os.O_WRONLY | os.O_CREAT)
if kind == "verdict-unread": os.close(r); r = None
if kind == "verdict-readonly": verdict = r
if kind == "huge-envelope": envelope = os.open("/dev/zero", os.O_RDONLY)
if kind == "long-envelope":
    with open(work + "/long", "wb") as f: f.write(b"V1\0F" + b"x" * 5000000)
    envelope = os.open(work + "/long", os.O_RDONLY)
if kind == "nonblocking":
    message = endless()
    os.set_blocking(message, False)
fds = [message, envelope, verdict]
if kind == "two": fds, numbers = fds[:2], numbers[:2]
if kind == "none": fds, numbers = [], []
if kind == "too-many": fds, numbers = fds + [message] * 5, [0, 3, 4, 1, 5, 6, 7, 8]
if kind == "wrong-numbers": numbers = [2, 200, 4]
if kind == "no-numbers": numbers = []
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
s.sendmsg([bytes(numbers)], control, 0, work + "/socket")
os.close(w)
if r is None or not fds: sys.exit(0)
out = b""
while True:
    ready, _, _ = select.select([r], [], [], 20)
    if not ready: print("hangs"); break
    more = os.read(r, 1000)
    if not more: break
    out += more
print(out.replace(b"\0", b"\n").decode().split("\n")[0])
PY
job() { python3 job.py "$1" "$WORK"; }
is 'a good job is done' "$(job good)" 'K* 250 2.0.0 - - taken'
for kind in endless-envelope endless-message fifo folder device huge-envelope long-envelope \
	nonblocking two wrong-numbers no-numbers verdict-readonly; do
	is "no verdict, and an end: $kind" "$(job $kind)" ''
done
job none
job verdict-unread
job verdict-file >/dev/null
is 'more descriptors than three are dropped' "$(job too-many)" 'K* 250 2.0.0 - - taken'
is 'after all that a good job is done' "$(job good)" 'K* 250 2.0.0 - - taken'
not_ok 'a file is not written with our rights' test -s victim
comes 'the log says when one took too long' 'a job took too long' cat log

# One user begins jobs, and ends none.
cat >hog.py <<'PY'
import array, os, socket, time
os.setgid(64123)
os.setuid(64123)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.settimeout(1)
keep = []
for number in range(60):
    ends = [os.pipe() for i in range(3)]
    fds = [ends[0][0], ends[1][0], ends[2][1]]
    try:
        s.sendmsg([bytes([0, 3, 4])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))], 0, "socket")
    except OSError:
        pass  # it is full for now
    for fd in fds:
        os.close(fd)
    keep.append(ends)
time.sleep(100)
PY
if [ "$(id -u)" = 0 ]; then
	kill "$background" && wait "$background"
	chmod 711 "$WORK"
	mail-inject -S "unix:$WORK/socket" -j 20 -T 200 -a users -h a.test ./strict 2>log &
	server=$!
	background=$server
	until_true 20 sh -c '[ -S socket ] && grep -q serving log'
	python3 hog.py &
	hog=$!
	background="$server $hog"
	comes 'a user with too many jobs under way is turned away' 'turned-away .*uid=64123' cat log
	is 'and others have their places' "$(job good)" 'K* 250 2.0.0 - - taken'
	kill "$hog" && wait "$hog"
	background=$server
fi

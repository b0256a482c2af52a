# OUT-03: a resolver, or a name server behind it, that lies, is slow, huge or mad: a look-up ends, with no word of it.
. tests/lib.sh

cat >resolver.py <<'PY'
"""A resolver whose answers depend on the first label of the name asked for. TCP and UDP, one port."""
import os, random, socket, struct, threading, time

def name(text):
    return b''.join(bytes([len(label)]) + label for label in text.encode().split(b'.') if label) + b'\0'

def record(owner, kind, data, cls=1, length=None):
    return owner + struct.pack('>2HIH', kind, cls, 60, len(data) if length is None else length) + data

def answer(query, tcp):
    ident, flags, count = struct.unpack('>3H', query[:6])
    end = query.index(b'\0', 12) + 1
    question, kind = query[12:end + 4], struct.unpack('>H', query[end:end + 2])[0]
    how = query[13:13 + query[12]].decode('latin-1').lower()
    mx = [record(b'\xc0\x0c', 15, b'\0\5' + name('evil.test'))] if kind == 15 else []
    if how == 'evil' or how[1:].isdigit():
        return head(ident, question, [record(b'\xc0\x0c', 1, b'\xc6\x33\x64\x01')] if kind == 1 else [])
    if how == 'wrongid':
        return head(ident ^ 1, question, mx)
    if how == 'wrongname':
        return head(ident, name('evil.test') + question[-4:], mx)
    if how == 'wrongtype':
        return head(ident, question[:-4] + b'\0\1\0\1', mx)
    if how == 'notanswer':
        return head(ident, question, mx, flags=0x0100)
    if how == 'stranger':
        return head(ident, question, [record(name('evil.test'), 15, b'\0\5' + name('evil.test'))])
    if how == 'otherclass':
        return head(ident, question, [record(b'\xc0\x0c', 15, b'\0\5' + name('evil.test'), cls=3)])
    if how == 'loop':
        return head(ident, question, [record(b'\xc0\x0c', 15, b'\0\5\xc0' + bytes([12 + len(question) + 14]))])
    if how == 'selfname':
        return head(ident, question, [record(bytes([0xc0, 12 + len(question)]), 15, b'\0\5\0')])
    if how == 'short':
        return head(ident, question, [record(b'\xc0\x0c', 15, b'\0')])
    if how == 'empty':
        return head(ident, question, [record(b'\xc0\x0c', 15, b'')])
    if how == 'longlength':
        return head(ident, question, [record(b'\xc0\x0c', 15, b'\0\5\0', length=65535)])
    if how == 'count':
        return head(ident, question, mx, count=65535)
    if how == 'cnames':
        return head(ident, question, [record(b'\xc0\x0c' if i == 0 else name('c%d.test' % i), 5, name('c%d.test' % (i + 1)))
                                      for i in range(60)])
    if how == 'controls':
        return head(ident, question, [record(b'\xc0\x0c', 15, b'\0\5\x0aa\r\nend ok\n\x1b\4test\0'),
                                      record(b'\xc0\x0c', 15, b'\0\5\3a b\4test\0'), record(b'\xc0\x0c', 15, b'\0\5\2-o\0')])
    if how == 'garbage':
        return query[:2] + random.Random(1).randbytes(400)
    if how == 'header':
        return query[:11]
    if how == 'truncated' and not tcp:
        return head(ident, question, [], flags=0x8380)
    if how in ('huge', 'truncated') and tcp:
        return head(ident, question, [record(b'\xc0\x0c', 15, b'\0\7' + name('h%d.test' % i)) for i in range(2000)])
    if how == 'huge':
        return head(ident, question, [], flags=0x8380)
    if how == 'servfail':
        return head(ident, question, [], flags=0x8182)
    if how == 'silent':
        return None
    return head(ident, question, mx)

def head(ident, question, records, flags=0x8180, count=None):
    return struct.pack('>6H', ident, flags, 1, len(records) if count is None else count, 0, 0) + question + b''.join(records)

def serve_tcp(listener):
    while True:
        client = listener.accept()[0]
        threading.Thread(target=one_tcp, args=(client,), daemon=True).start()

def one_tcp(client):
    try:
        query = client.recv(65536)[2:]
        reply = answer(query, True)
        if reply is not None:
            client.sendall(struct.pack('>H', len(reply[:65535])) + reply[:65535])
        else:
            time.sleep(60)
    except (OSError, ValueError):
        pass
    client.close()

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp = socket.socket()
while True:
    udp.bind(('127.0.0.1', 0))
    try:
        tcp.bind(udp.getsockname())
        break
    except OSError:
        udp.close()
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp.listen(64)
threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
with open('port.new', 'w') as file:
    file.write(str(udp.getsockname()[1]))
os.rename('port.new', 'port')
while True:
    query, client = udp.recvfrom(4096)
    reply = answer(query, False)
    if reply is not None:
        udp.sendto(reply[:4096], client)
PY
python3 resolver.py 2>resolver.errors &
background=$!
until_true 20 test -s port
port=$(cat port)

# All at one time: some of them end only when the look-up's own time is over.
names='good wrongid wrongname wrongtype notanswer stranger otherclass loop selfname short empty longlength count cnames
	controls garbage header truncated huge servfail silent'
for how in $names; do
	{
		echo "$how.test" | timeout 100 mx-find -r "127.0.0.1@$port" >"out.$how" 2>"log.$how"
		echo $? >"status.$how"
	} &
	background="$background $!"
done
for how in $names; do until_true 100 test -s "status.$how"; done
said() { sed 's/^end \([a-z]*\).*/end \1/' "out.$1" | tail -1; }

is 'a good answer' "$(cat out.good)" "5 evil.test 198.51.100.1
$(tail -1 out.good)"
for how in wrongid wrongname wrongtype notanswer; do
	is "an answer to another question ($how) is none" "$(said $how) $(grep -c evil out.$how)" 'end tempfail 0'
done
for how in stranger otherclass loop selfname short empty; do
	like "a record that does not count ($how) is left out" "$(said $how) $(grep -c evil out.$how)" '^end (nodata|tempfail) 0$'
done
for how in longlength cnames garbage header servfail silent; do
	is "no sense, no end, or no answer ($how) is for now" "$(said $how)" 'end tempfail'
done
like 'more records are promised than there are: those that are there, or none' "$(said count)" '^end (ok|tempfail)$'
unlike 'control bytes of a name make no line, and no option' "$(cat out.controls)" '^-|ok$|[^ -~]| -o '
like 'an answer that does not fit comes by TCP' "$(said truncated)" '^end (ok|tempfail)$'
ok 'of 2000 hosts a handful is used' test "$(wc -l <out.huge)" -le 65
is 'nobody crashed' "$(cat status.* | sort -u)" 0
is 'and the resolver neither' "$(grep -c Traceback resolver.errors)" 0

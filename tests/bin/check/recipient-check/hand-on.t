# ARCH-04: between two that wait, the gate gives a message on without staying in its way; one process
# of it serves a connection
. tests/lib.sh
envelope eve@example.net ann@example.test >envelope
echo 'example.test:' >domains
echo 'ann: ann/Maildir' >mailboxes
: >aliases
: >routes
received-add -S "unix:$WORK/next" "unix:$WORK/last" 2>log.next &
background="$background $!"
take-all -S "unix:$WORK/last" 2>log.last &
background="$background $!"
recipient-check -S "unix:$WORK/gate" "unix:$WORK/next" 2>log.gate &
gate=$!
background="$background $gate"
ok 'all three wait' until_true 20 sh -c 'test -S gate && test -S next && test -S last'

cat >job.py <<'PY'
import array, os, socket, sys, time
gate = int(sys.argv[1])
envelope = open('envelope', 'rb').read()
BODY = b'Subject: hi\r\n\r\n' + b'x' * 70 + b'\r\n'
def working():
    pids = open('/proc/%d/task/%d/children' % (gate, gate)).read().split()
    return sum(os.path.exists('/proc/%s/fd/0' % p) for p in pids)
def until(what):
    for _ in range(1000):
        if what():
            return True
        time.sleep(0.02)
    return False
class Job:
    def __init__(self, records):
        m, e, v = os.pipe(), os.pipe(), os.pipe()
        os.write(e[1], records)
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.connect('gate')
        s.sendmsg([b'\0\3\4'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                 array.array('i', [m[0], e[0], v[1]]))])
        s.close()
        for fd in m[0], e[0], v[1]:
            os.close(fd)
        self.message, self.envelope, self.verdict = m[1], e[1], v[0]
    def end(self, body, seal):
        try:
            os.write(self.message, body)
            os.write(self.envelope, seal)
        except BrokenPipeError: # refused before
            pass
        os.close(self.message)
        os.close(self.envelope)
        said = b''
        while more := os.read(self.verdict, 4096):
            said += more
        os.close(self.verdict)
        return said
def check(sentence, holds):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence))
SEAL = b'.%d\0' % len(BODY)
job = Job(envelope)
check('the gate has done its work before the message comes', until(lambda: working() == 0))
check('a seal that comes later holds', job.end(BODY, SEAL).startswith(b'K* 250'))
job = Job(envelope)
check('a message that is cut short has no verdict', job.end(BODY, b'') == b'')
job = Job(envelope)
check('nor one with another length', job.end(BODY[:-5], SEAL) == b'')
job = Job(envelope + SEAL)
check('a seal that is there at once holds', job.end(BODY, b'').startswith(b'K* 250'))
job = Job(envelope + SEAL[:2])
check('so does one that comes in two parts', job.end(BODY, SEAL[2:]).startswith(b'K* 250'))
big = BODY + b'y' * 998 + b'\r\n'
many = envelope[:-1] + b''.join(b'Tann@example.test\0' for _ in range(3000)) + b'\0'
job = Job(many)
check('an envelope that fills a pipe goes through', job.end(big, b'.%d\0' % len(big)).startswith(b'K* 250'))
job = Job(envelope.replace(b'ann@example.test', b'ann@example.net'))
check('what is not ours is refused', b'550 5.7.1' in job.end(b'', b'.0\0'))

class Connection: # as the acceptor asks for it: questions on fds 0 and 1, messages on 5
    def __init__(self):
        self.more, more = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.more.settimeout(30)
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.connect('gate')
        self.give(s, b'\0\1\3\5', b'testconn00000000', [more.fileno()])
    def give(self, s, numbers, conn, others=[]):
        self.talk, talk = socket.socketpair()
        self.talk.settimeout(30)
        facts = os.pipe()
        os.write(facts[1], b'V1\0L' + conn + b'\0\0')
        os.close(facts[1])
        s.sendmsg([numbers], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array(
            'i', [talk.fileno(), talk.fileno(), facts[0]] + others))])
        os.close(facts[0])
    def again(self, conn): # the client's next connection
        self.talk.close()
        while (word := self.more.recv(10)) == b'+':
            pass
        if word == b'?':
            self.give(self.more, b'?', conn)
        return word == b'?'
    def ask(self, recipient):
        self.talk.sendall(b'request=smtpd_access_policy\nprotocol_state=RCPT\nrecipient=%s\n\n'
                          % recipient)
        return self.talk.recv(1000)
    def message(self, records, seal=SEAL):
        m, e, v = os.pipe(), os.pipe(), os.pipe()
        if self.more.recv(10) != b'+':
            return b'it does not ask for messages'
        self.more.sendmsg([b'+'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                    array.array('i', [m[0], e[0], v[1]]))])
        for fd in m[0], e[0], v[1]:
            os.close(fd)
        said = b''
        try:
            os.write(e[1], records)
            os.write(m[1], BODY)
            os.write(e[1], seal)
        except BrokenPipeError: # refused before
            pass
        os.close(m[1])
        os.close(e[1])
        while more := os.read(v[0], 4096):
            said += more
        os.close(v[0])
        return said
c = Connection()
check('one process answers for a connection', c.ask(b'ann@example.test') == b'action=DUNNO\n\n')
check('and refuses for it', b'550 5.7.1' in c.ask(b'ann@example.net'))
check('and takes its message', c.message(envelope).startswith(b'K* 250'))
check('then answers again', c.ask(b'ann@example.test') == b'action=DUNNO\n\n')
check('and takes the next message', c.message(envelope).startswith(b'K* 250'))
check('one that is cut short has no verdict', c.message(envelope, b'') == b'')
check('an envelope that no pipe holds goes through, too', c.message(many).startswith(b'K* 250'))
check('it is one process all the time', until(lambda: working() == 0) and c.ask(b'a@b') != b'')
check('when a connection has ended, it asks for the next of its client', c.again(b'testconn00000001'))
check('and answers there', b'550 5.7.1' in c.ask(b'bob@example.net'))
check('whose name is in its log', until(lambda: 'conn=testconn00000001 code=5.7.1' in open('log.gate').read()))
open('mailboxes', 'a').write('bob: bob/Maildir\n')
check('and takes messages', c.message(envelope).startswith(b'K* 250'))
check('tables stay as they were for one connection', b'550 5.1.1' in c.ask(b'bob@example.test'))
check('and are read again for the next', c.again(b'testconn00000002')
      and c.ask(b'bob@example.test') == b'action=DUNNO\n\n')
c.talk.sendall(b'what is no question\n\n')
check('who asks what is no question gets no more of it', not c.again(b'testconn00000003'))
c = Connection()
check('another process does', c.ask(b'ann@example.test') == b'action=DUNNO\n\n')
c.more.close()
check('where no more messages come, it still answers', c.ask(b'ann@example.test') == b'action=DUNNO\n\n')
c = Connection()
check('who asks nothing is judged all the same',
      b'550 5.7.1' in c.message(envelope.replace(b'ann@example.test', b'ann@example.net')))
check('and that process is gone', c.more.recv(10) == b'')
PY
timeout 100 python3 job.py "$gate"

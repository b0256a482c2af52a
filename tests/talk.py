#!/usr/bin/env python3
"""talk.py FILE.talk - hold a dialogue with a server program and check its replies.

A dialogue file reads as the RFCs write sessions:

    # SMTP-14: mail commands before EHLO are refused     the first line is the test's sentence
    run: smtp-accept -h mail.example.test ./take          started on a socket as fd 0 and 1
    env: SSL_PROTOCOL=TLSv1.3                             (any number of these, before "run")
    setup: printf 'x: y\\n' >table                        a shell line, in the test's own folder
    C: MAIL FROM:<ann@example.org>                        sent with CRLF; C: lines that follow each
    C: RCPT TO:<bob@example.org>                          other go out in one packet
    S: 503 5.5.1 *                                        one reply line; * stands for anything
    S+ 250 SIZE=9 !AUTH                                   a whole reply of this code, however many lines:
                                                          some begin with these words, none with AUTH
    C| raw\\x00bytes\\n                                   sent as they are (Python escapes, no CRLF)
    S: EOF                                                the server has closed
    close:                                                we close our side
    after: grep -q hello taken                            a shell line that must succeed then

Every dialogue is held twice: as written, and byte by byte (PIPE-08), unless it says "once:".
Of every reply its form is looked at, too (REP-01, REP-02, REP-04 .. REP-08).
"take" in the test's folder is a last stage that keeps message and envelope (tests/lib.sh).
"""
import fnmatch
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

TIMEOUT_S = 30
ENHANCED = re.compile(r'[245]\.\d{1,3}\.\d{1,3}( |$)')
TAKE = '''#!/bin/sh
cat >$$.taken
tr '\\0' '\\n' <&3 >$$.envelope
grep -q '^\\.' $$.envelope || exit 111 # others may be at work here: only what is sealed has the names
mv $$.taken taken && mv $$.envelope taken.envelope
printf 'K* 250 2.0.0 - - taken\\0\\0' >&4
'''


class Failed(Exception):
    pass


def programs_path(root, build):
    stations = 'accept check fix queue route send tools'.split()
    folders = [os.path.join(root, build, 'bin', name) for name in stations]
    return ':'.join(folders + [os.environ['PATH']])


class Session:
    def __init__(self, folder, env):
        self.folder, self.env = folder, env
        self.sock = self.child = None
        self.buffer = b''
        self.begun = None  # the first line of a reply whose end has not come

    def start(self, command):
        ours, theirs = socket.socketpair()
        ours.settimeout(TIMEOUT_S)
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            self.child = subprocess.Popen(['sh', '-c', 'exec ' + command], cwd=self.folder,
                                          env=self.env, stdin=theirs, stdout=theirs, stderr=log)
        theirs.close()
        self.sock = ours

    def send(self, data, one_by_one):
        try:
            if one_by_one:
                for i in range(len(data)):
                    self.sock.sendall(data[i:i + 1])
            else:
                self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what the server said before it closed is still to be checked

    def line(self):
        while b'\n' not in self.buffer:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError:
                more = b''
            except socket.timeout:
                raise Failed('no reply; so far: %r' % self.buffer)
            if not more:
                if self.buffer:
                    raise Failed('half a reply: %r' % self.buffer)
                return None
            self.buffer += more
        line, self.buffer = self.buffer.split(b'\n', 1)
        if not line.endswith(b'\r'):
            raise Failed('a reply without CR: %r' % line)
        return line[:-1].decode('latin-1')

    def check_form(self, line):
        if len(line) > 510 or re.search(r'[^ -~]', line):
            raise Failed('not a reply line (REP-02, REP-04): %r' % line)
        if not re.match(r'[2-5]\d\d([ -]|$)', line):
            raise Failed('not a reply line (REP-01): %r' % line)
        first = self.begun or line
        if line[:3] != first[:3]:
            raise Failed('one reply of two codes (REP-01): %r' % line)
        greeting = re.match(r'(2[25]0|554)[ -]([a-z0-9-]+\.)+[a-z]+( |$)', first)
        code = ENHANCED.match(line[4:])
        if line[0] == '3' or greeting:
            if code:
                raise Failed('no place for an enhanced code (REP-08): %r' % line)
        elif not code or code.group()[0] != line[0]:
            raise Failed('without a fitting enhanced code (REP-05, REP-06): %r' % line)
        elif ENHANCED.match(first[4:]).group() != code.group():
            raise Failed('one reply of two enhanced codes (REP-07): %r' % line)
        self.begun = first if line[3:4] == '-' else None

    def reply_line(self, wanted):
        got = self.line()
        if got is None:
            raise Failed('wanted "%s", got EOF' % wanted)
        self.check_form(got)
        return got

    def expect(self, pattern):
        if pattern == 'EOF':
            got = self.line()
            if got is not None:
                raise Failed('wanted EOF, got: %s' % got)
            return
        got = self.reply_line(pattern)
        literal = pattern.replace('[', '[[]')
        if not fnmatch.fnmatchcase(got, literal):
            raise Failed('wanted "%s", got "%s"' % (pattern, got))

    def expect_whole(self, wanted):
        code, *words = wanted.split()
        lines = [self.reply_line(wanted)]
        while self.begun:
            lines.append(self.reply_line(wanted))
        if lines[0][:3] != code:
            raise Failed('wanted %s, got %s' % (code, lines))
        for word in words:
            name = word.lstrip('!').replace('=', ' ', 1)
            found = any(re.match(re.escape(name) + '( |$)', line[4:]) for line in lines)
            if found == word.startswith('!'):
                raise Failed('wanted %s: %s' % (word, lines))

    def stop(self):
        if self.sock:
            self.sock.close()
        if self.child:
            try:
                self.child.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise Failed('the server did not end')


def hold(lines, root, build, one_by_one):
    folder = tempfile.mkdtemp(prefix='smtpipe-talk.')
    env = dict(os.environ, PATH=programs_path(root, build), ROOT=root,
               TCPREMOTEIP='192.0.2.7', PROTO='TCP')
    with open(os.path.join(folder, 'take'), 'w') as take:
        take.write(TAKE)
    os.chmod(os.path.join(folder, 'take'), 0o755)
    session = Session(folder, env)
    pending = b''
    number = 0
    try:
        try:
            for number, line in enumerate(lines, 1):
                word, _, rest = line.partition(' ')
                if word in ('C:', 'C|'):
                    if word == 'C:':
                        pending += rest.encode('latin-1', 'surrogateescape') + b'\r\n'
                    else:
                        pending += rest.encode().decode('unicode_escape').encode('latin-1')
                    continue
                if pending:
                    session.send(pending, one_by_one)
                    pending = b''
                if word == 'S:':
                    session.expect(rest)
                elif word == 'S+':
                    session.expect_whole(rest)
                elif word == 'run:':
                    session.start(rest)
                elif word == 'env:':
                    name, _, value = rest.partition('=')
                    env[name] = value
                elif word == 'close:':
                    session.sock.shutdown(socket.SHUT_WR)
                elif word in ('setup:', 'after:'):
                    if word == 'after:':
                        session.stop()
                        session.sock = session.child = None
                    done = subprocess.run(['sh', '-c', rest], cwd=folder, env=env,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    if done.returncode:
                        raise Failed('%s: %s' % (rest, done.stdout.decode('latin-1')))
                elif word not in ('', '#', 'once:') and not line.startswith('#'):
                    raise Failed('not understood: %s' % line)
            if pending:
                session.send(pending, one_by_one)
            session.stop()
        except Failed as failure:
            log = open(os.path.join(folder, 'log'), errors='replace').read() \
                if os.path.exists(os.path.join(folder, 'log')) else ''
            return 'line %d: %s\n%s' % (number, failure, log)
    finally:
        try:
            session.stop()
        except Failed:
            pass
        shutil.rmtree(folder, ignore_errors=True)
    return None


def main():
    path = sys.argv[1]
    root, build = os.getcwd(), os.environ.get('BUILD', 'build')
    with open(path) as file:
        lines = file.read().splitlines()
    sentence = lines[0].lstrip('# ')
    runs = [False] if 'once:' in lines else [False, True]
    bad = 0
    for one_by_one in runs:
        trouble = hold(lines, root, build, one_by_one)
        how = ', byte by byte' if one_by_one else ''
        if trouble:
            bad = 1
            print('not ok - %s%s' % (sentence, how))
            print(''.join('#   %s\n' % text for text in trouble.splitlines()), end='')
        else:
            print('ok - %s%s' % (sentence, how))
    sys.exit(bad)


main()

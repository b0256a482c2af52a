"""attack.py - a client that keeps no rules, for a demo instance (tests/road.sh) and for single servers

The doors of an instance are the environment's SMTP, SUBMISSION and SUBMISSIONS. ok() and equal() print
one line of a test each.
"""
import base64
import os
import socket
import ssl
import sys
import time

DOORS = ('smtp', 'submission', 'submissions')
TIMEOUT_S = 60
LOGIN = base64.b64encode(b'\0alice\0wonderland')
NO_CHECK = ssl.create_default_context()
NO_CHECK.check_hostname = False
NO_CHECK.verify_mode = ssl.CERT_NONE


def ok(sentence, holds, *details):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence))
    for detail in details if not holds else ():
        print('#   %s' % (detail,))
    sys.stdout.flush()


def equal(sentence, got, wanted):
    ok(sentence, got == wanted, 'got:    %r' % (got,), 'wanted: %r' % (wanted,))


class Gone(Exception):
    """The server has closed."""


class Client:
    """A connection. Where a door wants TLS or a login, it is had unless stop says not to."""

    def __init__(self, door='smtp', stop=None, source=None):
        self.door = door
        port = int(os.environ[door.upper()])
        self.sock = socket.create_connection(('127.0.0.1', port), TIMEOUT_S,
                                             (source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b''
        if stop == 'connect':
            return
        if door == 'submissions':
            self.sock = NO_CHECK.wrap_socket(self.sock)
        self.greeting = self.reply()
        if stop == 'greeting':
            return
        self.say(b'EHLO client.example')
        if door == 'submission' and stop != 'ehlo':
            self.starttls()
            self.say(b'EHLO client.example')
        if door != 'smtp' and stop not in ('tls', 'ehlo'):
            assert self.say(b'AUTH PLAIN ' + LOGIN).startswith('235')

    def starttls(self):
        assert self.say(b'STARTTLS').startswith('220')
        self.sock = NO_CHECK.wrap_socket(self.sock)

    def send(self, data, pieces=None):
        """pieces: offsets to cut at, each part a packet of its own"""
        try:
            last = 0
            for at in list(pieces or ()) + [len(data)]:
                self.sock.sendall(data[last:at])
                last = at
        except (BrokenPipeError, ConnectionResetError):
            pass

    def line(self):
        while b'\n' not in self.buffer:
            try:
                more = self.sock.recv(65536)
            except (ConnectionResetError, ssl.SSLError):
                more = b''
            if not more:
                raise Gone
            self.buffer += more
        line, self.buffer = self.buffer.split(b'\n', 1)
        return line.rstrip(b'\r').decode('latin-1')

    def reply(self):
        """The next reply, its lines joined with "|"; "gone": there is none."""
        lines = []
        try:
            while True:
                lines.append(self.line())
                if lines[-1][3:4] != '-':
                    return '|'.join(lines)
        except Gone:
            return '|'.join(lines + ['gone'])

    def say(self, line):
        self.send(line + b'\r\n')
        return self.reply()

    def begin(self, recipient=b'bob@example.test', sender=b'alice@example.test'):
        """A transaction up to DATA's 354."""
        self.say(b'MAIL FROM:<' + sender + b'>')
        self.say(b'RCPT TO:<' + recipient + b'>')
        return self.say(b'DATA')

    def mail(self, content, **names):
        reply = self.begin(**names)
        if not reply.startswith('354'):
            return reply
        self.send(content + b'\r\n.\r\n')
        return self.reply()

    def close(self):
        self.sock.close()


def hang_up(client):
    """We will say no more."""
    try:
        client.sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def maildir(user):
    folder = os.path.join(os.environ['DEMO'], 'mail', user, 'Maildir', 'new')
    return [open(os.path.join(folder, name), 'rb').read() for name in os.listdir(folder)] \
        if os.path.isdir(folder) else []


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def mail_arrives(user, text, seconds=60):
    return until(lambda: any(text in mail for mail in maildir(user)), seconds)

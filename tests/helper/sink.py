#!/usr/bin/env python3
"""sink.py - an SMTP or LMTP server for tests, which can misbehave at every step

    sink.py [options] [RULE ...]

Takes any number of connections, one after the other or at one time, and ends when it's killed.
Without rules it is a well-behaved server that says 250 to everything.

options
    -o FOLDER   where the files below are written (default: here)
    -p PORT     default: a free one
    -a ADDRESS  default 127.0.0.1
    -u PATH     a unix socket instead
    -L          LMTP: LHLO, and a reply for each recipient behind the message
    -x LIST     extensions, parted by commas; '' for none. Default:
                PIPELINING,8BITMIME,SIZE 10485760,ENHANCEDSTATUSCODES,DSN,SMTPUTF8,AUTH PLAIN
    -c CERT -k KEY   offer STARTTLS as well (PEM files); AUTH is offered inside only
    -s          TLS from the first byte

files
    port        the port, once it is listened on (with -u: the path). Wait for this file.
    log         "1 C: MAIL FROM:<a@b>" a command on the first connection, "1 S: 250 ok" a reply,
                "1 connect 127.0.0.1", "1 tls TLSv1.3", "1 end", and "1 early BYTES" when the client
                went on without PIPELINING and without waiting for a reply
    N.client    all bytes that the N-th connection's client sent (inside TLS: in the clear)
    N.M.data    the M-th message of it as it came, dots and end included; by BDAT: its bytes

A RULE is WHEN=ACTION[;ACTION...]; the first one that fits counts, instead of the usual reply. @FILE is a
file of rules, one in each line.

WHEN is STEP[:TEXT][/COUNT][@CONNECTION]
    STEP        connect ehlo helo lhlo starttls handshake auth mail rcpt data bdat content dot rset
                quit other. bdat: a chunk that is not the last. handshake: instead of the TLS handshake. dot: the end of a message (LMTP: once
                for each recipient). content: as soon as COUNT (default 1) bytes of a message came.
    :TEXT       only if the command (dot of LMTP: the recipient) contains it
    /COUNT      only the COUNT-th time on this connection
    @CONNECTION only on that one

ACTION is one of
    250 text            a reply; "|" parts its lines: 250-one|250 two
    raw TEXT            bytes as they are; \\r \\n \\0 \\\\ and \\xHH are escapes
    drip SECONDS TEXT   a reply, byte by byte
    flood COUNT TEXT    a line COUNT times
    usual               what would have been said without a rule
    sleep SECONDS
    stall               say nothing more until the client goes
    drop, reset         close the connection; reset: with a TCP RST

    sink.py -o sink 'rcpt:bob=550 5.1.1 no bob here' 'dot/2=drop' 'connect@1=421 not now;drop' &
"""
import argparse
import os
import re
import select
import socket
import struct
import sys
import threading
import time

EXTENSIONS = "PIPELINING,8BITMIME,SIZE 10485760,ENHANCEDSTATUSCODES,DSN,SMTPUTF8,AUTH PLAIN"
CLIENT_PATIENCE_S = 60
NO_PIPELINING_WAIT_S = 0.03


class Gone(Exception):
    """The connection is over."""


class Rule:
    def __init__(self, text):
        when, actions = text.split("=", 1)
        found = re.fullmatch(r"([a-z]+)(?::(.*?))?(?:/(\d+))?(?:@(\d+))?", when)
        if not found:
            sys.exit(f"sink.py: not a rule: {text}")
        self.step, self.text = found[1], found[2]
        self.count = int(found[3]) if found[3] else None
        self.connection = int(found[4]) if found[4] else None
        self.actions = [action.strip() for action in actions.split(";")]


class Session:
    def __init__(self, sink, number, sock):
        self.sink, self.number, self.sock = sink, number, sock
        self.buffer = b""
        self.counts = {}
        self.accepted = []
        self.messages = 0
        self.chunks = bytearray()
        self.in_tls = False
        self.reply_class = ""
        self.file = open(os.path.join(sink.options.o, f"{number}.client"), "wb")

    def log(self, text):
        self.sink.log(f"{self.number} {text}")

    # reading

    def fill(self):
        self.sock.settimeout(CLIENT_PATIENCE_S)
        try:
            data = self.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise Gone
        self.file.write(data)
        self.file.flush()
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def watch_for_early_bytes(self):
        if "PIPELINING" in self.sink.extensions:
            return
        if not self.buffer and select.select([self.sock], [], [], NO_PIPELINING_WAIT_S)[0]:
            try:
                self.fill()
            except Gone:
                return
        if self.buffer:
            self.log(f"early {self.buffer[:40]!r}")

    # writing

    def send(self, data):
        try:
            self.sock.settimeout(CLIENT_PATIENCE_S)
            self.sock.sendall(data)
        except OSError:
            raise Gone

    def reply(self, text):
        for line in text.split("|"):
            self.log(f"S: {line}")
        self.reply_class = text[:1]
        self.send(text.replace("|", "\r\n").encode() + b"\r\n")

    def act(self, action, usual):
        word, _, rest = action.partition(" ")
        if word == "usual":
            self.reply(usual)
        elif word == "raw":
            self.log(f"S: raw {rest}")
            escapes = {"r": b"\r", "n": b"\n", "0": b"\0", "\\": b"\\"}
            data = re.sub(rb"\\(x[0-9a-f]{2}|.)",
                          lambda m: bytes([int(m[1][1:], 16)]) if len(m[1]) == 3
                          else escapes[m[1].decode()], rest.encode())
            self.reply_class = rest[:1]
            self.send(data)
        elif word == "drip":
            seconds, _, text = rest.partition(" ")
            self.log(f"S: drip {text}")
            self.reply_class = text[:1]
            for byte in (text.replace("|", "\r\n") + "\r\n").encode():
                self.send(bytes([byte]))
                time.sleep(float(seconds))
        elif word == "flood":
            count, _, text = rest.partition(" ")
            self.log(f"S: flood {count} {text}")
            for _ in range(int(count)):
                self.send(text.encode() + b"\r\n")
        elif word == "sleep":
            time.sleep(float(rest))
        elif word == "stall":
            self.log("S: stall")
            while True:
                self.fill()
        elif word == "drop":
            self.log("S: drop")
            raise Gone
        elif word == "reset":
            self.log("S: reset")
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Gone
        else:
            self.reply(action)

    def rule(self, step, text="", count=None):
        if count is None:
            count = self.counts[step] = self.counts.get(step, 0) + 1
        for rule in self.sink.rules:
            if (rule.step == step and (rule.text is None or rule.text in text)
                    and rule.count in (None, count)
                    and rule.connection in (None, self.number)):
                return rule
        return None

    def answer(self, step, text, usual):
        """Says what the rules want, or the usual; returns whether it was a yes (2yz or 3yz)."""
        rule = self.rule(step, text)
        if step not in ("connect", "dot"):
            self.watch_for_early_bytes()
        self.reply_class = ""
        for action in rule.actions if rule else ["usual"]:
            self.act(action, usual)
        return self.reply_class in ("2", "3")

    # the protocol

    def handshake(self):
        rule = self.rule("handshake")
        if rule:
            # Not before the client has begun: what came earlier would stand behind the last reply.
            self.sock.recv(1, socket.MSG_PEEK)
            for action in rule.actions:
                self.act(action, "")
            return
        self.buffer = b""
        try:
            self.sock = self.sink.tls.wrap_socket(self.sock, server_side=True)
        except OSError as error:  # ssl.SSLError is one
            self.log(f"tls failed {error}")
            raise Gone
        self.in_tls = True
        self.log(f"tls {self.sock.version()}")

    def hello(self, verb, line):
        lines = ["sink.example"]
        if verb != "helo":
            for extension in self.sink.extensions.split(","):
                if extension and (self.in_tls or not self.sink.tls or extension[:4] != "AUTH"):
                    lines.append(extension)
            if self.sink.tls and not self.in_tls:
                lines.append("STARTTLS")
        usual = "|".join("250" + ("-" if text is not lines[-1] else " ") + text for text in lines)
        self.answer(verb, line, usual)

    def message(self):
        data = bytearray(b"\r\n" + self.buffer)  # so that the end is CRLF "." CRLF in any case
        looked = 0
        while True:
            self.early(len(data) - 2)
            end = data.find(b"\r\n.\r\n", looked)
            if end >= 0:
                break
            looked = max(0, len(data) - 4)
            self.buffer = b""
            self.fill()
            data += self.buffer
        self.buffer = bytes(data[end + 5:])
        self.taken(bytes(data[2:end + 5]))

    def taken(self, data):
        self.messages += 1
        path = os.path.join(self.sink.options.o, f"{self.number}.{self.messages}.data")
        with open(path, "wb") as out:
            out.write(data)
        self.log(f"message {len(data)}")
        for recipient in self.accepted if self.sink.options.L else ["message"]:
            self.answer("dot", recipient, "250 2.0.0 taken")
        self.accepted = []

    def chunk(self, line):
        words = line.split(" ")
        while len(self.buffer) < int(words[1]):
            self.early(len(self.buffer))
            self.fill()
        self.chunks += self.buffer[:int(words[1])]
        self.buffer = self.buffer[int(words[1]):]
        if len(words) < 3:
            self.answer("bdat", line, "250 2.0.0 go on")
            return
        data, self.chunks = bytes(self.chunks), bytearray()
        self.taken(data)

    def early(self, length):
        for rule in list(self.sink.rules):
            if (rule.step == "content" and length >= (rule.count or 1) and rule not in self.done
                    and rule.connection in (None, self.number)):
                self.done.add(rule)
                for action in rule.actions:
                    self.act(action, "250 2.0.0 taken")

    def command(self, line):
        self.log(f"C: {line}")
        verb = line.split(" ")[0].lower()
        lmtp = self.sink.options.L
        if verb in (("lhlo",) if lmtp else ("ehlo", "helo")):
            self.hello(verb, line)
        elif verb == "starttls" and self.sink.tls and not self.in_tls:
            if self.answer(verb, line, "220 2.0.0 go ahead"):
                self.handshake()
        elif verb == "auth":
            self.answer(verb, line, "235 2.7.0 welcome")
        elif verb == "mail":
            self.answer(verb, line, "250 2.1.0 ok")
        elif verb == "rcpt":
            if self.answer(verb, line, "250 2.1.5 ok"):
                self.accepted.append(line)
        elif verb == "data":
            usual = "354 go ahead" if self.accepted else "503 5.5.1 no recipients"
            self.done = set()
            if self.answer(verb, line, usual) and self.reply_class == "3":
                self.message()
        elif verb == "bdat":
            self.done = set()
            self.chunk(line)
        elif verb == "rset":
            self.accepted = []
            self.answer(verb, line, "250 2.0.0 ok")
        elif verb == "quit":
            self.answer(verb, line, "221 2.0.0 bye")
            raise Gone
        else:
            self.answer("other", line, "500 5.5.1 what?")

    def run(self):
        try:
            if self.sink.options.s:
                self.handshake()
            self.answer("connect", "", "220 sink.example " + ("LMTP" if self.sink.options.L else "ESMTP"))
            while True:
                self.command(self.line())
        except Gone:
            pass
        finally:
            self.log("end")
            self.file.close()
            self.sock.close()


class Sink:
    def __init__(self, options):
        self.options = options
        self.rules = [Rule(text) for text in options.rules]
        self.extensions = options.x
        self.lock = threading.Lock()
        self.tls = None
        if options.c:
            import ssl  # slow to load, and seldom needed
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.c, options.k or options.c)
        os.makedirs(options.o, exist_ok=True)
        self.file = open(os.path.join(options.o, "log"), "a")

    def log(self, text):
        with self.lock:
            self.file.write(text.encode("ascii", "backslashreplace").decode() + "\n")
            self.file.flush()

    def listen(self):
        if self.options.u:
            sock = socket.socket(socket.AF_UNIX)
            sock.bind(self.options.u)
            name = self.options.u
        else:
            family = socket.AF_INET6 if ":" in self.options.a else socket.AF_INET
            sock = socket.socket(family)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.options.a, self.options.p))
            name = str(sock.getsockname()[1])
        sock.listen(64)
        path = os.path.join(self.options.o, "port")
        with open(path + ".new", "w") as out:
            out.write(name + "\n")
        os.rename(path + ".new", path)
        return sock

    def run(self):
        sock = self.listen()
        number = 0
        while True:
            client, peer = sock.accept()
            if peer:  # what is said before a "drop" must not wait for an acknowledgement: it would be lost
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            self.log(f"{number} connect {peer[0] if peer else 'unix'}")
            session = Session(self, number, client)
            threading.Thread(target=session.run, daemon=True).start()


def main():
    parser = argparse.ArgumentParser(usage=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("-o", default=".")
    parser.add_argument("-p", type=int, default=0)
    parser.add_argument("-a", default="127.0.0.1")
    parser.add_argument("-u")
    parser.add_argument("-L", action="store_true")
    parser.add_argument("-x", default=EXTENSIONS)
    parser.add_argument("-c")
    parser.add_argument("-k")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("rules", nargs="*")
    Sink(parser.parse_args()).run()


main()

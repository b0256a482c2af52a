#!/usr/bin/env python3
"""ucspi-tls-stub.py CERT KEY PROGRAM [ARGS ...] - a stranger's UCSPI-TLS server, from the specification.

The client is on fd 0. The program runs with the raw client on 0 and 1 and SSLCTLFD, SSLREADFD,
SSLWRITEFD; at its "y" or "Y" this process takes the client, does the handshake with Python's ssl,
sends the facts for "Y", and moves bytes. So smtp-accept is seen to work behind engines not ours.
"""
import os
import select
import socket
import ssl
import sys

cert, key, argv = sys.argv[1], sys.argv[2], sys.argv[3:]
ctl_ours, ctl_theirs = socket.socketpair()
to_read, to_write = os.pipe()      # decrypted, to the program
from_read, from_write = os.pipe()  # clear, from the program
if os.fork() == 0:
    for fd in (ctl_theirs.fileno(), to_read, from_write):
        os.set_inheritable(fd, True)
    env = dict(os.environ, SSLCTLFD=str(ctl_theirs.fileno()), SSLREADFD=str(to_read),
               SSLWRITEFD=str(from_write))
    os.execvpe(argv[0], argv, env)
for fd in (to_read, from_write):
    os.close(fd)
ctl_theirs.close()
asked = ctl_ours.recv(1)
if not asked:
    sys.exit(0)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
client = context.wrap_socket(socket.socket(fileno=os.dup(0)), server_side=True)
os.close(0)
os.close(1)
if asked == b'Y':
    name, _, _ = client.cipher()
    ctl_ours.sendall(b'SSL_PROTOCOL=%s\0SSL_CIPHER=%s\0\0' % (client.version().encode(), name.encode()))
ctl_ours.close()
while True:
    ready = [client] if client.pending() else select.select([client, from_read], [], [])[0]
    if client in ready:
        data = client.recv(16384)
        if not data:
            break
        os.write(to_write, data)
    if from_read in ready:
        data = os.read(from_read, 16384)
        if not data:
            break
        client.sendall(data)
try:
    client.unwrap()
except OSError:
    pass

#!/usr/bin/env python3
"""silent.py PORT FILE - an address that says nothing: [::1]:PORT, its queue of connections full

FILE is made once it is so. It runs until it is stopped.
"""
import signal
import socket
import sys

port = int(sys.argv[1])
listener = socket.socket(socket.AF_INET6)
listener.bind(('::1', port))
listener.listen(0)
clients = [socket.socket(socket.AF_INET6) for _ in range(8)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(('::1', port))
open(sys.argv[2], 'w').close()
signal.pause()

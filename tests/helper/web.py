#!/usr/bin/env python3
"""web.py FOLDER [PORT] - a web server for a test: HTTPS on a free port of 127.0.0.1, told in FOLDER/port

FOLDER/HOST        the bytes of the answer, header and all, to whoever asks for HOST
FOLDER/HOST.slow   they drip, a byte each tenth of a second
FOLDER/HOST.pem    HOST's certificate and key; else those of FOLDER/default.pem
FOLDER/requests    gets a line for each request: host, method, path
FOLDER/HOST.body   gets the body of the last request with one

The answers are read anew for each request.
"""
import os
import socket
import ssl
import sys
import threading
import time

folder = sys.argv[1]
lock = threading.Lock()


def path(name):
    return os.path.join(folder, name)


def context(host):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    named = path(f'{host}.pem')
    made.load_cert_chain(named if os.path.exists(named) else path('default.pem'))
    return made


def show(connection, host, _):
    connection.context = context(host)


def serve(raw):
    try:
        begin = context('')
        begin.sni_callback = show
        connection = begin.wrap_socket(raw, server_side=True)
        request = b''
        while b'\r\n\r\n' not in request:
            request += connection.recv(65536) or sys.exit()
        head, body = request.split(b'\r\n\r\n', 1)
        fields = dict(line.split(': ', 1) for line in head.decode().split('\r\n')[1:])
        while len(body) < int(fields.get('Content-Length', 0)):
            body += connection.recv(65536) or sys.exit()
        host = fields['Host'].split(':')[0]
        if body:
            with open(path(f'{host}.body'), 'wb') as file:
                file.write(body)
        with lock, open(path('requests'), 'a') as file:
            file.write(f'{host} {" ".join(head.decode().split()[:2])}\n')
        answer = open(path(host), 'rb').read()
        if os.path.exists(path(f'{host}.slow')):
            for byte in answer:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
        else:
            connection.sendall(answer)
        connection.unwrap()
    except (OSError, SystemExit):
        pass
    raw.close()


listener = socket.create_server(('127.0.0.1', int(sys.argv[2]) if sys.argv[2:] else 0), backlog=64)
with open(path('port.new'), 'w') as file:
    file.write(str(listener.getsockname()[1]))
os.rename(path('port.new'), path('port'))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

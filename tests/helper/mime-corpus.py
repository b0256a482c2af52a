#!/usr/bin/env python3
"""mime-corpus.py COUNT FOLDER - make messages of many shapes, the same ones each time

Each is COUNT.eml in wire form. Some are right and some are not as they should be: 8-bit content under
labels that say otherwise, lines without end, parts without headers, boundaries that end nothing.
"""
import base64
import quopri
import random
import sys

WORDS = ['caf\u00e9', 'stra\u00dfe', '\u65e5\u672c\u8a9e', 'plain', 'words', '=3D', '--b0', 'From ', '.', ' ', '\t', '=', '']
random.seed(5321)


def text(rich):
    lines = []
    for _ in range(random.randrange(0, 12)):
        line = ' '.join(random.choice(WORDS) for _ in range(random.randrange(0, 14)))
        if rich and random.random() < .1:
            line += random.choice(['x' * 3000, 'word ' * 400, '\u00fc' * 600])
        lines.append(line)
    data = '\r\n'.join(lines).encode('utf-8' if random.random() < .8 else 'latin-1', 'replace')
    return data if rich else bytes(b & 127 for b in data)


def wrapped(data, width):
    coded = base64.b64encode(data)
    return b'\r\n'.join(coded[i:i + width] for i in range(0, len(coded), width))


def leaf(rich):
    kind = random.randrange(7)
    data = text(rich)
    if kind == 0:
        return [], data
    if kind == 1:
        return [b'Content-Type: text/html; charset="utf-8"', b'Content-Transfer-Encoding: 8bit'], data
    if kind == 2:
        return [b'Content-Transfer-Encoding: BINARY (as it is)',
                b'Content-Type: application/octet-stream;\r\n name="x (y"'], data
    if kind == 3:
        return [b'Content-Type: image/png', b'Content-Transfer-Encoding: base64'], \
            wrapped(random.randbytes(random.randrange(3000)), random.choice([76, 60, 4000 if rich else 76]))
    if kind == 4:
        line = quopri.encodestring(data.replace(b'\r\n', b'\n')).replace(b'\n', b'\r\n')
        if rich and random.random() < .5:
            line = line.replace(b'=\r\n', b'')
        return [b'Content-Type: text/plain; charset=utf-8', b'Content-Transfer-Encoding: quoted-printable'], line
    if kind == 5:
        return [b'Content-Type: text/plain; charset=iso-8859-1', b'Content-Transfer-Encoding: 7bit'], data
    return [b'Content-Type: TEXT/plain;\r\n\tcharset=utf-8; format=flowed'], data


def entity(depth, rich):
    if depth == 0 or random.random() < .45:
        return leaf(rich)
    if random.random() < .2:
        header, body = entity(depth - 1, rich)
        header = [b'Subject: inner', b'From: x@example.org'] + header
        if random.random() < .5:
            header.append(b'MIME-Version: 1.0')
        label = [b'Content-Transfer-Encoding: 8bit'] if random.random() < .5 else []
        return [b'Content-Type: message/rfc822'] + label, b'\r\n'.join(header) + b'\r\n\r\n' + body
    boundary = b'b%d' % depth + random.choice([b'', b'x', b'=_1', b"'()+_,-./:?"])
    kind = random.choice([b'mixed', b'alternative', b'digest', b'related'])
    quoted = b'"%s"' % boundary
    parts = []
    for _ in range(random.randrange(1, 4)):
        if kind == b'digest':
            header, body = [], b'Subject: digested\r\n\r\n' + text(rich)
        else:
            header, body = entity(depth - 1, rich)
        parts.append(b'--' + boundary + random.choice([b'', b' ', b'\t']) + b'\r\n'
                     + b''.join(line + b'\r\n' for line in header) + b'\r\n' + body + b'\r\n')
    header = [b'Content-Type: multipart/' + kind + b'; boundary=' + quoted]
    if random.random() < .5:
        header.append(b'Content-Transfer-Encoding: 8bit')
    tail = random.choice([b'--\r\n', b'--\r\nepilogue\r\n', b'--', b'']) if depth < 3 else b'--\r\n'
    last = b'--' + boundary + tail if tail else b''
    return header, random.choice([b'', b'preamble\r\n']) + b''.join(parts) + last


count, folder = int(sys.argv[1]), sys.argv[2]
for i in range(count):
    header, body = entity(random.randrange(4), random.random() < .8)
    top = [b'From: a@example.org', b'Subject: %d' % i]
    if random.random() < .7:
        top.append(b'MIME-Version: 1.0')
    with open('%s/%d.eml' % (folder, i), 'wb') as file:
        file.write(b'\r\n'.join(top + header) + b'\r\n\r\n' + body + random.choice([b'', b'\r\n']))

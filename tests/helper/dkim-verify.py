#!/usr/bin/python3
"""dkim-verify.py ZONE [STRIP] < message - does each signature hold, as dkimpy sees it?

ZONE is a file with what dkim-key printed. One line for each signature: "pass" or "fail". Debian's own
Python, as its modules (python3-dkim, python3-nacl) are not there for others.
"""
import re
import sys

import dkim

with open(sys.argv[1]) as file:
    text = file.read()
records = {}
for name, strings in re.findall(r'^(\S+)\. IN TXT \(([^)]*)\)', text, re.M):
    records[name] = ''.join(re.findall(r'"([^"]*)"', strings))


def txt(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return records.get(name.rstrip('.'), '').encode() or None


message = sys.stdin.buffer.read()
verifier = dkim.DKIM(message)
count = sum(name.lower() == b'dkim-signature' for name, _ in verifier.headers)
for i in range(count):
    try:
        print('pass' if verifier.verify(i, dnsfunc=txt) else 'fail')
    except dkim.DKIMException as error:
        print('fail', error)

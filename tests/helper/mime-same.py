#!/usr/bin/env python3
"""mime-same.py FOLDER PROGRAM [ARGUMENT ...] - are messages made 7-bit still the same messages?

Runs the program, a filter, over each *.eml in the folder. Prints a line for each promise that it breaks:
7-bit, lines of 998 at most, the same parts with the same content when decoded, a second pass changes
nothing, what is 7-bit already is not touched. The last line counts what was seen.
"""
import email
import glob
import subprocess
import sys


def run(message):
    return subprocess.run(sys.argv[2:], input=message, stdout=subprocess.PIPE, check=True).stdout


def is_fit(message):
    return all(b < 128 for b in message) and max(map(len, message.split(b'\r\n'))) <= 998


def parts(message):
    """The leaves, decoded; line ends of text and of what is last are nobody's promise."""
    found = []
    for part in message.walk():
        name = part.get_content_type()
        if part.is_multipart():
            found.append(name)
        else:
            payload = part.get_payload(decode=True)
            found.append((name, payload.rstrip(b'\r\n')))
    return found


seen = changed = 0
for path in sorted(glob.glob(sys.argv[1] + '/*.eml')):
    with open(path, 'rb') as file:
        message = file.read()
    made = run(message)
    seen += 1
    changed += made != message
    if is_fit(message):
        if made != message:
            print(path, 'was touched without need')
        continue
    if not is_fit(made):
        print(path, 'is not fit' if made != message else 'is left as it was')
        continue
    if run(made) != made:
        print(path, 'is changed by a second pass')
    before, after = parts(email.message_from_bytes(message)), parts(email.message_from_bytes(made))
    if before != after:
        print(path, 'has other content')
        for a, b in zip(before, after):
            if a != b:
                print('  before', a)
                print('  after ', b)
                break
print(seen, 'messages,', changed, 'changed')

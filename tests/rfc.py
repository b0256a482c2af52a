#!/usr/bin/env python3
"""tests/rfc.py [--check] - keep the last column of doc/rfc.md true.

A requirement is met where a test names it. This writes, in each row of the table, the tests that name its
ID ("SMTP-14", or a range "BNC-03 .. BNC-08"), and "not yet" where none does and nothing else is noted.
--check: change nothing; fail if something would change.
"""
import collections
import glob
import re
import sys

PAGE = 'doc/rfc.md'
NAMED = re.compile(r'\b([A-Z0-9]+)-(\d\d)\b(?:\s*\.\.\s*(?:\1-)?(\d\d)\b)?')
ROW = re.compile(r'^\| ([A-Z0-9]+-\d\d) \| (.*) \| ([^|]*) \|$')


def named_in_tests():
    tests = collections.defaultdict(list)
    files = []
    for pattern in 'tests/**/*.t', 'tests/**/*.talk', 'tests/lib/**/*.c':
        files += glob.glob(pattern, recursive=True)
    for path in sorted(files):
        with open(path, errors='replace') as file:
            text = file.read()
        for prefix, first, last in NAMED.findall(text):
            for number in range(int(first), int(last or first) + 1):
                names = tests['%s-%02d' % (prefix, number)]
                if path not in names:
                    names.append(path)
    return tests


def state(names, noted):
    if names:
        shown = ['`%s`' % re.sub(r'^tests/', '', name) for name in names[:3]]
        return ', '.join(shown) + (' and %d more' % (len(names) - 3) if len(names) > 3 else '')
    return noted if noted.startswith('not ') and not noted.startswith('`') else 'not yet'


def main():
    tests = named_in_tests()
    lines, met, total = [], 0, 0
    with open(PAGE) as file:
        old = file.read()
    for line in old.splitlines():
        row = ROW.match(line)
        if row:
            name, middle, noted = row.groups()
            total += 1
            met += bool(tests[name])
            line = '| %s | %s | %s |' % (name, middle, state(tests[name], noted.strip()))
        lines.append(line)
    new = '\n'.join(lines) + '\n'
    new = re.sub(r'\d+ of \d+ requirements', '%d of %d requirements' % (met, total), new)
    if '--check' in sys.argv:
        sys.exit(new != old)
    with open(PAGE, 'w') as file:
        file.write(new)


main()

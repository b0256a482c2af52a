#!/usr/bin/env python3
"""rights.py - the rights that the programs name, as the table of trust(7) has them

Prints the table; with --write it goes into doc/trust.7, between the lines that mark it.
"""
import glob
import re
import sys

BEGIN, END = '.\\" rights: tests/trust/rights.py --write\n', '.\\" end of rights\n'
MACROS = {}


def macros():
    for path in glob.glob('lib/*/*.h'):
        text = open(path).read().replace('\\\n', ' ')
        for name, value in re.findall(r'#define ([A-Z_]+_READS)\s+(.*)', text):
            MACROS[name] = value


def items(text):
    for name, value in MACROS.items():
        text = text.replace(name, value)
    return ' '.join(re.findall(r'"([^"]*)"', text))


def rows():
    for path in sorted(glob.glob('bin/*/*.c'), key=lambda p: p.split('/')[-1]):
        text = re.sub(r'/\*.*?\*/', '', open(path).read(), flags=re.S)
        program = path.split('/')[-1][:-2]
        found = re.findall(r'static (?:const )?struct rights (\w+) =\s*\{(.*?)\};', text, re.S)
        for name, body in found:
            rights = [word.lower() for word in re.findall(r'MAY_([A-Z]+)', body)]
            for kind in ('runs', 'reads', 'writes'):
                listed = re.search(r'\.%s = \{(.*?)\}' % kind, body, re.S)
                if listed:
                    rights.append(kind + ' ' + items(listed.group(1)))
            who = program if len(found) == 1 else '%s (%s)' % (program, name.replace('_rights', ''))
            yield who, ', '.join(rights) or 'nothing'


def table():
    macros()
    return '.Bl -tag -width Ds -compact\n' + ''.join(
        '.It %s\n%s\n' % (who.replace('(', 'No (') if '(' in who else who, rights) for who, rights in rows()) + '.El\n'


page = open('doc/trust.7').read()
before, rest = page.split(BEGIN)
old, after = rest.split(END)
if '--write' in sys.argv:
    open('doc/trust.7', 'w').write(before + BEGIN + table() + END + after)
elif '--check' in sys.argv:
    sys.exit(old != table())
else:
    print(table(), end='')

# AUTH-05 AUTH-11 AUTH-18 AUTH-28 SASL-06: any checkpassword program can judge
. tests/lib.sh

printf 'V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0t\0\0' >facts
# A checkpassword program, to the letter: fd 3, three strings, then it becomes its arguments.
cat >checkpassword <<'PY'
#!/usr/bin/env python3
import os, sys
data = os.read(3, 513)
if len(data) > 512:
    sys.exit(1)
login, password, stamp = data.split(b"\0")[:3]
with open("seen", "wb") as seen:
    seen.write(data)
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
with open("fds", "w") as out:
    out.write(" ".join("%d=%s" % (fd, os.path.realpath("/proc/self/fd/%d" % fd)) for fd in fds))
if login == b"broken":
    sys.exit(int(password))
if (login.lower(), password) != (b"ann", b"secret"):
    sys.exit(1)
os.close(3)
os.environ["USER"] = login.decode()
os.execvp(sys.argv[1], sys.argv[1:])
PY
chmod +x checkpassword
b64() { printf "$1" | base64 -w 0; }
# try LOGIN PASSWORD PROGRAM...: the answer is left in the variable answer
try() {
	message=$(printf '\000%s\000%s' "$1" "$2" | base64 -w 0)
	shift 2
	: >login
	printf 'AUTH PLAIN %s\r\n' "$message" | auth-checkpassword -w 0 "$@" 3<facts 4>login 2>log >raw
	status=$?
	answer="$status $(tr -d '\r' <raw | cut -c 1-9) $(tr '\0' '|' <login)"
}

try ann secret ./checkpassword true
is 'AUTH-05: a right password' "$answer" '0 235 2.7.0 Aann||'
like 'the program is given login, password and time' "$(tr '\0' '|' <seen)" '^ann\|secret\|[0-9]+\|$'
like 'its own standard input and output are nothing' "$(cat fds)" '^0=/dev/null 1=/dev/null '
unlike 'it gets neither the client nor our facts' "$(cat fds)" '/(raw|facts|login)( |$)'
try Ann secret ./checkpassword true
is 'one login has one name, in lower case' "$answer" '0 235 2.7.0 Aann||'
try ann wrong ./checkpassword true
is 'AUTH-11: a wrong password' "$answer" '100 535 5.7.8 '
like 'the refusal is logged with its client' "$(cat log)" 'login-refused .*client=192.0.2.7'
unlike 'AUTH-28: the password is not logged' "$(cat log)" 'wrong'
try typed-in-the-wrong-field secret ./checkpassword true
unlike 'AUTH-28: nor a login that may be none' "$(cat log)" 'wrong-field'
for code in 2 111 100 3 127; do
	try broken $code ./checkpassword true
	is "AUTH-18: exit $code means later" "$answer" '111 454 4.7.0 '
done
like 'the log says which exit' "$(cat log)" 'checkpassword cannot tell: exit 127'
try ann secret ./checkpassword false
is 'what the program becomes has the last word: exit 1 is wrong' "$answer" '100 535 5.7.8 '
try ann secret ./checkpassword sh -c 'kill -9 $$'
is 'a program that dies means later' "$answer" '111 454 4.7.0 '
try ann secret ./no-such-program
is 'a missing program means later' "$answer" '111 454 4.7.0 '
like 'and the log names it' "$(cat log)" 'cannot start ./no-such-program.*No such file'
try ann secret true
is 'a program that does not read the password is no trouble' "$answer" '0 235 2.7.0 Aann||'
try ann secret sh -c 'cat; echo forged 235; exit 1'
is 'the program cannot talk to the client' "$(tr -d '\r' <raw)" \
	'535 5.7.8 login or password is wrong'
rm -f seen
try ann "$(printf '%0498d' 0)" ./checkpassword true
is 'more than 512 bytes are wrong' "$answer" '100 535 5.7.8 '
not_ok 'and are not even asked about' test -e seen
try ann "$(printf '%0490d' 0)" ./checkpassword true
is 'less than that are asked about' "$answer $(wc -c <seen | tr -d ' ')" '100 535 5.7.8  506'

printf 'AUTH LOGIN\r\n%s\r\n%s\r\n' "$(b64 ann)" "$(b64 secret)" |
	auth-checkpassword -w 0 -m LOGIN ./checkpassword true 3<facts 4>login >raw
is 'SASL-06: LOGIN' "$(tail -1 raw | cut -c 1-9) $(tr '\0' '|' <login)" '235 2.7.0 Aann||'
is '-m limits the mechanisms' "$(printf 'AUTH PLAIN\r\n' |
	auth-checkpassword -m LOGIN ./checkpassword true 3<facts 4>login | cut -c 1-9)" '504 5.5.4'
auth-checkpassword 2>log
is 'no program is wrong use' $? 111

auth-checkpassword -S "unix:$WORK/socket" -w 0 ./checkpassword true 2>served &
background=$!
until_true 20 test -S socket
for password in secret wrong; do
	printf 'AUTH PLAIN %s\r\n' "$(b64 "\\0ann\\0$password")" |
		login-ask "unix:$WORK/socket" facts login | cut -c 1-9
	tr '\0' '|' <login
done | tr '\n' ' ' >answers
is 'a waiting parent does the same' "$(cat answers)" '235 2.7.0 Aann||535 5.7.8 '

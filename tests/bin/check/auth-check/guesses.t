# AUTH-25 AUTH-26: guessing is slowed over all connections, and nobody is locked out by it
. tests/lib.sh

printf 'secret\n' | password-set -m '$6$' -i 4096 ann
printf 'secret\n' | password-set -m '$6$' -i 4096 bob
printf 'example.test:\n' >domains
from() { printf 'V1\0Ltestconn00000000\0I%s\0\0' "$1" >facts; }
# try LOGIN PASSWORD: the answer's first word
try() {
	answer=$(printf 'AUTH PLAIN %s\r\n' "$(printf '\000%s\000%s' "$1" "$2" | base64 -w 0)" |
		auth-check -w 0 -g guesses 3<facts 4>login 2>log | tr -d '\r')
	printf '%s\n' "$answer" | cut -c 1-3
}
from 192.0.2.1
is 'five wrong passwords are judged, in whatever spelling of the login' \
	"$(for login in ann ANN ann@example.test Ann@Example.Test ann; do try $login x; done | tr '\n' ' ')" \
	'535 535 535 535 535 '
try ann secret >code
like 'the sixth is not, right or wrong' "$answer" \
	'^454 4.7.0 too many wrong passwords; try again in [0-9]+ seconds$'
is 'the login is not told' "$(cat login)" ''
like 'the log says who, for programs that watch it' "$(cat log)" \
	'^auth-check: login-slowed conn=testconn00000000 client=192.0.2.1 login=ann mechanism=PLAIN$'
: >login
scram-try auth-check -w 0 -g guesses 3<facts 4>login 2>log >answers
like 'SCRAM is slowed by the same' "$(cat answers)" '^454 4.7.0'
is 'another login from there is judged' "$(try bob x)" 535
from 192.0.2.2
is 'the same login from elsewhere is judged' "$(try ann secret)" 235
from 192.0.2.1
is 'an unknown login is slowed as a known one' \
	"$(for i in 1 2 3 4 5 6; do try nobody x; done | tr '\n' ' ')" '535 535 535 535 454 454 '
from 192.0.2.2
is 'who has logged in from there has more tries' \
	"$(for i in 1 2 3 4 5 6 7 8 9 10; do try ann x; done | tr '\n' ' ')" \
	'535 535 535 535 535 535 535 535 535 535 '
is 'and a right one clears them' "$(try ann secret)" 235
for i in 1 2 3 4; do
	scram-try password=wrong auth-check -w 0 -g guesses 3<facts 4>login 2>log >answers
done
ok 'SCRAM is right too' scram-try auth-check -w 0 -g guesses 3<facts 4>login
from 192.0.2.9
auth-check -S "unix:$WORK/socket" -w 0 -g guesses 2>served &
background=$!
until_true 20 test -S socket
for i in 1 2 3 4 5 6 7 8; do
	printf 'AUTH PLAIN %s\r\n' "$(printf '\000ann\000x' | base64)" |
		login-ask "unix:$WORK/socket" facts "login$i" >"one$i" &
	asked="$asked $!"
done
wait $asked
is 'many at the same time have five tries together' "$(cat one? | grep -c '^535')" 5
is 'one file for all ways to start, of one size' "$(stat -c '%s %a' guesses)" '1052672 600'
printf 'text' >other
not_ok 'another file is not taken for it' sh -c 'auth-check -g other 3<facts 4>login </dev/null'
is 'and left as it is' "$(cat other)" text

cat >checkpassword <<'SH'
#!/bin/sh
tr '\0' '\n' <&3 | sed -n 2p | grep -qx secret || exit 1
exec "$@"
SH
chmod +x checkpassword
is 'auth-checkpassword slows alike' "$(for password in 1 2 3 4 5 secret; do
	printf 'AUTH PLAIN %s\r\n' "$(printf '\000zoe\000%s' $password | base64)" |
		auth-checkpassword -w 0 -g guesses ./checkpassword true 3<facts 4>login 2>log |
		cut -c 1-3
done | tr '\n' ' ')" '535 535 535 535 535 454 '

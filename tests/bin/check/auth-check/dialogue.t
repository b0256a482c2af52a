# AUTH-05 AUTH-06 AUTH-07 AUTH-08 AUTH-10 AUTH-11 AUTH-12 AUTH-16 AUTH-17 AUTH-30 AUTH-31
# SASL-01 SASL-02 SASL-03 SASL-04 SASL-05 SASL-06 SASL-07
. tests/lib.sh

printf 'V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0tTLSv1.3\0\0' >facts
printf 'secret\n' | password-set -m '$6$' alice
printf 'pä ss\n' | password-set -m '$6$' zoë
printf 'example.test:\n' >domains

b64() { printf "$1" | base64 -w 0; }
# auth LINE...: the client's lines; the answers go to the file answers (without CR), the login to login
auth() {
	: >login
	for line; do printf '%s\r\n' "$line"; done |
		auth-check -w 0 $OPTIONS 3<facts 4>login >raw 2>log
	status=$?
	tr -d '\r' <raw >answers
	return $status
}
login() { tr '\0' '|' <login; }

ok 'AUTH-05: PLAIN with initial response' auth "AUTH PLAIN $(b64 '\0alice\0secret')"
is 'AUTH-05: the answer is 235, and nothing else' "$(cat answers)" '235 2.7.0 you are logged in'
is 'the login is told on fd 4, with an end' "$(login)" 'Aalice||'
is 'lines end with CRLF' "$(tail -c 2 raw | od -An -c | tr -d ' ')" '\r\n'
ok 'AUTH-06: PLAIN without initial response' auth 'AUTH PLAIN' "$(b64 '\0alice\0secret')"
is 'AUTH-06: the empty challenge has a space' "$(head -1 answers)" '334 '
is 'AUTH-06: the second answer is 235' "$(sed 1d answers | cut -c 1-9)" '235 2.7.0'
ok 'AUTH-31: letter case of command and mechanism is ignored' auth \
	"auth pLaIn $(b64 '\0alice\0secret')"
ok 'a space at the line'\''s end is ignored' auth "AUTH PLAIN $(b64 '\0alice\0secret') "
ok 'on a terminal, lines are typed as usual' type-at "AUTH PLAIN $(b64 '\0alice\0secret')" \
	sh -c 'printf "type: "; exec auth-check 3<facts 4>login'
is 'the login is told' "$(login)" 'Aalice||'
is 'else a line without CR is none' "$(printf 'AUTH PLAIN %s\n' "$(b64 '\0alice\0secret')" |
	auth-check 3<facts 4>login | cut -c 1-9) $(login)" '500 5.5.2 '
ok 'SASL-03: an authzid equal to the login' auth "AUTH PLAIN $(b64 'alice\0alice\0secret')"
ok 'SASL-05: UTF-8 in both' auth "AUTH PLAIN $(b64 '\0zoë\0pä ss')"
is 'SASL-05: UTF-8 in the login' "$(login)" 'Azoë||'
ok 'SASL-06: LOGIN asks for both' auth 'AUTH LOGIN' "$(b64 alice)" "$(b64 secret)"
is 'SASL-06: its challenges' "$(sed '$d' answers | tr '\n' ' ')" \
	'334 VXNlcm5hbWU6 334 UGFzc3dvcmQ6 '
ok 'SASL-07: LOGIN with the name at once' auth "AUTH LOGIN $(b64 alice)" "$(b64 secret)"
is 'SASL-07: the challenge is for the password' "$(sed '$d' answers)" '334 UGFzc3dvcmQ6'

ok 'letter case of the login is ignored' auth "AUTH PLAIN $(b64 '\0ALICE\0secret')"
is 'the canonical login is the table'\''s' "$(login)" 'Aalice||'
ok 'a login with a local domain is the same' auth "AUTH PLAIN $(b64 '\0alice@Example.TEST\0secret')"
is 'its canonical form is the same' "$(login)" 'Aalice||'
not_ok 'a login with a foreign domain is another' auth "AUTH PLAIN $(b64 '\0alice@example.net\0secret')"
OPTIONS='-d example.net'
ok '-d names the local domain' auth "AUTH PLAIN $(b64 '\0alice@example.net\0secret')"
not_ok '-d stands for the table of domains' auth "AUTH PLAIN $(b64 '\0alice@example.test\0secret')"
OPTIONS=
printf 'secret\n' | password-set -m '$6$' bob@example.org
ok 'a login may be an address' auth "AUTH PLAIN $(b64 '\0bob@example.org\0secret')"
not_ok 'such a login is not known without its domain' auth "AUTH PLAIN $(b64 '\0bob\0secret')"

# refused SENTENCE ANSWER LINE...: this is the last answer, the exit is 100, and nobody is logged in
refused() {
	sentence=$1 answer=$2
	shift 2
	auth "$@"
	is "$sentence" "$status $(tail -1 answers | cut -c 1-9) $(login)" "100 $answer "
}
refused 'AUTH-11: a wrong password' '535 5.7.8' "AUTH PLAIN $(b64 '\0alice\0Secret')"
refused 'AUTH-11: an unknown login' '535 5.7.8' "AUTH PLAIN $(b64 '\0nobody\0secret')"
refused 'an empty local part is no login' '535 5.7.8' "AUTH PLAIN $(b64 '\0@example.test\0secret')"
refused 'a prefix of the password' '535 5.7.8' "AUTH PLAIN $(b64 '\0alice\0secre')"
refused 'the hash is not a password' '535 5.7.8' \
	"AUTH PLAIN $(b64 '\0alice\0'"$(sed -n 's/^alice: //p' passwords)")"
refused 'SASL-01: no NUL' '535 5.7.8' "AUTH PLAIN $(b64 'alice')"
refused 'SASL-01: an empty login' '535 5.7.8' "AUTH PLAIN $(b64 '\0\0secret')"
refused 'SASL-01: an empty password' '535 5.7.8' "AUTH PLAIN $(b64 '\0alice\0')"
refused 'SASL-02: to act as another' '535 5.7.8' "AUTH PLAIN $(b64 'bob\0alice\0secret')"
refused 'SASL-04: a third NUL' '535 5.7.8' "AUTH PLAIN $(b64 '\0alice\0secret\0')"
refused 'SASL-05: no UTF-8' '535 5.7.8' "AUTH PLAIN $(b64 '\0alice\0secret\351')"
refused 'AUTH-08: "=" is an empty response' '535 5.7.8' 'AUTH PLAIN ='
is 'AUTH-08: and brings no challenge' "$(grep -c 334 answers)" 0
refused 'an empty line is an empty response' '535 5.7.8' 'AUTH PLAIN' ''
refused 'AUTH-10: no base64' '501 5.5.2' 'AUTH PLAIN !!!!'
refused 'AUTH-10: "=" at the start' '501 5.5.2' 'AUTH PLAIN =AAA'
refused 'AUTH-10: "=" in the middle' '501 5.5.2' 'AUTH PLAIN' 'AAA=BBBB'
refused '"=" alone is no response after a challenge' '501 5.5.2' 'AUTH PLAIN' '='
refused 'a right message with a space behind it is no base64' '501 5.5.2' 'AUTH PLAIN' \
	"$(b64 '\0alice\0secret') "
refused 'AUTH-07: "*" cancels PLAIN' '501 5.7.0' 'AUTH PLAIN' '*'
refused 'AUTH-07: "*" cancels LOGIN at its end' '501 5.7.0' "AUTH LOGIN $(b64 alice)" '*'
refused 'AUTH-12: an unknown mechanism' '504 5.5.4' 'AUTH CRAM-MD5'
refused 'AUTH-12: part of a name' '504 5.5.4' 'AUTH PLAI'
refused 'AUTH-30: no mechanism' '501 5.5.4' 'AUTH'
refused 'AUTH-30: no mechanism but a space' '501 5.5.4' 'AUTH '
refused 'two responses' '501 5.5.4' 'AUTH PLAIN AAAA AAAA'
refused 'another command' '501 5.5.4' 'NOOP'
refused 'AUTH-16: 12000 octets are the mechanism'\''s to refuse' '535 5.7.8' 'AUTH PLAIN' \
	"$(printf '%012000d' 0)"
refused 'AUTH-16: 12288 octets fit' '535 5.7.8' 'AUTH PLAIN' "$(printf '%012288d' 0)"
refused 'AUTH-17: 12289 octets do not' '500 5.5.6' 'AUTH PLAIN' "$(printf '%012289d' 0)"
refused 'AUTH-17: the command line has the same limit' '500 5.5.6' "AUTH PLAIN $(printf '%015000d' 0)"
OPTIONS='-m PLAIN'
refused '-m: what is not named is not offered' '504 5.5.4' 'AUTH LOGIN'
ok '-m: what is named is' auth "AUTH PLAIN $(b64 '\0alice\0secret')"
OPTIONS='-m DIGEST-MD5'
auth "AUTH PLAIN"
is 'a mechanism that nobody knows is wrong use' $? 111
OPTIONS=
auth
is 'a client that goes away is not told anything' "$? $(cat answers)" '100 '
auth 'AUTH LOGIN' "$(b64 alice)"
is 'nor one that goes away half-way' "$? $(tail -1 answers) $(login)" '100 334 UGFzc3dvcmQ6 '

auth-check -S "unix:$WORK/socket" -w 0 -R 5 5>ready 2>served &
background=$!
until_true 20 test -s ready
printf 'AUTH LOGIN\r\n%s\r\n%s\r\n' "$(b64 alice)" "$(b64 secret)" |
	login-ask "unix:$WORK/socket" facts login | tr -d '\r' >answers
is 'a waiting parent has the same dialogue' "$(tr '\n' ' ' <answers)" \
	'334 VXNlcm5hbWU6 334 UGFzc3dvcmQ6 235 2.7.0 you are logged in '
is 'and tells the login too' "$(login)" 'Aalice||'
printf 'other\n' | password-set -m '$6$' alice
printf 'AUTH PLAIN %s\r\n' "$(b64 '\0alice\0secret')" |
	login-ask "unix:$WORK/socket" facts login >answers
like 'a changed password counts at once: the old one is wrong' "$(cat answers)" '^535'
is 'and logs nobody in' "$(login)" ''
printf 'AUTH PLAIN %s\r\n' "$(b64 '\0alice\0other')" |
	login-ask "unix:$WORK/socket" facts login >answers
like 'the new one is right' "$(cat answers)" '^235'

# SASL-15 SASL-16 SASL-17 AUTH-18: tokens that another program judges, and client certificates
. tests/lib.sh

fingerprint=SHA256:$(printf '%064d' 7)
printf 'V1\0Ltestconn00000000\0I192.0.2.7\0c%s\0\0' "$fingerprint" >certified
printf 'V1\0Ltestconn00000000\0I192.0.2.7\0c\0\0' >plain
printf 'secret\n' | password-set -m '$6$' -i 0 ann
password-set -n -c "$fingerprint" -s ann@example.org ann/laptop
printf 'example.test:\n' >domains
b64() { printf "$1" | base64 -w 0; }
facts=plain
auth() { # LINE...
	: >login
	for line; do printf '%s\r\n' "$line"; done |
		auth-check -w 0 -t ./judge 3<$facts 4>login 2>log | tr -d '\r' >answers
	answer="$(tail -1 answers | cut -c 1-9) $(tr '\0' '|' <login)"
}

# A judge of tokens, to the letter of token(7).
cat >judge <<'SH'
#!/bin/sh
token=$(cat)
tr '\0' '|' <&3 >judge.facts
ls -l /proc/self/fd/ | sed -n 's/.* \([0-9]* -> .*\)/\1/p' >judge.fds
case $token in
good-*) printf 'A%s\0\0' "$(echo "${token#good-}" | sed 's/_at_/@/')" >&4 ;;
late) sleep 0.2; printf 'Aann\0\0' >&4; sleep 60 ;;
cut) printf 'Aann\0' >&4 ;;
more) printf 'Aann\0G*\0\0' >&4 ;;
empty) printf 'A\0\0' >&4 ;;
silent) exit 0 ;;
*) printf '\0' >&4 ;;
esac
SH
chmod +x judge
bearer() { # TOKEN [NAME]
	auth "AUTH OAUTHBEARER $(b64 "n,${2:+a=$2},\001host=x\001auth=Bearer $1\001\001")" 'AQ=='
}
bearer good-ann
is 'SASL-16: a token that the judge takes' "$answer" '235 2.7.0 Aann||'
like 'the judge gets the facts of the connection' "$(cat judge.facts)" '^V1\|Ltestconn00000000\|I192.0.2.7'
unlike 'but not where the login is told' "$(cat judge.fds)" '/login$'
bearer good-ann ann
is 'the client may name the login' "$answer" '235 2.7.0 Aann||'
bearer good-ANN_at_Example.Test ann@example.test
is 'in another spelling' "$answer" '235 2.7.0 Aann||'
bearer good-ann bob
is 'but not another one' "$answer" '535 5.7.8 '
bearer good-Zoe_at_Example.Test zoe
is 'a login that has no password is known by the token' "$answer" '235 2.7.0 Azoe||'
bearer good-zoe_at_example.net
is 'also one of another domain' "$answer" '235 2.7.0 Azoe@example.net||'
bearer good-ann/laptop
is 'the name of a password is no login' "$answer" '535 5.7.8 '
bearer bad
is 'SASL-15: a wrong token is refused' "$answer" '535 5.7.8 '
is 'SASL-15: after its reason, and an answer' "$(head -1 answers | sed 's/^334 //' | base64 -d)" \
	'{"status":"invalid_token"}'
like 'the refusal is logged' "$(cat log)" 'login-refused .*mechanism=OAUTHBEARER text="not a valid token"'
unlike 'AUTH-28: without the token' "$(cat log)" 'bad'
for token in silent cut more empty; do
	bearer $token
	is "AUTH-18: an answer that is $token is later" "$answer" '454 4.7.0 '
done
bearer late
is 'who goes on after the answer is ended' "$answer" '235 2.7.0 Aann||'
auth "AUTH XOAUTH2 $(b64 'user=ann@example.test\001auth=Bearer good-ann\001\001')"
is 'XOAUTH2' "$answer" '235 2.7.0 Aann||'
auth "AUTH XOAUTH2 $(b64 'user=ann@example.test\001auth=Bearer bad\001\001')" ''
is 'XOAUTH2 refused' "$answer" '535 5.7.8 '
auth "AUTH OAUTHBEARER $(b64 'n,,\001auth=Bearer \001\001')"
is 'SASL-16: what is malformed is refused' "$answer" '535 5.7.8 '
is 'without asking the judge' "$(head -1 answers | cut -c 1-3)" 535
printf 'locked: *\n' >>passwords
bearer good-locked
is 'a login that is locked is locked for tokens too' "$answer" '535 5.7.8 '
mv judge away
bearer good-ann
is 'AUTH-18: a judge that is not there is later' "$answer" '454 4.7.0 '
mv away judge
token-check -i x -a x -S "unix:$WORK/socket" 2>served &
background=$!
until_true 20 test -S socket
printf 'AUTH OAUTHBEARER %s\r\nAQ==\r\n' "$(b64 'n,,\001auth=Bearer a.b.c\001\001')" |
	auth-check -w 0 -t "unix:$WORK/socket" 3<plain 4>login 2>log | tr -d '\r' >answers
is 'AUTH-18: a waiting judge without keys is later' "$(tail -1 answers | cut -c 1-9)" '454 4.7.0'
echo '{"keys":[]}' >jwks.json
printf 'AUTH OAUTHBEARER %s\r\nAQ==\r\n' "$(b64 'n,,\001auth=Bearer a.b.c\001\001')" |
	auth-check -w 0 -t "unix:$WORK/socket" 3<plain 4>login 2>log | tr -d '\r' >answers
is 'one with them says no' "$(tail -1 answers | cut -c 1-9)" '535 5.7.8'
is 'without -t no token is taken' "$(printf 'AUTH OAUTHBEARER\r\n' | auth-check 3<plain 4>login |
	cut -c 1-9)" '504 5.5.4'

facts=certified
auth 'AUTH EXTERNAL ='
is 'SASL-17: a certificate names its login' "$answer" '235 2.7.0 Aann|alaptop|Gann@example.org||'
auth 'AUTH EXTERNAL' ''
is 'SASL-17: also after an empty challenge' "$answer" '235 2.7.0 Aann|alaptop|Gann@example.org||'
auth "AUTH EXTERNAL $(b64 ann@example.test)"
is 'SASL-17: the client may name it' "$(printf '%s' "$answer" | cut -c 1-14)" '235 2.7.0 Aann'
auth "AUTH EXTERNAL $(b64 bob)"
is 'SASL-17: but not another' "$answer" '535 5.7.8 '
auth "AUTH PLAIN $(b64 '\0ann/laptop\0-')"
is 'a certificate'\''s entry has no password' "$answer" '535 5.7.8 '
facts=plain
auth 'AUTH EXTERNAL ='
is 'SASL-17: without a certificate' "$answer" '535 5.7.8 '
facts=certified
sed -i s/007/008/ passwords
auth 'AUTH EXTERNAL ='
is 'SASL-17: with an unknown one' "$answer" '535 5.7.8 '

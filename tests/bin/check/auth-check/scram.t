# AUTH-19 SASL-05 SASL-08 SASL-09 SASL-10 SASL-11 SASL-12 SASL-13: SCRAM-SHA-256, against a client in Python
. tests/lib.sh

printf 'V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0tTLSv1.3\0\0' >facts
set_password() { # PASSWORD LOGIN [OPTION]...
	password=$1 login=$2
	shift 2
	printf "$password\n" | password-set -m '$6$' -i 4096 "$@" "$login"
}
set_password secret ann
printf 'example.test:\n' >domains
set_password 'p\303\244ss' 'a,b=c'
set_password never bob -i 0
scram() { # NAME=VALUE...
	: >login
	scram-try "$@" auth-check -w 0 3<facts 4>login 2>log >answers
	status=$?
	tail=$(tail -1 answers | cut -c 1-9)
	return $status
}
login() { tr '\0' '|' <login; }
refused() { # SENTENCE NAME=VALUE...
	sentence=$1
	shift
	scram "$@"
	is "$sentence" "$status $tail $(login)" '100 535 5.7.8 '
}

ok 'SASL-08: a right password' scram
like 'SASL-08: nonce, salt and count' "$(head -1 answers)" \
	'^334 r=fyko\+d2lbbFgONRv9qkxdawL[A-Za-z0-9+/]{24},s=[A-Za-z0-9+/=]{24},i=4096$'
is 'SASL-09: the server proves that it knows the keys, then says 235' "$(sed 1,2d answers | tr '\n' '|')" \
	'the server knows the keys|235 2.7.0 you are logged in|'
is 'the login is told' "$(login)" 'Aann||'
one=$(head -1 answers)
scram
unlike 'the nonce is another each time' "$(head -1 answers)" "$(printf '%s' "$one" | cut -c 1-50)"
ok 'SASL-13: a comma and an equals sign in the name' scram user=a=2Cb=3Dc password=päss
ok 'SASL-05: letter case of the login is ignored' scram user=ANN
refused 'SASL-11: a wrong password' password=Secret
like 'it is logged with its login' "$(cat log)" \
	'login-refused conn=testconn00000000 client=192.0.2.7 login=ann mechanism=SCRAM-SHA-256 text="wrong password"'
refused 'SASL-11: a changed proof' proof=flip
refused 'SASL-11: another nonce' nonce=x
refused 'SASL-11: another header than before' binding=eSws
refused 'SASL-10: a channel binding' gs2=p=tls-exporter,,
ok 'SASL-10: a client that saw no channel binding offered' scram gs2=y,,
refused 'SASL-13: =ZZ' user=a=ZZ
refused 'to act as another' gs2=n,a=bob,
refused 'an unknown login' user=nobody
unlike 'which is not logged: it may be a password' "$(cat log)" nobody
refused 'a login without keys' user=bob password=never
for login in nobody bob; do
	scram user=$login stop=1
	salt=$(sed -n '1s/.*,s=//p' answers)
	scram user=$login stop=1
	is "SASL-12: the salt of $login is the same each time" "$(sed -n '1s/.*,s=//p' answers)" "$salt"
	like "SASL-12: and looks like others" "$salt" '^[A-Za-z0-9+/]{22}==,i=4096$'
done
for login in NOBODY nobody@example.test nobody@example.test/phone; do
	scram user=$login stop=1
	salt=$(sed -n '1s/.*,s=//p' answers)
	login=${login#NOBODY}
	scram user=nobody${login#nobody@example.test} stop=1
	is "SASL-12: one login in two spellings has one: $login" "$(sed -n '1s/.*,s=//p' answers)" "$salt"
done
scram user=carl stop=1
unlike 'SASL-12: another login has another' "$(head -1 answers)" "$salt"
scram end='*'
is 'AUTH-07: cancelled after the proof: nobody is logged in' "$status $tail $(login)" '100 501 5.7.0 '
refused 'something in place of the empty line' end=eA==
set_password phone ann/phone -s ann@example.org -u 2999-12-31
ok 'a further password, by its name' scram user=ann/phone password=phone
is 'is told with what it may send as' "$(login)" 'Aann|aphone|Gann@example.org||'
set_password phone ann/phone -u 2020-01-01
refused 'one that was valid until 2020' user=ann/phone password=phone
set_password phone ann/phone -u 2999-01-01 -a 198.51.100.0/24
refused 'one for another network' user=ann/phone password=phone
sed -i 's/^ann: /ann: *&/; s/ann: \*ann: /ann: * /' passwords
refused 'a locked login' user=ann
sed -i '/^\*/d; /^ann/d' passwords
refused 'without the entry for unknown logins'
like 'the log says what to do' "$(cat log)" 'set a password anew'

set_password strong dora -b SCRAM-SHA-256
plain() { # PASSWORD: the answer
	printf 'AUTH PLAIN %s\r\n' "$(printf '\0dora\0%s' "$1" | base64)" |
		auth-check -w 0 3<facts 4>login 2>log | tr -d '\r'
}
like 'AUTH-19: a right password by a mechanism that its login may not use' "$(plain strong)" '^534 5\.7\.9 '
is 'AUTH-19: nobody is logged in' "$(login)" ''
like 'AUTH-19: the log says why' "$(cat log)" 'login=dora mechanism=PLAIN text="this password is not for this mechanism"'
like 'AUTH-19: a wrong one is wrong' "$(plain weak)" '^535 5\.7\.8 '
ok 'AUTH-19: by the one it may' scram user=dora password=strong
not_ok 'a mechanism that there is not cannot be set' password-set -n -b CRAM-MD5 dora

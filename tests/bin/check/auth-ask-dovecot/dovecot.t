# AUTH-05 AUTH-06 AUTH-07 AUTH-11 AUTH-18 SASL-08: a real Dovecot judges
. tests/lib.sh

have dovecot || { skip 'Dovecot' 'it is not installed'; exit 0; }
me=$(id -un)
cat >dovecot.conf <<CONF
base_dir = $WORK/run
state_dir = $WORK/state
log_path = $WORK/dovecot.log
protocols =
ssl = no
default_internal_user = $me
default_login_user = $me
auth_mechanisms = plain login scram-sha-256 xoauth2 oauthbearer
auth_failure_delay = 0
auth_verbose = yes
passdb {
  driver = passwd-file
  args = $WORK/users
}
service auth {
  user = $me
  unix_listener $WORK/auth.sock {
    mode = 0600
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
CONF
printf 'ann@example.org:{PLAIN}secret\nbob:{PLAIN}builder::::::\n' >users
dovecot -F -c dovecot.conf >dovecot.out 2>&1 &
background=$!
until_true 20 test -S auth.sock || sed 's/^/# /' dovecot.out dovecot.log

printf 'V1\0Ltestconn00000000\0I192.0.2.7\0tTLSv1.3\0\0' >facts
printf 'V1\0Ltestconn00000000\0I192.0.2.7\0t\0\0' >clear
facts=facts
b64() { printf "$1" | base64 -w 0; }
auth() { # LINE...
	: >login
	for line; do printf '%s\r\n' "$line"; done |
		auth-ask-dovecot $OPTIONS "$WORK/auth.sock" 3<$facts 4>login 2>log | tr -d '\r' >answers
	answer="$(tail -1 answers | cut -c 1-9) $(tr '\0' '|' <login)"
}
auth "AUTH PLAIN $(b64 '\0ann@example.org\0secret')"
is 'AUTH-05: PLAIN with initial response' "$answer" '235 2.7.0 Aann@example.org||'
auth 'AUTH PLAIN' "$(b64 '\0ann@example.org\0secret')"
is 'AUTH-06: and without' "$answer" '235 2.7.0 Aann@example.org||'
auth "auth plain $(b64 '\0ANN@Example.Org\0secret')"
is 'the login is as Dovecot has it' "$answer" '235 2.7.0 Aann@example.org||'
auth 'AUTH LOGIN' "$(b64 bob)" "$(b64 builder)"
is 'LOGIN' "$answer" '235 2.7.0 Abob||'
auth "AUTH PLAIN $(b64 '\0ann@example.org\0wrong')"
is 'AUTH-11: a wrong password' "$answer" '535 5.7.8 '
like 'is logged with its client' "$(cat log)" 'login-refused .*client=192.0.2.7 mechanism=PLAIN'
auth "AUTH PLAIN $(b64 '\0nobody\0wrong')"
is 'AUTH-11: an unknown login' "$answer" '535 5.7.8 '
unlike 'AUTH-28: which may be a password' "$(cat log)" nobody
auth 'AUTH LOGIN' '*'
is 'AUTH-07: "*" cancels' "$answer" '501 5.7.0 '
auth 'AUTH PLAIN !!!'
is 'AUTH-10: no base64' "$answer" '501 5.5.2 '
auth 'AUTH CRAM-MD5'
is 'AUTH-12: a mechanism that Dovecot has not' "$answer" '504 5.5.4 '
auth "$(printf 'AUTH PLA\tIN')"
is 'AUTH-12: a tab in its name does not reach Dovecot' "$answer" '504 5.5.4 '
OPTIONS='-m LOGIN'
auth "AUTH PLAIN $(b64 '\0ann@example.org\0secret')"
is '-m: others are not offered' "$answer" '504 5.5.4 '
OPTIONS=
ok 'SASL-08: SCRAM-SHA-256' scram-try user=ann@example.org auth-ask-dovecot "$WORK/auth.sock" 3<facts 4>login
is 'SASL-09: ends with 235' "$(tail -1 .out)" '235 2.7.0 you are logged in'
is 'and tells the login' "$(tr '\0' '|' <login)" 'Aann@example.org||'
not_ok 'SASL-11: a wrong password' scram-try user=ann@example.org password=x \
	auth-ask-dovecot "$WORK/auth.sock" 3<facts 4>login
auth 'AUTH PLAIN' "$(printf '%012000d' 0)"
is 'AUTH-16: 12000 octets are Dovecot'\''s to refuse' "$answer" '535 5.7.8 '
comes 'Dovecot knows the client' '192.0.2.7' cat dovecot.log

auth-ask-dovecot -S "unix:$WORK/socket" "$WORK/auth.sock" 2>served &
background="$background $!"
until_true 20 test -S socket
printf 'AUTH LOGIN\r\n%s\r\n%s\r\n' "$(b64 bob)" "$(b64 builder)" |
	login-ask "unix:$WORK/socket" facts login | tr -d '\r' >answers
is 'a waiting parent does the same' "$(tail -1 answers | cut -c 1-9) $(tr '\0' '|' <login)" \
	'235 2.7.0 Abob||'
auth_to() { # a false Dovecot that says this, and the answer
	cat >false.py <<-PY
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind("false.sock")
		s.listen()
		print("ready", flush=True)
		c = s.accept()[0]
		c.sendall(sys.argv[1].encode().decode("unicode_escape").encode())
		c.shutdown(socket.SHUT_WR)
		while c.recv(4096):
		    pass
	PY
	rm -f false.sock false.out
	python3 false.py "$1" >false.out &
	until_true 20 grep -q ready false.out
	printf 'AUTH PLAIN %s\r\n' "$(b64 '\0ann\0x')" |
		auth-ask-dovecot "$WORK/false.sock" 3<facts 4>login 2>log | cut -c 1-9
	wait $!
}
hello='VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nDONE\n'
for said in '' 'x' 'VERSION\t2\t0\nMECH\tPLAIN\nDONE\n' "$hello" "${hello}OK\\t2\\tuser=ann\\n" \
	"${hello}OK\\t1\\n" "${hello}OK\\t1\\tuser=\\n" "${hello}OK\\t1\\tuser=a\\x07\\n" "${hello}CONT\\t1\\t!\\n" \
	"${hello}WHAT\\t1\\n" "${hello}\\n" "${hello}FAIL\\t1\\tuser=ann\\ttemp\\n"; do
	is "AUTH-18: not understood is later: $(printf %.60s "$said")" "$(auth_to "$said")" '454 4.7.0'
done
is 'a false one that is understood' "$(auth_to "${hello}OK\\t1\\tuser=ann\\tx=y\\n")" '235 2.7.0'
is 'AUTH-18: no Dovecot at all' "$(printf 'AUTH PLAIN %s\r\n' "$(b64 '\0ann\0x')" |
	auth-ask-dovecot "$WORK/none.sock" 3<facts 4>login 2>log | cut -c 1-9)" '454 4.7.0'

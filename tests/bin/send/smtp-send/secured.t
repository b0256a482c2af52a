# OUT-15 OUT-16: whatever a server answers where there is TLS and a password
. tests/lib.sh
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/replies.sh"

certificate cert localhost self 2>/dev/null
(umask 077 && echo '127.0.0.1: alice secret' >passwords)
for step in starttls ehlo/2 auth; do wrong $step; done
on 'a reply too many at STARTTLS' "$(all Z '451 4.7.0 the server spoke in the clear behind STARTTLS')" \
	'starttls=220 go on|250 sink'
on 'a reply too many at EHLO inside TLS' "$(all Z "$unasked AUTH")" \
	'ehlo/2=250-sink|250 AUTH PLAIN|235 2.7.0 welcome'
on 'a reply too many at AUTH' "$(all Z "$unasked MAIL")" 'auth=235 2.7.0 welcome|250 2.1.0 ok'
on 'a challenge to AUTH PLAIN' "$(all Z "$unfit AUTH")" 'auth=334 go on'
try '-T encrypt -a passwords' -c cert.pem -k cert.key

wrong other 'auth=334 VXNlcm5hbWU6'
on 'a reply too many in AUTH LOGIN' "$(all Z "$unasked AUTH")" 'auth=334 VXNlcm5hbWU6|334 UGFzc3dvcmQ6'
try '-T encrypt -a passwords' -c cert.pem -k cert.key -x 'AUTH LOGIN'

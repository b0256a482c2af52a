# LOOP-01: a message that has been through a hundred servers goes round in a circle
. tests/lib.sh
# traced COUNT: a message with so many Received fields, and one more word like it in its body
traced() {
	i=0
	while [ $i -lt "$1" ]; do
		printf 'received: from %s\r\n\tby there\r\n' "$i"
		i=$((i + 1))
	done
	printf 'Subject: hi\r\n\r\nReceived: no field\r\n'
}
# reply MESSAGE data|bdat: the last reply
reply() {
	rm -f taken
	{
		printf '%s\r\n' 'EHLO client.example' 'MAIL FROM:<a@example.org>' 'RCPT TO:<b@example.net>'
		if [ "$2" = data ]; then
			printf 'DATA\r\n' && cat "$1" && printf '.\r\n'
		else
			printf 'BDAT %s LAST\r\n' "$(wc -c <"$1" | tr -d ' ')" && cat "$1"
		fi
		printf 'QUIT\r\n'
	} | smtp-accept -h mail.example.test ./take 2>log | tr -d '\r' | tail -n 2 | head -n 1
}
traced 100 >hundred
traced 101 >more
for way in data bdat; do
	is "$way: a hundred are taken" "$(reply hundred $way)" '250 2.0.0 taken'
	like "$way: one more is refused" "$(reply more $way)" '^554 5.4.6 .*loop'
	not_ok 'and nothing is handed on' test -e taken
done

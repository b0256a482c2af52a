# OUT-10 OUT-16: what happens while the message is being sent
. tests/lib.sh
. "$ROOT/tests/sink.sh"

envelope ann@example.org bob@example.net carl@example.net dora@example.net >envelope

yes 'a line of a long message' | head -n 150000 | wire >message
becomes 'a refusal while the message is sent is heard' \
	"$(all D '552 5.3.4 too big')" 'content/100000=552 5.3.4 too big;sleep 0.2;drop'
becomes 'a connection lost while the message is sent is for now' \
	"$(all Z '451 4.4.2 connection lost before the reply to the message')" 'content/100000=drop'
becomes 'a "250" while the message is sent is no promise' \
	"$(all Z '451 4.5.0 the server is out of step: an unfit reply to the message')" 'content/100000=250 2.0.0 taken;sleep 9'
yes 'a line of a message larger than all buffers' | head -n 500000 | wire >message
becomes 'a server that reads no more is for now' \
	"$(all Z '451 4.4.2 no reply in time to the message')" -x PIPELINING 'content/100000=sleep 9'

. tests/lib.sh
. "$ROOT/tests/sink.sh"
ask() { smtp-ask -p "$port" "$@" 127.0.0.1 'EHLO me' 'MAIL FROM:<a@b.test>' 'RCPT TO:<c@d.test>' 2>errors; }
sink 'connect=220 sink' 'ehlo=250-sink|250 SIZE' 'mail=250 good' 'rcpt=250 yes'
is 'replies are shown, all of their lines' "$(ask; echo $?)" "$(printf '%s\n' '220 sink' 250-sink '250 SIZE' '250 good' '250 yes' 0)"
like 'and it takes its leave' "$(commands)" '/ QUIT$'
sink 'mail=550 5.7.1 no'
is 'a refusal ends it' "$(ask | tail -n 1; ask >out; echo $?)" "$(printf '550 5.7.1 no\n100')"
unlike 'and nothing more is asked' "$(commands)" RCPT
sink 'connect=554 go away'
is 'so does one at the door' "$(ask; echo $?)" "$(printf '554 go away\n100')"
sink 'mail=raw 25\r\n'
is 'what is no reply is 111' "$(ask >out; echo $?)" 111
sink 'mail=flood 1000 250-more'
is 'so is one without end' "$(ask >out; echo $?) $(grep -c more out)" '111 100'
sink 'mail=raw 250 \x1b[31mred\r\n'
like 'nothing speaks to the terminal' "$(ask)" '^250 \?\[31mred$'
sink 'mail=stall'
is 'silence is waited for so long, and no longer' "$(ask -t 1 >out; echo $?)" 111
is 'nobody there' "$(smtp-ask -p "$(free_port)" 127.0.0.1 2>/dev/null; echo $?)" 111
not_ok 'a command is one line' smtp-ask -p "$port" 127.0.0.1 "$(printf 'NOOP\nQUIT')"
sink_stop

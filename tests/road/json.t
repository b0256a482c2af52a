# Logs as JSON, by a setting: every line of every program, and what reads them
. tests/lib.sh
. "$ROOT/tests/road.sh"
export SMTPIPE_LIBEXEC=$BUILD/bin/manage
for start in s6 tcpserver; do
	rm -rf demo
	demo_start DEMO_START=$start SMTPIPE_LOG=json
	send_mail "in json by $start" --body 'a secret of the heart' >sent
	swaks --server 127.0.0.1 --port "$SMTP" --from "$(printf 'x\033@remote.test')" --to nobody@example.test >>sent 2>&1
	until_true 20 has_mail bob "by $start" || echo 'not ok - a message goes through'
	until_true 20 logged_often 1 '"event":"done"'
	for program in queue-add maildir-deliver; do until_true 20 logged_often 1 "\"program\":\"$program\".*\"msg\":"; done
	rm -f "$DEMO/log/openssl" "$DEMO/log/s6-svscan" # not ours
	demo_log | sed 's/^@[0-9a-f]* //; /^tcpserver: /d' >lines
	ok "$start: every line is an object, with its time, program and event" python3 -c '
import json, time
rows = [json.loads(line) for line in open("lines")]
assert len(rows) > 10
for row in rows:
    assert abs(row["time"] - time.time()) < 300 and row["program"] and row["event"], row
    assert all(isinstance(value, str) for name, value in row.items() if name != "time"), row
msg = [row["msg"] for row in rows if row["event"] == "queued"][0]
assert {"queue-add", "queue-run", "maildir-deliver"} <= {row["program"] for row in rows if row.get("msg") == msg}'
	is "$start: neither content nor passwords are in it" "$(grep -c 'wonderland\|secret\|in json' lines)" 0
	is "$start: nor anything but plain ASCII" "$(LC_ALL=C grep -c '[^ -~]' lines)" 0
	[ $start = s6 ] && logs="-l $DEMO/log" || { cat "$DEMO"/log/* >all 2>/dev/null && logs='-l all'; }
	smtpipe trace $logs --last >way
	like "$start: trace reads it" "$(cat way)" 'queue-run +delivered recipient=bob@example.test'
	like "$start: from the beginning" "$(cat way)" 'smtp-accept +login login=alice'
	like "$start: so does stats" "$(smtpipe stats $logs | tr -s ' ')" '^recipients delivered 1$'
	demo_stop
done
mkdir etc && echo '# how log lines look' >etc/log-format && echo json >>etc/log-format
is 'the setting is one line of a file' \
	"$(env SMTPIPE_ETC="$WORK/etc" SMTPIPE_LOG= sh -c '. "$0" && echo "$SMTPIPE_LOG"' "$ROOT/sv/settings")" json

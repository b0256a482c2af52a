. tests/lib.sh

# Two messages whose ids bear 2026-11-22 05:18:26.484 and .485, and what became of them.
mkdir -p log/a log/b
cat >log/b/current <<'LOG'
@400000006b027b4718945175 smtp-accept: connect conn=1j0qqdm3lk0i1qbn client=192.0.2.1 role=submission
@400000006b027b471c8eda94 smtp-accept: login conn=1j0qqdm3lk0i1qbn login=ann client=192.0.2.1
@400000006b027b471c9eda94 auth-check: login-refused conn=1j0qqdm3lk0i1qbn client=192.0.2.1 login=ann mechanism=PLAIN text="wrong password"
@400000006b027b471d152e30 smtp-accept: accepted conn=1j0qqdm3lk0i1qbn command=DATA sender=ann@example.org reply="250 2.0.0 queued as 1j0qqdm5n1obq4gg"
@400000006b027b471d120df1 queue-add: queued conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg bytes=446 recipients=2 sender=ann@example.org
@400000006b027b472091e9b1 smtp-accept: refused conn=1j0qqdm7mq1sgfnj command=RCPT sender=x@example.net recipient=nobody@example.org reply="550 5.1.1 no \"such\" user"
@400000006b027b472191e9b1 smtp-accept: refused conn=1j0qqdm7mq1sgfnj command=RCPT sender=x@example.net recipient=nobody@example.org reply="550 5.1.1 no \"such\" user"
LOG
cat >log/a/current <<'LOG'
@400000006b027b481d120df1 queue-run: delivered conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg recipient=bob@Example.NET host=- tls=- code=2.0.0 text="kept" delay=0
@400000006b027b511d120df1 queue-run: deferred conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg recipient=eve@example.com host=- tls=- code=4.4.1 text="no" delay=0
@400000006b027b521d120df1 queue-run: failed conn=1j0qqdm3lk0i1qbn msg=1j0qqdm5n1obq4gg recipient=eve@example.com host=- tls=- code=5.4.7 text="no" delay=0
not a line of ours
LOG
stats() { smtpipe stats -l log "$@"; }
stats >table
is 'everything is counted once' "$(sed -n '1,11p' table | tr -s ' ' | tr '\n' ',')" \
	'connections 1,in TLS 0,logins 1,logins refused 1,messages accepted 1,messages queued 1,bytes queued 446,recipients delivered 1,attempts deferred 1,recipients failed 1,reports sent 0,'
like 'a delay is from the id to the delivery, whichever log is read first' "$(cat table)" '^  50% 1\.00[0-9] '
like 'destinations in any letter case' "$(cat table)" '^ +1 +0 +0   example.net$'
like 'with what was deferred and what failed' "$(cat table)" '^ +0 +1 +1   example.com$'
like 'refusals by their words' "$(cat table)" '^ +2   550 5.1.1 no "such" user$'
is 'of the last hour there is nothing' "$(stats -h 1 | sed -n 1p | tr -s ' ')" 'connections 0'
is 'the same from a pipe' "$(cat log/*/current | smtpipe stats -l - | sed -n '1,14p')" "$(sed -n '1,14p' table)"

stats -m >metrics
is 'OpenMetrics ends as it must' "$(tail -n 1 metrics)" '# EOF'
ok 'and can be parsed' python3 -c '
import re
types = {}
for line in open("metrics").read().splitlines()[:-1]:
    if line.startswith("# TYPE "):
        _, _, name, kind = line.split()
        assert name not in types, name
        types[name] = kind
    elif not line.startswith("# UNIT "):
        name, labels, value = re.fullmatch(r"([a-z_]+)(\{(?:[a-z]+=\"(?:[^\"\\\n]|\\[\\\"n])*\",?)*\})? ([0-9.]+)", line).groups()
        base = re.sub(r"_(total|count)$", "", name)
        assert base in types and (types[base] != "counter" or name.endswith("_total")), line'
like 'labels are escaped' "$(cat metrics)" 'smtpipe_refused_total\{reply="550 5.1.1 no \\"such\\" user"\} 2'
ok 'the picture is well-formed XML' sh -c "smtpipe stats -l log -s | python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)'"

not_ok 'a queue that is named must be there' stats -q nothing
not_ok 'so must a log' smtpipe stats -l nothing

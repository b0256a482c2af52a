. tests/lib.sh
export SMTPIPE_ETC=$WORK SMTPIPE_LIBEXEC=$BUILD/bin/manage
printf 'example.org:\n' >domains
mkdir dkim
day_lasts 30
today=s$(date -u +%Y%m%d)
smtpipe dkim new >records
is 'new makes two keys, and prints their records' "$(grep -c '_domainkey.example.org. IN TXT' records) $(ls dkim/example.org | tr '\n' ' ')" \
	"2 ${today}e.new ${today}r.new "
like 'that can be read by nobody else' "$(ls -l dkim/example.org)" '^-rw-r-----'
smtpipe dkim use >out
is 'use lets them sign' "$? $(ls dkim/example.org | tr '\n' ' ')" "0 ${today}e.key ${today}r.key "
smtpipe dkim use >out 2>&1
is 'where there are no new ones, nothing changes' "$? $(ls dkim/example.org | tr '\n' ' ')" "100 ${today}e.key ${today}r.key "
smtpipe dkim new >>records
is 'on the same day they get other names' "$(grep -c '^s.*_domainkey' records) $(grep '^s.*_domainkey' records | sort -u | wc -l)" '4 4'
smtpipe dkim use >out
is 'the old ones are kept, and sign no more' "$(ls dkim/example.org | sed 's/.*\.//' | sort | uniq -c | tr -s ' \n' ' ')" ' 2 key 2 old '
like 'list tells them apart' "$(smtpipe dkim list)" "^${today}e.old has signed"
is 'dns shows the records of those that sign' "$(echo mail.example.org >me; smtpipe dns | grep -c _domainkey)" 2
not_ok 'a domain that is not ours has none' smtpipe dkim new example.com

. tests/lib.sh
export SMTPIPE_ETC=$WORK SMTPIPE_LIBEXEC=$BUILD/bin/manage
printf '# ours\nexample.org:\n' >domains
printf 'info@example.net: h\n' >passwords
like 'a domain is added, with what is next' "$(smtpipe domain add Example.NET)" '^example.net is ours; "smtpipe dns example.net"'
is 'once' "$(smtpipe domain add example.net >/dev/null; smtpipe domain list)" 'example.org
example.net'
not_ok 'a domain with users stays' smtpipe domain remove example.net
: >passwords
ok 'one without goes' smtpipe domain remove example.net
is 'and comments stay' "$(cat domains)" '# ours
example.org:'
for bad in example 'exa mple.org' '-a.org' 'a..org' ''; do not_ok "\"$bad\" is no domain" smtpipe domain add "$bad"; done

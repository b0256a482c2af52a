. tests/lib.sh
export SMTPIPE_ETC=$WORK SMTPIPE_LIBEXEC=$BUILD/bin/manage
printf '# who is who\npostmaster: ann\n' >aliases
is 'an alias is added' "$(smtpipe alias add team ann bob@example.net)" 'team stands for ann, bob@example.net'
is 'and another member' "$(smtpipe alias add team carl ann)" 'team stands for ann, bob@example.net, carl'
is 'a member is taken away' "$(smtpipe alias remove team ann)" 'team stands for bob@example.net, carl'
is 'list shows all' "$(smtpipe alias list | sed 's/  */ /g')" 'postmaster ann
team bob@example.net, carl'
is 'the last one takes the alias with it' "$(smtpipe alias remove team bob@example.net carl)" 'team stands for nobody any more'
is 'comments are kept' "$(cat aliases)" '# who is who
postmaster: ann'
not_ok 'what is not there cannot be removed' smtpipe alias remove team
for bad in 'a b' 'a,b' 'a:b' ''; do not_ok "\"$bad\" is no member" smtpipe alias add x "$bad"; done
not_ok 'a name has no colon' smtpipe alias add 'x: y' z
is 'nothing of that was written' "$(smtpipe alias list | wc -l)" 1

# Many at once: each sees what the one before has made.
for i in $(seq 20); do smtpipe alias add crowd "member$i" >/dev/null & done
wait
is 'nobody is lost where many are added at once' "$(smtpipe alias list | sed -n 's/^crowd *//p' | tr -d ' ' | tr ',' '\n' | sort -u | wc -l)" 20

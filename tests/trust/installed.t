# What is installed: nothing runs with the rights of another, nothing can be changed by everybody
. tests/lib.sh

make -s -C "$ROOT" BUILD="$BUILD" DESTDIR="$WORK/root" install >install.out 2>&1 ||
	not_ok "it can be installed: $(tail -n 3 install.out)" true
like 'programs are there' "$(find root -type f -perm -100 | wc -l)" '[0-9]{2}'
is 'no program is setuid or setgid' "$(find root -type f \( -perm -4000 -o -perm -2000 \))" ''
is 'none has capabilities of its own' "$(have getcap && getcap -r root)" ''
is 'nothing can be written by everybody' "$(find root ! -type l -perm -002)" ''
is 'nor by a group' "$(find root ! -type l -perm -020)" ''
is 'no service is started as root' "$(grep -L '^User=smtpipe' root/usr/local/share/smtpipe/sv/*/systemd/*.service
	for run in root/usr/local/share/smtpipe/sv/*/s6/run; do
		grep -q 's6-setuidgid smtpipe\|setpriv --reuid smtpipe' "$run" || echo "$run"
	done)" ''
is 'each unit shuts what its service does not need' "$(grep -L '^NoNewPrivileges=yes' root/usr/local/share/smtpipe/sv/*/systemd/*.service)" ''
is '... and lets it confine itself' "$(grep -L '^SystemCallFilter=.*seccomp.*landlock_restrict_self' root/usr/local/share/smtpipe/sv/*/systemd/*.service)" ''

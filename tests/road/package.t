# The Debian packages: built from this source, clean for lintian, and a server after two commands
. tests/lib.sh
. "$ROOT/tests/nspawn.sh"

have dpkg-buildpackage && have dh && have lintian || {
	skip 'the Debian packages' 'there is no debhelper or lintian here'
	exit 0
}
mkdir tree
(unset MAKEFLAGS MAKELEVEL BUILD && DEB_BUILD_OPTIONS=noautodbgsym sh "$ROOT/sv/debian/build" "$WORK/out" -b) >build.log 2>&1
is 'the packages can be built' "$?" 0
[ -e out/smtpipe-mta_*_all.deb ] || { tail -n 20 build.log && exit 1; }
lintian --fail-on none out/*.changes 2>&1 | grep '^[EW]:' >lint
is 'lintian finds nothing' "$(cat lint)" ''
cp out/*.deb tree
machine_start "$WORK/tree"
inside sh -c 'dpkg -i /mnt/smtpipe_*.deb' >install.log 2>&1
is 'it can be installed' "$?" 0
is 'and listens nowhere yet' "$(inside systemctl list-units --no-legend --plain 'smtpipe*' | wc -l)" 0
inside smtpipe setup -h mail.example.org example.org ann@example.org >setup 2>&1
is 'setup makes a server' "$?" 0
is 'with the units of the package' "$(inside sh -c 'ls /etc/systemd/system | grep -c "^smtpipe-.*\.service$"')" 0
ok 'a message goes its way' inside smtpipe send-test ann@example.org
inside sh -c 'dpkg -i /mnt/smtpipe-mta_*.deb' >>install.log 2>&1
is 'it can be the sendmail of this system' "$?" 0
inside sh -c 'printf "Subject: from cron\n\nhello\n" | /usr/sbin/sendmail ann@example.org'
ok 'whose mail arrives' until_true 20 inside grep -qr 'Subject: from cron' /var/mail/ann/Maildir/new
is 'mailq shows the queue, newaliases has nothing to do' "$(inside mailq; inside newaliases; echo $?)" '0 messages, 0 bytes
0'
inside sh -c 'dpkg -i /mnt/smtpipe_*.deb' >>install.log 2>&1
ok 'after an upgrade it goes on' inside smtpipe send-test ann@example.org
inside dpkg -r smtpipe-mta smtpipe >>install.log 2>&1
is 'removed, it runs no more' "$? $(inside systemctl list-units --no-legend --plain 'smtpipe*' | wc -l)" '0 0'
ok 'but settings and mail are kept' inside sh -c 'test -e /etc/smtpipe/passwords && test -d /var/mail/ann/Maildir'

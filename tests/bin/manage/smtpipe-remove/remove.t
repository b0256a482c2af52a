# road/systemd.t uses it for real
. tests/lib.sh
not_ok 'an argument that it does not know is refused' smtpipe remove -x
not_ok 'so is a word' smtpipe remove now

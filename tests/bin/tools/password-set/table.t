# AUTH-28 SASL-05 SEC-10: the table of passwords is edited, never damaged
. tests/lib.sh

set_password() { printf '%s\n' "$1" | password-set -m '$6$' -i 0 "$2" 2>log; }

ok 'a first password makes the table' set_password secret ann
like 'an entry is the login and its hash' "$(cat passwords)" '^ann: \$6\$[^ ]+$'
is 'the table is for its owner only' "$(stat -c %a passwords)" 600
ok 'without -m the best method is taken' sh -c 'echo secret | password-set best'
like 'the best method is yescrypt' "$(cat passwords)" '^best: \$y\$'

old='$6$old$hash'
cat >passwords <<TABLE
# our people
ann: $old quota=5 by=admin
  note=second-line

# a locked account
Bob: *
carl:
dora: $old
dora: $old
TABLE
chmod 640 passwords
cp passwords before
ok 'a password is changed' set_password secret ann
new=$(sed -n 's/^ann: \([^ ]*\).*/\1/p' passwords)
unlike 'the hash is another' "$new" 'old'
is 'comments, order and other items stay as they were' \
	"$(sed "s,$(printf '%s' "$new" | sed 's/[$.]/\\&/g'),$old," passwords)" "$(cat before)"
is 'the mode stays as it was' "$(stat -c %a passwords)" 640
ok 'letter case of a login is ignored' set_password secret BOB
like 'the login is kept as the table has it' "$(cat passwords)" '^Bob: \$6\$'
is 'a login is in there once' "$(grep -ci '^bob' passwords)" 1
ok 'a login without hash gets one' set_password secret carl
like 'its line holds the hash' "$(cat passwords)" '^carl: \$6\$'
is 'the others are as they were' "$(grep '^dora' passwords | uniq -c | tr -s ' ')" " 2 dora: $old"

ok 'of two entries the first is changed, since it is the one that counts' set_password secret dora
like 'the second is as it was' "$(grep '^dora' passwords | tail -1)" '^dora: \$6\$old\$hash$'
unlike 'the first is not' "$(grep '^dora' passwords | head -1)" 'old'

ok 'a login is removed' password-set -r dora
unlike 'no second entry of it comes to life' "$(cat passwords)" dora
ok 'a login with other lines is removed' password-set -r ann
is 'with all its lines' "$(cat passwords | head -3)" "$(printf '# our people\n\n# a locked account')"
not_ok 'who is not there cannot be removed' password-set -r ann
printf '# no line end' >passwords
ok 'a table without a last line end is added to' set_password secret eve
is 'on a line of its own' "$(sed -n '2s/: .*//p' passwords)" eve

cp passwords before
for login in '' 'a b' 'a:b' '#a' "$(printf 'a\nb')" "$(printf 'a\351')" "$(printf '%0321d' 0)"; do
	not_ok "no login: '$(printf %.20s "$login" | tr '\n\351' '??')'" set_password secret "$login"
done
not_ok 'an empty password is refused' set_password '' ann
not_ok 'SASL-05: a password that is not UTF-8 is refused' set_password "$(printf 'p\351')" ann
not_ok 'a password with a control character is refused' set_password "$(printf 'p\tq')" ann
not_ok 'a password of 512 bytes is refused' set_password "$(printf '%0512d' 0)" ann
not_ok 'a password with NUL is refused' sh -c 'printf "se\\0cret\n" | password-set ann'
not_ok 'a weak method is refused' sh -c "echo secret | password-set -m '\$1\$' ann"
not_ok 'an unknown method is refused' sh -c "echo secret | password-set -m '\$zz\$' ann"
is 'after all that the table is as it was' "$(cat passwords)" "$(cat before)"
is 'and nothing is left beside it' "$(echo passwords*)" passwords
ok 'a password of 511 bytes is taken' set_password "$(printf '%0511d' 0)" ann
ok 'a password without line end is taken' sh -c 'printf secret | password-set ann'

ln -s passwords link
not_ok 'a symbolic link is not replaced' password-set -f link -r eve
for i in 1 2 3 4 5 6 7 8; do
	set_password secret "user$i" &
done
wait
is 'many at the same time: nobody is lost' "$(grep -c '^user' passwords)" 8

ok 'a terminal is asked twice' type-at "$(printf 'secret\nsecret')" password-set -m '$6$' tess
unlike 'and shows nothing of the password' "$(cat .out)" secret
like 'the entry is there' "$(cat passwords)" '^tess: \$6\$'
cp passwords before
not_ok 'two different passwords are refused' type-at "$(printf 'secret\nother')" password-set tess
is 'and change nothing' "$(cat passwords)" "$(cat before)"

# AUTH-28 SASL-05 SASL-08: what else than a hash password-set writes: keys, bounds, further passwords
. tests/lib.sh

set_password() { # PASSWORD ARGUMENT...
	password=$1
	shift
	printf '%s\n' "$password" | password-set -m '$6$' -i 4096 "$@" 2>log
}
hash='\$6\$[^ ]+'
keys='SCRAM-SHA-256\$4096:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}'

set_password secret ann
like 'an entry is a hash and keys for SCRAM' "$(sed -n 1p passwords)" "^ann: $hash $keys\$"
like 'with the first keys comes the entry for unknown logins' "$(sed -n 2p passwords)" "^\*: $keys\$"
cp passwords before
set_password other ann
like 'a new password has new ones' "$(sed -n 1p passwords)" "^ann: $hash $keys\$"
is 'no key is left of the old one' "$(head -1 passwords | comm -12 - before)" ''
is 'the entry for unknown logins stays' "$(tail -1 passwords)" "$(tail -1 before)"
printf 'secret\n' | password-set -m '$6$' -i 0 bob
like '-i 0: without keys' "$(tail -1 passwords)" "^bob: $hash\$"
not_ok 'fewer than 4096 iterations are refused' sh -c 'echo secret | password-set -i 4095 bob'
printf 'p\303\244ss' | password-set -m '$6$' -i 4096 zoe
printf 'pa\314\210ss' | password-set -m '$6$' -i 4096 yak
# Salts differ, so the hashes tell nothing; auth-check's test tells that both are one password.
ok 'SASL-05: a password that needs to be prepared is taken' grep -q '^yak: ' passwords
not_ok 'SASL-05: one that cannot be prepared is refused' \
	sh -c 'printf "\330\2471\n" | password-set ann'

set_password secret -u 2027-12-31 -a 192.0.2.0/24 -a 2001:db8::/32 -s ann@example.org -s @x.example ann/phone
like 'a further password with its bounds' "$(tail -1 passwords)" \
	"^ann/phone: $hash $keys until=2027-12-31 from=192.0.2.0/24 from=2001:db8::/32 as=ann@example.org as=@x.example\$"
set_password secret -a 198.51.100.0/24 ann/phone
like 'bounds that are given replace those of their kind, others stay' "$(grep ^ann/phone passwords)" \
	"^ann/phone: $hash $keys from=198.51.100.0/24 until=2027-12-31 as=ann@example.org as=@x.example\$"
is 'it is in there once' "$(grep -c '^ann/phone' passwords)" 1
fingerprint=SHA256:$(printf '%064d' 7)
password-set -n -c "$fingerprint" ann/laptop
is '-n: a certificate and no password' "$(tail -1 passwords)" "ann/laptop: - certificate=$fingerprint"
made=$(password-set -g -m '$6$' -i 4096 ann/tv)
like '-g: a password of 100 random bits is made and shown' "$made" \
	'^[a-km-z2-9]{4}(-[a-km-z2-9]{4}){4}$'
unlike 'AUTH-28: and not written' "$(cat passwords)" "$made"
unlike 'two of them differ' "$(password-set -g -m '$6$' -i 4096 ann/tv)" "$made"

cp passwords before
for bound in '-u 2027-02-30' '-u tomorrow' '-a 192.0.2.0/33' '-a home' '-c SHA256:12' '-s' '-s a,b'; do
	not_ok "no bound: $bound" sh -c "echo secret | password-set $bound ann"
done
for login in '*' ann/ /phone; do
	not_ok "no login: $login" set_password secret "$login"
done
not_ok 'a further password of nobody is refused' set_password secret nobody/phone
not_ok '-g and -r do not go together' password-set -g -r ann
is 'after all that the table is as it was' "$(cat passwords)" "$(cat before)"

ok 'a further password is removed alone' password-set -r ann/phone
is 'the others stay' "$(grep -o '^ann[^:]*' passwords | tr '\n' ' ')" 'ann ann/laptop ann/tv '
set_password secret anna
ok 'a login is removed with all it has' password-set -r ann
is 'nothing of it is left, and all of others' "$(grep -o '^ann[^:]*' passwords)" 'anna'

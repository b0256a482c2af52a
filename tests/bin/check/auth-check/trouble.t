# AUTH-18 AUTH-25 AUTH-26 AUTH-28: what auth-check does when it cannot or must not tell
. tests/lib.sh

printf 'V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0t\0\0' >facts
b64() { printf "$1" | base64 -w 0; }
# try LOGIN PASSWORD: the answer is left in the variable answer
try() {
	: >login
	answer=$(printf 'AUTH PLAIN %s\r\n' "$(printf '\000%s\000%s' "$1" "$2" | base64 -w 0)" |
		auth-check -w "${WAIT:-0}" 3<facts 4>login 2>log | tr -d '\r' | cut -c 1-9)
}
later() {
	try alice secret
	is "$1 is 454" "$answer $(cat login)" '454 4.7.0 '
}

later 'AUTH-18: a missing table of passwords'
like 'the log says which' "$(cat log)" 'passwords: No such file'
printf 'secret\n' | password-set -m '$6$' alice
chmod 644 passwords
later 'a table that others may read'
like 'the log says what to do' "$(cat log)" 'chmod o= passwords'
chmod 602 passwords
later 'a table that others may change'
chmod 640 passwords
try alice secret
is 'the group may read the table' "$answer" '235 2.7.0'
mv passwords real
mkfifo -m 600 passwords
later 'a pipe in place of the table'
rm passwords
mkdir -m 700 passwords
later 'a folder in place of the table'
rmdir passwords
mv real passwords
mkdir domains
later 'AUTH-18: a table of domains that cannot be read'
rmdir domains
mv facts good
printf 'Xwrong\0\0' >facts
later 'a list of facts that is broken'
printf 'V1\0I192' >facts
later 'a list of facts that was cut short'
mv good facts
is 'a login that cannot be handed on is 454' "$(printf 'AUTH PLAIN %s\r\n' \
	"$(b64 '\0alice\0secret')" | auth-check 3<facts 4>&- 2>log | cut -c 1-9)" '454 4.7.0'

hash=$(sed -n 's/^alice: //p' passwords)
printf '%s\n' 'star: *' 'empty:' 'bang: !'"$hash" 'des: abJnggxhB/yWI' 'plain: secret' \
	'md5: $1$saltsalt$qjXMvbEw8oaL.CzflDtaK/' "more: $hash later=fields" "bound: $hash from=0.0.0.0/0 until=2999-12-31" "double: *" \
	"double: $hash" >passwords
for login in star empty bang des plain md5 double more; do
	try "$login" secret
	is "no login with the hash of '$login'" "$answer $(cat login)" '535 5.7.8 '
done
try plain '*'
is 'the text of a lock is no password' "$answer" '535 5.7.8'
like 'the log tells the operator why' "$(cat log)" 'login=plain .*weak or unknown'
try more secret
like 'an item that is not known may be a bound: the log says so' "$(cat log)" 'not understood'
try bound secret
is 'one that is known bounds the password' "$answer" '235 2.7.0'

printf '%s\n' "alice: $hash" >passwords
try alice 'my-wrong-secret'
like 'AUTH-25: a refusal is logged with client and login' "$(cat log)" \
	'^auth-check: login-refused conn=testconn00000000 client=192.0.2.7 login=alice '
unlike 'AUTH-28: the password is not logged' "$(cat log)" 'my-wrong-secret'
try 'my-secret-typed-as-login' secret
unlike 'AUTH-28: what may be a mistyped password is not logged' "$(cat log)" 'typed-as-login'
like 'but that there is no such login' "$(cat log)" 'client=192.0.2.7 .*text="no such login"'
try alice "$(printf '%0512d' 0)"
is 'a password of 512 bytes is wrong' "$answer" '535 5.7.8'

# The processor's time does not depend on what else the machine does.
cat >costs <<'PY'
import resource, subprocess, sys
def cost(line):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run("auth-check -w 0 3<facts 4>login 2>/dev/null", shell=True,
                   input=line.encode() + b"\r\n", stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
known, other = (min(cost(line) for _ in range(3)) for line in sys.argv[1:])
print("same" if other / 2 < known < other * 2 else (known, other))
PY
costs() { python3 costs "AUTH PLAIN $(b64 "$1")" "AUTH PLAIN $(b64 "$2")"; }
printf '%s\n' 'locked: *' \
	'alice: $6$rounds=150000$saltsaltsalt$AdVlSQWwbrZECJwoMgjrXYd46CGAnuTQe27qj20Rvr0Q9nPbIRKNlyMC3mtTFQHuVZf5xFlD4npO5DEfWF63/1' >passwords
is 'AUTH-26: an unknown login costs what a wrong password costs' \
	"$(costs '\0alice\0wrong' '\0nobody\0wrong')" same
is 'AUTH-26: so does a locked one' "$(costs '\0alice\0wrong' '\0locked\0wrong')" same
began=$(date +%s%N)
WAIT=700 try nobody secret
is 'AUTH-25, AUTH-26: a refusal comes after the time of -w' \
	"$answer $(($(date +%s%N) - began >= 700000000))" '535 5.7.8 1'

# 1 GiB of memory; hours of time.
printf '%s\n' 'alice: $y$jFT$saltsaltsaltsaltsalts/$0000000000000000000000000000000000000000000' >passwords
if nm "$BUILD/bin/check/auth-check" 2>/dev/null | grep -q __asan_init; then
	skip 'a hash that asks for 1 GiB is refused' 'the sanitizer needs all memory there is'
else
	later 'a hash that asks for 1 GiB'
	like 'the log says what was lacking' "$(cat log)" 'cannot hash the password of alice: .*256 MiB'
fi

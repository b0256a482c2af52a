# SASL-15 SASL-16: signed tokens, right ones and every way to forge one (RFC 8725)
. tests/lib.sh

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.key 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out other.key 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key 2>/dev/null
cat >token.py <<'PY'
"""token.py CASE: a token; token.py --keys: the set of keys. Signed by openssl, so by other code."""
import base64, hashlib, hmac, json, re, subprocess, sys, time

def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()

def run(*words, data=None):
    return subprocess.run(words, input=data, stdout=subprocess.PIPE, check=True).stdout

def rsa_key(name, **more):
    text = run('openssl', 'rsa', '-in', name + '.key', '-noout', '-modulus').decode()
    return dict(kty='RSA', kid=name, n=b64(bytes.fromhex(text.strip().split('=')[1])), e='AQAB', **more)

def ec_key():
    der = run('openssl', 'pkey', '-in', 'ec.key', '-pubout', '-outform', 'DER')
    return dict(kty='EC', crv='P-256', kid='ec', x=b64(der[-64:-32]), y=b64(der[-32:]))

def sign(alg, key, text):
    made = run('openssl', 'dgst', '-sha256', '-sign', key + '.key', data=text.encode())
    if alg == 'ES256':
        numbers = run('openssl', 'asn1parse', '-inform', 'DER', data=made).decode()
        made = b''.join(bytes.fromhex(n.zfill(64)) for n in re.findall(r'INTEGER\s+:([0-9A-F]+)', numbers))
    return made

def token(alg='RS256', key='rsa', head=None, claims=None, drop=(), signature=None, payload=None):
    header = dict({'alg': alg, 'typ': 'JWT', 'kid': key}, **(head or {}))
    body = dict({'iss': 'https://login.example', 'aud': 'smtp', 'sub': 'ann', 'exp': time.time() + 600,
                 'scope': 'openid mail.send'}, **(claims or {}))
    for name in drop:
        header.pop(name, None), body.pop(name, None)
    text = b64(json.dumps(header).encode()) + '.' + b64((payload or json.dumps(body)).encode())
    if signature is None:
        signature = sign(alg, key, text)
    return text + '.' + b64(signature(text) if callable(signature) else signature)

def mac(text): # what a library does that takes the public key for a secret
    secret = run('openssl', 'pkey', '-in', 'rsa.key', '-pubout')
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()

def stand_in(text):
    return sign('RS256', 'rsa', text)

now = time.time()
good = token()
if sys.argv[1] == '--keys':
    keys = [rsa_key('rsa'), ec_key(), rsa_key('small'), rsa_key('other', use='enc')]
    print(json.dumps({'keys': keys}))
    sys.exit()
print({
    'rs256': lambda: good,
    'es256': lambda: token('ES256', 'ec'),
    'aud-list': lambda: token(claims={'aud': ['imap', 'smtp']}),
    'at+jwt': lambda: token(head={'typ': 'at+jwt'}),
    'nokid-ec': lambda: token('ES256', 'ec', drop=['kid']),
    'nbf': lambda: token(claims={'nbf': now + 30}),
    'none': lambda: token(head={'alg': 'none'}, signature=b''),
    'none-signed': lambda: token(head={'alg': 'none'}, signature=stand_in),
    'None': lambda: token(head={'alg': 'nOnE'}, signature=b'x'),
    'hs256': lambda: token(head={'alg': 'HS256'}, signature=mac),
    'rs512': lambda: token(head={'alg': 'RS512'}, signature=stand_in),
    'noalg': lambda: token(drop=['alg']),
    'rsa-as-ec': lambda: token(head={'alg': 'ES256'}, signature=stand_in),
    'ec-as-rsa': lambda: token('ES256', 'ec', head={'alg': 'RS256'}),
    'ec-der': lambda: token('ES256', 'ec', signature=lambda t: sign('RS256', 'ec', t)),
    'ec-zero': lambda: token('ES256', 'ec', signature=bytes(64)),
    'unsigned': lambda: token(signature=b''),
    'two-parts': lambda: good.rsplit('.', 1)[0],
    'four-parts': lambda: good + '.x',
    'changed': lambda: '.'.join([good.split('.')[0], b64(json.dumps({'iss': 'https://login.example',
        'aud': 'smtp', 'sub': 'root', 'exp': now + 600}).encode()), good.split('.')[2]]),
    'own-jwk': lambda: token(key='other', head={'jwk': rsa_key('other')}, drop=['kid']),
    'own-jku': lambda: token(key='other', head={'jku': 'https://evil.example/keys', 'kid': 'rsa'}),
    'kid-other': lambda: token(head={'kid': 'nobody'}),
    'kid-enc': lambda: token(key='other'),
    'kid-number': lambda: token(head={'kid': 1}),
    'nokid-rsa': lambda: token(drop=['kid']),
    'small': lambda: token(key='small'),
    'crit': lambda: token(head={'crit': ['exp']}),
    'typ': lambda: token(head={'typ': 'logout+jwt'}),
    'issuer': lambda: token(claims={'iss': 'https://login.example/'}),
    'noissuer': lambda: token(drop=['iss']),
    'audience': lambda: token(claims={'aud': 'imap'}),
    'aud-prefix': lambda: token(claims={'aud': 'smtps'}),
    'noaud': lambda: token(drop=['aud']),
    'expired': lambda: token(claims={'exp': now - 120}),
    'noexp': lambda: token(drop=['exp']),
    'exp-text': lambda: token(claims={'exp': str(now + 600)}),
    'notyet': lambda: token(claims={'nbf': now + 600}),
    'nosub': lambda: token(drop=['sub']),
    'sub-number': lambda: token(claims={'sub': 7}),
    'sub-nul': lambda: token(claims={'sub': 'ann\0'}),
    'sub-long': lambda: token(claims={'sub': 'a' * 321}),
    'twice': lambda: token(payload='{"iss":"https://login.example","aud":"smtp","exp":%d,"sub":"ann",'
                                   '"sub":"root"}' % (now + 600)),
    'array': lambda: token(payload='[]'),
    'deep': lambda: token(payload='[' * 3000),
    'empty': lambda: '',
    'dots': lambda: '..',
    'padded': lambda: good + '=',
    'space': lambda: good.replace('.', ' .', 1),
}[sys.argv[1]](), end='')
PY
python3 token.py --keys >jwks.json
# check CASE [ARGUMENT]...
check() {
	case=$1
	shift
	python3 token.py "$case" |
		token-check -i https://login.example -a smtp "$@" 3<&- 4>answer 2>log
	status=$?
	answer="$status $(tr '\0' '|' <answer)"
}
for case in rs256 es256 aud-list at+jwt nokid-ec nbf; do
	check $case
	is "valid: $case" "$answer" '0 Aann||'
done
for case in none none-signed None hs256 rs512 noalg rsa-as-ec ec-as-rsa ec-der ec-zero unsigned two-parts \
	four-parts changed own-jwk own-jku kid-other kid-enc kid-number nokid-rsa small crit typ issuer \
	noissuer audience aud-prefix noaud expired noexp exp-text notyet nosub sub-number sub-nul sub-long \
	twice array deep empty dots padded space; do
	check $case
	is "not valid: $case" "$answer" '100 |'
done
check hs256
like 'the log says why' "$(cat log)" 'token-refused text="its algorithm is neither RS256 nor ES256"'
check rs256 -s mail.send
is 'a scope that the token has' "$answer" '0 Aann||'
check rs256 -s mail
is 'one that it has not' "$answer" '100 |'
check rs256 -c iss
is 'another claim is the login' "$answer" '0 Ahttps://login.example||'
check rs256 -c email
is 'a claim that it has not' "$answer" '100 |'
check rs256 -k missing.json
is 'AUTH-18: without keys: later' "$answer" '111 '
for keys in '' '{' '[]' '{"keys":1}'; do
	printf '%s' "$keys" >broken.json
	check rs256 -k broken.json
	is "AUTH-18: keys that are none: later: $keys" "$answer" '111 '
done
for key in '{"kty":"RSA","kid":"rsa","n":"","e":""}' '{"kty":"RSA","kid":"rsa","n":"AQAB","e":"AQAB"}' \
	'{"kty":"EC","kid":"ec","crv":"P-256","x":"AA","y":"AA"}' '{"kid":"rsa"}' '7'; do
	printf '{"keys":[%s]}' "$key" >broken.json
	for case in rs256 es256; do
		check $case -k broken.json
		is "a broken key: not valid, $case: $key" "$answer" '100 |'
	done
done

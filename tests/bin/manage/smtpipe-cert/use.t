. tests/lib.sh
export SMTPIPE_ETC=$WORK/etc SMTPIPE_LIBEXEC=$BUILD/bin/manage
mkdir -p etc/tls
make_pair() { # NAME DAYS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$2" -subj "/CN=$1" \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}
make_pair one 10 && make_pair two 10
ok 'a pair is taken' smtpipe cert use one.pem one.key
like 'and shown' "$(smtpipe cert show)" '^tls/cert.pem: subject=CN = one'
is 'the key is for the group of tls only' "$(stat -c %a etc/tls/key.pem)" 640
smtpipe cert use two.pem one.key >out 2>&1
is 'a key of another certificate is refused' "$? $(cat out)" '100 smtpipe-cert: one.key is not the key of two.pem'
like 'and nothing is changed' "$(smtpipe cert show)" 'CN = one'
echo x >three.pem
not_ok 'what is no certificate is refused' smtpipe cert use three.pem one.key
ok 'a name of its own, for SNI' smtpipe cert use two.pem two.key mail.example.org
like 'lies beside' "$(smtpipe cert show)" '^tls/mail.example.org/cert.pem: subject=CN = two'
not_ok 'a name that climbs is none' smtpipe cert use two.pem two.key ../x
is 'nothing is left behind' "$(find etc -name '*.new')" ''

# The lines of the page, called as each ACME client calls its hook.
page_says() { # CLIENT: what stands there in a literal block
	sed -n "/^\.It $1\$/,/^\.Ed/p" "$ROOT/bin/manage/smtpipe-cert.8" | sed '1,/^\.Bd/d; /^\.Ed/d; s/\\e/\\/g'
}
issue() { # NAME FULLCHAIN KEY: what the client has got
	mkdir -p "$(dirname "$2")" "$(dirname "$3")" && make_pair "$1" 10 && cp "$1.pem" "$2" && cp "$1.key" "$3"
}
in_use() { openssl x509 -in etc/tls/cert.pem -noout -subject; }
mkdir clients
page_says lego >clients/lego-hook
page_says dehydrated >clients/dehydrated-hook
chmod +x clients/*-hook

# certbot gives the command to a shell.
cat >clients/certbot <<'EOF'
#!/bin/sh
[ "$1 $2 $3 $4 $5" = 'certonly --standalone -d mail.example.org --deploy-hook' ] && exec sh -c "$6"
EOF
chmod +x clients/certbot
issue certbot 'live/a name/fullchain.pem' 'live/a name/privkey.pem'
(
	export RENEWED_LINEAGE="$WORK/live/a name" RENEWED_DOMAINS='a.example b.example'
	PATH=$WORK/clients:$PATH
	eval "$(page_says certbot)"
) >out
is 'certbot: a command, with the variables of a renewal' "$? $(in_use)" '0 subject=CN = certbot'
# lego cuts the hook's words at spaces and asks no shell; the folder of its settings may be relative.
issue lego4 .lego/certificates/lego4.crt .lego/certificates/lego4.key
env LEGO_ACCOUNT_EMAIL=ann@example.org LEGO_CERT_DOMAIN=lego4 LEGO_CERT_PATH=.lego/certificates/lego4.crt \
	LEGO_CERT_KEY_PATH=.lego/certificates/lego4.key clients/lego-hook >out
is 'lego 4' "$? $(in_use)" '0 subject=CN = lego4'
issue lego5 .lego/certificates/lego5.crt .lego/certificates/lego5.key
env LEGO_HOOK_CERT_NAME=lego5 LEGO_HOOK_CERT_PATH="$WORK/.lego/certificates/lego5.crt" \
	LEGO_HOOK_CERT_KEY_PATH="$WORK/.lego/certificates/lego5.key" clients/lego-hook >out
is 'lego 5' "$? $(in_use)" '0 subject=CN = lego5'
# acme.sh evaluates the command in the folder of the certificate.
issue acme acme/mail.example.org_ecc/fullchain.cer acme/mail.example.org_ecc/mail.example.org.key
cat >clients/acme.sh <<EOF
#!/bin/sh
[ "\$1 \$2 \$3 \$4" = '--install-cert -d mail.example.org --reloadcmd' ] || exit 1
CERT_PATH=none CERT_KEY_PATH=$WORK/acme/mail.example.org_ecc/mail.example.org.key
CERT_FULLCHAIN_PATH=$WORK/acme/mail.example.org_ecc/fullchain.cer
export CERT_PATH CERT_KEY_PATH CERT_FULLCHAIN_PATH
cd $WORK/acme/mail.example.org_ecc && eval "\$5"
EOF
# dehydrated starts its hook for much else, too, and ends if that fails.
issue dehydrated certs/dehydrated/fullchain.pem certs/dehydrated/privkey.pem
ok 'dehydrated: nothing is done before there is a certificate' clients/dehydrated-hook startup_hook
clients/dehydrated-hook deploy_cert dehydrated "$WORK/certs/dehydrated/privkey.pem" "$WORK/none" \
	"$WORK/certs/dehydrated/fullchain.pem" "$WORK/none" 1700000000 >out
is 'dehydrated: then it is used' "$? $(in_use)" '0 subject=CN = dehydrated'
# uacme ends with 0 for a new certificate, with 1 where the one that is there will do.
cat >clients/uacme <<'EOF'
#!/bin/sh
[ "$3 $4" = 'issue mail.example.org' ] && exit "$UACME_ENDS"
exit 2
EOF
chmod +x clients/*
PATH=$WORK/clients:$PATH
(eval "$(page_says acme.sh)") >out
is 'acme.sh' "$? $(in_use)" '0 subject=CN = acme'
issue uacme uacme/mail.example.org/cert.pem uacme/private/mail.example.org/key.pem
export UACME_ENDS=1
(eval "$(page_says uacme | sed "s|/etc/ssl|$WORK|g")") >out
is 'uacme: nothing is done while the certificate is good' "$? $(in_use)" '1 subject=CN = acme'
UACME_ENDS=0
(eval "$(page_says uacme | sed "s|/etc/ssl|$WORK|g")") >out
is 'uacme: with a new one' "$? $(in_use)" '0 subject=CN = uacme'

# SUB-32 TLS-01 AUTH-05: the libraries that scripts send mail with, and programs that are built on them
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start DEMO_LIMITS=0
ca=$DEMO/tls/cert.pem
sent='' # subjects of what must be found in bob's Maildir

cat >client.py <<'PY'
import smtplib, ssl, sys
kind, port, ca, mechanism = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=ca)
if kind == 'starttls':
    server = smtplib.SMTP('localhost', port)
    server.starttls(context=context)
else:
    server = smtplib.SMTP_SSL('localhost', port, context=context)
server.ehlo()
server.user, server.password = 'alice', 'wonderland'
code, _ = server.auth(mechanism, getattr(server, 'auth_' + mechanism.lower()))
assert code == 235
refused = server.sendmail('alice@example.test', ['bob@example.test', 'alice@example.test'],
    'From: alice@example.test\r\nTo: bob@example.test\r\nSubject: smtplib-%s-%s\r\n\r\n.dot\r\n'
    % (kind, mechanism))
assert not refused
server.quit()
PY
for mechanism in PLAIN LOGIN; do
	ok "smtplib over 587, AUTH $mechanism" python3 client.py starttls "$SUBMISSION" "$ca" $mechanism
	ok "smtplib over 465, AUTH $mechanism" python3 client.py tls "$SUBMISSIONS" "$ca" $mechanism
	sent="$sent smtplib-starttls-$mechanism smtplib-tls-$mechanism"
done
cat >utf8.py <<'PY'
import email.message, smtplib, ssl, sys
mail = email.message.EmailMessage()
mail['From'], mail['To'], mail['Subject'] = 'alice@example.test', 'b\u00f6b@example.test', 'smtplib-utf8'
mail.set_content('gr\u00fc\u00dfe', cte='8bit')
server = smtplib.SMTP_SSL('localhost', int(sys.argv[1]), context=ssl.create_default_context(cafile=sys.argv[2]))
server.login('alice', 'wonderland')
server.send_message(mail, to_addrs=['bob@example.test'])
server.quit()
PY
ok 'smtplib with SMTPUTF8' python3 utf8.py "$SUBMISSIONS" "$ca"
sent="$sent smtplib-utf8"

cat >client.pl <<'PL'
use strict;
use warnings;
use Net::SMTP;
my ($kind, $port, $ca, $mechanism) = @ARGV;
my @tls = (SSL_ca_file => $ca, SSL_verifycn_name => 'localhost');
my $server = Net::SMTP->new('localhost', Port => $port, Hello => 'client.example.test',
	$kind eq 'tls' ? (SSL => 1, @tls) : ()) or die $@;
if ($kind eq 'starttls') { $server->starttls(@tls) or die $server->message . $@ }
require Authen::SASL;
my $sasl = Authen::SASL->new(mechanism => $mechanism,
	callback => { user => 'alice', authname => 'alice', pass => 'wonderland' });
$server->auth($sasl) or die $server->message;
$server->mail('alice@example.test') or die $server->message;
$server->to('bob@example.test') or die $server->message;
$server->data("From: alice\@example.test\nTo: bob\@example.test\n",
	"Subject: perl-$kind-$mechanism\n\n.dot\n") or die $server->message;
$server->quit;
PL
if perl -MNet::SMTP -MIO::Socket::SSL -MAuthen::SASL -e1 2>/dev/null; then
	for mechanism in PLAIN LOGIN; do
		ok "Net::SMTP over 587, AUTH $mechanism" perl client.pl starttls "$SUBMISSION" "$ca" $mechanism
		ok "Net::SMTP over 465, AUTH $mechanism" perl client.pl tls "$SUBMISSIONS" "$ca" $mechanism
		sent="$sent perl-starttls-$mechanism perl-tls-$mechanism"
	done
else skip 'Net::SMTP' 'libio-socket-ssl-perl or libauthen-sasl-perl is not installed'; fi

if [ -e "$(git --exec-path 2>/dev/null)/git-send-email" ]; then
	export HOME="$WORK" GIT_CONFIG_NOSYSTEM=1
	git init -q repository && cd repository || exit 1
	git config user.name Alice && git config user.email alice@example.test
	echo one >file && git add file && git commit -qm 'git-starttls' && git format-patch -q -1 -o patches --root
	sed 's/git-starttls/git-tls/' patches/0001* >other.patch
	for way in "tls $SUBMISSION patches/0001-git-starttls.patch" "ssl $SUBMISSIONS other.patch"; do
		set -- $way
		ok "git send-email, encryption $1" git send-email --quiet --confirm=never \
			--smtp-server=localhost --smtp-server-port="$2" --smtp-encryption="$1" \
			--smtp-user=alice --smtp-pass=wonderland --smtp-ssl-cert-path="$ca" \
			--from=alice@example.test --to=bob@example.test "$3"
	done
	cd "$WORK" || exit 1
	sent="$sent git-starttls git-tls"
else skip 'git send-email' 'git-email is not installed'; fi

# nodemailer comes from the npm registry, once.
node=$BUILD/packages/node
[ -d "$node/node_modules/nodemailer" ] || { have npm && mkdir -p "$node" &&
	npm install --silent --no-audit --no-fund --prefix "$node" nodemailer >/dev/null 2>&1; }
if have node && [ -d "$node/node_modules/nodemailer" ]; then
	cat >client.js <<-'JS'
		const [kind, port, ca, method] = process.argv.slice(2);
		const nodemailer = require('nodemailer');
		const transport = nodemailer.createTransport({
			host: 'localhost', port: Number(port), secure: kind === 'tls', requireTLS: true,
			tls: { ca: require('fs').readFileSync(ca) }, authMethod: method,
			auth: { user: 'alice', pass: 'wonderland' },
		});
		transport.sendMail({
			from: 'alice@example.test', to: 'bob@example.test',
			subject: `nodemailer-${kind}-${method}`, text: '.dot grüße\n',
			attachments: [{ filename: 'a.bin', content: Buffer.alloc(3000, 200) }],
		}).catch((error) => { console.error(error); process.exitCode = 1; });
	JS
	for method in PLAIN LOGIN; do
		for way in "starttls $SUBMISSION" "tls $SUBMISSIONS"; do
			ok "nodemailer, $way, AUTH $method" env NODE_PATH="$node/node_modules" \
				node client.js $way "$ca" $method
			sent="$sent nodemailer-${way% *}-$method"
		done
	done
else skip 'nodemailer' 'node or npm is not installed, or the registry is out of reach'; fi

for subject in $sent; do
	ok "$subject is in bob's Maildir" until_true 20 has_mail bob "$subject"
done
ok 'and in alice'\''s, who was a recipient too' until_true 20 has_mail alice 'Subject: smtplib-tls-PLAIN'
ok 'the queue is empty then' until_true 20 queue_empty
is 'DATA-02: the dot arrived as it was' \
	"$(tail -n 1 "$(mail_with bob 'Subject: smtplib-tls-PLAIN')")" '.dot'
unlike 'AUTH-28: no password in the log' "$(demo_log)" 'wonderland|AHdvbmRlcmxhbmQ'

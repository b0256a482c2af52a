/*
 * tls-connect - the client's side of TLS, for a program that knows nothing of it
 *
 *     tls-connect -n servername [-v verify|encrypt|may] [-x] [-A ca] [-h handshake_s]
 *                 [-t idle_s]
 *
 * road     smtp-send > [tls-connect] > the next host
 * fd 0, 1  the clear side: what is read from 0 goes to the host, what it says goes to 1
 * fd 3     with -x: what the certificate has to be (net/tls_expected.h), to its end
 * fd 4     facts, as NAME=value NUL ... NUL: SSL_PROTOCOL, SSL_CIPHER, SSL_PEER_CERT_HASH,
 *          SSL_VERIFIED (yes or no), SSL_VERIFY_ERROR, SSL_VERIFY_RESULT; SSL_ERROR: there is no
 *          TLS. Then closed.
 * fd 6, 7  the network (UCSPI): STARTTLS, if there is one, has been said and answered
 * opens    CA certificates
 * keeps    the network, the clear side
 * exits    0: the session has ended; 111: no TLS, or the session broke
 * source   RFC 3207 4.1; RFC 8314 3; RFC 9325; RFC 7435 (may); RFC 7672 (TLSA records on fd 3)
 *
 * verify   no byte passes unless the certificate is what was expected; without -x: a CA vouches for
 *          it, and it holds the server's name
 * encrypt  any certificate is taken; SSL_VERIFIED says what it is worth
 * may      the same, and older suites are taken, too: what follows otherwise is clear text
 */
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "net/tls_dane.h"
#include "net/tls_expected.h"
#include "net/tls_facts.h"
#include "net/tls_pump.h"
#include "net/tls_verify.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/tai.h>
#include <skalibs/types.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"tls-connect -n servername [-v verify|encrypt|may] [-x] [-A ca] [-h handshake_s] "         \
	"[-t idle_s]"
char const *PROG = "tls-connect";

static struct rights rights = { .reads = { TLS_VERIFY_READS } };

enum { FD_EXPECTED = 3, FD_FACTS = 4, FD_NETWORK_IN = 6, FD_NETWORK_OUT = 7 };
enum {
	HANDSHAKE_S = 60,
	IDLE_S = 1200, /* more than any time-out of RFC 5321 4.5.3.2 */
};

enum level { MAY, ENCRYPT, VERIFY };

struct options {
	const char *server;
	enum level level;
	bool told;      /* what to expect */
	const char *ca; /* NULL: the system's */
	unsigned int handshake_s, idle_s;
};

static const struct tls_ends ends = { FD_NETWORK_IN, FD_NETWORK_OUT, 0, 1 };

static enum level
level_parse(const char *word)
{
	static const char *const levels[] = {
		[MAY] = "may", [ENCRYPT] = "encrypt", [VERIFY] = "verify"
	};

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (strcmp(word, levels[i]) == 0)
			return (enum level)i;
	die_usage(USAGE);
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "n:v:xA:h:t:", &got)) != -1)
		switch (c) {
		case 'n': opt->server = got.arg; break;
		case 'v': opt->level = level_parse(got.arg); break;
		case 'x': opt->told = true; break;
		case 'A': opt->ca = got.arg; break;
		case 'h':
			if (!uint0_scan(got.arg, &opt->handshake_s))
				die_usage(USAGE);
			break;
		case 't':
			if (!uint0_scan(got.arg, &opt->idle_s))
				die_usage(USAGE);
			break;
		default: die_usage(USAGE);
		}
	if (got.ind != argc || !opt->server
	    || !domain_valid(opt->server, strlen(opt->server), false))
		die_usage(USAGE);
}

/* Ends the list and hands it over. By hand fd 4 may be closed: then nobody asks. */
static void
facts_tell(stralloc *facts)
{
	if (!record_end(facts))
		die_memory();
	if (!io_write(FD_FACTS, facts->s, facts->len) && errno != EBADF)
		die_temporary("cannot tell the facts of the handshake");
	close(FD_FACTS);
	stralloc_free(facts);
}

_Noreturn static void
fail(stralloc *facts, const char *why)
{
	if (!tls_fact_add(facts, "SSL_ERROR", why))
		die_memory();
	facts_tell(facts);
	_exit(EXIT_TEMPORARY);
}

static struct tls *
tls_prepare(const struct options *opt)
{
	struct tls_config *config;
	struct tls *tls;

	if (tls_init() < 0 || !(config = tls_config_new()) || !(tls = tls_client()))
		die_memory();
	if (tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) < 0
	    || tls_config_set_ciphers(config, opt->level == MAY ? "compat" : TLS_CIPHERS) < 0)
		die_later("cannot set up TLS: ", tls_config_error(config));
	/* tls_verify() does it after the handshake: it can also say no and let us go on. */
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	if (tls_configure(tls, config) < 0
	    || tls_connect_fds(tls, ends.net_in, ends.net_out, opt->server) < 0)
		die_later("cannot set up TLS: ", tls_error(tls));
	tls_config_free(config);
	return tls;
}

/* list: holds the names, and must live as long. */
static void
expected_read(struct tls_expected *out, stralloc *list, const struct options *opt)
{
	if (!opt->told) {
		out->names[out->name_count++] = opt->server;
		return;
	}
	if (!io_slurp(FD_EXPECTED, TLS_EXPECTED_MAX_BYTES, list))
		die_temporary("cannot read what to expect of the server on descriptor 3");
	if (!tls_expected_read(out, list->s, list->len))
		die_later("what to expect of the server, on descriptor 3, makes no sense");
	close(FD_EXPECTED);
}

/* Says what the peer is worth; ends here if that is too little. */
static void
judge(struct tls *tls, const struct options *opt, const struct tls_expected *expected)
{
	stralloc facts = STRALLOC_ZERO;
	const char *type;
	size_t len = 0;
	const uint8_t *chain = tls_peer_cert_chain_pem(tls, &len);
	const char *why = expected->record_count ? tls_dane(chain, len, expected, &type)
	                                         : tls_verify(chain, len, expected->names,
	                                                      expected->name_count, opt->ca, &type);

	if (!tls_pump_facts(&facts, tls)
	    || !tls_fact_add(&facts, "SSL_VERIFIED", why ? "no" : "yes")
	    || !tls_fact_add(&facts, "SSL_VERIFY_ERROR", why)
	    || (why && !tls_fact_add(&facts, "SSL_VERIFY_RESULT", type)))
		die_memory();
	if (why && opt->level == VERIFY) {
		tls_close(tls);
		fail(&facts, why);
	}
	facts_tell(&facts);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .level = VERIFY, .handshake_s = HANDSHAKE_S, .idle_s = IDLE_S };
	static struct tls_expected expected;
	stralloc nothing = STRALLOC_ZERO, list = STRALLOC_ZERO;
	struct tls *tls;
	const char *why;

	parse_options(&opt, argc, argv);
	tain_now_set_stopwatch_g();
	tzset(); /* a file is read for it, once: libcrypto asks for it when we are confined */
	signal(SIGPIPE, SIG_IGN);
	tls = tls_prepare(&opt);
	rights_read(&rights, opt.ca);
	sandbox_enter(&rights);
	expected_read(&expected, &list, &opt);
	if ((why = tls_handshake_within(tls, &ends, (int)opt.handshake_s)) != NULL)
		fail(&nothing, why);
	judge(tls, &opt, &expected);
	switch (tls_pump(tls, &ends, (int)opt.idle_s)) {
	case TLS_END_CLOSED: tls_free(tls); return 0;
	case TLS_END_IDLE: die_later("the session was ended: nothing moved for too long");
	case TLS_END_BROKEN: die_later("the session broke: ", tls_error(tls));
	}
}

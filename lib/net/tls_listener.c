#include "net/tls_listener.h"

#include "base/die.h"
#include "base/spawn.h"
#include "net/tls_pump.h"

#include <openssl/opensslv.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LIFETIME_SHORTEST_S = 4 }; /* that libtls takes */

/*
 * OpenSSL would send two tickets behind each handshake of TLS 1.3, in packets of their own, for
 * sessions that no other process knows (doc/decisions/0016). Where sessions have a lifetime, LibreTLS
 * is asked for each ticket, and answers that there is none. LibreSSL sends none unless it is told
 * a lifetime.
 */
static bool
without_tickets(struct tls_config *config)
{
#ifdef LIBRESSL_VERSION_NUMBER
	(void)config;
	return true;
#else
	return tls_config_set_session_lifetime(config, LIFETIME_SHORTEST_S) == 0;
#endif
}

/* false: logged. */
static bool
config_fill(struct tls_config *config, const struct tls_files *files, bool any_client)
{
	if (tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) < 0
	    || tls_config_set_ciphers(config, TLS_CIPHERS) < 0
	    || (files->clients && tls_config_set_ca_file(config, files->clients) < 0)) {
		log_warn("cannot set up TLS: ", tls_config_error(config));
		return false;
	}
	if (!without_tickets(config)) {
		log_warn("cannot set up TLS: ", tls_config_error(config));
		return false;
	}
	if (files->clients || any_client)
		tls_config_verify_client_optional(config);
	if (!files->clients && any_client)
		tls_config_insecure_noverifycert(config);
	for (unsigned int i = 0; i < files->key_count; i++) {
		const char *certificate = files->certificates[i], *key = files->keys[i];

		if ((i ? tls_config_add_keypair_file(config, certificate, key)
		       : tls_config_set_keypair_file(config, certificate, key))
		    < 0) {
			log_warn("cannot read ", certificate, " and ", key, ": ",
			         tls_config_error(config));
			return false;
		}
	}
	return true;
}

/* From here on a key is in memory. NULL: logged. */
static struct tls *
prepare(const struct tls_files *files, bool any_client)
{
	struct tls_config *config = NULL;
	struct tls *tls = NULL;
	bool done = false;

	if (tls_init() < 0 || !(config = tls_config_new()) || !(tls = tls_server()))
		log_warn_sys("cannot start TLS");
	else if (config_fill(config, files, any_client)) {
		done = tls_configure(tls, config) == 0;
		if (!done)
			log_warn("cannot use the certificates and keys: ", tls_error(tls));
		tls_config_clear_keys(config); /* the listener has them */
	}
	tls_config_free(config);
	if (done)
		return tls;
	tls_free(tls);
	return NULL;
}

static bool
look_again(struct sight *known, const char *path)
{
	struct sight now = path ? sight_look(path) : (struct sight){ .inode = 0 };

	if (sight_same(known, &now))
		return false;
	*known = now;
	return true;
}

bool
tls_listener_is_stale(struct tls_listener *listener)
{
	const struct tls_files *files = listener->files;
	struct sight *at = listener->seen;
	bool some = false;

	for (unsigned int i = 0; i < files->key_count; i++) {
		some |= look_again(at++, files->certificates[i]);
		some |= look_again(at++, files->keys[i]);
	}
	return (files->clients && look_again(at, files->clients)) || some;
}

/* false: logged; the listener is as it was. */
static bool
read_files(struct tls_listener *listener)
{
	const struct tls_files *files = listener->files;
	struct tls *tls = prepare(files, files->any_client);
	struct tls *silent = tls && files->any_client ? prepare(files, false) : NULL;

	if (!tls || (files->any_client && !silent)) {
		tls_free(tls);
		return false;
	}
	tls_listener_close(listener);
	listener->tls = tls;
	listener->silent = silent;
	return true;
}

bool
tls_listener_open(struct tls_listener *listener, const struct tls_files *files)
{
	*listener = (struct tls_listener){ .files = files };
	tls_listener_is_stale(
	    listener); /* before they are read: a change meanwhile is seen at the next look */
	return read_files(listener);
}

void
tls_listener_renew(struct tls_listener *listener)
{
	if (!tls_listener_is_stale(listener))
		return;
	if (!read_files(listener)) {
		log_warn("the certificates and keys have changed, and cannot be used: those read "
		         "before stay in use");
		return;
	}
	log_event("renewed", "certificate", listener->files->certificates[0], NULL);
}

void
tls_listener_close(struct tls_listener *listener)
{
	tls_free(listener->tls);
	tls_free(listener->silent);
	listener->tls = listener->silent = NULL;
}

/* Both sides of one handshake, by turns. */
static void
shake_hands(struct tls *server, struct tls *client, const int ends[2])
{
	enum { TURNS_MAX = 8 };
	struct tls *session = NULL;

	if (tls_accept_fds(server, &session, ends[0], ends[0]) == 0
	    && tls_connect_fds(client, ends[1], ends[1], "localhost") == 0)
		for (int turn = 0; turn < TURNS_MAX; turn++) {
			int there = tls_handshake(client);

			if (tls_handshake(session) == 0 && there == 0)
				break;
		}
	tls_free(session);
}

static void
rehearse(struct tls *server, const char *protocol)
{
	struct tls_config *config = tls_config_new();
	struct tls *client = tls_client();
	uint32_t protocols;
	int ends[2];

	if (config && client && socketpair_open(ends)) {
		tls_config_insecure_noverifycert(config);
		tls_config_insecure_noverifyname(config);
		if (tls_config_parse_protocols(&protocols, protocol) == 0
		    && tls_config_set_protocols(config, protocols) == 0
		    && tls_configure(client, config) == 0
		    && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0
		    && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
			shake_hands(server, client, ends);
		close(ends[0]);
		close(ends[1]);
	}
	tls_free(client);
	tls_config_free(config);
}

void
tls_listener_warm(const struct tls_files *files)
{
	/*
	 * Not the listener that serves: an RSA key makes what blinds it on its first use, and all
	 * children would have that in common.
	 */
	struct tls *server = prepare(files, files->any_client);

	if (!server)
		return;
	rehearse(server, "tlsv1.3");
	rehearse(server, "tlsv1.2");
	tls_free(server);
}

/*
 * relay - the part of a deliverer that smtp-send and lmtp-send have in common
 *
 * Takes the job (stage(7)), says which recipients go together, and reports. Like the stage's
 * runtime it ends the program on trouble of ours, which means "later" for all that was not reported
 * yet.
 */
#ifndef NET_RELAY_H
#define NET_RELAY_H

#include "base/stage.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "net/outgoing.h"
#include "net/smtp_client.h"

#include <stdbool.h>

struct relay {
	/*
	 * How a domain is written in ASCII: where it is not, and the local part is, the address goes so, and
	 * every server can take it (RFC 6531 3.2). NULL: addresses go as they are. Set before relay_take.
	 */
	bool (*to_ascii)(char out[DOMAIN_MAX + 1], const char *domain);

	struct stage stage;
	struct envelope envelope;
	struct outgoing message;
	struct smtp_mail mail;
	const char *name;   /* our own, for EHLO: FQDN or address literal */
	const char *domain; /* of the chosen recipients; a view that runs to its NUL */
	bool message_needs_utf8;
	char **rewritten; /* the module's own: addresses that to_ascii has changed */
};

/*
 * relay_take - read envelope and message to their ends
 *
 * name  what EHLO is to say; NULL: the name in the envelope
 *
 * What no server could take (a bare CR or LF, an address that is none) is reported as "never".
 */
void relay_take(struct relay *relay, const struct serve *settings, const char *name);

/*
 * relay_choose - choose the next recipients that are to go together
 *
 * by_domain  those of one domain only
 * returns    false: all are decided. Who needs SMTPUTF8 never goes with who does not.
 */
bool relay_choose(struct relay *relay, bool by_domain);

/*
 * relay_waives_tls - does the sender let the message go in the clear, whatever the recipient's domain
 * demands of TLS? (mail/header.h)
 *
 * For policies that a domain publishes, not for those of our own settings. Reads the header again.
 */
bool relay_waives_tls(const struct relay *relay);

/* Are all chosen ones decided? */
bool relay_is_done(const struct relay *relay);

/* The chosen ones that are not decided yet get this. host "-": it was us, not a server. */
void relay_decide(struct relay *relay, const struct trouble *why, const char *host,
                  const char *tls);

/*
 * relay_end - the report's end
 *
 * asks      another message is wanted (base/more.h): relay_again takes it
 * returns   what the program should exit with
 */
int relay_end(const struct relay *relay, bool asks);

/*
 * relay_again - another message for this connection; as relay_take
 *
 * connection   if it can be read meanwhile, it breaks, and there is none
 * returns      false: there is none
 */
bool relay_again(struct relay *relay, const char *name, int connection);

#endif

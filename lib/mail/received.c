#include "mail/received.h"

#include "mail/date.h"

#include <string.h>

bool
received_protocol(stralloc *out, const struct envelope *envelope)
{
	const char *base = envelope_get(envelope, ENVELOPE_PROTOCOL);
	bool login = *envelope_get(envelope, ENVELOPE_LOGIN);
	bool tls = *envelope_get(envelope, ENVELOPE_TLS);

	if (strcmp(base, "ESMTP") != 0)
		return stralloc_cats(out, *base ? base : "local");
	return stralloc_cats(out, envelope->value[ENVELOPE_UTF8] ? "UTF8SMTP" : "ESMTP")
	       && (!tls || stralloc_append(out, 'S')) && (!login || stralloc_append(out, 'A'));
}

static bool
client_add(stralloc *out, const struct envelope *envelope, const char *client)
{
	const char *helo = envelope_get(envelope, ENVELOPE_HELO);
	const char *ip = envelope_get(envelope, ENVELOPE_CLIENT);

	if (client)
		return stralloc_cats(out, "from ") && stralloc_cats(out, client)
		       && stralloc_cats(out, "\r\n\t");
	if (!*helo && !*ip)
		return true;
	return stralloc_cats(out, "from ") && stralloc_cats(out, *helo ? helo : "unknown")
	       && stralloc_cats(out, strchr(ip, ':') ? " ([IPv6:" : " ([") && stralloc_cats(out, ip)
	       && stralloc_cats(out, "])\r\n\t");
}

bool
received_add(stralloc *out, const struct envelope *envelope, const char *client, int64_t time_s)
{
	const char *tls = envelope_get(envelope, ENVELOPE_TLS);
	struct recipient only;
	char date[DATE_LEN + 1];
	size_t at = 0;

	date_format(date, time_s);
	if (!stralloc_cats(out, "Received: ") || !client_add(out, envelope, client)
	    || !stralloc_cats(out, "by ")
	    || !stralloc_cats(out, envelope_get(envelope, ENVELOPE_SERVER))
	    || !stralloc_cats(out, " with ") || !received_protocol(out, envelope)
	    || !stralloc_cats(out, " id ")
	    || !stralloc_cats(out, envelope_get(envelope, ENVELOPE_MESSAGE)))
		return false;
	/* RFC 8314 4.3: which cipher suite protected this hop. A comment, as most readers expect. */
	if (*tls
	    && (!stralloc_cats(out, "\r\n\t(") || !stralloc_cats(out, tls)
	        || !stralloc_append(out, ')')))
		return false;
	if (envelope->recipients == 1 && envelope_recipient(envelope, &at, &only)
	    && (!stralloc_cats(out, "\r\n\tfor <") || !stralloc_cats(out, only.address)
	        || !stralloc_append(out, '>')))
		return false;
	/* RFC 6710 4.1 */
	if (envelope->value[ENVELOPE_PRIORITY]
	    && (!stralloc_cats(out, "\r\n\tPRIORITY ")
	        || !stralloc_cats(out, envelope->value[ENVELOPE_PRIORITY])))
		return false;
	return stralloc_cats(out, ";\r\n\t") && stralloc_cats(out, date)
	       && stralloc_cats(out, "\r\n");
}

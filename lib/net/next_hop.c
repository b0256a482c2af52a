#include "net/next_hop.h"

#include "mail/tlsa.h"
#include "net/question.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { FIND_S = 120 /* twice what mx-find takes itself */ };

static bool
is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Not the answer: it may hold what is to be read. */
static void
begin(struct next_hops *out)
{
	out->count = out->tlsa_count = 0;
	out->domain = NULL;
	out->complete = false;
	memset(&out->trouble, 0, sizeof out->trouble);
}

bool
next_hops_literal(struct next_hops *out, const char *text)
{
	begin(out);
	out->complete = true;
	if (!is_address(text))
		return false;
	strcpy(out->list[0].address, text);
	strcpy(out->list[0].name, text);
	out->list[0].trust = HOP_PLAIN;
	out->count = 1;
	return true;
}

/* It's going to be an argument of the TLS program and a word of an outcome. */
static bool
name_is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z')
		    && !(*c >= '0' && *c <= '9') && *c != '_' && *c != '.' && *c != '-')
			return is_address(name);
	return *name && *name != '-' && strlen(name) < NEXT_HOP_NAME_MAX;
}

/* The word behind an address. One that we do not know is no reason to trust. */
static enum hop_trust
trust_read(const char *word)
{
	if (word && strcmp(word, "secure") == 0)
		return HOP_SECURE;
	if (word && strcmp(word, "dane") == 0)
		return HOP_DANE;
	return word ? HOP_UNKNOWN : HOP_PLAIN;
}

static void
host_take(struct next_hops *out, char *line)
{
	char *rest, *name, *address;

	if (!strtok_r(line, " ", &rest) || !(name = strtok_r(NULL, " ", &rest))
	    || !(address = strtok_r(NULL, " ", &rest)) || !name_is_plain(name)
	    || !is_address(address) || out->count == NEXT_HOPS_MAX)
		return;
	strcpy(out->list[out->count].name, name);
	strcpy(out->list[out->count].address, address);
	out->list[out->count].trust = trust_read(strtok_r(NULL, " ", &rest));
	out->count++;
}

static bool
tlsa_take(struct next_hops *out, char *line)
{
	static struct tlsa record;
	char *rest, *host = strtok_r(line, " ", &rest), *base = strtok_r(NULL, " ", &rest);

	if (!host || !base || !name_is_plain(host) || !name_is_plain(base)
	    || !tlsa_read(&record, rest) || out->tlsa_count == NEXT_TLSA_MAX)
		return false;
	out->tlsa[out->tlsa_count++] = (struct next_tlsa){ host, base, rest };
	return true;
}

/* The statuses of mx-find(8), and what they mean for the recipients. */
static const struct {
	const char *status;
	int code;
	const char *enhanced;
} ends[] = {
	{ "nullmx", 556, "5.1.10" }, /* RFC 7505 4.1 */
	{ "nxdomain", 550, "5.1.2" }, { "nodata", 550, "5.4.4" },  { "loop", 554, "5.4.6" },
	{ "tempfail", 451, "4.4.3" }, { "private", 451, "4.4.4" }, /* our settings may lack it */
};

static void
end_take(struct next_hops *out, const char *status)
{
	size_t len = strcspn(status, " ");
	const char *text = status[len] ? status + len + 1 : status;

	out->complete = len == 2 && strncmp(status, "ok", len) == 0;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (strlen(ends[i].status) == len && strncmp(status, ends[i].status, len) == 0)
			trouble_set(&out->trouble, ends[i].code, ends[i].enhanced, text);
}

void
next_hops_read(struct next_hops *out, char *answer)
{
	char *rest;

	begin(out);
	trouble_set(&out->trouble, 451, "4.4.3", "the look-up of the domain's hosts failed");
	for (char *line = strtok_r(answer, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "end ", 4) == 0) {
			end_take(out, line + 4);
			return;
		}
		if (strncmp(line, "domain ", 7) == 0) {
			if (name_is_plain(line + 7))
				out->domain = line + 7;
		} else if (strncmp(line, "tlsa ", 5) == 0) {
			/* With one less, a host might be refused that it speaks for. */
			if (!tlsa_take(out, line + 5))
				return;
		} else {
			host_take(out, line);
		}
	}
}

void
next_hops_find(struct next_hops *out, const char *const *command, const char *question)
{
	question_ask(command, question, out->answer, sizeof out->answer, FIND_S);
	next_hops_read(out, out->answer);
}

#include "net/tls_hop.h"

#include "base/die.h"
#include "net/tls_result.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Who counts hears of it, if anybody does: the last thing that a message should wait for. */
static void
result_tell(const struct tls_hop *tls, bool is_connected, const char *result, const char *why)
{
	const char *type = tls->want.type;
	struct tls_result told = {
		.time_s = time(NULL),
		.domain = tls->domain,
		.type = type,
		.policy = strcmp(type, "sts") == 0 ? tls->line : NULL,
		.result = result,
		.mx = tls->hop->name,
		.address = is_connected ? tls->hop->address : NULL,
		.source = is_connected && *tls->source ? tls->source : NULL,
		.text = why,
	};
	size_t records = 0;

	if (why)
		log_event("tls-result", "host", tls->hop->name, "policy", type, "result", result,
		          "text", why, NULL);
	if (!tls->results)
		return;
	for (size_t i = 0; strcmp(type, "tlsa") == 0 && i < tls->hops->tlsa_count; i++)
		if (strcmp(tls->hops->tlsa[i].host, tls->hop->name) == 0
		    && records < TLS_RESULT_TLSA_MAX)
			told.tlsa[records++] = tls->hops->tlsa[i].record;
	tls_result_send(tls->results, &told);
}

/* Of a handshake. */
static void
session_tell(const struct tls_hop *tls, bool is_started)
{
	const struct tls_child *child = &tls->child;

	if (tls->want.fault) /* was told before */
		return;
	if (is_started && (child->verified || !tls->want.is_judged))
		result_tell(tls, true, "success", NULL);
	else
		result_tell(tls, true, *child->result ? child->result : "validation-failure",
		            child->error);
}

bool
tls_hop_begin(struct tls_hop *tls, const struct tls_policy *policy, const struct next_hop *hop)
{
	tls->hop = hop;
	tls->has_failed = false;
	tls->source[0] = 0;
	if (!tls_want_make(&tls->want, policy, tls->hops, hop, tls->domain))
		die_memory();
	if (tls->waived)
		tls_want_waive(&tls->want);
	if (!tls->want.fault)
		return true;
	result_tell(tls, false, tls->want.result, tls->want.fault);
	return tls->want.is_testing;
}

void
tls_hop_connected(struct tls_hop *tls, int fd)
{
	struct sockaddr_storage ours = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof ours;
	const void *address;

	if (getsockname(fd, (struct sockaddr *)&ours, &len) < 0)
		return;
	if (ours.ss_family == AF_INET6)
		address = &((struct sockaddr_in6 *)&ours)->sin6_addr;
	else
		address = &((struct sockaddr_in *)&ours)->sin_addr;
	inet_ntop(ours.ss_family, address, tls->source, sizeof tls->source);
}

bool
tls_hop_start(struct tls_hop *tls, struct smtp_client *client)
{
	const struct tls_want *want = &tls->want;
	unsigned int wait_s = TLS_HANDSHAKE_S;
	char name[NEXT_HOP_NAME_MAX + sizeof "[IPv6:]"];
	struct tls_order order = {
		.command = tls->command,
		.name = name,
		.policy = tls_level_word(want->level),
		.proof = want->proof,
		.expected = want->expected.s,
		.expected_len = want->expected.len,
	};
	bool is_started;

	if (tls->wait_max_s && tls->wait_max_s < wait_s)
		wait_s = tls->wait_max_s;
	snprintf(name, sizeof name, strchr(want->name, ':') ? "[IPv6:%s]" : "%s", want->name);
	is_started = tls_child_start(&tls->child, &order, client->wire.fd, wait_s);
	session_tell(tls, is_started);
	if (is_started) {
		smtp_client_secured(client, tls->child.fd, tls->child.protocol,
		                    tls->child.verified && want->name_is_known);
		log_event("tls", "host", client->host, "tls", tls->child.protocol, "cipher",
		          tls->child.cipher, "policy", want->type, NULL);
		return true;
	}
	tls->has_failed = true;
	client->wire.usable = false;
	trouble_set(&client->wire.trouble, 454, "4.7.5", tls->child.error);
	return false;
}

/* Whose word it is that there has to be TLS: not always ours. */
static const char *
missing_text(const struct tls_want *want)
{
	if (strcmp(want->type, "tlsa") == 0)
		return "the server does not offer TLS, and its TLSA records ask for it";
	if (strcmp(want->type, "sts") == 0)
		return "the server does not offer TLS, and its domain's policy (MTA-STS) asks for "
		       "it";
	return "the server does not offer TLS, and our settings ask for it";
}

bool
tls_hop_upgrade(struct tls_hop *tls, struct smtp_client *client, const char *name)
{
	bool may_go_on = tls->want.level == TLS_LEVEL_MAY;

	if (!(client->offers & OFFER_STARTTLS)) {
		result_tell(tls, true, "starttls-not-supported", "STARTTLS is not offered");
		trouble_set(&client->wire.trouble, 454, "4.7.4", missing_text(&tls->want));
		return may_go_on;
	}
	if (!smtp_client_starttls(client)) {
		result_tell(tls, true, "starttls-not-supported", client->wire.trouble.text);
		return may_go_on && client->wire.usable;
	}
	return tls_hop_start(tls, client) && smtp_client_hello(client, name);
}

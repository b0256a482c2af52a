#include "net/tls_result.h"

#include "base/io.h"
#include "base/record.h"
#include "mail/address.h"
#include "net/tls_facts.h"

#include <skalibs/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const types[] = { "tlsa", "sts", "no-policy-found", "local" };

/* RFC 8460 4.3 */
static const char *const results[] = {
	"success",
	"starttls-not-supported",
	"certificate-host-mismatch",
	"certificate-expired",
	"certificate-not-trusted",
	"validation-failure",
	"tlsa-invalid",
	"dnssec-invalid",
	"dane-required",
	"sts-policy-fetch-error",
	"sts-policy-invalid",
	"sts-webpki-invalid",
};

static bool
is_among(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

bool
tls_result_add(stralloc *out, const struct tls_result *result)
{
	char time[UINT64_FMT];

	time[uint64_fmt(time, (uint64_t)result->time_s)] = 0;
	if (!tls_fact_add(out, "time", time) || !tls_fact_add(out, "domain", result->domain)
	    || !tls_fact_add(out, "type", result->type)
	    || !tls_fact_add(out, "result", result->result) || !tls_fact_add(out, "mx", result->mx)
	    || !tls_fact_add(out, "address", result->address)
	    || !tls_fact_add(out, "source", result->source)
	    || !tls_fact_add(out, "text", result->text))
		return false;
	if (result->policy && strlen(result->policy) < TLS_RESULT_MAX_BYTES / 2
	    && (!stralloc_cats(out, "policy=") || !stralloc_cats(out, result->policy)
	        || !stralloc_0(out)))
		return false;
	for (size_t i = 0; i < TLS_RESULT_TLSA_MAX && result->tlsa[i]; i++)
		if (out->len + strlen(result->tlsa[i]) + sizeof "tlsa=" < TLS_RESULT_MAX_BYTES
		    && !tls_fact_add(out, "tlsa", result->tlsa[i]))
			return false;
	return record_end(out);
}

static bool
is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static bool
is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool
is_host(const char *text)
{
	return is_address(text) || domain_valid(text, strlen(text), false);
}

bool
tls_result_read(struct tls_result *out, const char *list, size_t len)
{
	const struct {
		const char *name, **field;
	} fields[] = {
		{ "domain", &out->domain },   { "type", &out->type },
		{ "result", &out->result },   { "mx", &out->mx },
		{ "address", &out->address }, { "source", &out->source },
		{ "text", &out->text },       { "policy", &out->policy },
	};
	uint64_t time_s;
	size_t at = 0, records = 0;
	const char *record, *time;

	*out = (struct tls_result){ .time_s = -1 };
	if (len > TLS_RESULT_MAX_BYTES || record_list_len(list, len) != len)
		return false;
	while ((record = record_next(list, len, &at)) != NULL) {
		if (!is_printable(record))
			return false;
		if (strncmp(record, "tlsa=", strlen("tlsa=")) == 0 && records < TLS_RESULT_TLSA_MAX)
			out->tlsa[records++] = record + strlen("tlsa=");
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i].field = tls_fact_get(list, len, fields[i].name);
	time = tls_fact_get(list, len, "time");
	if (!time || !uint640_scan(time, &time_s) || time_s > INT64_MAX)
		return false;
	out->time_s = (int64_t)time_s;
	return out->domain && *out->domain != '['
	       && domain_valid(out->domain, strlen(out->domain), false) && out->type
	       && is_among(out->type, types, sizeof types / sizeof *types) && out->result
	       && is_among(out->result, results, sizeof results / sizeof *results)
	       && (!out->mx || is_host(out->mx)) && (!out->address || is_address(out->address))
	       && (!out->source || is_address(out->source));
}

bool
tls_result_send(const char *path, const struct tls_result *result)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	stralloc list = STRALLOC_ZERO;
	bool sent = false;
	int fd;

	if (strlen(path) >= sizeof to.sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (tls_result_add(&list, result))
		sent = sendto(fd, list.s, list.len, 0, (struct sockaddr *)&to, sizeof to)
		       == (ssize_t)list.len;
	stralloc_free(&list);
	io_close(fd);
	return sent;
}

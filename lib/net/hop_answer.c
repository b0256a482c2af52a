#include "net/hop_answer.h"

#include "net/next_hop.h"

#include <skalibs/types.h>

enum { END_MAX = 512 }; /* bytes of the last line */

/* One line of words; it ends at the first NULL. */
static bool
line_add(stralloc *out, const char *const *words)
{
	for (; *words; words++)
		if (!stralloc_cats(out, *words) || !stralloc_append(out, words[1] ? ' ' : '\n'))
			return false;
	return true;
}

#define LINE_ADD(answer, ...) line_add(&(answer)->text, (const char *const[]){ __VA_ARGS__, NULL })

bool
hop_answer_domain(struct hop_answer *answer, const char *domain)
{
	return LINE_ADD(answer, "domain", domain);
}

bool
hop_answer_host(struct hop_answer *answer, unsigned int preference, const char *host,
                const char *address, const char *trust)
{
	char number[UINT_FMT + 1];

	if (answer->hosts == NEXT_HOPS_MAX)
		return true;
	answer->hosts++;
	number[uint_fmt(number, preference)] = 0;
	return LINE_ADD(answer, number, host, address, trust);
}

bool
hop_answer_tlsa(struct hop_answer *answer, const char *host, const char *base, const char *record)
{
	answer->tlsa++;
	return LINE_ADD(answer, "tlsa", host, base, record);
}

bool
hop_answer_end(struct hop_answer *answer, const char *status, const char *text)
{
	return LINE_ADD(answer, "end", status, text);
}

struct hop_mark
hop_answer_mark(const struct hop_answer *answer)
{
	return (struct hop_mark){ answer->text.len, answer->hosts, answer->tlsa };
}

void
hop_answer_cut(struct hop_answer *answer, const struct hop_mark *mark)
{
	answer->text.len = mark->len;
	answer->hosts = mark->hosts;
	answer->tlsa = mark->tlsa;
}

bool
hop_answer_is_over(const struct hop_answer *answer)
{
	return answer->text.len + END_MAX > NEXT_HOPS_ANSWER_MAX || answer->tlsa > NEXT_TLSA_MAX;
}

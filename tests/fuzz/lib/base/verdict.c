/* Verdicts: an outcome that is read can be written, and reads the same; its code fits its fate. */
#include "base/verdict.h"

#include "fuzz/fuzz.h"

static void
check_again(const struct outcome *outcome)
{
	stralloc record = STRALLOC_ZERO;
	struct outcome again;

	assert(outcome_add(&record, outcome) && strlen(record.s) + 1 == record.len);
	assert(fuzz_printable(record.s, record.len - 1));
	assert(outcome_parse(record.s, &again));
	assert(again.fate == outcome->fate && again.code == outcome->code);
	assert(again.recipient == outcome->recipient);
	assert(strlen(again.text) == strlen(outcome->text));
	stralloc_free(&record);
}

static void
fuzz(char *bytes, size_t len)
{
	char *text = fuzz_string(bytes, len), *record = fuzz_string(bytes, len);
	struct outcome outcome = { .fate = FATE_LATER,
		                   .recipient = RECIPIENT_ALL,
		                   .code = 451,
		                   .enhanced = "4.0.0",
		                   .host = "-",
		                   .tls = "-",
		                   .text = text };

	check_again(&outcome); /* a remote text cannot make a second record */
	if (*record && outcome_parse(record, &outcome)) {
		assert(outcome.recipient >= RECIPIENT_ALL
		       && fate_of_code(outcome.code) == outcome.fate);
		check_again(&outcome);
	}
	free(text);
	free(record);
}

/* ARCH-03 QUE-04 */
#include "store/saving.h"

#include "check.h"

#include <errno.h>

static struct saving saving;
static struct message one = { .id = "0testmessage0001" }, two = { .id = "0testmessage0002" };

/* Something is learnt of a message; it is not written down yet. */
static void
learn(struct message *message, const char *text)
{
	stralloc lines = { .s = (char *)text, .len = strlen(text) };

	if (!message_note(message, &lines, true))
		abort();
}

/* What is known and not on the disk is to be saved. */
static void
add(struct message *message)
{
	struct view view = { .message = message };

	if (!stralloc_cats(&view.pending, message->unsaved) || !saving_add(&saving, &view))
		abort();
	stralloc_free(&view.pending);
}

/* The flusher has answered: these errors, in the order of what it was given. */
static bool
answered(size_t wanted, int first, int second)
{
	size_t count;
	int *errors = saving_errors(&saving, &count);

	if (!errors)
		abort();
	for (size_t i = 0; i < count; i++)
		errors[i] = i ? second : first;
	return count == wanted;
}

static bool
unsaved(const struct message *message, const char *text)
{
	return message->unsaved ? strcmp(message->unsaved, text) == 0 : !*text;
}

int
main(void)
{
	int error;

	CHECK(!saving_waits(&saving), "with nothing learnt there is nothing to save");
	learn(&one, "a\n");
	add(&one);
	CHECK(saving_waits(&saving) && one.is_saving && one.has_journal,
	      "what is to be saved waits for the flusher");
	CHECK(saving_begin(&saving)->len && !saving_waits(&saving), "until it is given to it");
	learn(&one, "b\n");
	learn(&two, "c\n");
	add(&two);
	CHECK(saving_waits(&saving), "what comes meanwhile waits for the next turn");
	CHECK(unsaved(&one, "a\nb\n"), "until the answer all of it is remembered");

	CHECK(answered(1, 0, 0), "the answer is about what was given");
	CHECK(saving_next(&saving, &error) == &one && !error && !one.is_saving,
	      "who is saved may be looked at");
	CHECK(unsaved(&one, "b\n") && one.must_sync,
	      "what is on the disk is forgotten, what was learnt since is not");
	CHECK(one.journal_is_named, "its journal has its name for good");
	CHECK(!saving_next(&saving, &error), "each is told once");

	add(&one);
	saving_begin(&saving);
	CHECK(answered(2, EIO, 0), "two at once");
	CHECK(saving_next(&saving, &error) == &two && error == EIO && !two.is_saving,
	      "whom the disk did not take is told so");
	CHECK(unsaved(&two, "c\n") && two.must_sync && !two.journal_is_named,
	      "and nothing of it is forgotten");
	CHECK(saving_next(&saving, &error) == &one && !error && unsaved(&one, "") && !one.must_sync,
	      "the other one is saved all the same");
	CHECK(!saving_next(&saving, &error) && !saving_waits(&saving), "then nothing is left");

	add(&two);
	saving_begin(&saving);
	CHECK(answered(1, 0, 0) && saving_next(&saving, &error) == &two && unsaved(&two, ""),
	      "it can be saved anew");
	return check_end();
}

/* AUTH-25 */
#include "store/guesses.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOW = 1800000000, MINUTE = 60, DAY = 86400 };

static struct guesses guesses;

/* How many of count tries are looked at. */
static unsigned int
tries(unsigned int count, const char *login, const char *client, int64_t time_s)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < count; i++)
		done += guesses_try(&guesses, login, client, time_s) == 0;
	return done;
}

static void
anew(void)
{
	guesses_close(&guesses);
	unlink("guesses");
	if (!guesses_open(&guesses, "guesses"))
		abort();
}

static void
strangers(void)
{
	CHECK(tries(50, "ann", "192.0.2.1", NOW) == 5, "a stranger has five tries at one login");
	CHECK(guesses_try(&guesses, "ann", "192.0.2.1", NOW) == 2 * MINUTE,
	      "and is told to wait for two minutes");
	CHECK(tries(50, "ann", "192.0.2.1", NOW + 2 * MINUTE - 1) == 0, "not less");
	CHECK(tries(50, "ann", "192.0.2.1", NOW + 2 * MINUTE) == 1, "then there is one more");
	CHECK(tries(50, "bob", "192.0.2.1", NOW + 2 * MINUTE) == 5, "others have their own five");
	CHECK(tries(50, "carl", "192.0.2.1", NOW + 2 * MINUTE) < 3,
	      "but one network has ten, and one more each minute");
	CHECK(tries(50, "ann", "192.0.2.2", NOW + 2 * MINUTE) == 5, "another network has its own");
	anew();
	CHECK(tries(50, "ann", "2001:db8:1:2::1", NOW) == 5
	          && tries(50, "ann", "2001:db8:1:2:ffff::1", NOW) == 0,
	      "64 bits of IPv6 are one network");
	CHECK(tries(50, "ann", "2001:db8:1:3::1", NOW) == 5, "the next ones are another");
	CHECK(tries(50, "ann", "", NOW) == 5 && tries(50, "ann", "", NOW) == 0,
	      "unknown clients are one network");
}

static void
besieged(void)
{
	char client[32];
	unsigned int done = 0;

	anew();
	guesses_try(&guesses, "ann", "198.51.100.1", NOW);
	guesses_right(&guesses, "ann", "198.51.100.1", NOW);
	for (int i = 0; i < 200; i++) {
		snprintf(client, sizeof client, "10.0.0.%d", i);
		done += tries(5, "ann", client, NOW + DAY);
	}
	CHECK(done >= 200 && done <= 300, "a login that many guess: each has one try");
	CHECK(tries(50, "ann", "203.0.113.1", NOW + DAY) == 1,
	      "its owner in a new network has one, too");
	CHECK(guesses_try(&guesses, "ann", "203.0.113.1", NOW + DAY) <= 10 * MINUTE,
	      "and the next one after ten minutes");
	CHECK(tries(50, "ann", "198.51.100.1", NOW + DAY) == 20,
	      "where the owner has logged in lately there are twenty");
	CHECK(tries(50, "ann", "203.0.113.2", NOW + 3 * DAY) == 5,
	      "some hours later the siege is forgotten");
}

static void
at_home(void)
{
	anew();
	CHECK(tries(4, "ann", "192.0.2.1", NOW) == 4, "four wrong tries");
	guesses_try(&guesses, "ann", "192.0.2.1", NOW);
	guesses_right(&guesses, "ann", "192.0.2.1", NOW);
	CHECK(tries(50, "bob", "192.0.2.1", NOW) == 5, "a neighbour guesses");
	CHECK(tries(50, "carl", "192.0.2.1", NOW) < 5, "until the network is slowed");
	CHECK(tries(50, "ann", "192.0.2.1", NOW) == 20, "that does not touch who is at home");
	CHECK(tries(50, "ann", "192.0.2.1", NOW) == 0, "who can be slowed alone");
	guesses_right(&guesses, "ann", "192.0.2.1", NOW + MINUTE);
	CHECK(tries(50, "ann", "192.0.2.1", NOW + MINUTE) == 20, "and is not after a right one");
	CHECK(tries(50, "ann", "192.0.2.1", NOW + 32 * DAY) == 5, "after a month it is no home");
	anew();
	for (int i = 0; i < 1000; i++) {
		if (guesses_try(&guesses, "ann", "192.0.2.1", NOW + i) != 0)
			abort();
		guesses_right(&guesses, "ann", "192.0.2.1", NOW + i);
	}
	CHECK(true, "right passwords are never slowed");
	CHECK(tries(50, "dora", "192.0.2.1", NOW + 1000) == 5, "nor counted for their network");
}

static void
many(void)
{
	char login[32], client[32];

	anew();
	guesses_try(&guesses, "ann", "192.0.2.1", NOW);
	guesses_right(&guesses, "ann", "192.0.2.1", NOW);
	for (int i = 0; i < 100000; i++) {
		snprintf(login, sizeof login, "login%d", i);
		snprintf(client, sizeof client, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		guesses_try(&guesses, login, client, NOW + 1);
	}
	CHECK(tries(50, "ann", "192.0.2.1", NOW + 1) == 20,
	      "a flood of logins and networks does not push out who is at home");
	CHECK(tries(9, "ann", "192.0.2.1", NOW - 400 * DAY) > 0,
	      "a clock that is set back slows nobody for long");
}

static void
files(void)
{
	struct guesses other;
	struct stat status;
	int fd, ended;

	anew();
	tries(5, "ann", "192.0.2.1", NOW);
	CHECK(guesses_open(&other, "guesses") && guesses_try(&other, "ann", "192.0.2.1", NOW),
	      "another process sees the same");
	guesses_close(&other);
	anew();
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			for (int n = 0; n < 20; n++)
				guesses_try(&guesses, "ann", "192.0.2.1", NOW);
			_exit(0);
		}
	while (wait(&ended) > 0) {
	}
	CHECK(guesses_try(&guesses, "ann", "192.0.2.1", NOW) == 2 * MINUTE,
	      "many at the same time have five tries together");
	CHECK(stat("guesses", &status) == 0 && (status.st_mode & 077) == 0
	          && status.st_size == 4096 + (1 << 20),
	      "the file has one size, and is for its owner");
	guesses_close(&guesses);
	guesses_open(&guesses, "guesses");
	CHECK(tries(1, "ann", "192.0.2.1", NOW) == 0, "what was counted is there after a restart");
	guesses_close(&guesses);
	fd = open("other", O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "text", 4) != 4)
		abort();
	close(fd);
	CHECK(!guesses_open(&other, "other") && errno == EPROTO, "another file is refused");
	CHECK(stat("other", &status) == 0 && status.st_size == 4, "and left as it is");
	CHECK(!guesses_open(&other, "no/folder") && errno == ENOENT, "a missing folder is trouble");
	CHECK(guesses_open(&other, NULL) && !guesses_try(&other, "ann", "x", NOW),
	      "without a file nothing is counted");
	guesses_right(&other, "ann", "x", NOW);
}

/* A process that says a word when it has its turn, and keeps it until the pipe ends. */
static pid_t
take_turn(const int words[2], const int ends[2], bool gives_back)
{
	pid_t pid = fork();
	char byte;

	if (pid != 0)
		return pid;
	guesses_turn(&guesses);
	if (gives_back)
		guesses_turn_over(&guesses);
	if (write(words[1], "x", 1) != 1)
		abort();
	close(ends[1]);
	if (read(ends[0], &byte, 1) < 0)
		abort();
	_exit(0);
}

static void
turns(void)
{
	int words[2], ends[2], had = 0;
	pid_t has_turn[GUESSES_AT_ONCE];
	char byte;

	if (pipe(words) < 0 || pipe(ends) < 0)
		abort();
	for (int i = 0; i < 5; i++)
		take_turn(words, ends, true);
	for (int i = 0; i < GUESSES_AT_ONCE; i++)
		has_turn[i] = take_turn(words, ends, false);
	while (had < GUESSES_AT_ONCE + 5 && read(words[0], &byte, 1) == 1)
		had++;
	CHECK(had == GUESSES_AT_ONCE + 5, "so many have a turn, besides those who gave it back");
	take_turn(words, ends, false);
	CHECK(tries(1, "ann", "192.0.2.9", NOW) == 1, "meanwhile others can count");
	fcntl(words[0], F_SETFL, O_NONBLOCK);
	CHECK(read(words[0], &byte, 1) < 0 && errno == EAGAIN, "one more waits");
	fcntl(words[0], F_SETFL, 0);
	for (int i = 0; i < GUESSES_AT_ONCE; i++) /* the one that it waits for is among them */
		kill(has_turn[i], SIGKILL);
	CHECK(read(words[0], &byte, 1) == 1, "until a process has ended, however that came");
	close(ends[0]);
	close(ends[1]);
	while (wait(NULL) > 0) {
	}
	close(words[0]);
	close(words[1]);
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-guesses.XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	guesses = (struct guesses){ .fd = -1 };
	anew();
	strangers();
	besieged();
	at_home();
	many();
	turns();
	files();
	unlink("other");
	unlink("guesses");
	rmdir(folder);
	return check_end();
}

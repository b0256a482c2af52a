# make | make check | make asan | make shake | make lint | make fuzz | make bench | make install. Everything built lies under $(BUILD).
include config.mk

BUILD    = build
PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard bin/*/*.c))
SCRIPTS  = $(patsubst %.sh,$(BUILD)/%,$(wildcard bin/*/*.sh))
MODULES  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
UNITS    = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/lib/*/*.c))
HELPERS  = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/helper/*.c))
ALLFLAGS = -std=c11 -D_GNU_SOURCE -Ilib -Itests -MMD -MP $(WARN) $(HARDEN) $(CFLAGS)

# Who may link what: the whole list of programs that touch a key or a password.
LIBS.tls-wrap     = $(LIBTLS)
LIBS.tls-connect  = $(LIBTLS)
LIBS.auth-check   = -lcrypt -lidn
LIBS.password-set = -lcrypt -lidn
LIBS.digest-sign  = -lcrypto
LIBS.dkim-key     = -lcrypto
LIBS.signing_key  = -lcrypto
LIBS.key_folder   = -lcrypto
LIBS.token-check  = -ljansson -lcrypto
LIBS.jwt          = -ljansson -lcrypto
LIBS.tls-count    = -ljansson
LIBS.tlsrpt_datagram = -ljansson
# Unicode tables for the test of that module.
LIBS.saslprep     = -lidn
# And those that speak DNS.
LIBS.mx-find      = -lresolv -lidn2 -lunistring
LIBS.smtp-send    = -lidn2 -lunistring
LIBS.idna         = -lidn2 -lunistring
LIBS.dns-ask      = -lresolv
LIBS.dns          = -lresolv
LIBS.sts-fetch    = $(LIBTLS) -lresolv
LIBS.report-find  = -lresolv
LIBS.report-post  = $(LIBTLS) -lresolv
# The bench's clients are no part of a server.
LIBS.load         = -lssl -lcrypto

all: $(PROGRAMS) $(SCRIPTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -c -o $@ $<

$(BUILD)/bin/manage/smtpipe.o: ALLFLAGS += -DLIBEXECDIR='"$(LIBEXECDIR)"'
# Scripts know where the installation is, as the services do. Another PREFIX makes them anew.
PLACES   = 's,@LIBEXECDIR@,$(LIBEXECDIR),g; s,@SHAREDIR@,$(SHAREDIR),g; s,@ETCDIR@,$(ETCDIR),g; s,@BINDIR@,$(BINDIR),g'
$(BUILD)/places: FORCE
	@mkdir -p $(@D)
	@echo $(PLACES) | cmp -s - $@ || echo $(PLACES) >$@
$(BUILD)/bin/manage/smtpipe.o: $(BUILD)/places
$(SCRIPTS): $(BUILD)/%: %.sh $(BUILD)/places
	@mkdir -p $(@D)
	sed $(PLACES) $< >$@ && chmod 755 $@

$(BUILD)/libmail.a: $(MODULES)
	$(AR) rcs $@ $?

$(BUILD)/bin/% $(BUILD)/tests/% $(BUILD)/attack/%: LDLIBS = $(LIBS.$(@F)) -lskarnet -lxxhash
$(BUILD)/bin/%: $(BUILD)/bin/%.o $(BUILD)/libmail.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libmail.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The same objects, with a reader that does what an attacker would: for tests/trust/attack.t.
ATTACK = $(patsubst $(BUILD)/%,$(BUILD)/attack/%,$(PROGRAMS))
attack: $(ATTACK)
$(BUILD)/attack/bin/%: $(BUILD)/bin/%.o $(BUILD)/tests/trust/taken_over.o $(BUILD)/libmail.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -Wl,--wrap=read,--wrap=__read_chk,--wrap=recv,--wrap=__recv_chk,--wrap=pread,--wrap=__pread_chk,--wrap=dns_exchange -o $@ $^ $(LDLIBS)

check: all $(UNITS) $(HELPERS) $(if $(SANITIZED),,attack)
	BUILD=$(BUILD) sh tests/all

# The sanitizers want their own libraries loaded at run time: no static linking here.
asan:
	SANITIZED=1 $(MAKE) check BUILD=build/asan HARDEN= LDFLAGS='$(SANITIZE)' CFLAGS='-g -O1 $(SANITIZE)'

# The same tests where any system call may come late: who counts on the order of two processes is found out.
shake:
	sh tests/shake/run

# What other eyes see: neither may find anything. What they are not asked for stands in their settings.
lint:
	cppcheck --quiet --std=c11 -D_GNU_SOURCE -Ilib --enable=warning,portability,performance \
		--library=posix --suppressions-list=tests/lint/cppcheck --error-exitcode=1 bin lib
	printf '%s\n' bin/*/*.c lib/*/*.c | xargs -P "$$(nproc)" -n 8 sh -c 'clang-tidy --quiet "$$@" -- \
		-std=c11 -D_GNU_SOURCE -Ilib -DLIBEXECDIR=\"\" 2>/dev/null' clang-tidy

# Parsers against made-up input, with clang's libFuzzer: see tests/fuzz/README.md.
FUZZERS      = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/lib/*/*.c))
FUZZ_SECONDS = 60
fuzz: fuzzers
	sh tests/fuzz/run -t $(FUZZ_SECONDS)
fuzzers:
	$(MAKE) fuzz-targets BUILD=build/fuzz CC=clang HARDEN= LDFLAGS='-fsanitize=fuzzer $(SANITIZE)' \
		CFLAGS='-gline-tables-only -O1 -fsanitize=fuzzer-no-link $(SANITIZE)'
# Without sanitizers, five times as fast: only what a target asserts is seen.
fuzzers-plain:
	$(MAKE) fuzz-targets BUILD=build/fuzz-plain CC=clang HARDEN= LDFLAGS=-fsanitize=fuzzer \
		CFLAGS='-gline-tables-only -O2 -fsanitize-coverage=inline-8bit-counters,pc-table'
fuzz-targets: $(FUZZERS)
# What a target compares is no business of the module's.
$(BUILD)/tests/fuzz/%.o: ALLFLAGS += -fno-sanitize-coverage=trace-cmp

# Us and other servers at the same work: see tests/bench/README.md.
$(BUILD)/tests/bench/load: LDFLAGS =
bench: all $(BUILD)/tests/bench/load
	BUILD=$(BUILD) sh tests/bench/run

TOOLS    = $(filter $(BUILD)/bin/tools/% $(BUILD)/bin/manage/smtpipe,$(PROGRAMS))
STAGES   = $(filter-out $(TOOLS),$(PROGRAMS)) $(SCRIPTS)
PAGES    = $(wildcard doc/*.[1-9] bin/*/*.[1-9])
SERVICES = $(filter-out sv/demo/%,$(wildcard sv/settings sv/*.conf sv/*/chain sv/*/*/run sv/*/*/notification-fd \
	sv/*/*/down sv/*/*/log/run sv/*/*/*.socket sv/*/*/*.timer sv/*/*/*.service))

# Stages go to libexec, where chains find them; tools to bin; pages to man; services to share.
install: all
	install -d $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(BINDIR)
	install -m 755 $(STAGES) $(DESTDIR)$(LIBEXECDIR)
	install -m 755 $(TOOLS) $(DESTDIR)$(BINDIR)
	for page in $(PAGES); do \
		install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	for file in $(SERVICES); do \
		to=$(DESTDIR)$(SHAREDIR)/$$file; \
		install -D -m 644 $$file $$to || exit 1; \
		sed -i $(PLACES) $$to || exit 1; \
		! [ -x $$file ] || chmod 755 $$to; \
	done

format:
	clang-format -i bin/*/*.c lib/*/*.[ch] tests/*.h tests/*/*.[ch] tests/*/*/*.c tests/*/*/*/*.c

clean:
	rm -rf build

.SECONDARY:
FORCE:
.PHONY: FORCE all attack check asan shake lint fuzz fuzzers fuzzers-plain fuzz-targets bench install format clean
-include $(BUILD)/tests/trust/taken_over.d $(MODULES:.o=.d) $(PROGRAMS:=.d) $(UNITS:=.d) $(HELPERS:=.d) $(FUZZERS:=.d) $(BUILD)/tests/bench/load.d $(BUILD)/tests/bench/fill.d

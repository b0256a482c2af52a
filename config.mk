# config.mk - the only file a packager edits; every value may be given on the command line.
PREFIX      = /usr/local
BINDIR      = $(PREFIX)/bin
LIBEXECDIR  = $(PREFIX)/libexec/smtpipe
MANDIR      = $(PREFIX)/share/man
SHAREDIR    = $(PREFIX)/share/smtpipe
ETCDIR      = /etc/smtpipe
CC          = cc
CFLAGS      = -O2 -g
HARDEN      = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -fcf-protection
WARN        = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
LDFLAGS     = -static-pie -Wl,-z,relro,-z,now
SANITIZE    = -fsanitize=address,undefined -fno-sanitize-recover=undefined
# libtls: LibreTLS over OpenSSL here; with LibreSSL "-ltls -lssl -lcrypto" are its own.
LIBTLS      = -ltls -lssl -lcrypto

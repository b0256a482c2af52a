#include "mail/idna.h"

#include "mail/utf8.h"

#include <idn2.h>
#include <string.h>

bool
idna_to_ascii(char out[DOMAIN_MAX + 1], const char *name)
{
	size_t len = strlen(name);
	char *ascii = NULL;
	bool done;

	/* A-labels may be shorter than their U-labels, in bytes: four for one at most. */
	done = len <= 4 * DOMAIN_MAX && utf8_valid(name, len)
	       && idn2_lookup_u8((const uint8_t *)name, (uint8_t **)&ascii,
	                         IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)
	              == IDN2_OK
	       && strlen(ascii) <= DOMAIN_MAX && domain_valid(ascii, strlen(ascii), false);
	if (done)
		strcpy(out, ascii);
	idn2_free(ascii);
	return done;
}

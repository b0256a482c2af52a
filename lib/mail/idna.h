/*
 * idna - domain names outside ASCII as the DNS knows them
 */
#ifndef MAIL_IDNA_H
#define MAIL_IDNA_H

#include "mail/address.h"

#include <stdbool.h>

/*
 * idna_to_ascii - U-labels to A-labels
 *
 * name     UTF-8; need not be in normal form, and capital letters are taken for small ones
 * returns  false: no name of the DNS
 * source   RFC 5891 5; Unicode TS 46, non-transitional
 */
bool idna_to_ascii(char out[DOMAIN_MAX + 1], const char *name);

#endif

#include "net/trouble.h"

#include <string.h>

void
trouble_set(struct trouble *trouble, int code, const char *enhanced, const char *text)
{
	trouble->fate = fate_of_code(code);
	trouble->code = code;
	strncpy(trouble->enhanced, enhanced, sizeof trouble->enhanced - 1);
	trouble->enhanced[sizeof trouble->enhanced - 1] = 0;
	strncpy(trouble->text, text, sizeof trouble->text - 1);
	trouble->text[sizeof trouble->text - 1] = 0;
}

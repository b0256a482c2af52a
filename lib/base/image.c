#include "base/image.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Sizes of what malloc gives out: finely, then roughly. */
enum { GAP_SMALLEST = 24, GAP_STEP = 16, GAP_SMALL_MAX = 1040, GAP_LARGEST = 1 << 16 };

static int
write_one(struct dl_phdr_info *object, size_t size, void *memory)
{
	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		const char *at = (const char *)(object->dlpi_addr + part->p_vaddr); /* NOLINT */

		if (part->p_type == PT_LOAD && !(part->p_flags & PF_W)
		    && pwrite(*(int *)memory, at, 1, (off_t)(uintptr_t)at) < 0)
			return -1;
	}
	return 1; /* the program comes first; it is linked statically */
}

void
image_share(void)
{
	int memory = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);

	if (memory < 0)
		return;
	dl_iterate_phdr(write_one, &memory);
	close(memory);
}

#ifdef __GLIBC__

/* Takes all gaps of this size for good; what then comes from behind all others is given back. */
static void
fill_gaps(size_t size)
{
	const char *end = (const char *)sbrk(0) - mallinfo2().keepcost;
	char *block;

	while ((block = malloc(size)) != NULL && block < end) {
	}
	free(block);
}

void
image_settle(void)
{
	for (size_t size = GAP_LARGEST; size > GAP_SMALL_MAX; size -= size / 4)
		fill_gaps(size);
	for (size_t size = GAP_SMALL_MAX; size >= GAP_SMALLEST; size -= GAP_STEP)
		fill_gaps(size);
}

void
image_trim(void)
{
	malloc_trim(0);
}

#else

void
image_settle(void)
{
}

void
image_trim(void)
{
}

#endif

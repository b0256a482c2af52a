/*
 * image - the pages of the program itself, and the children that a parent forks
 */
#ifndef BASE_IMAGE_H
#define BASE_IMAGE_H

/*
 * image_share - have fork give children the program's code and constants as the parent has them
 *
 * The kernel leaves out of a fork what a child could read from the file again. A child then takes a
 * page fault for each 64 KiB of code it comes by, and most of ours are gone before that has paid.
 * It does copy the table of a mapping in which a page was ever written. So one byte of each is
 * written as it is, by /proc/self/mem, which needs no mapping to be writable. Before the sandbox,
 * and before PR_SET_DUMPABLE. Where it cannot be done, all works as before.
 */
void image_share(void);

/*
 * image_settle - have what children allocate lie apart from what the parent has
 *
 * The parent's heap has gaps. What a child puts into one copies the whole page around it, and that copy
 * stays for as long as the child does. So the parent takes all gaps for good, when it has done all
 * its allocating: a child's memory is then new, together, and given back in one piece.
 */
void image_settle(void);

/* In a child that has done the most of its work, and will wait for long: gives back what is free. */
void image_trim(void);

#endif

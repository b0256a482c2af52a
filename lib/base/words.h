/*
 * words - a setting that holds a command line, cut into argv
 *
 * Words are parted by spaces and tabs. There is no quoting and no shell: a word that needs a space
 * belongs in a script of its own.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

/*
 * words_split - cut text in place
 *
 * text     written to: each word is ended by NUL; must live as long as the result
 * returns  argv ended by NULL, from malloc, never freed by us; no word: NULL
 */
const char *const *words_split(char *text);

#endif

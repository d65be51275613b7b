/* script.h - characters as people's keyboards give them: other scripts' digits, wide
 * letters, all kinds of dashes. */
#ifndef DOMAIN_SCRIPT_H
#define DOMAIN_SCRIPT_H

#include <stdbool.h>

struct arena;

/* The code point at *at in well-formed UTF-8, and moves on; 0 at the end. */
unsigned script_next(const char **at);
/* 0..9 for a digit of any common script, else -1. */
int script_digit(unsigned point);
/* The capital letter or digit in ASCII that was meant, or 0. */
char script_plain(unsigned point);
/* A typed text without white space at its ends and with single blanks inside; NULL when
 * nothing is left. One with control characters comes back as it is: it is refused
 * later, not smoothed over. */
const char *script_tidy(struct arena *, const char *typed);
/* A blank or a dash. */
bool script_is_gap(unsigned point);

#endif

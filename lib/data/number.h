/* number.h: decimal numbers in text, whatever the locale. */
#ifndef MT_DATA_NUMBER_H
#define MT_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of text[0..len) as [+-] digits [. digits] [e [+-] digits], digits on at least one side of the
 * point, rounded to the nearest double. False for anything else: blanks, hexadecimal, "nan", "inf". Too large
 * a number gives infinity. */
bool mt_parse_number(const char *text, size_t len, double *value);
/* The whole of text[0..len) as [+-] digits that fit. */
bool mt_parse_integer(const char *text, size_t len, int64_t *value);

#endif

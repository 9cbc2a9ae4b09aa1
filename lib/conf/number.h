/* number.h: numbers as text, the same in every locale. Private to lib/conf. */
#ifndef MT_CONF_NUMBER_H
#define MT_CONF_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum mt_number { MT_NUMBER_OK, MT_NUMBER_NONE, MT_NUMBER_TOO_LARGE };

/* [+-] digits with a point and an exponent: no hex, infinities, not-a-number, underscores or text behind. */
enum mt_number mt_parse_real(const char *text, double *out);
/* [+-] decimal digits, no leading zeros. */
enum mt_number mt_parse_int(const char *text, int64_t *out);

/* Bytes with or without a unit: 1024, 1.5GiB, 512 MiB, 500MB; units are B, and K, M, G or T with iB (powers
 * of 1024) or B (powers of 1000). */
enum mt_number mt_parse_bytes(const char *text, int64_t *out);

#define MT_REAL_TEXT 40
/* The shortest decimal text that reads back as the same finite double. An exponent has a point before it and
 * a sign, as YAML 1.1 readers want of a number: 1.0e-05. */
void mt_format_real(char text[MT_REAL_TEXT], double value);
/* The same for people: 1e-5. */
void mt_format_short(char text[MT_REAL_TEXT], double value);

#endif

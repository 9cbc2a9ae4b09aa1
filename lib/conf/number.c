#include "lib/conf/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *digits(const char *p, int *n)
{
    for (; *p >= '0' && *p <= '9'; p++)
        ++*n;
    return p;
}

static bool is_real(const char *p)
{
    int n = 0, exponent = 0;
    p += *p == '+' || *p == '-';
    p = digits(p, &n);
    if (*p == '.')
        p = digits(p + 1, &n);
    if (n == 0)
        return false;
    if (*p != 'e' && *p != 'E')
        return *p == 0;
    p += p[1] == '+' || p[1] == '-' ? 2 : 1;
    p = digits(p, &exponent);
    return exponent > 0 && *p == 0;
}

/* strtod in the C locale, whatever the program's is. (glibc and musl hand out a static object here: nothing
 * is allocated.) */
static double to_double(const char *text)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c)
        return NAN;
    double v = strtod_l(text, NULL, c);
    freelocale(c);
    return v;
}

enum mt_number mt_parse_real(const char *text, double *out)
{
    if (!is_real(text))
        return MT_NUMBER_NONE;
    *out = to_double(text);
    return isfinite(*out) ? MT_NUMBER_OK : MT_NUMBER_TOO_LARGE;
}

enum mt_number mt_parse_int(const char *text, int64_t *out)
{
    const char *p = text;
    bool negative = *p == '-';
    p += *p == '+' || *p == '-';
    if (*p == 0 || (*p == '0' && p[1]) || strspn(p, "0123456789") != strlen(p))
        return MT_NUMBER_NONE;
    int64_t v = 0;
    for (; *p; p++) {
        int digit = *p - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, negative ? -digit : digit, &v))
            return MT_NUMBER_TOO_LARGE;
    }
    if (v == INT64_MIN) /* stands for "unset" in bound structs */
        return MT_NUMBER_TOO_LARGE;
    *out = v;
    return MT_NUMBER_OK;
}

/* The factor of a unit behind a number, or 0. */
static double unit_factor(const char *unit)
{
    static const char prefixes[] = "KMGT";
    const char *prefix = *unit ? strchr(prefixes, *unit) : NULL;
    bool binary = prefix && unit[1] == 'i';
    if (!*unit || !strcmp(unit, "B"))
        return 1;
    if (!prefix || strcmp(unit + (binary ? 2 : 1), "B"))
        return 0;
    return pow(binary ? 1024 : 1000, (double)(prefix - prefixes + 1));
}

enum mt_number mt_parse_bytes(const char *text, int64_t *out)
{
    char digits[MT_REAL_TEXT];
    double v;
    size_t n = strspn(text, "0123456789.");
    const char *unit = text + n;
    if (n == 0 || n >= sizeof digits)
        return MT_NUMBER_NONE;
    memcpy(digits, text, n);
    digits[n] = 0;
    unit += *unit == ' ' && unit[1];
    double factor = unit_factor(unit);
    if (factor == 1) /* whole bytes, to the last digit */
        return mt_parse_int(digits, out);
    if (factor == 0 || mt_parse_real(digits, &v) != MT_NUMBER_OK)
        return MT_NUMBER_NONE;
    if (v * factor >= 0x1p62)
        return MT_NUMBER_TOO_LARGE;
    *out = llround(v * factor);
    return MT_NUMBER_OK;
}

/* The shortest "%g" that reads back as the same double; plain digits for integers that "%g" would write with
 * an exponent. */
static void shortest(char text[MT_REAL_TEXT], double value)
{
    if (fabs(value) < 1e15 && value == floor(value)) {
        snprintf(text, MT_REAL_TEXT, "%.0f", value);
        return;
    }
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t old = c ? uselocale(c) : (locale_t)0;
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, MT_REAL_TEXT, "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (c) {
        uselocale(old);
        freelocale(c);
    }
}

void mt_format_real(char text[MT_REAL_TEXT], double value)
{
    shortest(text, value);
    char *e = strchr(text, 'e');
    if (e && !strchr(text, '.')) {
        memmove(e + 2, e, strlen(e) + 1);
        memcpy(e, ".0", 2);
    }
}

void mt_format_short(char text[MT_REAL_TEXT], double value)
{
    shortest(text, value);
    char *e = strchr(text, 'e');
    if (!e)
        return;
    char *digits = e + 1 + (e[1] == '+' || e[1] == '-'), *to = e + 1 + (e[1] == '-');
    digits += strspn(digits, "0");
    memmove(to, digits, strlen(digits) + 1);
}

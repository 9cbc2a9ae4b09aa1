#include "lib/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_POWERS 22 /* 10^22 is the last power of ten that a double holds exactly */
#define MANTISSA (1ull << 53)
#define LONGEST 4096

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The general case goes to strtod, which rounds correctly (the program stays in the "C" locale). */
static bool by_strtod(const char *text, size_t len, double *value)
{
    char copy[LONGEST + 1];
    if (len > LONGEST)
        return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    *value = strtod(copy, NULL);
    return true;
}

bool mt_parse_number(const char *text, size_t len, double *value)
{
    static const double power[EXACT_POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = text, *end = text + len;
    uint64_t mantissa = 0;
    int digits = 0, scale = 0, exponent = 0;
    bool negative = p < end && *p == '-', exact = true;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (bool point = false; p < end && (digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        digits = 1;
        exact = exact && mantissa < MANTISSA / 16;
        if (exact) /* else strtod reads it */
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        scale -= point;
    }
    if (!digits)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool below = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        if (p == end)
            return false;
        for (; p < end && digit(*p); p++)
            exponent = exponent < 100000 ? exponent * 10 + (*p - '0') : exponent;
        scale += below ? -exponent : exponent;
    }
    if (p != end)
        return false;
    if (!exact || scale > EXACT_POWERS || scale < -EXACT_POWERS)
        return by_strtod(text, len, value);
    double v = scale < 0 ? (double)mantissa / power[-scale] : (double)mantissa * power[scale];
    *value = negative ? -v : v;
    return true;
}

bool mt_parse_integer(const char *text, size_t len, int64_t *value)
{
    const char *p = text, *end = text + len;
    bool negative = p < end && *p == '-';
    int64_t v = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    for (; p < end; p++)
        if (!digit(*p) || __builtin_mul_overflow(v, (int64_t)10, &v) ||
            __builtin_sub_overflow(v, (int64_t)(*p - '0'), &v))
            return false;
    *value = v; /* counted downwards, where one more number fits */
    return negative || !__builtin_sub_overflow((int64_t)0, v, value);
}

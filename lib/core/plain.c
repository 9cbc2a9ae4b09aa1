#include "lib/core/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP " [...] "

int mt_utf8_len(const void *text)
{
    const unsigned char *p = text;
    if (p[0] < 0x80)
        return 1;
    int n = p[0] >= 0xc2 && p[0] < 0xe0   ? 2
            : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
            : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                          : 0;
    for (int i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

uint32_t mt_utf8_decode(const void *text, int n)
{
    const unsigned char *p = text;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (int i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

static bool is_forbidden(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
    bool turns = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                 (c >= 0x2066 && c <= 0x2069);
    bool no_character = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
    return control || turns || no_character;
}

int mt_plain_char(const void *text, bool *plain)
{
    int n = mt_utf8_len(text);
    *plain = n > 0 && !is_forbidden(mt_utf8_decode(text, n));
    return n ? n : 1;
}

/* Appends the character at *text if it fits, and moves past it. */
static bool put(char **out, const char *end, const char **text)
{
    bool plain;
    int n = mt_plain_char(*text, &plain);
    const char *from = plain ? *text : MT_REPLACEMENT;
    size_t len = plain ? (size_t)n : strlen(MT_REPLACEMENT);
    if ((size_t)(end - *out) < len)
        return false;
    memcpy(*out, from, len);
    *out += len;
    *text += n;
    return true;
}

/* Bytes that the character at *text takes, and moves past it. */
static size_t pass(const char **text)
{
    bool plain;
    int n = mt_plain_char(*text, &plain);
    *text += n;
    return plain ? (size_t)n : strlen(MT_REPLACEMENT);
}

static size_t plain_bytes(const char *text)
{
    size_t bytes = 0;
    while (*text)
        bytes += pass(&text);
    return bytes;
}

void mt_plain_line(char *out, size_t size, const char *text)
{
    const char *end = out + size - 1;
    size_t left = plain_bytes(text);
    if (left > size - 1) {
        const char *half = out + (size - 1 - strlen(GAP)) / 2, *from = out;
        while (put(&out, half, &text))
            ;
        left -= (size_t)(out - from);
        while (left > (size_t)(end - out) - strlen(GAP))
            left -= pass(&text);
        memcpy(out, GAP, strlen(GAP));
        out += strlen(GAP);
    }
    while (*text && put(&out, end, &text))
        ;
    *out = 0;
}

void mt_plain_format(char *out, size_t size, const char *fmt, va_list ap)
{
    char small[2048], *large = NULL;
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(small, sizeof small, fmt, ap);
    if (len >= (int)sizeof small && vasprintf(&large, fmt, again) < 0)
        large = NULL; /* then its beginning has to do */
    va_end(again);
    mt_plain_line(out, size, len < 0 ? fmt : large ? large : small);
    free(large);
}

#include "lib/report/markup.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static uint32_t decode(const unsigned char *p, int n)
{
    uint32_t c = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));
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

/* Appends the character that *text begins with and moves past it. */
static void put_character(struct mt_buf *b, const unsigned char **text)
{
    const unsigned char *p = *text;
    int n = mt_utf8_len(p);
    *text += n ? n : 1;
    if (n == 0 || is_forbidden(decode(p, n)))
        mt_buf_puts(b, REPLACEMENT);
    else if (*p == '&')
        mt_buf_puts(b, "&amp;");
    else if (*p == '<')
        mt_buf_puts(b, "&lt;");
    else if (*p == '>')
        mt_buf_puts(b, "&gt;");
    else if (*p == '"')
        mt_buf_puts(b, "&quot;");
    else if (*p == '\'')
        mt_buf_puts(b, "&#39;");
    else
        mt_buf_append(b, p, (size_t)n);
}

size_t mt_markup_text(struct mt_buf *b, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t count = 0;
    for (; *p; count++)
        put_character(b, &p);
    return count;
}

void mt_markup_short(struct mt_buf *b, const char *text, int most)
{
    const unsigned char *p = (const unsigned char *)text;
    bool cut = mt_buf_plain(NULL, text) > (size_t)most;
    for (int i = 0; *p && i < most - cut; i++)
        put_character(b, &p);
    if (cut)
        mt_buf_puts(b, "\xe2\x80\xa6");
}

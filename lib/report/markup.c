#include "lib/report/markup.h"

#include "lib/core/plain.h"

/* Appends the character that *text begins with and moves past it. */
static void put_character(struct mt_buf *b, const char **text)
{
    const char *p = *text;
    bool plain;
    int n = mt_plain_char(p, &plain);
    *text += n;
    if (!plain)
        mt_buf_puts(b, MT_REPLACEMENT);
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
    size_t count = 0;
    for (; *text; count++)
        put_character(b, &text);
    return count;
}

void mt_markup_short(struct mt_buf *b, const char *text, int most)
{
    bool cut = mt_buf_plain(NULL, text) > (size_t)most;
    for (int i = 0; *text && i < most - cut; i++)
        put_character(b, &text);
    if (cut)
        mt_buf_puts(b, "\xe2\x80\xa6");
}

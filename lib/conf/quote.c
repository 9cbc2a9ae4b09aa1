#include "lib/conf/quote.h"

#include <stdint.h>
#include <string.h>

#include "lib/conf/number.h"

size_t mt_cut(const char *text, size_t most)
{
    size_t len = strlen(text);
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* Words that one version of YAML or another reads as something else than text. */
static bool is_keyword(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes",  "no",    "on",
                                        "off",  "y",    "n",     ".inf", "-.inf", ".nan"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(text, words[i]))
            return true;
    return false;
}

static bool is_plain(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    double number;
    return text[0] && text[0] != '-' && strspn(text, safe) == strlen(text) && !is_keyword(text) &&
           !(text[0] >= '0' && text[0] <= '9') && text[0] != '.' && text[0] != '+' &&
           mt_parse_real(text, &number) == MT_NUMBER_NONE;
}

void mt_quote_yaml(struct mt_buf *out, const char *text)
{
    if (is_plain(text)) {
        mt_buf_puts(out, text);
        return;
    }
    mt_buf_puts(out, "\"");
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            mt_buf_printf(out, "\\%c", *p);
        else if (*p == '\n')
            mt_buf_puts(out, "\\n");
        else if (*p == '\t')
            mt_buf_puts(out, "\\t");
        else if (*p < 0x20 || *p == 0x7f)
            mt_buf_printf(out, "\\x%02x", *p);
        else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* control characters of Latin 1 */
            mt_buf_printf(out, "\\x%02x", *++p);
        else if (p[0] == 0xe2 && p[1] == 0x80 &&
                 (p[2] == 0xa8 || p[2] == 0xa9)) { /* line and paragraph separator */
            mt_buf_printf(out, "\\u20%02x", p[2] - 0x80);
            p += 2;
        } else if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) { /* byte order mark */
            mt_buf_puts(out, "\\ufeff");
            p += 2;
        } else if (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) { /* not characters */
            mt_buf_printf(out, "\\uff%02x", p[2] + 0x40);
            p += 2;
        } else
            mt_buf_append(out, p, 1);
    }
    mt_buf_puts(out, "\"");
}

void mt_place_text(struct mt_buf *out, const struct mt_place *at)
{
    if (!at) {
        mt_buf_puts(out, "default");
        return;
    }
    if (at->src->kind == MT_SOURCE_SET) {
        mt_buf_puts(out, "--set");
        return;
    }
    mt_buf_plain(out, at->src->name);
    mt_buf_printf(out, ":%d", at->line);
}

#include "lib/conf/quote.h"

#include <stdint.h>
#include <string.h>

#include "lib/conf/number.h"
#include "lib/core/plain.h"

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

/* A character that YAML does not allow, or that is not to be seen as it is: plain.h. A byte that is no UTF-8
 * stays, for YAML has no way to write it. */
static void put_character(struct mt_buf *out, const char *p, int n, bool plain)
{
    const uint32_t c = mt_utf8_len(p) ? mt_utf8_decode(p, n) : 0;
    if (plain && *p != '"' && *p != '\\' && c != 0xfeff)
        mt_buf_append(out, p, (size_t)n);
    else if (*p == '"' || *p == '\\')
        mt_buf_printf(out, "\\%c", *p);
    else if (*p == '\n' || *p == '\t')
        mt_buf_puts(out, *p == '\n' ? "\\n" : "\\t");
    else if (c == 0)
        mt_buf_append(out, p, (size_t)n);
    else
        mt_buf_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

void mt_quote_yaml(struct mt_buf *out, const char *text)
{
    if (is_plain(text)) {
        mt_buf_puts(out, text);
        return;
    }
    mt_buf_puts(out, "\"");
    while (*text) {
        bool plain;
        int n = mt_plain_char(text, &plain);
        put_character(out, text, n, plain);
        text += n;
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

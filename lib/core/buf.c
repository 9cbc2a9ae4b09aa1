#include "lib/core/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/plain.h"

void mt_buf_release(struct mt_buf *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

void mt_buf_clear(struct mt_buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = 0;
}

static bool reserve(struct mt_buf *b, size_t more)
{
    if (b->failed || more > SIZE_MAX / 4 - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + more + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap *= 2;
    char *data = realloc(b->data, cap);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void mt_buf_append(struct mt_buf *b, const void *data, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void mt_buf_puts(struct mt_buf *b, const char *text)
{
    mt_buf_append(b, text, strlen(text));
}

void mt_buf_printf(struct mt_buf *b, const char *fmt, ...)
{
    char small[512];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (len < 0) {
        b->failed = true;
        return;
    }
    if ((size_t)len < sizeof small) {
        mt_buf_append(b, small, (size_t)len);
        return;
    }
    if (!reserve(b, (size_t)len))
        return;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)len;
}

/* \u0007, or a pair of surrogates. */
static void put_escape(struct mt_buf *b, uint32_t c)
{
    if (c > 0xffff) {
        mt_buf_printf(b, "\\u%04x", 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    mt_buf_printf(b, "\\u%04x", c);
}

void mt_buf_json_string(struct mt_buf *b, const char *text)
{
    mt_buf_puts(b, "\"");
    while (*text) {
        bool plain;
        int n = mt_plain_char(text, &plain);
        if (*text == '"' || *text == '\\')
            mt_buf_printf(b, "\\%c", *text);
        else if (*text == '\n')
            mt_buf_puts(b, "\\n");
        else if (*text == '\t')
            mt_buf_puts(b, "\\t");
        else if (plain)
            mt_buf_append(b, text, (size_t)n);
        else
            put_escape(b, mt_utf8_len(text) ? mt_utf8_decode(text, n) : 0xfffd);
        text += n;
    }
    mt_buf_puts(b, "\"");
}

void mt_buf_json_number(struct mt_buf *b, double value, int digits)
{
    if (isfinite(value))
        mt_buf_printf(b, "%.*g", digits, value);
    else
        mt_buf_puts(b, "null");
}

void mt_buf_json_key(struct mt_buf *b, const char *key)
{
    if (b->len && b->data[b->len - 1] != '{')
        mt_buf_puts(b, ", ");
    mt_buf_json_string(b, key);
    mt_buf_puts(b, ": ");
}

void mt_buf_json_real(struct mt_buf *b, const char *key, double value, int digits)
{
    mt_buf_json_key(b, key);
    mt_buf_json_number(b, value, digits);
}

void mt_buf_json_text(struct mt_buf *b, const char *key, const char *value)
{
    mt_buf_json_key(b, key);
    if (value)
        mt_buf_json_string(b, value);
    else
        mt_buf_puts(b, "null");
}

void mt_buf_shell_word(struct mt_buf *b, const char *text)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,:/@%";
    if (*text && *text != '=' && !text[strspn(text, safe)]) { /* zsh takes =word for the path of a command */
        mt_buf_puts(b, text);
        return;
    }
    mt_buf_puts(b, "'");
    for (; *text; text++)
        if (*text == '\'')
            mt_buf_puts(b, "'\\''");
        else
            mt_buf_append(b, text, 1);
    mt_buf_puts(b, "'");
}

void mt_buf_csv_field(struct mt_buf *b, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    mt_buf_puts(b, quoted ? "\"" : "");
    while (*text) {
        int n = mt_utf8_len(text);
        if (*text == '"')
            mt_buf_puts(b, "\"\"");
        else
            mt_buf_append(b, n ? text : MT_REPLACEMENT, n ? (size_t)n : strlen(MT_REPLACEMENT));
        text += n ? n : 1;
    }
    mt_buf_puts(b, quoted ? "\"" : "");
}

size_t mt_buf_plain(struct mt_buf *b, const char *text)
{
    size_t count = 0;
    for (int n; *text; text += n, count++) {
        bool plain;
        n = mt_plain_char(text, &plain);
        if (b)
            mt_buf_append(b, plain ? text : MT_REPLACEMENT, plain ? (size_t)n : strlen(MT_REPLACEMENT));
    }
    return count;
}

void mt_buf_tame(struct mt_buf *b, const char *p, const char *end)
{
    while (p < end) {
        bool plain;
        int n = mt_plain_char(p, &plain);
        if (plain || *p == '\t' || *p == '\n')
            mt_buf_append(b, p, (size_t)n);
        else
            mt_buf_puts(b, MT_REPLACEMENT);
        p += n;
    }
}

void mt_buf_pad(struct mt_buf *b, const char *text, int width)
{
    size_t count = mt_buf_plain(NULL, text), least = (size_t)(width < 0 ? -width : width);
    int spaces = count < least ? (int)(least - count) : 0;
    if (width > 0)
        mt_buf_printf(b, "%*s", spaces, "");
    mt_buf_plain(b, text);
    if (width < 0)
        mt_buf_printf(b, "%*s", spaces, "");
}

#include "lib/core/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

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

void mt_buf_json_string(struct mt_buf *b, const char *text)
{
    mt_buf_puts(b, "\"");
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int n = mt_utf8_len(p);
        if (*p == '"' || *p == '\\')
            mt_buf_printf(b, "\\%c", *p);
        else if (*p == '\n')
            mt_buf_puts(b, "\\n");
        else if (*p == '\t')
            mt_buf_puts(b, "\\t");
        else if (*p < 0x20)
            mt_buf_printf(b, "\\u%04x", *p);
        else if (n == 0)
            mt_buf_puts(b, "\\ufffd");
        else
            mt_buf_append(b, p, (size_t)n);
        p += n ? n : 1;
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

void mt_buf_csv_field(struct mt_buf *b, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    mt_buf_puts(b, quoted ? "\"" : "");
    while (*text) {
        int n = mt_utf8_len(text);
        if (*text == '"')
            mt_buf_puts(b, "\"\"");
        else
            mt_buf_append(b, n ? text : REPLACEMENT, n ? (size_t)n : strlen(REPLACEMENT));
        text += n ? n : 1;
    }
    mt_buf_puts(b, quoted ? "\"" : "");
}

/* C0, DEL, C1 and the line separators that some terminals act on; marks that turn the order of what follows;
 * U+FFFE and U+FFFF, which XML does not allow. */
static bool is_control(const unsigned char *p)
{
    bool separator = p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
    bool turns = (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
                 (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
    bool none = p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
    return p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0) || separator || turns || none;
}

size_t mt_buf_plain(struct mt_buf *b, const char *text)
{
    size_t count = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; count++) {
        int n = mt_utf8_len(p);
        bool bad = n == 0 || is_control(p);
        if (b)
            mt_buf_append(b, bad ? REPLACEMENT : (const char *)p, bad ? strlen(REPLACEMENT) : (size_t)n);
        p += n ? n : 1;
    }
    return count;
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

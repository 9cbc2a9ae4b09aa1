#include "lib/core/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/plain.h"

#define DEEPEST 16

void mt_json_init(struct mt_json *j, const char *text, size_t len)
{
    *j = (struct mt_json){.start = text, .at = text, .end = text + len};
}

bool mt_json_fail(struct mt_json *j, const char *problem)
{
    if (!j->problem)
        j->problem = problem;
    return false;
}

bool mt_json_no_memory(struct mt_json *j)
{
    j->memory |= !j->problem;
    return mt_json_fail(j, "out of memory");
}

size_t mt_json_offset(const struct mt_json *j)
{
    return (size_t)(j->at - j->start);
}

static void skip_space(struct mt_json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\t' || *j->at == '\r'))
        j->at++;
}

bool mt_json_next(struct mt_json *j, char c)
{
    skip_space(j);
    return !j->problem && j->at < j->end && *j->at == c;
}

bool mt_json_take(struct mt_json *j, char c)
{
    if (!mt_json_next(j, c))
        return mt_json_fail(j, c == '{'   ? "an object is expected"
                               : c == '[' ? "an array is expected"
                               : c == '"' ? "a string is expected"
                               : c == ':' ? "a colon is expected"
                                          : "a comma or closing bracket is expected");
    j->at++;
    return true;
}

bool mt_json_end(struct mt_json *j)
{
    skip_space(j);
    if (!j->problem && j->at < j->end)
        mt_json_fail(j, "nothing more is expected");
    return !j->problem;
}

/* Passes the comma between items, or the closing bracket. */
static bool another(struct mt_json *j, bool *more, char close)
{
    bool first = !*more;
    *more = true;
    if (first && !mt_json_next(j, close))
        return !j->problem;
    if (!first && mt_json_next(j, ',')) {
        j->at++;
        return true;
    }
    mt_json_take(j, close);
    return false;
}

bool mt_json_member(struct mt_json *j, bool *more, char **key)
{
    *key = NULL;
    if (!another(j, more, '}') || !(*key = mt_json_string(j)))
        return false;
    if (mt_json_take(j, ':'))
        return true;
    free(*key);
    *key = NULL;
    return false;
}

bool mt_json_element(struct mt_json *j, bool *more)
{
    return another(j, more, ']');
}

static int hex4(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static void put_utf8(struct mt_buf *b, unsigned c)
{
    unsigned char u[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6)
        u[i] = (unsigned char)(0x80 | (c & 0x3f));
    u[0] = (unsigned char)(lead[n] | c);
    mt_buf_append(b, u, n);
}

/* \uXXXX, or two of them for what lies beyond 16 bits; j->at is past the u. */
static bool unicode_escape(struct mt_json *j, struct mt_buf *b)
{
    int high = hex4(j->at), low = -1; /* the NUL behind the text is no digit */
    if (high < 0)
        return mt_json_fail(j, "\\u is not followed by four hexadecimal digits");
    j->at += 4;
    if (high >= 0xd800 && high < 0xdc00 && j->at[0] == '\\' && j->at[1] == 'u')
        low = hex4(j->at + 2);
    if (high == 0)
        return mt_json_fail(j, "a string holds \\u0000");
    if (low >= 0xdc00 && low < 0xe000) {
        j->at += 6;
        put_utf8(b, 0x10000 + ((unsigned)(high - 0xd800) << 10) + (unsigned)(low - 0xdc00));
        return true;
    }
    if (high >= 0xd800 && high < 0xe000)
        return mt_json_fail(j, "half of a surrogate pair");
    put_utf8(b, (unsigned)high);
    return true;
}

static bool escape(struct mt_json *j, struct mt_buf *b)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = *++j->at;
    const char *known = c ? strchr(from, c) : NULL;
    if (c == 'u') {
        j->at++;
        return unicode_escape(j, b);
    }
    if (!known)
        return mt_json_fail(j, "a string holds an unknown escape");
    mt_buf_append(b, to + (known - from), 1);
    j->at++;
    return true;
}

char *mt_json_string(struct mt_json *j)
{
    struct mt_buf b = {0};
    if (!mt_json_take(j, '"'))
        return NULL;
    mt_buf_append(&b, "", 0);
    while (j->at < j->end && *j->at != '"') {
        int n = mt_utf8_len(j->at);
        if ((unsigned char)*j->at < 0x20 || n == 0) {
            mt_json_fail(j, n ? "a string holds a control character" : "a string is not UTF-8");
            goto fail;
        }
        if (*j->at == '\\') {
            if (!escape(j, &b))
                goto fail;
            continue;
        }
        mt_buf_append(&b, j->at, (size_t)n);
        j->at += n;
    }
    if (j->at >= j->end) {
        mt_json_fail(j, "a string does not end");
        goto fail;
    }
    j->at++;
    if (b.failed) {
        mt_json_no_memory(j);
        goto fail;
    }
    char *fit = realloc(b.data, b.len + 1); /* thousands of names are kept */
    return fit ? fit : b.data;
fail:
    mt_buf_release(&b);
    return NULL;
}

static const char *digits(const char *p)
{
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

bool mt_json_whole(struct mt_json *j, uint64_t *value)
{
    skip_space(j);
    const char *p = j->at, *end = digits(p);
    if (j->problem || end == p || (*p == '0' && end > p + 1) || *end == '.' || *end == 'e' || *end == 'E')
        return mt_json_fail(j, "a whole number is expected");
    for (*value = 0; p < end; p++)
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*p - '0'), value))
            return mt_json_fail(j, "a number is too large");
    j->at = end;
    return true;
}

static bool word(struct mt_json *j, const char *text)
{
    size_t len = strlen(text);
    if (j->problem || (size_t)(j->end - j->at) < len || memcmp(j->at, text, len))
        return false;
    j->at += len;
    return true;
}

bool mt_json_real(struct mt_json *j, double *value)
{
    skip_space(j);
    if (word(j, "null")) {
        *value = NAN;
        return true;
    }
    const char *whole = j->at + (*j->at == '-'), *p = digits(whole), *part;
    bool good = !j->problem && p > whole && (*whole != '0' || p == whole + 1);
    if (*p == '.') {
        part = p + 1;
        good = good && (p = digits(part)) > part;
    }
    if (*p == 'e' || *p == 'E') {
        part = p + 1 + (p[1] == '+' || p[1] == '-');
        good = good && (p = digits(part)) > part;
    }
    if (!good)
        return mt_json_fail(j, "a number is expected");
    *value = strtod(j->at, NULL);
    if (isinf(*value))
        return mt_json_fail(j, "a number is too large");
    j->at = p;
    return true;
}

static bool skip(struct mt_json *j, int depth)
{
    char *text = NULL;
    double number;
    bool more = false;
    if (depth == DEEPEST)
        return mt_json_fail(j, "nested too deeply");
    if (mt_json_next(j, '{')) {
        j->at++;
        while (mt_json_member(j, &more, &text)) {
            free(text);
            skip(j, depth + 1);
        }
    } else if (mt_json_next(j, '[')) {
        j->at++;
        while (mt_json_element(j, &more))
            skip(j, depth + 1);
    } else if (mt_json_next(j, '"')) {
        text = mt_json_string(j);
        free(text);
    } else if (!word(j, "true") && !word(j, "false")) {
        mt_json_real(j, &number);
    }
    return !j->problem;
}

bool mt_json_skip(struct mt_json *j)
{
    return skip(j, 0);
}

/* yaml_text.c: what text may be before it is parsed: UTF-8 without control characters. */
#include "lib/conf/yaml_text.h"

#include <stdint.h>
#include <string.h>

/* The code point at p and its length, or 0 where the bytes are no UTF-8. */
static int decode(const unsigned char *p, const unsigned char *end, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = p[0] < 0x80             ? 1
            : (p[0] & 0xe0) == 0xc0 ? 2
            : (p[0] & 0xf0) == 0xe0 ? 3
            : (p[0] & 0xf8) == 0xf0 ? 4
                                    : 0;
    if (n == 0 || end - p < n)
        return 0;
    *code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3fu);
    }
    return *code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : n;
}

static bool printable(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f) || c == 0x85 ||
           (c >= 0xa0 && c != 0xfeff && c != 0xfffe && c != 0xffff);
}

static bool is_break(uint32_t c)
{
    return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

int mt_yaml_check_text(const struct mt_source *src, struct mt_diag *diag)
{
    const unsigned char *p = (const unsigned char *)src->text, *end = p + src->len;
    struct mt_place at = {src, 1, 1, 1}, head = {src, 0, 0, 0};
    if (src->len > MT_YAML_MAX_BYTES)
        return mt_diag_error(diag, &head,
                             "is larger than 1 MiB; an experiment file has a few hundred lines at most");
    if (src->len >= 2 && (!memcmp(p, "\xff\xfe", 2) || !memcmp(p, "\xfe\xff", 2)))
        return mt_diag_error(diag, &head, "is UTF-16 text; save it as UTF-8");
    while (p < end) {
        uint32_t c = 0;
        int n = decode(p, end, &c);
        if (n == 0)
            return mt_diag_error(diag, &at, "byte 0x%02x is not UTF-8; save the file as UTF-8", *p);
        if (!printable(c))
            return mt_diag_error(diag, &at, "control character U+%04X is not allowed", c);
        p += n;
        at.col++;
        if (is_break(c) && !(c == '\r' && p < end && *p == '\n')) {
            at.line++;
            at.col = 1;
        }
    }
    return 0;
}

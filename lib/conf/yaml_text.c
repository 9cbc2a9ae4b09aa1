/* yaml_text.c: what text may be before it is parsed, UTF-8 without control characters; and what the parser
 * says, in words for people. */
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
    for (int directives = 0; p < end;) {
        uint32_t c = 0;
        int n = decode(p, end, &c);
        if (n == 0)
            return mt_diag_error(diag, &at, "byte 0x%02x is not UTF-8; save the file as UTF-8", *p);
        if (!printable(c))
            return mt_diag_error(diag, &at, "control character U+%04X is not allowed; %s", c,
                                 c ? "remove it" : "save the file as UTF-8 text");
        if (c == '%' && at.col == 1 && ++directives > MT_YAML_MAX_DIRECTIVES)
            return mt_diag_error(diag, &at,
                                 "more than %d lines begin with '%%'; remove them, or quote the text",
                                 MT_YAML_MAX_DIRECTIVES);
        p += n;
        at.col++;
        if (is_break(c) && !(c == '\r' && p < end && *p == '\n')) {
            at.line++;
            at.col = 1;
        }
    }
    return 0;
}

const char *mt_yaml_words(const char *problem)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        {"mapping values are not allowed in this context",
         "a ':' is not allowed here; quote the value, or put the key on a line of its own with the same "
         "indentation as its neighbors"},
        {"could not find expected ':'", "expected ':' and a space behind the key"},
        {"did not find expected key", "expected a key; check the indentation, and quotes and brackets above"},
        {"did not find expected '-' indicator", "expected '- '; check the indentation"},
        {"did not find expected ',' or ']'", "expected ',' or ']'"},
        {"did not find expected ',' or '}'", "expected ',' or '}'"},
        {"did not find expected node content", "expected a value"},
        {"found unexpected end of stream", "the quote is never closed"},
        {"found unexpected document indicator", "the quote is never closed"},
        {"found undefined tag handle", "tags ('!...') are not allowed; values are typed by their key"},
        {"did not find expected <document start>", "the text goes on after the document's end"},
        {"block sequence entries are not allowed in this context",
         "a '- ' is not allowed here; put it on a line of its own"},
        {"did not find expected alphabetic or numeric character", "expected a name behind '&' or '*'"},
        {"found character that cannot start any token",
         "a value cannot begin with this character; put it in quotes"},
        {"found unknown escape character",
         "there is no such escape; write \\\\ for a backslash, or use single quotes"},
        {"found incompatible YAML document", "only YAML 1.1 and 1.2 are read; remove the line '%YAML'"},
        {"found unexpected ':'", "expected ': ' with a space behind it, or quotes around the value"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(problem, words[i].theirs))
            return words[i].ours;
    return problem;
}

const char *mt_yaml_context(const char *context)
{
    return strstr(context, "mapping")                                     ? "map"
           : strstr(context, "sequence") || strstr(context, "collection") ? "list"
           : strstr(context, "quoted")                                    ? "quoted text"
           : strstr(context, "simple key")                                ? "key"
                                                                          : NULL;
}

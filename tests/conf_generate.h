/* conf_generate.h: random documents that a field table allows, and the comparison of two bound structs. */
#ifndef MT_TESTS_CONF_GENERATE_H
#define MT_TESTS_CONF_GENERATE_H

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lib/conf/tree.h"
#include "lib/core/buf.h"
#include "lib/core/fields.h"

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

/* Characters that end, begin or change a plain scalar somewhere in YAML, or that terminals act on. */
static void generate_text(uint64_t *r, struct mt_buf *b)
{
    static const unsigned nasty[] = {'a',  'Z',  '0',    ':',    ' ',    '#',    '\'',   '"',     '\\',
                                     '\n', '\t', 0x1b,   '-',    '[',    '{',    '&',    '*',     '!',
                                     '%',  '@',  '`',    '~',    ',',    '?',    '|',    '>',     0x7f,
                                     0x85, 0xe9, 0x2028, 0x2029, 0xfeff, 0xfffe, 0x20ac, 0x1f600, '='};
    static const char *const words[] = {"null", "~",  "true", "no",     "1e3", "0x1f", "-",
                                        "",     " a", "a ",   "3d-net", "...", "---"};
    mt_buf_puts(b, "\"");
    if (draw(r, 3) == 0)
        mt_buf_puts(b, words[draw(r, sizeof words / sizeof *words)]);
    else
        for (uint32_t n = draw(r, 8); n > 0; n--)
            mt_buf_printf(b, "\\U%08x", nasty[draw(r, sizeof nasty / sizeof *nasty)]);
    mt_buf_puts(b, "\"");
}

static double bounded(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

/* A number that is in the range, bounds that are not included excepted (they come up rarely enough). */
static void generate_number(uint64_t *r, struct mt_buf *b, const struct mt_field *f)
{
    bool any = f->min == 0 && f->max == 0,
         integer = f->type == MT_INT || f->type == MT_INTS || f->type == MT_BYTES;
    double low = any ? -1e9 : bounded(f->min, -1e9, 1e9), high = any ? 1e9 : bounded(f->max, -1e9, 1e9);
    double unit = draw(r, 1u << 31) / 2147483648.0,
           v = low + (high - low) * (draw(r, 2) ? unit : pow(unit, 20));
    if (integer)
        mt_buf_printf(b, "%" PRId64, (int64_t)(high - low < 1 ? low : ceil(v)));
    else
        mt_buf_printf(b, "%.17g", v);
}

static void generate_map(uint64_t *r, struct mt_buf *b, const struct mt_field *fields, const char *tag,
                         const char *name);

static const struct mt_kind *draw_row(uint64_t *r, const struct mt_table *table)
{
    uint32_t n = 0;
    while (table->row[n])
        n++;
    return n ? table->row[draw(r, n)] : NULL;
}

static void generate_scalar(uint64_t *r, struct mt_buf *b, const struct mt_field *f)
{
    uint32_t n = 0;
    switch (f->type) {
    case MT_BOOL:
        mt_buf_puts(b, draw(r, 2) ? "true" : "false");
        break;
    case MT_STRING:
    case MT_STRINGS:
        generate_text(r, b);
        break;
    case MT_PATH:
        mt_buf_printf(b, "\"/nonexistent/\\x1b %u: \\\"#\"", draw(r, 1000));
        break;
    case MT_CHOICE:
    case MT_CHOICES:
        while (f->choices[n])
            n++;
        mt_buf_puts(b, f->choices[draw(r, n)]);
        break;
    default:
        generate_number(r, b, f);
        break;
    }
}

static void generate_value(uint64_t *r, struct mt_buf *b, const struct mt_field *f)
{
    const struct mt_kind *kind = NULL;
    if (f->type == MT_MAP) {
        generate_map(r, b, f->map, NULL, NULL);
    } else if (f->type == MT_VARIANT) {
        if ((kind = draw_row(r, f->table)))
            generate_map(r, b, kind->fields, f->tag, kind->name);
    } else if (f->type == MT_TREE) {
        static const char *const trees[] = {"{a.b: {values: [1, x, \"2\"]}, c: []}", "[{a: 0.1}, {}]", "word"};
        mt_buf_puts(b, trees[draw(r, 3)]);
    } else if (f->type == MT_VARIANTS || f->type == MT_RECORDS || f->type >= MT_CHOICES) {
        mt_buf_puts(b, "[");
        for (uint32_t i = 0, n = draw(r, 4) + !!(f->flags & MT_F_REQUIRED); i < n; i++) {
            mt_buf_puts(b, i ? ", " : "");
            if (f->type == MT_RECORDS) {
                generate_map(r, b, f->table->row[0]->fields, NULL, NULL);
            } else if (f->type != MT_VARIANTS) {
                generate_scalar(r, b, f);
            } else if ((kind = draw_row(r, f->table))) {
                mt_buf_printf(b, "{%s: ", kind->name);
                generate_map(r, b, kind->fields, NULL, NULL);
                mt_buf_puts(b, "}");
            }
        }
        mt_buf_puts(b, "]");
    } else {
        generate_scalar(r, b, f);
    }
}

static void generate_map(uint64_t *r, struct mt_buf *b, const struct mt_field *fields, const char *tag,
                         const char *name)
{
    const char *comma = "";
    mt_buf_puts(b, "{");
    if (tag) {
        mt_buf_printf(b, "%s: %s", tag, name);
        comma = ", ";
    }
    for (const struct mt_field *f = fields; f && f->name; f++) {
        bool empty_table = f->table && !f->table->row[0];
        if (empty_table || (f->type != MT_MAP && !(f->flags & MT_F_REQUIRED) && draw(r, 2)))
            continue;
        mt_buf_printf(b, "%s%s: ", comma, f->alias && draw(r, 2) ? f->alias : f->name);
        generate_value(r, b, f);
        comma = ", ";
    }
    mt_buf_puts(b, "}");
}

/* --- comparison --- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool same_fields(const struct mt_field *fields, const void *a, const void *b);

static bool same_variant(const struct mt_variant *a, const struct mt_variant *b)
{
    return a->kind == b->kind && (!a->kind || same_fields(a->kind->fields, a->cfg, b->cfg));
}

static bool same_list(const struct mt_field *f, const void *a, const void *b)
{
    const struct mt_ints *ia = a, *ib = b;
    const struct mt_reals *ra = a, *rb = b;
    const struct mt_strings *sa = a, *sb = b;
    const struct mt_variants *va = a, *vb = b;
    int n = f->type == MT_INTS ? ia->n : f->type == MT_REALS ? ra->n : f->type == MT_STRINGS ? sa->n : va->n;
    int m = f->type == MT_INTS ? ib->n : f->type == MT_REALS ? rb->n : f->type == MT_STRINGS ? sb->n : vb->n;
    bool same = n == m;
    for (int i = 0; same && i < n; i++)
        same = f->type == MT_INTS      ? ia->v[i] == ib->v[i]
               : f->type == MT_REALS   ? ra->v[i] == rb->v[i]
               : f->type == MT_STRINGS ? same_text(sa->v[i], sb->v[i])
                                       : same_variant(&va->v[i], &vb->v[i]);
    return same;
}

static bool same_tree(const struct mt_node *a, const struct mt_node *b)
{
    if (!a || !b)
        return a == b;
    if (mt_tree_is_map(a) != mt_tree_is_map(b) || mt_tree_count(a) != mt_tree_count(b))
        return false;
    bool same = mt_tree_is_list(a) == mt_tree_is_list(b) && same_text(mt_tree_text(a), mt_tree_text(b));
    for (int i = 0; same && i < mt_tree_count(a); i++)
        same = same_tree(mt_tree_item(a, i), mt_tree_item(b, i)) &&
               (mt_tree_is_list(a) || same_tree(mt_tree_key(a, i), mt_tree_key(b, i)));
    return same;
}

static bool same_field(const struct mt_field *f, const void *a, const void *b)
{
    double x, y;
    switch (f->type) {
    case MT_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case MT_INT:
    case MT_BYTES:
        return *(const int64_t *)a == *(const int64_t *)b;
    case MT_REAL:
        x = *(const double *)a;
        y = *(const double *)b;
        return x == y || (isnan(x) && isnan(y));
    case MT_STRING:
    case MT_PATH:
        return same_text(*(char *const *)a, *(char *const *)b);
    case MT_CHOICE:
    case MT_CHOICES:
        return *(const int *)a == *(const int *)b;
    case MT_VARIANT:
        return same_variant(a, b);
    case MT_TREE:
        return same_tree(*(struct mt_node *const *)a, *(struct mt_node *const *)b);
    default:
        return same_list(f, a, b);
    }
}

static bool same_fields(const struct mt_field *fields, const void *a, const void *b)
{
    for (const struct mt_field *f = fields; f && f->name; f++)
        if (f->type == MT_MAP ? !same_fields(f->map, a, b)
                              : !same_field(f, (const char *)a + f->offset, (const char *)b + f->offset))
            return false;
    return true;
}

#endif

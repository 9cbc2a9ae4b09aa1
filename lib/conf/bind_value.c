/* bind_value.c: scalars and lists of scalars, typed by their field and never guessed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/bind.h"
#include "lib/conf/number.h"
#include "lib/conf/quote.h"
#include "lib/conf/yaml.h"
#include "lib/core/file.h"

struct value {
    struct mt_binder *b;
    const struct mt_field *field;
    struct mt_node *node;
    const struct mt_where *where;
};

#define GOT_TEXT 64

/* The value as messages show it: numbers bare, words in quotes, long text cut. */
static const char *got(const struct mt_node *node, char text[GOT_TEXT])
{
    double number;
    if (node->kind == MT_NODE_LIST)
        return "a list";
    if (node->kind == MT_NODE_MAP)
        return "keys";
    if (node->len == 0)
        return "nothing";
    if (mt_parse_real(node->text, &number) != MT_NUMBER_NONE && node->len < 40)
        snprintf(text, GOT_TEXT, "%s", node->text);
    else if (node->len <= 40)
        snprintf(text, GOT_TEXT, "'%s'", node->text);
    else
        snprintf(text, GOT_TEXT, "'%.*s...'", (int)mt_cut(node->text, 36), node->text);
    return text;
}

static void wrong(const struct value *v, const char *hint)
{
    char path[MT_WHERE_TEXT], expected[MT_EXPECT_TEXT], text[GOT_TEXT];
    mt_diag_error(v->b->diag, &v->node->at, "%s: expected %s, got %s%s%s", mt_where_text(v->where, path),
                  mt_expect_text(v->field, expected), got(v->node, text), *hint ? "; " : "", hint);
}

static bool in_range(const struct mt_field *f, double v)
{
    if (f->min == 0 && f->max == 0)
        return true;
    return (f->flags & MT_F_ABOVE_MIN ? v > f->min : v >= f->min) &&
           (f->flags & MT_F_BELOW_MAX ? v < f->max : v <= f->max);
}

/* An integer that a double cannot hold is compared as the next one beyond it, never as a bound. */
static double as_double(int64_t v)
{
    double d = (double)v;
    if (fabs(d) < 0x1p62 && (int64_t)d != v)
        d = nextafter(d, v > (int64_t)d ? INFINITY : -INFINITY);
    return d;
}

static void bind_bool(const struct value *v, bool *out)
{
    static const char *const yes[] = {"yes", "Yes", "on", "On", "True", "TRUE", "1", "y"};
    static const char *const no[] = {"no", "No", "off", "Off", "False", "FALSE", "0", "n"};
    bool is_true = mt_node_is(v->node, "true");
    const char *hint = "";
    if (is_true || mt_node_is(v->node, "false")) {
        *out = is_true;
        return;
    }
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (mt_node_is(v->node, yes[i]))
            hint = "write true";
        else if (mt_node_is(v->node, no[i]))
            hint = "write false";
    wrong(v, hint);
}

/* A remedy for text that is nearly an integer. */
static const char *int_hint(const char *text)
{
    size_t digits = strspn(text, "+-0123456789");
    double number;
    if (text[0] == '0' && strspn(text, "0123456789") == strlen(text))
        return "write it without leading zeros";
    if (text[0] == '0' && strchr("xXoObB", text[1]))
        return "write it in decimal";
    if (digits > 0 && text[digits] == '_' && strspn(text, "+-0123456789_") == strlen(text))
        return "write it without underscores";
    if (mt_parse_real(text, &number) != MT_NUMBER_NONE && strpbrk(text, "eE."))
        return "write it in digits alone";
    return "";
}

static void bind_int(const struct value *v, int64_t *out)
{
    int64_t number = 0;
    enum mt_number is =
        v->node->kind == MT_NODE_SCALAR ? mt_parse_int(v->node->text, &number) : MT_NUMBER_NONE;
    if (is == MT_NUMBER_OK && in_range(v->field, as_double(number)))
        *out = number;
    else
        wrong(v, is == MT_NUMBER_NONE && v->node->kind == MT_NODE_SCALAR ? int_hint(v->node->text) : "");
}

/* A remedy for text that is nearly a number. */
static const char *real_hint(const struct mt_node *node)
{
    const char *text = node->text + strspn(node->text, "+-.");
    if (text[strspn(text, "0123456789,")] == 0 && strchr(text, ','))
        return "write the decimal point as '.'";
    return !strcasecmp(text, "inf") || !strcasecmp(text, "nan") ? "write a finite number" : "";
}

static void bind_real(const struct value *v, double *out)
{
    double number = 0;
    if (v->field->flags & MT_F_AUTO && mt_node_is(v->node, "auto")) {
        *out = MT_AUTO;
        return;
    }
    enum mt_number is =
        v->node->kind == MT_NODE_SCALAR ? mt_parse_real(v->node->text, &number) : MT_NUMBER_NONE;
    if (is == MT_NUMBER_OK && in_range(v->field, number))
        *out = number;
    else
        wrong(v, is == MT_NUMBER_NONE && v->node->kind == MT_NODE_SCALAR ? real_hint(v->node) : "");
}

static void bind_bytes(const struct value *v, int64_t *out)
{
    int64_t number = 0;
    enum mt_number is =
        v->node->kind == MT_NODE_SCALAR ? mt_parse_bytes(v->node->text, &number) : MT_NUMBER_NONE;
    if (is == MT_NUMBER_OK && in_range(v->field, as_double(number)))
        *out = number;
    else
        wrong(v, is == MT_NUMBER_NONE ? "the units are B, KiB, MiB, GiB and TiB, or KB, MB, GB and TB" : "");
}

static void bind_string(const struct value *v, char **out)
{
    if (v->node->kind != MT_NODE_SCALAR) {
        wrong(v, "");
        return;
    }
    if (!(*out = mt_arena_copy(&v->b->conf->arena, v->node->text, v->node->len)))
        mt_diag_memory(v->b->diag);
}

static void bind_path(const struct value *v, char **out)
{
    if (v->node->kind != MT_NODE_SCALAR || v->node->len == 0) {
        wrong(v, "");
        return;
    }
    char *path = mt_path_join(v->node->at.src->dir, v->node->text);
    if (!path || !(*out = mt_arena_copy(&v->b->conf->arena, path, strlen(path))))
        mt_diag_memory(v->b->diag);
    v->node->path = *out;
    free(path);
}

static int choice(const struct value *v)
{
    char path[MT_WHERE_TEXT];
    if (v->node->kind != MT_NODE_SCALAR) {
        wrong(v, "");
        return -1;
    }
    for (int i = 0; v->field->choices[i]; i++)
        if (!strcmp(v->field->choices[i], v->node->text))
            return i;
    mt_unknown_word(v->b, v->node, mt_where_text(v->where, path), v->field->choices);
    return -1;
}

static void bind_element(const struct value *v, void *array, int i)
{
    if (v->field->type == MT_INTS) {
        bind_int(v, (int64_t *)array + i);
    } else if (v->field->type == MT_REALS) {
        bind_real(v, (double *)array + i);
    } else if (v->field->type == MT_STRINGS) {
        bind_string(v, (char **)array + i);
    } else {
        int c = choice(v);
        if (c >= 0)
            *(unsigned *)array |= 1u << c;
    }
}

/* A list of scalars; one scalar is a list of one. `array` has room for all; returns how many there are. */
static int bind_list(const struct value *v, void *array)
{
    if (v->node->kind == MT_NODE_MAP)
        wrong(v, "");
    if (v->node->kind == MT_NODE_SCALAR)
        bind_element(v, array, 0);
    if (v->node->kind != MT_NODE_LIST)
        return v->node->kind == MT_NODE_SCALAR;
    for (int i = 0; i < v->node->n; i++) {
        struct mt_where here = {v->where, NULL, i};
        bind_element(&(struct value){v->b, v->field, v->node->item[i], &here}, array, i);
    }
    return v->node->n;
}

static void *new_array(const struct value *v, size_t size)
{
    size_t n = v->node->kind == MT_NODE_LIST ? (size_t)v->node->n : 1;
    void *array = mt_arena_alloc(&v->b->conf->arena, n, size);
    if (!array)
        mt_diag_memory(v->b->diag);
    return array;
}

void mt_bind_value(struct mt_binder *b, const struct mt_field *field, void *out, struct mt_node *node,
                   const struct mt_where *where)
{
    const struct value v = {b, field, node, where};
    struct mt_ints *ints = out;
    struct mt_reals *reals = out;
    struct mt_strings *strings = out;
    switch (field->type) {
    case MT_BOOL:
        bind_bool(&v, out);
        break;
    case MT_INT:
        bind_int(&v, out);
        break;
    case MT_REAL:
        bind_real(&v, out);
        break;
    case MT_BYTES:
        bind_bytes(&v, out);
        break;
    case MT_STRING:
        bind_string(&v, out);
        break;
    case MT_PATH:
        bind_path(&v, out);
        break;
    case MT_CHOICE:
        *(int *)out = choice(&v);
        break;
    case MT_CHOICES:
        bind_list(&v, out);
        break;
    case MT_INTS:
        if ((ints->v = new_array(&v, sizeof *ints->v)))
            ints->n = bind_list(&v, ints->v);
        break;
    case MT_REALS:
        if ((reals->v = new_array(&v, sizeof *reals->v)))
            reals->n = bind_list(&v, reals->v);
        break;
    case MT_STRINGS:
        if ((strings->v = new_array(&v, sizeof *strings->v)))
            strings->n = bind_list(&v, strings->v);
        break;
    case MT_MAP:
    case MT_VARIANT:
    case MT_VARIANTS:
    case MT_RECORDS:
    case MT_TREE:
        break; /* bound by bind.c and bind_variant.c */
    }
}

struct mt_node *mt_default_node(struct mt_binder *b, const char *text, const struct mt_place *at)
{
    struct mt_node *node;
    if (text[0] == '[') {
        struct mt_source *src = mt_arena_alloc(&b->conf->arena, 1, sizeof *src);
        if (!src) {
            mt_diag_memory(b->diag);
            return NULL;
        }
        *src = *at->src;
        src->text = text;
        src->len = strlen(text);
        return mt_yaml_parse(&b->conf->arena, src, &(long){0}, b->diag);
    }
    if (!(node = mt_node_scalar(&b->conf->arena, text, strlen(text), at)))
        mt_diag_memory(b->diag);
    return node;
}

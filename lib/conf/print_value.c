/* print_value.c: the value of one field as YAML or JSON, which agree but for strings. */
#include "lib/conf/print_value.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/number.h"
#include "lib/conf/quote.h"
#include "lib/conf/tree.h"

void mt_print_string(struct mt_buf *out, bool json, const char *text)
{
    if (json)
        mt_buf_json_string(out, text);
    else
        mt_quote_yaml(out, text);
}

static void put_real(struct mt_buf *out, double value)
{
    char text[MT_REAL_TEXT];
    mt_format_real(text, value);
    mt_buf_puts(out, isfinite(value) ? text : "null");
}

static void print_path(struct mt_buf *out, bool json, const char *path)
{
    char real[PATH_MAX], cwd[PATH_MAX];
    if (realpath(path, real)) {
        mt_print_string(out, json, real);
        return;
    }
    struct mt_buf joined = {0};
    if (path[0] != '/' && getcwd(cwd, sizeof cwd))
        mt_buf_printf(&joined, "%s/", cwd);
    mt_buf_puts(&joined, path);
    if (joined.failed)
        out->failed = true;
    else
        mt_print_string(out, json, joined.data);
    mt_buf_release(&joined);
}

void mt_print_path(struct mt_buf *out, const char *path)
{
    print_path(out, false, path);
}

static int length(const struct mt_field *f, const void *at)
{
    switch (f->type) {
    case MT_INTS:
        return ((const struct mt_ints *)at)->n;
    case MT_REALS:
        return ((const struct mt_reals *)at)->n;
    case MT_STRINGS:
        return ((const struct mt_strings *)at)->n;
    case MT_VARIANTS:
    case MT_RECORDS:
        return ((const struct mt_variants *)at)->n;
    default:
        return 0;
    }
}

static bool is_list(const struct mt_field *f)
{
    return f->type == MT_INTS || f->type == MT_REALS || f->type == MT_STRINGS || f->type == MT_VARIANTS ||
           f->type == MT_RECORDS;
}

bool mt_is_unset(const struct mt_field *f, const void *at)
{
    switch (f->type) {
    case MT_INT:
    case MT_BYTES:
        return *(const int64_t *)at == MT_UNSET_INT;
    case MT_REAL:
        return isnan(*(const double *)at);
    case MT_STRING:
    case MT_PATH:
        return !*(char *const *)at;
    case MT_CHOICE:
        return *(const int *)at < 0;
    case MT_TREE:
        return !*(struct mt_node *const *)at;
    case MT_VARIANT:
        return !((const struct mt_variant *)at)->kind;
    default:
        return is_list(f) && length(f, at) == 0 && !f->def;
    }
}

static void put_list(struct mt_buf *out, bool json, const struct mt_field *f, const void *at)
{
    mt_buf_puts(out, "[");
    for (int i = 0; i < length(f, at); i++) {
        mt_buf_puts(out, i ? ", " : "");
        if (f->type == MT_INTS)
            mt_buf_printf(out, "%" PRId64, ((const struct mt_ints *)at)->v[i]);
        else if (f->type == MT_REALS)
            put_real(out, ((const struct mt_reals *)at)->v[i]);
        else
            mt_print_string(out, json, ((const struct mt_strings *)at)->v[i]);
    }
    mt_buf_puts(out, "]");
}

static void put_choices(struct mt_buf *out, bool json, const struct mt_field *f, unsigned bits)
{
    const char *comma = "";
    mt_buf_puts(out, "[");
    for (int i = 0; f->choices[i]; i++) {
        if (!(bits >> i & 1))
            continue;
        mt_buf_puts(out, comma);
        mt_print_string(out, json, f->choices[i]);
        comma = ", ";
    }
    mt_buf_puts(out, "]");
}

void mt_print_value(struct mt_buf *out, bool json, const struct mt_field *f, const void *at)
{
    switch (f->type) {
    case MT_BOOL:
        mt_buf_puts(out, *(const bool *)at ? "true" : "false");
        break;
    case MT_INT:
    case MT_BYTES:
        mt_buf_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case MT_REAL:
        if (f->flags & MT_F_AUTO && isinf(*(const double *)at))
            mt_print_string(out, json, "auto");
        else
            put_real(out, *(const double *)at);
        break;
    case MT_STRING:
        mt_print_string(out, json, *(char *const *)at);
        break;
    case MT_PATH:
        print_path(out, json, *(char *const *)at);
        break;
    case MT_CHOICE:
        mt_print_string(out, json, f->choices[*(const int *)at]);
        break;
    case MT_CHOICES:
        put_choices(out, json, f, *(const unsigned *)at);
        break;
    case MT_TREE:
        (json ? mt_tree_print_json : mt_tree_print)(*(struct mt_node *const *)at, out);
        break;
    default:
        put_list(out, json, f, at);
        break;
    }
}

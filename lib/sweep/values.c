#include "lib/sweep/values.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VALUES 10000

bool mt_value_number(const char *text, double *out)
{
    char *end;
    if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    *out = strtod(text, &end);
    return !*end && isfinite(*out);
}

static int add(struct mt_values *values, const char *text, size_t len, struct mt_err *err)
{
    if (values->n == MOST_VALUES)
        return mt_err_set(err, MT_ERR_USAGE, "more than %d values", MOST_VALUES);
    if (values->n == values->cap) {
        int cap = values->cap ? 2 * values->cap : 8;
        char **grown = realloc(values->v, (size_t)cap * sizeof *grown);
        if (!grown)
            return mt_err_memory(err, "values", (size_t)cap * sizeof *grown);
        values->v = grown;
        values->cap = cap;
    }
    char *copy = strndup(text, len);
    if (!copy)
        return mt_err_memory(err, "a value", len);
    values->v[values->n++] = copy;
    return 0;
}

/* --- ranges --- */

enum step { STEP_NONE, STEP_ADD, STEP_TIMES };

struct range {
    enum step step;
    double from, to, by;
};

static bool is_whole(double value)
{
    return value == floor(value) && fabs(value) < 1e15;
}

/* "0..4": digits on both sides, a minus before them. */
static bool read_dots(const char *text, struct range *r)
{
    const char *dots = strstr(text, "..");
    char from[32];
    if (!dots || dots - text >= (long)sizeof from || strspn(text, "-0123456789") != (size_t)(dots - text) ||
        strspn(dots + 2, "-0123456789") != strlen(dots + 2))
        return false;
    memcpy(from, text, (size_t)(dots - text));
    from[dots - text] = 0;
    r->step = STEP_ADD;
    if (!mt_value_number(from, &r->from) || !mt_value_number(dots + 2, &r->to))
        return false;
    r->by = r->to < r->from ? -1 : 1;
    return true;
}

/* "8:64:x2", "0:1:+0.25", "5:1:-1" */
static bool read_colons(const char *text, struct range *r)
{
    char copy[96], *rest = copy;
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    const char *from = strsep(&rest, ":"), *to = strsep(&rest, ":"), *by = rest;
    if (!to || !by || !mt_value_number(from, &r->from) || !mt_value_number(to, &r->to))
        return false;
    r->step = *by == 'x' ? STEP_TIMES : *by == '+' || *by == '-' ? STEP_ADD : STEP_NONE;
    return r->step != STEP_NONE && mt_value_number(r->step == STEP_TIMES ? by + 1 : by, &r->by) &&
           !(r->step == STEP_TIMES && strchr("+-", by[1]));
}

static bool is_range(const char *text, struct range *r)
{
    return read_dots(text, r) || read_colons(text, r);
}

/* How many steps lead from A to B; a step that misses B by rounding alone reaches it. */
static double steps(const struct range *r)
{
    double exact = r->step == STEP_ADD ? (r->to - r->from) / r->by : log(r->to / r->from) / log(r->by);
    return floor(exact + fmin(1e-9 * fmax(1, fabs(exact)), 0.01));
}

static int check_range(const struct range *r, const char *text, struct mt_err *err)
{
    if (r->step == STEP_TIMES && (r->from == 0 || r->to / r->from <= 0))
        return mt_err_set(err, MT_ERR_USAGE, "'%s': no factor leads from %g to %g", text, r->from, r->to);
    if (r->step == STEP_TIMES && (r->by <= 0 || r->by == 1))
        return mt_err_set(err, MT_ERR_USAGE, "'%s': the factor has to be above 0 and not 1", text);
    if (r->step == STEP_ADD && r->by == 0)
        return mt_err_set(err, MT_ERR_USAGE, "'%s': the step is 0", text);
    double n = steps(r);
    if (!(n >= 0))
        return mt_err_set(err, MT_ERR_USAGE, "'%s': %s %g leads away from %g", text,
                          r->step == STEP_ADD ? "step" : "factor", r->by, r->to);
    if (n + 1 > MOST_VALUES)
        return mt_err_set(err, MT_ERR_USAGE, "'%s': %.10g values; a key may take %d", text, n + 1,
                          MOST_VALUES);
    return 0;
}

static int add_range(struct mt_values *values, const struct range *r, const char *text, struct mt_err *err)
{
    char number[40];
    if (check_range(r, text, err) < 0)
        return -1;
    int n = (int)steps(r);
    for (int i = 0; i <= n; i++) {
        double value = r->step == STEP_ADD ? r->from + i * r->by : r->from * pow(r->by, i);
        snprintf(number, sizeof number, is_whole(value) ? "%.0f" : "%.12g", value + 0.0);
        if (add(values, number, strlen(number), err) < 0)
            return -1;
    }
    return 0;
}

/* --- lists --- */

/* The end of the part that begins at p: a comma outside of quotes, braces and brackets, or the end. NULL:
 * something is left open. */
static const char *part_end(const char *p)
{
    int depth = 0;
    char quote = 0, before = ','; /* a quote inside of a word is a letter */
    for (; *p; p++) {
        if (quote == '"' && *p == '\\' && p[1])
            p++;
        else if (quote && *p == quote)
            quote = 0;
        else if (quote)
            continue;
        else if ((*p == '"' || *p == '\'') && strchr(",:[{ ", before))
            quote = *p;
        else if (*p == '[' || *p == '{')
            depth++;
        else if (*p == ']' || *p == '}')
            depth--;
        else if (*p == ',' && depth == 0)
            return p;
        if (*p != ' ')
            before = *p;
        if (depth < 0)
            return NULL;
    }
    return quote || depth ? NULL : p;
}

static int add_part(struct mt_values *values, const char *p, const char *end, struct mt_err *err)
{
    struct range r;
    while (p < end && *p == ' ')
        p++;
    while (end > p && end[-1] == ' ')
        end--;
    if (p == end)
        return mt_err_set(err, MT_ERR_USAGE, "a value is empty; write '' for an empty text");
    char *text = strndup(p, (size_t)(end - p));
    if (!text)
        return mt_err_memory(err, "a value", (size_t)(end - p));
    int rc = is_range(text, &r) ? add_range(values, &r, text, err) : add(values, text, strlen(text), err);
    free(text);
    return rc;
}

int mt_values_split(struct mt_values *values, const char *text, struct mt_err *err)
{
    *values = (struct mt_values){0};
    for (const char *p = text;; p++) {
        const char *end = part_end(p);
        if (!end) {
            mt_err_set(err, MT_ERR_USAGE, "a quote, brace or bracket is not closed, or closed twice");
            break;
        }
        if (add_part(values, p, end, err) < 0)
            break;
        if (!*end)
            return 0;
        p = end;
    }
    mt_values_release(values);
    return -1;
}

void mt_values_release(struct mt_values *values)
{
    for (int i = 0; i < values->n; i++)
        free(values->v[i]);
    free(values->v);
    *values = (struct mt_values){0};
}

bool mt_values_are_many(const char *text)
{
    struct range r;
    const char *end = part_end(text);
    return end && (*end == ',' || is_range(text, &r));
}

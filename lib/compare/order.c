#include "lib/compare/order.h"

#include <stdlib.h>
#include <string.h>

#include "lib/data/number.h"

/* Numbers come before words. */
static int by_value(const char *a, const char *b)
{
    double x, y;
    bool a_number = mt_parse_number(a, strlen(a), &x), b_number = mt_parse_number(b, strlen(b), &y);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && x != y)
        return x < y ? -1 : 1;
    return strcmp(a, b);
}

/* As words are ordered by their first letter that differs; a setting is a letter. */
static int by_settings(const struct mt_settings *a, const struct mt_settings *b)
{
    for (int i = 0; i < a->n && i < b->n; i++) {
        int order = strcmp(a->v[i].key, b->v[i].key);
        if (!order)
            order = by_value(a->v[i].value, b->v[i].value);
        if (order)
            return order;
    }
    return (a->n > b->n) - (a->n < b->n);
}

static int by_name(const void *left, const void *right)
{
    const struct mt_result *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (!order)
        order = by_settings(&a->settings, &b->settings);
    if (!order)
        order = (a->seed > b->seed) - (a->seed < b->seed);
    return order ? order : strcmp(a->path, b->path);
}

void mt_results_order(struct mt_result *run, int n)
{
    if (n > 1)
        qsort(run, (size_t)n, sizeof *run, by_name);
}

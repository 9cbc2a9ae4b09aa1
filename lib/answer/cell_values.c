/* cell_values.c: the values of a parameter, in order. */
#include <stdlib.h>
#include <string.h>

#include "lib/answer/grouping.h"
#include "lib/answer/numbering.h"
#include "lib/data/number.h"

struct entry {
    const char *text;
    double number;
    int at;
};

static int by_number(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->number != y->number ? (x->number > y->number) - (x->number < y->number) : x->at - y->at;
}

/* Numbers the values anew in the order of what they are worth; texts that are no numbers keep theirs. */
static void order(struct entry *e, int n, int *place, const char **text)
{
    bool numbers = true;
    for (int v = 0; v < n; v++)
        numbers = numbers && mt_parse_number(e[v].text, strlen(e[v].text), &e[v].number);
    if (numbers)
        qsort(e, (size_t)n, sizeof *e, by_number);
    for (int v = 0; v < n; v++) {
        place[e[v].at] = v;
        text[v] = e[v].text;
    }
}

int mt_cell_values(const struct mt_answer *a, int parameter, int *value, const char **text,
                   struct mt_err *err)
{
    struct entry *e = calloc((size_t)a->n_cells + 1, sizeof *e);
    int *place = calloc((size_t)a->n_cells + 1, sizeof *place), n = -1;
    for (int i = 0; i < a->n_cells; i++)
        text[i] = mt_cell_value(a, i, parameter);
    if (e && place)
        n = mt_number_texts(text, a->n_cells, value);
    for (int i = 0; i < a->n_cells && n >= 0; i++)
        e[value[i]] = (struct entry){.text = text[i], .at = value[i]};
    if (n >= 0)
        order(e, n, place, text);
    for (int i = 0; i < a->n_cells && n >= 0; i++)
        value[i] = place[value[i]];
    free(e);
    free(place);
    return n < 0 ? mt_err_memory(err, "values", sizeof *e * (size_t)a->n_cells) : n;
}

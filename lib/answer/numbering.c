#include "lib/answer/numbering.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *text;
    int at;
};

static int by_text(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : x->at - y->at;
}

int mt_number_texts(const char *const *text, int n, int *id)
{
    struct entry *sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    int count = 0;
    if (!sorted)
        return -1;
    for (int i = 0; i < n; i++)
        sorted[i] = (struct entry){text[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int i = 0, first = 0; i < n; i++) { /* each names the first of its equals */
        if (i > 0 && strcmp(sorted[i].text, sorted[i - 1].text))
            first = i;
        id[sorted[i].at] = sorted[first].at;
    }
    for (int i = 0; i < n; i++) /* the first of its equals stands before it */
        id[i] = id[i] == i ? count++ : id[id[i]];
    free(sorted);
    return count;
}

static int by_seed(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int mt_number_seeds(const struct mt_sweep *sweep, int64_t *seed, int *id)
{
    int count = 0;
    for (int i = 0; i < sweep->n_tasks; i++)
        seed[i] = sweep->task[i].seed;
    qsort(seed, (size_t)sweep->n_tasks, sizeof *seed, by_seed);
    for (int i = 0; i < sweep->n_tasks; i++)
        if (i == 0 || seed[i] != seed[count - 1])
            seed[count++] = seed[i];
    for (int i = 0; i < sweep->n_tasks; i++) {
        const int64_t *at = bsearch(&sweep->task[i].seed, seed, (size_t)count, sizeof *seed, by_seed);
        id[i] = (int)(at - seed);
    }
    return count;
}

#include "lib/core/fields.h"

#include <stdio.h>
#include <string.h>

const struct mt_kind *mt_table_find(const struct mt_table *table, const char *name)
{
    for (const struct mt_kind *const *k = table->row; *k; k++)
        if (!strcmp((*k)->name, name))
            return *k;
    return NULL;
}

int mt_fields_count(const struct mt_field *fields)
{
    int n = 0;
    while (fields && fields[n].name)
        n++;
    return n;
}

#define LONGEST 63

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

int mt_edit_distance(const char *a, const char *b)
{
    int n = (int)strnlen(a, LONGEST + 1), m = (int)strnlen(b, LONGEST + 1);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    int d[3][LONGEST + 1]; /* row i of the table lives in d[i % 3] */
    for (int j = 0; j <= m; j++)
        d[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = d[i % 3], *up = d[(i + 2) % 3], *up2 = d[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            row[j] = min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < row[j])
                row[j] = up2[j - 2] + 1;
        }
    }
    return d[n % 3][m];
}

struct mt_nearest mt_nearest_to(const char *word)
{
    size_t len = strlen(word);
    return (struct mt_nearest){word, NULL, len < 3 ? 2 : len < 6 ? 3 : 4};
}

bool mt_nearest_try(struct mt_nearest *n, const char *candidate)
{
    int d = mt_edit_distance(n->word, candidate);
    size_t a = strlen(n->word), b = strlen(candidate);
    if (d >= n->distance || d >= (int)(a > b ? a : b))
        return false;
    n->best = candidate;
    n->distance = d;
    return true;
}

const char *mt_nearest_text(const struct mt_nearest *n, char text[MT_NEAREST_TEXT])
{
    text[0] = 0;
    if (n->best)
        snprintf(text, MT_NEAREST_TEXT, "; did you mean '%.100s'?", n->best);
    return text;
}

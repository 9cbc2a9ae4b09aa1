#include "lib/present/run_directions.h"

#include <math.h>
#include <string.h>

#include "lib/head/head.h"

/* The head of the last stage: its own, or the experiment's. */
static const char *last_head(const struct mt_result *r)
{
    static const char stage[] = "train.stages[", type[] = ".head.type";
    const char *head = mt_settings_get(&r->settings, "head.type");
    for (int i = 0; i < r->settings.n; i++) {
        const char *key = r->settings.v[i].key;
        size_t len = strlen(key), end = strlen(type);
        if (!strncmp(key, stage, strlen(stage)) && len > end && !strcmp(key + len - end, type))
            head = r->settings.v[i].value;
    }
    return head;
}

bool mt_run_is_angular(const struct mt_result *r)
{
    const char *normalize = mt_settings_get(&r->settings, "model.normalize"), *head = last_head(r);
    if (normalize && !strcmp(normalize, "true"))
        return true;
    for (const struct mt_kind *const *k = mt_head_table.row; head && *k; k++)
        if (!strcmp((*k)->name, head))
            return ((const struct mt_head_type *)(const void *)*k)->cosine;
    return false;
}

void mt_directions(float *unit, const float *x, int64_t n, int dim)
{
    for (int64_t i = 0; i < n; i++) {
        double square = 0.0;
        for (int d = 0; d < dim; d++)
            square += (double)x[i * dim + d] * x[i * dim + d];
        double length = square > 0.0 ? sqrt(square) : NAN;
        for (int d = 0; d < dim; d++)
            unit[i * dim + d] = (float)(x[i * dim + d] / length);
    }
}

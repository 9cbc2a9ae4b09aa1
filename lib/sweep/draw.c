#include "lib/sweep/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/rng.h"

#define MOST_MISSES 1000 /* combinations in a row that `exclude` may leave out */

const struct mt_distribution mt_distributions[] = {{"uniform", false, false},
                                                   {"log_uniform", true, false},
                                                   {"int_uniform", false, true},
                                                   {"int_log_uniform", true, true},
                                                   {NULL, false, false}};

const struct mt_distribution *mt_distribution_find(const char *name)
{
    for (const struct mt_distribution *d = mt_distributions; d->name; d++)
        if (!strcmp(d->name, name))
            return d;
    return NULL;
}

static double unit(struct mt_rng *r) /* 53 bits */
{
    uint64_t high = mt_rng_u32(r), low = mt_rng_u32(r);
    return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

static double number(const struct mt_space_parameter *p, double u)
{
    const struct mt_distribution *d = p->distribution;
    double max = d->whole ? p->max + 1 : p->max;
    double v = d->log ? exp(log(p->min) + (log(max) - log(p->min)) * u) : p->min + (max - p->min) * u;
    if (d->whole)
        v = floor(v);
    if (p->step > 0) {
        v = p->min + p->step * round((v - p->min) / p->step);
        if (v > p->max + 1e-9 * p->step)
            v -= p->step;
    }
    return fmin(fmax(v, p->min), p->max);
}

static struct mt_node *draw(const struct mt_space_parameter *p, struct mt_conf *conf, int64_t seed, int at)
{
    struct mt_rng r;
    char text[40];
    mt_rng_init(&r, (uint64_t)seed, MT_STREAM_SWEEP, mt_hash_name(mt_tree_text(p->key)), (uint32_t)at);
    if (!p->distribution)
        return p->value[mt_rng_below(&r, (uint32_t)p->n)];
    double value = number(p, unit(&r));
    snprintf(text, sizeof text, p->distribution->whole ? "%.0f" : "%.6g", value);
    return mt_conf_scalar(conf, text, p->key);
}

/* The combination once with each seed. */
static int add_seeds(struct mt_space *space, const struct mt_node *exclude, int64_t run_cap,
                     struct mt_node **value, struct mt_diag *diag)
{
    int before = space->n_rows, seeds = space->seed < 0 ? 1 : space->parameter[space->seed].n;
    for (int i = 0; i < seeds && space->n_rows < run_cap; i++) {
        if (space->seed >= 0)
            value[space->seed] = space->parameter[space->seed].value[i];
        if (!mt_space_excludes(space, exclude, value) && mt_space_add(space, space->n_cells, value, diag) < 0)
            return -1;
    }
    space->n_cells += space->n_rows > before;
    return space->n_rows - before;
}

int mt_space_draw(struct mt_space *space, struct mt_conf *conf, const struct mt_node *exclude,
                  int64_t run_cap, int64_t seed, struct mt_diag *diag)
{
    struct mt_node **value = calloc((size_t)space->n_parameters + 1, sizeof *value);
    int misses = 0, rc = value ? 0 : mt_tree_error(space->parameter[0].key, diag, "out of memory");
    for (int at = 0; rc == 0 && space->n_rows < run_cap && misses < MOST_MISSES; at++) {
        for (int i = 0; i < space->n_parameters && rc == 0; i++)
            if (i != space->seed && !(value[i] = draw(&space->parameter[i], conf, seed, at)))
                rc = mt_tree_error(space->parameter[i].key, diag, "out of memory");
        int added = rc == 0 ? add_seeds(space, exclude, run_cap, value, diag) : -1;
        misses = added ? 0 : misses + 1;
        rc = added < 0 ? -1 : 0;
    }
    free(value);
    if (rc == 0 && misses == MOST_MISSES)
        rc = mt_tree_error(exclude, diag,
                           "sweep.exclude: leaves out %d combinations in a row; %d of %lld runs were found",
                           misses, space->n_rows, (long long)run_cap);
    return rc;
}

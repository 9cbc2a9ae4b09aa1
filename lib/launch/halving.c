#include "lib/launch/halving.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/epochs.h"
#include "lib/train/run.h"

int mt_halving_open(struct mt_halving *h, const struct mt_sweep *s, struct mt_err *err)
{
    struct mt_sweep_experiment x;
    if (mt_sweep_task_experiment(&x, s, 0, err) < 0)
        return -1;
    *h = (struct mt_halving){.sweep = s};
    mt_rungs_make(&h->rungs, s->n_cells, x.e.train.epochs, s->section->min_epochs, s->section->eta);
    mt_sweep_experiment_release(&x);
    size_t cells = (size_t)s->n_cells, n = cells * (size_t)h->rungs.n + 1;
    h->kept = calloc(cells + 1, sizeof *h->kept);
    h->mean = calloc(n, sizeof *h->mean);
    if (h->kept && h->mean)
        return 0;
    mt_halving_release(h);
    return mt_err_memory(err, "the rungs of the sweep", n * sizeof *h->mean);
}

void mt_halving_release(struct mt_halving *h)
{
    free(h->kept);
    free(h->mean);
    *h = (struct mt_halving){0};
}

int64_t mt_halving_pause(const struct mt_halving *h)
{
    return h->rung < h->rungs.n ? h->rungs.v[h->rung].epochs : 0;
}

int64_t mt_halving_dropped(const struct mt_halving *h, int cell)
{
    return h->kept[cell] < h->rung ? h->rungs.v[h->kept[cell]].epochs : 0;
}

/* ---- one run at a rung ---- */

struct sight {
    bool there; /* it has come so far, or will not come further */
    bool bad;
    double value; /* not-a-number: none */
};

/* Of a run that was over before the rung. */
static int judged_figure(const char *run, const char *metric, double *value, struct mt_err *err)
{
    struct mt_result r;
    if (mt_result_read(&r, run, err) < 0)
        return -1;
    int rc = mt_epochs_add(&r, err);
    *value = mt_result_figure(&r, metric);
    mt_result_release(&r);
    return rc;
}

static int look(const struct mt_halving *h, const struct mt_sweep_row *row, int task, struct sight *out,
                struct mt_err *err)
{
    const struct mt_status *s = &row->status;
    const char *metric = h->sweep->section->metric.name;
    int64_t at = h->rungs.v[h->rung].epochs;
    bool ended = mt_sweep_row_has_ended(row);
    int rc = 0;
    *out = (struct sight){.value = NAN};
    if (!row->begun || (!ended && s->epochs_done < at))
        return 0;
    out->there = true;
    if (s->state == MT_RUN_DIVERGED && s->epochs_done < at) {
        out->bad = true;
        return 0;
    }
    char *run = mt_sweep_run_path(h->sweep, task);
    if (!run)
        return mt_err_memory(err, "a path", 1);
    if (ended && s->state != MT_RUN_DIVERGED && s->epochs_done <= at) {
        rc = judged_figure(run, metric, &out->value, err);
        out->bad = s->state == MT_RUN_COLLAPSED;
    } else {
        /* Killed before the row was written: the run comes back to it. */
        rc = mt_epochs_at(run, at, metric, &out->value, err);
        out->there = rc > 0 || ended;
        rc = rc < 0 ? -1 : 0;
        out->bad = !ended && s->epochs_done == at && strstr(s->reason, MT_RUN_LEFT_COLLAPSED);
    }
    free(run);
    out->bad |= isnan(out->value);
    return rc;
}

/* ---- a rung ---- */

struct cell_sum {
    int n, bad;
    double sum;
};

/* Returns how many runs have not come to the rung yet, which are due; or -1. */
static int gather(const struct mt_halving *h, const struct mt_sweep_index *ix, struct cell_sum *cell,
                  bool *due, struct mt_err *err)
{
    const struct mt_sweep *s = h->sweep;
    int missing = 0;
    memset(cell, 0, (size_t)s->n_cells * sizeof *cell);
    for (int t = 0; t < s->n_tasks; t++) {
        struct cell_sum *c = &cell[s->task[t].cell];
        struct sight sight;
        due[t] = false;
        if (mt_halving_dropped(h, s->task[t].cell))
            continue;
        if (look(h, &ix->row[t], t, &sight, err) < 0)
            return -1;
        due[t] = !sight.there;
        missing += due[t];
        c->bad += sight.bad;
        c->n += !isnan(sight.value);
        c->sum += isnan(sight.value) ? 0 : sight.value;
    }
    return missing;
}

static void decide(struct mt_halving *h, const struct cell_sum *cell, struct mt_standing *standing)
{
    const struct mt_rung *rung = &h->rungs.v[h->rung];
    double *mean = h->mean + (size_t)h->rung * (size_t)h->sweep->n_cells;
    bool minimize = mt_sweep_minimizes(h->sweep->section);
    int n = 0;
    for (int c = 0; c < h->sweep->n_cells; c++) {
        mean[c] = cell[c].n ? cell[c].sum / cell[c].n : NAN;
        if (h->kept[c] == h->rung)
            standing[n++] = (struct mt_standing){c, cell[c].bad, minimize ? -mean[c] : mean[c]};
    }
    mt_standings_sort(standing, n);
    for (int i = 0; i < rung->keep && i < n; i++)
        h->kept[standing[i].cell]++;
    h->rung++;
}

int mt_halving_advance(struct mt_halving *h, const struct mt_sweep_index *ix, bool *due, struct mt_err *err)
{
    const struct mt_sweep *s = h->sweep;
    size_t n = (size_t)s->n_cells + 1;
    struct cell_sum *cell = calloc(n, sizeof *cell);
    struct mt_standing *standing = calloc(n, sizeof *standing);
    int before = h->rung, missing = 0;
    if (!cell || !standing)
        missing = mt_err_memory(err, "the cells of the sweep", n * sizeof *standing);
    while (missing == 0 && h->rung < h->rungs.n)
        if ((missing = gather(h, ix, cell, due, err)) == 0)
            decide(h, cell, standing);
    for (int t = 0; t < s->n_tasks && missing == 0; t++)
        due[t] = !mt_halving_dropped(h, s->task[t].cell) && !mt_sweep_row_has_ended(&ix->row[t]);
    free(cell);
    free(standing);
    return missing < 0 ? -1 : h->rung - before;
}

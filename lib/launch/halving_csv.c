/* halving_csv.c: the decisions of successive halving as halving.csv, and in words. */
#include <math.h>
#include <stdlib.h>

#include "lib/core/file.h"
#include "lib/report/table.h"
#include "lib/launch/halving.h"

#define AROUND 6 /* columns that are no parameters */

static const double *means_of(const struct mt_halving *h, int rung)
{
    return h->mean + (size_t)rung * (size_t)h->sweep->n_cells;
}

struct own {   /* of a cell */
    int first; /* the task whose values are the cell's */
    int runs;
};

static struct own *cells_of(const struct mt_sweep *s)
{
    struct own *cell = calloc((size_t)s->n_cells + 1, sizeof *cell);
    for (int t = s->n_tasks - 1; cell && t >= 0; t--) {
        cell[s->task[t].cell].first = t;
        cell[s->task[t].cell].runs++;
    }
    return cell;
}

void mt_halving_words(const struct mt_halving *h, int rung, struct mt_buf *out)
{
    const struct mt_sweep *s = h->sweep;
    const struct mt_rung *r = &h->rungs.v[rung];
    const double *mean = means_of(h, rung);
    bool minimize = mt_sweep_minimizes(s->section);
    double best = NAN, worst = NAN;
    for (int c = 0; c < s->n_cells; c++) {
        if (h->kept[c] <= rung || isnan(mean[c]))
            continue;
        double merit = minimize ? -mean[c] : mean[c];
        best = isnan(best) || merit > best ? merit : best;
        worst = isnan(worst) || merit < worst ? merit : worst;
    }
    mt_buf_printf(out, "rung %d, after epoch %lld: %d of %d cells go on", rung + 1, (long long)r->epochs,
                  r->keep, r->cells);
    if (!isnan(best))
        mt_buf_printf(out, ", %s %.4f to %.4f", s->section->metric.name, fabs(best), fabs(worst));
}

static struct mt_text_column *columns_of(const struct mt_sweep *s, int *n)
{
    struct mt_text_column *c = calloc((size_t)s->n_parameters + AROUND, sizeof *c);
    *n = 0;
    if (!c)
        return NULL;
    c[(*n)++].title = "rung";
    c[(*n)++].title = "epochs";
    c[(*n)++].title = "cell";
    for (int p = 0; p < s->n_parameters; p++)
        if (p != s->seed_parameter)
            c[(*n)++].title = s->parameter[p];
    c[(*n)++].title = "runs";
    c[(*n)++].title = s->section->metric.name;
    c[(*n)++].title = "outcome";
    return c;
}

static void put_row(const struct mt_halving *h, int rung, int cell, const struct own *own,
                    struct mt_text_table *t)
{
    const struct mt_sweep *s = h->sweep;
    mt_text_table_int(t, rung + 1);
    mt_text_table_int(t, h->rungs.v[rung].epochs);
    mt_text_table_int(t, cell);
    for (int p = 0; p < s->n_parameters; p++)
        if (p != s->seed_parameter)
            mt_text_table_string(t, s->task[own->first].value[p]);
    mt_text_table_int(t, own->runs);
    mt_text_table_real(t, means_of(h, rung)[cell]);
    mt_text_table_string(t, h->kept[cell] > rung ? "kept" : "dropped");
}

int mt_halving_write(const struct mt_halving *h, struct mt_err *err)
{
    const struct mt_sweep *s = h->sweep;
    struct mt_text_table t = {0};
    struct mt_buf out = {0};
    struct mt_text_column *column = columns_of(s, &t.n_columns);
    struct own *own = cells_of(s);
    int rc = -1;
    char *path = mt_sweep_path(s, MT_SWEEP_HALVING);
    if (!column || !own || !path) {
        mt_err_memory(err, MT_SWEEP_HALVING, 1);
        goto out;
    }
    t.column = column;
    for (int r = 0; r < h->rung; r++)
        for (int c = 0; c < s->n_cells; c++)
            if (h->kept[c] >= r)
                put_row(h, r, c, &own[c], &t);
    mt_text_table_print(&t, MT_TEXT_CSV, &out);
    rc = out.failed ? mt_err_memory(err, MT_SWEEP_HALVING, out.len)
                    : mt_file_write(path, out.data, out.len, err);
out:
    mt_text_table_release(&t);
    mt_buf_release(&out);
    free(column);
    free(own);
    free(path);
    return rc;
}

#include "lib/launch/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report/table.h"

/* ---- reading ---- */

static void release_row(struct mt_sweep_row *row)
{
    for (int i = 0; i < row->n_figures; i++)
        free(row->figure[i].key);
    free(row->figure);
    *row = (struct mt_sweep_row){0};
}

const char *mt_sweep_row_state(const struct mt_sweep_row *row)
{
    if (!row->begun)
        return "pending";
    return mt_sweep_is_dropped(&row->status) ? "dropped" : mt_run_state_names[row->status.state];
}

static bool has_figures(const struct mt_sweep_row *row)
{
    return row->begun && (row->status.state == MT_RUN_COMPLETE || row->status.state == MT_RUN_COLLAPSED);
}

bool mt_sweep_row_has_ended(const struct mt_sweep_row *row)
{
    return has_figures(row) || (row->begun && row->status.state == MT_RUN_DIVERGED);
}

bool mt_sweep_run_has_ended(const char *run, const char **state)
{
    struct mt_sweep_row row = {0};
    struct mt_err ignored;
    int known = mt_status_read(run, &row.status, &ignored);
    row.begun = known > 0;
    *state = known < 0 ? "damaged" : mt_sweep_row_state(&row);
    return mt_sweep_row_has_ended(&row);
}

double mt_sweep_row_figure(const struct mt_sweep_row *row, const char *key)
{
    for (int i = 0; i < row->n_figures; i++)
        if (!strcmp(row->figure[i].key, key))
            return row->figure[i].value;
    return NAN;
}

/* A folder that cannot be read is that of a failed run. */
static void damaged(struct mt_sweep_row *row, const struct mt_err *why, const char *remedy)
{
    release_row(row);
    row->begun = true;
    row->status = (struct mt_status){.state = MT_RUN_FAILED, .exit_code = (int)why->kind};
    snprintf(row->status.reason, sizeof row->status.reason, "%.400s%s", why->text, remedy);
}

int mt_sweep_index_update(struct mt_sweep_index *ix, int task, struct mt_err *err)
{
    struct mt_sweep_row *row = &ix->row[task];
    struct mt_err why;
    char *path = mt_sweep_run_path(ix->sweep, task);
    release_row(row);
    if (!path)
        return mt_err_memory(err, ix->sweep->dir, strlen(ix->sweep->dir));
    int known = mt_status_read(path, &row->status, &why);
    row->begun = known > 0;
    bool figures =
        known < 0 || !has_figures(row) || mt_figures_read(path, &row->figure, &row->n_figures, &why) == 0;
    free(path);
    if ((known < 0 || !figures) && why.kind == MT_ERR_RUN) /* nothing is wrong with the run */
        return mt_err_set(err, why.kind, "%s", why.text);
    if (known > 0 && !mt_sweep_is_own_run(ix->sweep->task[task].run, &row->status)) {
        mt_err_set(&why, MT_ERR_DATA, "%s: holds another run than the one it is named after",
                   ix->sweep->task[task].run);
        damaged(row, &why, "; remove the run folder to run it again");
    } else if (known < 0)
        damaged(row, &why, "");
    else if (!figures)
        damaged(row, &why, "; remove the run folder to run it again");
    return 0;
}

int mt_sweep_index_open(struct mt_sweep_index *ix, const struct mt_sweep *s, struct mt_err *err)
{
    *ix = (struct mt_sweep_index){s, calloc((size_t)s->n_tasks, sizeof *ix->row)};
    if (!ix->row)
        return mt_err_memory(err, "the runs of the sweep", (size_t)s->n_tasks * sizeof *ix->row);
    for (int i = 0; i < s->n_tasks; i++) {
        if (mt_sweep_index_update(ix, i, err) < 0) {
            mt_sweep_index_release(ix);
            return -1;
        }
    }
    return 0;
}

void mt_sweep_index_release(struct mt_sweep_index *ix)
{
    for (int i = 0; ix->row && i < ix->sweep->n_tasks; i++)
        release_row(&ix->row[i]);
    free(ix->row);
    *ix = (struct mt_sweep_index){0};
}

/* ---- writing ---- */

static const struct mt_text_column own[] = {{.title = "state"},
                                            {.title = "exit_code"},
                                            {.title = "epochs"},
                                            {.title = "best_epoch"},
                                            {.title = "reason"}};
#define OWN (int)(sizeof own / sizeof *own)

struct columns {
    struct mt_text_column *v;
    int n, figures; /* those from `figures` on are figures */
};

static bool has_column(const struct columns *c, const char *title)
{
    for (int i = 0; i < c->n; i++)
        if (!strcmp(c->v[i].title, title))
            return true;
    return false;
}

/* Those of the tasks, our own, and the figures in the order in which the runs name them. A figure that says
 * what another column says (seed, epochs, best_epoch) is left out. */
static int make_columns(const struct mt_sweep_index *ix, struct columns *c, struct mt_err *err)
{
    const struct mt_sweep *s = ix->sweep;
    int most = 3 + s->n_parameters + OWN;
    for (int i = 0; i < s->n_tasks; i++)
        most += ix->row[i].n_figures;
    if (!(c->v = calloc((size_t)most, sizeof *c->v)))
        return mt_err_memory(err, MT_SWEEP_INDEX, (size_t)most * sizeof *c->v);
    c->v[c->n++].title = "index";
    c->v[c->n++].title = "cell";
    for (int p = 0; p < s->n_parameters; p++)
        c->v[c->n++].title = s->parameter[p];
    c->v[c->n++].title = "run";
    memcpy(c->v + c->n, own, sizeof own);
    c->figures = c->n += OWN;
    for (int i = 0; i < s->n_tasks; i++)
        for (int f = 0; f < ix->row[i].n_figures; f++)
            if (!has_column(c, ix->row[i].figure[f].key) && strcmp(ix->row[i].figure[f].key, "seed"))
                c->v[c->n++].title = ix->row[i].figure[f].key;
    return 0;
}

static void put_row(const struct mt_sweep_index *ix, const struct columns *c, int task,
                    struct mt_text_table *t)
{
    const struct mt_sweep_task *k = &ix->sweep->task[task];
    const struct mt_sweep_row *row = &ix->row[task];
    mt_text_table_int(t, task);
    mt_text_table_int(t, k->cell);
    for (int p = 0; p < ix->sweep->n_parameters; p++)
        mt_text_table_string(t, k->value[p]);
    mt_text_table_string(t, k->run);
    mt_text_table_string(t, mt_sweep_row_state(row));
    if (row->begun && row->status.exit_code >= 0)
        mt_text_table_int(t, row->status.exit_code);
    else
        mt_text_table_empty(t);
    mt_text_table_int(t, row->begun ? row->status.epochs_done : 0);
    if (row->begun && row->status.best_epoch)
        mt_text_table_int(t, row->status.best_epoch);
    else
        mt_text_table_empty(t);
    mt_text_table_string(t, row->begun ? row->status.reason : "");
    for (int i = c->figures; i < c->n; i++)
        mt_text_table_real(t, mt_sweep_row_figure(row, c->v[i].title));
}

int mt_sweep_index_print(const struct mt_sweep_index *ix, struct mt_buf *out, struct mt_err *err)
{
    struct columns c = {0};
    if (make_columns(ix, &c, err) < 0)
        return -1;
    struct mt_text_table t = {.column = c.v, .n_columns = c.n};
    for (int i = 0; i < ix->sweep->n_tasks; i++)
        put_row(ix, &c, i, &t);
    mt_text_table_print(&t, MT_TEXT_CSV, out);
    mt_text_table_release(&t);
    free(c.v);
    return out->failed ? mt_err_memory(err, MT_SWEEP_INDEX, out->len) : 0;
}

int mt_sweep_index_write(const struct mt_sweep_index *ix, struct mt_err *err)
{
    struct mt_buf b = {0};
    char *path = mt_sweep_path(ix->sweep, MT_SWEEP_INDEX);
    int rc = path ? mt_sweep_index_print(ix, &b, err) : mt_err_memory(err, MT_SWEEP_INDEX, 1);
    if (rc == 0)
        rc = mt_file_write(path, b.data, b.len, err);
    mt_buf_release(&b);
    free(path);
    return rc;
}

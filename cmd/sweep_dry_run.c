/* sweep_dry_run.c: `sweep CONFIG --dry-run`: the runs there would be, with what is known of them beforehand.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/output.h"
#include "cmd/sweep.h"
#include "lib/core/file.h"
#include "lib/core/memory.h"
#include "lib/launch/index.h"
#include "lib/sweep/rungs.h"

#define MIB 1048576.0
#define AROUND 7 /* columns that are no parameters */

struct totals {
    int finished, unknown; /* unknown: not finished, and without an estimate */
    double seconds;        /* of what is not finished, one run after the other */
    uint64_t memory;       /* of the largest run */
};

static void add_row(struct mt_text_table *t, const struct mt_sweep_plan *p, int i, const char *dir,
                    struct totals *sum)
{
    const struct mt_planned *task = &p->task[i];
    const char *state = "";
    char *path = sweep_planned_path(dir, task);
    bool finished = path && mt_sweep_run_has_ended(path, &state);
    free(path);
    mt_text_table_int(t, i);
    mt_text_table_int(t, task->cell);
    for (int k = 0; k < p->n_parameters; k++)
        mt_text_table_string(t, task->value[k]);
    mt_text_table_string(t, task->verdict);
    mt_text_table_real(t, task->seconds);
    mt_text_table_real(t, (double)task->memory / MIB);
    mt_text_table_string(t, state);
    mt_text_table_string(t, task->run);
    sum->finished += finished;
    sum->memory = task->memory > sum->memory ? task->memory : sum->memory;
    if (!finished && isnan(task->seconds))
        sum->unknown++;
    else if (!finished)
        sum->seconds += task->seconds;
}

static struct mt_text_column *columns_of(const struct mt_sweep_plan *p)
{
    struct mt_text_column *c = calloc((size_t)p->n_parameters + AROUND, sizeof *c);
    if (!c)
        return NULL;
    c[0] = (struct mt_text_column){.title = "index", .right = true};
    c[1] = (struct mt_text_column){.title = "cell", .right = true};
    for (int i = 0; i < p->n_parameters; i++)
        c[2 + i] = (struct mt_text_column){.title = p->parameter[i]};
    struct mt_text_column *rest = c + 2 + p->n_parameters;
    rest[0] = (struct mt_text_column){.title = "margin"};
    rest[1] = (struct mt_text_column){.title = "seconds", .right = true, .digits = 1};
    rest[2] = (struct mt_text_column){.title = "MiB", .key = "mib", .right = true, .digits = 1};
    rest[3] = (struct mt_text_column){.title = "state"};
    rest[4] = (struct mt_text_column){.title = "run"};
    return c;
}

static void duration(double seconds, char text[32])
{
    if (seconds < 120)
        snprintf(text, 32, "%.0f s", seconds);
    else if (seconds < 7200)
        snprintf(text, 32, "%.0f min", seconds / 60);
    else
        snprintf(text, 32, "%.1f h", seconds / 3600);
}

/* What successive halving trains, of what the full grid would. */
static double part_of_grid(const struct mt_rungs *r, const struct mt_sweep_plan *p)
{
    return r->epochs ? (double)mt_rungs_total(r, 0) / ((double)r->epochs * p->n_cells) : 1;
}

static void rungs_of(const struct mt_sweep_plan *p, struct mt_rungs *r)
{
    const struct mt_sweep_section *section = p->sweep->cfg;
    *r = (struct mt_rungs){0};
    if (mt_sweep_is_halving(p->sweep))
        mt_rungs_make(r, p->n_cells, p->task[0].epochs, section->min_epochs, section->eta);
}

/* A row for each rung, and one for the end. The runs are those of an average cell where cells differ in them.
 */
static void rung_table(struct mt_text_table *t, const struct mt_rungs *r, const struct mt_sweep_plan *p)
{
    static const struct mt_text_column column[] = {
        {.title = "rung", .right = true},
        {.title = "after epoch", .key = "epochs", .right = true},
        {.title = "cells", .right = true},
        {.title = "runs", .right = true},
        {.title = "go on", .key = "kept", .right = true},
        {.title = "epochs of all runs", .key = "trained", .right = true}};
    *t = (struct mt_text_table){.column = column, .n_columns = sizeof column / sizeof *column};
    double runs = (double)p->n_tasks / p->n_cells;
    for (int i = 0; i <= r->n; i++) {
        bool end = i == r->n;
        int cells = end ? r->last : r->v[i].cells;
        if (end)
            mt_text_table_string(t, "end");
        else
            mt_text_table_int(t, i + 1);
        mt_text_table_int(t, end ? r->epochs : r->v[i].epochs);
        mt_text_table_int(t, cells);
        mt_text_table_int(t, llround(cells * runs));
        if (end)
            mt_text_table_empty(t);
        else
            mt_text_table_int(t, r->v[i].keep);
        mt_text_table_int(t, llround((double)(mt_rungs_total(r, i) - mt_rungs_total(r, i + 1)) * runs));
    }
}

static void print_rungs(const struct mt_rungs *r, const struct mt_sweep_plan *p, enum mt_text_format format,
                        struct mt_buf *out)
{
    struct mt_text_table t;
    double grid = (double)r->epochs * p->n_tasks, part = part_of_grid(r, p);
    rung_table(&t, r, p);
    mt_text_table_print(&t, format, out);
    mt_text_table_release(&t);
    mt_buf_printf(out, "%sAt most %.0f epochs of the %.0f that the full grid has: %.0f %% less.\n",
                  format == MT_TEXT_MARKDOWN ? "\n" : "", grid * part, grid, 100 * (1 - part));
}

static void print_totals(const struct sweep_file *f, const struct totals *sum, struct mt_buf *out)
{
    const struct mt_sweep_plan *p = &f->plan;
    const struct mt_sweep_memory m = mt_sweep_plan_memory(p, f->jobs);
    char time[32];
    struct mt_rungs rungs;
    struct mt_memory_there there;
    rungs_of(p, &rungs);
    duration(sum->seconds / (double)f->jobs * part_of_grid(&rungs, p), time);
    mt_buf_printf(
        out,
        "%d runs of %d cells, %d finished; about %s for the others, %lld at a time with %d thread%s each.\n",
        p->n_tasks, p->n_cells, sum->finished, time, (long long)f->jobs, f->threads,
        f->threads == 1 ? "" : "s");
    if (sum->unknown)
        mt_buf_printf(out, "%d runs are without an estimate: a few steps could not be trained.\n",
                      sum->unknown);
    mt_buf_printf(out, "A run takes at most %.1f MiB", (double)sum->memory / MIB);
    if (f->jobs > 1)
        mt_buf_printf(out, ", %lld at a time %.1f MiB,", (long long)f->jobs,
                      (double)(m.shared + (uint64_t)f->jobs * m.each) / MIB);
    mt_memory_there(&there);
    mt_buf_printf(out, " of the %.1f MiB there are.\n", (double)there.real / MIB);
    mt_buf_puts(out, "Times rest on a few steps of every shape of network, trained here and now, and on all "
                     "epochs; an early "
                     "stop ends sooner.\n");
}

static void print_json(const struct sweep_file *f, const struct mt_text_table *t, const struct totals *sum,
                       const char *dir, struct mt_buf *out)
{
    const struct mt_sweep_plan *p = &f->plan;
    struct mt_rungs rungs;
    rungs_of(p, &rungs);
    mt_buf_puts(out, "{\"name\": ");
    mt_buf_json_string(out, p->name);
    mt_buf_puts(out, ", \"dir\": ");
    mt_buf_json_string(out, dir);
    mt_buf_printf(out,
                  ", \"method\": \"%s\", \"runs\": %d, \"cells\": %d, \"finished\": %d, \"jobs\": %lld, "
                  "\"threads\": %d, ",
                  p->sweep->kind->name, p->n_tasks, p->n_cells, sum->finished, (long long)f->jobs,
                  f->threads);
    mt_buf_puts(out, "\"seconds\": ");
    mt_buf_json_number(out, sum->unknown ? NAN : sum->seconds / (double)f->jobs * part_of_grid(&rungs, p), 9);
    mt_buf_printf(out, ", \"memory_bytes\": %llu, ", (unsigned long long)sum->memory);
    if (rungs.epochs) {
        struct mt_text_table of_rungs;
        rung_table(&of_rungs, &rungs, p);
        mt_buf_printf(out, "\"part_of_grid\": %.9g, \"rungs\":\n", part_of_grid(&rungs, p));
        mt_text_table_print(&of_rungs, MT_TEXT_JSON, out);
        mt_text_table_release(&of_rungs);
        mt_buf_puts(out, ", ");
    }
    mt_buf_puts(out, "\"tasks\":\n");
    mt_text_table_print(t, MT_TEXT_JSON, out);
    mt_buf_puts(out, "}\n");
}

static int print(const struct sweep_file *f, enum mt_text_format format, const char *dir)
{
    const struct mt_sweep_plan *p = &f->plan;
    struct mt_text_column *columns = columns_of(p);
    struct mt_text_table t = {.column = columns, .n_columns = p->n_parameters + AROUND, .failed = !columns};
    struct totals sum = {0};
    struct mt_buf out = {0}, totals = {0};
    for (int i = 0; columns && i < p->n_tasks; i++)
        add_row(&t, p, i, dir, &sum);
    struct mt_rungs rungs;
    rungs_of(p, &rungs);
    if (rungs.epochs)
        print_rungs(&rungs, p, format == MT_TEXT_MARKDOWN ? format : MT_TEXT_PLAIN, &totals);
    print_totals(f, &sum, &totals);
    if (format == MT_TEXT_JSON) {
        print_json(f, &t, &sum, dir, &out);
    } else {
        mt_text_table_print(&t, format, &out);
        if (format == MT_TEXT_CSV)
            fputs(totals.data ? totals.data : "", stderr);
        else
            mt_buf_printf(&out, "\n%s", totals.data ? totals.data : "");
    }
    out.failed |= t.failed || totals.failed;
    mt_buf_release(&totals);
    mt_text_table_release(&t);
    free(columns);
    return print_result(&out);
}

int sweep_dry_run(const struct args *a, const char *path)
{
    struct sweep_file f;
    struct mt_err err;
    enum mt_text_format format;
    int rc = output_format(a, &format);
    if (rc)
        return rc;
    rc = sweep_plan_load(&f, path, a, true);
    char *dir = rc == 0 ? sweep_folder_path(&f, a) : NULL;
    if (dir) {
        rc = print(&f, format, dir);
    } else if (rc == 0) {
        mt_err_memory(&err, "a path", 1);
        rc = say_error(&err);
    }
    free(dir);
    sweep_file_release(&f);
    return rc;
}

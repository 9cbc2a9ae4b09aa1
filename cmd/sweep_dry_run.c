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

#define MIB 1048576.0
#define AROUND 7 /* columns that are no parameters */

struct totals {
    int finished, unknown; /* unknown: not finished, and without an estimate */
    double seconds;        /* of what is not finished, one run after the other */
    uint64_t memory;       /* of the largest run */
};

/* "new", or what an earlier start has come to. */
static const char *state_of(const char *dir, const struct mt_planned *task, bool *finished)
{
    struct mt_status status;
    struct mt_err ignored;
    char *path = NULL;
    int has = asprintf(&path, "%s/" MT_SWEEP_RUNS "/%s", dir, task->run) < 0
                  ? 0
                  : mt_status_read(path, &status, &ignored);
    free(path);
    *finished = has > 0 && (status.state == MT_RUN_COMPLETE || status.state == MT_RUN_COLLAPSED ||
                            status.state == MT_RUN_DIVERGED);
    return has > 0 ? mt_run_state_names[status.state] : has < 0 ? "damaged" : "new";
}

static void add_row(struct mt_text_table *t, const struct mt_sweep_plan *p, int i, const char *dir,
                    struct totals *sum)
{
    const struct mt_planned *task = &p->task[i];
    bool finished;
    const char *state = state_of(dir, task, &finished);
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

static void print_totals(const struct mt_sweep_plan *p, const struct totals *sum, int64_t jobs, int threads,
                         struct mt_buf *out)
{
    char time[32];
    duration(sum->seconds / (double)jobs, time);
    mt_buf_printf(
        out,
        "%d runs of %d cells, %d finished; about %s for the others, %lld at a time with %d thread%s each.\n",
        p->n_tasks, p->n_cells, sum->finished, time, (long long)jobs, threads, threads == 1 ? "" : "s");
    if (sum->unknown)
        mt_buf_printf(out, "%d runs are without an estimate: a few steps could not be trained.\n",
                      sum->unknown);
    mt_buf_printf(out, "A run takes at most %.1f MiB of the %.1f MiB there are.\n", (double)sum->memory / MIB,
                  (double)mt_memory_total() / MIB);
    mt_buf_puts(out, "Times rest on a few steps of every shape of network, trained here and now, and on all "
                     "epochs; an early "
                     "stop ends sooner.\n");
}

static void print_json(const struct mt_sweep_plan *p, const struct mt_text_table *t, const struct totals *sum,
                       const char *dir, int64_t jobs, int threads, struct mt_buf *out)
{
    mt_buf_puts(out, "{\"name\": ");
    mt_buf_json_string(out, p->name);
    mt_buf_puts(out, ", \"dir\": ");
    mt_buf_json_string(out, dir);
    mt_buf_printf(out,
                  ", \"method\": \"%s\", \"runs\": %d, \"cells\": %d, \"finished\": %d, \"jobs\": %lld, "
                  "\"threads\": %d, ",
                  p->sweep->kind->name, p->n_tasks, p->n_cells, sum->finished, (long long)jobs, threads);
    mt_buf_puts(out, "\"seconds\": ");
    mt_buf_json_number(out, sum->unknown ? NAN : sum->seconds / (double)jobs, 9);
    mt_buf_printf(out, ", \"memory_bytes\": %llu, \"tasks\":\n", (unsigned long long)sum->memory);
    mt_text_table_print(t, MT_TEXT_JSON, out);
    mt_buf_puts(out, "}\n");
}

static int print(const struct sweep_file *f, const struct args *a, enum mt_text_format format,
                 const char *dir)
{
    const struct mt_sweep_plan *p = &f->plan;
    struct mt_text_column *columns = columns_of(p);
    struct mt_text_table t = {.column = columns, .n_columns = p->n_parameters + AROUND, .failed = !columns};
    struct totals sum = {0};
    struct mt_buf out = {0}, totals = {0};
    int64_t jobs;
    args_int(a, "jobs", 1, 1, 1024, &jobs);
    for (int i = 0; columns && i < p->n_tasks; i++)
        add_row(&t, p, i, dir, &sum);
    print_totals(p, &sum, jobs, f->threads, &totals);
    if (format == MT_TEXT_JSON) {
        print_json(p, &t, &sum, dir, jobs, f->threads, &out);
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
        rc = print(&f, a, format, dir);
    } else if (rc == 0) {
        mt_err_memory(&err, "a path", 1);
        rc = say_error(&err);
    }
    free(dir);
    sweep_file_release(&f);
    return rc;
}

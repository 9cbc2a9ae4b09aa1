/* check.c: `check CONFIG`: validates everything without training: keys, files, shapes, class counts, splits;
 * prints the parameter table, the memory that training will take, and whether the head can do what its
 * settings ask for. */
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/experiment.h"
#include "cmd/progress.h"
#include "lib/core/memory.h"
#include "lib/sweep/plan.h"
#include "lib/train/foresight.h"
#include "lib/train/needs.h"
#include "lib/train/trainer.h"

static const struct option_row options[] = {
    OPTION_SET,
    {"threads", 'j', "N", "Threads to use; default: one per processor."},
    {"cpu", 0, "SET", "Use at most these kernels: avx512, avx2 or c."},
    {"json", 0, NULL, "Print JSON."},
    {0},
};

struct sweep { /* 0: there is none */
    int runs, cells;
};

/* Counts the runs of a section `sweep`. Returns 0, or the exit code after printing what is wrong with it. */
static int sweep_size(struct experiment_file *x, struct sweep *sweep)
{
    *sweep = (struct sweep){0};
    if (!x->e.sweep.kind)
        return 0;
    mt_diag_release(&x->diag);
    mt_sweep_size(x->conf, &x->e, &sweep->runs, &sweep->cells, &x->diag);
    return experiment_problems(x);
}

/* The whole run, beside what there is. */
static void print_memory(const struct mt_setup *s, const struct mt_experiment *e, struct mt_buf *out)
{
    struct mt_needs needs;
    struct mt_memory_there there;
    mt_needs_of(&needs, s, e);
    mt_buf_puts(out, "Whole run: ");
    mt_needs_text(&needs, out);
    mt_memory_there(&there);
    mt_buf_printf(out, " of %.1f MiB there%s\n", (double)there.real / 1048576.0,
                  mt_splits_streamed(&s->splits) ? "; images are streamed" : "");
}

static void print_text(const struct mt_setup *s, const struct mt_experiment *e, const struct mt_foresight *f,
                       const struct sweep *sweep, struct mt_buf *out)
{
    const struct mt_splits *p = &s->splits;
    mt_model_summary(s->model, out);
    mt_model_memory(s->model, out);
    print_memory(s, e, out);
    for (int i = 0; i < s->model->stages.n; i++) {
        const struct mt_stage *stage = &s->model->stages.v[i];
        mt_buf_puts(out, i ? ", then " : "Steps: ");
        mt_buf_printf(out, "%lld epochs of %lld", (long long)stage->epochs,
                      (long long)mt_steps_per_epoch(e, stage, p->train.n));
        if (e->train.stages.n)
            mt_buf_printf(out, " (%s)", stage->name);
    }
    mt_buf_puts(out, "\n");
    for (int i = 0; i < f->n; i++) {
        const struct mt_stage *stage = &s->model->stages.v[i];
        if (f->n > 1)
            mt_buf_printf(out, "%s (%s): ", stage->name, stage->head.kind->name);
        if (mt_foresight_repeats(f, i))
            mt_buf_printf(out, "as in %s\n", stage[-1].name);
        else
            mt_feasibility_print(&f->stage[i], out);
    }
    if (sweep->runs)
        mt_buf_printf(out, "Sweep: %s, %d runs of %d cells; the above is for the experiment alone\n",
                      e->sweep.kind->name, sweep->runs, sweep->cells);
}

static void print_json(const struct mt_setup *s, const struct mt_experiment *e, const struct mt_foresight *f,
                       const struct sweep *sweep, struct mt_buf *out)
{
    const struct mt_splits *p = &s->splits;
    struct mt_needs needs;
    mt_needs_of(&needs, s, e);
    mt_buf_printf(
        out,
        "{\"train\": %lld, \"validation\": %lld, \"test\": %lld, \"classes\": %d, \"shape\": [%d, %d, %d], ",
        (long long)p->train.n, (long long)p->validation.n, (long long)p->test.n, p->train_data.classes,
        p->train_data.shape.c, p->train_data.shape.h, p->train_data.shape.w);
    mt_model_summary_json(s->model, out);
    mt_buf_puts(out, ", \"feasibility\": ");
    mt_foresight_json(f, s->model, out);
    mt_buf_printf(
        out,
        ", \"data_bytes\": %zu, \"model_bytes\": %zu, \"memory_bytes\": %zu, \"epochs\": %lld, \"stages\": [",
        (size_t)mt_splits_bytes(p), mt_plan_total(&s->model->plan), (size_t)mt_needs_peak(&needs),
        (long long)e->train.epochs);
    for (int i = 0; i < s->model->stages.n; i++) {
        const struct mt_stage *stage = &s->model->stages.v[i];
        mt_buf_puts(out, i ? ", {\"name\": " : "{\"name\": ");
        mt_buf_json_string(out, stage->name);
        mt_buf_printf(out, ", \"epochs\": %lld, \"steps_per_epoch\": %lld}", (long long)stage->epochs,
                      (long long)mt_steps_per_epoch(e, stage, p->train.n));
    }
    mt_buf_puts(out, "]");
    if (sweep->runs)
        mt_buf_printf(out, ", \"sweep\": {\"method\": \"%s\", \"runs\": %d, \"cells\": %d}",
                      e->sweep.kind->name, sweep->runs, sweep->cells);
    mt_buf_puts(out, "}\n");
}

/* Returns 0, or the exit code after saying that training would be refused. */
static int check_memory(const struct mt_setup *s, const struct mt_experiment *e)
{
    struct mt_needs needs;
    struct mt_memory_there there;
    struct mt_err err;
    mt_needs_of(&needs, s, e);
    mt_memory_there(&there);
    if (mt_needs_check(&needs, &there, MT_NEEDS_LESS ", or train all the same with --force-memory", &err) < 0)
        return say_error(&err);
    return 0;
}

static int run(const struct args *a)
{
    struct experiment_file x;
    struct mt_setup s = {0};
    struct mt_foresight f = {0};
    struct mt_err err;
    struct progress progress;
    struct sweep sweep;
    const char *key;
    int64_t threads;
    int rc = args_int(a, "threads", 0, 1, 1024, &threads);
    if (rc || (rc = progress_init(&progress, "lines", false)))
        return rc;
    if ((rc = experiment_load(&x, a->word[0], a)) != 0)
        goto out;
    struct mt_setup_options o = {.threads = (int)threads, .cpu_limit = args_get(a, "cpu"), .training = true};
    struct mt_talker talker = progress_talker(&progress);
    struct mt_buf out = {0};
    if (mt_setup_open(&s, &x.e, &o, &talker, &key, &err) < 0) {
        rc = experiment_error(&x, key, &err);
    } else if (mt_setup_check_output(&s, x.e.output.dir, &err) < 0) {
        rc = experiment_error(&x, "output.dir", &err);
    } else if (mt_foresight_new(&f, s.model, &err) < 0) {
        rc = say_error(&err);
    } else {
        mt_foresight_say(&f, s.model, false, &talker);
        if ((rc = sweep_size(&x, &sweep)) == 0) {
            (args_has(a, "json") ? print_json : print_text)(&s, &x.e, &f, &sweep, &out);
            rc = print_result(&out);
            rc = rc ? rc : check_memory(&s, &x.e);
        }
    }
out:
    mt_foresight_release(&f);
    mt_setup_release(&s);
    experiment_release(&x);
    return rc;
}

const struct command command_check = {
    .name = "check",
    .usage = "CONFIG",
    .help = "Validate an experiment without training: keys, files, shapes, parameters, memory, feasibility.",
    .example = "metric-train check configs/quickstart/arcface.yaml",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

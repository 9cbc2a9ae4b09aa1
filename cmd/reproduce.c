/* reproduce.c: `reproduce NOTEBOOK...`: trains the experiments of published notebooks, seed by seed, and says
 * which of their claims hold. Each run is a process of its own; finished runs are not repeated, interrupted
 * ones go on. */
#include "cmd/reproduce.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/child.h"
#include "cmd/commands.h"
#include "cmd/experiment.h"
#include "cmd/output.h"
#include "lib/core/file.h"
#include "lib/data/dataset.h"
#include "lib/train/stages.h"

#define CLAIMS "configs/notebooks/claims.yaml"
#define MOST_ARGUMENTS 64

static const struct option_row options[] = {
    {"seeds", 0, "K", "Train each experiment with seeds 0 to K - 1. Default: 3."},
    {"epochs", 0, "E", "Train for E epochs at most, whatever the experiments say; for a quick look."},
    {"data", 0, "DIR", "The folder of data sets. Default: the datasets/ that the experiments name."},
    {"claims", 0, "FILE", "The claims, with their experiments beside them. Default: " CLAIMS "."},
    {"out", 'o', "DIR", "The folder of runs and tables. Default: runs/reproduce."},
    {"threads", 'j', "N", "Threads of a run; default: one per processor."},
    {"no-train", 0, NULL, "Train nothing: judge the runs that are there."},
    OPTION_SET,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_MARKDOWN,
    {0},
};

struct plan {
    const struct args *args;
    const char *out, *data, *claims;
    int64_t seeds, epochs; /* epochs 0: as the experiments say */
    enum mt_text_format format;
    struct reproduction r;
};

/* ---- one run ---- */

struct command_line {
    char *argv[MOST_ARGUMENTS + 1];
    int n;
    bool failed;
};

static void add(struct command_line *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct command_line *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = NULL;
    int rc = c->n < MOST_ARGUMENTS ? vasprintf(&text, fmt, ap) : -1;
    va_end(ap);
    if (rc < 0)
        c->failed = true;
    else
        c->argv[c->n++] = text;
}

static void release(struct command_line *c)
{
    for (int i = 0; i < c->n; i++)
        free(c->argv[i]);
}

/* --data: what an experiment takes from a folder datasets/ comes from there instead. */
static void add_data(struct command_line *c, const struct mt_variant *source, const char *key,
                     const char *dir)
{
    for (const struct mt_field *f = source->kind ? source->kind->fields : NULL; f && f->name; f++) {
        const char *path =
            f->type == MT_PATH ? *(char *const *)((const char *)source->cfg + f->offset) : NULL;
        const char *inside = path ? strstr(path, "datasets/") : NULL;
        if (!inside)
            continue;
        add(c, "--set");
        add(c, "%s.%s=\"%s/%s\"", key, f->name, dir, inside + strlen("datasets/"));
    }
}

static int64_t epochs_of(const struct plan *p, const struct mt_claim_experiment *e,
                         const struct mt_experiment *x)
{
    int64_t own = e->epochs == MT_UNSET_INT ? x->train.epochs : e->epochs;
    return p->epochs && p->epochs < own ? p->epochs : own;
}

/* Of stages, each keeps at least one epoch and gives up what the whole has too much, the last one first. */
static void add_epochs(struct command_line *c, const struct mt_experiment *x, int64_t epochs)
{
    int64_t excess = x->train.epochs - epochs;
    if (excess <= 0 && x->train.stages.n)
        return;
    add(c, "--set");
    if (!x->train.stages.n) {
        add(c, "train.epochs=%lld", (long long)epochs);
        return;
    }
    add(c, "train.epochs=null");
    for (int i = x->train.stages.n - 1; i >= 0 && excess > 0; i--) {
        const struct mt_stage_cfg *s = x->train.stages.v[i].cfg;
        int64_t less = excess < s->epochs - 1 ? excess : s->epochs - 1;
        add(c, "--set");
        add(c, "train.stages[%d].epochs=%lld", i, (long long)(s->epochs - less));
        excess -= less;
    }
}

/* OUT/n2/softmax-20/seed1 */
static char *folder_of(const struct plan *p, const struct mt_claim_experiment *e, int64_t epochs, int seed)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s-%lld/seed%d", p->out, e->run, (long long)epochs, seed) < 0 ? NULL : path;
}

static int train(struct plan *p, const struct mt_claim_experiment *e, const struct experiment_file *x,
                 const char *file, int64_t epochs, const char *folder, int seed)
{
    struct command_line c = {0};
    struct mt_err err;
    const char *set[MAX_VALUES];
    bool stopped;
    int n = args_all(p->args, "set", set), code = 1;
    add(&c, "metric-train");
    add(&c, "train");
    add(&c, "%s", file);
    add(&c, "--out");
    add(&c, "%s", folder);
    add(&c, "--set");
    add(&c, "seed=%d", seed);
    add_epochs(&c, &x->e, epochs);
    if (p->data) {
        add_data(&c, &x->e.data.train, "data.train", p->data);
        add_data(&c, &x->e.data.validation, "data.validation", p->data);
        add_data(&c, &x->e.data.test, "data.test", p->data);
    }
    for (int i = 0; i < n; i++) {
        add(&c, "--set");
        add(&c, "%s", set[i]);
    }
    if (args_get(p->args, "threads"))
        add(&c, "--threads=%s", args_get(p->args, "threads"));
    fprintf(stderr, "--- %s, seed %d, %lld epochs at most\n", e->run, seed, (long long)epochs);
    if (c.failed) {
        mt_err_memory(&err, "a command line", 1);
        code = say_error(&err);
    } else if ((code = child_run(c.argv, &stopped, &err)) < 0) {
        code = say_error(&err);
    } else if (stopped && code == 0) {
        code = 75;
    }
    release(&c);
    return code == 4 ? 0 : code; /* diverged or collapsed: a result */
}

/* The run folder in `folder`, which holds one; NULL where there is none. */
static char *run_in(const char *folder)
{
    DIR *dir = opendir(folder);
    char *found = NULL;
    for (struct dirent *d; dir && (d = readdir(dir));) {
        char *path = d->d_name[0] == '.' ? NULL : mt_path_join(folder, d->d_name);
        char *status = path ? mt_path_join(path, "status.json") : NULL;
        if (status && mt_file_exists(status)) {
            free(found);
            found = path;
            path = NULL;
        }
        free(status);
        free(path);
    }
    if (dir)
        closedir(dir);
    return found;
}

static int take_result(const char *folder, struct mt_result *result)
{
    struct mt_err err;
    char *path = run_in(folder);
    int rc = path ? mt_result_read(result, path, &err) : 0;
    free(path);
    return rc < 0 ? say_error(&err) : 0;
}

static int experiment(struct plan *p, int i)
{
    struct reproduced *e = &p->r.list[i];
    struct experiment_file x = {0};
    char *dir = mt_path_dir(p->claims), *file = NULL;
    int rc = asprintf(&file, "%s/%s.yaml", dir ? dir : ".", e->experiment->run) < 0 ? 1 : 0;
    const struct args none = {.command = p->args->command};
    if (rc == 0 && (rc = experiment_load(&x, file, &none)) == 0) {
        int64_t epochs = epochs_of(p, e->experiment, &x.e);
        for (int seed = 0; seed < p->seeds && rc == 0; seed++) {
            char *folder = folder_of(p, e->experiment, epochs, seed);
            if (!folder)
                rc = 1;
            else if (!args_has(p->args, "no-train"))
                rc = train(p, e->experiment, &x, file, epochs, folder, seed);
            if (rc == 0)
                rc = take_result(folder, &e->run[seed]);
            free(folder);
        }
    }
    experiment_release(&x);
    free(file);
    free(dir);
    return rc;
}

/* ---- all of them ---- */

static bool wanted(const struct args *a, const char *run)
{
    for (int i = 0; i < a->n_words; i++)
        if (!strcmp(a->word[i], "all") || reproduce_is_of(run, a->word[i]))
            return true;
    return false;
}

/* The notebook of an experiment where it is the first of its notebook in the list. */
static const char *new_notebook(const struct plan *p, int i, char name[32])
{
    const char *run = p->r.list[i].experiment->run;
    snprintf(name, 32, "%.*s", (int)strcspn(run, "/"), run);
    for (int k = 0; k < i; k++)
        if (reproduce_is_of(p->r.list[k].experiment->run, name))
            return NULL;
    return wanted(p->args, run) ? name : NULL;
}

static int print_notebook(struct plan *p, const char *notebook, enum mt_text_format format,
                          struct mt_buf *out)
{
    struct mt_err err;
    if (format == MT_TEXT_MARKDOWN)
        mt_buf_printf(out, "### %s\n\n", notebook);
    if (reproduce_print_claims(&p->r, notebook, format, out, &err) < 0)
        return say_error(&err);
    if (format == MT_TEXT_PLAIN || format == MT_TEXT_MARKDOWN) {
        mt_buf_puts(out, "\n");
        reproduce_print_figures(&p->r, notebook, format, out);
        mt_buf_puts(out, "\n");
    }
    return 0;
}

/* OUT/n2.csv and OUT/n2.md, and what is asked for on stdout. */
static int print_all(struct plan *p)
{
    struct mt_buf out = {0};
    int rc = 0;
    for (int i = 0; i < p->r.claims.experiments.n && rc == 0; i++) {
        char name[32];
        const char *notebook = new_notebook(p, i, name);
        static const struct {
            enum mt_text_format format;
            const char *ending;
        } files[] = {{MT_TEXT_CSV, "csv"}, {MT_TEXT_MARKDOWN, "md"}};
        for (int f = 0; notebook && f < 2 && rc == 0; f++) {
            struct mt_buf b = {0};
            char *path = NULL;
            if ((rc = print_notebook(p, notebook, files[f].format, &b)) == 0 &&
                asprintf(&path, "%s/%s.%s", p->out, notebook, files[f].ending) >= 0)
                rc = output_write(path, &b);
            else
                mt_buf_release(&b);
            free(path);
        }
        if (notebook && rc == 0)
            rc = print_notebook(p, notebook, p->format, &out);
    }
    if (rc == 0)
        return print_result(&out);
    mt_buf_release(&out);
    return rc;
}

static int load(struct plan *p)
{
    struct mt_diag diag = {0};
    int rc = mt_claims_load(&p->r.claims, p->claims, &diag) < 0 ? (int)diag.kind : 0;
    fputs(diag.text.data ? diag.text.data : "", stderr);
    mt_diag_release(&diag);
    if (rc)
        return rc;
    int n = p->r.claims.experiments.n;
    p->r.seeds = (int)p->seeds;
    p->r.list = calloc((size_t)n, sizeof *p->r.list);
    for (int i = 0; i < n; i++) {
        struct mt_result *run = p->r.list ? calloc((size_t)p->seeds, sizeof *run) : NULL;
        if (!run) {
            fputs("metric-train reproduce: error: out of memory\n", stderr);
            return 1;
        }
        p->r.list[i] = (struct reproduced){mt_claim_experiment_at(&p->r.claims, i), run};
    }
    return 0;
}

static void unload(struct plan *p)
{
    for (int i = 0; p->r.list && i < p->r.claims.experiments.n; i++) {
        for (int s = 0; p->r.list[i].run && s < p->seeds; s++)
            mt_result_release(&p->r.list[i].run[s]);
        free(p->r.list[i].run);
    }
    free(p->r.list);
    mt_claims_release(&p->r.claims);
}

static int check_words(const struct plan *p)
{
    const struct args *a = p->args;
    for (int w = 0; w < a->n_words; w++) {
        bool known = !strcmp(a->word[w], "all");
        for (int i = 0; i < p->r.claims.experiments.n; i++)
            known |= reproduce_is_of(p->r.list[i].experiment->run, a->word[w]);
        if (!known) {
            fprintf(stderr, "metric-train reproduce: error: '%s' is no notebook of %s; try all\n", a->word[w],
                    p->claims);
            return 2;
        }
    }
    return 0;
}

static int run(const struct args *a)
{
    struct plan p = {.args = a,
                     .out = args_get(a, "out") ? args_get(a, "out") : "runs/reproduce",
                     .data = args_get(a, "data"),
                     .claims = args_get(a, "claims") ? args_get(a, "claims") : CLAIMS};
    struct mt_err err;
    char *data = NULL;
    int rc = args_int(a, "seeds", 3, 1, MT_CLAIM_SEEDS, &p.seeds);
    if (rc || (rc = args_int(a, "epochs", 0, 1, 1000000, &p.epochs)) || (rc = output_format(a, &p.format)))
        return rc;
    if (p.data && !(p.data = data = realpath(p.data, NULL))) {
        mt_err_set(&err, MT_ERR_DATA, "--data %s: is no folder", args_get(a, "data"));
        return say_error(&err);
    }
    if ((rc = load(&p)) == 0 && (rc = check_words(&p)) == 0) {
        if (mt_file_mkdirs(p.out, &err) < 0)
            rc = say_error(&err);
        for (int i = 0; i < p.r.claims.experiments.n && rc == 0; i++)
            if (wanted(a, p.r.list[i].experiment->run))
                rc = experiment(&p, i);
        if (rc == 0)
            rc = print_all(&p);
    }
    unload(&p);
    free(data);
    return rc;
}

const struct command command_reproduce = {
    .name = "reproduce",
    .usage = "NOTEBOOK...",
    .help = "Re-run published comparisons (n0 to n4, or all) and judge their claims over seeds.",
    .detail = "Trains every experiment of a notebook with several seeds, each run in a folder of its own, "
              "and prints what was\n"
              "reported, what comes out, and whether it is within the tolerance that was set beforehand. A "
              "second call goes on\n"
              "where the first one stopped. Tables go to OUT/NOTEBOOK.csv and .md as well. docs/notebooks.md "
              "tells the rest.",
    .example = "metric-train reproduce n2 --seeds 1 --epochs 20 --data datasets",
    .options = options,
    .min_words = 1,
    .max_words = -1,
    .run = run,
};

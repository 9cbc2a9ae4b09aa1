/* reproduce.c: `reproduce NOTEBOOK...`: trains the experiments of published notebooks, seed by seed, and says
 * which of their claims hold. Each run is a process of its own; finished runs are not repeated, interrupted
 * ones go on. */
#include "cmd/reproduce.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/say.h"
#include "lib/core/file.h"

#define CLAIMS "configs/notebooks/claims.yaml"

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

/* ---- one experiment ---- */

static int64_t epochs_of(const struct reproduce_plan *p, const struct mt_claim_experiment *e,
                         const struct mt_experiment *x)
{
    int64_t own = e->epochs == MT_UNSET_INT ? x->train.epochs : e->epochs;
    return p->epochs && p->epochs < own ? p->epochs : own;
}

/* OUT/n2/softmax-20/seed1 */
static char *folder_of(const struct reproduce_plan *p, const struct mt_claim_experiment *e, int64_t epochs,
                       int seed)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s-%lld/seed%d", p->out, e->run, (long long)epochs, seed) < 0 ? NULL : path;
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

static int experiment(struct reproduce_plan *p, int i)
{
    struct reproduced *e = &p->r.list[i];
    struct experiment_file x = {0};
    char *dir = mt_path_dir(p->claims), *file = NULL;
    int rc = asprintf(&file, "%s/%s.yaml", dir ? dir : ".", e->experiment->run) < 0 ? 1 : 0;
    const struct args none = {.command = p->args->command};
    struct mt_err err;
    if (rc == 0 && (rc = experiment_load(&x, file, &none)) == 0 &&
        mt_conf_settings(mt_experiment_fields, &x.e, &e->settings, &err) < 0)
        rc = say_error(&err);
    if (rc == 0) {
        int64_t epochs = epochs_of(p, e->experiment, &x.e);
        for (int seed = 0; seed < p->seeds && rc == 0; seed++) {
            char *folder = folder_of(p, e->experiment, epochs, seed);
            if (!folder)
                rc = 1;
            else if (!args_has(p->args, "no-train"))
                rc = reproduce_train(p, e->experiment, &x, file, epochs, folder, seed);
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
static const char *new_notebook(const struct reproduce_plan *p, int i, char name[32])
{
    const char *run = p->r.list[i].experiment->run;
    snprintf(name, 32, "%.*s", (int)strcspn(run, "/"), run);
    for (int k = 0; k < i; k++)
        if (reproduce_is_of(p->r.list[k].experiment->run, name))
            return NULL;
    return p->r.list[i].wanted ? name : NULL;
}

/* OUT/n2.csv and OUT/n2.md */
static int write_notebook(const struct reproduce_plan *p, const char *notebook)
{
    static const struct {
        enum mt_text_format format;
        const char *ending;
    } files[] = {{MT_TEXT_CSV, "csv"}, {MT_TEXT_MARKDOWN, "md"}};
    struct mt_err err;
    int rc = 0;
    for (int f = 0; f < 2 && rc == 0; f++) {
        struct mt_buf b = {0};
        char *path = NULL;
        if (reproduce_print(&p->r, notebook, files[f].format, &b, &err) < 0)
            rc = say_error(&err);
        else if (asprintf(&path, "%s/%s.%s", p->out, notebook, files[f].ending) < 0)
            rc = 1;
        if (rc == 0)
            rc = output_write(path, &b);
        else
            mt_buf_release(&b);
        free(path);
    }
    return rc;
}

/* CSV and JSON are one table for all notebooks. */
static int print_all(struct reproduce_plan *p)
{
    bool one = p->format == MT_TEXT_CSV || p->format == MT_TEXT_JSON;
    struct mt_buf out = {0};
    struct mt_err err;
    int rc = 0;
    for (int i = 0; i < p->r.claims.experiments.n && rc == 0; i++) {
        char name[32];
        const char *notebook = new_notebook(p, i, name);
        if (notebook && (rc = write_notebook(p, notebook)) == 0 && !one &&
            reproduce_print(&p->r, notebook, p->format, &out, &err) < 0)
            rc = say_error(&err);
    }
    if (rc == 0 && one && reproduce_print(&p->r, NULL, p->format, &out, &err) < 0)
        rc = say_error(&err);
    if (rc == 0)
        return print_result(&out);
    mt_buf_release(&out);
    return rc;
}

static int load(struct reproduce_plan *p)
{
    struct mt_diag diag = {0};
    mt_claims_load(&p->r.claims, p->claims, &diag);
    int rc = say_problems(&diag);
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
        p->r.list[i] = (struct reproduced){.experiment = mt_claim_experiment_at(&p->r.claims, i), .run = run};
        p->r.list[i].wanted = wanted(p->args, p->r.list[i].experiment->run);
    }
    return 0;
}

static void unload(struct reproduce_plan *p)
{
    for (int i = 0; p->r.list && i < p->r.claims.experiments.n; i++) {
        for (int s = 0; p->r.list[i].run && s < p->seeds; s++)
            mt_result_release(&p->r.list[i].run[s]);
        mt_settings_release(&p->r.list[i].settings);
        free(p->r.list[i].run);
    }
    free(p->r.list);
    mt_claims_release(&p->r.claims);
}

static int check_words(const struct reproduce_plan *p)
{
    const struct args *a = p->args;
    for (int w = 0; w < a->n_words; w++) {
        bool known = !strcmp(a->word[w], "all");
        for (int i = 0; i < p->r.claims.experiments.n; i++)
            known |= reproduce_is_of(p->r.list[i].experiment->run, a->word[w]);
        if (!known) {
            say_line("metric-train reproduce: error: '%s' is no notebook of %s; try all", a->word[w],
                     p->claims);
            return 2;
        }
    }
    return 0;
}

static int run(const struct args *a)
{
    struct reproduce_plan p = {.args = a,
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
            if (p.r.list[i].wanted)
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

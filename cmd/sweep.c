/* sweep.c: `sweep`: many runs of one experiment; the first word says what is done with them. */
#include "cmd/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/say.h"
#include "cmd/sweep_slurm.h"
#include "lib/core/file.h"

static const struct option_row options[] = {
    {"set", 's', "KEY=VALUES",
     "Values of a key: head.m=0.1,0.3 or head.s=8:64:x2 or seed=0..4; one value is set in all runs. "
     "Repeatable."},
    {"out", 'o', "DIR", "The sweep folder; default sweeps/NAME."},
    {"jobs", 'j', "N", "Runs at a time; default 1."},
    {"launcher", 0, "NAME",
     "Who runs them: local, this machine; or slurm, a cluster, where -j bounds the jobs at a time "
     "and --threads is one run's, default 1."},
    {"dry-run", 0, NULL, "List the runs with their values, verdict, time and memory, and run nothing."},
    {"threads", 0, "N", "Threads of all runs together; default: one per processor."},
    OPTION_JSON,
    OPTION_CSV,
    OPTION_MARKDOWN,
    {"fail-fast", 0, NULL, "Stop all runs as soon as one has failed; else the others go on."},
    {"force-memory", 0, NULL, "Train even when a run needs more memory than there is."},
    {"mix-kernels", 0, NULL, "Go on with runs although they were begun with other kernels."},
    {"cpu", 0, "SET", "Use at most these kernels: avx512, avx2 or c."},
    {0},
};

/* The words behind `sweep`; without one of them, CONFIG. */
static const struct verb {
    const char *name;
    int words; /* behind it */
    int (*run)(const struct args *a, const char *const *word);
} verbs[];

static int plan(const struct args *a, const char *const *word)
{
    return sweep_plan(a, word[0]);
}

static int collect(const struct args *a, const char *const *word)
{
    return sweep_collect(a, word[0]);
}

static int task(const struct args *a, const char *const *word)
{
    return sweep_task(a, word[0], word[1]);
}

static const struct verb verbs[] = {
    {"plan", 1, plan},
    {"task", 2, task},
    {"collect", 1, collect},
    {NULL, 0, NULL},
};

static const struct verb *find_verb(const char *word)
{
    const struct verb *v = verbs;
    while (v->name && strcmp(v->name, word) != 0)
        v++;
    return v->name ? v : NULL;
}

static int unknown_verb(const char *word)
{
    struct mt_buf known = {0};
    for (const struct verb *v = verbs; v->name; v++)
        mt_buf_printf(&known, "%s %s", v == verbs ? "" : ",", v->name);
    say_line("metric-train sweep: error: '%s' is none of%s", word, known.data ? known.data : "");
    mt_buf_release(&known);
    return 2;
}

static const struct launcher {
    const char *name;
    int (*run)(const struct args *a, const char *path);
    int (*dry_run)(const struct args *a, const char *path);
} launchers[] = {
    {"local", sweep_run, sweep_dry_run},
    {"slurm", sweep_slurm, sweep_slurm_dry_run},
    {NULL, NULL, NULL},
};

/* A sweep's folder in the place of CONFIG. What cannot be looked at is read as CONFIG, and refused so. */
static bool is_sweep_folder(const char *path)
{
    struct stat st;
    char *file = mt_path_join(path, "sweep.yaml");
    bool is = file && stat(file, &st) == 0;
    free(file);
    return is;
}

static int not_a_folder(const char *path)
{
    struct mt_buf b = {0}; /* the commands will be pasted into a shell */
    mt_buf_printf(
        &b, "metric-train sweep: error: %s is the folder of a sweep; to go on with it: metric-train sweep ",
        path);
    char *file = mt_path_join(path, "sweep.yaml");
    mt_buf_shell_word(&b, file ? file : "");
    mt_buf_puts(&b, " -o ");
    mt_buf_shell_word(&b, path);
    mt_buf_puts(&b, "; for its answer: metric-train sweep collect ");
    mt_buf_shell_word(&b, path);
    say_line("%s", b.data ? b.data : "out of memory");
    mt_buf_release(&b);
    free(file);
    return 2;
}

/* `sweep CONFIG` */
static int launch(const struct args *a, const char *path)
{
    if (is_sweep_folder(path))
        return not_a_folder(path);
    const char *name = args_get(a, "launcher");
    const struct launcher *l = launchers;
    while (name && l->name && strcmp(name, l->name) != 0)
        l++;
    if (!l->name) {
        say_line("metric-train sweep: error: --launcher is local or slurm, not '%s'", name);
        return 2;
    }
    return args_has(a, "dry-run") ? l->dry_run(a, path) : l->run(a, path);
}

static int run(const struct args *a)
{
    const char *word = a->word[0];
    const struct verb *v = find_verb(word);
    if (!v && a->n_words > 1)
        return unknown_verb(word);
    if (!v)
        return launch(a, word);
    if (a->n_words == v->words + 1)
        return v->run(a, a->word + 1);
    say_line("metric-train sweep %s: error: takes %d word%s; try 'metric-train sweep --help'", v->name,
             v->words, v->words == 1 ? "" : "s");
    return 2;
}

const struct command command_sweep = {
    .name = "sweep",
    .usage = "CONFIG | plan CONFIG | task DIR INDEX | collect DIR",
    .help = "Run an experiment for many values of its keys.",
    .detail =
        "CONFIG: plan, train what is not finished, and print the answer: which values are best, by how much, "
        "and whether\nthat is more than luck. The same command goes on where it was stopped.\n"
        "plan CONFIG writes the list of runs, DIR/tasks.csv; task DIR INDEX trains one of them; collect DIR "
        "prints the\nanswer from what there is. docs/sweeps.md says more.",
    .example = "metric-train sweep configs/quickstart/arcface.yaml -s head.m=0.1,0.3,0.5 -s seed=0..4 -j 2",
    .options = options,
    .min_words = 1,
    .max_words = 3,
    .run = run,
};

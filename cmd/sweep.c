/* sweep.c: `sweep`: many runs of one experiment; the first word says what is done with them. */
#include "cmd/sweep.h"

#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"

static const struct option_row options[] = {
    {"set", 's', "KEY=VALUES",
     "Values of a key: head.m=0.1,0.3 or head.s=8:64:x2 or seed=0..4; one value is set in all runs. "
     "Repeatable."},
    {"out", 'o', "DIR", "The sweep folder; default sweeps/NAME."},
    {"jobs", 'j', "N", "Runs at a time; default 1."},
    {"dry-run", 0, NULL, "List the runs with their values, verdict, time and memory, and run nothing."},
    {"threads", 0, "N", "Threads of all runs together; default: one per processor."},
    OPTION_JSON,
    OPTION_CSV,
    OPTION_MARKDOWN,
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

static const struct verb verbs[] = {
    {"plan", 1, plan},
    {"collect", 1, collect},
    {NULL, 0, NULL},
};

static int unknown_verb(const char *word)
{
    fprintf(stderr, "metric-train sweep: error: '%s' is none of", word);
    for (const struct verb *v = verbs; v->name; v++)
        fprintf(stderr, "%s %s", v == verbs ? "" : ",", v->name);
    fputs("\n", stderr);
    return 2;
}

static int run(const struct args *a)
{
    for (const struct verb *v = verbs; v->name; v++) {
        if (strcmp(a->word[0], v->name) != 0)
            continue;
        if (a->n_words != v->words + 1) {
            fprintf(stderr,
                    "metric-train sweep %s: error: takes %d word%s; try 'metric-train sweep --help'\n",
                    v->name, v->words, v->words == 1 ? "" : "s");
            return 2;
        }
        return v->run(a, a->word + 1);
    }
    if (a->n_words == 1 && args_has(a, "dry-run"))
        return sweep_dry_run(a, a->word[0]);
    return unknown_verb(a->word[0]);
}

const struct command command_sweep = {
    .name = "sweep",
    .usage = "plan CONFIG | collect DIR",
    .help = "Run an experiment for many values of its keys.",
    .example = "metric-train sweep plan configs/quickstart/arcface.yaml -s head.m=0.1,0.3,0.5 -s seed=0..4",
    .options = options,
    .min_words = 1,
    .max_words = 3,
    .run = run,
};

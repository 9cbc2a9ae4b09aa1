/* verify.c: `verify RUN...`: whether the files of runs and sweeps are what was written. */
#include "lib/verify/verify.h"

#include "cmd/commands.h"
#include "cmd/output.h"

static const struct option_row options[] = {
    OPTION_JSON,
    {0},
};

/* Whether anything is missing or damaged. */
static bool any_bad(const struct mt_verdicts *list)
{
    for (int i = 0; i < list->n; i++)
        if (list->v[i].bad)
            return true;
    return false;
}

static int run(const struct args *a)
{
    struct mt_verdicts list = {0};
    struct mt_buf out = {0};
    struct mt_err err;
    int refused = 0;
    for (int i = 0; i < a->n_words; i++) {
        int before = list.n;
        if (mt_verify(&list, a->word[i], &err) == 0)
            continue;
        refused = say_error(&err);
        mt_verdicts_cut(&list, before);
    }
    bool bad = any_bad(&list);
    if (args_has(a, "json"))
        mt_verdicts_json(&list, &out);
    else
        mt_verdicts_text(&list, &out);
    mt_verdicts_release(&list);
    int rc = print_result(&out);
    return rc ? rc : refused ? refused : bad ? MT_ERR_DATA : 0;
}

const struct command command_verify = {
    .name = "verify",
    .usage = "RUN...",
    .help = "Check that the files of runs and sweeps are what was written.",
    .detail =
        "Every file of a run against its manifest (there, size, SHA-256), every checkpoint by its own "
        "checksum, and whether\n"
        "status.json, metrics.csv and summary.json agree. Of a run that has not ended: its checkpoints, "
        "and from which of them it\n"
        "goes on. Of a sweep: its plan, what was made from its runs, and the runs. Nothing is written. "
        "The exit code is 3 where\n"
        "something is missing or damaged; each such file is named, and what to do.",
    .example = "metric-train verify runs/quickstart-arcface-3f9c1a2b",
    .options = options,
    .min_words = 1,
    .max_words = -1,
    .run = run,
};

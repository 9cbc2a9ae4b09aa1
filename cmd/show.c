/* show.c: `show CONFIG|RUN`: the experiment with everything filled in, and where each value comes from. */
#include "cmd/commands.h"
#include "cmd/experiment.h"

static const struct option_row options[] = {
    OPTION_SET,
    {"origin", 0, NULL, "Say behind each value where it comes from: file:line, --set or default."},
    {"json", 0, NULL, "Print JSON."},
    {0},
};

static int run(const struct args *a)
{
    struct experiment_file x;
    struct mt_buf b = {0};
    bool origin = args_has(a, "origin");
    int rc = experiment_load(&x, a->word[0], a);
    if (rc == 0) {
        if (args_has(a, "json"))
            mt_conf_print_json(x.conf, mt_experiment_fields, &x.e, origin, &b);
        else
            mt_conf_print(x.conf, mt_experiment_fields, &x.e, origin, &b);
        rc = print_result(&b);
    }
    experiment_release(&x);
    return rc;
}

const struct command command_show = {
    .name = "show",
    .usage = "CONFIG|RUN",
    .help = "Print an experiment with all defaults filled in, and where each value comes from.",
    .example = "metric-train show configs/quickstart/arcface.yaml --origin --set head.m=0.3",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

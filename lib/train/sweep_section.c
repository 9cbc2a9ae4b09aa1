#include "lib/train/sweep_section.h"

static const char *const goals[] = {"maximize", "minimize", NULL};

#define AT(member) offsetof(struct mt_sweep_section, member)

static const struct mt_field metric_fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = AT(metric.name),
     .def = "val_accuracy",
     .help = "The figure of summary.json, or the loss or accuracy of metrics.csv, that cells are compared by."},
    {.name = "goal",
     .type = MT_CHOICE,
     .offset = AT(metric.goal),
     .choices = goals,
     .help = "Whether larger or smaller is better; unset, smaller for a loss and an error, else larger."},
    {0}};

#define METRIC                                                                                               \
    {                                                                                                        \
        .name = "metric", .type = MT_MAP, .map = metric_fields, .help = "What best means."                   \
    }
#define BASELINE                                                                                             \
    {                                                                                                        \
        .name = "baseline", .type = MT_TREE, .offset = AT(baseline),                                         \
        .help = "Values that name one cell, as {head.type: softmax}: differences are taken from it, too."    \
    }
#define EXCLUDE                                                                                              \
    {                                                                                                        \
        .name = "exclude", .type = MT_TREE, .offset = AT(exclude),                                           \
        .help =                                                                                              \
            "A list of maps from keys to values: combinations that agree with one of them are left out. "    \
            "A list stands for any of its values."                                                           \
    }
#define RUN_CAP                                                                                              \
    .name = "run_cap", .type = MT_INT, .offset = AT(run_cap), .min = 1, .max = 100000, .unit = "runs"

static const struct mt_field grid_fields[] = {
    METRIC,
    {.name = "parameters",
     .type = MT_TREE,
     .offset = AT(parameters),
     .help = "Dotted keys with the values they take: head.m: {values: [0.1, 0.3]}, or for numbers "
             "{values: 8:64:x2}."},
    EXCLUDE,
    BASELINE,
    {RUN_CAP, .help = "Refuse a grid of more runs than this."},
    {0}};

static const struct mt_field random_fields[] = {
    METRIC,
    {.name = "parameters",
     .type = MT_TREE,
     .offset = AT(parameters),
     .help = "Dotted keys with the values they are drawn from: {values: [...]}, or {min: A, max: B, "
             "distribution: WORD} with uniform, log_uniform, int_uniform or int_log_uniform."},
    EXCLUDE,
    BASELINE,
    {RUN_CAP, .flags = MT_F_REQUIRED,
     .help =
         "Runs in all. Values of the key seed are not drawn: every combination is run with each of them."},
    {.name = "seed",
     .type = MT_INT,
     .offset = AT(seed),
     .def = "0",
     .min = 0,
     .max = 9007199254740992.0,
     .help = "Names the combinations that are drawn; the first ones stay the same when run_cap grows."},
    {0}};

static const struct mt_field list_fields[] = {
    METRIC,
    {.name = "runs",
     .type = MT_TREE,
     .offset = AT(runs),
     .help =
         "The combinations one by one: a list of maps from dotted keys to values, all with the same keys."},
    {.name = "parameters",
     .type = MT_TREE,
     .offset = AT(parameters),
     .help = "Further keys with their values; every entry of runs is combined with all of them. The place "
             "for seed."},
    BASELINE,
    {RUN_CAP, .help = "Refuse a list of more runs than this."},
    {0}};

static const struct mt_field halving_fields[] = {
    METRIC,
    {.name = "parameters",
     .type = MT_TREE,
     .offset = AT(parameters),
     .help = "Dotted keys with the values they take, as for a grid."},
    {.name = "min_epochs",
     .type = MT_INT,
     .flags = MT_F_REQUIRED,
     .offset = AT(min_epochs),
     .min = 1,
     .max = 1000000,
     .unit = "epochs",
     .help =
         "The first rung: after so many epochs all cells are compared for the first time; the next ones lie "
         "at min_epochs * eta, min_epochs * eta^2 and so on."},
    {.name = "eta",
     .type = MT_INT,
     .offset = AT(eta),
     .def = "3",
     .min = 2,
     .max = 1000,
     .help = "At each rung the best 1/eta of the cells go on, rounded up."},
    EXCLUDE,
    BASELINE,
    {RUN_CAP, .help = "Refuse more runs than this."},
    {0}};

#define METHOD(word, sentence)                                                                               \
    static const struct mt_kind word##_method = {.name = #word,                                              \
                                                 .help = sentence,                                           \
                                                 .cfg_size = sizeof(struct mt_sweep_section),                \
                                                 .fields = word##_fields}

METHOD(grid, "Every combination of the values.");
METHOD(random, "Combinations that are drawn at random, each independent of the others.");
METHOD(list, "The combinations that are listed.");
METHOD(halving, "Every combination of the values, the worse part of them dropped after a few epochs.");

static const struct mt_kind *const rows[] = {&grid_method, &random_method, &list_method, &halving_method,
                                             NULL};
const struct mt_table mt_sweep_table = {.what = "method", .row = rows};

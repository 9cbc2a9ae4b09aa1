/* conf_schema.h: a small schema with every type of field, for the tests of lib/conf. */
#ifndef MT_TESTS_CONF_SCHEMA_H
#define MT_TESTS_CONF_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/fields.h"

/* --- heads --- */

struct arc_cfg {
    double s, m;
    int rule;
};
static const char *const pi_rules[] = {"psi", "easy", "none", NULL};
static const struct mt_field arc_fields[] = {{.name = "s",
                                              .type = MT_REAL,
                                              .offset = offsetof(struct arc_cfg, s),
                                              .def = "30",
                                              .max = 10000,
                                              .flags = MT_F_ABOVE_MIN,
                                              .alias = "scale",
                                              .help = "Scale."},
                                             {.name = "m",
                                              .type = MT_REAL,
                                              .offset = offsetof(struct arc_cfg, m),
                                              .def = "0.5",
                                              .max = 3.14159,
                                              .flags = MT_F_BELOW_MAX,
                                              .alias = "margin",
                                              .unit = "rad",
                                              .help = "Margin."},
                                             {.name = "pi_rule",
                                              .type = MT_CHOICE,
                                              .offset = offsetof(struct arc_cfg, rule),
                                              .def = "psi",
                                              .choices = pi_rules,
                                              .help = "Past pi."},
                                             {0}};
static int arc_check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct arc_cfg *c = cfg;
    *key = "m";
    if (c->m > c->s)
        return mt_err_set(err, MT_ERR_USAGE, "m is larger than s = %g", c->s);
    return 0;
}
static const struct mt_kind arc_kind = {.name = "arcface",
                                        .help = "Additive angle.",
                                        .cfg_size = sizeof(struct arc_cfg),
                                        .fields = arc_fields,
                                        .check = arc_check};

struct curricular_cfg {
    double s, m;
    int t_rule;
};
static const char *const t_rules[] = {"official", "paper", NULL};
static const struct mt_field curricular_fields[] = {{.name = "s",
                                                     .type = MT_REAL,
                                                     .offset = offsetof(struct curricular_cfg, s),
                                                     .def = "64",
                                                     .max = 10000,
                                                     .flags = MT_F_ABOVE_MIN,
                                                     .alias = "scale",
                                                     .help = "Scale."},
                                                    {.name = "t_rule",
                                                     .type = MT_CHOICE,
                                                     .offset = offsetof(struct curricular_cfg, t_rule),
                                                     .def = "official",
                                                     .choices = t_rules,
                                                     .help = "When t moves."},
                                                    {0}};
static const struct mt_kind curricular_kind = {.name = "curricularface",
                                               .help = "Hard negatives.",
                                               .cfg_size = sizeof(struct curricular_cfg),
                                               .fields = curricular_fields};
static const struct mt_kind softmax_kind = {.name = "softmax", .help = "Plain."};
static const struct mt_kind *const head_rows[] = {&softmax_kind, &arc_kind, &curricular_kind, NULL};
static const struct mt_table heads = {"head", head_rows};

/* --- layers --- */

struct conv_cfg {
    char *name;
    int64_t filters;
    struct mt_ints kernel;
    int activation;
    bool bias;
};
static const char *const activations[] = {"linear", "relu", NULL};
static const struct mt_field conv_fields[] = {
    {.name = "name", .type = MT_STRING, .offset = offsetof(struct conv_cfg, name), .help = "Name."},
    {.name = "filters",
     .type = MT_INT,
     .offset = offsetof(struct conv_cfg, filters),
     .min = 1,
     .max = 4096,
     .flags = MT_F_REQUIRED,
     .help = "Filters."},
    {.name = "kernel",
     .type = MT_INTS,
     .offset = offsetof(struct conv_cfg, kernel),
     .def = "[3, 3]",
     .min = 1,
     .max = 64,
     .unit = "pixels",
     .help = "Kernel."},
    {.name = "activation",
     .type = MT_CHOICE,
     .offset = offsetof(struct conv_cfg, activation),
     .def = "linear",
     .choices = activations,
     .help = "Activation."},
    {.name = "bias",
     .type = MT_BOOL,
     .offset = offsetof(struct conv_cfg, bias),
     .def = "true",
     .help = "Bias."},
    {0}};
static const struct mt_kind conv_kind = {
    .name = "conv2d", .help = "Convolution.", .cfg_size = sizeof(struct conv_cfg), .fields = conv_fields};

struct pool_cfg {
    char *name;
    struct mt_ints size;
};
static const struct mt_field pool_fields[] = {
    {.name = "name", .type = MT_STRING, .offset = offsetof(struct pool_cfg, name), .help = "Name."},
    {.name = "size",
     .type = MT_INTS,
     .offset = offsetof(struct pool_cfg, size),
     .def = "2",
     .min = 1,
     .max = 64,
     .help = "Size."},
    {0}};
static const struct mt_kind pool_kind = {.name = "max_pool",
                                         .help = "Largest of a window.",
                                         .cfg_size = sizeof(struct pool_cfg),
                                         .fields = pool_fields};

struct drop_cfg {
    char *name;
    double rate;
};
static const struct mt_field drop_fields[] = {
    {.name = "name", .type = MT_STRING, .offset = offsetof(struct drop_cfg, name), .help = "Name."},
    {.name = "rate",
     .type = MT_REAL,
     .offset = offsetof(struct drop_cfg, rate),
     .max = 1,
     .flags = MT_F_REQUIRED | MT_F_BELOW_MAX,
     .help = "Part that is dropped."},
    {0}};
static const struct mt_kind drop_kind = {
    .name = "dropout", .help = "Zeroes some.", .cfg_size = sizeof(struct drop_cfg), .fields = drop_fields};
static const struct mt_kind flatten_kind = {.name = "flatten", .help = "A vector."};
static const struct mt_kind *const layer_rows[] = {&conv_kind, &pool_kind, &drop_kind, &flatten_kind, NULL};
static const struct mt_table layers = {"layer", layer_rows};

/* --- sources --- */

struct part_cfg {
    int from;
    int64_t last;
    double fraction;
};
static const char *const froms[] = {"train", NULL};
static const struct mt_field part_fields[] = {{.name = "from",
                                               .type = MT_CHOICE,
                                               .offset = offsetof(struct part_cfg, from),
                                               .flags = MT_F_REQUIRED,
                                               .choices = froms,
                                               .help = "From."},
                                              {.name = "last",
                                               .type = MT_INT,
                                               .offset = offsetof(struct part_cfg, last),
                                               .min = 1,
                                               .max = MT_NO_MAX,
                                               .unit = "samples",
                                               .help = "Last."},
                                              {.name = "fraction",
                                               .type = MT_REAL,
                                               .offset = offsetof(struct part_cfg, fraction),
                                               .max = 1,
                                               .flags = MT_F_ABOVE_MIN | MT_F_BELOW_MAX,
                                               .help = "Part."},
                                              {0}};
static const struct mt_kind part_kind = {
    .name = "split", .help = "A part.", .cfg_size = sizeof(struct part_cfg), .fields = part_fields};

struct idx_source_cfg {
    char *images, *labels;
};
static const struct mt_field idx_source_fields[] = {
    {.name = "images",
     .type = MT_PATH,
     .offset = offsetof(struct idx_source_cfg, images),
     .flags = MT_F_REQUIRED,
     .help = "Images."},
    {.name = "labels", .type = MT_PATH, .offset = offsetof(struct idx_source_cfg, labels), .help = "Labels."},
    {0}};
static const struct mt_kind idx_source_kind = {.name = "idx",
                                               .help = "IDX files.",
                                               .cfg_size = sizeof(struct idx_source_cfg),
                                               .fields = idx_source_fields};
static const struct mt_kind *const source_rows[] = {&idx_source_kind, &part_kind, NULL};
static const struct mt_table sources = {"format", source_rows};

/* --- the document --- */

struct doc {
    char *name;
    int64_t seed;
    struct mt_variant head, test;
    struct mt_variants layers;
    struct {
        int64_t epochs;
        double lr, clip;
        bool shuffle;
        struct {
            int mode;
            int64_t patience;
        } stop;
        char *init;
    } train;
    unsigned splits;
    struct mt_reals rates;
    struct mt_strings words;
};
static const char *const modes[] = {"max", "min", NULL};
static const char *const split_names[] = {"train", "validation", "test", NULL};
static const struct mt_field stop_fields[] = {{.name = "mode",
                                               .type = MT_CHOICE,
                                               .offset = offsetof(struct doc, train.stop.mode),
                                               .choices = modes,
                                               .help = "Mode."},
                                              {.name = "patience",
                                               .type = MT_INT,
                                               .offset = offsetof(struct doc, train.stop.patience),
                                               .min = 0,
                                               .max = 1e9,
                                               .unit = "epochs",
                                               .help = "Patience."},
                                              {0}};
static const struct mt_field train_fields[] = {
    {.name = "epochs",
     .type = MT_INT,
     .offset = offsetof(struct doc, train.epochs),
     .min = 1,
     .max = 1e6,
     .flags = MT_F_REQUIRED,
     .unit = "epochs",
     .help = "Epochs."},
    {.name = "lr",
     .type = MT_REAL,
     .offset = offsetof(struct doc, train.lr),
     .def = "1e-3",
     .max = 1000,
     .flags = MT_F_ABOVE_MIN,
     .help = "Rate."},
    {.name = "clip",
     .type = MT_REAL,
     .offset = offsetof(struct doc, train.clip),
     .min = 0,
     .max = MT_NO_MAX,
     .flags = MT_F_ABOVE_MIN,
     .help = "Clip."},
    {.name = "shuffle",
     .type = MT_BOOL,
     .offset = offsetof(struct doc, train.shuffle),
     .def = "true",
     .help = "Shuffle."},
    {.name = "early_stop", .type = MT_MAP, .map = stop_fields, .help = "Stop."},
    {.name = "init_from", .type = MT_PATH, .offset = offsetof(struct doc, train.init), .help = "Weights."},
    {0}};
static const struct mt_field doc_fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct doc, name),
     .flags = MT_F_NOT_IN_ID,
     .help = "Name."},
    {.name = "seed",
     .type = MT_INT,
     .offset = offsetof(struct doc, seed),
     .def = "0",
     .min = 0,
     .max = 9007199254740992.0,
     .help = "Seed."},
    {.name = "head",
     .type = MT_VARIANT,
     .offset = offsetof(struct doc, head),
     .def = "softmax",
     .table = &heads,
     .tag = "type",
     .help = "Head."},
    {.name = "test",
     .type = MT_VARIANT,
     .offset = offsetof(struct doc, test),
     .table = &sources,
     .tag = "format",
     .tag_default = "split",
     .help = "Test."},
    {.name = "layers",
     .type = MT_VARIANTS,
     .offset = offsetof(struct doc, layers),
     .table = &layers,
     .help = "Layers."},
    {.name = "train", .type = MT_MAP, .map = train_fields, .help = "Training."},
    {.name = "splits",
     .type = MT_CHOICES,
     .offset = offsetof(struct doc, splits),
     .def = "[test]",
     .choices = split_names,
     .help = "Splits."},
    {.name = "rates",
     .type = MT_REALS,
     .offset = offsetof(struct doc, rates),
     .min = 0,
     .max = 1,
     .help = "Rates."},
    {.name = "words", .type = MT_STRINGS, .offset = offsetof(struct doc, words), .help = "Words."},
    {0}};

#endif

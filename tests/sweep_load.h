/* sweep_load.h: an experiment on the digits with a section `sweep` of its own. */
#ifndef MT_TESTS_SWEEP_LOAD_H
#define MT_TESTS_SWEEP_LOAD_H

#include "tests/test.h"

#include "lib/conf/conf.h"
#include "lib/train/experiment.h"

#define SWEEP_BASE                                                                                           \
    "name: t\n"                                                                                              \
    "data: {train: {format: csv, file: datasets/digits/digits.csv.gz, label: last, header: no, shape: [8, "  \
    "8]},\n"                                                                                                 \
    "  validation: {from: train, fraction: 0.1}, scale: unit, max: 16}\n"                                    \
    "model: {backbone: [flatten, {dense: 3}]}\n"                                                             \
    "head: {type: arcface, s: 16, m: 0.3}\n"                                                                 \
    "train: {epochs: 1}\n"

struct loaded {
    struct mt_conf *conf;
    struct mt_experiment e;
    struct mt_diag diag;
};

static inline void load(struct loaded *x, const char *section)
{
    struct mt_buf text = {0};
    memset(x, 0, sizeof *x);
    mt_buf_printf(&text, "%s%s", SWEEP_BASE, section);
    int rc = mt_conf_load_text(&x->conf, "t.yaml", ".", text.data, text.len, NULL, 0, &x->diag);
    if (rc < 0 || mt_conf_bind(x->conf, mt_experiment_fields, &x->e, &x->diag) < 0)
        print_error("%s", x->diag.text.data);
    assert_int_equal(x->diag.errors, 0);
    mt_buf_release(&text);
}

static inline void unload(struct loaded *x)
{
    mt_conf_free(x->conf);
    mt_diag_release(&x->diag);
}

#endif

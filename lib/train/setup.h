/* setup.h: everything a run needs, opened in order: threads, kernels, data, model; and the rules between
 * them. */
#ifndef MT_TRAIN_SETUP_H
#define MT_TRAIN_SETUP_H

#include "lib/train/model.h"
#include "lib/train/splits.h"
#include "lib/train/talk.h"

struct mt_arrangements;

struct mt_setup_options {
    int threads;           /* 0: one per processor */
    const char *cpu_limit; /* "avx512", "avx2", "c" or NULL: the most that kernels may use */
    bool training;
    const struct mt_splits *splits;       /* the data, where it is open already (mt_splits_borrow); or NULL */
    struct mt_arrangements *arrangements; /* that other runs have found (head/arrangement.h); or NULL */
    const char *record; /* a run folder whose data.json stands in for the data: the splits then hold no
                           samples; or NULL */
};

struct mt_setup {
    struct mt_pool *pool;
    const struct mt_kernels *kernels;
    const struct mt_bf16_engine *bf16; /* NULL: float32 */
    struct mt_splits splits;
    struct mt_model *model; /* planned; mt_model_commit allocates */
};

/* Opens all; says through `talker` what was found. On failure everything is released, and *key names the
 * experiment's key at fault
 * ("train.batch_size"), or is NULL. */
int mt_setup_open(struct mt_setup *s, const struct mt_experiment *e, const struct mt_setup_options *options,
                  const struct mt_talker *talker, const char **key, struct mt_err *err);
void mt_setup_release(struct mt_setup *s);

/* Refuses a folder for runs that lies inside of a folder of samples: a run would be a class of the next one.
 * `dir` need not be there. */
int mt_setup_check_output(const struct mt_setup *s, const char *dir, struct mt_err *err);
/* Refuses a file to write that is a source of the data, by whatever path, or lies among samples. */
int mt_setup_check_source(const struct mt_dataset *d, const char *file, struct mt_err *err);
int mt_setup_check_file(const struct mt_splits *s, const char *file, struct mt_err *err);

/* Rules between keys that need no data: the monitor fits the splits, the head fits model.normalize. */
int mt_experiment_check(const struct mt_experiment *e, const char **key, struct mt_err *err);

#endif

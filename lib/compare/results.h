/* results.h: what finished runs say: their settings, their figures, and which data stood behind them.
 *
 * Run folders are only read, without their lock. */
#ifndef MT_COMPARE_RESULTS_H
#define MT_COMPARE_RESULTS_H

#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "lib/train/rundir.h"

struct mt_figure {
    char *key;
    double value; /* not-a-number where the file says null */
};

struct mt_result {
    char *path; /* the run folder */
    char *name; /* of the experiment */
    int64_t seed;
    struct mt_status status;
    /* What the resolved experiment says, without seed, name, output and input paths, but with
     * train.init_from; and per split that there is data.SPLIT.sha256, which names its samples: 12 digits of a
     * hash over the sources' checksums, the class counts and how a split was cut. */
    struct mt_settings settings;
    struct mt_figure *figure; /* the numbers of summary.json; none before the run has ended */
    int n_figures;
    bool validation_is_test; /* what was chosen by validation (best epoch, early stop) was chosen on the test
                                samples */
};

/* Reads one run folder. MT_ERR_DATA where it is none, or a file in it is damaged. */
int mt_result_read(struct mt_result *r, const char *path, struct mt_err *err);
void mt_result_release(struct mt_result *r);
/* The numbers of a run folder's summary.json. The list, and each key, is for free(), on failure too. */
int mt_figures_read(const char *run, struct mt_figure **list, int *n, struct mt_err *err);
double mt_result_figure(const struct mt_result *r, const char *key); /* not-a-number: there is none */
bool mt_result_has_figure(const struct mt_result *r, const char *key);
int mt_result_add_figure(struct mt_result *r, const char *key, double value, struct mt_err *err); /* copies */
bool mt_result_has_ended(const struct mt_result *r); /* complete or collapsed: has figures */

struct mt_results {
    struct mt_result *v;
    int n, cap;
};

/* Appends a run folder, or all run folders in a folder, ordered by name, settings and seed; of a sweep's
 * folder those in its runs/. MT_ERR_DATA where `path` is none of these. */
int mt_results_add(struct mt_results *list, const char *path, struct mt_err *err);
void mt_results_release(struct mt_results *list);

#endif

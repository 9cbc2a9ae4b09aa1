/* compare.h: what several runs say about their settings: means over seeds, and differences paired by seed.
 *
 * Runs that differ in nothing but `seed` are a group; with `by`, runs that agree in those keys are, and what
 * else differs between runs is averaged over. The seed is the unit of repetition: of one group and seed first
 * the mean of its runs is taken, then mean and interval over seeds. A difference from the baseline is taken
 * within a seed (and, with `by`, between runs that agree in every other key that all runs have: the effect of
 * a key at equal values of the rest), and mean, interval and p are those of these differences (lib/stats).
 *
 * A run without a figure (diverged, interrupted, ...) is counted as missing where it would stand and named in
 * a note; it is never a number. */
#ifndef MT_COMPARE_COMPARE_H
#define MT_COMPARE_COMPARE_H

#include "lib/compare/results.h"
#include "lib/report/table.h"
#include "lib/stats/proportion.h"
#include "lib/stats/sample.h"

struct mt_compare_options {
    /* Keys of summary.json; none: accuracies, F1, loss and angles of the test split (validation where no run
     * has one), and best_epoch. */
    const char *const *metric;
    int n_metrics;
    const char *const *by; /* keys, or groups of keys ("head" stands for head.type, head.s, ...) */
    int n_by;
    const char *baseline; /* label or name of a group, or one of its run folders; NULL: the first group */
    bool force;           /* compare even where the data judged on differ */
};

struct mt_run_group {
    char *label;                  /* unique: the experiment's name, else the keys that differ */
    const struct mt_result **run; /* (n_runs) by seed */
    int n_runs, n_seeds;
    int in_state[MT_RUN_COLLAPSED + 1]; /* runs */
    bool other_data;                    /* judged on other samples than the baseline (force) */
    bool validation_is_test;            /* of one of its runs at least */
};

struct mt_group_figure { /* of one metric */
    struct mt_sample seeds;
    int missing; /* runs without this figure */
    /* An accuracy of a single run: Wilson's interval over the samples it was judged on; else not-a-number. */
    struct mt_interval samples;
};

struct mt_group_difference { /* group less baseline, of one metric */
    struct mt_sample pairs;  /* over the seeds that both have; pairs.missing: seeds where only one has it */
    double p_holm;           /* pairs.p, corrected over the groups compared in this metric */
    double p_signed_rank;    /* Wilcoxon's; not-a-number where there is none */
    /* An accuracy of two single runs of one seed, from their predictions of the same samples; n = 0: not so.
     */
    struct mt_paired_shares samples;
    struct mt_two_by_two counts; /* first: the baseline's run */
    double samples_p_holm;
    int64_t samples_seed;
};

struct mt_comparison {
    const char **key; /* settings that differ between groups */
    int n_keys;
    struct mt_run_group *group;
    int n_groups, baseline;
    char **metric;
    int n_metrics;
    struct mt_group_figure *figure;         /* (groups, metrics) */
    struct mt_group_difference *difference; /* (groups, metrics); that of the baseline is empty */
    char **note; /* what a reader has to know: runs that did not end, data that differ, keys averaged over */
    int n_notes;
};

/* `results` is borrowed. MT_ERR_USAGE: a metric, key or baseline that is not there; MT_ERR_DATA: the samples
 * judged on differ, predictions are damaged, or no run has ended. */
int mt_compare(struct mt_comparison *c, const struct mt_results *results,
               const struct mt_compare_options *options, struct mt_err *err);
void mt_comparison_release(struct mt_comparison *c);

/* A setting of a group (one of c->key), or NULL where its runs have none. */
const char *mt_group_setting(const struct mt_run_group *g, const char *key);
/* What the row says, in words: "higher", "no difference can be told from 3 seeds: p = 0.21", ... */
void mt_difference_words(const struct mt_group_difference *d, struct mt_buf *out);
/* The same and its numbers, as members of a JSON object that has been begun. */
void mt_difference_json(const struct mt_group_difference *d, struct mt_buf *out);
void mt_sample_difference_words(const struct mt_group_difference *d, struct mt_buf *out);
/* "arcface", "arcface [validation = test]" */
void mt_group_label_text(const struct mt_run_group *g, struct mt_buf *out);
/* "3", "3 (2 of 3 runs)"; "complete", "2 complete, 1 diverged" */
void mt_group_seeds_text(const struct mt_run_group *g, struct mt_buf *out);
void mt_group_state_text(const struct mt_run_group *g, struct mt_buf *out);

/* Aligned text, or Markdown. */
void mt_comparison_text(const struct mt_comparison *c, enum mt_text_format format, struct mt_buf *out);
/* One row per group and metric. */
void mt_comparison_csv(const struct mt_comparison *c, struct mt_buf *out);
void mt_comparison_json(const struct mt_comparison *c, struct mt_buf *out);

#endif

/* answer.h: what a sweep says: which cell is best, by how much, and whether that is more than luck.
 *
 * The best cell has the best mean of the sweep's metric, usually of the validation samples, among the
 * candidates: the cells with the fewest runs that diverged, collapsed or failed (none, where there is such a
 * cell), and of these the ones that have the metric for the most seeds. What it reaches is then told of the
 * test samples, which had no part in the choice; where they had one, the answer says so.
 *
 * What is repeated is the seed: means and intervals are over seeds, and every difference is taken within a
 * seed (lib/compare). Differences from a cell that was itself chosen by the figures are differences of a pair
 * picked among all pairs: their p is corrected by Holm over the pairs of all cells. Those from the baseline,
 * which was named before, are corrected over the cells; effects over the values of the parameter.
 *
 * The effect of a parameter's value is its difference from the baseline's value between cells that agree in
 * all other parameters, averaged over these within each seed. */
#ifndef MT_ANSWER_H
#define MT_ANSWER_H

#include "lib/answer/runs.h"
#include "lib/compare/compare.h"

enum mt_choice_ground { MT_CHOSEN_ON_VALIDATION, MT_CHOSEN_ON_TEST, MT_CHOSEN_ON_TRAIN };

struct mt_sweep_cell {
    int first_task; /* whose values are the cell's */
    int n_tasks, in_state[MT_TASK_STATES];
    char dropped[48]; /* "dropped after 4 epochs", where successive halving has dropped it; "" */
    bool candidate;   /* may be chosen as the best */
};

struct mt_sweep_effect {
    int parameter;
    int *cells;             /* (groups) pairs of cells that differ in this value and the baseline's alone */
    struct mt_comparison c; /* groups are the parameter's values, c.baseline that of the baseline cell */
};

struct mt_answer {
    const struct mt_sweep *sweep; /* borrowed, as are the runs */
    const struct mt_sweep_runs *runs;
    struct mt_sweep_cell *cell; /* (n_cells) */
    int n_cells, in_state[MT_TASK_STATES];
    int n_seeds;
    bool minimize;
    int chosen_by, reported; /* metrics; -1: no run has such a figure. The same one where there is no test */
    enum mt_choice_ground ground;
    int best, n_candidates;   /* best -1: no cell could be chosen */
    int seeds_each, bad_each; /* of a candidate: seeds with the metric, and runs that ended badly */
    long n_pairs;             /* of cells, with a p of the reported metric */
    /* Groups are the cells, metrics the same in both; from_best has none where there is no best. */
    struct mt_comparison from_baseline, from_best;
    struct mt_sweep_effect *effect;
    int n_effects;
};

/* Of settled runs. MT_ERR_RUN without memory, MT_ERR_DATA where predictions are damaged. */
int mt_answer_find(struct mt_answer *a, const struct mt_sweep *sweep, const struct mt_sweep_runs *runs,
                   struct mt_err *err);
void mt_answer_release(struct mt_answer *a);

const char *mt_cell_value(const struct mt_answer *a, int cell, int parameter);
/* The cell's label, marked where its validation samples are its test samples. */
void mt_cell_label_text(const struct mt_answer *a, int cell, struct mt_buf *out);
/* "complete", "2 complete, 1 diverged" */
void mt_cell_state_text(const int in_state[MT_TASK_STATES], struct mt_buf *out);
/* Whether every run of the cell ended in one state that is no success: that in words, else NULL. */
const char *mt_cell_fate(const struct mt_sweep_cell *cell);
/* How many standard deviations of the paired differences a mean difference from the best cell has to have for
 * a corrected p below 0.05, with n seeds, if it is the smallest p of all pairs. */
double mt_answer_least_difference(const struct mt_answer *a, int n_seeds);

void mt_answer_text(const struct mt_answer *a, enum mt_text_format format, struct mt_buf *out);
void mt_answer_csv(const struct mt_answer *a, struct mt_buf *out);         /* a row per cell and metric */
void mt_answer_effects_csv(const struct mt_answer *a, struct mt_buf *out); /* a row per value and metric */
void mt_answer_json(const struct mt_answer *a, struct mt_buf *out);
/* A map of the reported metric over the two parameters with the most values. Nothing where there are none. */
int mt_answer_heatmap(const struct mt_answer *a, struct mt_buf *out, struct mt_err *err);

#endif

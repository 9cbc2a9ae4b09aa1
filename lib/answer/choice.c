#include "lib/answer/choice.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "lib/answer/numbering.h"
#include "lib/compare/figures.h"
#include "lib/stats/holm.h"
#include "lib/stats/tails.h"

#define MOST_PAIRS 200000 /* corrected by Holm; of more, by Bonferroni, which asks for a little more */

static const struct mt_sample *mean_of(const struct mt_answer *a, int cell, int metric)
{
    return &a->from_baseline.figure[cell * a->from_baseline.n_metrics + metric].seeds;
}

/* Runs that ended badly. What is missing, unfinished or dropped may still come. */
static int bad_runs(const struct mt_sweep_cell *cell)
{
    return cell->in_state[MT_TASK_COLLAPSED] + cell->in_state[MT_TASK_DIVERGED] +
           cell->in_state[MT_TASK_FAILED];
}

static void choose_candidates(struct mt_answer *a)
{
    a->bad_each = INT_MAX;
    for (int i = 0; i < a->n_cells; i++)
        if (a->cell[i].in_state[MT_TASK_COMPLETE] && mean_of(a, i, a->chosen_by)->n > 0)
            a->bad_each = bad_runs(&a->cell[i]) < a->bad_each ? bad_runs(&a->cell[i]) : a->bad_each;
    for (int i = 0; i < a->n_cells; i++) {
        int seeds = mean_of(a, i, a->chosen_by)->n;
        a->cell[i].candidate =
            a->cell[i].in_state[MT_TASK_COMPLETE] && seeds > 0 && bad_runs(&a->cell[i]) == a->bad_each;
        if (a->cell[i].candidate && seeds > a->seeds_each)
            a->seeds_each = seeds;
    }
    for (int i = 0; i < a->n_cells; i++) {
        a->cell[i].candidate = a->cell[i].candidate && mean_of(a, i, a->chosen_by)->n == a->seeds_each;
        a->n_candidates += a->cell[i].candidate;
    }
}

void mt_choice_make(struct mt_answer *a)
{
    a->best = -1;
    if (a->chosen_by < 0)
        return;
    choose_candidates(a);
    for (int i = 0; i < a->n_cells; i++) {
        if (!a->cell[i].candidate)
            continue;
        double mean = mean_of(a, i, a->chosen_by)->mean,
               best = a->best < 0 ? NAN : mean_of(a, a->best, a->chosen_by)->mean;
        if (a->best < 0 || (a->minimize ? mean < best : mean > best))
            a->best = i;
    }
}

/* The figures of a metric by cell and seed (cells, seeds), not-a-number where there is none. */
struct square {
    double *value, *difference, *p; /* difference (seeds), p (pairs) */
    int *seed_of;                   /* (tasks) place of the seed */
    int n_seeds;
};

static int square_allocate(struct square *q, const struct mt_answer *a, long pairs, struct mt_err *err)
{
    int n = a->sweep->n_tasks;
    int64_t *seed = calloc((size_t)n + 1, sizeof *seed);
    q->seed_of = calloc((size_t)n + 1, sizeof *q->seed_of);
    q->p = calloc((size_t)pairs + 1, sizeof *q->p);
    if (seed && q->seed_of)
        q->n_seeds = mt_number_seeds(a->sweep, seed, q->seed_of);
    q->value = calloc((size_t)a->n_cells * (size_t)q->n_seeds + 1, sizeof *q->value);
    q->difference = calloc((size_t)q->n_seeds + 1, sizeof *q->difference);
    bool there = seed && q->seed_of && q->p && q->value && q->difference;
    free(seed);
    return there ? 0 : mt_err_memory(err, "pairs of cells", (size_t)pairs * sizeof *q->p);
}

static void square_release(struct square *q)
{
    free(q->value);
    free(q->difference);
    free(q->p);
    free(q->seed_of);
}

static void square_fill(struct square *q, const struct mt_answer *a, const char *metric)
{
    for (int i = 0; i < a->n_cells * q->n_seeds; i++)
        q->value[i] = NAN;
    for (int i = 0; i < a->sweep->n_tasks; i++) {
        int result = a->runs->task[i].result;
        if (result >= 0)
            q->value[a->sweep->task[i].cell * q->n_seeds + q->seed_of[i]] =
                mt_result_figure(&a->runs->results.v[result], metric);
    }
}

static double pair_p(struct square *q, int first, int second)
{
    const double *x = q->value + first * q->n_seeds, *y = q->value + second * q->n_seeds;
    for (int s = 0; s < q->n_seeds; s++)
        q->difference[s] = y[s] - x[s];
    double grain = fmax(mt_figures_grain(x, q->n_seeds), mt_figures_grain(y, q->n_seeds));
    return mt_sample_p(q->difference, q->n_seeds, grain);
}

/* Corrects the differences from the best cell over the pairs of all cells; returns how many pairs have a p.
 */
static int correct_metric(struct mt_answer *a, struct square *q, int metric, bool holm, long *tests,
                          struct mt_err *err)
{
    struct mt_comparison *c = &a->from_best;
    long n = 0, at = 0;
    square_fill(q, a, c->metric[metric]);
    for (int i = 0; i < a->n_cells; i++)
        for (int k = i + 1; k < a->n_cells && holm; k++)
            q->p[n++] = pair_p(q, i, k);
    *tests = holm ? 0 : (long)a->n_cells * (a->n_cells - 1) / 2;
    for (long i = 0; i < n; i++)
        *tests += !isnan(q->p[i]);
    if (holm && mt_holm_adjust(q->p, q->p, (int)n, err) < 0)
        return -1;
    for (int i = 0; i < a->n_cells; i++)
        for (int k = i + 1; k < a->n_cells; k++, at++) {
            if (i != a->best && k != a->best)
                continue;
            struct mt_group_difference *d = &c->difference[(i == a->best ? k : i) * c->n_metrics + metric];
            d->p_holm = holm ? q->p[at] : isnan(d->pairs.p) ? NAN : fmin(1, d->pairs.p * (double)*tests);
        }
    return 0;
}

int mt_choice_correct(struct mt_answer *a, struct mt_err *err)
{
    struct square q = {0};
    long tests, pairs = (long)a->n_cells * (a->n_cells - 1) / 2;
    bool holm = pairs <= MOST_PAIRS;
    int rc = square_allocate(&q, a, holm ? pairs : 0, err);
    for (int m = 0; m < a->from_best.n_metrics && rc == 0; m++) {
        rc = correct_metric(a, &q, m, holm, &tests, err);
        if (m == a->reported)
            a->n_pairs = tests;
    }
    square_release(&q);
    return rc;
}

double mt_answer_least_difference(const struct mt_answer *a, int n_seeds)
{
    if (n_seeds < 2 || a->n_pairs < 1)
        return NAN;
    return mt_t_quantile(0.05 / (double)a->n_pairs, n_seeds - 1) / sqrt(n_seeds);
}

#include "lib/answer/words.h"

#include <math.h>
#include <string.h>

#include "lib/compare/columns.h"

#define ALPHA (1 - MT_STATS_LEVEL)
#define MOST_NAMED 12 /* cells in a sentence */

static const char *plural(long n)
{
    return n == 1 ? "" : "s";
}

static const struct mt_group_figure *figure_of(const struct mt_answer *a, int cell, int metric)
{
    return &a->from_baseline.figure[cell * a->from_baseline.n_metrics + metric];
}

static void put_mean(const struct mt_answer *a, int cell, int metric, struct mt_buf *out)
{
    const struct mt_sample *s = &figure_of(a, cell, metric)->seeds;
    int digits = mt_metric_decimals(a->from_baseline.metric[metric]);
    mt_buf_printf(out, "%.*f", digits, s->mean);
    if (s->n > 1)
        mt_buf_printf(out, " ± %.*f", digits, s->high - s->mean);
}

/* --- the cells, told apart --- */

enum standing { IS_BEST, TOLD, UNTOLD, NO_FIGURES };

/* Whether a cell can be told from the best in the reported metric. */
static enum standing standing_of(const struct mt_answer *a, int cell)
{
    const struct mt_group_difference *d =
        &a->from_best.difference[cell * a->from_best.n_metrics + a->reported];
    if (cell == a->best)
        return IS_BEST;
    if (d->pairs.n == 0 || mt_cell_fate(&a->cell[cell]))
        return NO_FIGURES;
    return d->p_holm < ALPHA ? TOLD : UNTOLD; /* no p: untold */
}

static int count(const struct mt_answer *a, enum standing standing)
{
    int n = 0;
    for (int i = 0; i < a->n_cells; i++)
        n += standing_of(a, i) == standing;
    return n;
}

static void put_cells(const struct mt_answer *a, enum standing standing, struct mt_buf *out)
{
    int named = 0, n = count(a, standing);
    for (int i = 0; i < a->n_cells && named < MOST_NAMED; i++)
        if (standing_of(a, i) == standing) {
            mt_buf_puts(out, named++ ? "; " : "");
            mt_cell_label_text(a, i, out);
        }
    if (n > named)
        mt_buf_printf(out, "; and %d more", n - named);
}

/* "head.m at equal head.s" */
static void put_others(const struct mt_answer *a, const struct mt_sweep_effect *e, struct mt_buf *out)
{
    const struct mt_sweep *s = a->sweep;
    const char *comma = " at equal ";
    mt_buf_puts(out, s->parameter[e->parameter]);
    for (int p = 0; p < s->n_parameters; p++)
        if (p != e->parameter && p != s->seed_parameter) {
            mt_buf_printf(out, "%s%s", comma, s->parameter[p]);
            comma = ", ";
        }
}

/* --- sentences --- */

void mt_answer_title(const struct mt_answer *a, struct mt_buf *out)
{
    mt_buf_printf(out, "Sweep %s: %d cell%s, %d run%s: ", a->sweep->name, a->n_cells, plural(a->n_cells),
                  a->runs->n, plural(a->runs->n));
    mt_cell_state_text(a->in_state, out);
}

static bool say_unfinished(const struct mt_answer *a, struct mt_buf *out)
{
    int left = a->in_state[MT_TASK_MISSING] + a->in_state[MT_TASK_INTERRUPTED] + a->in_state[MT_TASK_DAMAGED];
    if (left)
        mt_buf_printf(
            out,
            "Not finished: %d of %d runs have no result yet (see the states below), and the answer may "
            "change with them.",
            left, a->runs->n);
    return left > 0;
}

static const char *samples_of(const struct mt_answer *a)
{
    static const char *const name[] = {"validation", "test", "training"};
    return name[a->ground];
}

static bool say_best(const struct mt_answer *a, struct mt_buf *out)
{
    if (a->chosen_by < 0) {
        mt_buf_printf(out, "No cell is best: no run has the figure %s.", a->sweep->section->metric.name);
    } else if (a->best < 0) {
        mt_buf_puts(out, "No cell is best: no run is complete.");
    } else {
        mt_buf_puts(out, "Best cell: ");
        mt_cell_label_text(a, a->best, out);
        mt_buf_printf(out, ", chosen from %d cell%s by %s on the %s samples: %s mean of %d seed%s, ",
                      a->n_candidates, plural(a->n_candidates), a->from_best.metric[a->chosen_by],
                      samples_of(a), a->minimize ? "lowest" : "highest", a->seeds_each,
                      plural(a->seeds_each));
        put_mean(a, a->best, a->chosen_by, out);
        mt_buf_puts(out, ".");
        if (a->bad_each > 0)
            mt_buf_printf(out,
                          " No cell is without a run that diverged, collapsed or failed; these have the "
                          "fewest, %d each.",
                          a->bad_each);
    }
    return true;
}

static void put_reported(const struct mt_answer *a, struct mt_buf *out)
{
    int seeds = figure_of(a, a->best, a->reported)->seeds.n;
    mt_buf_printf(out, "%s ", a->from_best.metric[a->reported]);
    put_mean(a, a->best, a->reported, out);
    if (seeds > 1)
        mt_buf_printf(out, " (95 %% interval over %d seeds)", seeds);
    else
        mt_buf_puts(out, " (one seed: no interval can be given)");
}

static bool say_report(const struct mt_answer *a, struct mt_buf *out)
{
    if (a->best < 0)
        return false;
    bool test = !strncmp(a->from_best.metric[a->reported], "test_", 5);
    if (!test) {
        mt_buf_puts(out, "There are no test figures. The best of several is best by luck too, so what it "
                         "would reach on new "
                         "samples is likely to be less good than ");
        put_reported(a, out);
    } else if (a->ground == MT_CHOSEN_ON_TEST) {
        mt_buf_puts(out, "CHOSEN ON THE TEST SAMPLES: ");
        put_reported(a, out);
        mt_buf_puts(out, " is better than new samples would show, for the cell was picked by them");
    } else {
        mt_buf_puts(out, "On the test samples, which had no part in the choice: ");
        put_reported(a, out);
    }
    mt_buf_puts(out, ".");
    return true;
}

static void put_difference(const struct mt_answer *a, const struct mt_group_difference *d, struct mt_buf *out)
{
    int digits = mt_metric_decimals(a->from_best.metric[a->reported]);
    mt_buf_printf(out, "%+.*f", digits, d->pairs.mean);
    if (d->pairs.n > 1)
        mt_buf_printf(out, " (95 %% interval %+.*f to %+.*f)", digits, d->pairs.low, digits, d->pairs.high);
}

/* The baseline was named before, and Holm's correction over the cells holds whichever of them is picked. */
static bool say_baseline(const struct mt_answer *a, struct mt_buf *out)
{
    const struct mt_comparison *c = &a->from_baseline;
    if (a->best < 0 || a->n_cells < 2)
        return false;
    const struct mt_group_difference *d = &c->difference[a->best * c->n_metrics + a->reported];
    if (a->best != c->baseline && d->pairs.n == 0)
        return false;
    mt_buf_puts(out, "Against the baseline, ");
    mt_cell_label_text(a, c->baseline, out);
    mt_buf_puts(out, ": ");
    if (a->best == c->baseline) {
        mt_buf_puts(out, "it is the best cell itself");
    } else {
        put_difference(a, d, out);
        mt_buf_puts(out, ": ");
        mt_difference_words(d, out);
    }
    mt_buf_puts(out, ".");
    return true;
}

/* "head.m at equal head.s, against 0: 0.2 +0.0175, 0.4 +0.0247 *" */
static void put_effect(const struct mt_answer *a, const struct mt_sweep_effect *e, struct mt_buf *out)
{
    const struct mt_comparison *c = &e->c;
    int named = 0, values = 0, digits = mt_metric_decimals(c->metric[a->reported]);
    put_others(a, e, out);
    mt_buf_printf(out, ", against %s:", c->group[c->baseline].label);
    for (int g = 0; g < c->n_groups; g++) {
        const struct mt_group_difference *d = &c->difference[g * c->n_metrics + a->reported];
        if (g == c->baseline || d->pairs.n == 0 || ++values > MOST_NAMED)
            continue;
        mt_buf_printf(out, "%s %s %+.*f%s", named++ ? "," : "", c->group[g].label, digits, d->pairs.mean,
                      d->p_holm < ALPHA ? "*" : "");
    }
    if (values > named)
        mt_buf_printf(out, ", and %d more", values - named);
    mt_buf_puts(out, named ? "" : " no figures");
}

static bool say_effects(const struct mt_answer *a, struct mt_buf *out)
{
    if (a->n_effects == 0 || a->reported < 0)
        return false;
    mt_buf_printf(out, "Effects in %s: ", a->from_baseline.metric[a->reported]);
    for (int i = 0; i < a->n_effects; i++) {
        mt_buf_puts(out, i ? "; " : "");
        put_effect(a, &a->effect[i], out);
    }
    mt_buf_puts(out, a->n_seeds > 1 ? " (*: more than luck explains)." : ".");
    return true;
}

static bool say_untold(const struct mt_answer *a, struct mt_buf *out)
{
    int n = a->best < 0 ? 0 : count(a, UNTOLD);
    if (n == 0)
        return false;
    mt_buf_printf(
        out, "Cannot be told from it in %s (corrected p not below 0.05): ", a->from_best.metric[a->reported]);
    if (n > 3 && n == a->n_cells - 1) {
        mt_buf_printf(out, "all %d others.", n);
        return true;
    }
    mt_buf_printf(out, "%d cell%s: ", n, plural(n));
    put_cells(a, UNTOLD, out);
    mt_buf_puts(out, ".");
    return true;
}

static bool say_told(const struct mt_answer *a, struct mt_buf *out)
{
    int n = a->best < 0 ? 0 : count(a, TOLD);
    if (a->best < 0 || a->n_cells < 2 || a->seeds_each < 2)
        return false;
    if (n == 0) {
        mt_buf_puts(out, "No cell differs from it by more than luck explains.");
        return true;
    }
    mt_buf_printf(out,
                  "Different from it by more than luck explains (corrected p below 0.05): %d cell%s: ", n,
                  plural(n));
    put_cells(a, TOLD, out);
    mt_buf_puts(out, ".");
    return true;
}

/* What successive halving has dropped has a note of its own. */
static bool is_left_out(const struct mt_sweep_cell *cell)
{
    return !cell->candidate && cell->in_state[MT_TASK_DROPPED] < cell->n_tasks;
}

static bool say_left_out(const struct mt_answer *a, struct mt_buf *out)
{
    int n = 0;
    for (int i = 0; i < a->n_cells && a->best >= 0; i++)
        n += is_left_out(&a->cell[i]);
    if (n == 0)
        return false;
    mt_buf_printf(
        out,
        "Could not be chosen (fewer seeds came through, or more runs diverged, collapsed or failed): %d "
        "cell%s: ",
        n, plural(n));
    int named = 0;
    for (int i = 0; i < a->n_cells && named < MOST_NAMED; i++)
        if (is_left_out(&a->cell[i])) {
            mt_buf_puts(out, named++ ? "; " : "");
            mt_cell_label_text(a, i, out);
            mt_buf_puts(out, " (");
            mt_cell_state_text(a->cell[i].in_state, out);
            mt_buf_puts(out, ")");
        }
    if (n > named)
        mt_buf_printf(out, "; and %d more", n - named);
    mt_buf_puts(out, ".");
    return true;
}

static bool say_seeds(const struct mt_answer *a, struct mt_buf *out)
{
    static const int more[] = {5, 10, 20};
    if (a->best < 0 || a->n_cells < 2)
        return false;
    if (a->seeds_each < 2) {
        mt_buf_puts(out,
                    "One seed each: no interval can be given, and no difference told from luck. Repeat with "
                    "more seeds, as -s seed=0..4.");
        return true;
    }
    if (isnan(mt_answer_least_difference(a, a->seeds_each)))
        return false;
    mt_buf_printf(out,
                  "How much it takes: with %d seeds a mean difference of %.1f standard deviations (of the "
                  "differences between seeds)",
                  a->seeds_each, mt_answer_least_difference(a, a->seeds_each));
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i] > a->seeds_each)
            mt_buf_printf(out, ", with %d %.1f", more[i], mt_answer_least_difference(a, more[i]));
    mt_buf_puts(out, ".");
    return true;
}

bool mt_answer_sentence(const struct mt_answer *a, enum mt_answer_sentence which, struct mt_buf *out)
{
    static bool (*const say[MT_ANSWER_SENTENCES])(const struct mt_answer *,
                                                  struct mt_buf *) = {[MT_SAYS_UNFINISHED] = say_unfinished,
                                                                      [MT_SAYS_BEST] = say_best,
                                                                      [MT_SAYS_REPORT] = say_report,
                                                                      [MT_SAYS_BASELINE] = say_baseline,
                                                                      [MT_SAYS_EFFECTS] = say_effects,
                                                                      [MT_SAYS_UNTOLD] = say_untold,
                                                                      [MT_SAYS_TOLD] = say_told,
                                                                      [MT_SAYS_LEFT_OUT] = say_left_out,
                                                                      [MT_SAYS_SEEDS] = say_seeds};
    return say[which](a, out);
}

/* --- effects --- */

void mt_effect_title(const struct mt_answer *a, const struct mt_sweep_effect *e, struct mt_buf *out)
{
    mt_buf_puts(out, "Effect of ");
    put_others(a, e, out);
    mt_buf_printf(
        out,
        ", in %s: pairs of one seed and equal other values, averaged within the seed, for the seed is what "
        "is repeated (Holm's correction over the values)",
        e->c.metric[a->reported]);
}

/* words.c: what a comparison says, in words that claim no more than the numbers do. */
#include <math.h>

#include "lib/compare/compare.h"

#define ALPHA (1 - MT_STATS_LEVEL)

/* Two digits, and three where two would hide on which side of ALPHA it is. */
static void put_p(struct mt_buf *out, double p, double uncorrected)
{
    mt_buf_printf(out, p >= 0.1 ? "p = %.2f" : p > 0.045 && p < 0.055 ? "p = %.3g" : "p = %.2g", p);
    if (p != uncorrected)
        mt_buf_puts(out, " after Holm");
}

static void put_verdict(struct mt_buf *out, double difference, double p, double uncorrected, const char *what,
                        long long n)
{
    if (p < ALPHA) {
        mt_buf_puts(out, difference > 0 ? "higher: " : "lower: ");
        put_p(out, p, uncorrected);
    } else {
        mt_buf_printf(out, "no difference can be told from %lld %s: ", n, what);
        put_p(out, p, uncorrected);
    }
}

void mt_difference_words(const struct mt_group_difference *d, struct mt_buf *out)
{
    const struct mt_sample *s = &d->pairs;
    if (s->n == 0)
        mt_buf_puts(out, "no seed that both have");
    else if (s->n == 1)
        mt_buf_puts(out, "one seed: no interval can be given");
    else if (s->no_spread && s->mean == 0)
        mt_buf_printf(out, "the same in each of %d seeds", s->n);
    else if (s->no_spread)
        mt_buf_printf(out, "%s by the same in each of %d seeds: no spread to test against",
                      s->mean > 0 ? "higher" : "lower", s->n);
    else
        put_verdict(out, s->mean, d->p_holm, s->p, "seeds", s->n);
}

void mt_sample_difference_words(const struct mt_group_difference *d, struct mt_buf *out)
{
    put_verdict(out, d->samples.difference, d->samples_p_holm, d->samples.p, "samples",
                (long long)d->samples.n);
}

void mt_group_label_text(const struct mt_run_group *g, struct mt_buf *out)
{
    mt_buf_printf(out, "%s%s", g->label, g->validation_is_test ? " [validation = test]" : "");
}

void mt_group_seeds_text(const struct mt_run_group *g, struct mt_buf *out)
{
    int ended = g->in_state[MT_RUN_COMPLETE] + g->in_state[MT_RUN_COLLAPSED];
    mt_buf_printf(out, "%d", g->n_seeds);
    if (ended < g->n_runs)
        mt_buf_printf(out, " (%d of %d runs)", ended, g->n_runs);
    else if (g->n_seeds < g->n_runs)
        mt_buf_printf(out, " (%d runs)", g->n_runs);
}

void mt_group_state_text(const struct mt_run_group *g, struct mt_buf *out)
{
    const char *comma = "";
    for (int i = 0; i <= MT_RUN_COLLAPSED; i++) {
        if (g->in_state[i] == g->n_runs)
            mt_buf_puts(out, mt_run_state_names[i]);
        else if (g->in_state[i])
            mt_buf_printf(out, "%s%d %s", comma, g->in_state[i], mt_run_state_names[i]);
        comma = g->in_state[i] ? ", " : comma;
    }
    if (g->other_data)
        mt_buf_puts(out, "; other data");
    if (g->validation_is_test)
        mt_buf_puts(out, "; validation is test");
}

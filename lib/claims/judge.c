/* judge.c: from figures to a verdict. */
#include <math.h>
#include <stdlib.h>

#include "lib/claims/claims.h"

struct range {
    double low, high;
};

/* What the mean, or the mean difference, has to lie in. */
static struct range claimed(const struct mt_claim *c)
{
    switch ((enum mt_claim_rule)c->rule) {
    case MT_RULE_EQUAL:
        return (struct range){c->reported - c->tolerance, c->reported + c->tolerance};
    case MT_RULE_AT_LEAST:
        return (struct range){c->reported - c->tolerance, INFINITY};
    case MT_RULE_AT_MOST:
        return (struct range){-INFINITY, c->reported + c->tolerance};
    case MT_RULE_LESS:
        return (struct range){-INFINITY, -c->tolerance};
    case MT_RULE_GREATER:
        return (struct range){c->tolerance, INFINITY};
    case MT_RULE_STATE:
        break;
    }
    return (struct range){1, 1};
}

/* A difference of exactly the tolerance is neither smaller nor larger. */
static bool inside(const struct mt_claim *c, struct range r, double x)
{
    if (c->rule == MT_RULE_LESS)
        return x < r.high;
    if (c->rule == MT_RULE_GREATER)
        return x > r.low;
    return x >= r.low && x <= r.high;
}

static enum mt_verdict judge_interval(const struct mt_claim *c, struct range r, double low, double high)
{
    bool low_in = inside(c, r, low), high_in = inside(c, r, high), around = low < r.low && high > r.high;
    if (low_in && high_in)
        return MT_VERDICT_HOLDS;
    return low_in || high_in || around ? MT_VERDICT_OPEN : MT_VERDICT_FAILS;
}

static enum mt_verdict judge_state(const struct mt_sample *s)
{
    if (s->mean == 1)
        return s->n > 1 ? MT_VERDICT_HOLDS : MT_VERDICT_WITHIN;
    if (s->mean == 0)
        return s->n > 1 ? MT_VERDICT_FAILS : MT_VERDICT_OUTSIDE;
    return MT_VERDICT_OPEN;
}

struct mt_ruling mt_claim_judge(const struct mt_claim *c, const double *value, const double *against, int n)
{
    double x[MT_CLAIM_SEEDS];
    struct mt_ruling ruling = {.verdict = MT_VERDICT_MISSING};
    n = n < MT_CLAIM_SEEDS ? n : MT_CLAIM_SEEDS;
    for (int i = 0; i < n; i++)
        x[i] = against ? value[i] - against[i] : value[i];
    ruling.sample = mt_sample_of(x, n, MT_STATS_LEVEL, 0);
    const struct mt_sample *s = &ruling.sample;
    struct range r = claimed(c);
    if (s->n == 0)
        return ruling;
    if (c->rule == MT_RULE_STATE)
        ruling.verdict = judge_state(s);
    else if (s->n == 1)
        ruling.verdict = inside(c, r, s->mean) ? MT_VERDICT_WITHIN : MT_VERDICT_OUTSIDE;
    else
        ruling.verdict = judge_interval(c, r, s->low, s->high);
    return ruling;
}

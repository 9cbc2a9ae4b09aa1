/* reproduce_claims.c: the verdicts on a notebook's claims. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/reproduce_print.h"
#include "lib/claims/figure.h"

static int value_of(const struct mt_claim *c, const struct mt_result *run, double *value, struct mt_err *err)
{
    *value = NAN;
    if (!run->path)
        return 0;
    if (c->rule != MT_RULE_STATE)
        return mt_claim_figure(run, c->figure, value, err);
    enum mt_run_state state = run->status.state;
    if (state != MT_RUN_RUNNING && state != MT_RUN_INTERRUPTED)
        *value = !strcmp(mt_run_state_names[state], c->state);
    return 0;
}

static int judge(const struct reproduction *r, const struct mt_claim *c, struct mt_ruling *ruling,
                 struct mt_err *err)
{
    double value[MT_CLAIM_SEEDS], against[MT_CLAIM_SEEDS];
    const struct reproduced *run = reproduce_find(r, c->run),
                            *other = c->against ? reproduce_find(r, c->against) : NULL;
    for (int i = 0; i < r->seeds; i++) {
        if (value_of(c, &run->run[i], &value[i], err) < 0 ||
            (other && value_of(c, &other->run[i], &against[i], err) < 0))
            return -1;
    }
    *ruling = mt_claim_judge(c, value, other ? against : NULL, r->seeds);
    return 0;
}

static void measured_text(const struct mt_claim *c, const struct mt_sample *s, char text[REPRODUCE_CELL])
{
    const char *what = c->against ? "difference " : "";
    int digits = reproduce_digits(s->mean);
    if (s->n == 0)
        snprintf(text, REPRODUCE_CELL, "-");
    else if (c->rule == MT_RULE_STATE)
        snprintf(text, REPRODUCE_CELL, "%d of %d", (int)(s->mean * s->n + 0.5), s->n);
    else if (s->n == 1)
        snprintf(text, REPRODUCE_CELL, "%s%.*f (1 seed)", what, digits, s->mean);
    else
        snprintf(text, REPRODUCE_CELL, "%s%.*f +- %.*f (%d seeds)", what, digits, s->mean, digits,
                 (s->high - s->low) / 2, s->n);
}

static void tolerance_text(const struct mt_claim *c, char *text, size_t size)
{
    static const char *const words[] = {
        "+- %g", ">=, give or take %g", "<=, give or take %g", "below -%g", "above %g", ""};
    if (c->rule == MT_RULE_STATE)
        snprintf(text, size, "all %s", c->state);
    else if (c->against && c->tolerance == 0)
        snprintf(text, size, c->rule == MT_RULE_LESS ? "below 0" : "above 0");
    else
        snprintf(text, size, words[c->rule], c->tolerance);
}

static void note(struct mt_buf *b, const char *text)
{
    mt_buf_printf(b, "%s%s", b->len ? "; " : "", text);
}

/* Which runs of an experiment went wrong; the reasons stand below the figures. */
static void note_states(const struct reproduction *r, const char *run, struct mt_buf *b)
{
    const struct reproduced *e = reproduce_find(r, run);
    char text[REPRODUCE_CELL];
    for (int i = 0; i < r->seeds; i++) {
        enum mt_run_state state = e->run[i].status.state;
        if (!e->run[i].path || (state != MT_RUN_COLLAPSED && state != MT_RUN_DIVERGED))
            continue;
        snprintf(text, sizeof text, "%.60s seed %d %s", run, i, mt_run_state_names[state]);
        note(b, text);
    }
}

/* Seeds of which there are the runs that a claim looks at. */
static int pairs(const struct reproduction *r, const struct mt_claim *c)
{
    const struct reproduced *run = reproduce_find(r, c->run),
                            *other = c->against ? reproduce_find(r, c->against) : run;
    int n = 0;
    for (int s = 0; s < r->seeds; s++)
        n += run->run[s].path && other->run[s].path;
    return n;
}

static void note_text(const struct reproduction *r, const struct mt_claim *c, const struct mt_ruling *ruling,
                      struct mt_buf *b)
{
    if (c->note)
        note(b, c->note);
    if (c->figure && reproduce_is_validation(c->figure) && reproduce_on_test(r, reproduce_find(r, c->run)))
        note(b, "validated on the test set");
    note_states(r, c->run, b);
    if (c->against)
        note_states(r, c->against, b);
    int lacking = pairs(r, c) - ruling->sample.n;
    if (lacking > 0 && ruling->sample.n) {
        char text[REPRODUCE_CELL];
        snprintf(text, sizeof text, "%d of %d seeds %s no such figure", lacking, pairs(r, c),
                 lacking == 1 ? "has" : "have");
        note(b, text);
    }
}

static const struct mt_text_column columns[] = {
    {.title = "claim", .key = "id"},
    {.title = "says", .key = "claim"},
    {.title = "reported", .digits = 4},
    {.title = "measured"},
    {.title = "tolerance"},
    {.title = "verdict"},
    {.title = "note"},
    {.title = "mean", .digits = 4},
    {.title = "low", .digits = 4},
    {.title = "high", .digits = 4},
    {.title = "seeds"},
};

static void put_claim(struct mt_text_table *t, const struct reproduction *r, const struct mt_claim *c,
                      const struct mt_ruling *ruling, bool numbers)
{
    char measured[REPRODUCE_CELL], tolerance[64];
    struct mt_buf b = {0};
    measured_text(c, &ruling->sample, measured);
    tolerance_text(c, tolerance, sizeof tolerance);
    note_text(r, c, ruling, &b);
    mt_text_table_string(t, c->id);
    mt_text_table_string(t, c->claim);
    mt_text_table_real(t, c->reported);
    mt_text_table_string(t, measured);
    mt_text_table_string(t, tolerance);
    mt_text_table_string(t, mt_verdict_names[ruling->verdict]);
    mt_text_table_string(t, b.data ? b.data : "");
    if (numbers) {
        mt_text_table_real(t, ruling->sample.mean);
        mt_text_table_real(t, ruling->sample.low);
        mt_text_table_real(t, ruling->sample.high);
        mt_text_table_int(t, ruling->sample.n);
    }
    mt_buf_release(&b);
}

int reproduce_claims(const struct reproduce_page *p, struct mt_err *err)
{
    bool numbers = p->format == MT_TEXT_CSV || p->format == MT_TEXT_JSON;
    const struct mt_claims *claims = &p->r->claims;
    struct mt_text_table t = {.column = columns, .n_columns = numbers ? 11 : 7};
    for (int i = 0; i < claims->claims.n; i++) {
        const struct mt_claim *c = mt_claim_at(claims, i);
        struct mt_ruling ruling;
        if (!reproduce_shows(p, reproduce_find(p->r, c->run)))
            continue;
        if (judge(p->r, c, &ruling, err) < 0) {
            mt_text_table_release(&t);
            return -1;
        }
        put_claim(&t, p->r, c, &ruling, numbers);
    }
    reproduce_table(p, &t);
    return 0;
}

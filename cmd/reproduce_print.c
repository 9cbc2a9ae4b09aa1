#include "cmd/reproduce.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/claims/figure.h"
#include "lib/stats/sample.h"

bool reproduce_is_of(const char *run, const char *notebook)
{
    size_t len = strlen(notebook);
    return !strncmp(run, notebook, len) && run[len] == '/';
}

static const struct reproduced *find(const struct reproduction *r, const char *run)
{
    for (int i = 0; i < r->claims.experiments.n; i++)
        if (!strcmp(r->list[i].experiment->run, run))
            return &r->list[i];
    return NULL;
}

/* ---- claims ---- */

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
    const struct reproduced *run = find(r, c->run), *other = c->against ? find(r, c->against) : NULL;
    for (int i = 0; i < r->seeds; i++) {
        if (value_of(c, &run->run[i], &value[i], err) < 0 ||
            (other && value_of(c, &other->run[i], &against[i], err) < 0))
            return -1;
    }
    *ruling = mt_claim_judge(c, value, other ? against : NULL, r->seeds);
    return 0;
}

/* Digits behind the point that the half width makes sense of. */
static int digits_for(double x)
{
    double size = fabs(x);
    return size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.001 || size == 0 ? 4 : 6;
}

static void measured_text(const struct mt_claim *c, const struct mt_sample *s, char *text, size_t size)
{
    int digits = digits_for(s->mean);
    if (s->n == 0)
        snprintf(text, size, "-");
    else if (c->rule == MT_RULE_STATE)
        snprintf(text, size, "%d of %d", (int)(s->mean * s->n + 0.5), s->n);
    else if (s->n == 1)
        snprintf(text, size, "%s%.*f (1 seed)", c->against ? "difference " : "", digits, s->mean);
    else
        snprintf(text, size, "%s%.*f +- %.*f (%d seeds)", c->against ? "difference " : "", digits, s->mean,
                 digits, (s->high - s->low) / 2, s->n);
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

static void note_text(const struct reproduction *r, const struct mt_claim *c, const struct mt_ruling *ruling,
                      struct mt_buf *b)
{
    const struct reproduced *run = find(r, c->run);
    if (c->note)
        mt_buf_puts(b, c->note);
    for (int i = 0; i < r->seeds; i++) {
        const struct mt_status *s = &run->run[i].status;
        if (run->run[i].path && (s->state == MT_RUN_COLLAPSED || s->state == MT_RUN_DIVERGED))
            mt_buf_printf(b, "%sseed %d %s: %s", b->len ? "; " : "", i, mt_run_state_names[s->state],
                          s->reason);
    }
    if (ruling->sample.missing && ruling->sample.n)
        mt_buf_printf(b, "%s%d of %d seeds have no such figure", b->len ? "; " : "", ruling->sample.missing,
                      r->seeds);
}

static const struct mt_text_column claim_columns[] = {
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

int reproduce_print_claims(const struct reproduction *r, const char *notebook, enum mt_text_format format,
                           struct mt_buf *out, struct mt_err *err)
{
    bool numbers = format == MT_TEXT_CSV || format == MT_TEXT_JSON;
    struct mt_text_table t = {.column = claim_columns, .n_columns = numbers ? 11 : 7};
    int rc = 0;
    for (int i = 0; i < r->claims.claims.n && rc == 0; i++) {
        const struct mt_claim *c = mt_claim_at(&r->claims, i);
        struct mt_ruling ruling;
        struct mt_buf note = {0};
        char measured[96], tolerance[64];
        if (!reproduce_is_of(c->run, notebook) || (rc = judge(r, c, &ruling, err)) < 0)
            continue;
        measured_text(c, &ruling.sample, measured, sizeof measured);
        tolerance_text(c, tolerance, sizeof tolerance);
        note_text(r, c, &ruling, &note);
        mt_text_table_string(&t, c->id);
        mt_text_table_string(&t, c->claim);
        mt_text_table_real(&t, c->reported);
        mt_text_table_string(&t, measured);
        mt_text_table_string(&t, tolerance);
        mt_text_table_string(&t, mt_verdict_names[ruling.verdict]);
        mt_text_table_string(&t, note.data ? note.data : "");
        if (numbers) {
            mt_text_table_real(&t, ruling.sample.mean);
            mt_text_table_real(&t, ruling.sample.low);
            mt_text_table_real(&t, ruling.sample.high);
            mt_text_table_int(&t, ruling.sample.n);
        }
        mt_buf_release(&note);
    }
    if (rc == 0)
        mt_text_table_print(&t, format, out);
    mt_text_table_release(&t);
    return rc;
}

/* ---- figures ---- */

static const struct {
    const char *key, *title;
    double scale;
    int digits;
} figures[] = {
    {"epochs", "epochs", 1, 1},
    {"test_accuracy", "accuracy %", 100, 2},
    {"test_center_accuracy", "by center %", 100, 2},
    {"test_knn_accuracy", "by kNN %", 100, 2},
    {"test_macro_f1", "macro F1", 1, 4},
    {"test_angle_within", "within, degrees", 1, 1},
    {"test_angle_between", "between, degrees", 1, 1},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static const struct mt_text_column figure_columns[2 + FIGURES] = {
    {.title = "experiment"},       {.title = "runs"},     {.title = "epochs"},   {.title = "accuracy %"},
    {.title = "by center %"},      {.title = "by kNN %"}, {.title = "macro F1"}, {.title = "within, degrees"},
    {.title = "between, degrees"},
};

static void put_figure(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                       int i)
{
    double value[MT_CLAIM_SEEDS];
    char text[64] = "";
    for (int s = 0; s < r->seeds; s++)
        value[s] = e->run[s].path ? mt_result_figure(&e->run[s], figures[i].key) * figures[i].scale : NAN;
    struct mt_sample all = mt_sample_of(value, r->seeds, MT_STATS_LEVEL, 0);
    if (all.n == 1)
        snprintf(text, sizeof text, "%.*f", figures[i].digits, all.mean);
    else if (all.n > 1)
        snprintf(text, sizeof text, "%.*f +- %.*f", figures[i].digits, all.mean, figures[i].digits,
                 (all.high - all.low) / 2);
    mt_text_table_string(t, text);
}

static void put_states(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e)
{
    struct mt_buf b = {0};
    for (int state = 0; mt_run_state_names[state]; state++) {
        int n = 0;
        for (int s = 0; s < r->seeds; s++)
            n += e->run[s].path && (int)e->run[s].status.state == state;
        if (n)
            mt_buf_printf(&b, "%s%d %s", b.len ? ", " : "", n, mt_run_state_names[state]);
    }
    mt_text_table_string(t, b.data ? b.data : "none");
    mt_buf_release(&b);
}

void reproduce_print_figures(const struct reproduction *r, const char *notebook, enum mt_text_format format,
                             struct mt_buf *out)
{
    struct mt_text_table t = {.column = figure_columns, .n_columns = 2 + FIGURES};
    for (int i = 0; i < r->claims.experiments.n; i++) {
        const struct reproduced *e = &r->list[i];
        if (!reproduce_is_of(e->experiment->run, notebook))
            continue;
        mt_text_table_string(&t, e->experiment->run);
        put_states(&t, r, e);
        for (int f = 0; f < FIGURES; f++)
            put_figure(&t, r, e, f);
    }
    mt_text_table_print(&t, format, out);
    mt_text_table_release(&t);
}

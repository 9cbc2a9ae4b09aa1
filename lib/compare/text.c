/* text.c: a comparison for a person: aligned text, or Markdown. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/columns.h"

#define MOST_KEY_COLUMNS 5  /* more settings stand below one another */
#define METRICS_IN_A_LINE 4 /* columns of means beside one another */

struct printer {
    const struct mt_comparison *c;
    enum mt_text_format format;
    struct mt_buf *out;
    bool any;
};

int mt_metric_decimals(const char *metric)
{
    return strstr(metric, "angle") ? 2 : strstr(metric, "epoch") ? 1 : 4;
}

static void put_line(struct printer *p, const char *text)
{
    if (p->format == MT_TEXT_MARKDOWN)
        mt_markdown_text(p->out, text);
    else
        mt_buf_plain(p->out, text);
}

static void heading(struct printer *p, const char *text)
{
    mt_buf_puts(p->out, p->any ? "\n" : "");
    put_line(p, text);
    mt_buf_puts(p->out, "\n\n");
    p->any = true;
}

void mt_text_table_take(struct mt_text_table *t, struct mt_buf *text)
{
    t->failed |= text->failed;
    mt_text_table_string(t, text->data ? text->data : "");
    mt_buf_clear(text);
}

static void put_label(struct mt_text_table *t, const struct mt_run_group *g, struct mt_buf *text)
{
    mt_group_label_text(g, text);
    mt_text_table_take(t, text);
}

static void end_table(struct printer *p, struct mt_text_table *t)
{
    mt_text_table_print(t, p->format, p->out);
    mt_text_table_release(t);
}

/* --- the groups --- */

static void put_state(struct mt_text_table *t, const struct mt_run_group *g, struct mt_buf *text)
{
    mt_group_seeds_text(g, text);
    mt_text_table_take(t, text);
    mt_group_state_text(g, text);
    mt_text_table_take(t, text);
}

/* Groups as rows; the first `keys` settings as columns. */
static void groups_table(struct printer *p, int keys)
{
    const struct mt_comparison *c = p->c;
    struct mt_text_column column[MOST_KEY_COLUMNS + 3] = {{.title = "group"}};
    struct mt_text_table t = {.column = column, .n_columns = keys + 3};
    struct mt_buf text = {0};
    for (int k = 0; k < keys; k++)
        column[k + 1] = (struct mt_text_column){.title = c->key[k]};
    column[keys + 1] = (struct mt_text_column){.title = "seeds"};
    column[keys + 2] = (struct mt_text_column){.title = "state"};
    for (int i = 0; i < c->n_groups; i++) {
        put_label(&t, &c->group[i], &text);
        for (int k = 0; k < keys; k++)
            mt_text_table_string(&t, mt_group_setting(&c->group[i], c->key[k]));
        put_state(&t, &c->group[i], &text);
    }
    end_table(p, &t);
    mt_buf_release(&text);
}

/* Settings as rows, groups as columns. */
static void settings_table(struct printer *p)
{
    const struct mt_comparison *c = p->c;
    struct mt_text_column *column = calloc((size_t)c->n_groups + 1, sizeof *column);
    struct mt_text_table t = {.column = column, .n_columns = c->n_groups + 1};
    if (!column) {
        p->out->failed = true;
        return;
    }
    column[0].title = "setting";
    for (int i = 0; i < c->n_groups; i++)
        column[i + 1].title = c->group[i].label;
    for (int k = 0; k < c->n_keys; k++) {
        mt_text_table_string(&t, c->key[k]);
        for (int i = 0; i < c->n_groups; i++)
            mt_text_table_string(&t, mt_group_setting(&c->group[i], c->key[k]));
    }
    mt_buf_puts(p->out, "\n");
    end_table(p, &t);
    free(column);
}

/* --- means --- */

static void put_mean(struct mt_text_table *t, const struct mt_run_group *g, const struct mt_group_figure *f,
                     int digits, struct mt_buf *text)
{
    const struct mt_sample *s = &f->seeds;
    if (s->n > 0)
        mt_buf_printf(text, "%.*f", digits, s->mean);
    if (s->n > 1)
        mt_buf_printf(text, " ± %.*f", digits, s->high - s->mean);
    if (s->n > 0 && f->missing)
        mt_buf_printf(text, " (%d of %d)", g->n_runs - f->missing, g->n_runs);
    mt_text_table_take(t, text);
}

static void means_table(struct printer *p, int first, int n)
{
    const struct mt_comparison *c = p->c;
    struct mt_text_column column[METRICS_IN_A_LINE + 1] = {{.title = "group"}};
    struct mt_text_table t = {.column = column, .n_columns = n + 1};
    struct mt_buf text = {0};
    for (int m = 0; m < n; m++)
        column[m + 1] = (struct mt_text_column){.title = c->metric[first + m], .right = true};
    for (int i = 0; i < c->n_groups; i++) {
        put_label(&t, &c->group[i], &text);
        for (int m = first; m < first + n; m++)
            put_mean(&t, &c->group[i], &c->figure[i * c->n_metrics + m], mt_metric_decimals(c->metric[m]),
                     &text);
    }
    end_table(p, &t);
    mt_buf_release(&text);
}

static void put_means(struct printer *p)
{
    bool interval = false;
    for (int i = 0; i < p->c->n_groups * p->c->n_metrics; i++)
        interval = interval || p->c->figure[i].seeds.n > 1;
    heading(p, interval ? "Mean over seeds ± 95 % interval (Student's t)"
                        : "One seed each: no interval over seeds can be given");
    for (int m = 0; m < p->c->n_metrics; m += METRICS_IN_A_LINE) {
        int left = p->c->n_metrics - m;
        mt_buf_puts(p->out, m ? "\n" : "");
        means_table(p, m, left < METRICS_IN_A_LINE ? left : METRICS_IN_A_LINE);
    }
}

/* --- differences --- */

void mt_put_p(struct mt_text_table *t, double p, struct mt_buf *text)
{
    if (!isnan(p))
        mt_buf_printf(text, p < 0.0001 ? "%.1e" : "%.4f", p);
    mt_text_table_take(t, text);
}

void mt_put_range(struct mt_text_table *t, double low, double high, int digits, struct mt_buf *text)
{
    if (!isnan(low))
        mt_buf_printf(text, "%+.*f to %+.*f", digits, low, digits, high);
    mt_text_table_take(t, text);
}

void mt_put_difference(struct mt_text_table *t, const struct mt_group_difference *d, int digits,
                       struct mt_buf *text)
{
    mt_text_table_int(t, d->pairs.n);
    if (d->pairs.n)
        mt_buf_printf(text, "%+.*f", digits, d->pairs.mean);
    mt_text_table_take(t, text);
    mt_put_range(t, d->pairs.low, d->pairs.high, digits, text);
    mt_put_p(t, d->pairs.p, text);
    mt_put_p(t, d->p_holm, text);
    mt_difference_words(d, text);
    mt_text_table_take(t, text);
}

static void put_differences(struct printer *p)
{
    static const struct mt_text_column columns[] = {{.title = "metric"},
                                                    {.title = "group"},
                                                    {.title = "pairs", .right = true},
                                                    {.title = "difference", .right = true},
                                                    {.title = "95 % interval", .right = true},
                                                    {.title = "p", .right = true},
                                                    {.title = "p (Holm)", .right = true},
                                                    {.title = "which says"}};
    const struct mt_comparison *c = p->c;
    struct mt_text_table t = {.column = columns, .n_columns = sizeof columns / sizeof *columns};
    struct mt_buf text = {0};
    mt_buf_puts(&text, "Difference from ");
    mt_group_label_text(&c->group[c->baseline], &text);
    mt_buf_puts(&text, ", paired by seed (t-test; Holm's correction over the groups of a metric)");
    heading(p, text.data ? text.data : "");
    mt_buf_clear(&text);
    for (int m = 0; m < c->n_metrics; m++)
        for (int g = 0; g < c->n_groups; g++) {
            if (g == c->baseline)
                continue;
            mt_text_table_string(&t, c->metric[m]);
            put_label(&t, &c->group[g], &text);
            mt_put_difference(&t, &c->difference[g * c->n_metrics + m], mt_metric_decimals(c->metric[m]),
                              &text);
        }
    end_table(p, &t);
    mt_buf_release(&text);
}

/* --- over samples, where there is one seed --- */

static void put_shares(struct printer *p)
{
    static const struct mt_text_column columns[] = {{.title = "metric"},
                                                    {.title = "group"},
                                                    {.title = "share", .right = true, .digits = 4},
                                                    {.title = "95 % interval", .right = true}};
    const struct mt_comparison *c = p->c;
    struct mt_text_table t = {.column = columns, .n_columns = sizeof columns / sizeof *columns};
    struct mt_buf text = {0};
    for (int m = 0; m < c->n_metrics; m++)
        for (int g = 0; g < c->n_groups; g++) {
            const struct mt_group_figure *f = &c->figure[g * c->n_metrics + m];
            if (isnan(f->samples.low))
                continue;
            mt_text_table_string(&t, c->metric[m]);
            put_label(&t, &c->group[g], &text);
            mt_text_table_real(&t, f->seeds.mean);
            mt_buf_printf(&text, "%.4f to %.4f", f->samples.low, f->samples.high);
            mt_text_table_take(&t, &text);
        }
    if (t.n_cells || t.failed) {
        heading(p, "One run each, over the samples it was judged on (Wilson); other seeds are not in it");
        mt_text_table_print(&t, p->format, p->out);
    }
    mt_text_table_release(&t);
    mt_buf_release(&text);
}

static void put_sample_difference(struct mt_text_table *t, const struct mt_group_difference *d,
                                  struct mt_buf *text)
{
    mt_text_table_int(t, d->samples_seed);
    mt_text_table_int(t, d->samples.n);
    mt_text_table_int(t, d->counts.first);
    mt_text_table_int(t, d->counts.second);
    mt_buf_printf(text, "%+.4f", d->samples.difference);
    mt_text_table_take(t, text);
    mt_put_range(t, d->samples.interval.low, d->samples.interval.high, 4, text);
    mt_put_p(t, d->samples.p, text);
    mt_put_p(t, d->samples_p_holm, text);
    mt_sample_difference_words(d, text);
    mt_text_table_take(t, text);
}

static void put_sample_differences(struct printer *p)
{
    static const struct mt_text_column columns[] = {{.title = "metric"},
                                                    {.title = "group"},
                                                    {.title = "seed", .right = true},
                                                    {.title = "samples", .right = true},
                                                    {.title = "only baseline right", .right = true},
                                                    {.title = "only group right", .right = true},
                                                    {.title = "difference", .right = true},
                                                    {.title = "95 % interval", .right = true},
                                                    {.title = "p", .right = true},
                                                    {.title = "p (Holm)", .right = true},
                                                    {.title = "which says"}};
    const struct mt_comparison *c = p->c;
    struct mt_text_table t = {.column = columns, .n_columns = sizeof columns / sizeof *columns};
    struct mt_buf text = {0};
    for (int m = 0; m < c->n_metrics; m++)
        for (int g = 0; g < c->n_groups; g++) {
            const struct mt_group_difference *d = &c->difference[g * c->n_metrics + m];
            if (d->samples.n == 0)
                continue;
            mt_text_table_string(&t, c->metric[m]);
            put_label(&t, &c->group[g], &text);
            put_sample_difference(&t, d, &text);
        }
    if (t.n_cells || t.failed) {
        heading(
            p,
            "One seed, difference over the samples judged on (Newcombe; McNemar, exact): what other samples "
            "would say of these trained models, not what other seeds would");
        mt_text_table_print(&t, p->format, p->out);
    }
    mt_text_table_release(&t);
    mt_buf_release(&text);
}

void mt_comparison_text(const struct mt_comparison *c, enum mt_text_format format, struct mt_buf *out)
{
    struct printer p = {.c = c, .format = format, .out = out};
    bool few = c->n_keys <= MOST_KEY_COLUMNS;
    heading(&p, c->n_groups == 1 ? "One group of runs" : "Groups of runs, and the settings they differ in");
    groups_table(&p, few ? c->n_keys : 0);
    if (!few)
        settings_table(&p);
    put_means(&p);
    put_shares(&p);
    if (c->n_groups > 1)
        put_differences(&p);
    put_sample_differences(&p);
    for (int i = 0; i < c->n_notes; i++) {
        mt_buf_puts(out, i && format == MT_TEXT_PLAIN ? "note: " : "\nnote: ");
        put_line(&p, c->note[i]);
        mt_buf_puts(out, "\n");
    }
}

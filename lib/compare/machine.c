/* machine.c: a comparison for programs: CSV with a row per group and metric, and JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/compare.h"

/* --- CSV --- */

static const char *const before[] = {"group", "baseline", "state"};
static const char *const behind[] = {"metric",
                                     "runs",
                                     "missing",
                                     "seeds",
                                     "mean",
                                     "sd",
                                     "low",
                                     "high",
                                     "samples_low",
                                     "samples_high",
                                     "pairs",
                                     "unpaired",
                                     "difference",
                                     "difference_sd",
                                     "difference_low",
                                     "difference_high",
                                     "t",
                                     "p",
                                     "p_holm",
                                     "p_signed_rank",
                                     "paired_samples",
                                     "samples_seed",
                                     "only_baseline_right",
                                     "only_group_right",
                                     "samples_difference",
                                     "samples_difference_low",
                                     "samples_difference_high",
                                     "samples_p",
                                     "samples_p_holm",
                                     "says"};
#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static void put_interval(struct mt_text_table *t, double low, double high)
{
    mt_text_table_real(t, low);
    mt_text_table_real(t, high);
}

static void put_text(struct mt_text_table *t, struct mt_buf *text)
{
    t->failed |= text->failed;
    mt_text_table_string(t, text->data);
    mt_buf_clear(text);
}

static void put_over_samples(struct mt_text_table *t, const struct mt_group_difference *d)
{
    if (d->samples.n == 0) {
        for (int i = 0; i < 9; i++)
            mt_text_table_empty(t);
        return;
    }
    mt_text_table_int(t, d->samples.n);
    mt_text_table_int(t, d->samples_seed);
    mt_text_table_int(t, d->counts.first);
    mt_text_table_int(t, d->counts.second);
    mt_text_table_real(t, d->samples.difference);
    put_interval(t, d->samples.interval.low, d->samples.interval.high);
    mt_text_table_real(t, d->samples.p);
    mt_text_table_real(t, d->samples_p_holm);
}

static void put_difference(struct mt_text_table *t, const struct mt_group_difference *d, bool is_baseline,
                           struct mt_buf *text)
{
    const struct mt_sample *s = &d->pairs;
    if (is_baseline)
        return; /* a short row */
    mt_text_table_int(t, s->n);
    mt_text_table_int(t, s->missing);
    mt_text_table_real(t, s->mean);
    mt_text_table_real(t, s->sd);
    put_interval(t, s->low, s->high);
    mt_text_table_real(t, s->t);
    mt_text_table_real(t, s->p);
    mt_text_table_real(t, d->p_holm);
    mt_text_table_real(t, d->p_signed_rank);
    put_over_samples(t, d);
    mt_difference_words(d, text);
    put_text(t, text);
}

static void put_row(struct mt_text_table *t, const struct mt_comparison *c, int group, int metric,
                    struct mt_buf *text)
{
    const struct mt_run_group *g = &c->group[group];
    const struct mt_group_figure *f = &c->figure[group * c->n_metrics + metric];
    size_t end = t->n_cells + (size_t)t->n_columns;
    mt_text_table_string(t, g->label);
    mt_text_table_bool(t, group == c->baseline);
    mt_group_state_text(g, text);
    put_text(t, text);
    for (int k = 0; k < c->n_keys; k++)
        mt_text_table_string(t, mt_group_setting(g, c->key[k]));
    mt_text_table_string(t, c->metric[metric]);
    mt_text_table_int(t, g->n_runs);
    mt_text_table_int(t, f->missing);
    mt_text_table_int(t, f->seeds.n);
    mt_text_table_real(t, f->seeds.mean);
    mt_text_table_real(t, f->seeds.sd);
    put_interval(t, f->seeds.low, f->seeds.high);
    put_interval(t, f->samples.low, f->samples.high);
    put_difference(t, &c->difference[group * c->n_metrics + metric], group == c->baseline, text);
    while (!t->failed && t->n_cells < end)
        mt_text_table_empty(t);
}

void mt_comparison_csv(const struct mt_comparison *c, struct mt_buf *out)
{
    int n = 0, columns = COUNT(before) + c->n_keys + COUNT(behind);
    struct mt_text_column *column = calloc((size_t)columns, sizeof *column);
    struct mt_text_table t = {.column = column, .n_columns = columns};
    struct mt_buf text = {0};
    if (!column) {
        out->failed = true;
        return;
    }
    for (int i = 0; i < COUNT(before); i++)
        column[n++].title = before[i];
    for (int k = 0; k < c->n_keys; k++)
        column[n++].title = c->key[k];
    for (int i = 0; i < COUNT(behind); i++)
        column[n++].title = behind[i];
    for (int g = 0; g < c->n_groups; g++)
        for (int m = 0; m < c->n_metrics; m++)
            put_row(&t, c, g, m, &text);
    mt_text_table_print(&t, MT_TEXT_CSV, out);
    mt_text_table_release(&t);
    mt_buf_release(&text);
    free(column);
}

/* --- JSON --- */

static void json_run(const struct mt_comparison *c, const struct mt_result *r, struct mt_buf *out)
{
    mt_buf_puts(out, "{");
    mt_buf_json_text(out, "path", r->path);
    mt_buf_json_text(out, "name", r->name);
    mt_buf_printf(out, ", \"seed\": %lld", (long long)r->seed);
    mt_buf_json_text(out, "state", mt_run_state_names[r->status.state]);
    mt_buf_json_text(out, "reason", r->status.reason);
    mt_buf_puts(out, ", \"figures\": {");
    for (int m = 0; m < c->n_metrics; m++)
        mt_buf_json_real(out, c->metric[m], mt_result_figure(r, c->metric[m]), 17);
    mt_buf_puts(out, "}}");
}

static void json_group(const struct mt_comparison *c, int at, struct mt_buf *out)
{
    const struct mt_run_group *g = &c->group[at];
    mt_buf_puts(out, "{");
    mt_buf_json_text(out, "label", g->label);
    mt_buf_printf(out, ", \"baseline\": %s, \"other_data\": %s, \"validation_is_test\": %s, \"settings\": {",
                  at == c->baseline ? "true" : "false", g->other_data ? "true" : "false",
                  g->validation_is_test ? "true" : "false");
    for (int k = 0; k < c->n_keys; k++)
        mt_buf_json_text(out, c->key[k], mt_group_setting(g, c->key[k]));
    mt_buf_puts(out, "},\n   \"runs\": [");
    for (int k = 0; k < g->n_runs; k++) {
        mt_buf_puts(out, k ? ",\n    " : "\n    ");
        json_run(c, g->run[k], out);
    }
    mt_buf_puts(out, "],\n   \"metrics\": [");
    for (int m = 0; m < c->n_metrics; m++) {
        const struct mt_group_figure *f = &c->figure[at * c->n_metrics + m];
        mt_buf_puts(out, m ? ",\n    {" : "\n    {");
        mt_buf_json_text(out, "metric", c->metric[m]);
        mt_buf_printf(out, ", \"seeds\": %d, \"missing\": %d", f->seeds.n, f->missing);
        mt_buf_json_real(out, "mean", f->seeds.mean, 17);
        mt_buf_json_real(out, "sd", f->seeds.sd, 17);
        mt_buf_json_real(out, "low", f->seeds.low, 17);
        mt_buf_json_real(out, "high", f->seeds.high, 17);
        mt_buf_json_real(out, "samples_low", f->samples.low, 17);
        mt_buf_json_real(out, "samples_high", f->samples.high, 17);
        mt_buf_puts(out, "}");
    }
    mt_buf_puts(out, "]}");
}

static void json_samples(const struct mt_group_difference *d, struct mt_buf *out)
{
    if (d->samples.n == 0) {
        mt_buf_puts(out, ", \"samples\": null}");
        return;
    }
    mt_buf_printf(out,
                  ", \"samples\": {\"seed\": %lld, \"n\": %lld, \"both_right\": %lld, "
                  "\"only_baseline_right\": %lld, \"only_group_right\": %lld, \"neither_right\": %lld",
                  (long long)d->samples_seed, (long long)d->samples.n, (long long)d->counts.both,
                  (long long)d->counts.first, (long long)d->counts.second, (long long)d->counts.neither);
    mt_buf_json_real(out, "difference", d->samples.difference, 17);
    mt_buf_json_real(out, "low", d->samples.interval.low, 17);
    mt_buf_json_real(out, "high", d->samples.interval.high, 17);
    mt_buf_json_real(out, "p", d->samples.p, 17);
    mt_buf_json_real(out, "p_holm", d->samples_p_holm, 17);
    mt_buf_puts(out, "}}");
}

void mt_difference_json(const struct mt_group_difference *d, struct mt_buf *out)
{
    struct mt_buf words = {0};
    mt_difference_words(d, &words);
    out->failed |= words.failed;
    mt_buf_printf(out, ", \"pairs\": %d, \"unpaired\": %d", d->pairs.n, d->pairs.missing);
    mt_buf_json_real(out, "difference", d->pairs.mean, 17);
    mt_buf_json_real(out, "sd", d->pairs.sd, 17);
    mt_buf_json_real(out, "low", d->pairs.low, 17);
    mt_buf_json_real(out, "high", d->pairs.high, 17);
    mt_buf_json_real(out, "t", d->pairs.t, 17);
    mt_buf_json_real(out, "p", d->pairs.p, 17);
    mt_buf_json_real(out, "p_holm", d->p_holm, 17);
    mt_buf_json_real(out, "p_signed_rank", d->p_signed_rank, 17);
    mt_buf_json_text(out, "says", words.data);
    mt_buf_release(&words);
}

static void json_difference(const struct mt_comparison *c, int group, int metric, struct mt_buf *out)
{
    const struct mt_group_difference *d = &c->difference[group * c->n_metrics + metric];
    mt_buf_puts(out, "{");
    mt_buf_json_text(out, "metric", c->metric[metric]);
    mt_buf_json_text(out, "group", c->group[group].label);
    mt_buf_json_text(out, "baseline", c->group[c->baseline].label);
    mt_difference_json(d, out);
    json_samples(d, out);
}

void mt_comparison_json(const struct mt_comparison *c, struct mt_buf *out)
{
    const char *comma = "";
    mt_buf_puts(out, "{\"groups\": [");
    for (int g = 0; g < c->n_groups; g++) {
        mt_buf_puts(out, g ? ",\n  " : "\n  ");
        json_group(c, g, out);
    }
    mt_buf_puts(out, "],\n \"differences\": [");
    for (int m = 0; m < c->n_metrics; m++)
        for (int g = 0; g < c->n_groups; g++) {
            if (g == c->baseline)
                continue;
            mt_buf_printf(out, "%s\n  ", comma);
            json_difference(c, g, m, out);
            comma = ",";
        }
    mt_buf_puts(out, "],\n \"notes\": [");
    for (int i = 0; i < c->n_notes; i++) {
        mt_buf_puts(out, i ? ",\n  " : "\n  ");
        mt_buf_json_string(out, c->note[i]);
    }
    mt_buf_puts(out, "]}\n");
}

/* page_tables.c: what the runs came to, what differs between their settings, and where they ran on what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/compare.h"
#include "lib/present/page_json.h"
#include "lib/present/page_parts.h"
#include "lib/report/markup.h"

/* --- results --- */

static const struct {
    const char *key, *title;
    enum { PERCENT, DEGREES, PLAIN } form;
    int better; /* 1: more is better, -1: less, 0: neither */
} figures[] = {
    {"accuracy", "accuracy by head", PERCENT, 1},
    {"center_accuracy", "by nearest center", PERCENT, 1},
    {"knn_accuracy", "by kNN", PERCENT, 1},
    {"macro_f1", "macro F1", PERCENT, 1},
    {"loss", "loss", PLAIN, 0},
    {"angle_within", "angle within a class", DEGREES, 0},
    {"angle_between", "between classes", DEGREES, 0},
    {"angle_between_min", "smallest between", DEGREES, 0},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static double figure_of(const struct mt_page_run *r, int f)
{
    char key[64];
    snprintf(key, sizeof key, "%s_%s", r->split, figures[f].key);
    return mt_result_figure(&r->result, key);
}

static double best_of(const struct mt_page *p, int f)
{
    double best = NAN;
    for (int i = 0; i < p->n_runs; i++)
        best = figures[f].better > 0 ? fmax(best, figure_of(&p->run[i], f))
                                     : fmin(best, figure_of(&p->run[i], f));
    return best;
}

static void figure_cell(const struct mt_page *p, const struct mt_page_run *r, int f)
{
    double value = figure_of(r, f);
    bool best = p->n_runs > 1 && figures[f].better && value == best_of(p, f);
    mt_buf_puts(p->out, best ? "<td class=\"n best\">" : "<td class=n>");
    if (isnan(value))
        mt_buf_puts(p->out, "&ndash;");
    else if (figures[f].form == PERCENT)
        mt_buf_printf(p->out, "%.2f %%", 100 * value);
    else
        mt_buf_printf(p->out, figures[f].form == DEGREES ? "%.1f&deg;" : "%.4f", value);
    mt_buf_puts(p->out, "</td>");
}

static void result_row(const struct mt_page *p, const struct mt_page_run *r)
{
    const struct mt_result *s = &r->result;
    struct mt_buf *b = p->out;
    const char *head = mt_settings_get(&s->settings, "head.type");
    bool fine = s->status.state == MT_RUN_COMPLETE || s->status.state == MT_RUN_RUNNING;
    mt_buf_puts(b, "<tr><th scope=row class=wrap>");
    mt_markup_text(b, r->label);
    mt_buf_puts(b, "</th><td>");
    mt_markup_text(b, head ? head : "");
    mt_buf_puts(b, "</td>");
    for (int f = 0; f < FIGURES; f++)
        figure_cell(p, r, f);
    mt_buf_printf(b, "<td class=n>%lld</td><td class=n>", (long long)s->status.epochs_done);
    if (s->status.best_epoch > 0)
        mt_buf_printf(b, "%lld", (long long)s->status.best_epoch);
    mt_buf_printf(b, "</td><td class=n>%lld</td><td%s>%s</td></tr>\n", (long long)s->seed,
                  fine ? "" : " class=bad", mt_run_state_names[s->status.state]);
}

/* Why runs did not come to a good end. */
static void reasons(const struct mt_page *p)
{
    for (int i = 0; i < p->n_runs; i++) {
        const struct mt_result *s = &p->run[i].result;
        if (!s->status.reason[0])
            continue;
        mt_buf_puts(p->out, "<p class=bad>");
        mt_markup_text(p->out, p->run[i].label);
        mt_buf_printf(p->out, ": %s: ", mt_run_state_names[s->status.state]);
        mt_markup_text(p->out, s->status.reason);
        mt_buf_puts(p->out, "</p>\n");
    }
}

void mt_page_results(const struct mt_page *p)
{
    struct mt_buf *b = p->out;
    mt_buf_puts(b, "<section id=results aria-labelledby=results-title>\n<h2 id=results-title>Results</h2>\n"
                   "<p class=soft>Judged on the ");
    mt_markup_text(b, p->run[0].split);
    mt_buf_puts(b, " samples, without their labels. ");
    mt_buf_puts(b, p->n_runs > 1 ? "The best of a column is bold." : "");
    mt_buf_puts(b,
                "</p>\n<div class=scroll tabindex=0 role=region aria-label=\"Results of the runs\"><table>\n"
                "<thead><tr><th scope=col>run<th scope=col>head");
    for (int f = 0; f < FIGURES; f++)
        mt_buf_printf(b, "<th scope=col class=n>%s", figures[f].title);
    mt_buf_puts(b,
                "<th scope=col class=n>epochs<th scope=col class=n>best epoch<th scope=col class=n>seed<th "
                "scope=col>state</tr></thead>\n<tbody>\n");
    for (int i = 0; i < p->n_runs; i++)
        result_row(p, &p->run[i]);
    mt_buf_puts(b, "</tbody></table></div>\n");
    reasons(p);
    mt_buf_puts(b, "</section>\n");
}

/* --- a table of keys by runs --- */

enum rows { ROWS_ALL, ROWS_THAT_DIFFER, BACKBONE_THAT_DIFFERS };

/* Networks that differ do so in many keys, which would hide the rest. */
static bool is_wanted(enum rows which, const char *key, bool agree)
{
    bool backbone = !strncmp(key, "model.backbone[", 15);
    return which == ROWS_ALL || (!agree && backbone == (which == BACKBONE_THAT_DIFFERS));
}

static bool all_agree(const struct mt_page *p, const struct mt_settings *list, const char *key)
{
    const char *first = mt_settings_get(&list[0], key);
    for (int i = 1; i < p->n_runs; i++) {
        const char *other = mt_settings_get(&list[i], key);
        if (!first != !other || (first && strcmp(first, other)))
            return false;
    }
    return true;
}

static void value_cell(struct mt_buf *b, const char *value, int span)
{
    mt_buf_puts(b, "<td class=wrap");
    if (span > 1)
        mt_buf_printf(b, " colspan=%d", span);
    mt_buf_puts(b, ">");
    if (value)
        mt_markup_text(b, value);
    else
        mt_buf_puts(b, "&ndash;");
    mt_buf_puts(b, "</td>");
}

static void key_row(const struct mt_page *p, const struct mt_settings *list, const char *key, bool agree)
{
    mt_buf_puts(p->out, "<tr><th scope=row><code>");
    mt_markup_text(p->out, key);
    mt_buf_puts(p->out, "</code></th>");
    if (agree)
        value_cell(p->out, mt_settings_get(&list[0], key), p->n_runs);
    for (int i = 0; i < p->n_runs && !agree; i++)
        value_cell(p->out, mt_settings_get(&list[i], key), 1);
    mt_buf_puts(p->out, "</tr>\n");
}

static bool seen_before(const struct mt_settings *list, int run, const char *key)
{
    for (int i = 0; i < run; i++)
        if (mt_settings_get(&list[i], key))
            return true;
    return false;
}

/* A row per key, in the order of the first run that has it. Returns how many. */
static int keys_by_runs(const struct mt_page *p, const struct mt_settings *list, enum rows which)
{
    int n = 0;
    for (int run = 0; run < p->n_runs; run++) {
        for (int i = 0; i < list[run].n; i++) {
            const char *key = list[run].v[i].key;
            if (seen_before(list, run, key))
                continue;
            bool agree = all_agree(p, list, key);
            if (!is_wanted(which, key, agree))
                continue;
            key_row(p, list, key, agree);
            n++;
        }
    }
    return n;
}

static void begin_keys(const struct mt_page *p, const char *label)
{
    mt_buf_printf(
        p->out,
        "<div class=scroll tabindex=0 role=region aria-label=\"%s\"><table>\n<thead><tr><th scope=col>key",
        label);
    for (int i = 0; i < p->n_runs; i++) {
        mt_buf_puts(p->out, "<th scope=col class=wrap>");
        mt_markup_text(p->out, p->run[i].label);
    }
    mt_buf_puts(p->out, "</tr></thead>\n<tbody>\n");
}

static void end_keys(const struct mt_page *p)
{
    mt_buf_puts(p->out, "</tbody></table></div>\n");
}

/* --- settings --- */

/* What compare says of the runs, where they can be compared. */
static void comparison(const struct mt_page *p)
{
    struct mt_results results = {.v = calloc((size_t)p->n_runs, sizeof *results.v), .n = p->n_runs};
    struct mt_comparison c;
    struct mt_buf text = {0};
    struct mt_err err;
    if (!results.v) {
        p->out->failed = true;
        return;
    }
    for (int i = 0; i < p->n_runs; i++)
        results.v[i] = p->run[i].result; /* borrowed */
    if (mt_compare(&c, &results, &(struct mt_compare_options){0}, &err) == 0) {
        mt_comparison_text(&c, MT_TEXT_PLAIN, &text);
        mt_comparison_release(&c);
        mt_buf_puts(
            p->out,
            "<details><summary>Differences with their intervals, as <code>metric-train compare</code> prints "
            "them</summary>\n<pre tabindex=0>");
        for (char *line = text.data, *next; line && *line; line = next) {
            next = line + strcspn(line, "\n");
            bool more = *next;
            *next = '\0';
            mt_markup_text(p->out, line);
            mt_buf_puts(p->out, "\n");
            next += more;
        }
        mt_buf_puts(p->out, "</pre></details>\n");
    } else if (err.kind == MT_ERR_RUN) { /* no memory */
        p->out->failed = true;
    } else {
        mt_buf_puts(p->out, "<p class=soft>The runs cannot be compared as repetitions: ");
        mt_markup_text(p->out, err.text);
        mt_buf_puts(p->out, "</p>\n");
    }
    p->out->failed |= text.failed;
    mt_buf_release(&text);
    free(results.v);
}

static void settings_that_differ(const struct mt_page *p, const struct mt_settings *list)
{
    struct mt_page apart = *p;
    struct mt_buf backbone = {0};
    apart.out = &backbone;
    int n = keys_by_runs(&apart, list, BACKBONE_THAT_DIFFERS);
    begin_keys(p, "Settings that differ");
    if (keys_by_runs(p, list, ROWS_THAT_DIFFER) == 0)
        mt_buf_printf(p->out, "<tr><td colspan=%d>%s</td></tr>\n", p->n_runs + 1,
                      n ? "nothing but the network and perhaps the seed" : "nothing but perhaps the seed");
    end_keys(p);
    if (n) {
        mt_buf_printf(
            p->out,
            "<details><summary>The networks differ: %d keys of <code>model.backbone</code></summary>\n", n);
        begin_keys(p, "Networks that differ");
        mt_buf_append(p->out, backbone.data, backbone.len);
        end_keys(p);
        mt_buf_puts(p->out, "</details>\n");
    }
    p->out->failed |= backbone.failed;
    mt_buf_release(&backbone);
}

void mt_page_settings(const struct mt_page *p)
{
    struct mt_settings *list = calloc((size_t)p->n_runs, sizeof *list);
    if (!list) {
        p->out->failed = true;
        return;
    }
    for (int i = 0; i < p->n_runs; i++)
        list[i] = p->run[i].result.settings; /* borrowed */
    mt_buf_puts(p->out, "<section id=settings aria-labelledby=settings-title>\n<h2 id=settings-title>");
    mt_buf_puts(p->out, p->n_runs > 1 ? "What differs between the settings</h2>\n" : "Settings</h2>\n");
    if (p->n_runs > 1) {
        settings_that_differ(p, list);
        comparison(p);
    }
    mt_buf_puts(p->out, "<details><summary>All settings</summary>\n");
    begin_keys(p, "All settings");
    keys_by_runs(p, list, ROWS_ALL);
    end_keys(p);
    mt_buf_puts(p->out, "</details>\n</section>\n");
    free(list);
}

/* --- environment and data --- */

static int file_table(const struct mt_page *p, const char *file, const char *title, struct mt_err *err)
{
    struct mt_settings *list = calloc((size_t)p->n_runs, sizeof *list);
    int rc = list ? 0 : mt_err_memory(err, title, (size_t)p->n_runs * sizeof *list);
    for (int i = 0; rc == 0 && i < p->n_runs; i++)
        rc = mt_page_json(&list[i], p->run[i].result.path, file, err);
    if (rc == 0) {
        mt_buf_printf(p->out, "<h3>%s</h3>\n", title);
        begin_keys(p, title);
        keys_by_runs(p, list, ROWS_ALL);
        end_keys(p);
    }
    for (int i = 0; list && i < p->n_runs; i++)
        mt_settings_release(&list[i]);
    free(list);
    return rc;
}

int mt_page_circumstances(const struct mt_page *p, struct mt_err *err)
{
    mt_buf_puts(p->out, "<section id=circumstances aria-labelledby=circumstances-title>\n"
                        "<h2 id=circumstances-title>Data and environment</h2>\n");
    if (file_table(p, "data.json", "Data", err) < 0 ||
        file_table(p, "environment.json", "Environment", err) < 0)
        return -1;
    mt_buf_puts(p->out, "</section>\n");
    return 0;
}

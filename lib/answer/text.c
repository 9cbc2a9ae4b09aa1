/* text.c: a sweep's answer for a person: aligned text, or Markdown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answer/words.h"
#include "lib/compare/columns.h"

struct printer {
    const struct mt_answer *a;
    enum mt_text_format format;
    struct mt_buf *out;
    struct mt_buf text; /* scratch */
};

static void put_line(struct printer *p, const char *mark, const char *text)
{
    if (p->format == MT_TEXT_MARKDOWN) {
        mt_buf_puts(p->out, mark);
        mt_markdown_text(p->out, text);
    } else {
        mt_buf_plain(p->out, text);
    }
    mt_buf_puts(p->out, "\n");
}

/* What p->text says, as a heading or a sentence of its own. */
static void flush(struct printer *p, const char *mark, const char *behind)
{
    p->out->failed |= p->text.failed;
    put_line(p, mark, p->text.data ? p->text.data : "");
    mt_buf_puts(p->out, behind);
    mt_buf_clear(&p->text);
}

static void heading(struct printer *p, const char *text)
{
    mt_buf_puts(p->out, "\n");
    put_line(p, "## ", text);
    mt_buf_puts(p->out, "\n");
}

static void end_table(struct printer *p, struct mt_text_table *t)
{
    mt_text_table_print(t, p->format, p->out);
    mt_text_table_release(t);
}

static void put_label(struct printer *p, struct mt_text_table *t, int cell)
{
    mt_cell_label_text(p->a, cell, &p->text);
    mt_text_table_take(t, &p->text);
}

/* --- the answer --- */

static void put_sentences(struct printer *p)
{
    const char *gap = p->format == MT_TEXT_MARKDOWN ? "\n" : "";
    mt_answer_title(p->a, &p->text);
    flush(p, "# ", "\n");
    for (int i = 0; i < MT_ANSWER_SENTENCES; i++)
        if (mt_answer_sentence(p->a, (enum mt_answer_sentence)i, &p->text))
            flush(p, "", gap);
}

/* --- the cells --- */

/* Which metrics the table of cells shows: what was chosen by, what is reported, and the same figure of the
 * last and of the best epoch. */
#define MOST_SHOWN 5
static int shown_metrics(const struct mt_answer *a, int shown[MOST_SHOWN])
{
    const struct mt_comparison *c = &a->from_baseline;
    const char *by = a->chosen_by < 0 ? "" : c->metric[a->chosen_by];
    const char *figure = strstr(by, "loss") ? "val_loss" : "val_accuracy";
    char last[32], best[32];
    int n = 0;
    snprintf(last, sizeof last, "last_%s", figure);
    snprintf(best, sizeof best, "best_%s", figure);
    if (a->chosen_by >= 0)
        shown[n++] = a->chosen_by;
    if (a->reported >= 0 && a->reported != a->chosen_by)
        shown[n++] = a->reported;
    for (int m = 0; m < c->n_metrics && n < MOST_SHOWN; m++)
        if (m != a->chosen_by && m != a->reported &&
            (!strcmp(c->metric[m], last) || !strcmp(c->metric[m], best) ||
             !strcmp(c->metric[m], "best_epoch")))
            shown[n++] = m;
    return n;
}

static void put_mean(struct printer *p, struct mt_text_table *t, int cell, int metric)
{
    const struct mt_comparison *c = &p->a->from_baseline;
    const struct mt_sample *s = &c->figure[cell * c->n_metrics + metric].seeds;
    const char *fate = mt_cell_fate(&p->a->cell[cell]);
    int digits = mt_metric_decimals(c->metric[metric]), planned = p->a->cell[cell].n_tasks;
    if (fate)
        mt_buf_puts(&p->text, fate);
    else if (s->n > 0)
        mt_buf_printf(&p->text, "%.*f", digits, s->mean);
    if (!fate && s->n > 1)
        mt_buf_printf(&p->text, " ± %.*f", digits, s->high - s->mean);
    if (!fate && s->n > 0 && s->n < planned)
        mt_buf_printf(&p->text, " (%d of %d)", s->n, planned);
    mt_text_table_take(t, &p->text);
}

static void put_mark(struct printer *p, struct mt_text_table *t, int cell)
{
    const struct mt_answer *a = p->a;
    mt_buf_puts(&p->text, cell == a->best ? "best" : a->cell[cell].candidate ? "" : "no candidate");
    if (cell == a->from_baseline.baseline)
        mt_buf_printf(&p->text, "%sbaseline", p->text.len ? ", " : "");
    mt_text_table_take(t, &p->text);
}

static void put_cells(struct printer *p)
{
    const struct mt_answer *a = p->a;
    int shown[MOST_SHOWN], n = shown_metrics(a, shown);
    struct mt_text_column column[MOST_SHOWN + 4] = {
        {.title = "cell"}, {.title = "runs", .right = true}, {.title = "state"}};
    struct mt_text_table t = {.column = column, .n_columns = n + 4};
    for (int i = 0; i < n; i++)
        column[i + 3] = (struct mt_text_column){.title = a->from_baseline.metric[shown[i]], .right = true};
    column[n + 3].title = "which is";
    heading(p, a->n_seeds > 1 ? "Cells: mean over seeds ± 95 % interval (Student's t)"
                              : "Cells: one seed, so no interval can be given");
    for (int i = 0; i < a->n_cells; i++) {
        put_label(p, &t, i);
        mt_text_table_int(&t, a->cell[i].n_tasks);
        mt_cell_state_text(a->cell[i].in_state, &p->text);
        mt_text_table_take(&t, &p->text);
        for (int k = 0; k < n; k++)
            put_mean(p, &t, i, shown[k]);
        put_mark(p, &t, i);
    }
    end_table(p, &t);
}

/* --- differences --- */

/* In the metric that is reported. */
static void put_difference(struct printer *p, struct mt_text_table *t, const struct mt_comparison *c,
                           int group)
{
    int metric = p->a->reported;
    mt_put_difference(t, &c->difference[group * c->n_metrics + metric], mt_metric_decimals(c->metric[metric]),
                      &p->text);
}

static void put_differences(struct printer *p, const struct mt_comparison *c, const char *what,
                            const char *family)
{
    static const struct mt_text_column column[] = {{.title = "cell"},
                                                   {.title = "seeds", .right = true},
                                                   {.title = "difference", .right = true},
                                                   {.title = "95 % interval", .right = true},
                                                   {.title = "p", .right = true},
                                                   {.title = "p (Holm)", .right = true},
                                                   {.title = "which says"}};
    struct mt_text_table t = {.column = column, .n_columns = sizeof column / sizeof *column};
    struct mt_buf title = {0};
    mt_buf_printf(&title, "Difference from the %s, ", what);
    mt_cell_label_text(p->a, c->baseline, &title);
    mt_buf_printf(&title, ", in %s, paired by seed (t-test; Holm's correction over %s)",
                  c->metric[p->a->reported], family);
    heading(p, title.failed ? "" : title.data);
    for (int i = 0; i < c->n_groups; i++) {
        if (i == c->baseline)
            continue;
        put_label(p, &t, i);
        put_difference(p, &t, c, i);
    }
    end_table(p, &t);
    mt_buf_release(&title);
}

static void put_effect(struct printer *p, const struct mt_sweep_effect *e)
{
    static const struct mt_text_column column[] = {{.title = "value"},
                                                   {.title = "against"},
                                                   {.title = "matched cells", .right = true},
                                                   {.title = "seeds", .right = true},
                                                   {.title = "difference", .right = true},
                                                   {.title = "95 % interval", .right = true},
                                                   {.title = "p", .right = true},
                                                   {.title = "p (Holm)", .right = true},
                                                   {.title = "which says"}};
    struct mt_text_table t = {.column = column, .n_columns = sizeof column / sizeof *column};
    const struct mt_comparison *c = &e->c;
    struct mt_buf title = {0};
    mt_effect_title(p->a, e, &title);
    heading(p, title.failed ? "" : title.data);
    for (int g = 0; g < c->n_groups; g++) {
        if (g == c->baseline)
            continue;
        mt_text_table_string(&t, c->group[g].label);
        mt_text_table_string(&t, c->group[c->baseline].label);
        mt_text_table_int(&t, e->cells[g]);
        put_difference(p, &t, c, g);
    }
    end_table(p, &t);
    mt_buf_release(&title);
}

void mt_answer_text(const struct mt_answer *a, enum mt_text_format format, struct mt_buf *out)
{
    struct printer p = {.a = a, .format = format, .out = out};
    put_sentences(&p);
    put_cells(&p);
    if (a->reported >= 0 && a->best >= 0 && a->n_cells > 1)
        put_differences(&p, &a->from_best, "best cell",
                        "the pairs of all cells, for the best was picked among them");
    if (a->reported >= 0 && a->n_cells > 1 && a->from_baseline.baseline != a->best)
        put_differences(&p, &a->from_baseline, "baseline", "the cells");
    for (int i = 0; i < a->n_effects && a->reported >= 0; i++)
        put_effect(&p, &a->effect[i]);
    for (int i = 0; mt_answer_note(a, i, &p.text); i++) {
        mt_buf_puts(out, i && format == MT_TEXT_PLAIN ? "" : "\n");
        mt_buf_puts(out, "note: ");
        flush(&p, "", "");
    }
    mt_buf_release(&p.text);
}

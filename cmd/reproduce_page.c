/* reproduce_page.c: what the tables of `reproduce` share. */
#include "cmd/reproduce_page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/claims/changes.h"
#include "lib/stats/sample.h"

bool reproduce_is_of(const char *run, const char *notebook)
{
    size_t len = strlen(notebook);
    return !strncmp(run, notebook, len) && run[len] == '/';
}

bool reproduce_shows(const struct reproduce_page *p, const struct reproduced *e)
{
    return p->notebook ? reproduce_is_of(e->experiment->run, p->notebook) : e->wanted;
}

const struct reproduced *reproduce_find(const struct reproduction *r, const char *run)
{
    for (int i = 0; i < r->claims.experiments.n; i++)
        if (!strcmp(r->list[i].experiment->run, run))
            return &r->list[i];
    return NULL;
}

int reproduce_runs(const struct reproduction *r, const struct reproduced *e)
{
    int n = 0;
    for (int s = 0; s < r->seeds; s++)
        n += e->run[s].path != NULL;
    return n;
}

bool reproduce_is_validation(const char *figure)
{
    return !strncmp(figure, "val_", 4) || !strncmp(figure, "validation_", 11) ||
           !strncmp(figure, "best_val_", 9);
}

bool reproduce_on_test(const struct reproduction *r, const struct reproduced *e)
{
    for (int s = 0; s < r->seeds; s++)
        if (mt_claim_validates_on_test(&e->run[s]))
            return true;
    return false;
}

int reproduce_digits(double x)
{
    double size = fabs(x);
    return size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.001 || !(size > 0) ? 4 : 6;
}

void reproduce_mean(const double *value, int n, int digits, char text[REPRODUCE_CELL])
{
    struct mt_sample all = mt_sample_of(value, n, MT_STATS_LEVEL, 0);
    int d = digits < 0 ? reproduce_digits(all.mean) : digits;
    text[0] = 0;
    if (all.n == 1)
        snprintf(text, REPRODUCE_CELL, "%.*f", d, all.mean);
    else if (all.n > 1)
        snprintf(text, REPRODUCE_CELL, "%.*f +- %.*f", d, all.mean, d, (all.high - all.low) / 2);
}

void reproduce_heading(const struct reproduce_page *p, const char *text)
{
    bool markdown = p->format == MT_TEXT_MARKDOWN;
    mt_buf_puts(p->out, markdown ? "#### " : "");
    if (markdown)
        mt_markdown_text(p->out, text);
    else
        mt_buf_plain(p->out, text);
    mt_buf_puts(p->out, "\n\n");
}

static void say(const struct reproduce_page *p, const char *before, const char *after, const char *fmt,
                va_list ap)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0) {
        p->out->failed = true;
        return;
    }
    mt_buf_puts(p->out, before);
    if (p->format == MT_TEXT_MARKDOWN)
        mt_markdown_text(p->out, text);
    else
        mt_buf_plain(p->out, text);
    mt_buf_puts(p->out, after);
    free(text);
}

void reproduce_say(const struct reproduce_page *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(p, "", "\n\n", fmt, ap);
    va_end(ap);
}

void reproduce_item(const struct reproduce_page *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(p, "- ", "\n", fmt, ap);
    va_end(ap);
}

void reproduce_table(const struct reproduce_page *p, struct mt_text_table *t)
{
    mt_text_table_print(t, p->format, p->out);
    mt_text_table_release(t);
    if (p->format == MT_TEXT_PLAIN || p->format == MT_TEXT_MARKDOWN)
        mt_buf_puts(p->out, "\n");
}

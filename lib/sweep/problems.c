#include "lib/sweep/problems.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TOLD 50 /* different ones; more say nothing new */

/* The end of the message at p: its first line, and those of the source below it, which are indented. */
static const char *message_end(const char *p)
{
    do {
        p += strcspn(p, "\n");
        p += *p == '\n';
    } while (*p == ' ');
    return p;
}

static void add_one(struct mt_problems *p, const char *text, size_t len, const struct mt_diag *of_run,
                    const char *label)
{
    for (int i = 0; i < p->n; i++)
        if (strlen(p->v[i].text) == len && !memcmp(p->v[i].text, text, len)) {
            p->v[i].runs++;
            return;
        }
    if (p->n == MOST_TOLD)
        return;
    struct mt_problem *grown = realloc(p->v, ((size_t)p->n + 1) * sizeof *grown);
    if (!grown) {
        p->failed = true;
        return;
    }
    p->v = grown;
    p->v[p->n] = (struct mt_problem){strndup(text, len), strdup(label), 1, of_run->kind};
    if (p->v[p->n].text && p->v[p->n].label) {
        p->n++;
        return;
    }
    free(p->v[p->n].text);
    free(p->v[p->n].label);
    p->failed = true;
}

void mt_problems_add(struct mt_problems *p, const struct mt_diag *of_run, const char *label)
{
    const char *text = of_run->text.data ? of_run->text.data : "out of memory\n";
    for (const char *end; *text; text = end) {
        end = message_end(text);
        add_one(p, text, (size_t)(end - text), of_run, label);
    }
}

int mt_problems_report(struct mt_problems *p, struct mt_diag *diag)
{
    int rc = p->n || p->failed ? -1 : 0;
    for (int i = 0; i < p->n; i++) {
        struct mt_diag one = {.errors = 1, .kind = p->v[i].kind};
        mt_buf_printf(&one.text, "%s      = in the cell %s", p->v[i].text, p->v[i].label);
        if (p->v[i].runs > 1)
            mt_buf_printf(&one.text, ", and in %d more run%s", p->v[i].runs - 1, p->v[i].runs > 2 ? "s" : "");
        mt_buf_puts(&one.text, "\n");
        mt_diag_add_all(diag, &one);
        mt_diag_release(&one);
        free(p->v[i].text);
        free(p->v[i].label);
    }
    free(p->v);
    if (p->failed)
        mt_diag_memory(diag);
    *p = (struct mt_problems){0};
    return rc;
}

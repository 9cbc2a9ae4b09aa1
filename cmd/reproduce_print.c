/* reproduce_print.c: puts a page of `reproduce` together. */
#include "cmd/reproduce_print.h"

#include <string.h>

static int asked(const struct reproduce_page *p, const struct mt_claim_table *t, struct mt_err *err)
{
    reproduce_heading(p, t->title);
    switch ((enum mt_claim_show)t->show) {
    case MT_SHOW_FIGURES:
        return reproduce_asked_figures(p, t, err);
    case MT_SHOW_LOG:
        return reproduce_log(p, err);
    case MT_SHOW_CLASSES:
        return reproduce_classes(p, err);
    case MT_SHOW_CONFUSION:
        return reproduce_confusion(p, err);
    }
    return 0;
}

static int print_tables(const struct reproduce_page *p, struct mt_err *err)
{
    const struct mt_claims *c = &p->r->claims;
    for (int i = 0; i < c->tables.n; i++) {
        const struct mt_claim_table *t = mt_claim_table_at(c, i);
        if (!strcmp(t->notebook, p->notebook) && asked(p, t, err) < 0)
            return -1;
    }
    return 0;
}

int reproduce_print(const struct reproduction *r, const char *notebook, enum mt_text_format format,
                    struct mt_buf *out, struct mt_err *err)
{
    const struct reproduce_page p = {r, notebook, format, out};
    if (format == MT_TEXT_CSV || format == MT_TEXT_JSON)
        return reproduce_claims(&p, err);
    mt_buf_printf(out, "%s%s\n\n", format == MT_TEXT_MARKDOWN ? "### " : "", notebook);
    if (reproduce_claims(&p, err) < 0)
        return -1;
    reproduce_heading(&p, "The runs");
    return reproduce_figures(&p, err) < 0 || print_tables(&p, err) < 0 ? -1 : 0;
}

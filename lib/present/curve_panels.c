#include "lib/present/curve_panels.h"

#include <math.h>

#include "lib/report/scale.h"

const struct mt_curve_panel mt_curve_panels[] = {
    {"loss",
     {{"train_loss", "training", NULL},
      {"val_loss", "validation", NULL},
      {NULL, NULL, NULL},
      {"val_margin_loss", "validation, with margin", "val_loss"}},
     false},
    {"accuracy",
     {{"train_accuracy", "training", NULL},
      {"val_accuracy", "validation", NULL},
      {"train_leak_accuracy", "training, leak", "train_accuracy"},
      {"val_leak_accuracy", "validation, leak", "val_accuracy"}},
     false},
    {"t, the head's state", {{"t", "t", NULL}}, false},
    {"learning rate", {{"lr", "learning rate", NULL}}, true},
    {NULL, {{NULL, NULL, NULL}}, false},
};

/* Colors of their own and dashes, so that the lines differ in gray too. */
static const struct {
    int color;
    const char *dash;
} looks[MT_CURVE_SERIES] = {{0, NULL}, {1, "6 3"}, {3, "2 3"}, {5, "8 3 2 3"}};

static bool is_same(const double *a, const double *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

/* Whether powers of ten show more of a column: it spans some of them, and does not end in what is as good as
 * nothing, as a learning rate that follows a cosine does. */
static bool spans_powers(const struct mt_curves *c, const double *y)
{
    double low, high;
    return mt_axis_range(y, (long)c->n, true, &low, &high) && high > 50.0 * low && high < 1e5 * low;
}

bool mt_curve_panel_fill(const struct mt_curve_panel *p, const struct mt_curves *c,
                         struct mt_chart_lines *lines, struct mt_chart_series series[MT_CURVE_SERIES])
{
    double low, high;
    *lines = (struct mt_chart_lines){.title = p->title,
                                     .x_title = "epoch",
                                     .n = c->n,
                                     .x = mt_curves_column(c, "epoch"),
                                     .series = series};
    for (int i = 0; i < MT_CURVE_SERIES; i++) {
        const double *y = p->series[i].column ? mt_curves_column(c, p->series[i].column) : NULL;
        const double *plain = p->series[i].plain ? mt_curves_column(c, p->series[i].plain) : NULL;
        if (!y || !mt_axis_range(y, (long)c->n, false, &low, &high) || (plain && is_same(y, plain, c->n)))
            continue;
        lines->log = lines->n_series == 0 && p->may_be_log && spans_powers(c, y);
        series[lines->n_series++] =
            (struct mt_chart_series){p->series[i].name, y, looks[i].color, looks[i].dash};
    }
    return lines->x && lines->n_series > 0;
}

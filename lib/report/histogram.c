/* histogram.c: distributions over one another, each in percent of its own values. */
#include <math.h>
#include <string.h>

#include "lib/report/chart.h"
#include "lib/report/frame.h"
#include "lib/report/palette.h"
#include "lib/report/svg.h"

#define KEYS 18.0
#define MOST_BINS 256
#define MOST_SERIES ((int)(sizeof((struct mt_chart_histogram *)0)->series / sizeof(struct mt_chart_values)))

static const char *const dashes[] = {NULL, "5 2", "2 2", "7 2 2 2"};

struct shares {
    int bins;
    double percent[MOST_SERIES][MOST_BINS];
};

static void count(struct shares *s, const struct mt_chart_histogram *h)
{
    double most = (double)s->bins;
    memset(s->percent, 0, sizeof s->percent);
    double width = h->high > h->low ? h->high - h->low : 1.0;
    for (int k = 0; k < h->n_series; k++) {
        const struct mt_chart_values *v = &h->series[k];
        int64_t n = 0;
        for (int64_t i = 0; i < v->n; i++) {
            if (isnan(v->v[i]))
                continue;
            double at = floor((v->v[i] - h->low) / width * most);
            s->percent[k][(int)fmin(fmax(at, 0.0), most - 1.0)] += 1.0;
            n++;
        }
        for (int i = 0; i < s->bins && n > 0; i++)
            s->percent[k][i] *= 100.0 / (double)n;
    }
}

static double largest(const struct shares *s, int n_series)
{
    double most = 0.0;
    for (int k = 0; k < n_series; k++)
        for (int i = 0; i < s->bins; i++)
            most = fmax(most, s->percent[k][i]);
    return most;
}

/* Steps up and down along the bins; filled, they are closed along the base. */
static void draw_steps(struct mt_buf *b, const struct mt_frame *f, const double *percent, int bins,
                       const struct mt_svg_style *style)
{
    struct mt_svg_path p;
    double wide = (f->right - f->left) / bins;
    mt_svg_path_begin(&p, b, style);
    mt_svg_path_move(&p, f->left, f->bottom);
    for (int i = 0; i < bins; i++) {
        double y = mt_axis_at(&f->y, percent[i]);
        if (i == 0 || percent[i] != percent[i - 1])
            mt_svg_path_line(&p, f->left + i * wide, y);
        if (i + 1 == bins || percent[i] != percent[i + 1])
            mt_svg_path_line(&p, f->left + (i + 1) * wide, y);
    }
    mt_svg_path_line(&p, f->right, f->bottom);
    if (style->fill)
        mt_svg_path_close(&p);
    mt_svg_path_end(&p);
}

static void draw_keys(struct mt_buf *b, const struct mt_frame *f, const struct mt_chart_histogram *h)
{
    struct mt_frame_key key[MOST_SERIES];
    for (int k = 0; k < h->n_series; k++)
        key[k] = (struct mt_frame_key){h->series[k].name, mt_palette_class(h->series[k].color), dashes[k]};
    mt_frame_keys(b, f->left, f->top - 7, f->right - f->left, key, h->n_series);
}

void mt_chart_histograms(struct mt_buf *b, double width, double height, const struct mt_chart_histogram *h)
{
    struct mt_frame f;
    struct shares s = {.bins = h->bins < 1 ? 1 : h->bins > MOST_BINS ? MOST_BINS : h->bins};
    count(&s, h);
    double most = largest(&s, h->n_series);
    mt_axis_linear(&f.x, h->low, h->high, width < 260 ? 4 : 9, true);
    mt_axis_linear(&f.y, 0.0, most > 0.0 ? most : 1.0, height < 160 ? 3 : 5, false);
    mt_frame_place(&f, width, height, KEYS);
    mt_frame_title(b, width, h->title);
    draw_keys(b, &f, h);
    mt_frame_draw(b, &f, h->x_title);
    for (int k = 0; k < h->n_series; k++)
        draw_steps(b, &f, s.percent[k], s.bins,
                   &(struct mt_svg_style){.fill = mt_palette_class(h->series[k].color), .opacity = 0.3});
    for (int k = 0; k < h->n_series; k++)
        draw_steps(b, &f, s.percent[k], s.bins,
                   &(struct mt_svg_style){.stroke = mt_palette_class(h->series[k].color),
                                          .width = 1.4,
                                          .dash = dashes[k],
                                          .tip = h->series[k].name});
}

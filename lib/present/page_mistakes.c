/* page_mistakes.c: the contact sheet of the worst mistakes: the wrong predictions that the head was surest
 * of. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/present/page_images.h"
#include "lib/present/page_parts.h"
#include "lib/report/markup.h"

#define MOST_SHOWN 24 /* of a run */

struct mistake {
    int64_t at;
    float probability;
};

static int surest_first(const void *a, const void *b)
{
    const struct mistake *p = a, *q = b;
    float x = isnan(p->probability) ? -1 : p->probability, y = isnan(q->probability) ? -1 : q->probability;
    return x != y ? (x < y) - (x > y) : (p->at > q->at) - (p->at < q->at);
}

/* All mistakes, the worst first. Returns how many, or -1 without memory. */
static int64_t find_mistakes(const struct mt_predicted *d, struct mistake **out)
{
    struct mistake *v = malloc((size_t)d->n * sizeof *v + 1);
    int64_t n = 0;
    for (int64_t i = 0; v && i < d->n; i++)
        if (d->label[i] >= 0 && d->pred[i] >= 0 && d->label[i] != d->pred[i])
            v[n++] = (struct mistake){i, d->probability[i]};
    if (v)
        qsort(v, (size_t)n, sizeof *v, surest_first);
    *out = v;
    return v ? n : -1;
}

static void data_url(struct mt_buf *b, const struct mt_buf *png)
{
    mt_buf_puts(b, "data:image/png;base64,");
    mt_page_base64(b, png->data, png->len);
}

static void class_text(struct mt_buf *b, const struct mt_page_run *r, int k)
{
    char room[16];
    mt_markup_short(b, mt_class_name(&r->names, k, room), 40);
}

/* What is wrong with a picture's file leaves the picture out; the text stays. */
static int put_mistake(const struct mt_page *p, const struct mt_page_run *r, const struct mistake *m,
                       const struct mt_page_images *images, struct mt_err *err)
{
    const struct mt_predicted *d = &r->predicted;
    struct mt_buf png = {0}, *b = p->out;
    int there = images ? mt_page_image_png(images, d->index[m->at], &png, err) : 0;
    mt_buf_puts(b, "<li>");
    if (there == 1 && !png.failed) {
        mt_buf_printf(b, "<img alt=\"sample %lld\" src=\"", (long long)d->index[m->at]);
        data_url(b, &png);
        mt_buf_puts(b, "\">");
    }
    class_text(b, r, d->label[m->at]);
    mt_buf_puts(b, " <span class=bad>taken for ");
    class_text(b, r, d->pred[m->at]);
    mt_buf_puts(b, "</span><br><span class=soft>");
    if (!isnan(m->probability))
        mt_buf_printf(b, "%.1f %%, ", 100 * (double)m->probability);
    mt_buf_printf(b, "sample %lld", (long long)d->index[m->at]);
    if (d->file) {
        mt_buf_puts(b, "<br>");
        mt_markup_text(b, d->file[m->at]);
    }
    mt_buf_puts(b, "</span></li>\n");
    b->failed |= png.failed;
    mt_buf_release(&png);
    return there;
}

static int put_sheet(const struct mt_page *p, const struct mt_page_run *r,
                     const struct mt_page_images *images, struct mt_err *err)
{
    struct mistake *m;
    int64_t n = find_mistakes(&r->predicted, &m);
    int rc = n < 0 ? mt_err_memory(err, "the mistakes", (size_t)r->predicted.n * sizeof *m) : 0;
    mt_page_box(p, r);
    if (n == 0)
        mt_buf_puts(p->out, r->predicted.n
                                ? "<p>None.</p>\n"
                                : "<p class=soft>There are no predictions in this run folder.</p>\n");
    if (n > 0) {
        mt_buf_printf(p->out, "<p class=soft>%lld of %lld samples", (long long)n, (long long)r->predicted.n);
        mt_buf_puts(p->out, n > MOST_SHOWN ? "; those the head was surest of" : "");
        if (!images->open) {
            mt_buf_puts(p->out, ". There are no images: ");
            mt_markup_text(p->out, images->missing);
        }
        mt_buf_puts(p->out, "</p>\n<ul class=sheet>\n");
        for (int64_t i = 0; rc >= 0 && i < n && i < MOST_SHOWN; i++)
            rc = put_mistake(p, r, &m[i], images->open ? images : NULL, err);
        mt_buf_puts(p->out, "</ul>\n");
    }
    mt_buf_puts(p->out, "</div>\n");
    free(m);
    return rc < 0 ? -1 : 0;
}

/* Whether b has every key of a's data, with the same value. */
static bool has_data_of(const struct mt_settings *b, const struct mt_settings *a)
{
    for (int i = 0; i < a->n; i++) {
        const char *other = mt_settings_get(b, a->v[i].key);
        if (!strncmp(a->v[i].key, "data.", 5) && (!other || strcmp(other, a->v[i].value)))
            return false;
    }
    return true;
}

/* Whether two runs were judged on the same samples, read in the same way. */
static bool same_images(const struct mt_page_run *a, const struct mt_page_run *b)
{
    const struct mt_settings *x = &a->result.settings, *y = &b->result.settings;
    return has_data_of(x, y) && has_data_of(y, x) && !strcmp(a->split, b->split);
}

int mt_page_mistakes(const struct mt_page *p, struct mt_err *err)
{
    struct mt_page_images images = {.missing = "they were not asked for"};
    const struct mt_page_run *shown = NULL; /* whose images are open */
    int rc = 0;
    mt_page_section(p, "mistakes", "The worst mistakes");
    mt_buf_puts(p->out, "<div class=runs>\n");
    for (int i = 0; rc == 0 && i < p->n_runs; i++) {
        bool wanted = p->input->images && p->run[i].predicted.n > 0;
        if (wanted && (!images.open || !same_images(shown, &p->run[i]))) {
            mt_page_images_release(&images);
            rc = mt_page_images_open(&images, &p->run[i].result, p->run[i].split, err);
            shown = &p->run[i];
        }
        if (rc == 0)
            rc = put_sheet(p, &p->run[i], &images, err);
    }
    mt_page_images_release(&images);
    mt_buf_puts(p->out, "</div>\n");
    mt_page_section_end(p);
    return rc;
}

/* page_views.c: what is drawn of a run's points: its embeddings where they have two or three dimensions, and
 * projections. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/present/page_parts.h"
#include "lib/present/run_directions.h"
#include "lib/present/run_pca.h"

static int32_t in_page(const struct mt_page_run *r, int32_t k)
{
    return k >= 0 && k < r->names.n ? r->class_of[k] : -1;
}

/* Every how manieth of n points is drawn. */
static int64_t step_of(int64_t n)
{
    return n > MT_PAGE_POINTS ? (n + MT_PAGE_POINTS - 1) / MT_PAGE_POINTS : 1;
}

static int draw_samples(struct mt_page_samples *s, const struct mt_page_run *r, const struct mt_points *p,
                        struct mt_err *err)
{
    int64_t step = step_of(p->n);
    s->of = p->n;
    s->n = (p->n + step - 1) / step;
    size_t room = (size_t)s->n + 1;
    s->index = calloc(room, sizeof *s->index);
    s->class = calloc(room, sizeof *s->class);
    s->pred = calloc(room, sizeof *s->pred);
    if (!s->index || !s->class || !s->pred)
        return mt_err_memory(err, "the samples", room * 3 * sizeof *s->index);
    for (int64_t i = 0; i < s->n; i++) {
        s->index[i] = (int32_t)p->index[i * step];
        s->class[i] = in_page(r, p->label[i * step]);
        s->pred[i] = in_page(r, p->pred[i * step]);
    }
    return 0;
}

static void release_samples(struct mt_page_samples *s)
{
    free(s->index);
    free(s->class);
    free(s->pred);
}

const struct mt_page_samples *mt_page_samples_of(const struct mt_page_run *r, const struct mt_page_view *v)
{
    return v->own.n ? &v->own : &r->samples;
}

static bool unit_length(const struct mt_page_view *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int d = 0; d < v->dim; d++)
            sum += (double)v->x[i * v->dim + d] * v->x[i * v->dim + d];
        if (!(fabs(sqrt(sum) - 1) < 1e-3))
            return false;
    }
    return n > 0;
}

static bool is_drawn(int64_t n, int dim)
{
    return n > 0 && (dim == 2 || dim == 3);
}

/* Points that cannot be drawn add nothing, and those that are not finite have no place. */
static int add_view(struct mt_page_run *r, const char *title, const float *x, int64_t n, int dim,
                    struct mt_err *err)
{
    struct mt_page_view *v = &r->view[r->n_views];
    if (!is_drawn(n, dim))
        return 0;
    size_t row = (size_t)dim * sizeof *v->x;
    int64_t step = step_of(n), drawn = (n + step - 1) / step;
    if (!(v->x = malloc((size_t)drawn * row)))
        return mt_err_memory(err, title, (size_t)drawn * row);
    for (int64_t i = 0; i < drawn; i++) {
        const float *from = x + i * step * dim;
        bool is = isfinite(from[0]) && isfinite(from[1]) && isfinite(from[dim - 1]);
        for (int d = 0; d < dim; d++)
            v->x[i * dim + d] = is ? from[d] : NAN;
        v->n_placed += is;
    }
    v->title = title;
    v->dim = dim;
    r->n_views++;
    return 0;
}

static int add_centers(const struct mt_page *p, struct mt_page_run *r, struct mt_page_view *v,
                       struct mt_err *err)
{
    const struct mt_points *c = &r->centers;
    size_t n = (size_t)p->n_classes * (size_t)v->dim;
    if (c->n == 0 || c->dim != v->dim)
        return 0;
    if (!(v->center = malloc(n * sizeof *v->center + 1)))
        return mt_err_memory(err, "the centers", n * sizeof *v->center);
    for (size_t i = 0; i < n; i++)
        v->center[i] = NAN;
    for (int64_t i = 0; i < c->n; i++)
        if (in_page(r, c->label[i]) >= 0)
            memcpy(v->center + in_page(r, c->label[i]) * v->dim, c->x + i * v->dim,
                   (size_t)v->dim * sizeof *v->center);
    return 0;
}

/* The static picture shows what the head sees; a reader can ask the live one for the other. */
static int add_directions(struct mt_page_view *v, int64_t n, int64_t classes, struct mt_err *err)
{
    int64_t numbers = (n + (v->center ? classes : 0)) * v->dim;
    if (!(v->unit_x = malloc((size_t)numbers * sizeof *v->unit_x + 1)))
        return mt_err_memory(err, "directions", (size_t)numbers * sizeof *v->unit_x);
    v->unit = true;
    mt_directions(v->unit_x, v->x, n, v->dim);
    if (v->center) {
        v->unit_center = v->unit_x + n * v->dim; /* of the same block */
        mt_directions(v->unit_center, v->center, classes, v->dim);
    }
    return 0;
}

static int add_embeddings(const struct mt_page *p, struct mt_page_run *r, struct mt_err *err)
{
    const struct mt_points *e = &r->embeddings;
    if (add_view(r, "Embeddings", e->x, e->n, e->dim, err) < 0)
        return -1;
    if (r->n_views == 0)
        return 0;
    r->view[0].axes = true;
    if (add_centers(p, r, &r->view[0], err) < 0)
        return -1;
    if (mt_run_is_angular(&r->result) || unit_length(&r->view[0], r->samples.n))
        return add_directions(&r->view[0], r->samples.n, p->n_classes, err);
    return 0;
}

/* The principal components, where `project` has not left any. */
static int add_own_pca(struct mt_page_run *r, struct mt_err *err)
{
    struct mt_points pca;
    int rc = mt_run_pca(&pca, &r->embeddings, err);
    if (rc == 0)
        rc = add_view(r, "PCA", pca.x, pca.n, pca.dim, err);
    mt_points_release(&pca);
    return rc;
}

/* `project` may have taken a part of the samples, or the run was trained on since. */
static bool same_samples(const struct mt_points *a, const struct mt_points *b)
{
    size_t n = (size_t)a->n;
    return a->n == b->n && (n == 0 || (!memcmp(a->index, b->index, n * sizeof *a->index) &&
                                       !memcmp(a->label, b->label, n * sizeof *a->label) &&
                                       !memcmp(a->pred, b->pred, n * sizeof *a->pred)));
}

/* Returns 1, 0 where `project` has not left this one, or -1. */
static int add_projection(struct mt_page_run *r, const char *file, const char *title, struct mt_err *err)
{
    struct mt_points points;
    int there = mt_points_read(&points, r->result.path, file, NULL, err);
    if (there != 1)
        return there;
    struct mt_page_view *v = &r->view[r->n_views];
    int rc = 0;
    if (is_drawn(points.n, points.dim) && !same_samples(&points, &r->embeddings))
        rc = draw_samples(&v->own, r, &points, err);
    if (rc == 0)
        rc = add_view(r, title, points.x, points.n, points.dim, err);
    mt_points_release(&points);
    return rc < 0 ? -1 : 1;
}

int mt_page_make_views(const struct mt_page *p, struct mt_page_run *r, struct mt_err *err)
{
    if (draw_samples(&r->samples, r, &r->embeddings, err) < 0 || add_embeddings(p, r, err) < 0)
        return -1;
    int pca = add_projection(r, "projections/pca.csv", "PCA", err);
    if (pca == 0)
        pca = add_own_pca(r, err);
    return pca < 0 || add_projection(r, "projections/tsne.csv", "t-SNE", err) < 0 ||
                   add_projection(r, "projections/umap.csv", "UMAP", err) < 0
               ? -1
               : 0;
}

void mt_page_release_views(struct mt_page_run *r)
{
    for (int i = 0; i < MT_PAGE_VIEWS; i++) {
        free(r->view[i].x);
        free(r->view[i].center);
        free(r->view[i].unit_x);
        release_samples(&r->view[i].own);
    }
    release_samples(&r->samples);
}

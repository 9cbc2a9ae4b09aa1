/* scatter3d.c: points of classes in three dimensions, seen from a camera.
 *
 * With the camera at azimuth a and elevation e, the screen's axes and the direction to the eye are
 *     right = (-sin a, cos a, 0), up = (-cos a sin e, -sin a sin e, cos e), near = (cos a cos e, sin a cos e,
 * sin e). */
#include <math.h>
#include <stdlib.h>

#include "lib/report/chart.h"
#include "lib/report/dots.h"
#include "lib/report/frame.h"
#include "lib/report/svg.h"

#define LAYERS 8   /* steps of depth; those from the fifth on lie before the origin */
#define CIRCLE 48  /* pieces of a circle on the sphere */
#define EVERY 30.0 /* degrees between such circles */

struct view {
    double right[3], up[3], near[3];
    double x, y, radius; /* of the unit sphere's, or the farthest point's, circle in the drawing */
    double scale;        /* pixels per unit */
};

struct spot {
    double x, y, depth; /* depth in [-1,1], 1 is nearest */
};

static void look(struct view *v, const struct mt_camera *c)
{
    double a = c->azimuth * M_PI / 180.0, e = c->elevation * M_PI / 180.0;
    double ca = cos(a), sa = sin(a), ce = cos(e), se = sin(e);
    *v = (struct view){.right = {-sa, ca, 0}, .up = {-ca * se, -sa * se, ce}, .near = {ca * ce, sa * ce, se}};
}

static double dot3(const double a[3], double x, double y, double z)
{
    return a[0] * x + a[1] * y + a[2] * z;
}

static struct spot project(const struct view *v, double x, double y, double z)
{
    return (struct spot){v->x + v->scale * dot3(v->right, x, y, z), v->y - v->scale * dot3(v->up, x, y, z),
                         v->scale / v->radius * dot3(v->near, x, y, z)};
}

static bool is_finite(const float *x)
{
    return isfinite(x[0]) && isfinite(x[1]) && isfinite(x[2]);
}

static double farthest(const float *x, int64_t n, double most)
{
    for (int64_t i = 0; i < n; i++)
        if (is_finite(x + 3 * i))
            most = fmax(most, sqrt((double)x[3 * i] * x[3 * i] + (double)x[3 * i + 1] * x[3 * i + 1] +
                                   (double)x[3 * i + 2] * x[3 * i + 2]));
    return most;
}

static void place(struct view *v, double width, double height, const struct mt_chart_points *p)
{
    double top = p->title ? MT_FRAME_TITLE : 0.0;
    double reach = farthest(p->x, p->n, p->unit ? 1.0 : 0.0);
    if (p->center)
        reach = farthest(p->center, p->n_centers, reach);
    v->x = width / 2;
    v->y = top + (height - top) / 2;
    v->radius = fmax(fmin(width, height - top) / 2 - 16, 1.0);
    v->scale = v->radius / (reach > 0.0 ? reach : 1.0);
}

/* --- the sphere, or the axes --- */

/* The circle at `polar` degrees from the z axis, or the half circle of longitude `polar`; the part that faces
 * the eye or the other. */
static void draw_circle(struct mt_svg_path *p, const struct view *v, double polar, bool meridian, bool front)
{
    double fixed = polar * M_PI / 180.0;
    mt_svg_path_lift(p);
    for (int i = 0; i <= CIRCLE; i++) {
        double t = 2.0 * M_PI * i / CIRCLE;
        struct spot s = meridian ? project(v, cos(fixed) * cos(t), sin(fixed) * cos(t), sin(t))
                                 : project(v, sin(fixed) * cos(t), sin(fixed) * sin(t), cos(fixed));
        if ((s.depth >= 0.0) == front)
            mt_svg_path_line(p, s.x, s.y);
        else
            mt_svg_path_lift(p);
    }
}

static void draw_half_grid(struct mt_buf *b, const struct view *v, bool front)
{
    struct mt_svg_path p;
    mt_svg_path_begin(
        &p, b, &(struct mt_svg_style){.stroke = "currentColor", .width = 0.5, .opacity = front ? 0.3 : 0.12});
    for (double at = EVERY; at < 179.0; at += EVERY)
        draw_circle(&p, v, at, false, front);
    for (double at = 0.0; at < 179.0; at += EVERY)
        draw_circle(&p, v, at, true, front);
    mt_svg_path_end(&p);
}

static void draw_sphere(struct mt_buf *b, const struct view *v)
{
    mt_svg_circle(b, v->x, v->y, v->scale, &(struct mt_svg_style){.fill = "currentColor", .opacity = 0.05});
    mt_svg_circle(b, v->x, v->y, v->scale,
                  &(struct mt_svg_style){.stroke = "currentColor", .width = 0.8, .opacity = 0.5});
    draw_half_grid(b, v, true);
}

static void draw_axes(struct mt_buf *b, const struct view *v)
{
    static const char *const name[] = {"x", "y", "z"};
    struct spot o = project(v, 0, 0, 0);
    for (int d = 0; d < 3; d++) {
        double reach = v->radius / v->scale;
        struct spot s = project(v, d == 0 ? reach : 0, d == 1 ? reach : 0, d == 2 ? reach : 0);
        mt_svg_line(b, o.x, o.y, s.x, s.y,
                    &(struct mt_svg_style){.stroke = "currentColor", .width = 0.8, .opacity = 0.5});
        mt_svg_text(b, s.x + (s.x - o.x) * 0.05, s.y + (s.y - o.y) * 0.05 + 4, name[d],
                    &(struct mt_svg_text){.size = 11, .anchor = "middle"});
    }
}

/* --- points --- */

static int layer_of(double depth)
{
    int layer = (int)floor((depth + 1.0) / 2.0 * LAYERS);
    return layer < 0 ? 0 : layer >= LAYERS ? LAYERS - 1 : layer;
}

static int make_dots(struct mt_dots *dots, const struct view *v, const float *x, const int32_t *label,
                     int64_t n)
{
    if (mt_dots_init(dots, n) < 0)
        return -1;
    for (int64_t i = 0; i < n; i++, x += 3) {
        if (!is_finite(x))
            continue;
        struct spot s = project(v, x[0], x[1], x[2]);
        mt_dots_add(dots, layer_of(s.depth), label ? label[i] : -1, s.x, s.y);
    }
    mt_dots_sort(dots);
    return 0;
}

static void draw_layers(struct mt_buf *b, const struct view *v, struct mt_dots *points,
                        struct mt_dots *centers, double size, bool unit)
{
    if (unit)
        draw_half_grid(b, v, false);
    for (int layer = 0; layer < LAYERS; layer++) {
        double part = layer / (LAYERS - 1.0);
        if (layer == LAYERS / 2)
            (unit ? draw_sphere : draw_axes)(b, v);
        mt_dots_draw(b, points, layer, size * (0.8 + 0.4 * part), 0.3 + 0.6 * part);
        mt_dots_draw_diamonds(b, centers, layer, layer < LAYERS / 2 ? 0.6 : 1);
    }
}

void mt_chart_scatter3d(struct mt_buf *b, double width, double height, const struct mt_chart_points *p,
                        const struct mt_camera *camera)
{
    struct view v;
    struct mt_dots points = {0}, centers = {0};
    look(&v, camera);
    place(&v, width, height, p);
    mt_frame_title(b, width, p->title);
    if (make_dots(&points, &v, p->x, p->label, p->n) < 0 ||
        make_dots(&centers, &v, p->center, p->center_label, p->center ? p->n_centers : 0) < 0)
        b->failed = true;
    else
        draw_layers(b, &v, &points, &centers, mt_dots_size(p->n), p->unit);
    free(points.v);
    free(centers.v);
}

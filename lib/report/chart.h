/* chart.h: charts from plain arrays, drawn with svg.h.
 *
 * Each fills a rectangle of the given size whose upper left corner is the origin; the caller has begun the
 * drawing, and moves a chart to its place by mt_svg_group_at. Values that are not finite are left out.
 * Nothing is taken over; everything may be released after the call. Texts are hostile, and cut where they are
 * long. Want of memory is remembered by the buffer. */
#ifndef MT_REPORT_CHART_H
#define MT_REPORT_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

/* --- points of classes --- */

struct mt_chart_points {
    const char *title;
    int64_t n;
    int dim;              /* 2 or 3 of mt_chart_scatter; 3 of mt_chart_scatter3d */
    const float *x;       /* (n, dim) */
    const int32_t *label; /* (n), the color; < 0: none; NULL: no point has one */
    int64_t n_centers;
    const float *center;         /* (n_centers, dim), drawn as diamonds; NULL: none */
    const int32_t *center_label; /* (n_centers), as label */
    bool unit;                   /* the points lie on the unit circle or sphere, which is drawn */
};

/* Where the eye is, in degrees: around the z axis, counted from x toward y; and above the plane of x and y.
 */
struct mt_camera {
    double azimuth, elevation;
};

/* Parallel projection, the origin in the middle. What is nearer covers what is farther, in eight steps, and
 * is larger and less faint. One path per step and class: 10,000 points take some 150 kB. */
void mt_chart_scatter3d(struct mt_buf *b, double width, double height, const struct mt_chart_points *p,
                        const struct mt_camera *camera);
/* The first two coordinates, in one scale; axes are drawn where `axes` says that their values mean something.
 */
void mt_chart_scatter(struct mt_buf *b, double width, double height, const struct mt_chart_points *p,
                      bool axes);

/* Colors and names of classes, row by row. With more than 20 only the first are named, and how many more
 * there are. */
struct mt_chart_classes {
    int n;
    const char *const *name; /* (n); NULL, or a name NULL: the number */
};
void mt_chart_legend(struct mt_buf *b, double width, const struct mt_chart_classes *c);
double mt_chart_legend_height(double width, const struct mt_chart_classes *c);

/* --- curves --- */

struct mt_chart_series {
    const char *name;
    const double *y; /* (n); not-a-number is a gap */
    int color;       /* as of a class */
    const char *dash;
};
struct mt_chart_lines {
    const char *title, *x_title;
    int64_t n;
    const double *x; /* (n), ascending */
    int n_series;
    const struct mt_chart_series *series;
    bool log; /* where the values are positive */
};
void mt_chart_lines(struct mt_buf *b, double width, double height, const struct mt_chart_lines *c);

/* --- a confusion matrix --- */

/* Rows are true classes, columns predictions; a cell's color is its share of the row. Numbers are written to
 * 20 classes, names to 60; beyond 150 classes a cell stands for several. */
struct mt_chart_matrix {
    const char *title;
    struct mt_chart_classes classes;
    const int64_t *count; /* (classes, classes) */
};
void mt_chart_matrix(struct mt_buf *b, double width, double height, const struct mt_chart_matrix *m);

/* --- histograms over one another --- */

struct mt_chart_histogram {
    const char *title, *x_title;
    double low, high; /* of the values; those beyond count in the outer bins */
    int bins;         /* at most 256 */
    int n_series;
    struct mt_chart_values {
        const char *name;
        const float *v;
        int64_t n;
        int color;
    } series[4];
};
/* The height of a bar is its share of the series in percent. */
void mt_chart_histograms(struct mt_buf *b, double width, double height, const struct mt_chart_histogram *h);

#endif

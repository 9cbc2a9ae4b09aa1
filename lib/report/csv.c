#include "lib/report/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* %.9g is slow in the C library, which handles any number of digits. Here 9 digits come from one product: for
 * 1e-4 <= |v| < 1e8 the power of ten is exact and v * 10^p is off by less than 1e9 * 2^-53, so its nearest
 * integer is right unless the product lies within 1e-6 of the middle between two. 1.3 million numbers take
 * 0.05 s instead of 0.19 s. */
static int digits_of(double v, int *exponent, uint32_t *digits)
{
    static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
    if (!(v >= 1e-4 && v < 99999999.0))
        return -1;
    int x = 8; /* decimal exponent of v: v / 10^x in [1, 10) */
    while (x > 0 && v < power[x])
        x--;
    if (v < 1.0)
        for (x = -1; v * power[-x] < 1.0; x--)
            ;
    double scaled = v * power[8 - x], whole = floor(scaled), rest = scaled - whole;
    if (fabs(rest - 0.5) < 1e-6)
        return -1;
    uint32_t d = (uint32_t)whole + (rest > 0.5);
    if (d < 100000000 || d >= 1000000000) /* rounded up to a power of ten, or x is off by one */
        return -1;
    *exponent = x;
    *digits = d;
    return 0;
}

void mt_csv_float(struct mt_buf *b, float value)
{
    char text[32], digit[9];
    int exponent, n = 0, used = 9;
    uint32_t digits;
    if (value == 0.0f || digits_of(fabs((double)value), &exponent, &digits) < 0) {
        mt_buf_append(b, text, (size_t)snprintf(text, sizeof text, "%.9g", (double)value));
        return;
    }
    for (int i = 8; i >= 0; i--, digits /= 10)
        digit[i] = (char)('0' + digits % 10);
    while (used > 1 && digit[used - 1] == '0')
        used--;
    if (value < 0)
        text[n++] = '-';
    for (int i = exponent < 0 ? exponent : 0; i < used || i <= exponent; i++) {
        if (i == exponent + 1)
            text[n++] = '.';
        text[n++] = i < 0 || i >= used ? '0' : digit[i];
    }
    mt_buf_append(b, text, (size_t)n);
}

static void put_int(struct mt_buf *b, int64_t value)
{
    char text[24];
    mt_buf_append(b, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
}

/* The k-th class as a field of its own; empty when there is none. */
static void put_name(struct mt_buf *b, const char *const *name, int32_t k)
{
    if (k >= 0 && name)
        mt_buf_csv_field(b, name[k]);
    else if (k >= 0)
        put_int(b, k);
}

static void comma_class(struct mt_buf *b, const int32_t *v, int64_t i)
{
    mt_buf_puts(b, ",");
    if (v && v[i] >= 0)
        put_int(b, v[i]);
}

static void comma_name(struct mt_buf *b, const struct mt_csv_samples *s, const int32_t *v, int64_t i)
{
    mt_buf_puts(b, ",");
    if (v)
        put_name(b, s->class_name, v[i]);
}

static void comma_float(struct mt_buf *b, const float *v, int64_t i)
{
    mt_buf_puts(b, ",");
    if (v && !isnan(v[i]))
        mt_csv_float(b, v[i]);
}

static void put_coordinate_names(struct mt_buf *b, int dim)
{
    if (dim == 2 || dim == 3) {
        mt_buf_puts(b, dim == 2 ? ",x,y" : ",x,y,z");
        return;
    }
    for (int d = 0; d < dim; d++)
        mt_buf_printf(b, ",e%d", d);
}

static int64_t number_of(const struct mt_csv_samples *s, int64_t i)
{
    return s->index ? s->index[i] : i;
}

void mt_csv_embeddings(struct mt_buf *b, const struct mt_csv_samples *s, const float *x, int dim)
{
    mt_buf_puts(b, "index,label,label_name,pred");
    put_coordinate_names(b, dim);
    mt_buf_puts(b, "\n");
    for (int64_t i = 0; i < s->n; i++) {
        put_int(b, number_of(s, i));
        comma_class(b, s->label, i);
        comma_name(b, s, s->label, i);
        comma_class(b, s->pred, i);
        for (int d = 0; d < dim; d++)
            comma_float(b, x, i * dim + d);
        mt_buf_puts(b, "\n");
    }
}

void mt_csv_centers(struct mt_buf *b, const float *x, const int64_t *count, const char *const *class_name,
                    int classes, int dim)
{
    mt_buf_puts(b, "label,label_name,count");
    put_coordinate_names(b, dim);
    mt_buf_puts(b, "\n");
    for (int32_t k = 0; k < classes; k++) {
        put_int(b, k);
        mt_buf_puts(b, ",");
        put_name(b, class_name, k);
        mt_buf_puts(b, ",");
        put_int(b, count[k]);
        for (int d = 0; d < dim; d++)
            comma_float(b, count[k] > 0 ? x : NULL, (int64_t)k * dim + d);
        mt_buf_puts(b, "\n");
    }
}

void mt_csv_predictions(struct mt_buf *b, const struct mt_csv_predictions *p)
{
    const struct mt_csv_samples *s = &p->samples;
    mt_buf_printf(b, "index%s,label,label_name,pred,pred_name,probability,top2,top2_name,margin%s%s\n",
                  s->sample_name ? ",file" : "", p->center ? ",center_pred" : "", p->knn ? ",knn_pred" : "");
    for (int64_t i = 0; i < s->n; i++) {
        put_int(b, number_of(s, i));
        if (s->sample_name) {
            mt_buf_puts(b, ",");
            mt_buf_csv_field(b, s->sample_name[number_of(s, i)]);
        }
        comma_class(b, s->label, i);
        comma_name(b, s, s->label, i);
        comma_class(b, s->pred, i);
        comma_name(b, s, s->pred, i);
        comma_float(b, p->probability, i);
        comma_class(b, p->second, i);
        comma_name(b, s, p->second, i);
        comma_float(b, p->margin, i);
        if (p->center)
            comma_class(b, p->center, i);
        if (p->knn)
            comma_class(b, p->knn, i);
        mt_buf_puts(b, "\n");
    }
}

/* sheet.c: the contact sheet. Samples are enlarged by whole factors, or reduced when they are larger than a
 * cell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/data/build.h"
#include "lib/data/encode_png.h"
#include "lib/data/image.h"
#include "lib/data/stream.h"
#include "lib/data/summary.h"

#define COLUMNS 16
#define MAX_ROWS 256
#define SEEN_SAMPLES 3  /* of a class, on a sheet of what a network sees */
#define SEEN_COLUMNS 10 /* the sample, without random transforms, and in 8 epochs */
#define SMALL 48        /* samples are enlarged to about this side */
#define LARGE 96        /* and reduced to this one */
#define GAP 2
#define NAME_WIDTH 160

struct sheet {
    const struct mt_view *v;
    struct mt_shape shape; /* of a sample as shown */
    int zoom;              /* or 1 */
    int cell_h, cell_w;
    int rows, h, w;
    int *row_class; /* (rows) */
    double min, range;
    uint8_t *pixels;   /* (h, w, channels) */
    uint8_t *streamed; /* a sample of a streamed data set */
    int channels;
    /* Of each class the samples that are shown, in lines of `columns` of them. On a sheet of what a network
     * sees a line is one sample. */
    int samples, lines, columns;
    const struct mt_augment *augment; /* or NULL */
    char *fixed, *seen, *scratch;
};

static int settle_shape(struct sheet *s, struct mt_err *err)
{
    char text[48];
    struct mt_shape shape = s->v->data->shape;
    if (shape.h == 1 && shape.w == 1 && shape.c > 1) {
        int side = (int)lround(sqrt(shape.c));
        if (side * side != shape.c)
            return mt_err_set(err, MT_ERR_USAGE,
                              "a contact sheet needs images, and samples are %s; give their shape",
                              mt_shape_text(shape, text));
        shape = (struct mt_shape){1, side, side};
    }
    s->shape = shape;
    s->channels = shape.c == 3 ? 3 : 1;
    int side = shape.h > shape.w ? shape.h : shape.w;
    s->zoom = side < SMALL ? (SMALL + side - 1) / side : 1;
    double reduce = side > LARGE ? (double)LARGE / side : 1;
    s->cell_h = s->zoom * (int)fmax(1, lround(shape.h * reduce));
    s->cell_w = s->zoom * (int)fmax(1, lround(shape.w * reduce));
    return 0;
}

/* One row per class that has samples; without labels, one. */
static int settle_rows(struct sheet *s, const struct mt_summary *summary, struct mt_err *err)
{
    int classes = summary->of_class ? s->v->data->classes : 1;
    if (!(s->row_class = malloc((size_t)classes * sizeof *s->row_class)))
        return mt_err_memory(err, "the contact sheet", (size_t)classes * sizeof *s->row_class);
    for (int c = 0; c < classes; c++)
        if (!summary->of_class || summary->of_class[c])
            s->row_class[s->rows++] = c;
    if (s->rows > MAX_ROWS)
        return mt_err_set(err, MT_ERR_USAGE, "a contact sheet shows up to %d classes, and there are %d",
                          MAX_ROWS, s->rows);
    s->h = s->rows * s->lines * (s->cell_h + GAP) + GAP;
    s->w = s->columns * (s->cell_w + GAP) + GAP;
    size_t bytes = (size_t)s->h * (size_t)s->w * (size_t)s->channels;
    if (!(s->pixels = malloc(bytes)))
        return mt_err_memory(err, "the contact sheet", bytes);
    memset(s->pixels, 255, bytes);
    return 0;
}

/* A sample as (h, w, channels) bytes; of two or four channels the first is shown. */
static void stretch(const struct sheet *s, const void *pixels, size_t at, struct mt_image *image)
{
    const struct mt_dataset *d = s->v->data;
    size_t plane = (size_t)s->shape.h * (size_t)s->shape.w;
    double gain = s->range > 0 ? 255 / s->range : 0;
    for (size_t i = 0; i < plane; i++) {
        for (size_t c = 0; c < (size_t)s->channels; c++) {
            size_t k = at + c * plane + i;
            double v =
                d->pixel == MT_PIXEL_U8 ? ((const uint8_t *)pixels)[k] : (double)((const float *)pixels)[k];
            double shown = (v - s->min) * gain; /* transforms may leave the range */
            image->data[i * (size_t)s->channels + c] = (uint8_t)lround(shown < 0     ? 0
                                                                       : shown > 255 ? 255
                                                                                     : shown);
        }
    }
}

static int put_pixels(struct sheet *s, int row, int column, const void *pixels, size_t at,
                      struct mt_image *image, uint8_t *small, struct mt_err *err)
{
    int h = s->cell_h / s->zoom, w = s->cell_w / s->zoom;
    stretch(s, pixels, at, image);
    if (mt_image_resize(image, h, w, small, err) < 0)
        return -1;
    int top = GAP + row * (s->cell_h + GAP), left = GAP + column * (s->cell_w + GAP);
    for (int y = 0; y < s->cell_h; y++)
        for (int x = 0; x < s->cell_w; x++)
            for (int c = 0; c < s->channels; c++)
                s->pixels[((top + y) * s->w + left + x) * s->channels + c] =
                    small[(c * h + y / s->zoom) * w + x / s->zoom];
    return 0;
}

/* The `number`th sample that is shown of the class in `row`. */
static int put_sample(struct sheet *s, int row, int number, int32_t sample, struct mt_image *image,
                      uint8_t *small, struct mt_err *err)
{
    const struct mt_dataset *d = s->v->data;
    const void *pixels = d->stream ? s->streamed : d->pixels;
    size_t at = d->stream ? 0 : (size_t)sample * mt_shape_count(d->shape);
    int line = row * s->lines + (s->augment ? number : 0);
    if (d->stream && mt_stream_read(d, sample, s->streamed, err) < 0)
        return -1;
    if (put_pixels(s, line, s->augment ? 0 : number, pixels, at, image, small, err) < 0)
        return -1;
    if (!s->augment)
        return 0;
    size_t bytes = mt_form_bytes(&s->augment->form);
    memcpy(s->fixed, (const char *)pixels + at * mt_form_value(&s->augment->form), bytes);
    mt_augment_fixed(s->augment, s->fixed, s->scratch);
    if (put_pixels(s, line, 1, s->fixed, 0, image, small, err) < 0)
        return -1;
    for (int k = 2; k < s->columns; k++) {
        mt_augment_random(s->augment, (uint32_t)(k - 2), (uint32_t)sample, s->fixed, s->seen, s->scratch);
        if (put_pixels(s, line, k, s->seen, 0, image, small, err) < 0)
            return -1;
    }
    return 0;
}

/* Of k samples of a class the shown ones, `samples` of them, are 0, k / samples, 2 k / samples, ... */
static int draw(struct sheet *s, const struct mt_summary *summary, struct mt_err *err)
{
    const struct mt_dataset *d = s->v->data;
    int64_t seen[MAX_ROWS] = {0};
    int shown[MAX_ROWS] = {0}, rc = -1, *row_of = NULL;
    size_t bytes = (size_t)s->shape.h * (size_t)s->shape.w * (size_t)s->channels;
    struct mt_image image = {
        .w = s->shape.w, .h = s->shape.h, .channels = s->channels, .data = malloc(bytes)};
    uint8_t *small = malloc((size_t)s->cell_h * (size_t)s->cell_w * (size_t)s->channels);
    row_of = calloc(summary->of_class ? (size_t)d->classes : 1, sizeof *row_of);
    if (!image.data || !small || !row_of) {
        mt_err_memory(err, "the contact sheet", bytes);
        goto out;
    }
    for (int r = 0; r < s->rows; r++)
        row_of[s->row_class[r]] = r;
    for (int64_t i = 0; i < s->v->n; i++) {
        int c = summary->of_class ? d->label[s->v->index[i]] : 0, row = row_of[c];
        int64_t k = summary->of_class ? summary->of_class[c] : s->v->n;
        bool turn = k <= s->samples || seen[row] == shown[row] * k / s->samples;
        seen[row]++;
        if (turn && shown[row] < s->samples &&
            put_sample(s, row, shown[row]++, s->v->index[i], &image, small, err) < 0)
            goto out;
    }
    rc = 0;
out:
    free(image.data);
    free(small);
    free(row_of);
    return rc;
}

static void put_base64(const uint8_t *data, size_t len, struct mt_buf *out)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)data[i] << 16;
        v |= i + 1 < len ? (uint32_t)data[i + 1] << 8 : 0;
        v |= i + 2 < len ? data[i + 2] : 0;
        char text[4] = {digit[v >> 18], digit[v >> 12 & 63], i + 1 < len ? digit[v >> 6 & 63] : '=',
                        i + 2 < len ? digit[v & 63] : '='};
        mt_buf_append(out, text, sizeof text);
    }
}

static void put_xml(const char *text, struct mt_buf *out)
{
    struct mt_buf plain = {0};
    mt_buf_plain(&plain, text);
    out->failed = out->failed || plain.failed;
    for (const char *p = plain.data; p && *p; p++) {
        if (*p == '&' || *p == '<' || *p == '>')
            mt_buf_puts(out, *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : "&gt;");
        else
            mt_buf_append(out, p, 1);
    }
    mt_buf_release(&plain);
}

static void put_svg(const struct sheet *s, const struct mt_summary *summary, const struct mt_buf *png,
                    struct mt_buf *out)
{
    int left = summary->of_class ? NAME_WIDTH : 0;
    mt_buf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
        "font-size=\"13\">\n",
        left + s->w, s->h);
    mt_buf_puts(out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
    for (int r = 0; left && r < s->rows; r++) {
        int c = s->row_class[r], y = GAP + r * s->lines * (s->cell_h + GAP) + s->cell_h / 2;
        mt_buf_printf(out, "<text x=\"4\" y=\"%d\">", y);
        put_xml(s->v->data->class_name[c], out);
        mt_buf_printf(out, "<tspan x=\"4\" dy=\"15\" fill=\"#777\">%lld</tspan></text>\n",
                      (long long)summary->of_class[c]);
    }
    mt_buf_printf(out, "<image x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,",
                  left, s->w, s->h);
    put_base64((const uint8_t *)png->data, png->len, out);
    mt_buf_puts(out, "\"/>\n</svg>\n");
}

static int make_room(struct sheet *s, struct mt_err *err)
{
    size_t bytes = mt_shape_count(s->v->data->shape) * sizeof(float);
    if (s->v->data->stream && !(s->streamed = malloc(bytes)))
        return mt_err_memory(err, "a sample", bytes);
    if (!s->augment)
        return 0;
    s->fixed = malloc(bytes);
    s->seen = malloc(bytes);
    s->scratch = aligned_alloc(64, mt_augment_scratch(s->augment));
    return s->fixed && s->seen && s->scratch ? 0 : mt_err_memory(err, "transforming samples", bytes);
}

static int make_sheet(struct sheet *s, const struct mt_view *v, const struct mt_summary *summary,
                      enum mt_sheet_type type, struct mt_buf *out, struct mt_err *err)
{
    struct mt_buf png = {0};
    int rc = -1;
    s->v = v;
    s->min = summary->min;
    s->range = summary->max - summary->min;
    if (make_room(s, err) < 0 || settle_shape(s, err) < 0 || settle_rows(s, summary, err) < 0 ||
        draw(s, summary, err) < 0)
        goto out;
    mt_png_encode(s->pixels, s->h, s->w, s->channels, type == MT_SHEET_PNG ? out : &png);
    if (type == MT_SHEET_SVG && !png.failed)
        put_svg(s, summary, &png, out);
    rc = out->failed || png.failed ? mt_err_memory(err, "the contact sheet", (size_t)s->h * (size_t)s->w) : 0;
out:
    mt_buf_release(&png);
    free(s->row_class);
    free(s->pixels);
    free(s->streamed);
    free(s->fixed);
    free(s->seen);
    free(s->scratch);
    return rc;
}

int mt_contact_sheet(const struct mt_view *v, const struct mt_summary *summary, enum mt_sheet_type type,
                     struct mt_buf *out, struct mt_err *err)
{
    struct sheet s = {.samples = COLUMNS, .lines = 1, .columns = COLUMNS};
    return make_sheet(&s, v, summary, type, out, err);
}

int mt_augment_sheet(const struct mt_view *v, const struct mt_summary *summary,
                     const struct mt_augment *augment, enum mt_sheet_type type, struct mt_buf *out,
                     struct mt_err *err)
{
    struct sheet s = {
        .samples = SEEN_SAMPLES, .lines = SEEN_SAMPLES, .columns = SEEN_COLUMNS, .augment = augment};
    return make_sheet(&s, v, summary, type, out, err);
}

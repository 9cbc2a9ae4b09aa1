/* fuzz_csv.c: samples from CSV. What is accepted is printed again, and has to be read as the same.
 *
 * Input: options, which label, which shape, then the file. */
#include <inttypes.h>
#include <math.h>

#include "lib/core/buf.h"
#include "lib/core/plain.h"
#include "lib/data/formats.h"
#include "tests/fuzz/fuzz_gzip.h"

enum { LABELS = 1, GZIP = 2, CLASSES = 4, IGNORE = 8, HEADER = 4 /* bits to shift by */ };

static const char *const label_names[] = {NULL, "label", "first", "last", "0", "-1", "2", "a"};
static const int64_t dims[][3] = {{0}, {2}, {2, 2}, {1, 2, 2}, {3, 1, 1}, {4}, {1}, {3, 2}};
static const uint8_t n_dims[] = {0, 1, 2, 3, 3, 1, 1, 2};

static void check(const struct mt_dataset *d, const struct mt_csv_cfg *cfg, size_t size, bool packed)
{
    size_t count = (size_t)d->n * mt_shape_count(d->shape);
    FUZZ_CHECK(d->n > 0 && count > 0);
    FUZZ_CHECK(packed || count <= size); /* each takes a digit at least */
    for (size_t i = 0; d->pixel == MT_PIXEL_F32 && i < count; i++)
        FUZZ_CHECK(isfinite(((const float *)d->pixels)[i]));
    FUZZ_CHECK(!d->label || cfg->classes == MT_UNSET_INT || d->classes == cfg->classes);
    for (int64_t i = 0; d->label && i < d->n; i++)
        FUZZ_CHECK(d->label[i] >= 0 && d->label[i] < d->classes);
}

static void print(const struct mt_dataset *d, struct mt_buf *out)
{
    size_t values = mt_shape_count(d->shape);
    mt_buf_puts(out, d->label ? "label" : "v0");
    for (size_t i = d->label ? 0 : 1; i < values; i++)
        mt_buf_printf(out, ",v%zu", i);
    for (int64_t n = 0; n < d->n; n++) {
        mt_buf_puts(out, "\n");
        if (d->label)
            mt_buf_csv_field(out, d->class_name[d->label[n]]);
        for (size_t i = 0; i < values; i++) {
            size_t at = (size_t)n * values + i;
            mt_buf_puts(out, i || d->label ? "," : "");
            if (d->pixel == MT_PIXEL_U8)
                mt_buf_printf(out, "%d", ((const uint8_t *)d->pixels)[at]);
            else
                mt_buf_printf(out, "%.9g", ((const float *)d->pixels)[at]);
        }
    }
}

static bool all_utf8(const struct mt_dataset *d)
{
    for (int k = 0; d->label && k < d->classes; k++)
        for (const char *p = d->class_name[k]; *p; p += mt_utf8_len(p))
            if (mt_utf8_len(p) == 0)
                return false;
    return true;
}

static float value(const struct mt_dataset *d, size_t i)
{
    return d->pixel == MT_PIXEL_U8 ? ((const uint8_t *)d->pixels)[i] : ((const float *)d->pixels)[i];
}

/* As numbers: floats that have become small integers (1e-99) are read as bytes the second time. */
static void check_same(const struct mt_dataset *a, const struct mt_dataset *b)
{
    size_t values = mt_shape_count(a->shape);
    FUZZ_CHECK(a->n == b->n && values == mt_shape_count(b->shape));
    for (size_t i = 0; i < (size_t)a->n * values; i++)
        FUZZ_CHECK(value(a, i) == value(b, i));
    for (int64_t i = 0; a->label && i < a->n; i++)
        FUZZ_CHECK(!strcmp(a->class_name[a->label[i]], b->class_name[b->label[i]]));
}

static void check_again(const struct mt_dataset *d)
{
    struct mt_buf text = {0};
    struct mt_dataset again;
    struct mt_err err;
    if (!all_utf8(d))
        return;
    print(d, &text);
    struct mt_csv_cfg cfg = {.file = (char *)fuzz_file(FUZZ_SECOND, text.data, text.len),
                             .label = d->label ? "label" : NULL,
                             .header = MT_HEADER_YES,
                             .classes = MT_UNSET_INT};
    struct mt_load_options load = {.labels = d->label != NULL, .memory = 1 << 26};
    FUZZ_CHECK(mt_format_csv.load(&cfg, &load, &again, &err) == 0);
    check_same(d, &again);
    mt_dataset_release(&again);
    mt_buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packed[FUZZ_GZIP_ROOM];
    struct mt_dataset d;
    struct mt_err err = {.kind = 0};
    int64_t shape[3];
    char *ignored[] = {"b", "1"};
    uint8_t options = fuzz_byte(&data, &size), label = fuzz_byte(&data, &size) % 8,
            dim = fuzz_byte(&data, &size) % 8;
    bool gzip = options & GZIP && size <= FUZZ_GZIP_MOST;
    memcpy(shape, dims[dim], sizeof shape);
    struct mt_csv_cfg cfg = {.file =
                                 (char *)(gzip ? fuzz_file(FUZZ_FIRST, packed, fuzz_gzip(data, size, packed))
                                               : fuzz_file(FUZZ_FIRST, data, size)),
                             .label = (char *)label_names[label],
                             .header = (options >> HEADER) % 3,
                             .shape = {shape, n_dims[dim]},
                             .ignore = {ignored, options & IGNORE ? 2 : 0},
                             .classes = options & CLASSES ? 4 : MT_UNSET_INT};
    struct mt_load_options load = {.labels = options & LABELS, .memory = 1 << 26};
    if (mt_format_csv.load(&cfg, &load, &d, &err) == 0) {
        check(&d, &cfg, size, gzip);
        check_again(&d);
        mt_dataset_release(&d);
    } else {
        FUZZ_CHECK(err.kind == MT_ERR_DATA && err.text[0]);
    }
    return 0;
}

/* fuzz_idx.c: a file of images and one of labels, plain or inside of gzip.
 *
 * Input: options, classes, length of the labels' file (2 bytes, little-endian), that file, the images' file.
 */
#include "lib/data/formats.h"
#include "tests/fuzz/fuzz_gzip.h"

#include <math.h>

enum { GZIP_IMAGES = 1, GZIP_LABELS = 2, LABELS = 4, CLASSES = 8, LAYOUT = 4 /* bits to shift by */ };

static const char *file(enum fuzz_slot slot, bool gzip, const uint8_t *data, size_t size)
{
    static uint8_t packed[FUZZ_GZIP_ROOM];
    if (!gzip || size > FUZZ_GZIP_MOST)
        return fuzz_file(slot, data, size);
    return fuzz_file(slot, packed, fuzz_gzip(data, size, packed));
}

/* What holds for samples that were accepted, of a file of `size` bytes. */
static void check(const struct mt_dataset *d, const struct mt_idx_cfg *cfg, bool labels, size_t size)
{
    size_t values = mt_shape_count(d->shape), count = (size_t)d->n * values;
    FUZZ_CHECK(d->n > 0 && d->shape.c > 0 && d->shape.h > 0 && d->shape.w > 0);
    FUZZ_CHECK(count < size); /* each takes a byte at least */
    if (d->pixel == MT_PIXEL_F32)
        for (size_t i = 0; i < count; i++)
            FUZZ_CHECK(isfinite(((const float *)d->pixels)[i]));
    else
        FUZZ_CHECK(count + 4 < size && d->type_max == 255);
    FUZZ_CHECK(labels == (d->label != NULL));
    if (labels) {
        FUZZ_CHECK(d->classes > 0 && (cfg->classes == MT_UNSET_INT || d->classes == cfg->classes));
        for (int64_t i = 0; i < d->n; i++)
            FUZZ_CHECK(d->label[i] >= 0 && d->label[i] < d->classes);
    }
    for (int i = 0; i < d->n_sources; i++)
        FUZZ_CHECK(strlen(d->source[i].sha256) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_dataset d;
    struct mt_err err = {.kind = 0};
    uint8_t options = fuzz_byte(&data, &size), classes = fuzz_byte(&data, &size);
    size_t len = fuzz_byte(&data, &size);
    len |= (size_t)fuzz_byte(&data, &size) << 8;
    len = len < size ? len : size;
    struct mt_idx_cfg cfg = {.images =
                                 (char *)file(FUZZ_FIRST, options & GZIP_IMAGES, data + len, size - len),
                             .labels = (char *)file(FUZZ_SECOND, options & GZIP_LABELS, data, len),
                             .classes = options & CLASSES ? classes + 1 : MT_UNSET_INT,
                             .layout = (options >> LAYOUT) % 3};
    struct mt_load_options load = {.labels = options & LABELS, .memory = 1 << 26};
    if (mt_format_idx.load(&cfg, &load, &d, &err) == 0) {
        check(&d, &cfg, load.labels, size - len);
        mt_dataset_release(&d);
    } else {
        FUZZ_CHECK(err.kind == MT_ERR_DATA && err.text[0]);
    }
    return 0;
}

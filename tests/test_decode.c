/* Tests of lib/data/decode_png.c, decode_jpeg.c and encode_png.c: every kind of PNG against its samples, and
 * damage. */
#include "tests/image_files.h"

#include "lib/data/encode_png.h"
#include "lib/data/image.h"

static int decode(const struct mt_buf *file, int channels, enum mt_alpha alpha, struct mt_image *image,
                  struct mt_err *err)
{
    memset(err, 0, sizeof *err);
    /* A copy of the exact size, so that reading past the end is seen. */
    uint8_t *exact = malloc(file->len ? file->len : 1);
    if (file->len)
        memcpy(exact, file->data, file->len);
    int rc = mt_image_decode("x.file", exact, file->len, channels, alpha, image, err);
    free(exact);
    if (rc < 0) {
        assert_null(image->data);
        assert_int_equal(err->kind, MT_ERR_DATA);
        assert_contains(err->text, "x.file: ");
    }
    return rc;
}

static void refuse(struct mt_buf *file, const char *part)
{
    struct mt_image image;
    struct mt_err err;
    if (decode(file, 1, MT_ALPHA_BLACK, &image, &err) == 0)
        fail_msg("accepted where \"%s\" was expected", part);
    assert_contains(err.text, part);
    mt_buf_release(file);
}

/* The colors and alpha of pixel i as 8 bit, straight from the definition of the format. */
static void true_pixel(const struct png_spec *s, int i, int rgba[4])
{
    int n = png_samples(s->color), most = (1 << s->depth) - 1;
    const uint16_t *v = s->sample + i * n;
    rgba[3] = 255;
    if (s->color == 3) {
        for (int c = 0; c < 3; c++)
            rgba[c] = (uint32_t)v[0] * 3 < s->plte_len ? s->plte[3 * v[0] + c] : 0;
        if (s->trns && v[0] < s->trns_len)
            rgba[3] = s->trns[v[0]];
        return;
    }
    for (int c = 0; c < n; c++) {
        int eight = s->depth == 16 ? v[c] >> 8 : v[c] * 255 / most;
        rgba[n < 3 && c == 1 ? 3 : c] = eight;
    }
    if (n < 3)
        rgba[1] = rgba[2] = rgba[0];
    bool clear = s->trns != NULL;
    for (int c = 0; clear && c < n; c++)
        clear = v[c] == ((s->trns[2 * c] << 8 | s->trns[2 * c + 1]) & most);
    if (clear)
        rgba[3] = 0;
}

static void check_against_samples(const struct png_spec *s)
{
    struct mt_buf file = {0};
    png_file(&file, s);
    for (int channels = 1; channels <= 3; channels += 2) {
        for (int alpha = MT_ALPHA_BLACK; alpha <= MT_ALPHA_DROP; alpha++) {
            struct mt_image image;
            struct mt_err err;
            if (decode(&file, channels, (enum mt_alpha)alpha, &image, &err) < 0)
                fail_msg("color %d depth %d %dx%d: %s", s->color, s->depth, s->w, s->h, err.text);
            assert_true(image.w == s->w && image.h == s->h && image.channels == channels);
            for (int i = 0; i < s->w * s->h; i++) {
                int p[4];
                true_pixel(s, i, p);
                for (int c = 0; c < 3 && alpha != MT_ALPHA_DROP; c++)
                    p[c] =
                        (2 * (p[c] * p[3] + (alpha == MT_ALPHA_WHITE ? 255 * (255 - p[3]) : 0)) + 255) / 510;
                if (channels == 1)
                    p[0] = p[0] == p[1] && p[1] == p[2]
                               ? p[0]
                               : (19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16;
                for (int c = 0; c < channels; c++)
                    assert_int_equal(image.data[i * channels + c], p[c]);
            }
            free(image.data);
        }
    }
    mt_buf_release(&file);
}

static void every_kind_of_png(void **state)
{
    (void)state;
    static const int kinds[][2] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                                   {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
    static const int sizes[][2] = {{1, 1}, {3, 5}, {9, 8}, {2, 17}, {33, 2}};
    struct mt_rng r;
    mt_rng_init(&r, 1, MT_STREAM_TEST, 0, 0);
    for (size_t k = 0; k < 15; k++) {
        for (size_t z = 0; z < 5; z++) {
            for (int variant = 0; variant < 4; variant++) {
                uint16_t sample[33 * 17 * 4];
                uint8_t plte[768], trns[256];
                struct png_spec s = {.w = sizes[z][0],
                                     .h = sizes[z][1],
                                     .color = kinds[k][0],
                                     .depth = kinds[k][1],
                                     .interlaced = variant & 1,
                                     .sample = sample};
                int count = s.w * s.h * png_samples(s.color);
                for (int i = 0; i < count; i++)
                    sample[i] = (uint16_t)mt_rng_below(&r, 1u << s.depth);
                for (int i = 0; i < 768; i++)
                    plte[i] = (uint8_t)mt_rng_u32(&r);
                for (int i = 0; i < 256; i++)
                    trns[i] = (uint8_t)mt_rng_u32(&r);
                if (s.color == 3) {
                    s.plte = plte;
                    s.plte_len = variant & 1 ? 3u << s.depth : 3; /* also with colors that are not there */
                }
                if (variant & 2 && s.color < 4) {
                    s.trns = trns;
                    s.trns_len = s.color == 3 ? s.plte_len / 3 : 2 * (uint32_t)png_samples(s.color);
                    for (int c = 0; c < png_samples(s.color) && s.color != 3;
                         c++) { /* the first pixel is clear */
                        trns[2 * c] = (uint8_t)(sample[c] >> 8);
                        trns[2 * c + 1] = (uint8_t)sample[c];
                    }
                }
                check_against_samples(&s);
            }
        }
    }
}

static const uint16_t ramp[64] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const struct png_spec small = {.w = 4, .h = 4, .depth = 8, .sample = ramp};

static void png_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct mt_buf file = {0};
    png_file(&file, &small);
    for (size_t cut = 0; cut < file.len; cut++) {
        struct mt_buf part = {0};
        mt_buf_append(&part, file.data, cut);
        refuse(&part, cut == 0 ? "is empty" : cut < 4 ? "is neither PNG nor JPEG" : "damaged PNG");
    }
    for (size_t i = 0; i < file.len; i++) { /* a flipped bit anywhere */
        struct mt_buf part = {0};
        mt_buf_append(&part, file.data, file.len);
        part.data[i] ^= 0x10;
        refuse(&part, "x.file");
    }
    mt_buf_release(&file);
}

/* A file of a header, then chunks as told, then an end. */
static struct mt_buf compose(const struct png_spec *s, const char *type, const void *data, uint32_t len,
                             bool after)
{
    struct mt_buf b = {0}, raw = {0};
    png_begin(&b, s);
    png_rows(&raw, s);
    if (!after)
        png_chunk(&b, type, data, len);
    png_data(&b, raw.data, raw.len);
    if (after)
        png_chunk(&b, type, data, len);
    png_chunk(&b, "IEND", NULL, 0);
    mt_buf_release(&raw);
    return b;
}

static void odd_structure(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct png_spec s = small;
    struct mt_image image;
    struct mt_err err;
    uint8_t zeros[1024] = {0};

    png_begin(&b, &small);
    png_chunk(&b, "IEND", NULL, 0);
    refuse(&b, "no image data");
    s.color = 3;
    png_file(&b, &s);
    refuse(&b, "no palette");
    b = compose(&small, "PLTE", zeros, 3, false);
    refuse(&b, "palette is misplaced");
    s.color = 2;
    uint16_t rgb[48] = {0};
    s.sample = rgb;
    b = compose(&s, "PLTE", zeros, 4, false);
    refuse(&b, "palette is misplaced or has a wrong size");
    b = compose(&s, "PLTE", zeros, 771, false);
    refuse(&b, "palette is misplaced or has a wrong size");
    b = compose(&s, "PLTE", zeros, 3, true);
    refuse(&b, "palette is misplaced");
    b = compose(&s, "tRNS", zeros, 2, false);
    refuse(&b, "transparency is misplaced");
    b = compose(&small, "tRNS", zeros, 2, true);
    refuse(&b, "transparency is misplaced");
    b = compose(&small, "acTL", zeros, 8, false);
    refuse(&b, "animated");
    b = compose(&small, "ABCD", zeros, 8, false);
    refuse(&b, "needed and not known");
    b = compose(&small, "IHDR", zeros, 13, false);
    refuse(&b, "needed and not known");
    b = compose(&small, "IDAT", zeros, 5, false); /* joined data that does not inflate */
    refuse(&b, "damaged PNG");

    b = compose(&small, "tEXt", zeros, 1000, false); /* passed over, as is what follows the end */
    mt_buf_puts(&b, "trailing");
    assert_int_equal(decode(&b, 1, MT_ALPHA_BLACK, &image, &err), 0);
    for (int i = 0; i < 16; i++)
        assert_int_equal(image.data[i], ramp[i]);
    free(image.data);
    mt_buf_release(&b);

    /* image data in two pieces with something between */
    struct mt_buf raw = {0};
    png_rows(&raw, &small);
    png_begin(&b, &small);
    png_data(&b, raw.data, raw.len);
    png_chunk(&b, "tEXt", zeros, 3);
    png_data(&b, raw.data, raw.len);
    png_chunk(&b, "IEND", NULL, 0);
    refuse(&b, "interrupted");
    mt_buf_release(&raw);
}

static void bad_headers(void **state)
{
    (void)state;
    static const struct {
        int w, h, depth, color;
        const char *part;
    } t[] = {
        {0, 4, 8, 0, "has no pixels"},          {4, 0, 8, 0, "has no pixels"},
        {4, 4, 3, 0, "does not define"},        {4, 4, 0, 0, "does not define"},
        {4, 4, 8, 1, "does not define"},        {4, 4, 8, 5, "does not define"},
        {4, 4, 4, 2, "does not define"},        {4, 4, 16, 3, "does not define"},
        {4, 4, 32, 0, "does not define"},       {4097, 4096, 8, 0, "pixels and"},
        {10000, 10000, 1, 0, "pixels and"},     {-1, -1, 8, 0, "pixels and"},
        {4096, 4096, 16, 6, "64 MiB are read"}, {1 << 24, 1 << 24, 8, 6, "pixels and"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct mt_buf b = {0};
        struct png_spec s = {.w = t[i].w, .h = t[i].h, .depth = t[i].depth, .color = t[i].color};
        png_begin(&b, &s);
        png_data(&b, "\0\0\0\0", 4);
        png_chunk(&b, "IEND", NULL, 0);
        refuse(&b, t[i].part);
    }
}

/* Image data that inflates to far more, or to less, than its size says. */
static void wrong_amount_of_data(void **state)
{
    (void)state;
    size_t lens[] = {19, 40 << 20};
    char *zeros = calloc(1, lens[1]);
    for (int i = 0; i < 2; i++) {
        struct mt_buf b = {0};
        png_begin(&b, &small);
        png_data(&b, zeros, lens[i]);
        png_chunk(&b, "IEND", NULL, 0);
        refuse(&b, "damaged PNG");
    }
    free(zeros);
}

static void encoded_png_is_read_back(void **state)
{
    (void)state;
    uint8_t pixels[7 * 5 * 3];
    for (int i = 0; i < 105; i++)
        pixels[i] = (uint8_t)(i * 7);
    for (int channels = 1; channels <= 3; channels += 2) {
        struct mt_buf b = {0};
        struct mt_image image;
        struct mt_err err;
        mt_png_encode(pixels, 7, 5, channels, &b);
        assert_int_equal(decode(&b, channels, MT_ALPHA_BLACK, &image, &err), 0);
        assert_true(image.w == 5 && image.h == 7);
        assert_memory_equal(image.data, pixels, (size_t)(35 * channels));
        free(image.data);
        mt_buf_release(&b);
    }
}

/* A smooth picture, which JPEG keeps well. */
static void paint(uint8_t *pixels, int h, int w, int channels)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < channels; c++)
                pixels[(y * w + x) * channels + c] = (uint8_t)(c == 0   ? 4 * x
                                                               : c == 1 ? 4 * y
                                                                        : 255 - 2 * (x + y));
}

static void jpeg_kinds(void **state)
{
    (void)state;
    enum { H = 40, W = 60 };
    static uint8_t pixels[H * W * 4];
    for (int source = 1; source <= 3; source += 2) {
        for (int progressive = 0; progressive < 2; progressive++) {
            for (int channels = 1; channels <= 3; channels += 2) {
                struct mt_buf b = {0};
                struct mt_image image;
                struct mt_image_info info;
                struct mt_err err;
                paint(pixels, H, W, source);
                jpeg_file(&b, pixels, H, W, source, progressive);
                assert_int_equal(decode(&b, channels, MT_ALPHA_BLACK, &image, &err), 0);
                assert_true(image.w == W && image.h == H && image.channels == channels);
                for (int i = 0; i < H * W; i++) {
                    const uint8_t *p = pixels + i * source;
                    int luma = source == 1 ? p[0] : (19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16;
                    for (int c = 0; c < channels; c++) {
                        int want = channels == 1 ? luma : p[source == 1 ? 0 : c];
                        if (abs(image.data[i * channels + c] - want) > 10)
                            fail_msg("source %d channels %d pixel %d,%d color %d: %d, not %d", source,
                                     channels, i / W, i % W, c, image.data[i * channels + c], want);
                    }
                }
                assert_int_equal(mt_image_probe("x", (uint8_t *)b.data, b.len, &info, &err), 0);
                assert_true(info.w == W && info.h == H && info.color == (source == 3));
                free(image.data);
                mt_buf_release(&b);
            }
        }
    }
    struct mt_buf b = {0};
    paint(pixels, H, W, 4);
    jpeg_file(&b, pixels, H, W, 4, false);
    refuse(&b, "4 color components (CMYK)");
}

static void jpeg_cut_anywhere_is_refused(void **state)
{
    (void)state;
    uint8_t pixels[16 * 16 * 3];
    for (int progressive = 0; progressive < 2; progressive++) {
        struct mt_buf b = {0};
        paint(pixels, 16, 16, 3);
        jpeg_file(&b, pixels, 16, 16, 3, progressive);
        for (size_t cut = 3; cut < b.len; cut++) {
            struct mt_buf part = {0};
            mt_buf_append(&part, b.data, cut);
            refuse(&part, "damaged JPEG");
        }
        mt_buf_release(&b);
    }
}

static void jpeg_size_limits(void **state)
{
    (void)state;
    uint8_t pixels[3] = {1, 2, 3};
    struct mt_buf b = {0};
    jpeg_file(&b, pixels, 1, 1, 3, false);
    for (size_t i = 0; i + 8 < b.len; i++) /* start of frame: height and width follow the precision */
        if ((uint8_t)b.data[i] == 0xff && (uint8_t)b.data[i + 1] == 0xc0)
            memset(b.data + i + 5, 0x7f, 4);
    refuse(&b, "is 32639x32639");
}

static void mutations(void **state)
{
    (void)state;
    uint16_t sample[256];
    uint8_t pixels[16 * 16 * 3], plte[48] = {1, 2, 3};
    struct mt_buf seed[5] = {0};
    struct mt_rng r;
    mt_rng_init(&r, 9, MT_STREAM_TEST, 0, 0);
    for (int i = 0; i < 256; i++)
        sample[i] = (uint16_t)mt_rng_below(&r, 16);
    png_file(&seed[0], &(struct png_spec){
                           .w = 9, .h = 7, .depth = 8, .color = 2, .interlaced = true, .sample = sample});
    png_file(&seed[1],
             &(struct png_spec){
                 .w = 9, .h = 7, .depth = 4, .color = 3, .plte = plte, .plte_len = 48, .sample = sample});
    png_file(&seed[2], &(struct png_spec){.w = 5, .h = 9, .depth = 16, .color = 6, .sample = sample});
    paint(pixels, 16, 16, 3);
    jpeg_file(&seed[3], pixels, 16, 16, 3, false);
    jpeg_file(&seed[4], pixels, 16, 16, 3, true);
    int read = 0, wrong = 0;
    for (int i = 0; i < 5000; i++) {
        struct mt_buf *from = &seed[i % 5], file = {0};
        struct mt_image image;
        struct mt_err err;
        mt_buf_append(&file, from->data, from->len);
        file.len = mutate(&r, (uint8_t *)file.data, file.len);
        /* Every other PNG gets correct checksums, or nothing behind them would be reached. */
        for (size_t at = 8; i % 5 < 3 && i % 2 && at + 12 <= file.len;) {
            uint8_t *p = (uint8_t *)file.data + at;
            size_t len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
            if (len > file.len - at - 12)
                break;
            put_be32(p + 8 + len, (uint32_t)crc32(0, p + 4, (uInt)len + 4));
            at += len + 12;
        }
        if (decode(&file, i % 3 ? 1 : 3, MT_ALPHA_WHITE, &image, &err) == 0) {
            read++;
            free(image.data);
        } else {
            wrong++;
        }
        mt_buf_release(&file);
    }
    assert_true(read > 100 && wrong > 500);
    for (int i = 0; i < 5; i++)
        mt_buf_release(&seed[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_png),    cmocka_unit_test(png_cut_anywhere_is_refused),
        cmocka_unit_test(odd_structure),        cmocka_unit_test(bad_headers),
        cmocka_unit_test(wrong_amount_of_data), cmocka_unit_test(encoded_png_is_read_back),
        cmocka_unit_test(jpeg_kinds),           cmocka_unit_test(jpeg_cut_anywhere_is_refused),
        cmocka_unit_test(jpeg_size_limits),     cmocka_unit_test(mutations),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

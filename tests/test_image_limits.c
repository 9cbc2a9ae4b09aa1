/* Tests of what decode_png.c and decode_jpeg.c refuse: image data that is not exactly what its header asks
 * for, kinds of JPEG that are not read, and sizes on both sides of each limit. */
#include "tests/image_files.h"

#include "lib/data/image.h"

static int decode(const struct mt_buf *file, int channels, struct mt_image *image, struct mt_err *err)
{
    memset(err, 0, sizeof *err);
    uint8_t *exact = malloc(file->len); /* so that reading past the end is seen */
    memcpy(exact, file->data, file->len);
    int rc = mt_image_decode("x.file", exact, file->len, channels, MT_ALPHA_BLACK, image, err);
    free(exact);
    return rc;
}

static void refuse(struct mt_buf *file, const char *part)
{
    struct mt_image image;
    struct mt_err err;
    if (decode(file, 1, &image, &err) == 0)
        fail_msg("accepted where \"%s\" was expected", part);
    assert_null(image.data);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_contains(err.text, "x.file: ");
    assert_contains(err.text, part);
    mt_buf_release(file);
}

static void accept(struct mt_buf *file, int w, int h)
{
    struct mt_image image;
    struct mt_err err;
    if (decode(file, 1, &image, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(image.w == w && image.h == h);
    free(image.data);
    mt_buf_release(file);
}

/* The zlib stream of `len` bytes. */
static struct mt_buf packed(const void *raw, size_t len)
{
    struct mt_buf b = {0};
    uLongf room = compressBound(len);
    uint8_t *data = malloc(room);
    assert_int_equal(compress2(data, &room, raw, len, 9), Z_OK);
    mt_buf_append(&b, data, room);
    free(data);
    return b;
}

/* A PNG whose image data is `stream`, cut into chunks of `piece` bytes. */
static struct mt_buf png_of(const struct png_spec *s, const struct mt_buf *stream, size_t piece)
{
    struct mt_buf b = {0};
    png_begin(&b, s);
    for (size_t at = 0; at < stream->len; at += piece)
        png_chunk(&b, "IDAT", stream->data + at,
                  (uint32_t)(stream->len - at < piece ? stream->len - at : piece));
    png_chunk(&b, "IEND", NULL, 0);
    return b;
}

/* Every shape that interlacing treats apart, of every width of a pixel: the very number of bytes, one less
 * and one more. */
static void the_very_amount_of_data(void **state)
{
    (void)state;
    static const int kinds[][2] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {4, 8}, {6, 16}};
    static const uint16_t blank[9 * 9 * 4];
    for (int i = 0; i < 9 * 9 * 9 * 2; i++) {
        int k = i % 9, w = 1 + i / 9 % 9, h = 1 + i / 81 % 9;
        struct png_spec s = {.w = w,
                             .h = h,
                             .color = kinds[k][0],
                             .depth = kinds[k][1],
                             .interlaced = i / 729,
                             .sample = blank};
        struct mt_buf raw = {0};
        png_rows(&raw, &s);
        mt_buf_append(&raw, "", 1);
        for (size_t more = 0; more < 3; more++) {
            struct mt_buf stream = packed(raw.data, raw.len - 2 + more), file = png_of(&s, &stream, 1000);
            if (more == 1)
                accept(&file, w, h);
            else
                refuse(&file, more ? "is more than its size asks for" : "is cut short");
            mt_buf_release(&stream);
        }
        mt_buf_release(&raw);
    }
}

static void damaged_streams(void **state)
{
    (void)state;
    static const struct png_spec s = {.w = 4, .h = 4, .depth = 8};
    uint8_t raw[20] = {0};
    for (int i = 0; i < 20; i++)
        raw[i] = (uint8_t)(i % 5 ? i * 37 : 0);
    struct mt_buf good = packed(raw, sizeof raw), file;
    for (size_t piece = 1; piece <= good.len; piece++) { /* chunks of any size, which is no damage */
        file = png_of(&s, &good, piece);
        accept(&file, 4, 4);
    }
    for (size_t cut = 1; cut < good.len; cut++) { /* checksums of the chunks are right in all that follow */
        struct mt_buf part = {.data = good.data, .len = cut};
        file = png_of(&s, &part, 7);
        refuse(&file, "is cut short");
    }
    for (size_t i = good.len - 4; i < good.len; i++) {
        good.data[i] ^= 1;
        file = png_of(&s, &good, 100);
        refuse(&file, "incorrect data check");
        good.data[i] ^= 1;
    }
    good.data[0] ^= 1;
    file = png_of(&s, &good, 100);
    refuse(&file, "damaged PNG");
    good.data[0] ^= 1;
    mt_buf_append(&good, "!", 1);
    for (size_t piece = good.len - 1; piece <= good.len;
         piece++) { /* in a chunk of its own, and in the same */
        file = png_of(&s, &good, piece);
        refuse(&file, "goes on behind its end");
    }
    mt_buf_release(&good);

    raw[5] = 5;
    good = packed(raw, sizeof raw);
    file = png_of(&s, &good, 100);
    refuse(&file, "invalid filter");
    mt_buf_release(&good);
    mt_buf_append(&good, "\x78\xbb\x01\x02\x03\x04\x00\x00", 8); /* asks for a dictionary */
    file = png_of(&s, &good, 100);
    refuse(&file, "needs a dictionary");
    mt_buf_release(&good);
}

/* Chunks without bytes stand anywhere among the others. */
static void empty_chunks(void **state)
{
    (void)state;
    static const struct png_spec s = {.w = 1, .h = 1, .depth = 8};
    struct mt_buf stream = packed("\0\7", 2);
    for (int where = 0; where < 3; where++) {
        struct mt_buf file = {0};
        png_begin(&file, &s);
        if (where == 0)
            png_chunk(&file, "IDAT", NULL, 0);
        png_chunk(&file, "IDAT", stream.data, 3);
        if (where == 1)
            png_chunk(&file, "IDAT", NULL, 0);
        png_chunk(&file, "IDAT", stream.data + 3, (uint32_t)stream.len - 3);
        if (where == 2)
            png_chunk(&file, "IDAT", NULL, 0);
        png_chunk(&file, "IEND", NULL, 0);
        accept(&file, 1, 1);
    }
    struct mt_buf file = {0};
    png_begin(&file, &s);
    png_chunk(&file, "IDAT", NULL, 0);
    png_chunk(&file, "IEND", NULL, 0);
    refuse(&file, "it has no image data");
    mt_buf_release(&stream);
}

static void png_sizes(void **state)
{
    (void)state;
    static const struct {
        int w, h, depth, color;
        const char *part; /* NULL: read */
    } t[] = {
        {65536, 1, 1, 0, NULL},       {1, 65536, 1, 0, NULL},        {65536, 256, 1, 0, NULL},
        {65537, 1, 1, 0, "65537x1"},  {1, 65537, 1, 0, "1x65537"},   {65536, 257, 1, 0, "16777216 pixels"},
        {4097, 4096, 1, 0, "pixels"}, {4096, 2049, 16, 6, "64 MiB"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct png_spec s = {.w = t[i].w, .h = t[i].h, .depth = t[i].depth, .color = t[i].color};
        size_t bytes = t[i].part ? 1 : (size_t)s.h * (1 + (size_t)(s.w + 7) / 8);
        uint8_t *zeros = calloc(1, bytes);
        struct mt_buf stream = packed(zeros, bytes), file = png_of(&s, &stream, 1 << 20);
        if (t[i].part)
            refuse(&file, t[i].part);
        else
            accept(&file, s.w, s.h);
        mt_buf_release(&stream);
        free(zeros);
    }
}

struct jpeg_kind {
    J_COLOR_SPACE in, out;
    int channels;
    boolean arithmetic, progressive;
    int restart; /* rows of blocks between restart markers, or 0 */
    const jpeg_scan_info *scan;
    int scans;
};

static struct mt_buf jpeg_of(const struct jpeg_kind *k, int w, int h)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    struct mt_buf b = {0};
    unsigned char *out = NULL;
    unsigned long len = 0;
    uint8_t *row = malloc((size_t)w * (size_t)k->channels);
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &out, &len);
    j.image_width = (JDIMENSION)w;
    j.image_height = (JDIMENSION)h;
    j.input_components = k->channels;
    j.in_color_space = k->in;
    jpeg_set_defaults(&j);
    jpeg_set_colorspace(&j, k->out);
    j.arith_code = k->arithmetic;
    j.restart_in_rows = k->restart;
    j.scan_info = k->scan;
    j.num_scans = k->scans;
    if (k->progressive)
        jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    for (int y = 0; y < h; y++) {
        for (int i = 0; i < w * k->channels; i++)
            row[i] = (uint8_t)(i + 3 * y);
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    mt_buf_append(&b, out, len);
    free(out);
    free(row);
    return b;
}

/* Where the segment with this marker starts. */
static uint8_t *segment(const struct mt_buf *b, int marker)
{
    uint8_t *p = (uint8_t *)b->data + 2;
    while (p[1] != marker)
        p += 2 + (p[2] << 8 | p[3]);
    return p;
}

static void kinds_of_jpeg(void **state)
{
    (void)state;
    static const struct {
        struct jpeg_kind kind;
        const char *part; /* NULL: read */
    } t[] = {
        {{.in = JCS_GRAYSCALE, .out = JCS_GRAYSCALE, .channels = 1}, NULL},
        {{.in = JCS_RGB, .out = JCS_YCbCr, .channels = 3}, NULL},
        {{.in = JCS_RGB, .out = JCS_RGB, .channels = 3}, NULL},
        {{.in = JCS_RGB, .out = JCS_YCbCr, .channels = 3, .progressive = TRUE}, NULL},
        {{.in = JCS_RGB, .out = JCS_YCbCr, .channels = 3, .restart = 1}, NULL},
        {{.in = JCS_CMYK, .out = JCS_CMYK, .channels = 4}, "4 color components (CMYK)"},
        {{.in = JCS_CMYK, .out = JCS_YCCK, .channels = 4}, "4 color components (CMYK)"},
        {{.in = JCS_UNKNOWN, .out = JCS_UNKNOWN, .channels = 2}, "2 color components;"},
        {{.in = JCS_GRAYSCALE, .out = JCS_GRAYSCALE, .channels = 1, .arithmetic = TRUE}, "arithmetic coding"},
        {{.in = JCS_RGB, .out = JCS_YCbCr, .channels = 3, .arithmetic = TRUE, .progressive = TRUE},
         "arithmetic coding"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct mt_buf file = jpeg_of(&t[i].kind, 19, 33);
        if (t[i].part) {
            refuse(&file, t[i].part);
            continue;
        }
        size_t whole = file.len;
        mt_buf_puts(&file, "what a camera puts behind");
        accept(&file, 19, 33);
        for (size_t cut = 3; cut < whole; cut += 1 + cut / 40) {
            file = jpeg_of(&t[i].kind, 19, 33);
            file.len = cut;
            refuse(&file, "damaged JPEG");
        }
        file = jpeg_of(&t[i].kind, 19, 33); /* an end where data should be */
        memcpy(file.data + whole - 20, "\xff\xd9", 2);
        refuse(&file, "damaged JPEG");
    }
}

static void jpeg_sizes(void **state)
{
    (void)state;
    static const struct jpeg_kind gray = {.in = JCS_GRAYSCALE, .out = JCS_GRAYSCALE, .channels = 1},
                                  slow = {.in = JCS_RGB, .out = JCS_RGB, .channels = 3, .progressive = TRUE};
    static const struct {
        int w, h;
        const char *part;
    } t[] = {
        {0, 8, "damaged JPEG"},
        {8, 0, "damaged JPEG"},
        {65500, 257, "16777216 pixels"},
        {65500, 65500, "65500x65500"},
        {65535, 1, "damaged JPEG"},
        {4096, 4097, "4096x4097"},
        {4096, 4096,
         "is a JPEG of 4096x4096 in several scans (progressive), whose decoder needs more than 64 MiB"},
    };
    struct mt_buf file = jpeg_of(&gray, 65500, 8);
    accept(&file, 65500, 8);
    file = jpeg_of(&gray, 8, 65500);
    accept(&file, 8, 65500);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        file = jpeg_of(&slow, 16, 16);
        uint8_t *frame = segment(&file, 0xc2);
        frame[5] = (uint8_t)(t[i].h >> 8);
        frame[6] = (uint8_t)t[i].h;
        frame[7] = (uint8_t)(t[i].w >> 8);
        frame[8] = (uint8_t)t[i].w;
        refuse(&file, t[i].part);
    }
    file = jpeg_of(&gray, 16, 16);
    segment(&file, 0xc0)[4] = 12; /* bits per sample */
    refuse(&file, "damaged JPEG");
}

/* Each scan costs a pass over the image: a small file could cost hours. */
static void many_scans(void **state)
{
    (void)state;
    jpeg_scan_info scan[127] = {{.comps_in_scan = 1}};
    for (int i = 1; i < 127; i++)
        scan[i] = (jpeg_scan_info){.comps_in_scan = 1,
                                   .Ss = 1 + (i - 1) / 2,
                                   .Se = 1 + (i - 1) / 2,
                                   .Ah = i % 2 ? 0 : 1,
                                   .Al = i % 2 ? 1 : 0};
    for (int n = 100; n <= 127; n += 27) {
        struct jpeg_kind kind = {
            .in = JCS_GRAYSCALE, .out = JCS_GRAYSCALE, .channels = 1, .scan = scan, .scans = n};
        struct mt_buf file = jpeg_of(&kind, 16, 16);
        if (n == 100)
            accept(&file, 16, 16);
        else
            refuse(&file, "more than 100 scans");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_very_amount_of_data),
        cmocka_unit_test(damaged_streams),
        cmocka_unit_test(empty_chunks),
        cmocka_unit_test(png_sizes),
        cmocka_unit_test(kinds_of_jpeg),
        cmocka_unit_test(jpeg_sizes),
        cmocka_unit_test(many_scans),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

/* Tests of lib/data/idx.c: what is read, and what is refused with which words. */
#include "tests/idx_load.h"

static const struct mt_load_options with_labels = {.labels = true}, no_labels = {.labels = false};

static int load_both(char *images, char *labels, int64_t classes, const struct mt_dataset *like,
                     struct mt_dataset *d, struct mt_err *err)
{
    struct mt_idx_cfg cfg = {.images = images, .labels = labels, .classes = classes};
    struct mt_variant v = {&mt_format_idx.kind, &cfg};
    struct mt_load_options options = with_labels;
    options.like = like;
    memset(err, 0, sizeof *err);
    return mt_dataset_load(&v, &options, d, err);
}

/* Two samples of 2x3 in every element type, with the type's extremes where float32 holds them. */
static void element_types(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        size_t size;
        uint64_t bits[4];
        float value[4];
        double max;
    } t[] = {
        {0x08, 1, {0, 1, 128, 255}, {0, 1, 128, 255}, 255},
        {0x09, 1, {0, 0x7f, 0x80, 0xff}, {0, 127, -128, -1}, 127},
        {0x0b, 2, {0, 0x7fff, 0x8000, 0xffff}, {0, 32767, -32768, -1}, 32767},
        {0x0c,
         4,
         {1, 0x7fffffff, 0x80000000, 0xffffffff},
         {1, 2147483648.0f, -2147483648.0f, -1},
         2147483647},
        {0x0d, 4, {0, 0x3fc00000, 0xc0200000, 0x7f7fffff}, {0, 1.5f, -2.5f, 3.40282347e38f}, 0},
        {0x0e, 8, {0, 0x3ff8000000000000, 0xc004000000000000, 0x3fb999999999999a}, {0, 1.5f, -2.5f, 0.1f}, 0},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        uint8_t file[256];
        size_t n = idx_head(file, t[i].code, (uint32_t[]){2, 2, 3, 0});
        for (int k = 0; k < 12; k++)
            for (size_t b = t[i].size; b-- > 0;)
                file[n++] = (uint8_t)(t[i].bits[k % 4] >> (8 * b));
        struct mt_dataset d;
        struct mt_err err;
        assert_int_equal(load_images(put_file("a.idx", file, n), &d, &err), 0);
        assert_int_equal(d.n, 2);
        assert_true(d.shape.c == 1 && d.shape.h == 2 && d.shape.w == 3);
        assert_true(d.type_max == t[i].max && d.label == NULL);
        assert_int_equal(d.pixel, t[i].code == 8 ? MT_PIXEL_U8 : MT_PIXEL_F32);
        for (int k = 0; k < 12; k++) {
            float v = d.pixel == MT_PIXEL_U8 ? ((uint8_t *)d.pixels)[k] : ((float *)d.pixels)[k];
            assert_true(v == t[i].value[k % 4]);
        }
        assert_int_equal(d.source[0].size, n);
        mt_dataset_release(&d);
    }
}

static void dimensions(void **state)
{
    (void)state;
    static const struct {
        uint32_t dim[5];
        int layout;
        struct mt_shape shape; /* c = 0: refused */
    } t[] = {
        {{6}, MT_LAYOUT_AUTO, {1, 1, 1}},          {{2, 5}, MT_LAYOUT_AUTO, {5, 1, 1}},
        {{2, 3, 4}, MT_LAYOUT_AUTO, {1, 3, 4}},    {{2, 3, 5, 6}, MT_LAYOUT_AUTO, {3, 5, 6}},
        {{2, 5, 6, 3}, MT_LAYOUT_AUTO, {3, 5, 6}}, {{2, 3, 5, 3}, MT_LAYOUT_AUTO, {0, 0, 0}},
        {{2, 3, 5, 3}, MT_LAYOUT_CHW, {3, 5, 3}},  {{2, 3, 5, 3}, MT_LAYOUT_HWC, {3, 3, 5}},
        {{2, 5, 6, 7}, MT_LAYOUT_AUTO, {0, 0, 0}}, {{2, 5, 6, 7}, MT_LAYOUT_CHW, {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        uint8_t file[1024];
        size_t n = idx_head(file, 0x08, t[i].dim), count = 1;
        for (int k = 0; t[i].dim[k]; k++)
            count *= t[i].dim[k];
        for (size_t k = 0; k < count; k++)
            file[n + k] = (uint8_t)k;
        char *path = put_file("dim.idx", file, n + count);
        struct mt_idx_cfg cfg = {.images = path, .classes = MT_UNSET_INT, .layout = t[i].layout};
        struct mt_variant v = {&mt_format_idx.kind, &cfg};
        struct mt_dataset d;
        struct mt_err err;
        int rc = mt_dataset_load(&v, &no_labels, &d, &err);
        assert_int_equal(rc, t[i].shape.c ? 0 : -1);
        if (rc < 0)
            continue;
        assert_int_equal(d.n, t[i].dim[0]);
        assert_memory_equal(&d.shape, &t[i].shape, sizeof d.shape);
        mt_dataset_release(&d);
    }
}

static void channels_last_become_first(void **state)
{
    (void)state;
    uint8_t file[64] = {0};
    size_t n = idx_head(file, 0x08, (uint32_t[]){2, 5, 1, 2, 0}); /* (N,H,W,C) */
    for (int k = 0; k < 20; k++)
        file[n++] = (uint8_t)k;
    struct mt_idx_cfg cfg = {
        .images = put_file("hwc.idx", file, n), .classes = MT_UNSET_INT, .layout = MT_LAYOUT_HWC};
    struct mt_variant v = {&mt_format_idx.kind, &cfg};
    struct mt_dataset d;
    assert_int_equal(mt_dataset_load(&v, &no_labels, &d, NULL), 0);
    static const uint8_t want[20] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 10, 12, 14, 16, 18, 11, 13, 15, 17, 19};
    assert_memory_equal(d.pixels, want, sizeof want);
    mt_dataset_release(&d);
}

/* The head is {0, 0, type, ndim, dims...}; what follows it is `body` bytes. */
static void bad_heads(void **state)
{
    (void)state;
    static const struct {
        uint8_t head[24];
        size_t head_len, body;
        const char *part;
    } t[] = {
        {{0}, 0, 0, "is empty"},
        {{0, 0, 8}, 3, 0, "ends too early"},
        {{0, 0, 8, 1, 0, 0}, 6, 0, "ends too early"},
        {{1, 0, 8, 1, 0, 0, 0, 1}, 8, 1, "not an IDX file"},
        {{0, 9, 8, 1, 0, 0, 0, 1}, 8, 1, "not an IDX file"},
        {{0, 0, 0, 1, 0, 0, 0, 1}, 8, 1, "element type 0x00"},
        {{0, 0, 7, 1, 0, 0, 0, 1}, 8, 1, "element type 0x07"},
        {{0, 0, 10, 1, 0, 0, 0, 1}, 8, 1, "element type 0x0a"},
        {{0, 0, 15, 1, 0, 0, 0, 1}, 8, 1, "element type 0x0f"},
        {{0, 0, 255, 1, 0, 0, 0, 1}, 8, 1, "element type 0xff"},
        {{0, 0, 8, 0}, 4, 1, "has 0 dimensions"},
        {{0, 0, 8, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, 24, 1, "has 5 dimensions"},
        {{0, 0, 8, 255, 0, 0, 0, 1}, 8, 1, "has 255 dimensions"},
        {{0, 0, 8, 1, 0, 0, 0, 0}, 8, 0, "dimension 1 of 1 is 0"},
        {{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2}, 16, 4, "dimension 2 of 3 is 0"},
        {{0, 0, 8, 1, 0, 0, 0, 3}, 8, 2, "counts more elements than its 10 bytes"},
        {{0, 0, 8, 1, 0, 0, 0, 2}, 8, 3, "counts 2 bytes of elements, but 3 follow"},
        {{0, 0, 8, 1, 255, 255, 255, 255}, 8, 9, "counts more elements"},
        {{0, 0, 14, 1, 0, 0, 0, 2}, 8, 15, "counts more elements"},
        {{0, 0, 13, 1, 0, 0, 0, 2}, 8, 9, "counts 8 bytes of elements, but 9 follow"},
        /* products that pass 2^32 and 2^64 */
        {{0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0}, 12, 0, "counts more elements"},
        {{0, 0, 8, 3, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 4}, 16, 0, "counts more elements"},
        {{0, 0, 14, 3, 0x20, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 8}, 16, 0, "counts more elements"},
        {{0, 0, 8, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
         20,
         4,
         "counts more elements"},
        {{0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}, 20, 1, "counts more elements"},
        {{0, 0, 14, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0x20, 0}, 20, 8, "counts more elements"},
        {{0, 0, 13, 3, 0x40, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 4}, 16, 4, "counts more elements"},
        {{0, 0, 8, 2, 0x80, 0, 0, 0, 0, 0, 0, 1}, 12, 9, "counts more elements"},
        {{0, 0, 11, 1, 0, 0, 0, 2}, 8, 3, "counts more elements"},
        {{0, 0, 11, 1, 0, 0, 0, 2}, 8, 5, "counts 4 bytes of elements, but 5 follow"},
        {{0, 0, 12, 1, 0, 0, 0, 1}, 8, 3, "counts more elements"},
        {{0, 0, 9, 1, 0, 0, 0, 1}, 8, 2, "counts 1 bytes of elements, but 2 follow"},
        {{0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}, 20, 1, "dimension 4 of 4 is 0"},
        {{0, 0, 8, 2, 0, 0, 0, 0, 255, 255, 255, 255}, 12, 0, "dimension 1 of 2 is 0"},
        {{0, 0, 8, 2, 255, 255, 255, 255, 0, 0, 0, 0}, 12, 0, "dimension 2 of 2 is 0"},
        {{0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}, 18, 0, "ends too early, after 18 bytes"},
        {{3, 8, 0, 0, 1, 0, 0, 0}, 8, 1, "not an IDX file (it starts with 03 08"},
        {{0}, 1, 0, "ends too early, after 1 bytes"},
        {{0, 0, 8, 1}, 4, 0, "ends too early, after 4 bytes"},
        {{0x1f, 0x8b}, 2, 0, "ends too early, after 2 bytes"},
        {{0x1f, 0x8b, 9, 0}, 4, 0, "gzip data is damaged near byte"},
        {{0x1f, 0x8b, 8, 0xe0}, 4, 6, "gzip data is damaged near byte"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        uint8_t file[64] = {0};
        memcpy(file, t[i].head, t[i].head_len);
        refuse(put_file("bad.idx", file, t[i].head_len + t[i].body), t[i].part);
    }
}

static void no_numbers(void **state)
{
    (void)state;
    static const uint32_t bits[] = {0x7fc00000, 0x7f800000, 0xff800000};
    for (int i = 0; i < 3; i++) {
        uint8_t file[64];
        size_t n = idx_head(file, 0x0d, (uint32_t[]){3, 2, 0});
        memset(file + n, 0, 24);
        put_be32(file + n + 12, bits[i]);
        refuse(put_file("nan.idx", file, n + 24), "element 1 of sample 1 is not a finite");
    }
    uint8_t file[16];
    size_t n = idx_head(file, 0x0e, (uint32_t[]){1, 0});
    memcpy(file + n, "\x7e\x37\xe4\x3c\x88\x00\x75\x9c", 8); /* 1e300 */
    refuse(put_file("large.idx", file, n + 8), "element 0 of sample 0 is not a finite");
}

static char *put_labels(const char *name, uint8_t type, size_t size, const int *value, uint32_t n)
{
    uint8_t file[256];
    size_t len = idx_head(file, type, (uint32_t[]){n, 0});
    for (uint32_t i = 0; i < n; i++)
        for (size_t b = size; b-- > 0;)
            file[len++] = (uint8_t)(value[i] >> (8 * b));
    return put_file(name, file, len);
}

static char *put_images(const char *name, uint32_t n)
{
    uint8_t file[256];
    size_t len = idx_head(file, 0x08, (uint32_t[]){n, 2, 2, 0});
    memset(file + len, 1, 4 * n);
    return put_file(name, file, len + 4 * n);
}

static void labels_become_classes(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        size_t size;
    } type[] = {{0x08, 1}, {0x09, 1}, {0x0b, 2}, {0x0c, 4}};
    char *images = put_images("images", 5);
    for (int i = 0; i < 4; i++) {
        struct mt_dataset d;
        struct mt_err err;
        char *labels = put_labels("labels", type[i].code, type[i].size, (int[]){26, 3, 100, 3, 26}, 5);
        assert_int_equal(load_both(images, labels, MT_UNSET_INT, NULL, &d, &err), 0);
        assert_int_equal(d.classes, 3);
        assert_string_equal(d.class_name[0], "3");
        assert_string_equal(d.class_name[1], "26");
        assert_string_equal(d.class_name[2], "100");
        assert_memory_equal(d.label, ((int32_t[]){1, 0, 2, 0, 1}), 20);
        assert_int_equal(d.n_sources, 2);
        mt_dataset_release(&d);
        assert_int_equal(load_both(images, labels, 101, NULL, &d, &err), 0);
        assert_int_equal(d.classes, 101);
        assert_memory_equal(d.label, ((int32_t[]){26, 3, 100, 3, 26}), 20);
        mt_dataset_release(&d);
        assert_int_equal(load_both(images, labels, 100, NULL, &d, &err), -1);
        assert_contains(err.text, "label 100 of sample 2 is out of range");
    }
}

static void bad_labels(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_err err;
    char *images = put_images("images", 3), *labels = put_labels("four", 8, 1, (int[]){0, 1, 2, 3}, 4);
    assert_int_equal(load_both(images, labels, MT_UNSET_INT, NULL, &d, &err), -1);
    assert_contains(err.text, "holds 4 labels for the 3 images of");
    assert_int_equal(load_both(images, images, MT_UNSET_INT, NULL, &d, &err), -1);
    assert_contains(err.text, "labels have 1 of integers");
    assert_int_equal(
        load_both(images, put_labels("f", 0x0d, 4, (int[]){0, 0, 0}, 3), MT_UNSET_INT, NULL, &d, &err), -1);
    assert_contains(err.text, "labels have 1 of integers");
    assert_int_equal(load_both(images, put_labels("n", 9, 1, (int[]){0, -1, 0}, 3), 2, NULL, &d, &err), -1);
    assert_contains(err.text, "label -1 of sample 1 is out of range");
    assert_int_equal(load_both(images, NULL, 2, NULL, &d, &err), -1);
    assert_contains(err.text, "has no labels");
    assert_int_equal(load_both(images, test_path("missing"), 2, NULL, &d, &err), -1);
    assert_contains(err.text, "cannot open");
}

static void test_follows_train(void **state)
{
    (void)state;
    struct mt_dataset train, test;
    struct mt_err err;
    char *three = put_images("images", 3), *two = put_images("two", 2);
    assert_int_equal(
        load_both(three, put_labels("train", 8, 1, (int[]){9, 2, 4}, 3), MT_UNSET_INT, NULL, &train, &err),
        0);
    assert_int_equal(
        load_both(two, put_labels("test", 8, 1, (int[]){9, 4}, 2), MT_UNSET_INT, &train, &test, &err), 0);
    assert_int_equal(test.classes, 3);
    assert_memory_equal(test.label, ((int32_t[]){2, 1}), 8);
    assert_string_equal(test.class_name[0], "2");
    mt_dataset_release(&test);
    assert_int_equal(
        load_both(two, put_labels("test", 8, 1, (int[]){9, 5}, 2), MT_UNSET_INT, &train, &test, &err), -1);
    assert_contains(err.text, "label \"5\" of sample 1 is not one of the 3 classes");
    uint8_t wide[64] = {0};
    size_t n = idx_head(wide, 0x08, (uint32_t[]){2, 2, 3, 0});
    assert_int_equal(load_both(put_file("wide", wide, n + 12), put_labels("test", 8, 1, (int[]){9, 4}, 2),
                               MT_UNSET_INT, &train, &test, &err),
                     -1);
    assert_contains(err.text, "samples are 2x3, those of the training data 2x2");
    mt_dataset_release(&train);
}

/* Whatever is done to a file, it is read or refused: sanitizers watch the rest. */
static void mutations(void **state)
{
    (void)state;
    uint8_t seed[4][512];
    size_t len[4];
    len[0] = ten_images(seed[0], 512);
    for (int i = 1; i < 4; i++) {
        len[i] = idx_head(seed[i], (uint8_t[]){0, 0x08, 0x0d, 0x0b}[i], (uint32_t[]){3, 2, 2, 0});
        memset(seed[i] + len[i], 3, 48);
        len[i] += 12 * (size_t)((int[]){0, 1, 4, 2}[i]);
    }
    struct mt_rng r;
    mt_rng_init(&r, 1, MT_STREAM_TEST, 1, 0);
    int read = 0, refused = 0;
    for (int i = 0; i < 4000; i++) {
        uint8_t file[512];
        struct mt_dataset d;
        struct mt_err err;
        memcpy(file, seed[i % 4], len[i % 4]);
        char *path = put_file("mutant", file, mutate(&r, file, len[i % 4]));
        if (load_images(path, &d, &err) == 0) {
            read++;
            assert_true(d.n >= 1 && mt_shape_count(d.shape) >= 1);
            mt_dataset_release(&d);
        } else {
            refused++;
            assert_int_equal(err.kind, MT_ERR_DATA);
            assert_contains(err.text, path);
        }
    }
    assert_true(read > 500 && refused > 500);
}

static void mnist(void **state)
{
    (void)state;
    static const char *const names[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                        "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
    char path[4][4200];
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "mnist/%s", names[i]);
        if (!test_data(name))
            skip();
        strcpy(path[i], test_data(name));
    }
    struct mt_dataset train, test;
    struct mt_err err;
    assert_int_equal(load_both(path[0], path[1], MT_UNSET_INT, NULL, &train, &err), 0);
    assert_int_equal(load_both(path[2], path[3], MT_UNSET_INT, &train, &test, &err), 0);
    assert_int_equal(train.n, 60000);
    assert_int_equal(test.n, 10000);
    assert_int_equal(train.classes, 10);
    assert_string_equal(train.source[0].sha256,
                        "71524e2cd1ad2968737f7f2f2ff69cbfc32df8ccddff51593f7cb2d4e0eb5b64");
    int64_t sum = 0, of_class[10] = {0};
    for (size_t i = 0; i < 60000 * 784; i++)
        sum += ((uint8_t *)train.pixels)[i];
    for (int i = 0; i < 60000; i++)
        of_class[train.label[i]]++;
    assert_int_equal(sum, 1567298545);
    assert_memory_equal(of_class, ((int64_t[]){5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}),
                        80);
    mt_dataset_release(&train);
    mt_dataset_release(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(element_types),
        cmocka_unit_test(dimensions),
        cmocka_unit_test(channels_last_become_first),
        cmocka_unit_test(bad_heads),
        cmocka_unit_test(no_numbers),
        cmocka_unit_test(labels_become_classes),
        cmocka_unit_test(bad_labels),
        cmocka_unit_test(test_follows_train),
        cmocka_unit_test(mutations),
        cmocka_unit_test(mnist),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

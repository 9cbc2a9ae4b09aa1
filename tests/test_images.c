/* Tests of lib/data/images.c, tree.c and resize.c: folders of images, good and bad, and the size they are
 * brought to. */
#include "tests/image_files.h"

#include <math.h>

#include "lib/data/image.h"

/* The definition in resize.c's head, one output at a time, in double and without separating the axes. */
static double naive(const struct mt_image *in, int h, int w, int y, int x, int c)
{
    double sy = (double)in->h / h, sx = (double)in->w / w, ry = fmax(sy, 1), rx = fmax(sx, 1), sum = 0,
           weights = 0;
    for (int i = 0; i < in->h; i++) {
        for (int j = 0; j < in->w; j++) {
            double dy = fabs(i + 0.5 - (y + 0.5) * sy) / ry, dx = fabs(j + 0.5 - (x + 0.5) * sx) / rx;
            double weight = fmax(0, 1 - dy) * fmax(0, 1 - dx);
            weights += weight;
            sum += weight * in->data[(i * in->w + j) * in->channels + c];
        }
    }
    return sum / weights;
}

static void resize(void **state)
{
    (void)state;
    struct mt_rng r;
    mt_rng_init(&r, 4, MT_STREAM_TEST, 0, 0);
    for (int round = 0; round < 120; round++) {
        struct mt_image in = {.h = 1 + (int)mt_rng_below(&r, 24),
                              .w = 1 + (int)mt_rng_below(&r, 24),
                              .channels = round % 2 ? 3 : 1};
        int h = 1 + (int)mt_rng_below(&r, 24), w = 1 + (int)mt_rng_below(&r, 24);
        size_t count = (size_t)(in.h * in.w * in.channels);
        in.data = malloc(count);
        for (size_t i = 0; i < count; i++)
            in.data[i] = (uint8_t)mt_rng_u32(&r);
        if (round == 0) { /* same size: the same bytes */
            h = in.h;
            w = in.w;
        }
        uint8_t *out = malloc((size_t)(h * w * in.channels));
        assert_int_equal(mt_image_resize(&in, h, w, out, NULL), 0);
        for (int c = 0; c < in.channels; c++)
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++)
                    assert_true(fabs(out[(c * h + y) * w + x] - naive(&in, h, w, y, x, c)) <= 0.5 + 1e-4);
        free(in.data);
        free(out);
    }
}

static struct mt_images_cfg images_cfg(char *dir)
{
    return (struct mt_images_cfg){.dir = dir, .height = MT_UNSET_INT, .width = MT_UNSET_INT};
}

static int load(const struct mt_images_cfg *cfg, const struct mt_load_options *options, struct mt_dataset *d,
                struct mt_err *err)
{
    static const struct mt_load_options plain = {.labels = true};
    struct mt_variant v = {&mt_format_images.kind, (void *)(uintptr_t)cfg};
    memset(err, 0, sizeof *err);
    return mt_dataset_load(&v, options ? options : &plain, d, err);
}

static void make_dir(const char *name)
{
    assert_int_equal(mkdir(test_path(name), 0777), 0);
}

/* A folder for one test; its path stays. */
static char *make_root(const char *name)
{
    static char path[16][512];
    static int n;
    make_dir(name);
    assert_true(n < 16);
    return strcpy(path[n++], test_path(name));
}

/* A PNG or JPEG of one color: v for gray (channels 1), else v, v / 2, 0. */
static void put_image(const char *name, int h, int w, int channels, uint8_t v, bool jpeg)
{
    uint16_t sample[64 * 64 * 3];
    uint8_t pixels[64 * 64 * 3];
    struct mt_buf b = {0};
    for (int i = 0; i < h * w * channels; i++)
        sample[i] = pixels[i] = (uint8_t)(i % channels == 0 ? v : i % channels == 1 ? v / 2 : 0);
    if (jpeg)
        jpeg_file(&b, pixels, h, w, channels, false);
    else
        png_file(&b, &(struct png_spec){
                         .w = w, .h = h, .depth = 8, .color = channels == 3 ? 2 : 0, .sample = sample});
    put_file(name, b.data, b.len);
    mt_buf_release(&b);
}

static void order_and_names(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_err err;
    char *dir = make_root("order");
    static const char *const dirs[] = {"order/b",         "order/B",        "order/a-b",
                                       "order/a",         "order/\xc3\xa4", "order/b/deep",
                                       "order/b/deep/er", "order/.hidden",  "order/a/.hidden"};
    static const char *const files[] = {
        "order/b/2.png",       "order/b/10.png",        "order/b/deep/er/1.png", "order/B/x.png",
        "order/a-b/x",         "order/a/z.jpeg",        "order/a/.DS_Store",     "order/\xc3\xa4/\xff.png",
        "order/.hidden/x.png", "order/a/.hidden/x.png", "order/a/Thumbs.db"};
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        make_dir(dirs[i]);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        put_image(files[i], 2, 3, 1, (uint8_t)(i + 1), false);
    put_file("order/notes.txt", "notes", 5); /* beside the classes */
    struct mt_images_cfg cfg = images_cfg(dir);
    assert_int_equal(load(&cfg, NULL, &d, &err), 0);
    static const char *const classes[] = {"B", "a", "a-b", "b", "\xc3\xa4"};
    static const char *const names[] = {"B/x.png",         "a/z.jpeg",         "a-b/x", "b/10.png", "b/2.png",
                                        "b/deep/er/1.png", "\xc3\xa4/\xff.png"};
    static const uint8_t value[] = {4, 6, 5, 2, 1, 3, 8};
    static const int32_t label[] = {0, 1, 2, 3, 3, 3, 4};
    assert_int_equal(d.classes, 5);
    assert_int_equal(d.n, 7);
    for (int i = 0; i < 5; i++)
        assert_string_equal(d.class_name[i], classes[i]);
    for (int i = 0; i < 7; i++) {
        assert_string_equal(d.sample_name[i], names[i]);
        assert_int_equal(((uint8_t *)d.pixels)[i * 6], value[i]);
    }
    assert_memory_equal(d.label, label, sizeof label);
    assert_true(d.shape.c == 1 && d.shape.h == 2 && d.shape.w == 3);
    assert_int_equal(d.n_sources, 1);
    char before[MT_SHA256_HEX];
    strcpy(before, d.source[0].sha256);
    mt_dataset_release(&d);

    struct mt_load_options unlabeled = {.labels = false};
    assert_int_equal(load(&cfg, &unlabeled, &d, &err), 0);
    assert_true(d.label == NULL && d.class_name == NULL && d.classes == 0);
    assert_string_equal(d.source[0].sha256, before);
    mt_dataset_release(&d);
    put_image("order/b/2.png", 2, 3, 1, 77, false); /* content counts */
    assert_int_equal(load(&cfg, NULL, &d, &err), 0);
    assert_string_not_equal(d.source[0].sha256, before);
    mt_dataset_release(&d);
}

/* Gray and color, PNG and JPEG with wrong suffixes, several sizes. */
static void mixed_kinds(void **state)
{
    (void)state;
    struct mt_dataset d, test;
    struct mt_err err;
    struct mt_images_cfg cfg = images_cfg(make_root("mixed"));
    make_dir("mixed/one");
    put_image("mixed/one/a.jpg", 8, 8, 1, 100, false);
    put_image("mixed/one/b.png", 16, 9, 3, 200, true);
    assert_int_equal(load(&cfg, NULL, &d, &err), -1);
    assert_contains(err.text, "one/a.jpg is 8x8, one/b.png is 16x9 (height x width); set height and width");
    cfg.height = cfg.width = 6;
    assert_int_equal(load(&cfg, NULL, &d, &err), 0);
    assert_true(d.shape.c == 3 && d.shape.h == 6 && d.shape.w == 6 && d.classes == 1);
    const uint8_t *p = d.pixels;
    for (int i = 0; i < 36; i++) {
        assert_true(p[i] == 100 && p[36 + i] == 100 && p[72 + i] == 100);
        assert_true(abs(p[108 + i] - 200) <= 3 && abs(p[144 + i] - 100) <= 3 && p[180 + i] <= 3);
    }
    /* A test source takes size and channels over. */
    struct mt_load_options like = {.labels = true, .like = &d};
    cfg.height = cfg.width = MT_UNSET_INT;
    assert_int_equal(load(&cfg, &like, &test, &err), 0);
    assert_true(test.shape.c == 3 && test.shape.h == 6);
    assert_memory_equal(test.pixels, d.pixels, 216);
    mt_dataset_release(&test);
    make_dir("mixed/two");
    put_image("mixed/two/c.png", 8, 8, 1, 1, false);
    assert_int_equal(load(&cfg, &like, &test, &err), -1);
    assert_contains(err.text, "label \"two\" of sample 2 is not one of the 1 classes");
    mt_dataset_release(&d);
    cfg.height = cfg.width = 6;
    cfg.channels = MT_CHANNELS_GRAY;
    assert_int_equal(load(&cfg, NULL, &d, &err), 0);
    assert_true(d.shape.c == 1);
    assert_true(abs(((uint8_t *)d.pixels)[36] - 118) <= 2); /* luma of (200, 100, 0) */
    mt_dataset_release(&d);
    const char *key;
    cfg.width = MT_UNSET_INT;
    assert_int_equal(mt_format_images.kind.check(&cfg, &key, &err), -1);
}

static void refuse_dir(char *dir, const char *part)
{
    struct mt_dataset d;
    struct mt_err err;
    struct mt_images_cfg cfg = images_cfg(dir);
    assert_int_equal(load(&cfg, NULL, &d, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_contains(err.text, part);
}

static void bad_trees(void **state)
{
    (void)state;
    char *dir = make_root("bad");
    refuse_dir(test_path("nowhere"), "nowhere: cannot be read: No such file");
    refuse_dir(dir, "bad: holds no folders");
    put_image("bad/loose.png", 2, 2, 1, 1, false);
    refuse_dir(dir, "bad/loose.png: is an image outside of any class");
    unlink(test_path("bad/loose.png"));
    refuse_dir(put_file("bad/file", "x", 1), "bad/file: is not a folder");
    make_dir("bad/k");
    refuse_dir(dir, "bad/k: is the folder of a class and holds no images");
    put_file("bad/k/.hidden", "x", 1);
    refuse_dir(dir, "bad/k: is the folder of a class and holds no images");
    put_image("bad/k/1.png", 2, 2, 1, 1, false);
    make_dir("bad/l");
    refuse_dir(dir, "bad/l: is the folder of a class and holds no images");
    put_file("bad/l/1.png", "text", 4);
    refuse_dir(dir, "bad/l/1.png: is neither PNG nor JPEG");
    put_file("bad/l/1.png", "", 0);
    refuse_dir(dir, "bad/l/1.png: is empty");
    put_file("bad/l/1.png", "\x89PNG\r\n\x1a\n", 8);
    refuse_dir(dir, "bad/l/1.png: is a damaged PNG file");
    put_image("bad/l/1.png", 2, 2, 1, 1, false);

    char *link = test_path("bad/l/2.png");
    assert_int_equal(symlink("nothing", link), 0);
    refuse_dir(dir, "bad/l/2.png: is a link to something that is not there");
    unlink(link);
    assert_int_equal(symlink("2.png", link), 0);
    refuse_dir(dir, "bad/l/2.png: is a link that leads back to itself");
    unlink(link);
    assert_int_equal(symlink("..", link), 0);
    refuse_dir(dir, "bad/l/2.png: is a folder that was read already");
    unlink(link);
    assert_int_equal(symlink("../k", link), 0);
    refuse_dir(dir, "bad/l/2.png: is a folder that was read already");
    unlink(link);
    assert_int_equal(mkfifo(link, 0600), 0);
    refuse_dir(dir, "bad/l/2.png: is neither a file nor a folder");
    unlink(link);
    assert_int_equal(symlink("../k/1.png", link), 0);         /* a link to a file is a file */
    assert_int_equal(mkfifo(test_path("bad/fifo"), 0600), 0); /* beside the classes */
    struct mt_dataset d;
    struct mt_err err;
    struct mt_images_cfg cfg = images_cfg(dir);
    assert_int_equal(load(&cfg, NULL, &d, &err), 0);
    assert_int_equal(d.n, 3);
    mt_dataset_release(&d);

    char deep[512] = "bad/k";
    for (int i = 0; i < 33; i++) {
        strcat(deep, "/d");
        make_dir(deep);
    }
    refuse_dir(dir, "is nested deeper than 32 folders");
    if (geteuid() != 0) {
        chmod(test_path("bad/k/1.png"), 0);
        refuse_dir(dir, "bad/k/1.png: cannot open: Permission denied");
    }
}

/* Single files are not streamed. */
static void too_much_memory(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_err err;
    struct mt_load_options options = {.memory = 200};
    char one[512];
    put_image("large.png", 4, 4, 1, 1, false);
    strcpy(one, test_path("large.png"));
    const char *files[] = {one, one, one};
    assert_int_equal(mt_images_load_files(files, 3, (struct mt_shape){1, 8, 8}, &options, &d, &err), 0);
    mt_dataset_release(&d);
    assert_int_equal(mt_images_load_files(files, 3, (struct mt_shape){3, 1024, 1024}, &options, &d, &err),
                     -1);
    assert_contains(err.text, "3 samples of 3x1024x1024 need 9.0 MiB, and 0.0 MiB are left for data");
}

/* Which of several bad files is named does not depend on threads, nor does any pixel. */
static void threads_agree(void **state)
{
    (void)state;
    struct mt_images_cfg cfg = images_cfg(make_root("threads"));
    struct mt_dataset one, d;
    struct mt_err err;
    make_dir("threads/k");
    for (int i = 0; i < 60; i++) {
        char name[64];
        snprintf(name, sizeof name, "threads/k/%02d", i);
        put_image(name, 20 + i % 7, 30, i % 2 ? 3 : 1, (uint8_t)(4 * i), i % 3 == 0);
    }
    cfg.height = 13;
    cfg.width = 11;
    assert_int_equal(load(&cfg, NULL, &one, &err), 0);
    for (int bad = 0; bad < 2; bad++) {
        for (int threads = 1; threads <= 3; threads++) {
            struct mt_pool *pool;
            assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
            struct mt_load_options options = {.labels = true, .pool = pool};
            assert_int_equal(load(&cfg, &options, &d, &err), bad ? -1 : 0);
            if (bad) {
                assert_contains(err.text, "threads/k/23: is neither");
            } else {
                assert_memory_equal(d.pixels, one.pixels, 60 * 3 * 13 * 11);
                assert_string_equal(d.source[0].sha256, one.source[0].sha256);
                mt_dataset_release(&d);
            }
            mt_pool_free(pool);
        }
        put_file("threads/k/23", "junk", 4);
        put_file("threads/k/24", "junk", 4);
        put_file("threads/k/59", "junk", 4);
    }
    mt_dataset_release(&one);
}

static void single_files(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_err err;
    struct mt_load_options options = {0};
    put_image("single1.png", 4, 4, 1, 50, false);
    put_image("single2.jpg", 8, 8, 1, 60, true);
    char one[512], two[512], none[512];
    strcpy(one, test_path("single1.png"));
    strcpy(two, test_path("single2.jpg"));
    strcpy(none, test_path("single3.png"));
    assert_int_equal(
        mt_images_load_files((const char *[]){two, one}, 2, (struct mt_shape){3, 2, 2}, &options, &d, &err),
        0);
    assert_true(d.n == 2 && d.label == NULL && d.n_sources == 2 && d.type_max == 255);
    assert_string_equal(d.sample_name[0], two);
    assert_string_equal(d.source[1].path, one);
    assert_int_equal(((uint8_t *)d.pixels)[12 + 11], 50);
    mt_dataset_release(&d);
    assert_int_equal(
        mt_images_load_files((const char *[]){one, none}, 2, (struct mt_shape){1, 2, 2}, &options, &d, &err),
        -1);
    assert_contains(err.text, "single3.png: cannot open");
    assert_int_equal(
        mt_images_load_files((const char *[]){one}, 1, (struct mt_shape){2, 2, 2}, &options, &d, &err), -1);
    assert_contains(err.text, "cannot become 2 channels");
}

static void chest_xrays(void **state)
{
    (void)state;
    if (!test_data("chest-xray"))
        skip();
    char dir[4200];
    strcpy(dir, test_data("chest-xray"));
    struct mt_pool *pool;
    struct mt_dataset d;
    struct mt_err err;
    struct mt_images_cfg cfg = images_cfg(dir);
    cfg.height = cfg.width = 64;
    assert_int_equal(mt_pool_new(&pool, 2, &err), 0);
    struct mt_load_options options = {.labels = true, .pool = pool};
    if (load(&cfg, &options, &d, &err) < 0)
        fail_msg("%s", err.text);
    int64_t of_class[3] = {0};
    for (int64_t i = 0; i < d.n; i++)
        of_class[d.label[i]]++;
    assert_true(d.shape.c == 3 && of_class[0] == 124 && of_class[1] == 500 && of_class[2] == 500);
    assert_string_equal(d.class_name[0], "covid");
    mt_dataset_release(&d);
    mt_pool_free(pool);
}

static void omniglot(void **state)
{
    (void)state;
    if (!test_data("omniglot/test"))
        skip();
    char dir[4200];
    strcpy(dir, test_data("omniglot/test"));
    struct mt_dataset d;
    struct mt_err err;
    struct mt_images_cfg cfg = images_cfg(dir);
    if (load(&cfg, NULL, &d, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(d.n == 86 * 20 && d.classes == 86 && d.shape.c == 1 && d.shape.h == 105 && d.shape.w == 105);
    for (size_t i = 0; i < 1720 * 105 * 105; i++)
        assert_true(((uint8_t *)d.pixels)[i] == 0 || ((uint8_t *)d.pixels)[i] == 255);
    mt_dataset_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize),       cmocka_unit_test(order_and_names), cmocka_unit_test(mixed_kinds),
        cmocka_unit_test(bad_trees),    cmocka_unit_test(too_much_memory), cmocka_unit_test(threads_agree),
        cmocka_unit_test(single_files), cmocka_unit_test(chest_xrays),     cmocka_unit_test(omniglot),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

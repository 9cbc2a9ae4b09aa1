/* Tests of lib/data while reads and allocations fail, one after the other: every failure is told as one of
 * the machine, not of the data, nothing leaks, and without a fault the same data are read again. */
#include "tests/failing.h"
#include "tests/image_folder.h"

#include <errno.h>
#include <math.h>

#include "lib/core/buf.h"
#include "lib/data/augment.h"
#include "lib/data/export.h"
#include "lib/data/stream.h"
#include "lib/data/summary.h"

static char *folder, *csv, *words, *images, *labels, *zipped;

static int write_files(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    uint8_t file[512], gz[512];
    folder = make_folder("folder");
    for (int i = 0; i < 40; i++)
        mt_buf_printf(&b, "%d,%d,%d,%d,%d\n", i, 2 * i, 3 * i, 4 * i, i % 3);
    csv = strdup(put_file("n.csv", b.data, b.len));
    mt_buf_puts(&b, "0.5,1,1,1,\"w,x\"\n");
    words = strdup(put_file("w.csv", b.data, b.len));
    mt_buf_release(&b);
    size_t n = idx_head(file, 0x08, (uint32_t[]){6, 2, 2, 3, 0});
    for (int i = 0; i < 72; i++)
        file[n++] = (uint8_t)(3 * i);
    images = strdup(put_file("images", file, n));
    zipped = strdup(put_file("images.gz", gz, gzip_bytes(file, n, gz, sizeof gz)));
    n = idx_head(file, 0x08, (uint32_t[]){6, 0});
    memcpy(file + n, "\1\2\3\1\2\3", 6);
    labels = strdup(put_file("labels", file, n + 6));
    return 0;
}

static int forget_files(void **state)
{
    free(csv);
    free(words);
    free(images);
    free(labels);
    free(zipped);
    return remove_files(state);
}

static int load_kind(const struct mt_format_type *format, void *cfg, const struct mt_dataset *like,
                     uint64_t memory, struct mt_dataset *d, struct mt_err *err)
{
    struct mt_variant v = {&format->kind, cfg};
    struct mt_load_options options = {.labels = true, .memory = memory, .like = like};
    return mt_dataset_load(&v, &options, d, err);
}

static int load_folder(uint64_t memory, bool resize, struct mt_dataset *d, struct mt_err *err)
{
    struct mt_images_cfg cfg = {
        .dir = folder, .height = resize ? 7 : MT_UNSET_INT, .width = resize ? 5 : MT_UNSET_INT};
    return load_kind(&mt_format_images, &cfg, NULL, memory, d, err);
}

static int load_csv(char *path, struct mt_dataset *d, struct mt_err *err)
{
    struct mt_csv_cfg cfg = {.file = path, .classes = MT_UNSET_INT};
    return load_kind(&mt_format_csv, &cfg, NULL, 0, d, err);
}

static int load_idx(char *path, const struct mt_dataset *like, struct mt_dataset *d, struct mt_err *err)
{
    struct mt_idx_cfg cfg = {
        .images = path, .labels = labels, .classes = MT_UNSET_INT, .layout = MT_LAYOUT_HWC};
    return load_kind(&mt_format_idx, &cfg, like, 0, d, err);
}

/* What is done while calls fail: 0 or -1, and nothing stays behind. */
typedef int deed(struct mt_err *err);

static int done(int rc, struct mt_dataset *d)
{
    if (rc == 0)
        mt_dataset_release(d);
    return rc;
}

static int read_numbers(struct mt_err *err)
{
    struct mt_dataset d;
    return done(load_csv(csv, &d, err), &d);
}

static int read_words(struct mt_err *err)
{
    struct mt_dataset d;
    return done(load_csv(words, &d, err), &d);
}

static int read_idx(struct mt_err *err)
{
    struct mt_dataset train, test;
    if (load_idx(zipped, NULL, &train, err) < 0)
        return -1;
    int rc = done(load_idx(images, &train, &test, err), &test);
    mt_dataset_release(&train);
    return rc;
}

static int read_folder(struct mt_err *err)
{
    struct mt_dataset d;
    return done(load_folder(0, true, &d, err), &d);
}

static int survey_folder(struct mt_err *err)
{
    struct mt_images_survey survey;
    return mt_images_survey(folder, NULL, &survey, err);
}

static int read_single_files(struct mt_err *err)
{
    struct mt_dataset d;
    struct mt_load_options options = {0};
    char one[512], two[512];
    snprintf(one, sizeof one, "%s/0/00", folder);
    snprintf(two, sizeof two, "%s/1/01", folder);
    const char *files[] = {one, two};
    return done(mt_images_load_files(files, 2, (struct mt_shape){3, 5, 5}, &options, &d, err), &d);
}

static int stream_folder(struct mt_err *err)
{
    struct mt_dataset d;
    uint8_t row[3 * 7 * 5];
    if (load_folder(64, true, &d, err) < 0)
        return -1;
    int rc = 0;
    assert_non_null(d.stream);
    for (int i = 0; i < 4 && rc == 0; i++)
        rc = mt_stream_read(&d, i, row, err);
    return mt_dataset_release(&d), rc;
}

static int show(struct mt_err *err)
{
    struct mt_dataset d;
    struct mt_view v = {0};
    struct mt_summary s = {0};
    struct mt_buf png = {0}, svg = {0};
    if (load_idx(images, NULL, &d, err) < 0)
        return -1;
    int rc = mt_view_all(&v, &d, err);
    if (rc == 0)
        rc = mt_summarize(&s, &v, NULL, err);
    if (rc == 0)
        rc = mt_contact_sheet(&v, &s, MT_SHEET_PNG, &png, err);
    if (rc == 0)
        rc = mt_contact_sheet(&v, &s, MT_SHEET_SVG, &svg, err);
    if (rc == 0)
        rc = mt_export_csv(&v, v.n, test_path("export.csv"), err);
    mt_buf_release(&png);
    mt_buf_release(&svg);
    mt_summary_release(&s);
    mt_view_release(&v);
    mt_dataset_release(&d);
    return rc;
}

static int split(struct mt_err *err)
{
    struct mt_dataset d;
    struct mt_view train = {0}, part = {0};
    struct mt_scale scale;
    struct mt_split_cfg by_class = {.last = MT_UNSET_INT, .fraction = 0.5};
    if (load_csv(csv, &d, err) < 0)
        return -1;
    int rc = mt_view_all(&train, &d, err);
    if (rc == 0)
        rc = mt_view_split(&train, &part, &by_class, 1, err);
    if (rc == 0)
        rc = mt_scale_fit(&scale, MT_SCALE_STANDARDIZE, NAN, &train, NULL, err);
    mt_view_release(&train);
    mt_view_release(&part);
    mt_dataset_release(&d);
    return rc;
}

static const struct {
    const char *name;
    deed *deed;
} deeds[] = {
    {"numbers", read_numbers}, {"words", read_words},       {"idx", read_idx},
    {"folder", read_folder},   {"survey", survey_folder},   {"single files", read_single_files},
    {"stream", stream_folder}, {"sheets and export", show}, {"split and scale", split},
};

static void fail_each(enum failing kind, int code, bool later)
{
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        struct mt_err err = {0};
        if (deeds[i].deed(&err) < 0)
            fail_msg("%s without a fault: %s", deeds[i].name, err.text);
        for (int64_t n = 1;; n++) {
            err = (struct mt_err){0};
            failing_begin(kind, n, later, false, code);
            int rc = deeds[i].deed(&err);
            bool there = failing_end(kind) >= n;
            if (!there) {
                assert_int_equal(rc, 0);
                break;
            }
            if (rc < 0 && (err.kind != MT_ERR_RUN || !err.text[0]))
                fail_msg("%s, call %lld: kind %d, \"%s\"", deeds[i].name, (long long)n, (int)err.kind,
                         err.text);
        }
    }
}

static void allocations_fail(void **state)
{
    (void)state;
    fail_each(FAIL_ALLOC, ENOMEM, false);
    fail_each(FAIL_ALLOC, ENOMEM, true);
}

static void reads_fail(void **state)
{
    (void)state;
    fail_each(FAIL_READ, EIO, false);
    fail_each(FAIL_OPEN, EMFILE, false);
}

static void interrupted_reads_go_on(void **state)
{
    (void)state;
    struct mt_err err;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        failing_begin(FAIL_READ, 1, false, true, EINTR);
        int rc = deeds[i].deed(&err);
        failing_end(FAIL_READ);
        if (rc < 0)
            fail_msg("%s: %s", deeds[i].name, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_fail),
        cmocka_unit_test(reads_fail),
        cmocka_unit_test(interrupted_reads_go_on),
    };
    return cmocka_run_group_tests(tests, write_files, forget_files);
}

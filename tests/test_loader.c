/* Tests of lib/data/stream.c and loader.c: a folder that is decoded as it is needed gives the same bytes as
 * one in memory, and files that go or change in between are told of. */
#include "tests/image_folder.h"

#include <math.h>

#include "lib/data/loader.h"
#include "lib/data/stream.h"
#include "lib/data/summary.h"

#define N FOLDER_IMAGES
#define SIDE 6

static int open_folder(struct mt_dataset *d, char *dir, uint64_t memory, struct mt_pool *pool,
                       struct mt_err *err)
{
    struct mt_images_cfg cfg = {.dir = dir, .height = SIDE, .width = SIDE};
    struct mt_variant v = {&mt_format_images.kind, &cfg};
    struct mt_load_options options = {.labels = true, .memory = memory, .pool = pool};
    return mt_dataset_load(&v, &options, d, err);
}

static void open_both(char *dir, struct mt_dataset *whole, struct mt_dataset *streamed)
{
    struct mt_err err;
    uint64_t bytes = N * 3 * SIDE * SIDE;
    if (open_folder(whole, dir, bytes, NULL, &err) < 0 ||
        open_folder(streamed, dir, bytes - 1, NULL, &err) < 0)
        fail_msg("%s", err.text);
}

static void a_folder_beyond_its_memory_is_streamed(void **state)
{
    (void)state;
    struct mt_dataset a, b;
    uint8_t row[3 * SIDE * SIDE];
    open_both(make_folder("same"), &a, &b);
    assert_true(a.pixels && !a.stream && !b.pixels && b.stream);
    assert_true(b.n == N && b.classes == 2 && b.shape.c == 3 && b.shape.h == SIDE && b.type_max == 255);
    assert_memory_equal(a.label, b.label, N * sizeof *a.label);
    assert_string_equal(a.source[0].sha256, b.source[0].sha256);
    assert_true(a.source[0].size == b.source[0].size && b.source[0].size > 0);
    for (int32_t i = 0; i < N; i++) {
        assert_string_equal(a.sample_name[i], b.sample_name[i]);
        assert_int_equal(mt_stream_read(&b, i, row, NULL), 0);
        assert_memory_equal(row, (uint8_t *)a.pixels + i * (int)sizeof row, sizeof row);
    }
    mt_dataset_release(&a);
    mt_dataset_release(&b);
}

static struct mt_loader *new_loader(struct mt_plan *plan, int max_batch, int threads)
{
    struct mt_loader *l;
    *plan = (struct mt_plan){0};
    const struct mt_loader_options options = {
        .shape = {3, SIDE, SIDE}, .max_batch = max_batch, .threads = threads};
    assert_int_equal(mt_loader_new(&l, &options, plan, NULL), 0);
    assert_true(plan->bytes[MT_AREA_SAMPLES] >= (size_t)(MT_LOADER_SLOTS * max_batch * 3 * SIDE * SIDE));
    assert_int_equal(mt_plan_commit(plan, NULL), 0);
    return l;
}

static void drop_loader(struct mt_loader *l, struct mt_plan *plan)
{
    mt_loader_free(l);
    mt_plan_release(plan);
}

/* The batches of index[first..n) are the samples of `whole`. */
static void expect_batches(struct mt_loader *l, const struct mt_dataset *whole, const int32_t *index,
                           int64_t n, int64_t first, int batch)
{
    size_t sample = mt_shape_count(whole->shape);
    for (int64_t at = first; at < n; at += batch) {
        const struct mt_dataset *got;
        assert_int_equal(mt_loader_next(l, &got, NULL), 0);
        for (int64_t i = at; i < n && i < at + batch; i++)
            assert_memory_equal((uint8_t *)got->pixels + (size_t)(i - at) * sample,
                                (uint8_t *)whole->pixels + (size_t)index[i] * sample, sample);
    }
}

/* Any number of threads, any batch, any start, an epoch left in the middle, lists that name a sample twice.
 */
static void batches_hold_what_is_asked_for(void **state)
{
    (void)state;
    struct mt_dataset a, b;
    struct mt_plan plan;
    struct mt_rng r;
    int32_t index[3 * N];
    open_both(make_folder("batches"), &a, &b);
    mt_rng_init(&r, 6, MT_STREAM_TEST, 0, 0);
    for (int threads = 1; threads <= 4; threads++) {
        struct mt_loader *l = new_loader(&plan, 16, threads);
        for (int round = 0; round < 20; round++) {
            int64_t n = 1 + mt_rng_below(&r, 3 * N), first = mt_rng_below(&r, (uint32_t)n);
            int batch = 1 + (int)mt_rng_below(&r, 16);
            mt_loader_stop(l); /* `index` is written */
            for (int64_t i = 0; i < n; i++)
                index[i] = (int32_t)mt_rng_below(&r, N);
            assert_int_equal(mt_loader_start(l, &b, index, n, first, batch, MT_NO_EPOCH, NULL), 0);
            if (round % 3 == 0)
                n = first + (n - first + 1) / 2; /* then begin anew */
            expect_batches(l, &a, index, n, first, batch);
        }
        drop_loader(l, &plan);
    }
    mt_dataset_release(&a);
    mt_dataset_release(&b);
}

/* Nothing is fetched further ahead than the batches that there is room for. */
static void the_queue_is_bounded(void **state)
{
    (void)state;
    struct mt_dataset a, b;
    struct mt_plan plan;
    const struct mt_dataset *got;
    int32_t index[N];
    open_both(make_folder("bounded"), &a, &b);
    for (int i = 0; i < N; i++)
        index[i] = i;
    struct mt_loader *l = new_loader(&plan, 4, 3);
    assert_int_equal(mt_loader_start(l, &b, index, N, 0, 4, MT_NO_EPOCH, NULL), 0);
    for (int64_t at = 0; at < N; at += 4) { /* the batch in use keeps its samples while others are prepared */
        uint8_t copy[4 * 3 * SIDE * SIDE];
        size_t bytes = (size_t)(N - at < 4 ? N - at : 4) * 3 * SIDE * SIDE;
        assert_int_equal(mt_loader_next(l, &got, NULL), 0);
        memcpy(copy, got->pixels, bytes);
        usleep(2000);
        assert_memory_equal(copy, got->pixels, bytes);
        assert_memory_equal(copy, (uint8_t *)a.pixels + at * 3 * SIDE * SIDE, bytes);
    }
    drop_loader(l, &plan);
    mt_dataset_release(&a);
    mt_dataset_release(&b);
}

/* Whatever was being loaded, list and data may go once it was stopped. */
static void what_was_stopped_reads_nothing(void **state)
{
    (void)state;
    struct mt_dataset a, b, c;
    struct mt_plan plan;
    char *dir = make_folder("stopped");
    open_both(dir, &a, &b);
    struct mt_loader *l = new_loader(&plan, 16, 3);
    mt_loader_stop(l); /* before anything was started */
    for (int round = 0; round < 8; round++) {
        int32_t *index = malloc(N * sizeof *index);
        assert_int_equal(open_folder(&c, dir, 1, NULL, NULL), 0);
        for (int i = 0; i < N; i++)
            index[i] = N - 1 - i;
        assert_int_equal(mt_loader_start(l, &c, index, N, 0, 16, MT_NO_EPOCH, NULL), 0);
        if (round % 2)
            expect_batches(l, &a, index, 16, 0, 16);
        mt_loader_stop(l);
        free(index);
        mt_dataset_release(&c);
    }
    int32_t again[3] = {5, 0, 5};
    assert_int_equal(mt_loader_start(l, &b, again, 3, 0, 2, MT_NO_EPOCH, NULL), 0);
    expect_batches(l, &a, again, 3, 0, 2);
    drop_loader(l, &plan);
    mt_dataset_release(&a);
    mt_dataset_release(&b);
}

static void spoil(const char *folder, int i, const char *content)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%d/%02d", folder, i % 2, i);
    if (content)
        put_file(name, content, strlen(content));
    else
        assert_int_equal(remove(test_path(name)), 0);
}

/* Class 0 holds files 00, 02, ... 36 as samples 0 to 18, class 1 files 01, 03, ... as samples 19 to 36. */
static void files_that_change_are_named_in_their_turn(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_plan plan;
    struct mt_err err;
    const struct mt_dataset *got;
    int32_t index[N];
    char *dir = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        char folder[16];
        snprintf(folder, sizeof folder, "spoiled%d", threads);
        dir = make_folder(folder);
        for (int i = 0; i < N; i++)
            index[i] = i;
        assert_int_equal(open_folder(&d, dir, 1, NULL, &err), 0);
        spoil(folder, 22, "junk"); /* sample 11, in the second batch of 8 */
        spoil(folder, 24, NULL);   /* sample 12 */
        struct mt_loader *l = new_loader(&plan, 8, threads);
        assert_int_equal(mt_loader_start(l, &d, index, N, 0, 8, MT_NO_EPOCH, NULL), 0);
        assert_int_equal(mt_loader_next(l, &got, &err), 0);
        assert_int_equal(mt_loader_next(l, &got, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_contains(err.text, "/0/22: has changed since the run began");
        index[11] = 0; /* without it, the next one is named */
        assert_int_equal(mt_loader_start(l, &d, index, N, 8, 8, MT_NO_EPOCH, NULL), 0);
        assert_int_equal(mt_loader_next(l, &got, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_contains(err.text, "/0/24: cannot open");
        assert_contains(err.text, "it was there when the run began");
        drop_loader(l, &plan);
        mt_dataset_release(&d);
    }
    assert_int_equal(open_folder(&d, dir, 1, NULL, &err), -1); /* what is no image is told at once */
    assert_contains(err.text, "/0/22: is neither PNG nor JPEG");
}

static void figures_are_those_of_the_samples_in_memory(void **state)
{
    (void)state;
    struct mt_dataset a, b;
    struct mt_view va, vb;
    struct mt_scale sa, sb;
    struct mt_summary ma, mb;
    struct mt_buf pa = {0}, pb = {0};
    open_both(make_folder("figures"), &a, &b);
    assert_int_equal(mt_view_all(&va, &a, NULL), 0);
    assert_int_equal(mt_view_all(&vb, &b, NULL), 0);
    va.n = vb.n = N - 3;
    for (int threads = 1; threads <= 3; threads++) {
        struct mt_pool *pool;
        assert_int_equal(mt_pool_new(&pool, threads, NULL), 0);
        assert_int_equal(mt_scale_fit(&sa, MT_SCALE_STANDARDIZE, NAN, &va, NULL, NULL), 0);
        assert_int_equal(mt_scale_fit(&sb, MT_SCALE_STANDARDIZE, NAN, &vb, pool, NULL), 0);
        assert_memory_equal(&sa, &sb, sizeof sa);
        assert_true(sa.mean[0] != sa.mean[1] && sa.gain[0] > 0);
        mt_pool_free(pool);
    }
    assert_int_equal(mt_summarize(&ma, &va, NULL, NULL), 0);
    assert_int_equal(mt_summarize(&mb, &vb, NULL, NULL), 0);
    assert_true(ma.min == mb.min && ma.max == mb.max && ma.mean == mb.mean && ma.deviation == mb.deviation);
    assert_int_equal(mt_contact_sheet(&va, &ma, MT_SHEET_PNG, &pa, NULL), 0);
    assert_int_equal(mt_contact_sheet(&vb, &mb, MT_SHEET_PNG, &pb, NULL), 0);
    assert_int_equal(pa.len, pb.len);
    assert_memory_equal(pa.data, pb.data, pa.len);
    mt_buf_release(&pa);
    mt_buf_release(&pb);
    mt_summary_release(&ma);
    mt_summary_release(&mb);
    mt_view_release(&va);
    mt_view_release(&vb);
    mt_dataset_release(&a);
    mt_dataset_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_beyond_its_memory_is_streamed),
        cmocka_unit_test(batches_hold_what_is_asked_for),
        cmocka_unit_test(the_queue_is_bounded),
        cmocka_unit_test(what_was_stopped_reads_nothing),
        cmocka_unit_test(files_that_change_are_named_in_their_turn),
        cmocka_unit_test(figures_are_those_of_the_samples_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

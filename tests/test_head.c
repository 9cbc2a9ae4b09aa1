/* Tests of lib/head: what every head promises beyond its numbers. */
#include "tests/head_fixture.h"

#include <math.h>

#include "lib/head/lse.h"

/* A batch of random embeddings, some of them pushed away from their class. */
struct batch {
    int n;
    float *x, *dx;
    int32_t *label;
};

static void batch_make(struct batch *b, int n, int classes, int dim)
{
    *b = (struct batch){.n = n};
    b->x = calloc((size_t)n * (size_t)dim, sizeof *b->x);
    b->dx = calloc((size_t)n * (size_t)dim, sizeof *b->dx);
    b->label = calloc((size_t)n, sizeof *b->label);
    assert_true(b->x && b->dx && b->label);
    fill_normal(b->x, (size_t)n * (size_t)dim, 1, 5);
    fill_labels(b->label, n, classes, 6);
}

static void batch_drop(struct batch *b)
{
    free(b->x);
    free(b->dx);
    free(b->label);
}

/* Calls `each` with every row of the table under its defaults. */
static void every_head(void (*each)(const char *name, struct mt_pool *pool), struct mt_pool *pool)
{
    for (const struct mt_kind *const *kind = mt_head_table.row; *kind; kind++)
        each((*kind)->name, pool);
}

static float *state_copy(struct head_fixture *f, size_t *count)
{
    *count = 0;
    for (int i = 0; i < f->tensors.n; i++)
        *count += f->tensors.list[i]->count;
    float *copy = calloc(*count, sizeof *copy), *at = copy;
    assert_non_null(copy);
    for (int i = 0; i < f->tensors.n; at += f->tensors.list[i]->count, i++)
        memcpy(at, f->tensors.list[i]->data, f->tensors.list[i]->count * sizeof *at);
    return copy;
}

static void assert_state(struct head_fixture *f, float *want, size_t count)
{
    size_t n;
    float *now = state_copy(f, &n);
    assert_int_equal(n, count);
    assert_memory_equal(now, want, n * sizeof *now);
    free(now);
    free(want);
}

static void loss_and_score_move_nothing(const char *name, struct mt_pool *pool)
{
    struct head_fixture f;
    struct batch b;
    struct mt_head_stats sum = {0};
    float score[40 * 7];
    size_t count;
    head_make(&f, name, "", 7, 3, 40, pool);
    batch_make(&b, 40, 7, 3);
    f.type->step(f.h, b.n, b.x, b.label, b.dx, &sum);
    float *before = state_copy(&f, &count);
    double gauge = f.type->gauge ? f.type->gauge(f.h) : 0;
    f.type->loss(f.h, b.n, b.x, b.label, &sum);
    f.type->score(f.h, b.n, b.x, score);
    assert_state(&f, before, count);
    assert_true(gauge == (f.type->gauge ? f.type->gauge(f.h) : 0));
    assert_int_equal(sum.n, 80);
    batch_drop(&b);
    head_drop(&f);
}

static void evaluation_moves_nothing(void **state)
{
    every_head(loss_and_score_move_nothing, *state);
}

/* After a step the state is as that step used it, but for centers, and for t under n2. */
static void loss_repeats_step(const char *name, struct mt_pool *pool)
{
    struct head_fixture f;
    struct batch b;
    struct mt_head_stats stepped = {0}, again = {0};
    bool before = !strcmp(name, "center");
    head_make(&f, name, "", 7, 3, 40, pool);
    batch_make(&b, 40, 7, 3);
    if (before)
        f.type->loss(f.h, b.n, b.x, b.label, &again);
    f.type->step(f.h, b.n, b.x, b.label, b.dx, &stepped);
    if (!before)
        f.type->loss(f.h, b.n, b.x, b.label, &again);
    assert_memory_equal(&stepped, &again, sizeof stepped);
    batch_drop(&b);
    head_drop(&f);
}

static void loss_is_the_loss_of_step(void **state)
{
    every_head(loss_repeats_step, *state);
}

/* Accuracy and score_loss are those of score(), which sees no label. */
static void score_gives_accuracy(const char *name, struct mt_pool *pool)
{
    struct head_fixture f;
    struct batch b;
    struct mt_head_stats sum = {0};
    float score[40 * 7];
    int correct = 0;
    double loss = 0;
    head_make(&f, name, "", 7, 3, 40, pool);
    batch_make(&b, 40, 7, 3);
    f.type->score(f.h, b.n, b.x, score);
    f.type->loss(f.h, b.n, b.x, b.label, &sum);
    for (int i = 0; i < b.n; i++) {
        const float *row = score + i * 7;
        int best = 0;
        double total = 0;
        for (int j = 1; j < 7; j++)
            best = row[j] > row[best] ? j : best;
        for (int j = 0; j < 7; j++)
            total += exp((double)row[j] - (double)row[best]);
        correct += best == b.label[i];
        loss += (double)row[best] + log(total) - (double)row[b.label[i]];
    }
    assert_int_equal(sum.correct, correct);
    assert_true(fabs(sum.score_loss - loss) < 1e-5 * loss);
    batch_drop(&b);
    head_drop(&f);
}

static void accuracy_sees_no_label(void **state)
{
    every_head(score_gives_accuracy, *state);
}

/* One step's outputs, all of them, as bytes. */
static void *step_bytes(const char *name, int n, int classes, int dim, int threads, size_t *size)
{
    struct mt_pool *pool;
    struct mt_err err;
    struct head_fixture f;
    struct batch b;
    struct mt_head_stats sum = {0};
    assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
    head_make(&f, name, "", classes, dim, n, pool);
    batch_make(&b, n, classes, dim);
    f.type->step(f.h, n, b.x, b.label, b.dx, &sum);
    f.type->loss(f.h, n, b.x, b.label, &sum);
    size_t dx = (size_t)n * (size_t)dim * sizeof(float), dw = f.h->weight->count * sizeof(float);
    size_t scores = (size_t)n * (size_t)classes * sizeof(float);
    *size = sizeof sum + dx + dw + scores;
    char *bytes = calloc(1, *size);
    assert_non_null(bytes);
    memcpy(bytes, &sum, sizeof sum);
    memcpy(bytes + sizeof sum, b.dx, dx);
    memcpy(bytes + sizeof sum + dx, f.h->weight->grad, dw);
    f.type->score(f.h, n, b.x, (float *)(void *)(bytes + sizeof sum + dx + dw));
    batch_drop(&b);
    head_drop(&f);
    mt_pool_free(pool);
    return bytes;
}

static void same_for_any_threads(const char *name, struct mt_pool *unused)
{
    static const int shapes[][3] = {
        {1, 2, 2}, {100, 10, 3}, {300, 10, 20}, {130, 300, 64}, {150, 600, 150}}; /* n, classes, dim */
    (void)unused;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        size_t size;
        void *one = step_bytes(name, shapes[s][0], shapes[s][1], shapes[s][2], 1, &size);
        for (int threads = 2; threads <= 3; threads++) {
            void *more = step_bytes(name, shapes[s][0], shapes[s][1], shapes[s][2], threads, &size);
            assert_memory_equal(one, more, size);
            free(more);
        }
        free(one);
    }
}

static void threads_do_not_show(void **state)
{
    every_head(same_for_any_threads, *state);
}

/* 100,000 classes: scratch stays bounded for any batch, and the chunks that this takes give what whole
 * batches give. */
static void many_classes(void **state)
{
    enum { C = 100000, D = 3, N = 64 };
    struct head_fixture big, whole;
    struct batch b;
    struct mt_head_stats sum = {0}, halves = {0};
    struct mt_err err = {0};
    assert_int_equal(head_try(&big, "curricularface", "", C, 128, 1024, *state, &err), 0);
    assert_true(big.plan.bytes[MT_AREA_SCRATCH] <
                ((size_t)128 << 20)); /* 1024 x C floats alone were 400 MiB */
    head_drop(&big);

    head_make(&whole, "arcface", "s=10", C, D, N, *state);
    batch_make(&b, N, C, D);
    size_t count = whole.h->weight->count;
    float *dw = calloc(count, sizeof *dw), *dx = calloc(N * D, sizeof *dx);
    assert_true(dw && dx);
    for (int half = 0; half < 2; half++) {
        int first = half * N / 2;
        whole.type->step(whole.h, N / 2, b.x + first * D, b.label + first, dx + first * D, &halves);
        for (size_t i = 0; i < count; i++)
            dw[i] += whole.h->weight->grad[i] / 2;
    }
    whole.type->step(whole.h, N, b.x, b.label, b.dx, &sum);
    assert_true(fabs(sum.loss - halves.loss) < 1e-9 * sum.loss);
    assert_int_equal(sum.correct, halves.correct);
    for (int i = 0; i < N * D; i++)
        assert_float_equal(b.dx[i], dx[i] / 2, 1e-6 * (1 + fabs((double)dx[i])));
    for (size_t i = 0; i < count; i++)
        assert_float_equal(whole.h->weight->grad[i], dw[i], 1e-6 * (1 + fabs((double)dw[i])));
    free(dw);
    free(dx);
    batch_drop(&b);
    head_drop(&whole);
}

static void zero_rows_are_counted(const char *name, struct mt_pool *pool)
{
    struct head_fixture f;
    struct batch b;
    struct mt_head_stats sum = {0};
    head_make(&f, name, "", 4, 3, 8, pool);
    batch_make(&b, 8, 4, 3);
    memset(b.x, 0, 3 * sizeof *b.x);
    b.x[3] = 1e-13f;
    b.x[4] = b.x[5] = 0;
    f.type->step(f.h, b.n, b.x, b.label, b.dx, &sum);
    assert_int_equal(sum.zero, 2);
    for (int d = 0; d < 24; d++)
        assert_true(isfinite(b.dx[d]));
    for (int d = 0; f.type->cosine && d < 6; d++)
        assert_true(b.dx[d] == 0);
    if (f.type->cosine) { /* one class without direction too, a sample's own and others' */
        memset(f.h->weight->data + b.label[3] * 3, 0, 3 * sizeof(float));
        f.type->step(f.h, b.n, b.x, b.label, b.dx, &sum);
        for (int d = 0; d < 3; d++)
            assert_true(f.h->weight->grad[b.label[3] * 3 + d] == 0);
    }
    assert_true(isfinite(sum.loss) && isfinite(sum.score_loss));
    batch_drop(&b);
    head_drop(&f);
}

static void rows_without_direction(void **state)
{
    every_head(zero_rows_are_counted, *state);
}

/* Very long and very short embeddings, the largest scale, classes decided beyond doubt: all finite. */
static void extremes(void **state)
{
    static const char *const heads[][2] = {{"softmax", ""},
                                           {"center", ""},
                                           {"arcface", "s=10000"},
                                           {"cosface", "s=10000"},
                                           {"curricularface", "s=10000 t0=1"}};
    static const float sizes[] = {1e-11f, 1e-6f, 1, 1e4f};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct head_fixture f;
            struct batch b;
            struct mt_head_stats sum = {0};
            head_make(&f, heads[k][0], heads[k][1], 7, 3, 40, *state);
            batch_make(&b, 40, 7, 3);
            for (int i = 0; i < 120; i++)
                b.x[i] *= sizes[s];
            f.type->step(f.h, b.n, b.x, b.label, b.dx, &sum);
            assert_true(isfinite(sum.loss) && isfinite(sum.score_loss));
            for (int i = 0; i < 120; i++)
                assert_true(isfinite(b.dx[i]));
            for (size_t i = 0; i < f.h->weight->count; i++)
                assert_true(isfinite(f.h->weight->grad[i]));
            batch_drop(&b);
            head_drop(&f);
        }
    }
}

/* A number that is not finite must reach the loss, where training looks for it. */
static void nan_is_not_hidden(const char *name, struct mt_pool *pool)
{
    struct head_fixture f;
    struct batch b;
    struct mt_head_stats sum = {0};
    head_make(&f, name, "", 7, 3, 40, pool);
    batch_make(&b, 40, 7, 3);
    b.x[50] = NAN;
    f.type->step(f.h, b.n, b.x, b.label, b.dx, &sum);
    assert_false(isfinite(sum.loss));
    batch_drop(&b);
    head_drop(&f);
}

static void faults_are_not_hidden(void **state)
{
    every_head(nan_is_not_hidden, *state);
}

/* Two classes with the same weights: the first of equal scores counts, with and without a margin of 0. */
static void ties_go_to_the_first(void **state)
{
    static const char *const heads[][2] = {{"softmax", ""}, {"cosface", "m=0"}, {"modified_softmax", ""}};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        struct head_fixture f;
        struct mt_head_stats sum = {0};
        const float x[4] = {1, 2, 1, 2};
        const int32_t label[2] = {1, 2};
        head_make(&f, heads[k][0], heads[k][1], 3, 2, 2, *state);
        memcpy(f.h->weight->data, (const float[6]){-1, 0, 3, 1, 3, 1}, 6 * sizeof(float));
        f.type->loss(f.h, 2, x, label, &sum);
        assert_int_equal(sum.correct, 1);
        head_drop(&f);
    }
}

static void log_sum_exp(void **state)
{
    enum { C = 1003 };
    float c[C], e[C];
    (void)state;
    for (int y = 0; y < C; y += 501) {
        struct mt_lse l;
        double sum = 0, max = -1e9;
        fill_normal(c, C, 1, 9);
        for (int j = 0; j < C; j++)
            max = j != y && (double)c[j] > max ? (double)c[j] : max;
        float want[C];
        for (int j = 0; j < C; j++) {
            double v = j == y ? 0 : exp(20 * ((double)c[j] - max));
            want[j] = j == y ? 0 : (float)fmax(v, exp(-80));
            sum += v;
        }
        memcpy(e, c, sizeof c);
        mt_kernels_pick(NULL)->softmax.row(C, y, 20, NULL, e, &l);
        assert_true(fabs((double)l.max - max) == 0 && l.first != y);
        assert_true(fabs(l.sum - sum) < 1e-6 * sum);
        assert_true(fabs(mt_lse_log(&l) - (20 * max + log(sum))) < 1e-6);
        for (int j = 0; j < C; j++) /* the argument is rounded to float, an error that grows with its size */
            assert_true(fabsf(e[j] - want[j]) <= 2e-5f * want[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation_moves_nothing),
        cmocka_unit_test(loss_is_the_loss_of_step),
        cmocka_unit_test(accuracy_sees_no_label),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(many_classes),
        cmocka_unit_test(rows_without_direction),
        cmocka_unit_test(extremes),
        cmocka_unit_test(faults_are_not_hidden),
        cmocka_unit_test(ties_go_to_the_first),
        cmocka_unit_test(log_sum_exp),
    };
    return cmocka_run_group_tests(tests, head_pool, head_pool_free);
}

/* Tests of lib/data/augment.c, and of data.augment in an experiment: what is done to which samples, that it
 * hangs on seed, epoch, sample and place alone, and what is refused. */
#include "tests/session.h"

#include <math.h>

#include "lib/data/augment.h"
#include "lib/data/loader.h"

#define N 50

struct setting { /* a list of transforms, bound from text */
    struct mt_conf *conf;
    struct mt_variants list;
};

static const struct mt_field list_fields[] = {
    {.name = "augment", .type = MT_VARIANTS, .table = &mt_transform_table, .help = "The list."}, {0}};

static bool bind_list(struct setting *s, const char *text, struct mt_diag *diag)
{
    return mt_conf_load_text(&s->conf, "test", ".", text, strlen(text), NULL, 0, diag) == 0 &&
           mt_conf_bind(s->conf, list_fields, &s->list, diag) == 0;
}

static void make_list(struct setting *s, const char *text)
{
    struct mt_diag diag = {0};
    if (!bind_list(s, text, &diag))
        fail_msg("%s", diag.text.data);
    mt_diag_release(&diag);
}

static void make_data(struct mt_dataset *d, struct mt_shape shape, enum mt_pixel pixel)
{
    struct mt_rng r;
    size_t n = N * mt_shape_count(shape);
    *d = (struct mt_dataset){.n = N, .shape = shape, .pixel = pixel, .pixels = malloc(n * sizeof(float))};
    mt_rng_init(&r, 1, MT_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < n; i++) {
        if (pixel == MT_PIXEL_U8)
            ((uint8_t *)d->pixels)[i] = (uint8_t)mt_rng_u32(&r);
        else
            ((float *)d->pixels)[i] = mt_rng_unit(&r);
    }
}

/* Sample `sample` as `epoch` has it. */
static void see(const struct mt_augment *a, const struct mt_dataset *d, uint32_t epoch, uint32_t sample,
                void *out)
{
    char *scratch = aligned_alloc(64, mt_augment_scratch(a));
    size_t bytes = mt_form_bytes(&a->form);
    mt_augment_random(a, epoch, sample, (char *)d->pixels + sample * bytes, out, scratch);
    free(scratch);
}

static void draws_hang_on_seed_epoch_sample_and_place(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct setting s, other;
    struct mt_augment a, b, c;
    uint8_t x[64], y[64];
    make_data(&d, (struct mt_shape){1, 8, 8}, MT_PIXEL_U8);
    make_list(&s, "augment: [{rotate: 90}]");
    make_list(&other, "augment: [equalize, {rotate: 90}]");
    memcpy((uint8_t *)d.pixels + 64, d.pixels, 64); /* two samples that are the same */
    assert_int_equal(mt_augment_init(&a, &s.list, &d, NAN, 7, NULL), 0);
    assert_int_equal(mt_augment_init(&b, &s.list, &d, NAN, 8, NULL), 0);
    assert_int_equal(mt_augment_init(&c, &other.list, &d, NAN, 7, NULL), 0);
    see(&a, &d, 3, 0, x);
    see(&a, &d, 3, 0, y);
    assert_memory_equal(x, y, 64);
    see(&a, &d, 4, 0, y);
    assert_memory_not_equal(x, y, 64);
    see(&a, &d, 3, 1, y);
    assert_memory_not_equal(x, y, 64);
    see(&b, &d, 3, 0, y);
    assert_memory_not_equal(x, y, 64);
    see(&c, &d, 3, 0, y);
    assert_memory_not_equal(x, y, 64);
    mt_conf_free(s.conf);
    mt_conf_free(other.conf);
    free(d.pixels);
}

/* Fixed ones come first, each sort in its order. */
static void the_order_is_that_of_the_list(void **state)
{
    (void)state;
    struct mt_dataset d, fixed;
    struct setting s;
    struct mt_augment a;
    struct mt_pool *pool;
    uint8_t x[3 * 64], y[3 * 64], space[3 * 64 * 8] __attribute__((aligned(64)));
    make_data(&d, (struct mt_shape){3, 8, 8}, MT_PIXEL_U8);
    make_list(&s,
              "augment: [{flip: {probability: 1}}, {crop: {left: 2}}, {brightness: {factor: [0.5, 0.5]}}, "
              "equalize, {flip: {axis: vertical, probability: 1}}]");
    assert_int_equal(mt_augment_init(&a, &s.list, &d, NAN, 0, NULL), 0);
    assert_true(a.n_fixed == 2 && a.n_random == 3);
    assert_int_equal(mt_pool_new(&pool, 3, NULL), 0);
    make_data(&fixed, d.shape, MT_PIXEL_U8);
    assert_int_equal(mt_augment_dataset(&a, &fixed, pool, NULL), 0);
    for (uint32_t i = 0; i < N; i++) {
        const struct mt_variant *v = s.list.v;
        const uint8_t *in = (uint8_t *)d.pixels + i * sizeof x;
        mt_crop.apply(v[1].cfg, &a.form, NULL, in, x, space);
        mt_equalize.apply(v[3].cfg, &a.form, NULL, x, y, space);
        assert_memory_equal(y, (uint8_t *)fixed.pixels + i * sizeof x, sizeof x);
        see(&a, &fixed, 0, i, x);
        for (int k = 0; k < 3 * 64; k++) /* both flips turn a plane around */
            assert_int_equal(x[k], (y[k / 64 * 64 + 63 - k % 64] + 1) / 2);
    }
    mt_pool_free(pool);
    mt_conf_free(s.conf);
    free(d.pixels);
    free(fixed.pixels);
}

/* Samples in memory come out of the loader as they should for any number of threads and any batch. */
static void the_loader_transforms(void **state)
{
    (void)state;
    for (int pixel = MT_PIXEL_U8; pixel <= MT_PIXEL_F32; pixel++) {
        for (int threads = 1; threads <= 4; threads++) {
            struct mt_dataset d;
            struct setting s;
            struct mt_augment a;
            struct mt_plan plan = {0};
            struct mt_loader *l;
            int32_t index[N];
            float want[2 * 30];
            int batch = 3 + 7 * threads;
            make_data(&d, (struct mt_shape){2, 5, 6}, (enum mt_pixel)pixel);
            make_list(&s, "augment: [{rotate: 20}, {shift: [1, 2]}, contrast]");
            assert_int_equal(mt_augment_init(&a, &s.list, &d, NAN, 2, NULL), 0);
            struct mt_loader_options o = {
                .shape = d.shape, .pixel = d.pixel, .max_batch = batch, .threads = threads, .augment = &a};
            assert_int_equal(mt_loader_new(&l, &o, &plan, NULL), 0);
            assert_int_equal(mt_plan_commit(&plan, NULL), 0);
            for (int i = 0; i < N; i++)
                index[i] = (i * 17 + 5) % N;
            for (int epoch = -1; epoch < 3; epoch++) {
                size_t bytes = mt_form_bytes(&a.form);
                const struct mt_dataset *got;
                assert_int_equal(mt_loader_start(l, &d, index, N, epoch + 1, batch, epoch, NULL), 0);
                for (int i = epoch + 1; i < N; i++) {
                    int row = (i - epoch - 1) % batch;
                    if (row == 0)
                        assert_int_equal(mt_loader_next(l, &got, NULL), 0);
                    if (epoch == MT_NO_EPOCH)
                        memcpy(want, (char *)d.pixels + (size_t)index[i] * bytes, bytes);
                    else
                        see(&a, &d, (uint32_t)epoch, (uint32_t)index[i], want);
                    assert_memory_equal(want, (char *)got->pixels + (size_t)row * bytes, bytes);
                }
            }
            mt_loader_free(l);
            mt_plan_release(&plan);
            mt_conf_free(s.conf);
            free(d.pixels);
        }
    }
}

static void refuse(const char *text, struct mt_shape shape, enum mt_pixel pixel, const char *words)
{
    struct mt_diag diag = {0};
    struct setting s;
    struct mt_dataset d;
    struct mt_augment a;
    struct mt_err err = {0};
    make_data(&d, shape, pixel);
    if (!bind_list(&s, text, &diag)) {
        if (!strstr(diag.text.data, words))
            fail_msg("%s", diag.text.data);
    } else {
        assert_int_equal(mt_augment_init(&a, &s.list, &d, NAN, 0, &err), -1);
        assert_int_equal(err.kind, MT_ERR_USAGE);
        if (!strstr(err.text, words))
            fail_msg("%s", err.text);
    }
    mt_diag_release(&diag);
    mt_conf_free(s.conf);
    free(d.pixels);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    const struct mt_shape image = {1, 6, 8}, vector = {48, 1, 1};
    refuse("augment: [flip]", vector, MT_PIXEL_U8, "flip: needs images, and samples are vectors of 48");
    refuse("augment: [equalize]", image, MT_PIXEL_F32, "equalize: needs 8-bit samples");
    refuse("augment: [clahe]", image, MT_PIXEL_F32, "clahe: needs 8-bit samples");
    refuse("augment: [clahe]", image, MT_PIXEL_U8, "8x8 tiles are more than 6x8 samples have pixels");
    refuse("augment: [{clahe: {clip: 0.5}}]", image, MT_PIXEL_U8, "cuts off everything");
    refuse("augment: [{clahe: {tiles: [1, 2, 3]}}]", image, MT_PIXEL_U8, "expected one number");
    refuse("augment: [{crop: {top: 3, bottom: 3}}]", image, MT_PIXEL_U8, "leave nothing of 6x8");
    refuse("augment: [{crop: {left: 0.5, right: 0.5}}]", image, MT_PIXEL_U8, "leave nothing of 6x8");
    refuse("augment: [{crop: {left: 65536, right: 65536}}]", image, MT_PIXEL_U8, "leave nothing of 6x8");
    refuse("augment: [{crop: {left: -1}}]", image, MT_PIXEL_U8, "augment[0].left");
    refuse("augment: [{rotate: 181}]", image, MT_PIXEL_U8, "augment[0].degrees");
    refuse("augment: [{rotate: -5}]", image, MT_PIXEL_U8, "augment[0].degrees");
    refuse("augment: [rotate]", image, MT_PIXEL_U8, "missing required key");
    refuse("augment: [{rotate: {degrees: 5, fill: 256}}]", image, MT_PIXEL_U8, "fill: 256 is not one");
    refuse("augment: [{rotate: {degrees: 5, fill: 0.5}}]", image, MT_PIXEL_U8, "fill: 0.5 is not one");
    refuse("augment: [{shift: 6}]", image, MT_PIXEL_U8, "out of sight");
    refuse("augment: [{shift: [0, 65536]}]", image, MT_PIXEL_U8, "out of sight");
    refuse("augment: [{shift: [1, 2, 3]}]", image, MT_PIXEL_U8, "[vertical, horizontal]");
    refuse("augment: [{random_crop: {padding: 6}}]", image, MT_PIXEL_U8, "out of sight");
    refuse("augment: [random_crop]", image, MT_PIXEL_U8, "one of area and padding is needed");
    refuse("augment: [{random_crop: {area: 0.5, padding: 1}}]", image, MT_PIXEL_U8,
           "one of area and padding");
    refuse("augment: [{random_crop: 0}]", image, MT_PIXEL_U8, "augment[0].area");
    refuse("augment: [{random_crop: [0.9, 0.8]}]", image, MT_PIXEL_U8, "the least and the largest share");
    refuse("augment: [{flip: {probability: 1.5}}]", image, MT_PIXEL_U8, "augment[0].probability");
    refuse("augment: [{flip: diagonal}]", image, MT_PIXEL_U8, "horizontal");
    refuse("augment: [{brightness: 2}]", image, MT_PIXEL_U8, "at most 1, not 2");
    refuse("augment: [{contrast: [1.2, 0.8]}]", image, MT_PIXEL_U8, "the least and the largest factor");
    refuse("augment: [{mirror: 1}]", image, MT_PIXEL_U8, "mirror");
}

/* Training sees them transformed, evaluation does not. */
static void only_training_samples_are_random(void **state)
{
    (void)state;
    double loss[2], first_loss[2];
    for (int k = 0; k < 2; k++) {
        struct session s;
        struct mt_head_stats sum = {0};
        struct mt_err err;
        session_open_augmented(&s, k ? "[{rotate: 40}]" : "[]", "[flatten, {dense: {units: 3}}]", "softmax",
                               "{epochs: 1, batch_size: 64}");
        assert_int_equal(
            mt_trainer_measure(s.setup.model, &s.setup.splits.train, &s.setup.splits.scale, &sum, &err), 0);
        loss[k] = sum.loss;
        assert_int_equal(mt_trainer_begin_epoch(&s.trainer, &err), 0);
        assert_int_equal(mt_trainer_step(&s.trainer, &err), 0);
        first_loss[k] = s.trainer.last_loss;
        session_close(&s);
    }
    assert_true(loss[0] == loss[1]);
    assert_true(first_loss[0] != first_loss[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_hang_on_seed_epoch_sample_and_place),
        cmocka_unit_test(the_order_is_that_of_the_list),
        cmocka_unit_test(the_loader_transforms),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(only_training_samples_are_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

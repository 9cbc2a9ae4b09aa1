/* Tests of lib/data: views and splits, scaling, blocks of lanes, the order of an epoch, the tables. */
#include "tests/data_files.h"

#include <math.h>

#define N 1000

/* Samples whose class sizes are very unequal: class c has about N / 2^(c+1); the last class has one sample.
 */
static void make_data(struct mt_dataset *d, struct mt_shape shape, enum mt_pixel pixel)
{
    static char *names[] = {"a", "b", "c", "d", "lone"};
    struct mt_rng r;
    mt_rng_init(&r, 3, MT_STREAM_TEST, 0, 0);
    *d = (struct mt_dataset){
        .n = N, .shape = shape, .pixel = pixel, .type_max = 255, .classes = 5, .class_name = names};
    size_t count = N * mt_shape_count(shape);
    d->label = malloc(N * sizeof *d->label);
    d->pixels = malloc(count * (pixel == MT_PIXEL_U8 ? 1 : sizeof(float)));
    for (int i = 0; i < N; i++) {
        uint32_t u = mt_rng_below(&r, 16);
        d->label[i] = u < 8 ? 0 : u < 12 ? 1 : u < 15 ? 2 : 3;
    }
    d->label[500] = 4;
    for (size_t i = 0; i < count; i++) {
        if (pixel == MT_PIXEL_U8)
            ((uint8_t *)d->pixels)[i] = (uint8_t)mt_rng_u32(&r);
        else
            ((float *)d->pixels)[i] = (float)(3 + 2 * mt_rng_normal(&r));
    }
}

static void drop_data(struct mt_dataset *d)
{
    free(d->label);
    free(d->pixels);
}

static struct mt_split_cfg last(int64_t n)
{
    return (struct mt_split_cfg){.last = n, .fraction = NAN};
}

static struct mt_split_cfg fraction(double f)
{
    return (struct mt_split_cfg){.last = MT_UNSET_INT, .fraction = f};
}

static void count_classes(const struct mt_view *v, int64_t count[5])
{
    memset(count, 0, 5 * sizeof *count);
    for (int64_t i = 0; i < v->n; i++)
        count[v->data->label[v->index[i]]]++;
}

/* Every sample is in exactly one of the views, and indices ascend. */
static void check_disjoint(const struct mt_view *const *view, int n)
{
    uint8_t seen[N] = {0};
    for (int k = 0; k < n; k++) {
        for (int64_t i = 0; i < view[k]->n; i++) {
            assert_true(i == 0 || view[k]->index[i] > view[k]->index[i - 1]);
            assert_int_equal(seen[view[k]->index[i]]++, 0);
        }
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
}

static void splits(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_view train, validation, test, again, other;
    struct mt_err err;
    make_data(&d, (struct mt_shape){1, 2, 2}, MT_PIXEL_U8);
    for (int round = 0; round < 3; round++) {
        double f = (double[]){0.1, 0.5, 0.999}[round];
        int64_t all[5], kept[5], out[5];
        assert_int_equal(mt_view_all(&train, &d, &err), 0);
        count_classes(&train, all);
        assert_int_equal(mt_view_split(&train, &test,
                                       &(struct mt_split_cfg){.last = MT_UNSET_INT, .fraction = f}, 7, &err),
                         0);
        count_classes(&train, kept);
        count_classes(&test, out);
        for (int c = 0; c < 4; c++) {
            int64_t want = llround((double)all[c] * f);
            want = want < 1 ? 1 : want > all[c] - 1 ? all[c] - 1 : want;
            assert_int_equal(out[c], want);
            assert_int_equal(kept[c], all[c] - want);
        }
        assert_true(kept[4] == 1 && out[4] == 0);
        if (round == 0) {
            struct mt_split_cfg ten = last(10);
            assert_int_equal(mt_view_split(&train, &validation, &ten, 7, &err), 0);
            assert_int_equal(validation.n, 10);
            check_disjoint((const struct mt_view *[]){&train, &validation, &test}, 3);
            mt_view_release(&validation);
        } else {
            check_disjoint((const struct mt_view *[]){&train, &test}, 2);
        }
        mt_view_release(&train);
        mt_view_release(&test);
    }
    /* The seed decides, and nothing else. */
    struct mt_split_cfg fifth = fraction(0.2);
    struct mt_view *out[3] = {&test, &again, &other};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(mt_view_all(&train, &d, &err), 0);
        assert_int_equal(mt_view_split(&train, out[k], &fifth, k == 2 ? 8 : 7, &err), 0);
        mt_view_release(&train);
    }
    assert_int_equal(test.n, again.n);
    assert_memory_equal(test.index, again.index, (size_t)test.n * sizeof *test.index);
    assert_memory_not_equal(test.index, other.index, (size_t)test.n * sizeof *test.index);
    for (int k = 0; k < 3; k++)
        mt_view_release(out[k]);
    drop_data(&d);
}

static void impossible_splits(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_view train, out;
    struct mt_err err;
    make_data(&d, (struct mt_shape){1, 2, 2}, MT_PIXEL_U8);
    assert_int_equal(mt_view_all(&train, &d, &err), 0);
    struct mt_split_cfg all = last(N), most = last(N - 1), half = last(N / 2), some = fraction(0.5);
    assert_int_equal(mt_view_split(&train, &out, &all, 0, &err), -1);
    assert_contains(err.text, "the last 1000 of 1000 samples");
    assert_int_equal(mt_view_split(&train, &out, &most, 0, &err), -1);
    assert_contains(err.text, "takes all samples of class");
    assert_int_equal(mt_view_split(&train, &out, &half, 0, &err), -1);
    assert_contains(err.text, "takes all samples of class \"lone\"");
    assert_int_equal(train.n, N); /* untouched */
    int32_t *label = d.label;
    d.label = NULL;
    assert_int_equal(mt_view_split(&train, &out, &some, 0, &err), -1);
    assert_contains(err.text, "without labels");
    assert_int_equal(mt_view_split(&train, &out, &half, 0, &err), 0);
    mt_view_release(&out);
    d.label = label;
    train.n = 1;
    assert_int_equal(mt_view_split(&train, &out, &some, 0, &err), -1);
    assert_contains(err.text, "no class has two");
    mt_view_release(&train);
    drop_data(&d);
}

static void split_check(void **state)
{
    (void)state;
    struct mt_split_cfg both = {.last = 1, .fraction = 0.5}, none = {.last = MT_UNSET_INT, .fraction = NAN},
                        one = last(3);
    const char *key = NULL;
    struct mt_err err;
    assert_int_equal(mt_split_kind.check(&both, &key, &err), -1);
    assert_contains(err.text, "not by both");
    assert_int_equal(mt_split_kind.check(&none, &key, &err), -1);
    assert_contains(err.text, "neither");
    assert_int_equal(mt_split_kind.check(&one, &key, &err), 0);
}

/* (v - mean) * gain has mean 0 and deviation 1 over the view it was fitted to, per channel. */
static void standardize(void **state)
{
    (void)state;
    for (int pixel = 0; pixel < 2; pixel++) {
        for (int flat = 0; flat < 2; flat++) {
            struct mt_dataset d;
            struct mt_view v, rest;
            struct mt_err err;
            struct mt_scale s;
            struct mt_split_cfg some = fraction(0.3);
            struct mt_shape shape = flat ? (struct mt_shape){12, 1, 1} : (struct mt_shape){3, 2, 2};
            make_data(&d, shape, (enum mt_pixel)pixel);
            mt_view_all(&v, &d, &err);
            mt_view_split(&v, &rest, &some, 0, &err);
            assert_int_equal(mt_scale_fit(&s, MT_SCALE_STANDARDIZE, NAN, &v, NULL, &err), 0);
            int channels = flat ? 1 : 3, count = 12 / channels;
            for (int c = 0; c < channels; c++) {
                double sum = 0, squares = 0, n = (double)(v.n * count);
                for (int64_t i = 0; i < v.n; i++) {
                    for (int k = 0; k < count; k++) {
                        size_t at = (size_t)v.index[i] * 12 + (size_t)(c * count + k);
                        double x = pixel ? (double)((float *)d.pixels)[at] : ((uint8_t *)d.pixels)[at];
                        x = (x - (double)s.mean[c]) * (double)s.gain[c];
                        sum += x;
                        squares += x * x;
                    }
                }
                assert_true(fabs(sum / n) < 1e-6);
                assert_true(fabs(squares / n - 1) < 1e-6);
            }
            if (flat)
                assert_true(s.mean[3] == s.mean[0] && s.gain[3] == s.gain[0]);
            mt_view_release(&v);
            mt_view_release(&rest);
            drop_data(&d);
        }
    }
}

static void other_scales(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_view v;
    struct mt_err err;
    struct mt_scale s;
    make_data(&d, (struct mt_shape){3, 2, 2}, MT_PIXEL_U8);
    mt_view_all(&v, &d, &err);
    assert_int_equal(mt_scale_fit(&s, MT_SCALE_NONE, NAN, &v, NULL, &err), 0);
    assert_true(s.mean[2] == 0 && s.gain[2] == 1);
    assert_int_equal(mt_scale_fit(&s, MT_SCALE_UNIT, NAN, &v, NULL, &err), 0);
    assert_true(s.mean[2] == 0 && s.gain[2] == (float)(1 / 255.0));
    assert_int_equal(mt_scale_fit(&s, MT_SCALE_UNIT, 16, &v, NULL, &err), 0);
    assert_true(s.gain[0] == 0.0625f);
    d.type_max = 0;
    assert_int_equal(mt_scale_fit(&s, MT_SCALE_UNIT, NAN, &v, NULL, &err), -1);
    assert_contains(err.text, "set data.max");
    /* One constant channel passes through as 0; nothing but constants cannot be standardized. */
    for (int i = 0; i < N; i++)
        memset((uint8_t *)d.pixels + i * 12 + 4, 9, 4);
    assert_int_equal(mt_scale_fit(&s, MT_SCALE_STANDARDIZE, NAN, &v, NULL, &err), 0);
    assert_true(s.mean[1] == 9 && s.gain[1] == 1);
    memset(d.pixels, 9, N * 12);
    assert_int_equal(mt_scale_fit(&s, MT_SCALE_STANDARDIZE, NAN, &v, NULL, &err), -1);
    assert_contains(err.text, "the same value");
    mt_view_release(&v);
    drop_data(&d);
}

static void blocks(void **state)
{
    (void)state;
    static const struct mt_shape shapes[] = {{1, 3, 5}, {3, 4, 2}, {4, 1, 7}, {7, 1, 1}, {1, 1, 1}, {2, 7, 5}};
    static const int counts[] = {1, 5, 15, 16};
    struct mt_scale s = {{1, -2, 3, 4}, {0.5f, 2, 0.25f, 1.5f}};
    for (int pixel = 0; pixel < 2; pixel++) {
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            struct mt_dataset d;
            make_data(&d, shapes[k], (enum mt_pixel)pixel);
            size_t sample = mt_shape_count(d.shape), plane = (size_t)d.shape.h * (size_t)d.shape.w;
            float *x = malloc(sample * MT_LANES * sizeof *x);
            for (int c = 0; c < 4; c++) {
                int n = counts[c];
                int32_t index[MT_LANES];
                for (int l = 0; l < n; l++)
                    index[l] = (l * 311 + 17) % N;
                memset(x, 0xff, sample * MT_LANES * sizeof *x);
                mt_batch_block(&d, &s, index, n, x);
                for (size_t p = 0; p < sample; p++) {
                    size_t channel = plane == 1 ? 0 : p / plane;
                    for (int l = 0; l < MT_LANES; l++) {
                        size_t at = (size_t)index[l < n ? l : 0] * sample + p;
                        float v = pixel ? ((float *)d.pixels)[at] : ((uint8_t *)d.pixels)[at];
                        float want = l < n ? (v - s.mean[channel]) * s.gain[channel] : 0;
                        assert_true(x[p * MT_LANES + (size_t)l] == want);
                    }
                }
            }
            free(x);
            drop_data(&d);
        }
    }
}

static void epoch_order(void **state)
{
    (void)state;
    int32_t a[N], b[N], seen[N] = {0};
    mt_epoch_order(a, N, false, 1, 1);
    for (int i = 0; i < N; i++)
        assert_int_equal(a[i], i);
    mt_epoch_order(a, N, true, 1, 1);
    mt_epoch_order(b, N, true, 1, 1);
    assert_memory_equal(a, b, sizeof a);
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[a[i]]++, 0);
    mt_epoch_order(b, N, true, 1, 2);
    assert_memory_not_equal(a, b, sizeof a);
    mt_epoch_order(b, N, true, 2, 1);
    assert_memory_not_equal(a, b, sizeof a);
}

/* What the documentation is made from. */
static void tables_are_complete(void **state)
{
    (void)state;
    int n = 0;
    for (const struct mt_kind *const *k = mt_format_table.row; *k; k++, n++) {
        assert_true((*k)->name && (*k)->help && (*k)->cfg_size);
        for (const struct mt_field *f = (*k)->fields; f->name; f++) {
            assert_non_null(f->help);
            assert_int_equal(f->help[strlen(f->help) - 1], '.');
            assert_true(f->offset < (*k)->cfg_size);
        }
        assert_true(*k == &mt_split_kind || ((const struct mt_format_type *)*k)->load);
    }
    assert_true(n >= 3);
    struct mt_dataset d;
    struct mt_err err;
    struct mt_load_options options = {.labels = true};
    struct mt_split_cfg cfg = last(1);
    assert_int_equal(mt_dataset_load(&(struct mt_variant){&mt_split_kind, &cfg}, &options, &d, &err), -1);
    assert_int_equal(err.kind, MT_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),      cmocka_unit_test(impossible_splits),   cmocka_unit_test(split_check),
        cmocka_unit_test(standardize), cmocka_unit_test(other_scales),        cmocka_unit_test(blocks),
        cmocka_unit_test(epoch_order), cmocka_unit_test(tables_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

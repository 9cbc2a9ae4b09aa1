/* Runs of a convolution's outputs and inputs, by brute force. */
#include "tests/test.h"

#include "lib/core/rng.h"
#include "lib/math/conv_span.h"
#include "tests/conv_reference.h"

static int random_between(struct mt_rng *rng, int low, int high)
{
    return low + (int)mt_rng_below(rng, (uint32_t)(high - low + 1));
}

/* Every (output, tap, input) triple of the definition, once. */
static void check_spans(const struct mt_conv_axis *a, bool backward)
{
    static struct mt_conv_span spans[MT_CONV_SPANS];
    int seen[64][64] = {{0}}, elements[64] = {0};
    int n = (backward ? mt_conv_spans_backward : mt_conv_spans_forward)(a, spans);
    assert_in_range(n, 1, MT_CONV_SPANS);
    for (int s = 0; s < n; s++) {
        for (int i = 0; i < spans[s].count; i++) {
            const int element = spans[s].first + i * spans[s].step;
            elements[element]++;
            for (int t = 0; t < spans[s].taps; t++) {
                const int tap = spans[s].tap + t * spans[s].tap_step;
                const int source = spans[s].source + i * spans[s].source_step + t * spans[s].source_tap_step;
                const int out = backward ? source : element, in = backward ? element : source;
                assert_true(tap >= 0 && tap < a->kernel && out >= 0 && out < a->out && in >= 0 && in < a->in);
                assert_int_equal(in, out * a->stride + tap - a->before);
                seen[out][tap]++;
            }
        }
    }
    for (int e = 0; e < (backward ? a->in : a->out); e++)
        assert_int_equal(elements[e], 1);
    for (int out = 0; out < a->out; out++) {
        for (int tap = 0; tap < a->kernel; tap++) {
            const int in = out * a->stride + tap - a->before;
            int from, to;
            mt_conv_tap_range(a, tap, &from, &to);
            assert_int_equal(seen[out][tap], in >= 0 && in < a->in);
            assert_int_equal(out >= from && out < to, in >= 0 && in < a->in);
        }
    }
}

static void check_clips(const struct mt_conv_axis *a)
{
    static struct mt_conv_span spans[MT_CONV_SPANS];
    const int n = mt_conv_spans_backward(a, spans), cut = a->in / 2;
    int elements[64] = {0};
    for (int s = 0; s < n; s++) {
        const struct mt_conv_span part[2] = {mt_conv_span_clip(spans[s], 0, cut),
                                             mt_conv_span_clip(spans[s], cut, a->in)};
        for (int p = 0; p < 2; p++) {
            for (int i = 0; i < part[p].count; i++) {
                const int element = part[p].first + i * part[p].step;
                assert_true(p ? element >= cut : element < cut);
                const int nth = (element - spans[s].first) / spans[s].step;
                assert_int_equal(part[p].source + i * part[p].source_step,
                                 spans[s].source + nth * spans[s].source_step);
                elements[element]++;
            }
        }
    }
    for (int e = 0; e < a->in; e++)
        assert_int_equal(elements[e], 1);
}

static void spans_hold_each_product_once(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 1, MT_STREAM_TEST, 1, 0);
    for (int i = 0; i < 3000; i++) {
        struct mt_conv_axis a = {.in = random_between(&rng, 1, 40),
                                 .kernel = random_between(&rng, 1, i % 10 ? 7 : MT_CONV_MAX),
                                 .stride = random_between(&rng, 1, i % 10 ? 3 : MT_CONV_MAX)};
        const bool same = a.kernel > a.in || i % 2;
        a.out = conv_reference_out(a.in, a.kernel, a.stride, same, &a.before);
        check_spans(&a, false);
        check_spans(&a, true);
        check_clips(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_hold_each_product_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

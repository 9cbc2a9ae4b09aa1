#include "lib/math/conv_span.h"

#include <stdbool.h>

static int max(int a, int b)
{
    return a > b ? a : b;
}

static int min(int a, int b)
{
    return a < b ? a : b;
}

/* The run of one element. */
static struct mt_conv_span one_output(const struct mt_conv_axis *a, int i)
{
    const int start = i * a->stride - a->before; /* source of tap 0 */
    struct mt_conv_span s = {.first = i, .step = 1, .count = 1, .tap_step = 1, .source_tap_step = 1};
    s.tap = max(0, -start);
    s.taps = max(0, min(a->kernel, a->in - start) - s.tap);
    s.source = start + s.tap;
    s.source_step = a->stride;
    return s;
}

static struct mt_conv_span one_input(const struct mt_conv_axis *a, int i)
{
    const int reach = i + a->before; /* tap k comes from output (reach - k) / stride, where that is whole */
    struct mt_conv_span s = {
        .first = i, .step = a->stride, .count = 1, .tap_step = a->stride, .source_tap_step = -1};
    const int lowest = max(0, reach - (a->out - 1) * a->stride), highest = min(a->kernel - 1, reach);
    s.tap = lowest + ((reach - lowest) % a->stride + a->stride) % a->stride;
    s.taps = highest < s.tap ? 0 : (highest - s.tap) / a->stride + 1;
    s.source = (reach - s.tap) / a->stride;
    s.source_step = 1;
    return s;
}

static bool joins(const struct mt_conv_span *s, const struct mt_conv_span *next)
{
    return next->taps == s->taps &&
           (!s->taps || (next->tap == s->tap && next->source == s->source + s->count * s->source_step));
}

static int spans(const struct mt_conv_axis *a, int elements, int classes,
                 struct mt_conv_span (*one)(const struct mt_conv_axis *a, int i), struct mt_conv_span *out)
{
    int n = 0;
    for (int c = 0; c < classes; c++) {
        for (int i = c, start = n; i < elements; i += classes) {
            const struct mt_conv_span next = one(a, i);
            if (n > start && joins(&out[n - 1], &next))
                out[n - 1].count++;
            else
                out[n++] = next;
        }
    }
    return n;
}

int mt_conv_spans_forward(const struct mt_conv_axis *a, struct mt_conv_span out[MT_CONV_SPANS])
{
    return spans(a, a->out, 1, one_output, out);
}

int mt_conv_spans_backward(const struct mt_conv_axis *a, struct mt_conv_span out[MT_CONV_SPANS])
{
    return spans(a, a->in, a->stride, one_input, out);
}

struct mt_conv_span mt_conv_span_clip(struct mt_conv_span s, int from, int to)
{
    const int skip = from > s.first ? (from - s.first + s.step - 1) / s.step : 0;
    const int end = to > s.first ? (to - s.first + s.step - 1) / s.step : 0;
    s.count = max(0, min(s.count, end) - skip);
    s.first += skip * s.step;
    s.source += skip * s.source_step;
    return s;
}

void mt_conv_tap_range(const struct mt_conv_axis *a, int tap, int *from, int *to)
{
    const int shift = a->before - tap, last = a->in - 1 + shift; /* shift <= output * stride <= last */
    *from = shift > 0 ? (shift + a->stride - 1) / a->stride : 0;
    *to = last < 0 ? 0 : min(a->out, last / a->stride + 1);
    *to = max(*from, *to);
}

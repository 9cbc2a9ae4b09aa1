/* conv_span.h: one axis of a convolution, cut into runs of elements that use the same taps.
 *
 * In the middle of a plane every output uses all taps; near the border some taps fall outside the input. The
 * input gradient has the same borders and, with a stride, elements that only every stride-th tap reaches. The
 * product of the runs of two axes is the list of rectangles that mt_conv_kernels work on. */
#ifndef MT_MATH_CONV_SPAN_H
#define MT_MATH_CONV_SPAN_H

#define MT_CONV_MAX 31                  /* largest kernel and stride */
#define MT_CONV_SPANS (5 * MT_CONV_MAX) /* most runs that an axis can have */

struct mt_conv_axis {
    int in, out, kernel, stride;
    int before; /* padded elements before the first */
};

/* Element first + n step uses, with its t-th tap, tap + t tap_step, the source element
 * source + n source_step + t source_tap_step. */
struct mt_conv_span {
    int first, step, count;
    int tap, tap_step, taps; /* taps may be 0: the sum is empty */
    int source, source_step, source_tap_step;
};

/* Runs of the outputs, which read inputs. Returns how many; together they hold each output once. */
int mt_conv_spans_forward(const struct mt_conv_axis *a, struct mt_conv_span spans[MT_CONV_SPANS]);
/* Runs of the inputs, whose gradient reads gradients of outputs. */
int mt_conv_spans_backward(const struct mt_conv_axis *a, struct mt_conv_span spans[MT_CONV_SPANS]);

/* The part of a run with elements in [from, to); count may become 0. */
struct mt_conv_span mt_conv_span_clip(struct mt_conv_span s, int from, int to);

/* Outputs [*from, *to) that use a tap: for them source = output * stride + tap - before lies inside. */
void mt_conv_tap_range(const struct mt_conv_axis *a, int tap, int *from, int *to);

#endif

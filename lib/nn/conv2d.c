/* conv2d.c: the convolution layer's settings, shapes and memory. What it computes stands in conv2d.h. */
#include "lib/nn/conv2d.h"

#include <stdio.h>

#include "lib/nn/init.h"
#include "lib/nn/layer_types.h"
#include "lib/nn/pooling.h"

struct conv2d_cfg {
    char *name;
    int64_t filters;
    struct mt_ints kernel, stride;
    int padding;
    bool bias;
    int activation;
    double l2;
};

static const struct mt_field fields[] = {
    {.name = "filters",
     .type = MT_INT,
     .offset = offsetof(struct conv2d_cfg, filters),
     .min = 1,
     .max = 65536,
     .flags = MT_F_REQUIRED,
     .help = "Number of output channels."},
    {.name = "kernel",
     .type = MT_INTS,
     .offset = offsetof(struct conv2d_cfg, kernel),
     .def = "3",
     .min = 1,
     .max = MT_CONV_MAX,
     .unit = "pixels",
     .help = "Size of the filters, one number or [height, width]."},
    {.name = "stride",
     .type = MT_INTS,
     .offset = offsetof(struct conv2d_cfg, stride),
     .def = "1",
     .min = 1,
     .max = MT_CONV_MAX,
     .unit = "pixels",
     .help = "Distance from one output to the next, one number or [vertical, horizontal]."},
    {.name = "padding",
     .type = MT_CHOICE,
     .offset = offsetof(struct conv2d_cfg, padding),
     .def = "valid",
     .choices = mt_padding_names,
     .help = "same: zeros around the input, so that with stride 1 the output is as large; valid: none."},
    {.name = "activation",
     .type = MT_CHOICE,
     .offset = offsetof(struct conv2d_cfg, activation),
     .def = "linear",
     .choices = mt_activation_names,
     .help = "Function applied to the outputs."},
    {.name = "bias",
     .type = MT_BOOL,
     .offset = offsetof(struct conv2d_cfg, bias),
     .def = "true",
     .help = "Whether a learned constant is added to each output channel."},
    {.name = "l2",
     .type = MT_REAL,
     .offset = offsetof(struct conv2d_cfg, l2),
     .def = "0",
     .min = 0,
     .max = MT_NO_MAX,
     .help = "Adds l2 times the sum of the squared weights to the loss."},
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct conv2d_cfg, name),
     .help = "Name of the layer."},
    {0},
};

/* ---- shapes ---- */

static int pair(const struct mt_ints *v, const char *key, int *vertical, int *horizontal, struct mt_err *err)
{
    if (v->n < 1 || v->n > 2)
        return mt_err_set(err, MT_ERR_USAGE, "%s takes one number or two, [vertical, horizontal], not %d",
                          key, v->n);
    *vertical = (int)v->v[0];
    *horizontal = (int)v->v[v->n - 1];
    return 0;
}

static int shape(struct mt_layer *l, struct mt_err *err)
{
    const struct conv2d_cfg *cfg = l->cfg;
    struct mt_conv2d *c = l->state;
    struct mt_conv_axis *v = &c->vertical, *h = &c->horizontal;
    if (pair(&cfg->kernel, "kernel", &v->kernel, &h->kernel, err) < 0 ||
        pair(&cfg->stride, "stride", &v->stride, &h->stride, err) < 0)
        return -1;
    const enum mt_padding padding = (enum mt_padding)cfg->padding;
    v->in = l->in.h;
    h->in = l->in.w;
    v->out = mt_window_count(v->in, v->kernel, v->stride, padding, &v->before);
    h->out = mt_window_count(h->in, h->kernel, h->stride, padding, &h->before);
    if (v->out < 1 || h->out < 1)
        return mt_err_set(
            err, MT_ERR_USAGE,
            "its kernel of %dx%d does not fit into a plane of %dx%d; use padding: same or pool less "
            "before it",
            v->kernel, h->kernel, v->in, h->in);
    l->out = (struct mt_shape){(int)cfg->filters, v->out, h->out};
    c->in = l->in;
    c->z = c->y = l->out;
    c->f = (enum mt_activation)cfg->activation;
    c->slope = (float)MT_LEAKY_SLOPE;
    return 0;
}

static bool absorb_activation(struct mt_conv2d *c, const struct mt_layer *next)
{
    if (c->pool || c->f != MT_LINEAR)
        return false;
    c->f = (enum mt_activation)mt_activation_of(next);
    c->slope = (float)((const struct mt_activation_cfg *)next->cfg)->slope;
    return true;
}

/* Windows that lie side by side; before a mean, f must be one whose derivative is a bit. */
static bool absorb_pooling(struct mt_conv2d *c, const struct mt_layer *next)
{
    const bool max = next->type == &mt_max_pool;
    struct mt_window win;
    struct mt_shape y;
    if (c->pool || mt_pooling_window(next->cfg, c->z, &win, &y, NULL) < 0)
        return false;
    if (win.sy != win.h || win.sx != win.w || win.top || win.left || y.h * win.h > c->z.h ||
        y.w * win.w > c->z.w || (!max && c->f != MT_LINEAR && c->f != MT_RELU))
        return false;
    c->pool = max ? MT_POOL_MAX : MT_POOL_MEAN;
    c->pool_h = win.h;
    c->pool_w = win.w;
    c->y = y;
    c->vertical.out = c->z.h = y.h * win.h;
    c->horizontal.out = c->z.w = y.w * win.w;
    return true;
}

static bool absorb(struct mt_layer *l, const struct mt_layer *next)
{
    if (mt_activation_of(next) >= 0)
        return absorb_activation(l->state, next);
    return (next->type == &mt_max_pool || next->type == &mt_avg_pool) && absorb_pooling(l->state, next);
}

/* ---- memory ---- */

static int plan_tensors(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    const struct conv2d_cfg *cfg = l->cfg;
    struct mt_conv2d *c = l->state;
    const struct mt_tensor_spec kernel = {l->name,
                                          "kernel",
                                          4,
                                          {c->z.c, c->in.c, c->vertical.kernel, c->horizontal.kernel},
                                          .trainable = true,
                                          .decay = true,
                                          .l2 = cfg->l2};
    const struct mt_tensor_spec bias = {l->name, "bias", 1, {c->z.c}, .trainable = true};
    c->kernel = mt_tensors_add(p->tensors, p->plan, &kernel, err);
    if (!c->kernel)
        return -1;
    if (cfg->bias)
        c->bias = mt_tensors_add(p->tensors, p->plan, &bias, err);
    return cfg->bias && !c->bias ? -1 : 0;
}

static int plan_gates(struct mt_conv2d *c, const struct mt_layer_plan *p, struct mt_err *err)
{
    if (c->pool != MT_POOL_MAX && (c->pool != MT_POOL_MEAN || c->f != MT_RELU))
        return 0;
    return mt_plan_add(p->plan, MT_AREA_ACT, &c->gate, (size_t)p->max_blocks * mt_shape_count(c->z),
                       sizeof *c->gate, err);
}

static int plan_backward(struct mt_conv2d *c, const struct mt_layer_plan *p, struct mt_err *err)
{
    c->partial_stride = (c->kernel->count + (size_t)c->z.c + 15) / 16 * 16;
    if (p->want_dx && mt_plan_add(p->plan, MT_AREA_SCRATCH, &c->packed_back, c->kernel->count,
                                  sizeof *c->packed_back, err) < 0)
        return -1;
    return mt_plan_add(p->plan, MT_AREA_SCRATCH, &c->partial, (size_t)p->max_shards * c->partial_stride,
                       sizeof *c->partial, err);
}

/* Outputs are the same bytes as choose_direct's; weight gradients add up in another order, which is the
 * choice of a shape and of whether the input's gradient is wanted. */
static void choose_stem(struct mt_layer *l, const struct mt_layer_plan *p)
{
    const struct mt_conv2d *c = l->state;
    l->prepare = mt_conv2d_stem_prepare;
    l->forward = mt_conv2d_stem_forward;
    l->backward = mt_conv2d_stem_backward;
    mt_scratch_need(p->scratch, mt_conv2d_stem_forward_scratch(c));
    if (p->training)
        mt_scratch_need(p->scratch, mt_conv2d_stem_backward_scratch(c));
}

static void choose_direct(struct mt_layer *l, const struct mt_layer_plan *p)
{
    struct mt_conv2d *c = l->state;
    c->forward.rows = mt_conv_spans_forward(&c->vertical, c->forward.row);
    c->forward.cols = mt_conv_spans_forward(&c->horizontal, c->forward.col);
    c->backward.rows = mt_conv_spans_backward(&c->vertical, c->backward.row);
    c->backward.cols = mt_conv_spans_backward(&c->horizontal, c->backward.col);
    for (int i = 0; i < c->vertical.kernel; i++)
        mt_conv_tap_range(&c->vertical, i, &c->tap_rows[i].from, &c->tap_rows[i].to);
    for (int i = 0; i < c->horizontal.kernel; i++)
        mt_conv_tap_range(&c->horizontal, i, &c->tap_cols[i].from, &c->tap_cols[i].to);
    c->forward.source_w = c->in.w;
    c->backward.source_w = c->z.w;
    mt_scratch_need(p->scratch, mt_conv2d_forward_scratch(c));
    mt_conv2d_choose(c, p);
    if (!p->training)
        return;
    c->want_dx = p->want_dx;
    mt_conv2d_cut(c);
    mt_scratch_need(p->scratch, mt_conv2d_backward_scratch(c));
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct mt_conv2d *c = l->state;
    c->k = p->kernels;
    c->scratch = p->scratch;
    l->keep_y = c->f != MT_LINEAR && !(c->pool && c->f == MT_RELU);
    if (plan_tensors(l, p, err) < 0 || (p->training && plan_gates(c, p, err) < 0))
        return -1;
    if (p->bf16 && mt_conv2d_bf16_suits(c))
        return mt_conv2d_bf16_plan(l, p, err);
    if (mt_plan_add(p->plan, MT_AREA_SCRATCH, &c->packed, c->kernel->count, sizeof *c->packed, err) < 0)
        return -1;
    const bool forced = p->conv != MT_CONV_DIRECT && p->conv != MT_CONV_WINOGRAD;
    (!forced && mt_conv2d_stem_fits(c, p->want_dx) ? choose_stem : choose_direct)(l, p);
    if (p->training && plan_backward(c, p, err) < 0)
        return -1;
    return mt_conv2d_plan_winograd(l, p, err);
}

static void init(struct mt_layer *l, uint64_t seed)
{
    const struct mt_conv2d *c = l->state;
    const double taps = mt_conv2d_taps(c);
    mt_init_glorot(c->kernel, seed, c->in.c * taps, c->z.c * taps);
    if (c->bias)
        mt_init_constant(c->bias, 0.0f);
}

static void kernel(const struct mt_layer *l, char text[MT_KERNEL_TEXT])
{
    const struct mt_conv2d *c = l->state;
    if (c->bf16.engine)
        snprintf(text, MT_KERNEL_TEXT, "bf16 %s", c->bf16.engine->name);
    else if (l->forward == mt_conv2d_stem_forward)
        snprintf(text, MT_KERNEL_TEXT, "first layer");
    else if (mt_conv2d_describe_winograd(c, text) == 0)
        snprintf(text, MT_KERNEL_TEXT, "direct %dx%d", c->k->conv.filters, c->k->conv.pixels);
}

const struct mt_layer_type mt_conv2d = {
    .kind = {.name = "conv2d",
             .help = "Convolution; takes over an activation and a pooling layer that follow it.",
             .cfg_size = sizeof(struct conv2d_cfg),
             .fields = fields},
    .short_name = "conv",
    .state_size = sizeof(struct mt_conv2d),
    .shape = shape,
    .absorb = absorb,
    .plan = plan,
    .init = init,
    .forward = mt_conv2d_forward,
    .backward = mt_conv2d_backward,
    .prepare = mt_conv2d_prepare,
    .finish = mt_conv2d_finish,
    .kernel = kernel,
};

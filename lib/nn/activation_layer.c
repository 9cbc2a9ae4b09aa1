/* activation_layer.c: the activations without weights as layers: y = f(x) of any shape, in place. A
 * convolution or dense layer before one takes it over. */
#include "lib/nn/activation.h"
#include "lib/nn/layer.h"

struct state {
    const struct mt_kernels *k;
    enum mt_activation f;
    float slope;
    size_t floats; /* of one block */
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    (void)err;
    l->out = l->in;
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    (void)err;
    const struct mt_activation_cfg *cfg = l->cfg;
    struct state *s = l->state;
    s->k = p->kernels;
    s->f = (enum mt_activation)mt_activation_of(l);
    s->slope = (float)cfg->slope;
    s->floats = mt_shape_count(l->in) * MT_LANES;
    l->keep_x = false;
    l->keep_y = s->f != MT_LINEAR;
    return 0;
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    mt_activate(s->k, s->f, s->slope, mt_act_at(&l->y, block, worker), mt_act_at(&l->x, block, worker),
                s->floats);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    if (l->dx.data)
        mt_activate_backward(s->k, s->f, s->slope, mt_act_at(&l->dx, block, worker),
                             mt_act_at(&l->dy, block, worker), mt_act_at(&l->y, block, worker), s->floats);
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

#define NAME_FIELD                                                                                           \
    {                                                                                                        \
        .name = "name", .type = MT_STRING, .offset = offsetof(struct mt_activation_cfg, name),               \
        .help = "Name of the layer."                                                                         \
    }
#define SLOPE_FIELD                                                                                          \
    {                                                                                                        \
        .name = "slope", .type = MT_REAL, .offset = offsetof(struct mt_activation_cfg, slope), .def = "0.3", \
        .min = 0, .max = MT_NO_MAX, .help = "Factor on values below zero, of leaky_relu."                    \
    }

static const struct mt_field name_only[] = {NAME_FIELD, {0}};
static const struct mt_field name_slope[] = {NAME_FIELD, SLOPE_FIELD, {0}};
static const struct mt_field name_function_slope[] = {
    NAME_FIELD,
    {.name = "function",
     .type = MT_CHOICE,
     .offset = offsetof(struct mt_activation_cfg, function),
     .flags = MT_F_REQUIRED,
     .choices = mt_activation_names,
     .help = "Which function."},
    SLOPE_FIELD,
    {0},
};

#define ACTIVATION(symbol, name_, short_, help_, fields_)                                                    \
    const struct mt_layer_type symbol = {                                                                    \
        .kind = {.name = name_,                                                                              \
                 .help = help_,                                                                              \
                 .cfg_size = sizeof(struct mt_activation_cfg),                                               \
                 .fields = fields_},                                                                         \
        .short_name = short_,                                                                                \
        .state_size = sizeof(struct state),                                                                  \
        .in_place = true,                                                                                    \
        .shape = shape,                                                                                      \
        .plan = plan,                                                                                        \
        .forward = forward_phases,                                                                           \
        .backward = backward_phases,                                                                         \
    }

ACTIVATION(mt_activation_layer, "activation", "act", "An activation function, chosen by name.",
           name_function_slope);
ACTIVATION(mt_relu, "relu", "relu", "max(0, x).", name_only);
ACTIVATION(mt_leaky_relu, "leaky_relu", "lrelu", "x where it is above zero, else slope * x.", name_slope);
ACTIVATION(mt_tanh, "tanh", "tanh", "Hyperbolic tangent.", name_only);
ACTIVATION(mt_sigmoid, "sigmoid", "sigmoid", "1 / (1 + exp(-x)).", name_only);

int mt_activation_of(const struct mt_layer *l)
{
    const struct {
        const struct mt_layer_type *type;
        enum mt_activation f;
    } fixed[] = {
        {&mt_relu, MT_RELU}, {&mt_leaky_relu, MT_LEAKY_RELU}, {&mt_tanh, MT_TANH}, {&mt_sigmoid, MT_SIGMOID}};
    if (l->type == &mt_activation_layer)
        return ((const struct mt_activation_cfg *)l->cfg)->function;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (l->type == fixed[i].type)
            return fixed[i].f;
    return -1;
}

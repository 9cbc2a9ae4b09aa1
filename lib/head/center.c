/* center.c: softmax plus the distance to a moving center per class (Y. Wen et al., A Discriminative Feature
 * Learning Approach, ECCV 2016).
 *
 *     wen:      L = L_softmax + lambda/(2N) sum_i |x_i - c_y|^2
 *               c_j <- c_j - alpha sum_{i: y_i = j} (c_j - x_i) / (1 + n_j)
 *     facenet:  L = L_softmax + lambda/(N D) sum_i |x_i - c_y|^2
 *               c_j <- c_j - (1 - alpha) sum_{i: y_i = j} (c_j - x_i)
 *
 * Centers (C,D) are state: they move by that rule after each training batch, from the values the batch has
 * used, and get no gradient. x is not normalized. facenet has no count in its update, so it diverges when a
 * batch holds more than 2 / (1 - alpha) samples of a class. */
#include <math.h>

#include "lib/core/rng.h"
#include "lib/head/linear.h"
#include "lib/head/weight.h"

enum rule { RULE_WEN, RULE_FACENET };
static const char *const rules[] = {[RULE_WEN] = "wen", [RULE_FACENET] = "facenet", NULL};

enum start { START_ZEROS, START_XAVIER };
static const char *const starts[] = {[START_ZEROS] = "zeros", [START_XAVIER] = "xavier", NULL};

struct center_cfg {
    struct mt_weight_cfg weight;
    int rule, start;
    double lambda, alpha;
};

struct center {
    struct mt_linear linear;
    struct mt_tensor *centers;
    double pull, rate; /* L_c = pull/2 |x - c|^2 of a sample; c moves by rate times a sum */
    int32_t *first;    /* (C): first sample of the class in this batch; only classes of the batch are set */
    int32_t *count;    /* (max_batch): at a first sample, how many there are */
    float *delta;      /* (max_batch,D): at a first sample, sum of c - x */
};

static const struct mt_field fields[] = {
    {.name = "rule",
     .type = MT_CHOICE,
     .offset = offsetof(struct center_cfg, rule),
     .def = "wen",
     .choices = rules,
     .help = "wen: the paper's loss and update; facenet: mean over the dimensions, update without the class "
             "count."},
    {.name = "lambda",
     .type = MT_REAL,
     .offset = offsetof(struct center_cfg, lambda),
     .min = 0,
     .max = 1e6,
     .help = "Weight of the center term; unset: 0.003 (wen) or 0.5 (facenet)."},
    {.name = "alpha",
     .type = MT_REAL,
     .offset = offsetof(struct center_cfg, alpha),
     .min = 0,
     .max = 1,
     .help = "wen: how far centers follow, unset 0.5; facenet: how much of a center is kept, unset 0.9."},
    {.name = "centers",
     .type = MT_CHOICE,
     .offset = offsetof(struct center_cfg, start),
     .choices = starts,
     .help = "First centers: zeros, or xavier (uniform in +-sqrt(3 / dim)); unset: xavier (wen) or zeros "
             "(facenet)."},
    MT_WEIGHT_FIELDS(struct center_cfg, weight),
    {0},
};

static void settle(void *cfg)
{
    struct center_cfg *c = cfg;
    bool wen = c->rule == RULE_WEN;
    if (isnan(c->lambda))
        c->lambda = wen ? 0.003 : 0.5;
    if (isnan(c->alpha))
        c->alpha = wen ? 0.5 : 0.9;
    if (c->start < 0)
        c->start = wen ? START_XAVIER : START_ZEROS;
}

static void configure(struct mt_head *h)
{
    struct center_cfg cfg = *(const struct center_cfg *)h->cfg;
    struct center *c = h->state;
    settle(&cfg);
    c->pull = cfg.rule == RULE_WEN ? cfg.lambda : 2 * cfg.lambda / h->dim;
    c->rate = cfg.rule == RULE_WEN ? cfg.alpha : 1 - cfg.alpha;
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct center *c = h->state;
    size_t N = (size_t)h->max_batch, C = (size_t)h->classes, D = (size_t)h->dim;
    struct mt_tensor_spec spec = {.layer = h->name, .what = "centers", .ndim = 2, .dim = {h->classes, h->dim}};
    if (mt_linear_plan(h, p, tensors, err) < 0 || !(c->centers = mt_tensors_add(tensors, p, &spec, err)) ||
        mt_plan_add(p, MT_AREA_SCRATCH, &c->first, C, sizeof *c->first, err) < 0 ||
        mt_plan_add(p, MT_AREA_SCRATCH, &c->count, N, sizeof *c->count, err) < 0 ||
        mt_plan_add(p, MT_AREA_SCRATCH, &c->delta, N * D, sizeof *c->delta, err) < 0)
        return -1;
    return 0;
}

static void init(struct mt_head *h, uint64_t seed)
{
    struct center_cfg cfg = *(const struct center_cfg *)h->cfg;
    struct center *c = h->state;
    settle(&cfg);
    double limit = cfg.start == START_XAVIER ? sqrt(3.0 / h->dim) : 0;
    struct mt_rng rng;
    mt_weight_init(h, seed);
    mt_rng_init(&rng, seed, MT_STREAM_INIT, mt_hash_name(c->centers->name), 0);
    for (size_t i = 0; i < c->centers->count; i++)
        c->centers->data[i] = (float)(limit * (2.0 * (double)mt_rng_unit(&rng) - 1.0));
}

/* Sum over the batch of pull/2 |x - c|^2; its gradient of the mean is added to dx, if there is one. */
static double center_term(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx)
{
    const struct center *c = h->state;
    size_t D = (size_t)h->dim;
    float each = (float)(c->pull / n);
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const float *center = c->centers->data + (size_t)label[i] * D;
        for (size_t d = 0; d < D; d++) {
            float away = x[(size_t)i * D + d] - center[d];
            sum += (double)away * (double)away;
            if (dx)
                dx[(size_t)i * D + d] += each * away;
        }
    }
    return c->pull / 2 * sum;
}

static void move_centers(struct mt_head *h, int n, const float *x, const int32_t *label)
{
    const struct center_cfg *cfg = h->cfg;
    struct center *c = h->state;
    size_t D = (size_t)h->dim;
    for (int i = 0; i < n; i++)
        c->first[label[i]] = -1;
    for (int i = 0; i < n; i++) {
        int32_t *first = &c->first[label[i]];
        bool new_class = *first < 0;
        if (new_class) {
            *first = i;
            c->count[i] = 0;
        }
        const float *center = c->centers->data + (size_t)label[i] * D;
        float *delta = c->delta + (size_t)*first * D;
        for (size_t d = 0; d < D; d++)
            delta[d] = (new_class ? 0 : delta[d]) + (center[d] - x[(size_t)i * D + d]);
        c->count[*first]++;
    }
    for (int i = 0; i < n; i++) {
        if (c->first[label[i]] != i)
            continue;
        float *center = c->centers->data + (size_t)label[i] * D;
        float rate = (float)(cfg->rule == RULE_WEN ? c->rate / (1 + c->count[i]) : c->rate);
        for (size_t d = 0; d < D; d++)
            center[d] -= rate * c->delta[(size_t)i * D + d];
    }
}

static void step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                 struct mt_head_stats *sum)
{
    mt_linear_step(h, n, x, label, dx, sum);
    sum->loss += center_term(h, n, x, label, dx);
    move_centers(h, n, x, label);
}

static void loss(struct mt_head *h, int n, const float *x, const int32_t *label, struct mt_head_stats *sum)
{
    mt_linear_loss(h, n, x, label, sum);
    sum->loss += center_term(h, n, x, label, NULL);
}

const struct mt_head_type mt_center = {
    .kind = {.name = "center",
             .help = "Softmax plus the squared distance to a moving center per class.",
             .cfg_size = sizeof(struct center_cfg),
             .fields = fields,
             .settle = settle},
    .state_size = sizeof(struct center),
    .configure = configure,
    .plan = plan,
    .init = init,
    .step = step,
    .loss = loss,
    .score = mt_linear_score,
};

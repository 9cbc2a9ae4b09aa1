/* Batches that are meant to break a head: embeddings exactly on and opposite to their class, within 1e-7 of
 * it, without length, of lengths from 1e-40 to 1e38, identical or vanished weights, equal labels,
 * s = 10^4, margins at their bounds. 1,000 for each setting: every figure and gradient is finite, and the
 * loss is the reference's in double. */
#include "tests/head_fixture.h"

#include <math.h>

#include "lib/check/head_reference.h"

#define BATCHES 1000
#define MOST_N 12
#define MOST_C 6
#define MOST_D 5

struct adversary {
    const char *head, *settings;
    double s;       /* what logits are at most */
    bool free_norm; /* logits are products: lengths are drawn so that these fit */
};

static const struct adversary adversaries[] = {
    {"softmax", "", 0, true},
    {"center", "", 0, true},
    {"modified_softmax", "", 0, true},
    {"sphereface", "m=4 base=0 lambda_min=0", 0, true},
    {"sphereface", "m=1.7", 0, true},
    {"cosface", "s=30 m=0.35", 30, false},
    {"cosface", "s=10000 m=1", 1e4, false},
    {"cosface", "s=10000 m=0", 1e4, false},
    {"arcface", "s=64 m=0.5", 64, false},
    {"arcface", "s=10000 m=3.14 pi_rule=psi", 1e4, false},
    {"arcface", "s=10000 m=0.5 pi_rule=none grad=exact", 1e4, false},
    {"arcface", "s=10000 m=0.5 pi_rule=insightface", 1e4, false},
    {"arcface", "s=10000 m=0.5 pi_rule=clamp epsilon=1e-6", 1e4, false},
    {"arcface", "s=10000 m=0.5 pi_rule=easy grad=detached", 1e4, false},
    {"arcface", "s=10000 m=0", 1e4, false},
    {"combined", "s=10000 m1=2.5 m2=-0.5 m3=1", 1e4, false},
    {"combined", "s=10000 m1=1 m2=3 m3=-1", 1e4, false},
    {"curricularface", "s=64 m=0.5 t0=1", 64, false},
    {"curricularface", "s=10000 m=0.5", 1e4, false},
};

struct drawn {
    int N, C, D;
    bool tame; /* lengths near 1: the reference is compared with */
    float x[MOST_N * MOST_D], w[MOST_C * MOST_D];
    int32_t label[MOST_N];
};

static double pick(struct mt_rng *r, const double *of, uint32_t n)
{
    return of[mt_rng_below(r, n)];
}

static void draw_weights(struct drawn *b, struct mt_rng *r, bool free_norm)
{
    static const double lengths[] = {1, 1, 1, 1e-20, 1e-40, 1e19, 1e37, 0},
                        mild[] = {1, 1, 1e-3, 1e-20, 0, 1e3};
    for (int c = 0; c < b->C; c++) {
        double length = b->tame ? 1 : free_norm ? pick(r, mild, 6) : pick(r, lengths, 8);
        uint32_t how = mt_rng_below(r, 6);
        for (int d = 0; d < b->D; d++)
            b->w[c * b->D + d] = c && how < 2 ? (how ? -b->w[d] : b->w[d])
                                              : (float)(length * mt_rng_normal(r) / sqrt((double)b->D));
    }
}

static void draw_sample(struct drawn *b, int i, struct mt_rng *r, bool free_norm)
{
    static const double lengths[] = {1, 1e-7, 1e-19, 1e-38, 1e-40, 1e-45, 1e19, 1e37, 3e38, 0},
                        mild[] = {1, 1e-7, 1e-38, 1e-45, 1e3, 1e6, 0};
    const float *own = b->w + b->label[i] * b->D, *other = b->w + (int)mt_rng_below(r, (uint32_t)b->C) * b->D;
    double length = b->tame ? 1 : free_norm ? pick(r, mild, 7) : pick(r, lengths, 10), norm = 0;
    uint32_t how = mt_rng_below(r, 6);
    double sign = how == 1 || how == 3 ? -1 : 1, noise = how == 2 || how == 3 ? 1e-7 : 0;
    for (int d = 0; d < b->D; d++)
        norm = fmax(norm, fabs((double)own[d]));
    for (int d = 0; d < b->D; d++) {
        double v = how < 4    ? norm > 0 ? sign * (double)own[d] / norm : 0
                   : how == 4 ? norm > 0 ? (double)other[d] / norm : 0
                              : mt_rng_normal(r) / 4;
        v = fmax(-1, fmin(1, v + noise * mt_rng_normal(r)));
        b->x[i * b->D + d] = (float)(length * v);
    }
}

static void draw(struct drawn *b, const struct adversary *a, uint32_t number)
{
    struct mt_rng r;
    mt_rng_init(&r, 77, MT_STREAM_TEST, number, 0);
    memset(b, 0, sizeof *b);
    b->N = 1 + (int)mt_rng_below(&r, MOST_N);
    b->C = 2 + (int)mt_rng_below(&r, MOST_C - 1);
    b->D = 1 + (int)mt_rng_below(&r, MOST_D);
    b->tame = mt_rng_below(&r, 3) == 0;
    bool equal = mt_rng_below(&r, 4) == 0;
    draw_weights(b, &r, a->free_norm);
    for (int i = 0; i < b->N; i++) {
        b->label[i] = equal && i ? b->label[0] : (int32_t)mt_rng_below(&r, (uint32_t)b->C);
        draw_sample(b, i, &r, a->free_norm);
    }
}

static void expect_finite(const struct adversary *a, uint32_t number, const char *what, const float *v,
                          size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            fail_msg("%s %s, batch %u: %s[%zu] is %g", a->head, a->settings, number, what, i, (double)v[i]);
}

static double state_of(struct head_fixture *f, const char *name)
{
    const struct mt_tensor *t = mt_tensors_find(&f->tensors, name);
    return t ? (double)t->data[0] : 0;
}

/* cos(theta + m) of an angle of a float's cosine: next to 0 and pi it is off by sqrt(1e-7). */
static void expect_loss(const struct adversary *a, uint32_t number, struct head_fixture *f,
                        const struct drawn *d, double loss)
{
    double x[MOST_N * MOST_D], w[MOST_C * MOST_D], zero[MOST_C * MOST_D] = {0};
    struct mt_head_batch b = {.reference = mt_head_reference_find(a->head),
                              .kind = f->variant.kind,
                              .cfg = f->variant.cfg,
                              .N = d->N,
                              .C = d->C,
                              .D = d->D,
                              .x = x,
                              .w = w,
                              .b = zero,
                              .centers = zero,
                              .label = d->label};
    for (int i = 0; i < d->N * d->D; i++)
        x[i] = (double)d->x[i];
    for (int i = 0; i < d->C * d->D; i++)
        w[i] = (double)d->w[i];
    mt_head_reference_read(&b);
    b.t = state_of(f, "head/t");
    double want = mt_head_reference_loss(&b), scale = a->s > 0 ? a->s : 1;
    if (!(fabs(loss - want) <= 2e-3 * scale + 1e-4 * fabs(want)))
        fail_msg("%s %s, batch %u (N %d, C %d, D %d): the loss is %.9g, not %.9g", a->head, a->settings,
                 number, d->N, d->C, d->D, loss, want);
}

/* Heads whose loss is a jump at angles of 0 and pi or in a state of its own are compared elsewhere. */
static bool is_compared(const struct adversary *a)
{
    return !strcmp(a->head, "softmax") || !strcmp(a->head, "modified_softmax") ||
           !strcmp(a->head, "cosface") ||
           (!strcmp(a->head, "arcface") &&
            (strstr(a->settings, "psi") || strstr(a->settings, "none") || strstr(a->settings, "m=0")));
}

static void attack(const struct adversary *a, uint32_t number, struct mt_pool *pool, int *compared)
{
    struct head_fixture f;
    struct drawn b;
    struct mt_head_stats sum = {0};
    float dx[MOST_N * MOST_D];
    draw(&b, a, number);
    head_make(&f, a->head, a->settings, b.C, b.D, b.N, pool);
    memcpy(f.h->weight->data, b.w, (size_t)(b.C * b.D) * sizeof *b.w);
    f.type->step(f.h, b.N, b.x, b.label, dx, &sum);
    if (!isfinite(sum.loss) || !isfinite(sum.score_loss) || !isfinite(sum.target_cos))
        fail_msg("%s %s, batch %u: loss %g, score loss %g, cosine %g", a->head, a->settings, number, sum.loss,
                 sum.score_loss, sum.target_cos);
    expect_finite(a, number, "dX", dx, (size_t)(b.N * b.D));
    for (int t = 0; t < f.tensors.n; t++) {
        expect_finite(a, number, f.tensors.list[t]->name, f.tensors.list[t]->data, f.tensors.list[t]->count);
        if (f.tensors.list[t]->grad)
            expect_finite(a, number, "gradient", f.tensors.list[t]->grad, f.tensors.list[t]->count);
    }
    if (b.tame && is_compared(a)) {
        expect_loss(a, number, &f, &b, sum.loss / b.N);
        ++*compared;
    }
    head_drop(&f);
}

static void no_batch_breaks_a_head(void **state)
{
    int compared = 0;
    for (size_t i = 0; i < sizeof adversaries / sizeof *adversaries; i++)
        for (uint32_t number = 0; number < BATCHES; number++)
            attack(&adversaries[i], number, *state, &compared);
    assert_true(compared > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_batch_breaks_a_head)};
    return cmocka_run_group_tests(tests, head_pool, head_pool_free);
}

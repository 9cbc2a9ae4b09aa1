/* test_golden.c: training steps against the figures in tests/golden/, which PyTorch computed in float64
 * (scripts/make-golden).
 *
 * Each of 20 steps starts from weights, moments and a batch that a hash gives, the same here and there. The
 * loss is compared as it is; a gradient, and the change that a step of Adam or SGD makes, by its norm and by
 * two sums with random signs, whose error has the size of the error vector's length. */
#include "tests/test.h"

#include <math.h>

#include "tests/golden_net.h"

#define STEPS 20
#define BATCH 24
#define PIXELS 784
#define CLASSES 10

#define LOSS_TOLERANCE 2e-6   /* relative */
#define VECTOR_TOLERANCE 1e-3 /* of the norm */
#define FREE_TOLERANCE 9e-2   /* relative, after up to 20 steps without the reference's weights */

/* --- the numbers that both sides know --- */

/* The key of the sequence (name, step): FNV-1a of the name, and the step. */
static uint64_t key_of(const char *name, int step)
{
    uint64_t key = 0xcbf29ce484222325u;
    for (; *name; name++)
        key = (key ^ (unsigned char)*name) * 0x100000001b3u;
    return key + (uint64_t)step * 0xd1342543de82ef95u;
}

/* Number i of a sequence, in [0, 1): SplitMix64's finalizer over a counter. */
static double noise(uint64_t key, uint64_t i)
{
    uint64_t z = key + (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (double)(z >> 40) * 0x1p-24;
}

static double centered(uint64_t key, uint64_t i)
{
    return 2 * noise(key, i) - 1;
}

/* The key of what belongs to a tensor: its values ("") or "/m", "/probe0", ... */
static uint64_t tensor_key(const char *name, const char *what, int step)
{
    char text[MT_TENSOR_NAME + 16];
    snprintf(text, sizeof text, "%s%s", name, what);
    return key_of(text, step);
}

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n >= k && !strcmp(name + n - k, end);
}

/* Glorot's range for what is multiplied, near 1 for scales and variances, small for the rest. */
static void set_weights(struct mt_tensor *t, int step)
{
    double range = 0.1, middle = 0;
    if (t->ndim >= 2) {
        double area = t->ndim == 4 ? t->dim[2] * t->dim[3] : 1;
        range = sqrt(6.0 / (area * (t->dim[0] + t->dim[1])));
    } else if (ends_in(t->name, "/gamma") || ends_in(t->name, "/moving_variance")) {
        range = 0.2;
        middle = 1;
    }
    uint64_t key = key_of(t->name, step);
    for (size_t i = 0; i < t->count; i++)
        t->data[i] = (float)(middle + range * centered(key, i));
}

static void set_moments(struct golden_net *g, int index, int step)
{
    const struct mt_tensor *t = g->model->tensors.list[index];
    float **first = g->model->optim->moment[0], **second = g->model->optim->moment[1];
    bool adam = g->model->optim->type->moments == 2;
    uint64_t m = tensor_key(t->name, adam ? "/m" : "/velocity", step), v = tensor_key(t->name, "/v", step);
    for (size_t i = 0; i < t->count; i++) {
        first[index][i] = (float)(1e-2 * centered(m, i));
        if (adam)
            second[index][i] = (float)(1e-4 * noise(v, i));
    }
}

/* Images that can be told apart by class: half a pattern of the class, half noise. */
static void make_batch(int number, float *x, int32_t *y)
{
    uint64_t labels = key_of("labels", number), pixels = key_of("pixels", number);
    for (int s = 0; s < BATCH; s++) {
        char name[16];
        y[s] = (int32_t)(noise(labels, (uint64_t)s) * CLASSES);
        snprintf(name, sizeof name, "pattern%d", y[s]);
        uint64_t pattern = key_of(name, 0), at = (uint64_t)s * PIXELS;
        for (uint64_t i = 0; i < PIXELS; i++)
            x[at + i] = (float)(0.5 * noise(pattern, i) + 0.5 * noise(pixels, at + i));
    }
}

/* --- comparing --- */

struct figures {
    double norm, sum[2];
};

static struct figures figures_of(const char *name, const float *v, const float *from, size_t n)
{
    struct figures f = {0};
    uint64_t probe[2] = {tensor_key(name, "/probe0", 0), tensor_key(name, "/probe1", 0)};
    for (size_t i = 0; i < n; i++) {
        double d = (double)v[i] - (from ? (double)from[i] : 0);
        f.norm += d * d;
        for (int k = 0; k < 2; k++)
            f.sum[k] += noise(probe[k], i) < 0.5 ? d : -d;
    }
    f.norm = sqrt(f.norm);
    return f;
}

static void expect_figures(int step, const char *what, const char *name, struct figures is,
                           struct figures want)
{
    double worst = fabs(is.norm - want.norm);
    for (int k = 0; k < 2; k++)
        worst = fmax(worst, fabs(is.sum[k] - want.sum[k]));
    if (!(worst <= VECTOR_TOLERANCE * want.norm))
        fail_msg("step %d, %s of %s: norm %g sums %g %g, expected %g, %g %g", step, what, name, is.norm,
                 is.sum[0], is.sum[1], want.norm, want.sum[0], want.sum[1]);
}

static void expect_loss(int step, const char *what, double is, double want, double tolerance)
{
    if (!(fabs(is - want) <= tolerance * fabs(want)))
        fail_msg("step %d, %s loss %.9g, expected %.9g", step, what, is, want);
}

/* --- a case: a network with a head, through Adam and through SGD --- */

struct golden {
    struct golden_net adam, sgd;
    FILE *file;
    float *before; /* weights before a step, as long as the largest tensor */
    float x[BATCH * PIXELS];
    int32_t y[BATCH];
};

static void start_step(struct golden_net *g, int step)
{
    for (int i = 0; i < g->model->tensors.n; i++) {
        struct mt_tensor *t = g->model->tensors.list[i];
        set_weights(t, step);
        if (t->trainable)
            set_moments(g, i, step);
    }
    g->model->optim->t = step;
}

/* Both stand at the same weights, so that one pass serves two optimizers. */
static void give_gradients(struct golden_net *to, const struct golden_net *from)
{
    for (int i = 0; i < from->model->tensors.n; i++) {
        const struct mt_tensor *t = from->model->tensors.list[i];
        if (t->trainable)
            memcpy(to->model->tensors.list[i]->grad, t->grad, t->count * sizeof(float));
    }
}

/* The change of a tensor since the start of the step, whose weights are made again to compare with. */
static struct figures change_of(struct golden *c, struct mt_tensor *t, int step)
{
    float *after = t->data;
    struct mt_tensor old = *t;
    old.data = c->before;
    set_weights(&old, step);
    return figures_of(t->name, after, c->before, t->count);
}

static void check_row(struct golden *c, int step, const char *what, const char *name, struct figures want)
{
    struct golden_net *g = strcmp(what, "sgd") ? &c->adam : &c->sgd;
    struct mt_tensor *t = mt_tensors_find(&g->model->tensors, name);
    if (!t)
        fail_msg("the network has no tensor %s", name);
    if (!strcmp(what, "grad"))
        expect_figures(step, what, name, figures_of(name, t->grad, NULL, t->count), want);
    else if (!strcmp(what, "state"))
        expect_figures(step, what, name, figures_of(name, t->data, NULL, t->count), want);
    else
        expect_figures(step, what, name, change_of(c, t, step), want);
}

/* Reads rows until one of another step or kind, which `row` then holds. */
struct row {
    int step;
    char what[16], name[MT_TENSOR_NAME];
    struct figures f;
    bool any;
};

static void read_row(FILE *f, struct row *r)
{
    char line[512];
    r->any = false;
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#')
            continue;
        int got = sscanf(line, "%d %15s %79s %lf %lf %lf", &r->step, r->what, r->name, &r->f.norm,
                         &r->f.sum[0], &r->f.sum[1]);
        assert_int_equal(got, 6);
        r->any = true;
        return;
    }
}

static int check_steps(struct golden *c, struct row *r)
{
    int rows = 0;
    for (int step = 0; step < STEPS; step++) {
        assert_true(r->any && r->step == step && !strcmp(r->what, "loss"));
        make_batch((int)r->f.sum[0], c->x, c->y);
        start_step(&c->sgd, step);
        start_step(&c->adam, step);
        double loss = golden_net_pass(&c->adam, BATCH, c->x, c->y);
        golden_net_update(&c->adam);
        give_gradients(&c->sgd, &c->adam);
        golden_net_update(&c->sgd);
        expect_loss(step, "lockstep", loss, r->f.norm, LOSS_TOLERANCE);
        for (read_row(c->file, r); r->any && r->step == step && strcmp(r->what, "free");
             read_row(c->file, r), rows++)
            check_row(c, step, r->what, r->name, r->f);
    }
    return rows;
}

static void check_free_run(struct golden *c, struct row *r)
{
    start_step(&c->adam, 0);
    for (int i = 0; i < c->adam.model->tensors.n; i++) {
        struct mt_tensor *t = c->adam.model->tensors.list[i];
        for (int k = 0; t->trainable && k < 2; k++)
            memset(c->adam.model->optim->moment[k][i], 0, t->count * sizeof(float));
    }
    for (int step = 0; step < STEPS; step++, read_row(c->file, r)) {
        assert_true(r->any && r->step == step && !strcmp(r->what, "free"));
        make_batch(step, c->x, c->y);
        expect_loss(step, "free", golden_net_pass(&c->adam, BATCH, c->x, c->y), r->f.norm, FREE_TOLERANCE);
        golden_net_update(&c->adam);
    }
}

static void check_case(const char *name)
{
    char config[128], figures[128];
    struct golden *c = calloc(1, sizeof *c);
    struct row r;
    snprintf(config, sizeof config, "tests/golden/%s.yaml", name);
    snprintf(figures, sizeof figures, "tests/golden/%s.txt", name);
    assert_non_null(c);
    c->file = fopen(figures, "r");
    assert_non_null(c->file);
    assert_int_equal(golden_net_open(&c->adam, config, NULL), 0);
    assert_int_equal(golden_net_open(&c->sgd, config, "{type: sgd, lr: 1e-2, momentum: 0.9}"), 0);
    size_t largest = 0;
    const struct mt_tensors *ts = &c->adam.model->tensors;
    for (int i = 0; i < ts->n; i++)
        largest = ts->list[i]->count > largest ? ts->list[i]->count : largest;
    c->before = malloc(largest * sizeof *c->before);
    assert_non_null(c->before);

    read_row(c->file, &r);
    int rows = check_steps(c, &r), trained = 0;
    for (int i = 0; i < ts->n; i++)
        trained += ts->list[i]->trainable;
    assert_int_equal(rows, STEPS * (3 * trained + ts->n - trained)); /* no tensor of ours is left out */
    check_free_run(c, &r);
    assert_false(r.any);

    fclose(c->file);
    golden_net_close(&c->adam);
    golden_net_close(&c->sgd);
    free(c->before);
    free(c);
}

static void n1_softmax(void **state)
{
    (void)state;
    check_case("n1-softmax");
}

static void n2_curricularface(void **state)
{
    (void)state;
    check_case("n2-curricularface");
}

static void n2_arcface(void **state)
{
    (void)state;
    check_case("n2-arcface");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n1_softmax),
        cmocka_unit_test(n2_curricularface),
        cmocka_unit_test(n2_arcface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

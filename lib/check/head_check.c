#include "lib/check/gradcheck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/head_cases.h"
#include "lib/check/setting.h"
#include "lib/head/head.h"

#define TOLERANCE 2e-5
#define FLOOR 1e-3 /* derivatives below it are compared absolutely */
#define STEP 4e-6
#define MAX_RULES 8 /* keys that choose between formulas */

/* One head, built once per setting and case. */
struct rig {
    const struct mt_head_type *type;
    const struct mt_head_reference *reference;
    void *cfg;
    struct mt_pool *pool;
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_head *h;
    struct mt_head_batch batch;
    double x[MT_CASE_N * MT_CASE_D], w[MT_CASE_C * MT_CASE_D], b[MT_CASE_C], centers[MT_CASE_C * MT_CASE_D],
        held[MT_CASE_N];
    int32_t label[MT_CASE_N];
};

static int build(struct rig *r, int classes, struct mt_err *err)
{
    struct mt_variant variant = {&r->type->kind, r->cfg};
    struct mt_head_options options = {
        .classes = classes, .dim = MT_CASE_D, .max_batch = MT_CASE_N, .pool = r->pool};
    if (mt_head_new(&r->h, &variant, &options, &r->plan, &r->tensors, err) < 0 ||
        mt_plan_commit(&r->plan, err) < 0)
        return -1;
    r->type->init(r->h, 1);
    return 0;
}

static void drop(struct rig *r)
{
    mt_plan_release(&r->plan);
    mt_tensors_release(&r->tensors);
    mt_head_free(r->h);
    r->h = NULL;
}

static double state_of(const struct rig *r, const char *name)
{
    const struct mt_tensor *t = mt_tensors_find(&r->tensors, name);
    return t ? (double)t->data[0] : 0;
}

/* SphereFace's lambda at batch n. */
static double lambda_at(const struct rig *r, double n)
{
    const struct mt_kind *kind = &r->type->kind;
    double base = mt_setting_real(kind, r->cfg, "base"), gamma = mt_setting_real(kind, r->cfg, "gamma");
    return fmax(mt_setting_real(kind, r->cfg, "lambda_min"),
                base * pow(1 + gamma * n, -mt_setting_real(kind, r->cfg, "power")));
}

static void to_double(const float *from, double *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (double)from[i];
}

static void to_float(const double *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

static double loss_of(void *arg)
{
    return mt_head_reference_loss(arg);
}

/* Whether a row has no direction: its own gradient is 0 by rule, since the loss is not continuous there. */
static bool lost(const struct rig *r, const double *row)
{
    for (int d = 0; d < MT_CASE_D; d++)
        if (row[d] != 0)
            return false;
    return r->type->cosine;
}

static void compare(struct rig *r, int rows, int width, double *v, const float *grad,
                    struct mt_gradcheck_row *row)
{
    struct mt_difference difference = {.loss = loss_of, .arg = &r->batch, .step = STEP};
    double want[MT_CASE_N * MT_CASE_D];
    for (int i = 0; i < rows; i++) {
        bool none = width == MT_CASE_D && lost(r, v + i * width);
        for (int d = 0; d < width; d++)
            want[i * width + d] = none ? 0 : mt_difference_at(&difference, &v[i * width + d]);
    }
    mt_gradcheck_compare(rows * width, grad, want, FLOOR, &row->error, &row->nonfinite);
}

/* One training step of the head against the reference; fills the row's figures. */
static void run_case(struct rig *r, const struct mt_head_case *c, double theta, struct mt_gradcheck_row *row)
{
    struct mt_head_batch *b = &r->batch;
    struct mt_head *h = r->h;
    struct mt_head_stats sum = {0};
    float x[MT_CASE_N * MT_CASE_D], dx[MT_CASE_N * MT_CASE_D], loss[1];
    const struct mt_tensor *centers = mt_tensors_find(&r->tensors, "head/centers");
    mt_head_case_fill(c, b, theta);
    to_float(r->x, x, (size_t)(b->N * b->D));
    to_float(r->w, h->weight->data, h->weight->count);
    if (h->bias)
        to_float(r->b, h->bias->data, h->bias->count);
    if (centers)
        to_double(centers->data, r->centers, centers->count);
    double t_before = state_of(r, "head/t");
    r->type->step(h, b->N, x, r->label, dx, &sum);
    bool after_use = !strcmp(mt_setting_choice(b->kind, b->cfg, "t_rule"), "n2");
    b->t = after_use ? t_before : state_of(r, "head/t");
    b->lambda = lambda_at(r, 1);
    if (!strcmp(row->mode, "detached"))
        mt_head_reference_hold(b, r->held);
    double want = mt_head_reference_loss(b);
    loss[0] = (float)(sum.loss / b->N);
    mt_gradcheck_compare(1, loss, &want, 1, &row->error, &row->nonfinite);
    compare(r, b->N, b->D, r->x, dx, row);
    compare(r, b->C, b->D, r->w, h->weight->grad, row);
    if (h->bias)
        compare(r, b->C, 1, r->b, h->bias->grad, row);
    b->held = NULL;
    row->tolerance = TOLERANCE;
    row->pass = row->nonfinite == 0 && row->error <= row->tolerance;
}

/* Whether a key chooses between formulas (and not between first values). */
static bool is_rule(const struct mt_field *f)
{
    return f->type == MT_CHOICE && strcmp(f->name, "w_init") != 0 && strcmp(f->name, "centers") != 0;
}

static void name_row(struct mt_gradcheck_row *row, const struct rig *r, const char *setting, const char *at)
{
    const struct mt_kind *kind = &r->type->kind;
    const char *mode = mt_setting_choice(kind, r->cfg, "grad");
    snprintf(row->what, sizeof row->what, "%s", kind->name);
    snprintf(row->mode, sizeof row->mode, "%s", mode);
    snprintf(row->setting, sizeof row->setting, "%s", setting);
    snprintf(row->at, sizeof row->at, "%s", at);
    for (const struct mt_field *f = kind->fields; f && f->name; f++) {
        size_t used = strlen(row->rule);
        if (is_rule(f) && strcmp(f->name, "grad") != 0)
            snprintf(row->rule + used, sizeof row->rule - used, "%s%s", used ? " " : "",
                     mt_setting_choice(kind, r->cfg, f->name));
    }
}

/* Every case of one setting. */
static int check_setting(struct mt_gradcheck *g, struct rig *r, const char *setting, struct mt_err *err)
{
    for (const struct mt_head_case *c = mt_head_cases; c->name; c++) {
        double theta = 0;
        r->batch = (struct mt_head_batch){.reference = r->reference,
                                          .kind = &r->type->kind,
                                          .cfg = r->cfg,
                                          .N = MT_CASE_N,
                                          .C = c->classes,
                                          .D = MT_CASE_D,
                                          .x = r->x,
                                          .w = r->w,
                                          .b = r->b,
                                          .centers = r->centers,
                                          .label = r->label};
        mt_head_reference_read(&r->batch);
        if (c->angle && !c->angle(&r->batch, &theta))
            continue;
        for (int i = 0; i < MT_CASE_N; i++) /* the last class has no sample when there are more than two */
            r->label[i] = i % (c->classes > 2 ? c->classes - 1 : c->classes);
        struct mt_gradcheck_row *row = mt_gradcheck_add(g, err);
        if (!row)
            return -1;
        name_row(row, r, setting, c->name);
        int rc = build(r, c->classes, err);
        if (rc == 0)
            run_case(r, c, theta, row);
        drop(r);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Steps through every combination of the keys that choose between formulas; false when it is back at the
 * first. */
static bool next_rules(const struct mt_kind *kind, void *cfg)
{
    for (const struct mt_field *f = kind->fields; f && f->name; f++) {
        int *value = (int *)(void *)((char *)cfg + f->offset);
        if (!is_rule(f))
            continue;
        if (f->choices[++*value])
            return true;
        *value = 0;
    }
    return false;
}

static void first_rules(const struct mt_kind *kind, void *cfg)
{
    for (const struct mt_field *f = kind->fields; f && f->name; f++)
        if (is_rule(f))
            *(int *)(void *)((char *)cfg + f->offset) = 0;
}

int mt_gradcheck_head(struct mt_gradcheck *g, const struct mt_head_type *type, struct mt_pool *pool,
                      struct mt_err *err)
{
    const struct mt_kind *kind = &type->kind;
    struct rig r = {.type = type, .pool = pool, .reference = mt_head_reference_find(kind->name)};
    int rc = 0;
    if (!r.reference)
        return mt_gradcheck_missing(g, kind->name, err);
    r.cfg = calloc(1, kind->cfg_size);
    if (!r.cfg)
        return mt_err_memory(err, "a head to check", kind->cfg_size);
    for (const char *const *setting = r.reference->settings; *setting && rc == 0; setting++) {
        mt_setting_defaults(kind, r.cfg);
        if (!mt_setting_set_all(kind, r.cfg, *setting)) {
            rc = mt_err_set(err, MT_ERR_RUN, "head '%s' has no settings '%s'", kind->name, *setting);
            break;
        }
        first_rules(kind, r.cfg);
        do {
            const char *key = NULL;
            if (!kind->check || kind->check(r.cfg, &key, NULL) == 0)
                rc = check_setting(g, &r, *setting, err);
        } while (rc == 0 && next_rules(kind, r.cfg));
    }
    mt_setting_release(kind, r.cfg);
    return rc;
}

int mt_gradcheck_heads(struct mt_gradcheck *g, struct mt_pool *pool, struct mt_err *err)
{
    for (const struct mt_kind *const *kind = mt_head_table.row; *kind; kind++)
        if (mt_gradcheck_head(g, (const struct mt_head_type *)*kind, pool, err) < 0)
            return -1;
    return 0;
}

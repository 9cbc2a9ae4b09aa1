#include "lib/train/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/head/head.h"
#include "lib/optim/optim.h"

#define STAGE_NAME 24 /* room for "stage2147483647" */
#define AT(member) offsetof(struct mt_stage_cfg, member)

static const struct mt_field anneal_fields[] = {
    {.name = "s",
     .type = MT_REALS,
     .offset = AT(anneal.s),
     .min = 0,
     .max = 1e6,
     .flags = MT_F_ABOVE_MIN,
     .help =
         "[from, to]: the head's s moves from the first number to the second over the steps of the stage."},
    {.name = "m",
     .type = MT_REALS,
     .offset = AT(anneal.m),
     .min = 0,
     .max = 3.141592653589793,
     .unit = "rad",
     .help = "[from, to]: the head's m likewise (m2 of combined)."},
    {0}};

static const struct mt_field optimizer_fields[] = {
    {.name = "lr",
     .type = MT_REAL,
     .offset = AT(optimizer.lr),
     .min = 0,
     .max = 1e6,
     .flags = MT_F_ABOVE_MIN,
     .help = "Learning rate; unset, the optimizer's own."},
    {.name = "reset",
     .type = MT_BOOL,
     .offset = AT(optimizer.reset),
     .def = "false",
     .help = "Begin the stage as a new optimizer, which remembers nothing of the stages before."},
    {0}};

static const struct mt_field fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = AT(name),
     .help = "Stands in metrics.csv; unset, stage1, stage2, ..."},
    {.name = "epochs",
     .type = MT_INT,
     .offset = AT(epochs),
     .flags = MT_F_REQUIRED,
     .min = 1,
     .max = 1e6,
     .unit = "epochs",
     .help = "Passes over the training samples in this stage."},
    {.name = "batch_size",
     .type = MT_INT,
     .offset = AT(batch_size),
     .min = 1,
     .max = 65536,
     .unit = "samples",
     .help = "Samples per step; unset, train.batch_size."},
    {.name = "head",
     .type = MT_VARIANT,
     .offset = AT(head),
     .table = &mt_head_table,
     .tag = "type",
     .help = "The loss of this stage; unset, the experiment's head."},
    {.name = "optimizer",
     .type = MT_MAP,
     .map = optimizer_fields,
     .help = "What is different about the optimizer."},
    {.name = "schedule",
     .type = MT_VARIANT,
     .offset = AT(schedule),
     .table = &mt_schedule_table,
     .tag = "type",
     .help = "How the learning rate changes, counted from the beginning of the stage; unset, train.schedule, "
             "likewise."},
    {.name = "freeze",
     .type = MT_STRINGS,
     .offset = AT(freeze),
     .help = "Layers whose weights and statistics stay as they are: names, with * and ? for any letters; "
             "head is the head's weights."},
    {.name = "anneal",
     .type = MT_MAP,
     .map = anneal_fields,
     .help = "Numbers of the head that move within the stage."},
    {0}};

static int check_pair(const struct mt_reals *r, const char *name, const char **key, struct mt_err *err)
{
    if (r->n == 0 || r->n == 2)
        return 0;
    *key = "anneal";
    return mt_err_set(err, MT_ERR_USAGE, "%s takes two numbers, [from, to]", name);
}

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct mt_stage_cfg *c = cfg;
    if (c->name && !*c->name) {
        *key = "name";
        return mt_err_set(err, MT_ERR_USAGE, "is empty; give the stage a name, or leave the key out");
    }
    return check_pair(&c->anneal.s, "s", key, err) < 0 ? -1 : check_pair(&c->anneal.m, "m", key, err);
}

static const struct mt_kind stage = {.name = "stage",
                                     .help = "Some epochs of training, and what is different in them.",
                                     .cfg_size = sizeof(struct mt_stage_cfg),
                                     .fields = fields,
                                     .check = check};
static const struct mt_kind *const rows[] = {&stage, NULL};
const struct mt_table mt_stage_table = {"stage", rows};

static struct mt_stage_cfg *stage_cfg(const struct mt_experiment *e, int i)
{
    return e->train.stages.v[i].cfg;
}

static int settle_epochs(struct mt_experiment *e, struct mt_err *err)
{
    int64_t sum = 0;
    for (int i = 0; i < e->train.stages.n; i++)
        sum += stage_cfg(e, i)->epochs;
    if (e->train.epochs == MT_UNSET_INT)
        e->train.epochs = sum;
    if (e->train.epochs == 0)
        return mt_err_set(
            err, MT_ERR_USAGE,
            "is missing: an integer in [1, 1000000] epochs, or train.stages with epochs of their own");
    if (sum && e->train.epochs != sum)
        return mt_err_set(err, MT_ERR_USAGE,
                          "is %lld, but the stages have %lld together; leave it out, the stages say it",
                          (long long)e->train.epochs, (long long)sum);
    return 0;
}

static const struct mt_field *find_number(const struct mt_variant *head, const char *name)
{
    for (const struct mt_field *f = head->kind->fields; f && f->name; f++)
        if (!strcmp(f->name, name) && f->type == MT_REAL)
            return f;
    return NULL;
}

/* What moves has to stay where the head's own key could have put it. */
static int check_range(const struct mt_variant *head, const char *name, const struct mt_reals *range,
                       struct mt_err *err)
{
    const struct mt_field *f = find_number(head, name);
    for (int i = 0; f && i < range->n; i++)
        if (range->v[i] > f->max || range->v[i] < f->min ||
            (f->flags & MT_F_ABOVE_MIN && range->v[i] <= f->min))
            return mt_err_set(
                err, MT_ERR_USAGE,
                "a stage anneals %s through %.9g, but %s of its head, %s, is %s %.9g and at most "
                "%.9g",
                name, range->v[i], name, head->kind->name, f->flags & MT_F_ABOVE_MIN ? "above" : "at least",
                f->min, f->max);
    return 0;
}

/* "stage2" where the file gives none. */
static const char *name_of(const struct mt_experiment *e, int i, char text[STAGE_NAME])
{
    if (stage_cfg(e, i)->name)
        return stage_cfg(e, i)->name;
    snprintf(text, STAGE_NAME, "stage%d", i + 1);
    return text;
}

/* Tables and messages tell stages apart by their names. */
static int check_name(const struct mt_experiment *e, int i, struct mt_err *err)
{
    char one[STAGE_NAME], other[STAGE_NAME];
    const char *name = name_of(e, i, one);
    for (int k = 0; k < i; k++)
        if (!strcmp(name, name_of(e, k, other)))
            return mt_err_set(err, MT_ERR_USAGE,
                              "stage %d is called '%s', and so is stage %d; give each a name of its own",
                              i + 1, name, k + 1);
    return 0;
}

static int check_anneal(const struct mt_experiment *e, const struct mt_stage_cfg *c, struct mt_err *err)
{
    const struct mt_variant *head = c->head.kind ? &c->head : &e->head;
    if (c->anneal.s.n && !find_number(head, "s"))
        return mt_err_set(err, MT_ERR_USAGE, "a stage anneals s, but its head, %s, has none",
                          head->kind->name);
    if (c->anneal.m.n && !find_number(head, "m") && !find_number(head, "m2"))
        return mt_err_set(err, MT_ERR_USAGE, "a stage anneals m, but its head, %s, has none that may move",
                          head->kind->name);
    if (check_range(head, "s", &c->anneal.s, err) < 0 || check_range(head, "m", &c->anneal.m, err) < 0)
        return -1;
    return check_range(head, "m2", &c->anneal.m, err);
}

static const char *key_of(const struct mt_experiment *e, int i, const char *field)
{
    struct mt_stage_cfg *c = stage_cfg(e, i);
    snprintf(c->key, sizeof c->key, "train.stages[%d].%s", i, field);
    return c->key;
}

int mt_stages_settle(struct mt_experiment *e, const char **key, struct mt_err *err)
{
    *key = "train.epochs";
    if (settle_epochs(e, err) < 0)
        return -1;
    for (int i = 0; i < e->train.stages.n; i++) {
        *key = key_of(e, i, "name");
        if (check_name(e, i, err) < 0)
            return -1;
        *key = key_of(e, i, "anneal");
        if (check_anneal(e, stage_cfg(e, i), err) < 0)
            return -1;
    }
    *key = NULL;
    return 0;
}

/* The whole training as one stage. */
static struct mt_stage base_stage(const struct mt_experiment *e)
{
    return (struct mt_stage){.epochs = e->train.epochs,
                             .batch_size = e->train.batch_size,
                             .head = e->head,
                             .lr =
                                 *(const double *)e->train.optimizer.cfg, /* every optimizer's first field */
                             .schedule = e->train.schedule};
}

static void lay_over(struct mt_stage *s, const struct mt_stage_cfg *c)
{
    s->epochs = c->epochs;
    s->batch_size = c->batch_size != MT_UNSET_INT ? c->batch_size : s->batch_size;
    s->head = c->head.kind ? c->head : s->head;
    s->lr = isnan(c->optimizer.lr) ? s->lr : c->optimizer.lr;
    s->schedule = c->schedule.kind ? c->schedule : s->schedule;
    s->freeze = c->freeze;
    s->reset_optimizer = c->optimizer.reset;
    s->anneal_s = c->anneal.s;
    s->anneal_m = c->anneal.m;
}

int mt_stages_new(struct mt_stages *s, const struct mt_experiment *e, struct mt_err *err)
{
    int n = e->train.stages.n ? e->train.stages.n : 1;
    int64_t first = 0;
    *s = (struct mt_stages){.v = calloc((size_t)n, sizeof *s->v), .n = n};
    for (int i = 0; s->v && i < n; i++) {
        struct mt_stage *one = &s->v[i];
        char text[STAGE_NAME];
        *one = base_stage(e);
        if (e->train.stages.n)
            lay_over(one, stage_cfg(e, i));
        one->first = first;
        first += one->epochs;
        s->max_batch = one->batch_size > s->max_batch ? one->batch_size : s->max_batch;
        if (!(one->name = strdup(e->train.stages.n ? name_of(e, i, text) : "train"))) {
            mt_stages_release(s);
            break;
        }
    }
    return s->v ? 0 : mt_err_memory(err, "the stages", (size_t)n * sizeof *s->v);
}

void mt_stages_release(struct mt_stages *s)
{
    for (int i = 0; s->v && i < s->n; i++)
        free(s->v[i].name);
    free(s->v);
    *s = (struct mt_stages){0};
}

int mt_stage_at(const struct mt_stages *s, int64_t epoch)
{
    int i = s->n - 1;
    while (i > 0 && epoch < s->v[i].first)
        i--;
    return i;
}

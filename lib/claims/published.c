#include "lib/claims/published.h"

#include <string.h>

#define AT(member) offsetof(struct mt_published_epoch, member)
#define FIGURE(column, low, text)                                                                            \
    {                                                                                                        \
        .name = #column, .type = MT_REAL, .offset = AT(column), .min = low, .max = 1e30, .help = text        \
    }

static const struct mt_field epoch_fields[] = {
    {.name = "run", .type = MT_STRING, .offset = AT(run), .flags = MT_F_REQUIRED, .help = "The experiment."},
    {.name = "line",
     .type = MT_INT,
     .offset = AT(line),
     .min = 1,
     .max = 1e9,
     .flags = MT_F_REQUIRED,
     .help = "The line of the publication's text."},
    {.name = "epoch",
     .type = MT_INT,
     .offset = AT(epoch),
     .min = 1,
     .max = 1e6,
     .flags = MT_F_REQUIRED,
     .help = "Epochs trained."},
    FIGURE(train_loss, 0, "As metrics.csv has it."),
    FIGURE(val_margin_loss, 0, "As metrics.csv has it."),
    FIGURE(t, -1e30, "As metrics.csv has it."),
    FIGURE(val_accuracy, 0, "As metrics.csv has it."),
    {0}};
#undef AT
#undef FIGURE

const char *const mt_published_figures[MT_PUBLISHED_FIGURES] = {"train_loss", "val_margin_loss", "t",
                                                                "val_accuracy"};

double mt_published_figure(const struct mt_published_epoch *e, int i)
{
    const double figure[MT_PUBLISHED_FIGURES] = {e->train_loss, e->val_margin_loss, e->t, e->val_accuracy};
    return figure[i];
}

#define AT(member) offsetof(struct mt_published_class, member)
#define SCORE(column)                                                                                        \
    {                                                                                                        \
        .name = #column, .type = MT_REAL, .offset = AT(column), .min = 0, .max = 1,                          \
        .help = "As the report prints it."                                                                   \
    }

static const struct mt_field class_fields[] = {
    {.name = "run", .type = MT_STRING, .offset = AT(run), .flags = MT_F_REQUIRED, .help = "The experiment."},
    {.name = "line",
     .type = MT_INT,
     .offset = AT(line),
     .min = 1,
     .max = 1e9,
     .flags = MT_F_REQUIRED,
     .help = "The line of the publication's text."},
    {.name = "class", .type = MT_STRING, .offset = AT(name), .flags = MT_F_REQUIRED, .help = "Its name."},
    SCORE(precision),
    SCORE(recall),
    SCORE(f1),
    {.name = "support", .type = MT_INT, .offset = AT(support), .min = 0, .max = 1e12, .help = "Samples."},
    {0}};
#undef AT
#undef SCORE

static const struct mt_kind epoch_kind = {.name = "epoch",
                                          .help = "A line of a training log.",
                                          .cfg_size = sizeof(struct mt_published_epoch),
                                          .fields = epoch_fields};
static const struct mt_kind class_kind = {.name = "class",
                                          .help = "A line of a classification report.",
                                          .cfg_size = sizeof(struct mt_published_class),
                                          .fields = class_fields};
static const struct mt_kind *const epoch_rows[] = {&epoch_kind, NULL};
static const struct mt_kind *const class_rows[] = {&class_kind, NULL};
static const struct mt_table epoch_table = {"epoch", epoch_rows};
static const struct mt_table class_table = {"class", class_rows};

static const struct mt_field fields[] = {{.name = "epochs",
                                          .type = MT_RECORDS,
                                          .offset = offsetof(struct mt_published, epochs),
                                          .table = &epoch_table,
                                          .help = "Lines of training logs."},
                                         {.name = "classes",
                                          .type = MT_RECORDS,
                                          .offset = offsetof(struct mt_published, classes),
                                          .table = &class_table,
                                          .help = "Lines of classification reports."},
                                         {0}};

int mt_published_load(struct mt_published *p, const char *path, struct mt_diag *diag)
{
    memset(p, 0, sizeof *p);
    if (mt_conf_load(&p->conf, path, NULL, 0, diag) < 0 || mt_conf_bind(p->conf, fields, p, diag) < 0) {
        mt_published_release(p);
        return -1;
    }
    return 0;
}

void mt_published_release(struct mt_published *p)
{
    mt_conf_free(p->conf);
    memset(p, 0, sizeof *p);
}

const struct mt_published_epoch *mt_published_epoch_at(const struct mt_published *p, int i)
{
    return p->epochs.v[i].cfg;
}

const struct mt_published_class *mt_published_class_at(const struct mt_published *p, int i)
{
    return p->classes.v[i].cfg;
}

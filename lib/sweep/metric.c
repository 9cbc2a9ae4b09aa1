/* metric.c: the names that `sweep.metric` may have: figures of summary.json, and of a run's last, best and
 * evaluated epoch in metrics.csv. */
#include <stdio.h>
#include <string.h>

#include "lib/sweep/planning.h"

/* Of a split that is judged at the end: validation_accuracy, test_knn_accuracy. */
static const char *const judged[] = {"accuracy", "center_accuracy", "knn_accuracy",  "macro_f1",
                                     "loss",     "angle_within",    "angle_between", "angle_between_min",
                                     NULL};
static const char *const judged_splits[] = {"validation", "test", NULL};
/* Of an epoch: val_accuracy, best_val_loss, last_train_loss. */
static const char *const columns[] = {"train_loss",      "train_accuracy", "train_leak_accuracy", "val_loss",
                                      "val_margin_loss", "val_accuracy",   "val_leak_accuracy",   NULL};
static const char *const epochs[] = {"", "best_", "last_", NULL};
static const char *const others[] = {"epochs", "best_epoch", NULL};

#define NAME 64

/* The i-th name; false past the last one. */
static bool name_at(int i, char name[NAME])
{
    int n_judged = (int)(sizeof judged / sizeof *judged) - 1,
        n_columns = (int)(sizeof columns / sizeof *columns) - 1;
    if (i < 2 * n_judged)
        return snprintf(name, NAME, "%s_%s", judged_splits[i / n_judged], judged[i % n_judged]) > 0;
    i -= 2 * n_judged;
    if (i < 3 * n_columns)
        return snprintf(name, NAME, "%s%s", epochs[i / n_columns], columns[i % n_columns]) > 0;
    i -= 3 * n_columns;
    return i < 2 && snprintf(name, NAME, "%s", others[i]) > 0;
}

static bool is_of(const char *name, const char *split)
{
    size_t len = strlen(split);
    const char *at = strstr(name, split);
    return at && at[len] == '_' && (at == name || at[-1] == '_');
}

int mt_sweep_check_metric(const struct mt_conf *conf, const struct mt_experiment *base, struct mt_diag *diag)
{
    static const char key[] = "sweep.metric.name";
    const char *name = ((const struct mt_sweep_section *)base->sweep.cfg)->metric.name;
    struct mt_nearest near = mt_nearest_to(name);
    char known[NAME], best[NAME], meant[MT_NEAREST_TEXT];
    for (int i = 0; name_at(i, known); i++)
        if (mt_nearest_try(&near, known))
            near.best = strcpy(best, known); /* for `known` goes on to the next */
    if (!near.best || near.distance) {
        mt_conf_error(conf, key, diag, "'%s' is no figure of a run%s", name,
                      near.best ? mt_nearest_text(&near, meant)
                                : "; for instance val_accuracy, best_val_loss, validation_knn_accuracy");
        return -1;
    }
    if ((is_of(name, "val") || is_of(name, "validation")) && !base->data.validation.kind) {
        mt_conf_error(conf, key, diag,
                      "'%s' needs data.validation; add validation: {from: train, fraction: 0.1}", name);
        return -1;
    }
    if (is_of(name, "test") && !base->data.test.kind) {
        mt_conf_error(conf, key, diag, "'%s' needs data.test", name);
        return -1;
    }
    return mt_sweep_is_halving(&base->sweep) ? mt_halving_check_metric(conf, base, diag) : 0;
}

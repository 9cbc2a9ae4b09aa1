/* plan_halving.c: what successive halving asks of a sweep before any run starts: cells are compared in the
 * middle of their training, so they need a figure that epochs have, as many epochs, and heads that they share
 * by then. */
#include <string.h>

#include "lib/sweep/planning.h"

int mt_halving_check_metric(const struct mt_conf *conf, const struct mt_experiment *base,
                            struct mt_diag *diag)
{
    static const char *const columns[] = {"val_accuracy", "val_loss", "val_margin_loss", "val_leak_accuracy"};
    static const char key[] = "sweep.metric.name";
    const char *name = ((const struct mt_sweep_section *)base->sweep.cfg)->metric.name;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (!strcmp(name, columns[i]))
            return 0;
    mt_conf_error(
        conf, key, diag,
        "method: halving compares cells in the middle of their training by the validation samples, and "
        "'%s' is not known by then; take val_accuracy, val_loss or val_margin_loss, or method: grid",
        name);
    return -1;
}

int mt_planning_check_halving(const struct mt_planning *g, struct mt_diag *diag)
{
    const struct mt_sweep_plan *p = g->plan;
    const struct mt_sweep_section *section = p->sweep->cfg;
    static const char key[] = "sweep.min_epochs";
    if (!mt_sweep_is_halving(p->sweep))
        return 0;
    int64_t epochs = p->task[0].epochs, last_stage = 0;
    for (int t = 0; t < p->n_tasks; t++) {
        if (p->task[t].epochs != epochs) {
            mt_conf_error(
                p->conf, "sweep.method", diag,
                "halving compares cells after the same part of their training, and these have %lld and "
                "%lld epochs; give them the same number, or take method: grid",
                (long long)epochs, (long long)p->task[t].epochs);
            return -1;
        }
        last_stage = p->task[t].last_stage > last_stage ? p->task[t].last_stage : last_stage;
    }
    if (section->min_epochs >= epochs)
        mt_conf_error(
            p->conf, key, diag,
            "nothing can be dropped after %lld epochs, for the runs have %lld; take fewer, or method: grid",
            (long long)section->min_epochs, (long long)epochs);
    else if (section->min_epochs <= last_stage)
        mt_conf_error(
            p->conf, key, diag,
            "the last of train.stages begins after epoch %lld, and cells are compared in that one alone; "
            "take at least %lld, or method: grid",
            (long long)last_stage, (long long)last_stage + 1);
    else
        return 0;
    return -1;
}

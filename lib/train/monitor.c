#include "lib/train/monitor.h"

#include <string.h>

static int find(const char *name)
{
    int i = 0;
    while (strcmp(mt_monitor_names[i], name))
        i++;
    return i;
}

void mt_monitor_init(struct mt_monitor *m, const struct mt_experiment *e, bool validation)
{
    memset(m, 0, sizeof *m);
    m->what = e->train.early_stop.monitor;
    int mode = e->train.early_stop.mode;
    if (!validation && !strncmp(mt_monitor_names[m->what], "val_", 4)) {
        m->what = find("train_loss");
        mode = -1;
    }
    m->smaller = mode < 0 ? strstr(mt_monitor_names[m->what], "accuracy") == NULL : mode == MT_MONITOR_MIN;
    m->patience = e->train.early_stop.patience;
    m->min_delta = e->train.early_stop.min_delta;
}

bool mt_monitor_observe(struct mt_monitor *m, const struct mt_metrics *row)
{
    double value = mt_metrics_value(row, mt_monitor_names[m->what]);
    bool better = !m->any ? value == value
                          : (m->smaller ? value < m->best - m->min_delta : value > m->best + m->min_delta);
    m->wait++;
    if (!better)
        return false;
    m->any = true;
    m->best = value;
    m->best_epoch = row->epoch;
    m->wait = 0;
    return true;
}

static bool out_of_patience(int64_t patience, int64_t wait)
{
    return patience != MT_UNSET_INT && wait >= patience && wait > 0;
}

bool mt_monitor_stops(const struct mt_monitor *m)
{
    return out_of_patience(m->patience, m->wait);
}

bool mt_judged_by_best(const struct mt_experiment *e, int64_t epochs, int64_t best_epoch)
{
    if (e->eval.checkpoint == MT_CKPT_BEST)
        return true;
    return e->train.early_stop.restore_best && best_epoch > 0 &&
           out_of_patience(e->train.early_stop.patience, epochs - best_epoch);
}

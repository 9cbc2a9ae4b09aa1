#include "lib/sweep/pace.h"

#include "lib/core/file.h"
#include "lib/train/trainer.h"

#define LONG_ENOUGH 0.1 /* seconds of steps */
#define MOST_JUDGED 2000
#define FILES 0.03 /* seconds: checkpoints and reports of a run */

static int time_steps(struct mt_pace *pace, struct mt_trainer *t, struct mt_err *err)
{
    double start = 0, now = 0;
    int64_t steps = 0;
    if (mt_trainer_begin_epoch(t, err) < 0)
        return -1;
    for (; t->batch < t->steps_per_epoch && (steps < 2 || now - start < LONG_ENOUGH); steps++) {
        if (mt_trainer_step(t, err) < 0)
            return -1;
        now = mt_clock();
        start = steps == 0 ? now : start; /* the first one finds everything cold */
    }
    pace->step = steps > 1 ? (now - start) / (double)(steps - 1) : LONG_ENOUGH;
    return 0;
}

static int time_judging(struct mt_pace *pace, const struct mt_setup *s, struct mt_err *err)
{
    struct mt_head_stats sum = {0};
    struct mt_view some = s->splits.validation.n ? s->splits.validation : s->splits.train;
    some.n = some.n < MOST_JUDGED ? some.n : MOST_JUDGED;
    double start = mt_clock();
    if (mt_trainer_measure(s->model, &some, &s->splits.scale, &sum, err) < 0)
        return -1;
    pace->sample = (mt_clock() - start) / (double)some.n;
    return 0;
}

int mt_pace_measure(struct mt_pace *pace, struct mt_setup *s, const struct mt_experiment *e,
                    struct mt_err *err)
{
    struct mt_trainer t;
    if (mt_model_commit(s->model, err) < 0)
        return -1;
    mt_model_init(s->model, (uint64_t)e->seed);
    if (mt_trainer_init(&t, e, &s->splits, s->model, err) < 0)
        return -1;
    int rc = time_steps(pace, &t, err);
    mt_model_stop_feeding(s->model);
    if (rc == 0)
        rc = time_judging(pace, s, err);
    mt_trainer_release(&t);
    return rc;
}

double mt_pace_run(const struct mt_pace *pace, const struct mt_setup *s, const struct mt_experiment *e)
{
    const struct mt_splits *p = &s->splits;
    double seconds = FILES + (double)(p->train.n + p->validation.n + p->test.n) * pace->sample;
    for (int i = 0; i < s->model->stages.n; i++) {
        const struct mt_stage *stage = &s->model->stages.v[i];
        double steps = (double)mt_steps_per_epoch(e, stage, p->train.n);
        seconds += (double)stage->epochs * (steps * pace->step + (double)p->validation.n * pace->sample);
    }
    return seconds;
}

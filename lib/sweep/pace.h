/* pace.h: how fast a model trains here, by a few steps on its own data. Private to lib/sweep. */
#ifndef MT_SWEEP_PACE_H
#define MT_SWEEP_PACE_H

#include "lib/train/setup.h"

struct mt_pace {   /* seconds */
    double step;   /* of training */
    double sample; /* judged */
};

/* Trains a few steps of a setup that was opened for training, for about a tenth of a second. The setup's
 * model is then of no more use. */
int mt_pace_measure(struct mt_pace *pace, struct mt_setup *s, const struct mt_experiment *e,
                    struct mt_err *err);

/* Seconds of a whole run at this pace: every epoch with its validation, and the evaluation at the end. */
double mt_pace_run(const struct mt_pace *pace, const struct mt_setup *s, const struct mt_experiment *e);

#endif

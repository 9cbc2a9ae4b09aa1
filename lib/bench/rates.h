/* rates.h: images per second of the training loop and of inference. */
#ifndef MT_BENCH_RATES_H
#define MT_BENCH_RATES_H

#include "lib/bench/spread.h"
#include "lib/train/setup.h"
#include "lib/train/trainer.h"

/* Both run pieces of work one after another, each of about a ninth of `seconds` and at least one batch, until
 * the seconds are over; three pieces at least. A piece of training goes on to the end of its epoch where
 * epochs are that short. `t` stands at the beginning of an epoch, before and afterwards. */
int mt_rate_train(struct mt_spread *rate, struct mt_trainer *t, double seconds, struct mt_err *err);
int mt_rate_infer(struct mt_spread *rate, const struct mt_setup *s, double seconds, struct mt_err *err);

#endif

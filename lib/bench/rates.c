#include "lib/bench/rates.h"

#include <string.h>

#include "lib/core/file.h"

#define PIECES 9
#define LEAST_PIECES 3

/* ---- training ---- */

static int begin(struct mt_trainer *t, struct mt_err *err)
{
    t->batch = 0;
    memset(&t->sums, 0, sizeof t->sums);
    return mt_trainer_begin_epoch(t, err);
}

/* One step. Behind the last epoch of the experiment comes the first again, so that schedules stay where they
 * were meant to be. */
static int step(struct mt_trainer *t, int64_t *images, struct mt_err *err)
{
    if (t->batch == t->steps_per_epoch) {
        t->epoch = (t->epoch + 1) % t->e->train.epochs;
        t->step = t->epoch ? t->step : 0;
        if (begin(t, err) < 0)
            return -1;
    }
    int64_t before = t->sums.head.n;
    if (mt_trainer_step(t, err) < 0)
        return -1;
    *images += t->sums.head.n - before;
    return 0;
}

static int train_piece(struct mt_trainer *t, double seconds, bool whole_epochs, double *rate,
                       struct mt_err *err)
{
    int64_t images = 0;
    double begun = mt_clock(), took;
    do {
        if (step(t, &images, err) < 0)
            return -1;
        took = mt_clock() - begun;
    } while (took < seconds || (whole_epochs && t->batch < t->steps_per_epoch));
    *rate = (double)images / took;
    return 0;
}

int mt_rate_train(struct mt_spread *rate, struct mt_trainer *t, double seconds, struct mt_err *err)
{
    struct mt_repeats repeats = {0};
    int64_t images = 0;
    if (begin(t, err) < 0 || step(t, &images, err) < 0) /* memory is taken at the first touch */
        return -1;
    double begun = mt_clock();
    if (step(t, &images, err) < 0)
        return -1;
    bool whole_epochs = (mt_clock() - begun) * (double)t->steps_per_epoch < seconds / PIECES;
    if (begin(t, err) < 0)
        return -1;
    for (begun = mt_clock();
         repeats.n < LEAST_PIECES || (mt_clock() - begun < seconds && repeats.n < MT_REPEATS);) {
        double value;
        if (train_piece(t, seconds / PIECES, whole_epochs, &value, err) < 0)
            return -1;
        mt_repeats_add(&repeats, value);
    }
    *rate = mt_repeats_spread(&repeats);
    return begin(t, err);
}

/* ---- inference ---- */

/* Whole passes over the view, or where that takes too long one over its first samples. */
static int infer_piece(const struct mt_setup *s, double seconds, int64_t n, double *rate, struct mt_err *err)
{
    struct mt_head_stats sum = {0};
    struct mt_view view = s->splits.train;
    double begun = mt_clock(), took;
    view.n = n;
    do {
        if (mt_trainer_measure(s->model, &view, &s->splits.scale, &sum, err) < 0)
            return -1;
        took = mt_clock() - begun;
    } while (took < seconds);
    *rate = (double)sum.n / took;
    return 0;
}

int mt_rate_infer(struct mt_spread *rate, const struct mt_setup *s, double seconds, struct mt_err *err)
{
    struct mt_repeats repeats = {0};
    int64_t batch = s->model->max_batch, all = s->splits.train.n;
    double value, piece = seconds / PIECES;
    batch = batch < all ? batch : all;
    for (int i = 0; i < 2; i++) /* memory is taken at the first touch */
        if (infer_piece(s, 0, batch, &value, err) < 0)
            return -1;
    double fits = value * piece;
    int64_t n = fits > (double)all ? all : fits > (double)batch ? (int64_t)fits / batch * batch : batch;
    for (double begun = mt_clock();
         repeats.n < LEAST_PIECES || (mt_clock() - begun < seconds && repeats.n < MT_REPEATS);) {
        if (infer_piece(s, piece, n, &value, err) < 0)
            return -1;
        mt_repeats_add(&repeats, value);
    }
    *rate = mt_repeats_spread(&repeats);
    return 0;
}

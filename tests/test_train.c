/* Tests of lib/train: the rule for the best epoch and for stopping early. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/train/monitor.h"

static struct mt_experiment watching(int monitor, int64_t patience, double min_delta)
{
    struct mt_experiment e = {0};
    e.train.early_stop.monitor = monitor;
    e.train.early_stop.mode = -1;
    e.train.early_stop.patience = patience;
    e.train.early_stop.min_delta = min_delta;
    return e;
}

/* Feeds values of the monitored figure until the monitor stops; returns the epochs seen. */
static int feed(struct mt_monitor *m, const double *value, int n)
{
    for (int i = 0; i < n; i++) {
        struct mt_metrics row = {
            .epoch = i + 1, .val_accuracy = value[i], .val_loss = value[i], .train_loss = value[i]};
        mt_monitor_observe(m, &row);
        if (mt_monitor_stops(m))
            return i + 1;
    }
    return n;
}

static void stops_as_keras_does(void **state)
{
    (void)state;
    struct mt_monitor m;
    struct mt_experiment e = watching(0, 3, 0);
    /* Best at epoch 3; 4, 5 and 6 bring nothing (an equal value is no improvement), so training ends after 6.
     */
    const double value[] = {.5, .6, .7, .7, .65, .7, .9, .9};
    mt_monitor_init(&m, &e, true);
    assert_int_equal(feed(&m, value, 8), 6);
    assert_int_equal(m.best_epoch, 3);
    e = watching(0, MT_UNSET_INT, 0);
    mt_monitor_init(&m, &e, true);
    assert_int_equal(feed(&m, value, 8), 8);
    assert_int_equal(m.best_epoch, 7);
}

/* Keras' EarlyStopping.on_epoch_end as its documentation has it, 0-based: the epoch after which training ends
 * (n - 1 when it runs to the end), and that of the best weights. */
static int keras(const double *value, int n, int patience, double min_delta, bool smaller, int *best_epoch)
{
    double best = smaller ? INFINITY : -INFINITY;
    int wait = 0;
    for (int epoch = 0; epoch < n; epoch++) {
        wait++;
        if (smaller ? value[epoch] + min_delta < best : value[epoch] - min_delta > best) {
            best = value[epoch];
            *best_epoch = epoch;
            wait = 0;
        } else if (wait >= patience && epoch > 0) {
            return epoch;
        }
    }
    return n - 1;
}

/* In steps of 1/16, so that ties occur and sums are exact. */
static void any_series_stops_where_keras_does(void **state)
{
    (void)state;
    struct mt_rng r;
    int early = 0;
    mt_rng_init(&r, 1, MT_STREAM_TEST, 0, 0);
    for (int k = 0; k < 2000; k++) {
        double value[12], min_delta = k % 3 / 16.0;
        int patience = k % 10, best = 0, last, monitor = k % 2;
        bool smaller = monitor == 1;
        struct mt_monitor m;
        struct mt_experiment e = watching(monitor, patience, min_delta);
        for (int i = 0; i < 12; i++)
            value[i] = mt_rng_u32(&r) % 16 / 16.0;
        mt_monitor_init(&m, &e, true);
        assert_int_equal(m.smaller, smaller);
        last = keras(value, 12, patience, min_delta, smaller, &best);
        early += last < 11;
        assert_int_equal(feed(&m, value, 12), last + 1);
        assert_int_equal(m.best_epoch, best + 1);
        e.train.early_stop.restore_best = true;
        assert_int_equal(mt_judged_by_best(&e, last + 1, m.best_epoch), mt_monitor_stops(&m));
    }
    assert_in_range(early, 500, 1900);
}

static void what_a_run_is_judged_by(void **state)
{
    (void)state;
    struct mt_experiment e = watching(0, 3, 0);
    assert_false(mt_judged_by_best(&e, 9, 6)); /* stopped, but the last weights are asked for */
    e.train.early_stop.restore_best = true;
    assert_true(mt_judged_by_best(&e, 9, 6));
    assert_false(mt_judged_by_best(&e, 9, 7));
    assert_false(mt_judged_by_best(&e, 9, 0)); /* no epoch was better than nothing */
    e.train.early_stop.patience = MT_UNSET_INT;
    assert_false(mt_judged_by_best(&e, 9, 1));
    e.eval.checkpoint = MT_CKPT_BEST;
    assert_true(mt_judged_by_best(&e, 9, 1));
}

static void min_delta_and_not_a_number(void **state)
{
    (void)state;
    struct mt_monitor m;
    struct mt_experiment e = watching(0, 2, .1);
    const double value[] = {NAN, .5, .55, .65, NAN, NAN, .9};
    mt_monitor_init(&m, &e, true);
    assert_int_equal(feed(&m, value, 7), 6);
    assert_int_equal(m.best_epoch, 4);
}

static void without_validation_train_loss_counts(void **state)
{
    (void)state;
    struct mt_monitor m;
    struct mt_experiment e = watching(0, MT_UNSET_INT, 0);
    const double value[] = {3, 2, 1, 1.5};
    mt_monitor_init(&m, &e, false);
    assert_true(m.smaller);
    feed(&m, value, 4);
    assert_int_equal(m.best_epoch, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_as_keras_does),
        cmocka_unit_test(any_series_stops_where_keras_does),
        cmocka_unit_test(what_a_run_is_judged_by),
        cmocka_unit_test(min_delta_and_not_a_number),
        cmocka_unit_test(without_validation_train_loss_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

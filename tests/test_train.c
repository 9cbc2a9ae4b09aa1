/* Tests of lib/train: the rule for the best epoch and for stopping early. */
#include "tests/test.h"

#include <math.h>

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

/* Feeds values of val_accuracy (or train_loss) until the monitor stops; returns the epochs seen. */
static int feed(struct mt_monitor *m, const double *value, int n)
{
    for (int i = 0; i < n; i++) {
        struct mt_metrics row = {.epoch = i + 1, .val_accuracy = value[i], .train_loss = value[i]};
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
        cmocka_unit_test(min_delta_and_not_a_number),
        cmocka_unit_test(without_validation_train_loss_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

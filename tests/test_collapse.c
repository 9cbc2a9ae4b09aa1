/* Tests of the collapse detector: its rule on rows of metrics, its two figures, and training that does
 * collapse beside training that does not. */
#include "tests/test.h"

#include <math.h>

#include "lib/conf/conf.h"
#include "lib/head/feasibility.h"
#include "lib/train/collapse.h"
#include "lib/train/opposite.h"
#include "lib/train/probe.h"
#include "lib/train/run_state.h"
#include "lib/train/setup.h"

/* A row of healthy training, leak accuracy below the honest one as a margin makes it. */
static struct mt_metrics healthy(void)
{
    struct mt_metrics row;
    mt_metrics_init(&row);
    row.train_loss = 1;
    row.train_accuracy = row.val_accuracy = 0.9;
    row.train_leak_accuracy = row.val_leak_accuracy = 0.7;
    row.mean_target_cos = 0.8;
    row.mean_weight_cos = -0.1;
    row.embedding_rank = 3;
    return row;
}

static struct mt_collapse watching(int64_t epochs)
{
    const struct mt_head_type *type = (const struct mt_head_type *)mt_table_find(&mt_head_table, "arcface");
    struct mt_head head = {.type = type, .classes = 10, .dim = 3};
    struct mt_collapse c = {0};
    mt_collapse_watch(&c, &head, 0.5, epochs);
    return c;
}

/* Feeds the row `times` times; whether the last said collapsed. */
static bool after(struct mt_collapse *c, const struct mt_metrics *row, int times)
{
    bool collapsed = false;
    for (int i = 0; i < times; i++)
        collapsed = mt_collapse_observe(c, row);
    assert_int_equal(collapsed, c->reason[0] != 0);
    return collapsed;
}

static void two_signs_for_two_epochs(void **state)
{
    (void)state;
    struct mt_metrics row = healthy();
    struct mt_collapse c = watching(20);
    assert_false(after(&c, &row, 30));
    row.mean_target_cos = -0.3;
    assert_false(after(&c, &row, 30)); /* one sign alone */
    row.mean_weight_cos = 0.6;
    assert_false(after(&c, &row, 1));
    assert_true(after(&c, &row, 1));
    assert_non_null(strstr(c.reason, "mean cosine -0.300"));
    assert_non_null(strstr(c.reason, "0.600"));
    row = healthy();
    assert_false(after(&c, &row, 1)); /* recovered */
    row.train_leak_accuracy = row.val_leak_accuracy = 1;
    row.train_accuracy = row.val_accuracy = 0.01;
    row.train_loss = 0.2;
    c = watching(1); /* there will be no second epoch */
    assert_true(after(&c, &row, 1));
    assert_non_null(strstr(c.reason, "1.000 with the label fed in and 0.010 without"));
    assert_non_null(strstr(c.reason, "below the 0.5"));
}

static void single_signs_come_and_go(void **state)
{
    (void)state;
    struct mt_metrics row = healthy();
    struct mt_collapse c = watching(200);
    row.embedding_rank = 1.02; /* an untrained network, or two classes not yet told apart */
    row.train_accuracy = row.val_accuracy = 0.27;
    row.train_leak_accuracy = row.val_leak_accuracy = 0;
    assert_false(after(&c, &row, 20));
    row = healthy();
    row.train_leak_accuracy = 1; /* in training alone: dropout */
    row.train_accuracy = 0.6;
    assert_false(after(&c, &row, 30));
    row.val_leak_accuracy = 1;
    row.val_accuracy = 0.6;
    assert_false(after(&c, &row, 9));
    assert_true(after(&c, &row, 1)); /* some classes have collapsed, and stay so */
    row = healthy();
    row.train_loss = 0.01; /* below the floor: few samples can do that */
    assert_false(after(&c, &row, 30));
}

static void without_validation_training_decides(void **state)
{
    (void)state;
    struct mt_metrics row = healthy();
    struct mt_collapse c = watching(5);
    row.val_accuracy = row.val_leak_accuracy = NAN;
    row.train_accuracy = 0.1;
    row.train_leak_accuracy = 0.9;
    row.mean_target_cos = -0.5;
    assert_true(after(&c, &row, 2));
    row.mean_target_cos = row.mean_weight_cos = row.embedding_rank = NAN; /* not measured */
    assert_false(after(&c, &row, 2));
}

static void other_heads_have_no_margin(void **state)
{
    (void)state;
    const struct mt_head_type *type = (const struct mt_head_type *)mt_table_find(&mt_head_table, "softmax");
    struct mt_head head = {.type = type, .classes = 2, .dim = 1};
    struct mt_collapse c = {0};
    struct mt_metrics row = healthy();
    mt_collapse_watch(&c, &head, NAN, 1);
    row.mean_weight_cos = 1;
    row.embedding_rank = 1;
    assert_false(after(&c, &row, 20));
    /* Two classes stand at the ends of one line. */
    head.type = (const struct mt_head_type *)mt_table_find(&mt_head_table, "arcface");
    mt_collapse_watch(&c, &head, NAN, 1);
    row.mean_weight_cos = -1;
    row.mean_target_cos = -0.1;
    assert_false(after(&c, &row, 20));
}

static void mean_weight_cos(void **state)
{
    (void)state;
    static float corner[] = {1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1},
                 alike[] = {1, 2, 3, 2, 4, 6, 0, 0, 0, .5F, 1, 1.5F};
    static const float square[] = {3, 0, 0, 0, 2, 0};
    struct mt_tensor weight = {.data = corner};
    struct mt_head head = {.classes = 4, .dim = 3, .weight = &weight};
    double sum[3];
    struct mt_probe p = {.sum = sum};
    assert_float_equal(mt_probe_weight_cos(&p, &head), -1.0 / 3, 1e-7);
    weight.data = alike; /* one of length zero has no direction */
    assert_float_equal(mt_probe_weight_cos(&p, &head), 1, 1e-7);
    head.classes = 2;
    memcpy(corner, square, sizeof square);
    weight.data = corner;
    assert_float_equal(mt_probe_weight_cos(&p, &head), 0, 1e-7);
}

/* --- training on the bundled digits --- */

struct training {
    struct mt_conf *conf;
    struct mt_experiment e;
    struct mt_setup setup;
    struct mt_trainer trainer;
    struct mt_probe probe;
    struct mt_collapse collapse;
};

static void ignore(void *arg, const struct mt_talk *talk)
{
    (void)arg;
    (void)talk;
}

static void open_training(struct training *t, const char *head)
{
    char text[1024];
    struct mt_diag diag = {0};
    struct mt_err err;
    struct mt_feasibility f;
    struct mt_talker talker = {ignore, NULL};
    const char *key;
    int len =
        snprintf(text, sizeof text,
                 "data:\n"
                 "  train: {format: csv, file: datasets/digits/digits.csv.gz, label: last, header: no, "
                 "shape: [8, 8]}\n"
                 "  validation: {from: train, fraction: 0.8}\n"
                 "  max: 16\n"
                 "model: {backbone: [flatten, dense: {units: 32, activation: relu}, dense: {units: 16}]}\n"
                 "head: %s\n"
                 "train: {epochs: 12, batch_size: 16, optimizer: {type: adam, lr: 4e-3}}\n",
                 head);
    memset(t, 0, sizeof *t);
    mt_conf_load_text(&t->conf, "test", ".", text, (size_t)len, NULL, 0, &diag);
    if (mt_conf_bind(t->conf, mt_experiment_fields, &t->e, &diag) < 0)
        fail_msg("%s", diag.text.data);
    struct mt_setup_options o = {.threads = 1, .training = true};
    if (mt_setup_open(&t->setup, &t->e, &o, &talker, &key, &err) < 0 ||
        mt_model_commit(t->setup.model, &err) < 0 ||
        mt_trainer_init(&t->trainer, &t->e, &t->setup.splits, t->setup.model, &err) < 0 ||
        mt_probe_init(&t->probe, &t->setup.splits, t->setup.model, &err) < 0 ||
        mt_feasibility_of(&f, &t->e.head, 10, 16, NULL, &err) < 0)
        fail_msg("%s", err.text);
    mt_model_init(t->setup.model, 0);
    mt_collapse_watch(&t->collapse, t->setup.model->head, f.floor, t->e.train.epochs);
}

static void close_training(struct training *t)
{
    mt_probe_release(&t->probe);
    mt_trainer_release(&t->trainer);
    mt_setup_release(&t->setup);
    mt_conf_free(t->conf);
}

/* One epoch; whether it is called collapsed. */
static bool epoch(struct training *t, struct mt_metrics *row)
{
    struct mt_head_stats validation = {0};
    struct mt_err err;
    memset(&t->trainer.sums, 0, sizeof t->trainer.sums);
    t->trainer.batch = 0;
    if (mt_trainer_begin_epoch(&t->trainer, &err) < 0)
        fail_msg("%s", err.text);
    while (t->trainer.batch < t->trainer.steps_per_epoch)
        if (mt_trainer_step(&t->trainer, &err) < 0)
            fail_msg("%s", err.text);
    if (mt_trainer_measure(t->setup.model, &t->setup.splits.validation, &t->setup.splits.scale, &validation,
                           &err) < 0)
        fail_msg("%s", err.text);
    mt_run_fill_row(row, &t->trainer, &validation);
    row->mean_weight_cos = mt_probe_weight_cos(&t->probe, t->setup.model->head);
    if (mt_probe_rank(&t->probe, t->setup.model, &row->embedding_rank, &err) < 0)
        fail_msg("%s", err.text);
    t->trainer.epoch++;
    return mt_collapse_observe(&t->collapse, row);
}

static void training_that_collapses(void **state)
{
    (void)state;
    struct training t;
    struct mt_metrics row;
    bool collapsed = false;
    open_training(&t, "{type: arcface, s: 6, m: 2, pi_rule: none, grad: exact}");
    for (int i = 0; i < 12; i++)
        collapsed = epoch(&t, &row);
    assert_true(collapsed);
    assert_true(row.train_leak_accuracy > 0.95 && row.train_accuracy < 0.05);
    assert_true(row.embedding_rank >= 1 && row.embedding_rank < 3);
    assert_non_null(strstr(t.collapse.reason, "with the label fed in"));
    assert_non_null(strstr(t.collapse.reason, "below the 4.05 that"));
    close_training(&t);
}

static void training_that_does_not(void **state)
{
    (void)state;
    static const char *const heads[] = {"{type: arcface, s: 6, m: 2, pi_rule: psi}",
                                        "{type: arcface, s: auto, m: auto}",
                                        "{type: curricularface, s: 30, m: 0.5, t_rule: n2, pi_rule: none}"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct training t;
        struct mt_metrics row;
        open_training(&t, heads[i]);
        for (int k = 0; k < 12; k++)
            if (epoch(&t, &row))
                fail_msg("%s: epoch %d: %s", heads[i], k + 1, t.collapse.reason);
        assert_true(row.val_accuracy > 0.7);
        assert_true(row.embedding_rank > 3 && row.embedding_rank < 17);
        assert_true(row.mean_weight_cos < 0.1 && row.mean_weight_cos >= -1.0 / 9);
        close_training(&t);
    }
}

/* Weights along x, y, -x and -y; the centers of the second and the last class have the angles 180 and 120. */
static void opposite_classes(void **state)
{
    (void)state;
    float weight[] = {2, 0, 0, 3, -1, 0, 0, -1};
    float center[] = {1, 0.1f, 0, -0.5f, -1, 1, 0.8660254f, 0.5f};
    int64_t count[] = {5, 5, 5, 5};
    static const char *const names[] = {"a", "b", "c", "d"};
    struct mt_tensor w = {.data = weight};
    struct mt_head head = {.weight = &w, .classes = 4, .dim = 2};
    struct mt_centers centers = {.classes = 4, .dim = 2, .x = center, .count = count};
    struct mt_buf words = {0};
    head.type = (const struct mt_head_type *)mt_table_find(&mt_head_table, "arcface");
    assert_int_equal(mt_opposite_classes(&head, &centers, names, &words), 2);
    assert_non_null(strstr(words.data, "2 of 4 classes stand on the far side from their own weight"));
    assert_non_null(strstr(words.data, ": b (180), d (120)"));
    mt_buf_release(&words);
    count[1] = count[3] = 0; /* classes without samples have no center */
    assert_int_equal(mt_opposite_classes(&head, &centers, NULL, &words), 0);
    assert_null(words.data);
    count[3] = 1;
    head.type = (const struct mt_head_type *)mt_table_find(&mt_head_table, "softmax");
    assert_int_equal(mt_opposite_classes(&head, &centers, NULL, &words), 0);
    mt_buf_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_signs_for_two_epochs),
        cmocka_unit_test(single_signs_come_and_go),
        cmocka_unit_test(without_validation_training_decides),
        cmocka_unit_test(other_heads_have_no_margin),
        cmocka_unit_test(mean_weight_cos),
        cmocka_unit_test(training_that_collapses),
        cmocka_unit_test(training_that_does_not),
        cmocka_unit_test(opposite_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

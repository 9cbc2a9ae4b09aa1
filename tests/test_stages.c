/* Tests of training in stages: what a stage changes, and what it must leave alone. */
#include "tests/session.h"

#include <math.h>

#include "lib/train/model_stages.h"

#define LAYERS                                                                                               \
    "[{conv2d: {filters: 4, kernel: 3, activation: relu}}, {max_pool: 2}, batch_norm, flatten, "             \
    "{dense: {units: 8, activation: relu}}, batch_norm, {dense: {units: 3}}]"

/* Trains to the end of epoch `end`. */
static void train_to(struct session *s, int64_t end)
{
    struct mt_trainer *t = &s->trainer;
    struct mt_err err;
    while (t->epoch < end) {
        assert_int_equal(mt_trainer_begin_epoch(t, &err), 0);
        while (t->batch < t->steps_per_epoch)
            if (mt_trainer_step(t, &err) < 0)
                fail_msg("%s", err.text);
        t->epoch++;
        t->batch = 0;
    }
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Every tensor of a frozen layer, moving statistics included, keeps every bit, and every other one moves. */
static void frozen_layers_keep_every_bit(void **state)
{
    (void)state;
    struct session s;
    session_open(&s, LAYERS, "{type: arcface, s: 8}",
                 "{batch_size: 100, stages: [{epochs: 1}, {epochs: 2, freeze: [conv*, bn1]}, {epochs: 1}]}");
    const struct mt_tensors *ts = &s.setup.model->tensors;
    train_to(&s, 1);
    for (int end = 3; end <= 4; end++) {
        float *before = copy_tensors(ts), *at = before;
        train_to(&s, end);
        for (int i = 0; i < ts->n; at += ts->list[i++]->count) {
            const struct mt_tensor *t = ts->list[i];
            bool same = !memcmp(at, t->data, t->count * sizeof *at);
            bool frozen = end == 3 && (begins(t->name, "conv1/") || begins(t->name, "bn1/"));
            if (same != frozen)
                print_error("%s after epoch %d\n", t->name, end);
            assert_int_equal(same, frozen);
        }
        free(before);
    }
    session_close(&s);
}

/* A frozen batch normalization computes with its moving statistics, so a pass that trains gives the same loss
 * as one that does not. */
static void frozen_normalization_does_not_follow_the_batch(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        struct session s;
        struct mt_err err;
        struct mt_head_stats sum = {0};
        session_open(&s, "[flatten, batch_norm, {dense: {units: 3}}]", "softmax",
                     frozen ? "{batch_size: 64, shuffle: false, stages: [{epochs: 1, freeze: [bn1]}]}"
                            : "{batch_size: 64, shuffle: false, stages: [{epochs: 1, freeze: [dense1]}]}");
        struct mt_view first = s.setup.splits.train;
        first.n = 64;
        assert_int_equal(mt_trainer_measure(s.setup.model, &first, &s.setup.splits.scale, &sum, &err), 0);
        assert_int_equal(mt_trainer_step(&s.trainer, &err), 0);
        double distance = fabs(sum.loss / 64 - s.trainer.last_loss);
        assert_int_equal(distance < 1e-6, frozen);
        session_close(&s);
    }
}

static void a_head_of_another_type_has_weights_of_its_own(void **state)
{
    (void)state;
    struct session s;
    session_open(
        &s, "[flatten, {dense: {units: 3}}]", "{type: arcface, s: 8, m: 0.2}",
        "{batch_size: 100, stages: [{epochs: 1, head: {type: softmax}, batch_size: 50}, {epochs: 1}, "
        "{epochs: 1, head: {type: arcface, s: 8, m: 0.4}}]}");
    struct mt_model *m = s.setup.model;
    assert_int_equal(m->n_heads, 2);
    struct mt_tensor *arcface = mt_tensors_find(&m->tensors, "head/weight");
    struct mt_tensor *softmax = mt_tensors_find(&m->tensors, "head_softmax/weight");
    assert_true(arcface && softmax && m->head->weight == softmax);
    assert_int_equal(s.trainer.steps_per_epoch, 36);
    float first = arcface->data[0];
    train_to(&s, 1);
    assert_true(arcface->data[0] == first);
    train_to(&s, 2);
    assert_true(arcface->data[0] != first && m->head->weight == arcface);
    assert_int_equal(s.trainer.steps_per_epoch, 18);
    train_to(&s, 3);
    assert_ptr_equal(m->head->weight, arcface);
    assert_int_equal(s.trainer.step, 36 + 18 + 18);
    assert_int_equal(mt_trainer_steps_before(&s.trainer, 0), 0);
    assert_int_equal(mt_trainer_steps_before(&s.trainer, 1), 36);
    assert_int_equal(mt_trainer_steps_before(&s.trainer, 2), 54);
    assert_int_equal(mt_trainer_steps_before(&s.trainer, 3), 72);
    session_close(&s);
}

/* The loss of the same numbers with a fixed margin, at both ends of an annealed one. */
static void annealing_moves_from_one_end_to_the_other(void **state)
{
    (void)state;
    double loss[3][2];
    static const char *const stages[3] = {"{epochs: 1, anneal: {s: [4, 16], m: [0.1, 0.4]}}",
                                          "{epochs: 1, head: {type: arcface, s: 4, m: 0.1}}",
                                          "{epochs: 1, head: {type: arcface, s: 16, m: 0.4}}"};
    for (int i = 0; i < 3; i++) {
        struct session s;
        char train[160];
        snprintf(train, sizeof train, "{batch_size: 100, stages: [%s]}", stages[i]);
        session_open(&s, "[flatten, {dense: {units: 3}}]", "{type: arcface, s: 30, m: 0.5}", train);
        struct mt_view view = s.setup.splits.train;
        for (int end = 0; end < 2; end++) {
            struct mt_head_stats sum = {0};
            mt_model_anneal(s.setup.model, end);
            struct mt_err err;
            assert_int_equal(mt_trainer_measure(s.setup.model, &view, &s.setup.splits.scale, &sum, &err), 0);
            loss[i][end] = sum.loss;
        }
        session_close(&s);
    }
    assert_true(loss[0][0] == loss[1][0] && loss[0][1] == loss[2][0]);
    assert_true(loss[0][0] != loss[0][1]);
}

static void a_stage_has_its_own_rate_and_schedule(void **state)
{
    (void)state;
    struct session s;
    session_open(
        &s, "[flatten, {dense: {units: 3}}]", "softmax",
        "{batch_size: 100, optimizer: {type: adam, lr: 0.01}, schedule: {type: step, every: 1, factor: 0.5}, "
        "stages: [{epochs: 2}, {epochs: 2, optimizer: {lr: 0.1, reset: true}}]}");
    const double expected[] = {0.01, 0.005, 0.1, 0.05};
    for (int epoch = 0; epoch < 4; epoch++) {
        train_to(&s, epoch + 1);
        assert_true(fabs(s.trainer.sums.lr - expected[epoch]) < 1e-12);
        assert_int_equal(s.setup.model->optim->t, 18 * (epoch % 2 + 1));
    }
    session_close(&s);
}

static void refuse(const char *train, const char *words)
{
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct mt_experiment e = {0};
    struct mt_setup setup;
    struct mt_setup_options options = {.threads = 1, .training = true};
    struct mt_talker silent = {0};
    struct mt_err err = {0};
    const char *key = NULL;
    char text[1024];
    snprintf(text, sizeof text,
             "data: {train: {format: csv, file: datasets/digits/digits.csv.gz, shape: [8, 8]}, max: 16}\n"
             "model: {backbone: [flatten, {dense: {units: 3}}]}\nhead: softmax\ntrain: %s\n",
             train);
    assert_int_equal(mt_conf_load_text(&conf, "test", ".", text, strlen(text), NULL, 0, &diag), 0);
    if (mt_conf_bind(conf, mt_experiment_fields, &e, &diag) < 0) {
        if (!strstr(diag.text.data, words))
            fail_msg("%s", diag.text.data);
    } else {
        int rc = mt_stages_settle(&e, &key, &err);
        rc = rc < 0 ? rc : mt_setup_open(&setup, &e, &options, &silent, &key, &err);
        assert_int_equal(rc, -1);
        if (!strstr(err.text, words))
            fail_msg("%s", err.text);
    }
    mt_conf_free(conf);
    mt_diag_release(&diag);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    refuse("{batch_size: 8}", "is missing: an integer");
    refuse("{epochs: 4, stages: [{epochs: 1}, {epochs: 2}]}", "the stages have 3 together");
    refuse("{stages: [{epochs: 1, freeze: [conv1]}]}", "no layer has such a name");
    refuse("{stages: [{epochs: 1, freeze: [dense*, head]}]}", "freezes everything");
    refuse("{stages: [{epochs: 1, anneal: {s: [1, 2]}}]}", "its head, softmax, has none");
    refuse("{stages: [{epochs: 1, head: arcface, anneal: {m: 0.2}}]}", "two numbers");
    refuse("{stages: [{epochs: 1, head: cosface, anneal: {m: [0, 3]}}]}", "anneals m through 3");
    refuse("{stages: [{epochs: 1, head: sphereface, anneal: {m: [0, 3]}}]}", "above 0");
    refuse("{stages: [{epochs: 1, head: arcface, anneal: {s: [20000, 3]}}]}", "at most 10000");
    refuse("{stages: [{epochs: 1, batch_size: 5000}]}", "larger than the 1797 training samples");
    refuse("{stages: [{batch_size: 50}]}", "missing required key 'train.stages[0].epochs'");
    refuse("{stages: [{epochs: 1, name: ''}]}", "test:4:");
    refuse("{stages: [{epochs: 1, name: ''}]}", "train.stages[0].name: is empty; give the stage a name");
    refuse("{stages: [{epochs: 1, name: a}, {epochs: 2}, {epochs: 1, name: a}]}",
           "stage 3 is called 'a', and so is stage 1; give each a name of its own");
    refuse("{stages: [{epochs: 1, name: stage2}, {epochs: 2}]}",
           "stage 2 is called 'stage2', and so is stage 1");
    refuse("{stages: [warmup]}", "expected the keys of a stage");
    refuse("{stages: {epochs: 1}}", "expected a list of stages");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_layers_keep_every_bit),
        cmocka_unit_test(frozen_normalization_does_not_follow_the_batch),
        cmocka_unit_test(a_head_of_another_type_has_weights_of_its_own),
        cmocka_unit_test(annealing_moves_from_one_end_to_the_other),
        cmocka_unit_test(a_stage_has_its_own_rate_and_schedule),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of the training loop itself, without files: what a step that fails leaves behind. */
#include "tests/temp.h"

#include <math.h>

#include "lib/core/file.h"
#include "lib/train/trace.h"
#include "tests/session.h"

static bool same_tensors(const struct mt_tensors *ts, const float *copy)
{
    for (int i = 0; i < ts->n; copy += ts->list[i++]->count)
        if (memcmp(copy, ts->list[i]->data, ts->list[i]->count * sizeof *copy))
            return false;
    return true;
}

static const struct {
    const char *layers, *head;
} models[] = {
    {"[flatten, {dense: {units: 8}}, batch_norm, relu, {dense: {units: 3}}]", "softmax"},
    {"[flatten, {dense: {units: 8, activation: relu}}, {dense: {units: 3}}]", "center"},
    {"[flatten, {dense: {units: 8, activation: relu}}, {dense: {units: 3}}]", "curricularface"},
};

static void a_bad_step_leaves_every_tensor(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct session s;
        struct mt_err err;
        session_open(&s, models[i].layers, models[i].head, "{epochs: 1, optimizer: sgd}");
        const struct mt_tensors *ts = &s.setup.model->tensors;
        assert_true(mt_tensors_count(ts, false) > mt_tensors_count(ts, true));
        float *before = copy_tensors(ts);
        assert_int_equal(mt_trainer_step(&s.trainer, &err), 0);
        assert_false(same_tensors(ts, before));
        free(before);

        ts->list[0]->data[0] = NAN;
        before = copy_tensors(ts);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(mt_trainer_step(&s.trainer, &err), -1);
            assert_int_equal(err.kind, MT_ERR_DIVERGED);
            assert_true(same_tensors(ts, before));
        }
        assert_true(s.trainer.step == 1 && s.trainer.batch == 1 && s.trainer.sums.head.n == 32);
        free(before);
        session_close(&s);
    }
}

static void fill(const struct mt_tensors *ts, const char *name, float value)
{
    const struct mt_tensor *t = mt_tensors_find(ts, name);
    assert_non_null(t);
    for (size_t i = 0; i < t->count; i++)
        t->data[i] = value;
}

/* Outputs and loss are finite, gradients are not: no layer is to blame, though the backward pass has written
 * over some of the outputs by then. */
static void the_message_names_what_is_not_finite(void **state)
{
    (void)state;
    struct session s;
    struct mt_err err;
    session_open(&s,
                 "[flatten, {dense: {units: 64, activation: relu}}, {dense: {units: 64, activation: relu}}, "
                 "{dense: {units: 64, activation: relu}}, {dense: {units: 3}}]",
                 "softmax", "{epochs: 1, optimizer: sgd}");
    const struct mt_tensors *ts = &s.setup.model->tensors;
    fill(ts, "dense3/kernel", 1e-30F);
    fill(ts, "dense4/kernel", 1e30F);
    for (int i = 0; i < 3; i++)
        mt_tensors_find(ts, "head/weight")->data[i] = 1e30F;
    assert_int_equal(mt_trainer_step(&s.trainer, &err), -1);
    assert_non_null(strstr(err.text, "the gradient is not finite in epoch 1, batch 1 of 57 (loss "));

    mt_tensors_find(ts, "dense2/bias")->data[0] = INFINITY;
    assert_int_equal(mt_trainer_step(&s.trainer, &err), -1);
    assert_non_null(strstr(err.text, "the output of layer 'dense2' is not finite"));
    session_close(&s);
}

/* A statistic may overflow while the loss stays finite: training on it must not end as a success. */
static void an_overflowed_statistic_is_found(void **state)
{
    (void)state;
    struct session s;
    struct mt_err err;
    session_open(&s, "[flatten, {dense: {units: 3}}, batch_norm]", "softmax", "{epochs: 1}");
    assert_int_equal(mt_trainer_step(&s.trainer, &err), 0);
    assert_int_equal(mt_trainer_check_tensors(&s.trainer, &err), 0);
    mt_tensors_find(&s.setup.model->tensors, "bn1/moving_variance")->data[2] = INFINITY;
    assert_int_equal(mt_trainer_check_tensors(&s.trainer, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DIVERGED);
    assert_non_null(strstr(err.text, "'bn1/moving_variance' is not finite after epoch 1"));
    session_close(&s);
}

/* Adam's squares overflow from gradients of 2e19 on, and then nothing moves any more. */
static void an_overflowed_moment_is_found(void **state)
{
    (void)state;
    struct session s;
    struct mt_err err;
    session_open(&s, "[flatten, {dense: {units: 3}}]", "softmax", "{epochs: 1}");
    assert_int_equal(mt_trainer_step(&s.trainer, &err), 0);
    assert_int_equal(mt_trainer_check_tensors(&s.trainer, &err), 0);
    s.setup.model->optim->moment[1][0][7] = INFINITY;
    assert_int_equal(mt_trainer_check_tensors(&s.trainer, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DIVERGED);
    assert_non_null(strstr(err.text, "what the optimizer remembers of 'dense1/kernel' is not finite"));
    session_close(&s);
}

/* Training samples may be spared what the others show. */
static void a_validation_loss_that_overflows_is_found(void **state)
{
    (void)state;
    struct mt_err err;
    const struct mt_trainer t = {.epoch = 3, .last_loss = 1e46};
    const struct mt_head_stats good = {.n = 2, .loss = 1e300}, none = {0},
                               bad[] = {{.n = 2, .loss = NAN}, {.n = 2, .score_loss = INFINITY}};
    assert_int_equal(mt_trainer_check_validation(&t, &good, &err), 0);
    assert_int_equal(mt_trainer_check_validation(&t, &none, &err), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mt_trainer_check_validation(&t, &bad[i], &err), -1);
        assert_int_equal(err.kind, MT_ERR_DIVERGED);
        assert_non_null(strstr(err.text, "the validation loss is not finite after epoch 4"));
    }
}

static void trace_steps(const char *path, int64_t after, int64_t until)
{
    struct mt_trace trace;
    struct mt_trainer t = {.last_loss = 0.5, .last_norm = 2};
    struct mt_err err;
    assert_int_equal(mt_trace_open(&trace, path, after, &err), 0);
    for (t.step = after + 1; t.step <= until; t.step++)
        assert_int_equal(mt_trace_step(&trace, &t, &err), 0);
    assert_int_equal(mt_trace_close(&trace, &err), 0);
}

/* A process that was killed has written steps that the one that goes on does again. */
static void a_trace_has_each_step_once(void **state)
{
    (void)state;
    const char *path = temp_path("trace.csv");
    struct mt_err err;
    char *straight, *resumed;
    size_t len;
    trace_steps(path, 0, 12);
    assert_int_equal(mt_file_read(path, 4096, &straight, &len, &err), 0);
    for (int64_t last = 0; last <= 12; last++) {
        trace_steps(path, last, 12);
        assert_int_equal(mt_file_read(path, 4096, &resumed, &len, &err), 0);
        assert_string_equal(resumed, straight);
        free(resumed);
    }
    assert_int_equal(unlink(path), 0);
    trace_steps(path, 11, 12); /* asked for only now: the header, and what is left */
    assert_int_equal(mt_file_read(path, 4096, &resumed, &len, &err), 0);
    assert_string_equal(resumed, "step,epoch,batch,loss,grad_norm,lr\n12,1,0,0.5,2,0\n");
    free(resumed);
    free(straight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_step_leaves_every_tensor),
        cmocka_unit_test(the_message_names_what_is_not_finite),
        cmocka_unit_test(an_overflowed_statistic_is_found),
        cmocka_unit_test(an_overflowed_moment_is_found),
        cmocka_unit_test(a_validation_loss_that_overflows_is_found),
        cmocka_unit_test(a_trace_has_each_step_once),
    };
    return cmocka_run_group_tests_name("trainer", tests, temp_setup, temp_teardown);
}

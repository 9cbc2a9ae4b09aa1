/* Tests of lib/train/checkpoint and resume: training goes on with the same bytes, and a damaged file is never
 * loaded. */
#include "tests/checkpoint_model.h"
#include "tests/temp.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/core/rng.h"

static int save_to(const struct model *m, const char *path)
{
    struct mt_err err;
    return mt_checkpoint_save(path, &m->tensors, m->optim, &m->resume, &err);
}

static void same_files(const char *a, const char *b)
{
    char hex[2][MT_SHA256_HEX];
    uint64_t size;
    struct mt_err err;
    assert_int_equal(mt_file_sha256(a, hex[0], &size, &err), 0);
    assert_int_equal(mt_file_sha256(b, hex[1], &size, &err), 0);
    assert_string_equal(hex[0], hex[1]);
}

static void interrupted_is_uninterrupted(void **state)
{
    (void)state;
    struct model a, b;
    struct mt_err err;
    model_init(&a, specs, 4);
    model_init(&b, specs, 4);
    strcpy(a.resume.run_id, "0123abcd");
    strcpy(a.resume.kernels, "avx2");
    train(&a, 7);
    mt_buf_puts(&a.resume.history, "1,first\n2,second\n");
    assert_int_equal(save_to(&a, temp_path("seven")), 0);
    assert_int_equal(mt_checkpoint_load(temp_path("seven"), &b.tensors, b.optim, &b.resume, &err), 0);
    assert_string_equal(b.resume.history.data, "1,first\n2,second\n");
    assert_string_equal(b.resume.run_id, "0123abcd");
    train(&a, 5);
    train(&b, 5);
    assert_same_tensors(&a, &b);
    assert_int_equal(b.optim->t, 12);
    assert_int_equal(save_to(&a, temp_path("a")), 0);
    assert_int_equal(save_to(&b, temp_path("b")), 0);
    same_files(temp_path("a"), temp_path("b"));
    model_release(&a);
    model_release(&b);
}

/* Every field of the struct, with values that text would round. */
static void state_survives(void **state)
{
    (void)state;
    struct model m;
    struct mt_err err;
    model_init(&m, specs, 4);
    struct mt_resume r = {
        .run_id = "ab",
        .numerics = "1",
        .kernels = "avx512",
        .openblas = "0.3.21 \"x\"",
        .mixed = true,
        .epoch = 3,
        .step = 5000000000,
        .optim_t = 9,
        .epoch_step = 17,
        .sums = {640, 0.1, 1.0 / 3, -2e-300, 600, 640, 1},
        .grad_norm_sum = INFINITY,
        .lr = -0.0,
        .schedule = {NAN, 0.1, 2, true},
        .stop = {-0.7, 2, 1, true},
        .collapse = {4, 12, "the loss, \"0.1\", is 99 % below"},
    };
    m.optim->t = 9;
    assert_int_equal(mt_checkpoint_save(temp_path("state"), &m.tensors, m.optim, &r, &err), 0);
    assert_int_equal(mt_checkpoint_load(temp_path("state"), &m.tensors, m.optim, &m.resume, &err), 0);
    const struct mt_resume *g = &m.resume;
    assert_string_equal(g->run_id, r.run_id);
    assert_string_equal(g->numerics, r.numerics);
    assert_string_equal(g->kernels, r.kernels);
    assert_string_equal(g->openblas, r.openblas);
    assert_true(g->mixed && g->epoch == 3 && g->step == 5000000000 && g->optim_t == 9 && g->epoch_step == 17);
    assert_true(g->sums.n == 640 && g->sums.loss == 0.1 && g->sums.score_loss == 1.0 / 3);
    assert_true(g->sums.target_cos == -2e-300 && g->sums.correct == 600 && g->sums.leak_correct == 640 &&
                g->sums.zero == 1);
    assert_true(isinf(g->grad_norm_sum) && g->lr == 0 && signbit(g->lr));
    assert_true(isnan(g->schedule.best) && g->schedule.factor == 0.1 && g->schedule.wait == 2 &&
                g->schedule.any);
    assert_true(g->stop.best == -0.7 && g->stop.best_epoch == 2 && g->stop.wait == 1 && g->stop.any);
    assert_true(g->collapse.looks == 4 && g->collapse.leaks == 12);
    assert_string_equal(g->collapse.reason, r.collapse.reason);
    assert_int_equal(g->history.len, 0);
    model_release(&m);
}

static void best_has_weights_only(void **state)
{
    (void)state;
    struct model a, b;
    struct mt_err err;
    model_init(&a, specs, 4);
    model_init(&b, specs, 4);
    train(&a, 3);
    a.resume.epoch = 2;
    assert_int_equal(mt_checkpoint_save(temp_path("best"), &a.tensors, NULL, &a.resume, &err), 0);
    assert_int_equal(mt_checkpoint_load(temp_path("best"), &b.tensors, NULL, &b.resume, &err), 0);
    assert_same_tensors(&a, &b);
    assert_true(b.resume.epoch == 2 && b.resume.step == 3);
    assert_int_equal(mt_checkpoint_load(temp_path("best"), &b.tensors, b.optim, NULL, &err), -1);
    assert_int_equal(save_to(&a, temp_path("full")), 0);
    assert_int_equal(mt_checkpoint_load(temp_path("full"), &b.tensors, NULL, NULL, &err), 0);
    model_release(&a);
    model_release(&b);
}

static void other_models_are_refused(void **state)
{
    (void)state;
    struct model a, b;
    struct mt_err err;
    struct mt_tensor_spec other[5];
    model_init(&a, specs, 4);
    train(&a, 1);
    assert_int_equal(save_to(&a, temp_path("file")), 0);
    for (int c = 0; c < 3; c++) {
        memcpy(other, specs, sizeof specs);
        other[4] = (struct mt_tensor_spec){.layer = "extra", .what = "w", .ndim = 1, .dim = {1}};
        if (c == 0)
            other[3].dim[0] = 5;
        model_init(&b, other, c == 1 ? 5 : c == 2 ? 3 : 4);
        assert_int_equal(mt_checkpoint_load(temp_path("file"), &b.tensors, b.optim, &b.resume, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_non_null(strstr(err.text, c == 1 ? "extra/w" : "head/weight"));
        assert_true(b.tensors.list[0]->data[0] == 0);
        model_release(&b);
    }
    model_release(&a);
}

static void damage_falls_back(void **state)
{
    (void)state;
    struct model a, b;
    struct mt_err err;
    struct mt_buf note = {0};
    char dir[256];
    snprintf(dir, sizeof dir, "%s", temp_path("checkpoints"));
    assert_int_equal(mt_file_mkdirs(dir, &err), 0);
    model_init(&a, specs, 4);
    model_init(&b, specs, 4);
    assert_int_equal(mt_checkpoint_load_last(dir, &b.tensors, b.optim, &b.resume, &note, &err), 0);
    for (int i = 0; i < 3; i++) {
        train(&a, 1);
        assert_int_equal(mt_checkpoint_save_last(dir, &a.tensors, a.optim, &a.resume, &err), 0);
    }
    assert_int_equal(mt_checkpoint_load_last(dir, &b.tensors, b.optim, &b.resume, &note, &err), 1);
    assert_int_equal(b.resume.step, 3);
    assert_int_equal(note.len, 0);
    assert_same_tensors(&a, &b);

    flip_byte(temp_path("checkpoints/" MT_CHECKPOINT_LAST), -1);
    assert_int_equal(mt_checkpoint_load_last(dir, &b.tensors, b.optim, &b.resume, &note, &err), 1);
    assert_int_equal(b.resume.step, 2);
    assert_non_null(strstr(note.data, "checksum"));
    assert_int_equal(mt_checkpoint_set_aside(dir, &err), 0);
    assert_int_equal(mt_checkpoint_set_aside(dir, &err), 0); /* there is none any more */
    assert_true(mt_file_exists(temp_path("checkpoints/" MT_CHECKPOINT_BAD)));
    assert_int_equal(mt_checkpoint_load_last(dir, &b.tensors, b.optim, &b.resume, &note, &err), 1);
    train(&b, 1);
    assert_int_equal(mt_checkpoint_save_last(dir, &b.tensors, b.optim, &b.resume, &err), 0);
    assert_int_equal(
        mt_checkpoint_load(temp_path("checkpoints/" MT_CHECKPOINT_PREV), &a.tensors, a.optim, NULL, &err), 0);

    flip_byte(temp_path("checkpoints/" MT_CHECKPOINT_LAST), 20);
    flip_byte(temp_path("checkpoints/" MT_CHECKPOINT_PREV), 20);
    assert_int_equal(mt_checkpoint_load_last(dir, &b.tensors, b.optim, &b.resume, &note, &err), -1);
    assert_non_null(strstr(err.text, MT_CHECKPOINT_LAST));
    assert_non_null(strstr(err.text, MT_CHECKPOINT_PREV));
    assert_non_null(strstr(err.text, "--force"));
    mt_buf_release(&note);
    model_release(&a);
    model_release(&b);
}

/* Killed at any moment of saving, what is loaded is whole, and not older than what was loaded before. */
static void killed_while_saving(void **state)
{
    (void)state;
    struct model m;
    struct mt_err err;
    struct mt_buf note = {0};
    struct mt_rng rng;
    char dir[256];
    int64_t seen = 0;
    snprintf(dir, sizeof dir, "%s", temp_path("killed"));
    assert_int_equal(mt_file_mkdirs(dir, &err), 0);
    model_init(&m, specs, 4);
    mt_rng_init(&rng, 3, MT_STREAM_TEST, 0, 0);
    assert_int_equal(mt_checkpoint_save_last(dir, &m.tensors, m.optim, &m.resume, &err), 0);
    for (int round = 0; round < 25; round++) {
        pid_t child = fork();
        while (child == 0) {
            m.resume.step++;
            mt_checkpoint_save_last(dir, &m.tensors, m.optim, &m.resume, &err);
        }
        assert_true(child > 0);
        nanosleep(&(struct timespec){.tv_nsec = mt_rng_below(&rng, 8000000)}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        if (mt_checkpoint_load_last(dir, &m.tensors, m.optim, &m.resume, &note, &err) != 1)
            fail_msg("%s", err.text);
        assert_true(m.resume.step >= seen);
        seen = m.resume.step;
    }
    mt_buf_release(&note);
    model_release(&m);
}

static void starts_from_what_fits(void **state)
{
    (void)state;
    struct model a, b;
    struct mt_err err;
    struct mt_buf report = {0};
    struct mt_tensor_spec other[4];
    memcpy(other, specs, sizeof specs);
    other[3].dim[0] = 7;      /* more classes */
    other[1].what = "offset"; /* not in the file */
    model_init(&a, specs, 4);
    model_init(&b, other, 4);
    train(&a, 4);
    assert_int_equal(mt_file_mkdirs(temp_path("run/checkpoints"), &err), 0);
    assert_int_equal(mt_checkpoint_init_from(temp_path("run"), &b.tensors, &report, &err), -1);
    assert_int_equal(save_to(&a, temp_path("run/checkpoints/" MT_CHECKPOINT_LAST)), 0);
    assert_int_equal(mt_checkpoint_init_from(temp_path("run"), &b.tensors, &report, &err), 0);
    assert_non_null(strstr(report.data, "2 of 4 tensors"));
    assert_non_null(strstr(report.data, "conv1/offset: not in the file"));
    assert_non_null(strstr(report.data, "head/weight: 4x3 in the file, 7x3 here"));
    assert_non_null(strstr(report.data, "conv1/bias: only in the file"));
    assert_null(strstr(report.data, "optim/"));
    for (int i = 0; i < 4; i += 2)
        assert_memory_equal(a.tensors.list[i]->data, b.tensors.list[i]->data,
                            a.tensors.list[i]->count * sizeof(float));
    assert_true(b.tensors.list[3]->data[0] == 0);

    train(&a, 1); /* best goes before last */
    assert_int_equal(mt_checkpoint_save(temp_path("run/checkpoints/" MT_CHECKPOINT_BEST), &a.tensors, NULL,
                                        &a.resume, &err),
                     0);
    assert_int_equal(mt_checkpoint_init_from(temp_path("run"), &b.tensors, &report, &err), 0);
    assert_memory_equal(a.tensors.list[0]->data, b.tensors.list[0]->data,
                        a.tensors.list[0]->count * sizeof(float));
    flip_byte(temp_path("run/checkpoints/" MT_CHECKPOINT_BEST), 300);
    assert_int_equal(mt_checkpoint_init_from(temp_path("run"), &b.tensors, &report, &err), -1);

    float one[2] = {1, 2}; /* another program's file with nothing that fits */
    struct mt_array array = {.name = "bias", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = one};
    assert_int_equal(mt_safetensors_write(temp_path("other"), NULL, &array, 1, NULL, 0, &err), 0);
    assert_int_equal(mt_checkpoint_init_from(temp_path("other"), &b.tensors, &report, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_int_equal(mt_checkpoint_init_from(temp_path("missing"), &b.tensors, &report, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    mt_buf_release(&report);
    model_release(&a);
    model_release(&b);
}

/* Files with a good checksum that lack something, or have it wrong. */
static void incomplete_is_refused(void **state)
{
    (void)state;
    struct model m;
    struct mt_err err;
    struct mt_tensor_spec one = {.layer = "a", .what = "w", .ndim = 1, .dim = {2}, .trainable = true};
    float w[2] = {1, 2};
    struct mt_array arrays[] = {
        {.name = "a/w", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = w},
        {.name = "optim/m/a/w", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = w},
        {.name = "optim/v/a/w", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = w},
        {.name = "resume/history", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = w},
    };
    struct mt_note note[MT_RESUME_NOTES];
    size_t n = 0;
    model_init(&m, &one, 1);
    assert_int_equal(mt_resume_print(&m.resume, true, note, &n, &err), 0);
    struct {
        size_t arrays, notes;
        const char *missing;
    } c[] = {{2, n, "optim/v/a/w"},
             {3, n, "resume/history"},
             {4, n, "resume/history"},
             {4, n - 1, "collapse.reason"},
             {4, 0, "run_id"}};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(
            mt_safetensors_write(temp_path("part"), NULL, arrays, c[i].arrays, note, c[i].notes, &err), 0);
        assert_int_equal(mt_checkpoint_load(temp_path("part"), &m.tensors, m.optim, &m.resume, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_non_null(strstr(err.text, c[i].missing));
        assert_int_equal(mt_checkpoint_load(temp_path("part"), &m.tensors, NULL, NULL, &err), 0);
    }
    for (size_t i = 0; i < n; i++) {
        char *good = note[i].value, longest[MT_COLLAPSE_TEXT + 1];
        memset(longest, 'x', sizeof longest - 1);
        longest[sizeof longest - 1] = 0;
        note[i].value = longest;
        assert_int_equal(mt_safetensors_write(temp_path("part"), NULL, arrays, 4, note, n, &err), 0);
        assert_int_equal(mt_checkpoint_load(temp_path("part"), &m.tensors, m.optim, &m.resume, &err), -1);
        assert_non_null(strstr(err.text, note[i].key));
        note[i].value = good;
    }
    for (size_t i = 0; i < n; i++)
        free(note[i].value);
    model_release(&m);
}

static void another_machine_is_refused(void **state)
{
    (void)state;
    struct mt_resume a = {.numerics = "1", .kernels = "avx2", .openblas = "Haswell"}, b = a;
    struct mt_err err;
    assert_int_equal(mt_resume_match(&a, &b, &err), 0);
    strcpy(b.kernels, "avx512");
    assert_int_equal(mt_resume_match(&a, &b, &err), -1);
    assert_int_equal(err.kind, MT_ERR_USAGE);
    assert_non_null(strstr(err.text, "avx512"));
    strcpy(a.kernels, "avx512, bf16 split"); /* the same instructions, another order of sums */
    strcpy(b.kernels, "avx512, bf16 paired");
    assert_int_equal(mt_resume_match(&a, &b, &err), -1);
    strcpy(b.kernels, "avx512"); /* and none of bf16 */
    assert_int_equal(mt_resume_match(&a, &b, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupted_is_uninterrupted),
        cmocka_unit_test(state_survives),
        cmocka_unit_test(best_has_weights_only),
        cmocka_unit_test(other_models_are_refused),
        cmocka_unit_test(damage_falls_back),
        cmocka_unit_test(starts_from_what_fits),
        cmocka_unit_test(killed_while_saving),
        cmocka_unit_test(incomplete_is_refused),
        cmocka_unit_test(another_machine_is_refused),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, temp_setup, temp_teardown);
}

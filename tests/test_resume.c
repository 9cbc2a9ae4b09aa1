/* A run that is stopped after any of its steps, and gone on with, leaves the same files as one that is not.
 */
#include "tests/temp.h"

#include <signal.h>

#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "lib/train/checkpoint.h"
#include "lib/train/layout.h"
#include "lib/train/run.h"
#include "lib/train/stages.h"

#define DATA                                                                                                 \
    "name: resume\n"                                                                                         \
    "data: {train: {format: csv, file: tests/golden/tiny.csv, shape: [6, 6]}, max: 16, "                     \
    "validation: {from: train, fraction: 0.2}, test: {from: train, fraction: 0.2}, "                         \
    "augment: [{rotate: {degrees: 10}}, {random_crop: {padding: 1}}]}\n"
/* The same on planes that are large enough for Winograd's tiles. */
#define DIGITS                                                                                               \
    "name: resume\n"                                                                                         \
    "data: {train: {format: csv, file: datasets/digits/digits.csv.gz, shape: [8, 8]}, max: 16, "             \
    "validation: {from: train, fraction: 0.4}, test: {from: train, fraction: 0.4}, "                         \
    "augment: [{rotate: {degrees: 10}}]}\n"
#define BACKBONE                                                                                             \
    "model: {backbone: [{conv2d: {filters: 16, kernel: 3, padding: same, activation: relu}}, "               \
    "{conv2d: {filters: 16, kernel: 3, padding: same, activation: relu}}, {max_pool: 2}, batch_norm, "       \
    "flatten, {dropout: {rate: 0.2}}, {dense: {units: 2}}]}\n"

static const struct {
    const char *name, *text;
} experiments[] = {
    {"stages, momentum, plateau, early stop",
     DATA BACKBONE "head: {type: curricularface, s: 8, m: 0.2}\n"
                   "train: {batch_size: 12, optimizer: {type: sgd, lr: 0.05, momentum: 0.9, nesterov: true}, "
                   "schedule: {type: plateau, patience: 1}, early_stop: {patience: 1, min_delta: 0.05, "
                   "restore_best: true}, "
                   "stages: [{name: warmup, head: {type: softmax}, epochs: 1, batch_size: 9}, "
                   "{name: margin, epochs: 4, anneal: {m: [0, 0.2]}}]}\n"
                   "output: {embeddings: [train, validation, test]}\n"},
    {"winograd, adam, cosine",
     DIGITS BACKBONE "head: {type: arcface, s: 8, m: 0.2}\n"
                     "train: {conv: winograd, epochs: 2, batch_size: 60, optimizer: {type: adam, lr: 0.01}, "
                     "schedule: {type: cosine, warmup_epochs: 1}}\neval: {checkpoint: best}\n"},
    {"bf16, adamw",
     DATA BACKBONE "head: {type: sphereface, m: 2}\n"
                   "train: {precision: bf16, epochs: 2, batch_size: 12, optimizer: {type: adamw, lr: 0.01}, "
                   "drop_last: true}\n"},
};

struct session {
    struct mt_conf *conf;
    struct mt_experiment e;
};

static void session_open(struct session *s, const char *text)
{
    struct mt_diag diag = {0};
    struct mt_err err;
    const char *key;
    memset(s, 0, sizeof *s);
    if (mt_conf_load_text(&s->conf, "test", ".", text, strlen(text), NULL, 0, &diag) < 0 ||
        mt_conf_bind(s->conf, mt_experiment_fields, &s->e, &diag) < 0)
        fail_msg("%s", diag.text.data);
    if (mt_stages_settle(&s->e, &key, &err) < 0)
        fail_msg("%s", err.text);
    mt_diag_release(&diag);
}

/* Counts steps, and asks for an end after some of them. */
struct stopper {
    volatile sig_atomic_t stop;
    int64_t steps, after;
};

static void listen(void *arg, const struct mt_talk *talk)
{
    struct stopper *s = arg;
    if (talk->kind == MT_TALK_STEP && ++s->steps == s->after)
        s->stop = 1;
}

/* Returns how the run ended; *dir is the run folder, for free(). after < 0: it is not stopped; 0: before its
 * first step. */
static enum mt_run_end train(const struct session *s, const char *where, int64_t after, int threads,
                             int64_t *steps, char **dir)
{
    struct stopper stopper = {.stop = after == 0, .after = after};
    struct mt_run_options options = {.setup = {.threads = threads, .training = true},
                                     .dir = where,
                                     .stop = &stopper.stop,
                                     .talker = {listen, &stopper}};
    struct mt_run_result result;
    struct mt_err err;
    const char *key;
    if (mt_run(&s->e, &options, &result, &key, &err) < 0)
        fail_msg("%s", err.text);
    *dir = result.dir;
    *steps = stopper.steps;
    return result.end;
}

static void assert_same_file(const char *a, const char *b, const char *name, int64_t step)
{
    char *path[2] = {mt_path_join(a, name), mt_path_join(b, name)}, *data[2];
    size_t len[2];
    struct mt_err err;
    for (int i = 0; i < 2; i++)
        if (mt_file_read(path[i], 1 << 24, &data[i], &len[i], &err) < 0)
            fail_msg("%s", err.text);
    if (len[0] != len[1] || memcmp(data[0], data[1], len[0]))
        fail_msg("%s differs after a stop at step %lld", name, (long long)step);
    for (int i = 0; i < 2; i++) {
        free(path[i]);
        free(data[i]);
    }
}

/* Every file but those that hold times, and the manifest. */
static void assert_same_runs(const char *a, const char *b, int64_t step)
{
    struct mt_layout one, two;
    struct mt_err err;
    assert_int_equal(mt_layout_list(&one, a, &err), 0);
    assert_int_equal(mt_layout_list(&two, b, &err), 0);
    assert_int_equal(one.n, two.n);
    assert_true(one.n > 15);
    for (size_t i = 0; i < one.n; i++) {
        assert_string_equal(one.file[i].name, two.file[i].name);
        if (one.file[i].kind == MT_FILE_SAME)
            assert_same_file(a, b, one.file[i].name, step);
    }
    assert_same_file(a, b, MT_MANIFEST_FILE, step);
    mt_layout_release(&one);
    mt_layout_release(&two);
}

static void remove_run(const char *dir)
{
    assert_int_equal(nftw(dir, temp_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void any_step(void **state)
{
    (void)state;
    for (size_t x = 0; x < sizeof experiments / sizeof *experiments; x++) {
        struct session s;
        int64_t steps, first, rest;
        char *whole, *parts, *again, where[2][256];
        session_open(&s, experiments[x].text);
        snprintf(where[0], 256, "%s", temp_path("whole"));
        snprintf(where[1], 256, "%s", temp_path("parts"));
        assert_int_equal(train(&s, where[0], -1, 1, &steps, &whole), MT_RUN_END_COMPLETE);
        assert_true(steps >= 6);
        for (int64_t k = 0; k <= steps; k++) {
            int end = train(&s, where[1], k, 1 + (int)(k % 2), &first, &parts);
            /* A stop that is asked for in the last step comes when there is nothing to stop any more. */
            assert_int_equal(end, k < steps ? MT_RUN_END_INTERRUPTED : MT_RUN_END_COMPLETE);
            assert_int_equal(first, k);
            end = train(&s, where[1], -1, 2 - (int)(k % 2), &rest, &again);
            assert_int_equal(end, k < steps ? MT_RUN_END_COMPLETE : MT_RUN_END_ALREADY);
            assert_int_equal(first + rest, steps);
            assert_same_runs(whole, parts, k);
            remove_run(parts);
            free(parts);
            free(again);
        }
        print_message("%s: %lld steps\n", experiments[x].name, (long long)steps);
        remove_run(whole);
        free(whole);
        mt_conf_free(s.conf);
    }
}

/* Stopped after each step: a process for every step. */
static void every_step(void **state)
{
    (void)state;
    struct session s;
    int64_t steps, done;
    char *whole, *parts = NULL, where[2][256];
    session_open(&s, experiments[0].text);
    snprintf(where[0], 256, "%s", temp_path("whole"));
    snprintf(where[1], 256, "%s", temp_path("parts"));
    train(&s, where[0], -1, 2, &steps, &whole);
    int64_t starts = 0;
    enum mt_run_end end;
    do {
        free(parts);
        end = train(&s, where[1], 1, 1, &done, &parts);
        assert_true(done == 1);
        starts++;
    } while (end == MT_RUN_END_INTERRUPTED);
    assert_int_equal(starts, steps);
    assert_same_runs(whole, parts, -1);
    free(whole);
    free(parts);
    mt_conf_free(s.conf);
}

/* Writes a checkpoint again with one note changed, so that its checksum is good. */
static void forge(const char *path, const char *key, const char *value)
{
    struct mt_safetensors st;
    struct mt_err err;
    struct mt_array array[64];
    struct mt_note note[64];
    size_t n = 0;
    assert_int_equal(mt_safetensors_open(&st, path, true, &err), 0);
    assert_true(st.n_arrays <= 64 && st.n_notes <= 64);
    for (size_t i = 0; i < st.n_arrays; i++) {
        void *data = malloc(st.array[i].end - st.array[i].begin + 1);
        assert_int_equal(mt_safetensors_read(&st, &st.array[i], data, &err), 0);
        array[i] = st.array[i];
        array[i].data = data;
    }
    for (size_t i = 0; i < st.n_notes; i++)
        if (strncmp(st.note[i].key, "metric_train_", 13)) {
            note[n] = st.note[i];
            if (!strcmp(note[n].key, key))
                note[n].value = (char *)value;
            n++;
        }
    assert_int_equal(mt_safetensors_write(path, NULL, array, st.n_arrays, note, n, &err), 0);
    for (size_t i = 0; i < st.n_arrays; i++)
        free((void *)array[i].data);
    mt_safetensors_close(&st);
}

/* A checkpoint with a good checksum that says where the run never is. */
static void places_that_are_not(void **state)
{
    (void)state;
    static const char *const forged[][2] = {
        {"epoch", "-1"},
        {"epoch", "9999"},
        {"epoch", "9223372036854775807"},
        {"epoch_step", "-1"},
        {"epoch_step", "99999"},
        {"epoch_step", "1"},
        {"step", "-5"},
        {"step", "1000000"},
        {"stop.best_epoch", "-1"},
        {"stop.best_epoch", "77"},
        {"run_id", "0123"},
    };
    struct session s;
    int64_t steps;
    char *dir, where[256];
    session_open(&s, experiments[0].text);
    snprintf(where, sizeof where, "%s", temp_path("forged"));
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct mt_run_options options = {.setup = {.threads = 1, .training = true},
                                         .dir = where,
                                         .talker = {listen, &(struct stopper){.after = -1}}};
        struct mt_run_result result;
        struct mt_err err;
        const char *key;
        assert_int_equal(train(&s, where, 2, 1, &steps, &dir), MT_RUN_END_INTERRUPTED);
        char *last = mt_path_join(dir, "checkpoints/" MT_CHECKPOINT_LAST);
        forge(last, forged[i][0], forged[i][1]);
        assert_int_equal(mt_run(&s.e, &options, &result, &key, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_non_null(strstr(err.text, strcmp(forged[i][0], "run_id")
                                             ? "where this run never is; start over with --force"
                                             : "is a checkpoint of another run"));
        remove_run(dir);
        free(result.dir);
        free(last);
        free(dir);
    }
    mt_conf_free(s.conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_step), cmocka_unit_test(every_step),
                                       cmocka_unit_test(places_that_are_not)};
    return cmocka_run_group_tests_name("resume", tests, temp_setup, temp_teardown);
}

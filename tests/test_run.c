/* Tests of the run folder: its name, its lock, what is written to it and what is left alone. */
#include "tests/temp.h"

#include <math.h>

#include "lib/train/history.h"
#include "lib/train/layout.h"
#include "lib/train/manifest.h"
#include "lib/train/rundir.h"

#define ID "3f9c1a2b00112233445566778899aabbccddeeff00112233445566778899aabb"

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static char *get(const char *path)
{
    char *text;
    size_t len;
    struct mt_err err;
    assert_int_equal(mt_file_read(path, 1 << 20, &text, &len, &err), 0);
    return text;
}

static struct mt_rundir *open_run(const char *name)
{
    struct mt_rundir *rd;
    struct mt_err err;
    if (mt_rundir_open(&rd, temp_dir, name, ID, &err) < 0)
        fail_msg("%s", err.text);
    return rd;
}

static void names_are_safe(void **state)
{
    (void)state;
    static const char *const name[][2] = {
        {"mnist-arcface-3d", "mnist-arcface-3d-3f9c1a2b"},
        {"a b/c\nd;$(e)", "a-b-c-d---e--3f9c1a2b"},
        {"", "run-3f9c1a2b"},
        {"../x", "_.-x-3f9c1a2b"},
        {"-rf", "_rf-3f9c1a2b"},
        {"=1+1", "_1-1-3f9c1a2b"},
        {"s=30,m=.5", "s=30-m=.5-3f9c1a2b"},
        {"\xc3\xa4", "_--3f9c1a2b"},
    };
    char out[MT_RUNDIR_NAME], longest[300];
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        mt_rundir_name(out, name[i][0], ID);
        assert_string_equal(out, name[i][1]);
    }
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    mt_rundir_name(out, longest, ID);
    assert_int_equal(strlen(out), 100);
    assert_string_equal(out + 91, "-3f9c1a2b");
}

static void one_writer_at_a_time(void **state)
{
    (void)state;
    struct mt_rundir *a = open_run("lock"), *b;
    struct mt_err err;
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld on ", (long)getpid());
    assert_int_equal(mt_rundir_open(&b, temp_dir, "lock", ID, &err), -1);
    assert_null(b);
    assert_int_equal(err.kind, MT_ERR_BUSY);
    assert_non_null(strstr(err.text, pid));
    assert_non_null(strstr(err.text, "lock-3f9c1a2b"));
    mt_rundir_close(a);
    a = open_run("lock");
    assert_string_equal(a->run_id, ID);
    mt_rundir_close(a);

    assert_int_equal(mt_rundir_open_path(&b, temp_path("lock-3f9c1a2b"), &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    put(temp_path("lock-3f9c1a2b/status.json"), "{}");
    assert_int_equal(mt_rundir_open_path(&b, temp_path("lock-3f9c1a2b"), &err), 0);
    mt_rundir_close(b);
    mt_rundir_close(NULL);
}

static void only_its_own_files(void **state)
{
    (void)state;
    static const char *const foreign[] = {"own/notes.txt", "own/notes.tmp.1", "own/notes.txt.tmp.77",
                                          "own/mine/x.tmp.1"};
    static const char *const stale[] = {"own/metrics.csv.tmp.77",
                                        "own/checkpoints/last.safetensors.tmp.4711"};
    static const char *const ours[] = {"own/metrics.csv", "own/eval/test/metrics.json",
                                       "own/checkpoints/best.safetensors", "own/checkpoints/last.tmp.x",
                                       "own/status.json"};
    struct mt_err err;
    struct mt_rundir *rd;
    char outside[256];
    assert_int_equal(mt_file_mkdirs(temp_path("own/mine"), &err), 0);
    assert_int_equal(mt_file_mkdirs(temp_path("own/eval/test"), &err), 0);
    assert_int_equal(mt_file_mkdirs(temp_path("own/checkpoints"), &err), 0);
    for (int i = 0; i < 4; i++)
        put(temp_path(foreign[i]), "x");
    for (int i = 0; i < 2; i++)
        put(temp_path(stale[i]), "x");
    for (int i = 0; i < 5; i++)
        put(temp_path(ours[i]), "x");
    snprintf(outside, sizeof outside, "%s", temp_path("own/mine/x.tmp.1"));
    assert_int_equal(symlink(outside, temp_path("own/eval/link")), 0);

    assert_int_equal(mt_rundir_open_path(&rd, temp_path("own"), &err), 0);
    for (int i = 0; i < 4; i++)
        assert_true(mt_file_exists(temp_path(foreign[i])));
    for (int i = 0; i < 2; i++)
        assert_false(mt_file_exists(temp_path(stale[i])));
    for (int i = 0; i < 5; i++)
        assert_true(mt_file_exists(temp_path(ours[i])));

    assert_int_equal(mt_rundir_log(rd, "a line", &err), 0);
    assert_int_equal(mt_rundir_clear(rd, &err), 0);
    for (int i = 0; i < 4; i++)
        assert_true(mt_file_exists(temp_path(foreign[i])));
    for (int i = 0; i < 5; i++)
        assert_false(mt_file_exists(temp_path(ours[i])));
    char *log = get(temp_path("own/log.txt"));
    assert_string_equal(log, "");
    free(log);
    mt_rundir_close(rd);
}

static void log_grows(void **state)
{
    (void)state;
    struct mt_err err;
    for (int i = 0; i < 2; i++) {
        struct mt_rundir *rd = open_run("log");
        assert_int_equal(mt_rundir_log(rd, i ? "second" : "first", &err), 0);
        mt_rundir_close(rd);
    }
    char *log = get(temp_path("log-3f9c1a2b/log.txt"));
    assert_int_equal(strlen(log), 2 * 21 + 6 + 7);
    assert_non_null(strstr(log, "Z first\n"));
    assert_string_equal(log + strlen(log) - 9, "Z second\n");
    free(log);
}

static void metrics_have_every_column(void **state)
{
    (void)state;
    struct mt_metrics m;
    struct mt_buf rows = {0};
    struct mt_err err;
    mt_metrics_init(&m);
    m.epoch = 1;
    m.step = 59;
    m.stage = "train";
    m.lr = 0.001;
    m.train_loss = 1.0 / 3;
    m.zero_embeddings = 2;
    mt_metrics_row(&m, &rows);
    m.epoch = 2;
    m.val_accuracy = 0.1F;
    m.mean_weight_cos = -0.25;
    m.embedding_rank = 1.5;
    mt_metrics_row(&m, &rows);
    assert_true(mt_metrics_value(&m, "epoch") == 2);
    assert_true(mt_metrics_value(&m, "val_accuracy") == 0.1F);
    assert_true(isnan(mt_metrics_value(&m, "val_loss")));
    assert_true(isnan(mt_metrics_value(&m, "stage")));

    struct mt_rundir *rd = open_run("metrics");
    assert_int_equal(mt_rundir_write_metrics(rd, &rows, &err), 0);
    mt_rundir_close(rd);
    char *text = get(temp_path("metrics-3f9c1a2b/metrics.csv"));
    assert_string_equal(
        text, "epoch,stage,step,lr,train_loss,train_accuracy,train_leak_accuracy,val_loss,val_margin_loss,"
              "val_accuracy,val_leak_accuracy,mean_target_cos,t,grad_norm,l2_loss,zero_embeddings,"
              "mean_weight_cos,embedding_rank\n"
              "1,train,59,0.001,0.333333333,,,,,,,,,,,2,,\n"
              "2,train,59,0.001,0.333333333,,,,,0.100000001,,,,,,2,-0.25,1.5\n");
    free(text);
    mt_buf_release(&rows);
}

static void timing_follows_a_resume(void **state)
{
    (void)state;
    struct mt_err err;
    struct mt_rundir *rd = open_run("timing");
    struct mt_buf rows = {0};
    assert_int_equal(mt_rundir_read_timing(rd, 2, &rows, &err), 0);
    assert_int_equal(rows.len, 0);
    for (int epoch = 1; epoch <= 3; epoch++)
        mt_timing_row(epoch, 0.5 * epoch, 1000, &rows);
    assert_int_equal(mt_rundir_write_timing(rd, &rows, &err), 0);
    rows.len = 0;
    assert_int_equal(mt_rundir_read_timing(rd, 2, &rows, &err), 0); /* the checkpoint stands behind epoch 2 */
    mt_timing_row(3, 7, 900, &rows);
    mt_timing_row(4, 0, NAN, &rows);
    assert_int_equal(mt_rundir_write_timing(rd, &rows, &err), 0);
    mt_buf_release(&rows);
    mt_rundir_close(rd);
    char *text = get(temp_path("timing-3f9c1a2b/timing.csv"));
    assert_string_equal(text, "epoch,seconds,images_per_second\n1,0.5,1000\n2,1,1000\n3,7,900\n4,0,\n");
    free(text);
}

static void status_survives(void **state)
{
    (void)state;
    struct mt_status s = {.state = MT_RUN_DIVERGED,
                          .reason = "epoch 3: \"loss\"\nis not finite",
                          .run_id = ID,
                          .epochs_done = 3,
                          .epochs = 10,
                          .monitor = "val_loss",
                          .best = 0.1,
                          .best_epoch = 2,
                          .exit_code = 4,
                          .ended = "2026-01-01T00:00:00Z"},
                     got;
    struct mt_err err;
    mt_time_text(s.started);
    assert_int_equal(strlen(s.started), 20);
    assert_int_equal(mt_status_read(temp_path("status-3f9c1a2b"), &got, &err), 0);
    struct mt_rundir *rd = open_run("status");
    assert_int_equal(mt_status_write(rd, &s, &err), 0);
    assert_int_equal(mt_status_read(rd->path, &got, &err), 1);
    assert_string_equal(got.reason, s.reason);
    assert_string_equal(got.run_id, ID);
    assert_string_equal(got.monitor, s.monitor);
    assert_string_equal(got.started, s.started);
    assert_string_equal(got.ended, s.ended);
    assert_true(got.state == s.state && got.epochs_done == 3 && got.epochs == 10);
    assert_true(got.best == 0.1 && got.best_epoch == 2 && got.exit_code == 4);

    s.best = NAN;
    s.state = MT_RUN_RUNNING;
    assert_int_equal(mt_status_write(rd, &s, &err), 0);
    assert_int_equal(mt_status_read(rd->path, &got, &err), 1);
    assert_true(isnan(got.best) && got.state == MT_RUN_RUNNING);
    mt_rundir_close(rd); /* without another word, as when killed */
    assert_int_equal(mt_status_read(temp_path("status-3f9c1a2b"), &got, &err), 1);
    assert_true(got.state == MT_RUN_INTERRUPTED && got.reason[0]);
}

static void bad_status_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"state\": \"odd\"}",
        "{\"state\": 1}",
        "{\"state\": \"complete\"} x",
        "{\"state\": \"complete\", \"epochs\": 1e99}",
        "{\"state\": \"complete\", \"epochs\": \"1\"}",
        "{\"state\": \"complete\", \"more\": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
        "{\"state\": \"complete\", \"more\": 01}"};
    static const char good[] =
        "{\"more\": [1, {\"a\": [true, null, -1.5e+3, \"\\u00e4\"]}], \"state\": \"complete\"}";
    struct mt_status s;
    struct mt_err err;
    assert_int_equal(mt_file_mkdirs(temp_path("bad"), &err), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(temp_path("bad/status.json"), bad[i]);
        assert_int_equal(mt_status_read(temp_path("bad"), &s, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
    }
    put(temp_path("bad/status.json"), good);
    assert_int_equal(mt_status_read(temp_path("bad"), &s, &err), 1);
    assert_int_equal(s.state, MT_RUN_COMPLETE);
}

/* Somebody removes or renames the folder, and perhaps starts the run again there, while this process works
 * on. */
static void a_folder_that_was_replaced_is_left_alone(void **state)
{
    (void)state;
    struct mt_err err;
    struct mt_rundir *old = open_run("gone"), *new;
    const char *path = temp_path("gone-3f9c1a2b"), *status = temp_path("gone-3f9c1a2b/status.json");
    assert_int_equal(mt_rundir_write(old, "status.json", "old", 3, &err), 0);
    assert_int_equal(rename(path, temp_path("elsewhere")), 0);
    assert_int_equal(mt_rundir_write(old, "status.json", "old", 3, &err), -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_non_null(strstr(err.text, "is no longer the folder that was opened"));
    assert_false(mt_file_exists(path));
    new = open_run("gone");
    assert_int_equal(mt_rundir_write(new, "status.json", "new", 3, &err), 0);
    assert_int_equal(mt_rundir_write(old, "status.json", "old", 3, &err), -1);
    char *text = get(status);
    assert_string_equal(text, "new");
    free(text);
    mt_rundir_close(old);
    mt_rundir_close(new);
}

static void manifest_names_every_file(void **state)
{
    (void)state;
    struct mt_err err;
    struct mt_rundir *rd = open_run("manifest");
    assert_int_equal(mt_rundir_write(rd, "summary.json", "{}\n", 3, &err), 0);
    assert_int_equal(mt_rundir_write(rd, "eval/test/metrics.json", "abc", 3, &err), 0);
    assert_int_equal(mt_rundir_write(rd, "checkpoints/last.prev.safetensors", "abc", 3, &err), 0);
    assert_int_equal(mt_rundir_write(rd, "timing.csv", "abc", 3, &err), 0);
    put(temp_path("manifest-3f9c1a2b/notes.txt"), "mine");
    for (int i = 0; i < 2; i++) { /* the manifest does not list itself */
        assert_int_equal(mt_manifest_write(rd, &err), 0);
        char *text = get(temp_path("manifest-3f9c1a2b/manifest.json"));
        assert_string_equal(text, "{\n  \"files\": {\n"
                                  "    \"eval/test/metrics.json\": {\"size\": 3, \"sha256\": "
                                  "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"},\n"
                                  "    \"summary.json\": {\"size\": 3, \"sha256\": "
                                  "\"ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356\"}\n"
                                  "  },\n  \"times\": [\"log.txt\", \"timing.csv\"]\n}\n");
        free(text);
    }
    mt_rundir_close(rd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_safe),
        cmocka_unit_test(one_writer_at_a_time),
        cmocka_unit_test(only_its_own_files),
        cmocka_unit_test(log_grows),
        cmocka_unit_test(metrics_have_every_column),
        cmocka_unit_test(timing_follows_a_resume),
        cmocka_unit_test(status_survives),
        cmocka_unit_test(bad_status_is_refused),
        cmocka_unit_test(a_folder_that_was_replaced_is_left_alone),
        cmocka_unit_test(manifest_names_every_file),
    };
    return cmocka_run_group_tests_name("run", tests, temp_setup, temp_teardown);
}

/* Tests of the runs of a sweep on one machine: whole sweeps that are stopped, fail and go on. */
#include "tests/data_files.h"

#include "lib/core/memory.h"
#include "lib/launch/local.h"
#include "lib/launch/task.h"
#include "lib/sweep/plan.h"
#include "lib/train/stages.h"

/* Plans the sweep of an experiment on the digits into a folder. */
static void plan(const char *dir, const char *parameters, int epochs)
{
    struct mt_buf text = {0};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct mt_experiment e = {0};
    struct mt_sweep_plan p;
    struct mt_err err;
    const char *key;
    mt_buf_printf(
        &text,
        "name: w\ndata:\n  train: {format: csv, file: datasets/digits/digits.csv.gz, shape: [8, 8]}\n"
        "  validation: {from: train, fraction: 0.2}\n  max: 16\n"
        "model:\n  backbone: [flatten, {dense: {units: 3}}]\nhead: {type: arcface, s: 8, m: 0.1}\n"
        "train: {epochs: %d, batch_size: 100}\noutput: {embeddings: []}\n"
        "sweep:\n  method: grid\n  parameters: %s\n",
        epochs, parameters);
    if (mt_conf_load_text(&conf, "test", ".", text.data, text.len, NULL, 0, &diag) < 0 ||
        mt_conf_bind(conf, mt_experiment_fields, &e, &diag) < 0)
        fail_msg("%s", diag.text.data);
    if (mt_stages_settle(&e, &key, &err) < 0)
        fail_msg("%s", err.text);
    if (mt_sweep_plan_new(&p, conf, &e, &(struct mt_sweep_plan_options){.threads = 1}, &diag) < 0)
        fail_msg("%s", diag.text.data);
    if (mt_sweep_plan_write(&p, dir, &err) < 0)
        fail_msg("%s", err.text);
    mt_sweep_plan_release(&p);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    mt_buf_release(&text);
}

/* What was said of a sweep's runs, and a hand in what becomes of them. */
struct listener {
    int ends, failures;
    int stop_after; /* ends; 0: never */
    volatile sig_atomic_t stop;
    char failure[256];
};

static void hear(void *arg, const struct mt_sweep_news *news)
{
    struct listener *l = arg;
    l->ends += news->task >= 0;
    if (news->failure) {
        l->failures++;
        snprintf(l->failure, sizeof l->failure, "%s", news->failure);
    }
    if (l->stop_after && l->ends == l->stop_after)
        l->stop = SIGTERM;
}

static struct mt_sweep_tally run_sweep(const char *dir, int jobs, bool fail_fast, struct listener *l)
{
    struct mt_sweep s;
    struct mt_sweep_folder folder;
    struct mt_sweep_tally tally = {0};
    struct mt_err err;
    struct mt_sweep_local_options o = {
        .jobs = jobs, .threads = 2, .fail_fast = fail_fast, .stop = &l->stop, .say = hear, .arg = l};
    if (mt_sweep_open(&s, dir, &err) < 0 || mt_sweep_folder_open(&folder, dir, &err) < 0 ||
        mt_sweep_local(&s, &folder, &o, &tally, &err) < 0)
        fail_msg("%s", err.text);
    mt_sweep_folder_close(&folder);
    mt_sweep_release(&s);
    return tally;
}

static char *run_folder(const char *dir, int task)
{
    struct mt_sweep s;
    struct mt_err err;
    assert_int_equal(mt_sweep_open(&s, dir, &err), 0);
    char *path = mt_sweep_run_path(&s, task);
    mt_sweep_release(&s);
    assert_non_null(path);
    return path;
}

static char *read_text(const char *dir, const char *name)
{
    struct mt_err err;
    char *text = NULL, *path = mt_path_join(dir, name);
    size_t len;
    if (mt_file_read(path, 1 << 24, &text, &len, &err) < 0)
        print_error("%s\n", err.text);
    assert_non_null(text);
    char *copy = strdup(text);
    assert_non_null(copy);
    free(text);
    free(path);
    return copy;
}

static bool same_file(const char *a, const char *b, const char *name)
{
    char *x = read_text(a, name), *y = read_text(b, name);
    bool same = strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

static bool index_says(const char *dir, const char *text)
{
    char *index = read_text(dir, MT_SWEEP_INDEX);
    bool says = strstr(index, text) != NULL;
    free(index);
    return says;
}

#define FOUR "{head.m: {values: [0, 0.2]}, seed: {values: [0, 1]}}"

/* A task by itself and the launcher give the same runs, with any number of jobs and threads. */
static void runs_are_plain_runs(void **state)
{
    (void)state;
    struct listener l = {0};
    struct mt_sweep s;
    struct mt_err err;
    const char *dir = test_path("launched"), *alone = test_path("tasks");
    plan(dir, FOUR, 2);
    plan(alone, FOUR, 2);
    struct mt_sweep_tally tally = run_sweep(dir, 2, false, &l);
    assert_int_equal(tally.ended, 4);
    assert_int_equal(tally.failed, 0);
    assert_false(tally.stopped);
    assert_int_equal(l.ends, 4);
    assert_int_equal(mt_sweep_open(&s, alone, &err), 0);
    for (int i = 0; i < 4; i++) {
        const struct mt_run_options o = {.setup = {.threads = 1, .training = true}};
        struct mt_run_result result;
        char *a = run_folder(dir, i), *b = run_folder(alone, i);
        if (mt_sweep_task_run(&s, i, &o, &result, &err) < 0)
            fail_msg("%s", err.text);
        assert_string_equal(result.dir, b);
        assert_true(same_file(a, b, "manifest.json"));
        free(result.dir);
        free(a);
        free(b);
    }
    mt_sweep_release(&s);
}

/* index.csv ends as it would have without stops, losses and second starts. */
static void the_index_forgets_what_happened(void **state)
{
    (void)state;
    struct listener straight = {0}, stopping = {.stop_after = 1}, again = {0}, last = {0};
    const char *dir = test_path("stopped"), *undisturbed = test_path("undisturbed");
    plan(dir, FOUR, 3);
    plan(undisturbed, FOUR, 3);
    run_sweep(undisturbed, 1, false, &straight);
    struct mt_sweep_tally tally = run_sweep(dir, 2, false, &stopping);
    assert_true(tally.stopped);
    assert_true(tally.ended < 4);
    assert_false(same_file(dir, undisturbed, MT_SWEEP_INDEX));
    run_sweep(dir, 2, false, &again);
    char *lost = run_folder(dir, 2);
    assert_int_equal(nftw(lost, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    free(lost);
    tally = run_sweep(dir, 1, false, &last);
    assert_int_equal(last.ends, 1); /* finished runs are skipped */
    assert_int_equal(tally.ended, 4);
    assert_true(same_file(dir, undisturbed, MT_SWEEP_INDEX));
}

static void diverged_runs_are_results(void **state)
{
    (void)state;
    struct listener l = {0}, again = {0};
    const char *dir = test_path("diverged");
    plan(dir,
         "{head: {values: [{type: softmax}]}, train.optimizer: {values: [{type: adam}, {type: sgd, lr: "
         "1e6}]}}",
         2);
    struct mt_sweep_tally tally = run_sweep(dir, 1, true, &l);
    assert_int_equal(tally.ended, 2);
    assert_int_equal(tally.failed, 0);
    assert_true(index_says(dir, ",diverged,4,"));
    run_sweep(dir, 1, false, &again);
    assert_int_equal(again.ends, 0);
}

/* A file where a run folder should be. */
static void spoil(const char *dir, int task)
{
    struct mt_err err;
    char *path = run_folder(dir, task), *runs = mt_path_dir(path);
    assert_int_equal(mt_file_mkdirs(runs, &err), 0);
    assert_int_equal(mt_file_write(path, "", 0, &err), 0);
    free(runs);
    free(path);
}

static void failures_leave_the_others_alone(void **state)
{
    (void)state;
    struct listener l = {0}, again = {0};
    const char *dir = test_path("failing");
    plan(dir, FOUR, 1);
    spoil(dir, 1);
    struct mt_sweep_tally tally = run_sweep(dir, 1, false, &l);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.ended, 3);
    assert_int_equal(l.failures, 1);
    assert_true(*l.failure);
    assert_true(index_says(dir, ",failed,1,"));
    char *path = run_folder(dir, 1);
    assert_int_equal(remove(path), 0);
    free(path);
    tally = run_sweep(dir, 1, false, &again);
    assert_int_equal(again.ends, 1);
    assert_int_equal(tally.failed, 0);
    assert_int_equal(tally.ended, 4);
    assert_false(index_says(dir, "failed"));
}

static void fail_fast_stops_the_rest(void **state)
{
    (void)state;
    struct listener l = {0};
    const char *dir = test_path("fast");
    plan(dir, FOUR, 1);
    spoil(dir, 1);
    struct mt_sweep_tally tally = run_sweep(dir, 1, true, &l);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.ended, 1);
    assert_true(tally.stopped);
}

/* What is validated differs between splits, not between seeds. */
static void other_data_is_opened_for_its_runs(void **state)
{
    (void)state;
    struct listener l = {0};
    const char *dir = test_path("splits");
    char *run[3], *first[3];
    plan(dir, "{data.split_seed: {values: [0, 1]}, seed: {values: [0, 1]}}", 1);
    struct mt_sweep_tally tally = run_sweep(dir, 2, false, &l);
    assert_int_equal(tally.ended, 4);
    for (int i = 0; i < 3; i++) {
        run[i] = run_folder(dir, i);
        char *rows = read_text(run[i], "eval/validation/predictions.csv");
        const char *row = strchr(rows, '\n') + 1;
        first[i] = strndup(row, strcspn(row, ","));
        free(rows);
    }
    assert_string_equal(first[0], first[1]);
    assert_string_not_equal(first[0], first[2]);
    for (int i = 0; i < 3; i++) {
        free(run[i]);
        free(first[i]);
    }
}

static struct mt_status status_of(const char *dir)
{
    struct mt_status status;
    assert_int_equal(mt_status_read(dir, &status, NULL), 1);
    return status;
}

static void failures_are_written_down(void **state)
{
    (void)state;
    const struct mt_run_options o = {.setup = {.threads = 1, .training = true}};
    struct mt_run_result result;
    struct mt_sweep s;
    struct mt_err err;
    const char *dir = test_path("noted");
    plan(dir, "{seed: {values: [0]}}", 1);
    assert_int_equal(mt_sweep_open(&s, dir, &err), 0);
    char *path = mt_sweep_run_path(&s, 0);
    assert_int_equal(mt_sweep_task_failed(&s, 0, 137, "was killed", &err), 0);
    struct mt_status status = status_of(path);
    assert_int_equal(status.state, MT_RUN_FAILED);
    assert_int_equal(status.exit_code, 137);
    assert_string_equal(status.reason, "was killed");
    assert_int_equal(mt_sweep_task_run(&s, 0, &o, &result, &err), 0);
    free(result.dir);
    assert_int_equal(mt_sweep_task_failed(&s, 0, 1, "a finished run stays", &err), 0);
    assert_int_equal(status_of(path).state, MT_RUN_COMPLETE);
    free(path);
    mt_sweep_release(&s);
}

/* Two runs of which either fits, but not both. */
static void memory_is_that_of_all_runs(void **state)
{
    (void)state;
    struct mt_sweep s;
    struct mt_sweep_folder folder;
    struct mt_sweep_tally tally;
    struct mt_err err;
    struct mt_memory_there there;
    const char *dir = test_path("memory");
    mt_memory_there(&there);
    plan(dir, "{seed: {values: [0, 1]}}", 1);
    assert_int_equal(mt_sweep_open(&s, dir, &err), 0);
    assert_int_equal(mt_sweep_folder_open(&folder, dir, &err), 0);
    struct mt_sweep_local_options o = {.jobs = 2,
                                       .threads = 1,
                                       .memory = {.each = there.real / 5 * 2,
                                                  .shared = there.real / 5 * 2,
                                                  .largest = there.real / 5 * 2,
                                                  .data_sets = 1}};
    assert_int_equal(mt_sweep_local(&s, &folder, &o, &tally, &err), -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_non_null(strstr(err.text, "2 runs at a time need"));
    assert_non_null(strstr(err.text, "-j 1 fits"));
    o.jobs = 1;
    assert_int_equal(mt_sweep_local(&s, &folder, &o, &tally, &err), 0);
    o.jobs = 2; /* nothing is left to run */
    assert_int_equal(mt_sweep_local(&s, &folder, &o, &tally, &err), 0);
    assert_int_equal(tally.ended, 2);
    mt_sweep_folder_close(&folder);
    mt_sweep_release(&s);
}

static void one_sweep_at_a_time(void **state)
{
    (void)state;
    struct mt_sweep_folder first, second;
    struct mt_err err;
    const char *dir = test_path("locked");
    assert_int_equal(mt_sweep_folder_open(&first, dir, &err), 0);
    assert_int_equal(mt_sweep_folder_open(&second, dir, &err), -1);
    assert_int_equal(err.kind, MT_ERR_BUSY);
    mt_sweep_folder_close(&first);
    assert_int_equal(mt_sweep_folder_open(&second, dir, &err), 0);
    mt_sweep_folder_close(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_plain_runs),       cmocka_unit_test(the_index_forgets_what_happened),
        cmocka_unit_test(diverged_runs_are_results), cmocka_unit_test(failures_leave_the_others_alone),
        cmocka_unit_test(fail_fast_stops_the_rest),  cmocka_unit_test(other_data_is_opened_for_its_runs),
        cmocka_unit_test(failures_are_written_down), cmocka_unit_test(memory_is_that_of_all_runs),
        cmocka_unit_test(one_sweep_at_a_time),
    };
    return cmocka_run_group_tests_name("sweep_local", tests, NULL, remove_files);
}

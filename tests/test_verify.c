/* Tests of lib/verify, and of all that reads run folders, while allocations and reads fail: what is good is
 * never called damaged, and nothing is lost. tests/cli/verify.sh has every kind of damage. */
#include "tests/failing.h"
#include "tests/temp.h"

#include <errno.h>
#include <sys/stat.h>

#include "lib/core/file.h"
#include "lib/launch/index.h"
#include "lib/train/layout.h"
#include "lib/train/manifest.h"
#include "lib/train/record.h"
#include "lib/train/safetensors.h"
#include "lib/verify/verify.h"

#define GOLDEN "tests/golden/run-v1"
#define NAME "golden-a1b15cb4" /* by its run_id */

static char sweep[128], run[160];

static void put(const char *path, const char *text)
{
    struct mt_err err;
    if (mt_file_write(path, text, strlen(text), &err) < 0)
        fail_msg("%s", err.text);
}

static char *get(const char *folder, const char *name)
{
    char *text = NULL, *path = mt_path_join(folder, name);
    size_t len;
    struct mt_err err;
    if (mt_file_read(path, 1 << 20, &text, &len, &err) < 0)
        fail_msg("%s", err.text);
    free(path);
    return text;
}

/* A sweep of two runs, of which one is the golden run and the other has not begun. */
static int set_up(void **state)
{
    struct mt_buf b = {0};
    char *config = get(GOLDEN, "config.yaml");
    if (temp_setup(state) < 0)
        return -1;
    snprintf(sweep, sizeof sweep, "%s/sweep", temp_dir);
    snprintf(run, sizeof run, "%s/runs/" NAME, sweep);
    mt_buf_printf(&b, "mkdir -p %s/runs && cp -R " GOLDEN " %s && chmod -R u+w %s", sweep, run, run);
    assert_int_equal(system(b.data), 0);
    mt_buf_clear(&b);
    mt_buf_printf(&b,
                  "%s\nsweep:\n  method: grid\n  metric: {name: val_accuracy}\n  parameters: {seed: {values: "
                  "[1, 2]}}\n",
                  config);
    put(temp_path("sweep/sweep.yaml"), b.data);
    put(temp_path("sweep/tasks.csv"), "index,cell,seed,run\n0,0,1," NAME "\n1,0,2,golden-11111111\n");
    mt_buf_release(&b);
    free(config);
    return 0;
}

static int verify_run(struct mt_err *err)
{
    struct mt_verdicts list = {0};
    struct mt_buf text = {0};
    int rc = mt_verify(&list, run, err);
    if (rc == 0 && (list.n != 1 || list.v[0].bad || list.v[0].good < 15))
        rc = 1;
    mt_verdicts_text(&list, &text);
    mt_verdicts_json(&list, &text);
    if (rc == 0 && text.failed)
        rc = mt_err_memory(err, "text", 1);
    mt_buf_release(&text);
    mt_verdicts_release(&list);
    return rc;
}

/* What it is made of now is good; answers are made by compare_answer's own rules. */
static int verify_sweep(struct mt_err *err)
{
    struct mt_verdicts list = {0};
    int rc = mt_verify(&list, sweep, err), bad = 0;
    for (int i = 0; i < list.n; i++)
        bad += list.v[i].bad;
    if (rc == 0 && (list.n != 2 || bad))
        rc = 1;
    mt_verdicts_release(&list);
    return rc;
}

static int renew_manifest(struct mt_err *err)
{
    struct mt_rundir rd = {.path = run, .lock_fd = -1, .log_fd = -1};
    return mt_manifest_renew(&rd, "eval/", err);
}

static int read_record(struct mt_err *err)
{
    struct mt_splits s;
    if (mt_record_read(&s, GOLDEN, err) < 0)
        return -1;
    int rc = s.train_data.classes == 3 ? 0 : 1;
    mt_splits_release(&s);
    return rc;
}

static int read_checkpoint(struct mt_err *err)
{
    struct mt_safetensors st;
    if (mt_safetensors_open(&st, GOLDEN "/checkpoints/last.safetensors", true, err) < 0)
        return -1;
    int rc = mt_safetensors_find(&st, "head/weight") && mt_safetensors_note(&st, "epoch") ? 0 : 1;
    mt_safetensors_close(&st);
    return rc;
}

static const struct {
    const char *name;
    int (*call)(struct mt_err *err); /* 0: as it should be; 1: something good is called bad; -1 */
    int most;                        /* allocations, after which only some are tried */
} readers[] = {
    {"verify run", verify_run, 1200},         {"verify sweep", verify_sweep, 300},
    {"renew manifest", renew_manifest, 1200}, {"record", read_record, 1200},
    {"checkpoint", read_checkpoint, 1200},
};

static void faults_are_not_damage(void **state)
{
    (void)state;
    static const struct {
        enum failing kind;
        int code;
        const char *words;
    } fault[] = {{FAIL_ALLOC, ENOMEM, "memory"},
                 {FAIL_OPEN, EMFILE, "Too many open files"},
                 {FAIL_READ, EIO, "error"}};
    struct mt_err err;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (readers[i].call(&err) != 0)
            fail_msg("%s: not good without a fault", readers[i].name);
        for (size_t f = 0; f < sizeof fault / sizeof *fault; f++) {
            int64_t n = 1, tried = 0;
            for (bool there = true; there; n += n < readers[i].most ? 1 : 37, tried++) {
                memset(&err, 0, sizeof err);
                failing_begin(fault[f].kind, n, n % 2 == 0, false, fault[f].code);
                int rc = readers[i].call(&err);
                there = failing_end(fault[f].kind) >= n;
                if (rc > 0 ||
                    (rc < 0 && (!there || err.kind != MT_ERR_RUN || !strstr(err.text, fault[f].words))))
                    fail_msg("%s: call %lld of kind %d fails: %d %s", readers[i].name, (long long)n,
                             (int)fault[f].kind, rc, err.text);
            }
            assert_true(tried > 1);
        }
    }
}

/* Damage to data.json that eval, predict and embed would go by. */
static void damaged_records_are_refused(void **state)
{
    (void)state;
    static const char *const from_to[][2] = {
        {"{", ""},
        {"\"shape\": [1, 6, 6]", "\"shape\": [1, 6]"},
        {"\"shape\": [1, 6, 6]", "\"shape\": [1, 6, 6, 6]"},
        {"\"shape\": [1, 6, 6]", "\"shape\": [1, 0, 6]"},
        {"\"shape\": [1, 6, 6]", "\"shape\": [5, 6, 6]"},
        {"\"shape\": [1, 6, 6]", "\"shape\": [1, 4294967296, 4294967296]"},
        {"\"shape\": [1, 6, 6]", "\"shape\": [1, 65536, 65536]"},
        {"\"shape\": [1, 6, 6]", "\"shape\": \"6\""},
        {"\"shape\": [1, 6, 6],", ""},
        {"\"type\": \"u8\"", "\"type\": \"u9\""},
        {"\"type\": \"u8\"", "\"type\": 8"},
        {"\"mean\": [0, 0, 0, 0]", "\"mean\": [0, 0, 0]"},
        {"\"mean\": [0, 0, 0, 0]", "\"mean\": [0, 0, 0, 0, 0]"},
        {"\"mean\": [0, 0, 0, 0]", "\"mean\": [1e999, 0, 0, 0]"},
        {"\"mean\": [0, 0, 0, 0]", "\"mean\": [null, 0, 0, 0]"},
        {"\"gain\": [0.0625,", "\"gain\": [0,"},
        {"\"gain\": [0.0625,", "\"gain\": [\"1\","},
        {"[\"0\", \"1\", \"2\"]", "[\"0\"]"},
        {"[\"0\", \"1\", \"2\"]", "[]"},
        {"[\"0\", \"1\", \"2\"]", "[0, 1]"},
        {"[\"0\", \"1\", \"2\"]", "{}"},
    };
    char *good = get(GOLDEN, "data.json");
    for (size_t i = 0; i < sizeof from_to / sizeof *from_to; i++) {
        struct mt_splits s;
        struct mt_err err;
        struct mt_buf b = {0};
        size_t at = 0, len = strlen(from_to[i][0]);
        while (good[at] && strncmp(good + at, from_to[i][0], len))
            at++;
        assert_true(good[at]);
        mt_buf_append(&b, good, at);
        mt_buf_puts(&b, from_to[i][1]);
        mt_buf_puts(&b, good + at + len);
        put(temp_path("data.json"), b.data);
        if (mt_record_read(&s, temp_dir, &err) == 0)
            fail_msg("accepted: %s", from_to[i][1]);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_non_null(strstr(err.text, "data.json"));
        mt_buf_release(&b);
    }
    free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_not_damage),
        cmocka_unit_test(damaged_records_are_refused),
    };
    return cmocka_run_group_tests_name("verify", tests, set_up, temp_teardown);
}

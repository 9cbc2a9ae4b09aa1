/* Tests of a whole run while system calls and allocations fail, one after the other: what stood there before
 * stands, what is there is whole, nothing temporary is left, and the same run given again ends in the same
 * bytes. scripts/torture's parts io and allocations do this to all commands. */
#include "tests/failing.h"
#include "tests/temp.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "lib/math/gemm.h"
#include "lib/train/experiment.h"
#include "lib/train/layout.h"
#include "lib/train/run.h"
#include "lib/train/stages.h"

static char runs[96], reference[MT_SHA256_HEX];
static char *config;

static void write_files(void)
{
    struct mt_buf b = {0};
    struct mt_err err;
    for (int i = 0; i < 24; i++)
        for (int j = 0; j < 17; j++)
            mt_buf_printf(&b, "%d%c", j == 16 ? i % 2 : (i * 37 + j * 11 + (i % 2) * 50) % 200,
                          j == 16 ? '\n' : ',');
    assert_int_equal(mt_file_write(temp_path("d.csv"), b.data, b.len, &err), 0);
    mt_buf_clear(&b);
    mt_buf_printf(&b,
                  "name: tiny\n"
                  "data:\n"
                  "  train: {format: csv, file: %s, label: last, header: no, shape: [4, 4]}\n"
                  "  validation: {from: train, fraction: 0.25}\n"
                  "  test: {from: train, fraction: 0.25}\n"
                  "model: {backbone: [{conv2d: {filters: 2, padding: same, activation: relu}}, flatten, "
                  "{dense: {units: 2}}]}\n"
                  "head: {type: arcface, s: 8, m: 0.2}\n"
                  "train: {epochs: 2, batch_size: 6, optimizer: adam}\n"
                  "output: {embeddings: [train, validation, test]}\n",
                  temp_path("d.csv"));
    assert_int_equal(mt_file_write(temp_path("e.yaml"), b.data, b.len, &err), 0);
    mt_buf_release(&b);
}

static int train(struct mt_experiment *e, const volatile sig_atomic_t *stop, struct mt_err *err)
{
    struct mt_run_result result = {0};
    const char *key;
    struct mt_run_options o = {
        .setup = {.threads = 1, .training = true}, .dir = runs, .force_memory = true, .stop = stop};
    int rc = mt_stages_settle(e, &key, err) < 0 ? -1 : mt_run(e, &o, &result, &key, err);
    free(result.dir);
    return rc;
}

/* From the experiment's file to the end of the run. */
static int run(struct mt_err *err)
{
    struct mt_conf *conf = NULL;
    struct mt_experiment e = {0};
    struct mt_diag diag = {0};
    memset(err, 0, sizeof *err);
    int rc = mt_conf_load(&conf, config, NULL, 0, &diag);
    if (rc == 0)
        rc = mt_conf_bind(conf, mt_experiment_fields, &e, &diag);
    if (rc < 0)
        mt_err_set(err, diag.kind, "%s",
                   diag.text.failed || !diag.text.data ? "out of memory" : diag.text.data);
    else
        rc = train(&e, NULL, err);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    return rc;
}

static int set_up(void **state)
{
    struct mt_err err;
    if (temp_setup(state) < 0 || mt_gemm_open(&err) < 0)
        return -1;
    write_files();
    snprintf(runs, sizeof runs, "%s/runs", temp_dir);
    config = strdup(temp_path("e.yaml"));
    return config ? 0 : -1;
}

static int tear_down(void **state)
{
    free(config);
    return temp_teardown(state);
}

static void remove_runs(void)
{
    nftw(runs, temp_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The run folder, the only one; NULL before there is one. For free(). */
static char *run_folder(void)
{
    char *found = NULL;
    DIR *dir = opendir(runs);
    for (struct dirent *d; dir && (d = readdir(dir));)
        if (d->d_name[0] != '.') {
            assert_null(found);
            found = mt_path_join(runs, d->d_name);
        }
    if (dir)
        closedir(dir);
    return found;
}

static int n_temporary;

static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    n_temporary += strstr(path, ".tmp.") != NULL;
    return 0;
}

/* The manifest holds the checksum of every file that a repeated run must have again. */
static void manifest(char hex[MT_SHA256_HEX])
{
    struct mt_err err;
    uint64_t size;
    char *folder = run_folder(), *path = mt_path_join(folder, MT_MANIFEST_FILE);
    if (mt_file_sha256(path, hex, &size, &err) < 0)
        fail_msg("%s", err.text);
    struct mt_layout files;
    assert_int_equal(mt_layout_list(&files, folder, &err), 0);
    for (size_t i = 0; i < files.n; i++) {
        char own[MT_SHA256_HEX], *text, *file = mt_path_join(folder, files.file[i].name);
        size_t len;
        assert_int_equal(mt_file_sha256(file, own, &size, &err), 0);
        assert_int_equal(mt_file_read(path, 1 << 20, &text, &len, &err), 0);
        if (files.file[i].kind == MT_FILE_SAME && !strstr(text, own))
            fail_msg("%s is not what the manifest says", file);
        free(text);
        free(file);
    }
    mt_layout_release(&files);
    free(path);
    free(folder);
}

static void run_undisturbed(void)
{
    char hex[MT_SHA256_HEX];
    struct mt_err err;
    if (run(&err) < 0)
        fail_msg("without a fault: %s", err.text);
    manifest(hex);
    if (strcmp(hex, reference))
        fail_msg("other bytes than of the undisturbed run");
}

static void make_reference(void)
{
    struct mt_err err;
    remove_runs();
    if (run(&err) < 0)
        fail_msg("%s", err.text);
    manifest(reference);
}

static void nothing_temporary(void)
{
    n_temporary = 0;
    nftw(runs, look_at, 16, FTW_PHYS);
    assert_int_equal(n_temporary, 0);
}

/* Lets call n of the kind fail, and for each second n goes on with what is left; returns false when there are
 * not so many. `words`: one of which the message must hold. */
static bool fails_well(enum failing kind, int64_t n, bool later, int code, const char *words)
{
    struct mt_err err;
    remove_runs();
    failing_begin(kind, n, later, false, code);
    int rc = run(&err);
    bool there = failing_end(kind) >= n;
    nothing_temporary();
    if (rc < 0 && (!there || err.kind != MT_ERR_RUN || !strstr(err.text, words)))
        fail_msg("call %lld of kind %d, %s: %d %s", (long long)n, (int)kind, later ? "and later" : "once",
                 (int)err.kind, err.text);
    char hex[MT_SHA256_HEX];
    if (rc == 0) {
        manifest(hex);
        if (strcmp(hex, reference))
            fail_msg("call %lld of kind %d: it ended well with other bytes", (long long)n, (int)kind);
    }
    if (rc < 0 && n % 2 == 0)
        run_undisturbed();
    return there;
}

static void file_calls_fail(void **state)
{
    (void)state;
    static const struct {
        enum failing kind;
        int step, code; /* every step-th call */
        const char *words;
    } rows[] = {{FAIL_WRITE, 1, ENOSPC, "No space left"},    {FAIL_SYNC, 1, EIO, "Input/output error"},
                {FAIL_RENAME, 1, EIO, "Input/output error"}, {FAIL_OPEN, 1, EMFILE, "Too many open files"},
                {FAIL_READ, 4, EIO, "Input/output error"},   {FAIL_CLOSE, 4, EIO, "Input/output error"},
                {FAIL_FOLDER, 4, ENOSPC, "No space left"}};
    make_reference();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t n = 1;
        while (fails_well(rows[i].kind, n, n % 8 >= 4, rows[i].code, rows[i].words))
            n += rows[i].step;
        assert_true(n > 20);
    }
}

static void interrupted_calls_are_repeated(void **state)
{
    (void)state;
    static const enum failing kinds[] = {FAIL_OPEN, FAIL_READ, FAIL_WRITE, FAIL_SYNC, FAIL_CLOSE};
    struct mt_err err;
    char hex[MT_SHA256_HEX];
    make_reference();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        remove_runs();
        failing_begin(kinds[i], 1, false, true, EINTR);
        int rc = run(&err);
        failing_end(kinds[i]);
        if (rc < 0)
            fail_msg("kind %d: %s", (int)kinds[i], err.text);
        manifest(hex);
        assert_string_equal(hex, reference);
    }
}

/* Every third; scripts/torture takes them all. */
static void allocations_fail(void **state)
{
    (void)state;
    make_reference();
    int64_t n = 1;
    while (fails_well(FAIL_ALLOC, n, n % 2 == 0, ENOMEM, "memory"))
        n += 3;
    assert_true(n > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_calls_fail),
        cmocka_unit_test(interrupted_calls_are_repeated),
        cmocka_unit_test(allocations_fail),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

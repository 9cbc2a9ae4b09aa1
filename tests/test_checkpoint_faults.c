/* Tests of checkpoints against what happens to files: bytes that change, files that are cut, and a process
 * that ends between any two steps of a save. */
#include "tests/checkpoint_model.h"
#include "tests/temp.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define LAST "checkpoints/" MT_CHECKPOINT_LAST
#define PREV "checkpoints/" MT_CHECKPOINT_PREV
#define TMP LAST ".tmp.4711"

static void copy_file(const char *from, const char *to)
{
    char *data;
    size_t len;
    struct mt_err err;
    assert_int_equal(mt_file_read(from, 1 << 20, &data, &len, &err), 0);
    FILE *f = fopen(to, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    free(data);
}

/* The folder of checkpoints, without any. */
static const char *fresh_dir(void)
{
    static char dir[256];
    struct mt_err err;
    snprintf(dir, sizeof dir, "%s", temp_path("checkpoints"));
    assert_int_equal(mt_file_mkdirs(dir, &err), 0);
    unlink(temp_path(LAST));
    unlink(temp_path(PREV));
    return dir;
}

static void save_steps(struct model *m, const char *dir, int steps)
{
    struct mt_err err;
    for (; steps; steps--) {
        train(m, 1);
        if (mt_checkpoint_save_last(dir, &m->tensors, m->optim, &m->resume, &err) < 0)
            fail_msg("%s", err.text);
    }
}

/* The step that a start would go on from, or -1 with the reason in `err`. */
static int64_t load_step(const char *dir, struct mt_buf *note, struct mt_err *err)
{
    struct model m;
    model_init(&m, specs, 4);
    int rc = mt_checkpoint_load_last(dir, &m.tensors, m.optim, &m.resume, note, err);
    int64_t step = rc == 1 ? m.resume.step : rc;
    model_release(&m);
    return step;
}

/* Every byte, one bit or all bits of it; every length; and bytes more. */
static void no_damage_is_loaded(void **state)
{
    (void)state;
    struct model m;
    struct mt_err err;
    char path[256];
    model_init(&m, specs, 4);
    save_steps(&m, fresh_dir(), 1);
    snprintf(path, sizeof path, "%s", temp_path(LAST));
    int fd = open(path, O_RDWR);
    const off_t len = lseek(fd, 0, SEEK_END);
    assert_true(len > 1000);
    for (off_t i = 0; i < 2 * len; i++) {
        unsigned char good, bad;
        assert_int_equal(pread(fd, &good, 1, i / 2), 1);
        bad = good ^ (unsigned char)(i % 2 ? 0xff : 1 << i / 2 % 8);
        assert_int_equal(pwrite(fd, &bad, 1, i / 2), 1);
        memset(&err, 0, sizeof err);
        assert_int_equal(mt_checkpoint_load(path, &m.tensors, m.optim, &m.resume, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_non_null(strstr(err.text, path));
        assert_true(strlen(err.text) > strlen(path) + 10);
        assert_int_equal(pwrite(fd, &good, 1, i / 2), 1);
    }
    assert_int_equal(mt_checkpoint_load(path, &m.tensors, m.optim, &m.resume, &err), 0);
    for (off_t more = len + 1; more < len + 200; more += 33) {
        assert_int_equal(ftruncate(fd, more), 0);
        assert_int_equal(mt_checkpoint_load(path, &m.tensors, m.optim, &m.resume, &err), -1);
        assert_non_null(strstr(err.text, "behind the last array"));
    }
    for (off_t less = len - 1; less >= 0; less--) {
        assert_int_equal(ftruncate(fd, less), 0);
        assert_int_equal(mt_checkpoint_load(path, &m.tensors, m.optim, &m.resume, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
    }
    close(fd);
    model_release(&m);
}

/* What a save leaves when the process ends after each of its steps; `tmp`, `last` and `prev` name the step
 * that is in the file, 0: no file. A start goes on from `expected`, and the next save leaves last and prev.
 */
static void killed_after_each_step(void **state)
{
    (void)state;
    static const struct {
        int tmp, last, prev, expected;
    } at[] = {
        {1, 0, 0, 0},                             /* the first save, stored but not in its place */
        {0, 1, 0, 1}, {2, 1, 0, 1},               /* the second one: no last.prev yet */
        {1, 2, 0, 2},                             /* exchanged */
        {0, 2, 1, 2}, {3, 2, 1, 2},               /* and every later one */
        {2, 3, 1, 3}, {0, 3, 2, 3}, {2, 0, 1, 1}, /* without exchange: between the two renames */
        {3, 0, 2, 2},
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        struct model m;
        struct mt_err err;
        struct mt_buf note = {0};
        char step[4][256];
        const char *dir = fresh_dir();
        model_init(&m, specs, 4);
        for (int k = 1; k < 4; k++) {
            save_steps(&m, dir, 1);
            snprintf(step[k], sizeof step[k], "%s/step%d", temp_dir, k);
            copy_file(temp_path(LAST), step[k]);
        }
        fresh_dir();
        if (at[i].tmp)
            copy_file(step[at[i].tmp], temp_path(TMP));
        if (at[i].last)
            copy_file(step[at[i].last], temp_path(LAST));
        if (at[i].prev)
            copy_file(step[at[i].prev], temp_path(PREV));
        assert_int_equal(load_step(dir, &note, &err), at[i].expected);
        assert_int_equal(note.len > 0, at[i].expected && !at[i].last);
        m.resume.step = at[i].expected;
        save_steps(&m, dir, 1);
        assert_int_equal(load_step(dir, &note, &err), at[i].expected + 1);
        assert_int_equal(mt_file_exists(temp_path(PREV)), at[i].expected > 0);
        unlink(temp_path(TMP));
        mt_buf_release(&note);
        model_release(&m);
    }
}

static bool can_exchange(void)
{
    copy_file(temp_path(LAST), temp_path("one"));
    copy_file(temp_path(LAST), temp_path("two"));
    return renameat2(AT_FDCWD, temp_path("one"), AT_FDCWD, temp_path("two"), RENAME_EXCHANGE) == 0;
}

/* Another process, as `eval` is, finds last.safetensors whenever it looks. */
static void last_is_always_there(void **state)
{
    (void)state;
    struct model m;
    int status;
    char path[256];
    const char *dir = fresh_dir();
    model_init(&m, specs, 4);
    snprintf(path, sizeof path, "%s", temp_path(LAST));
    save_steps(&m, dir, 1);
    if (!can_exchange()) {
        model_release(&m);
        print_message("the file system of /tmp cannot exchange two names\n");
        skip();
    }
    pid_t child = fork();
    if (child == 0) {
        pid_t parent = getppid();
        while (access(path, F_OK) == 0 && getppid() == parent)
            continue;
        _exit(errno == ENOENT ? 1 : 2);
    }
    assert_true(child > 0);
    save_steps(&m, dir, 300);
    kill(child, SIGTERM);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    model_release(&m);
}

/* A save whose last step cannot be done leaves all as it was. */
static void failed_keep_changes_nothing(void **state)
{
    (void)state;
    struct model m;
    struct mt_err err;
    struct mt_buf note = {0};
    char before[MT_SHA256_HEX], after[MT_SHA256_HEX];
    uint64_t size;
    const char *dir = fresh_dir();
    model_init(&m, specs, 4);
    save_steps(&m, dir, 1);
    assert_int_equal(mt_file_sha256(temp_path(LAST), before, &size, &err), 0);
    assert_int_equal(mt_file_mkdirs(temp_path(PREV "/in-the-way"), &err), 0);
    train(&m, 1);
    assert_int_equal(mt_checkpoint_save_last(dir, &m.tensors, m.optim, &m.resume, &err), -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_non_null(strstr(err.text, MT_CHECKPOINT_LAST));
    assert_int_equal(mt_file_sha256(temp_path(LAST), after, &size, &err), 0);
    assert_string_equal(before, after);
    assert_int_equal(rmdir(temp_path(PREV "/in-the-way")), 0);
    assert_int_equal(rmdir(temp_path(PREV)), 0);
    assert_int_equal(load_step(dir, &note, &err), 1);
    assert_int_equal(note.len, 0);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_damage_is_loaded),
        cmocka_unit_test(killed_after_each_step),
        cmocka_unit_test(last_is_always_there),
        cmocka_unit_test(failed_keep_changes_nothing),
    };
    return cmocka_run_group_tests_name("checkpoint_faults", tests, temp_setup, temp_teardown);
}

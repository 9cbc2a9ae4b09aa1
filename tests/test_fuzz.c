/* Every harness of tests/fuzz over the files that fuzzing kept: tests/fuzz/corpus/TARGET/ and
 * tests/fuzz/findings/TARGET-*. A target runs in a process of its own, so that one that ends it is named,
 * with the file, and the others still run. */
#include "tests/temp.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/core/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/targets.h"

#define LONGEST_FILE ((size_t)1 << 20)
#define MOST_SECONDS 60 /* a hang guard: a target takes about a second */

typedef int harness(const uint8_t *data, size_t size);
#define DECLARE(target) int fuzz_one_##target(const uint8_t *data, size_t size);
FUZZ_TARGETS(DECLARE)

/* libFuzzer's; here there is nothing to change. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
    (void)data, (void)room;
    return size;
}

static int run_file(harness *one, const char *path, char *now)
{
    char *data;
    size_t len;
    struct mt_err err;
    snprintf(now, 512, "%s", path);
    if (mt_file_read(path, LONGEST_FILE, &data, &len, &err) < 0)
        return -1;
    uint8_t *exact = malloc(len + !len); /* a byte too far is found */
    memcpy(exact, data, len);
    one(exact, len);
    free(exact);
    free(data);
    return 0;
}

/* Files of a folder whose names begin so, in any order. Returns how many, -1 on failure. */
static int run_folder(harness *one, const char *folder, const char *beginning, char *now)
{
    DIR *d = opendir(folder);
    int n = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.' || strncmp(e->d_name, beginning, strlen(beginning)))
            continue;
        char *path = mt_path_join(folder, e->d_name);
        n = run_file(one, path, now) < 0 ? -1 : n + 1;
        free(path);
        if (n < 0)
            break;
    }
    if (d)
        closedir(d);
    return n;
}

static int run_target(harness *one, const char *folder, const char *findings, const char *target, char *now)
{
    char beginning[64];
    snprintf(beginning, sizeof beginning, "%s-", target);
    int n = run_folder(one, folder, "", now), found = run_folder(one, findings, beginning, now);
    return n > 0 && found >= 0 ? 0 : 1;
}

/* Returns the status of a process that ran it; `now` is the file that it had last. */
static int replay(harness *one, const char *folder, const char *findings, const char *target, char now[512],
                  bool silent)
{
    int status;
    char *shared = mmap(NULL, 512, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    snprintf(shared, 512, "no file");
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (silent && !freopen("/dev/null", "w", stderr))
            _exit(1);
        for (int i = 1; i < NSIG; i++) /* not to be caught by the test's */
            signal(i, SIG_DFL);
        alarm(MOST_SECONDS);
        exit(run_target(one, folder, findings, target, shared));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    memcpy(now, shared, 512);
    munmap(shared, 512);
    return status;
}

static void target_passes(harness *one, const char *target)
{
    char folder[128], now[512];
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", target);
    int status = replay(one, folder, "tests/fuzz/findings", target, now, false);
    if (status)
        fail_msg("%s ended with status %#x at %s", target, status, now);
}

#define TEST(target)                                                                                         \
    static void replay_##target(void **state)                                                                \
    {                                                                                                        \
        (void)state;                                                                                         \
        target_passes(fuzz_one_##target, #target);                                                           \
    }
FUZZ_TARGETS(TEST)

/* --- the replay itself --- */

static int fails_at_a_bang(const uint8_t *data, size_t size)
{
    FUZZ_CHECK(!memchr(data, '!', size));
    return 0;
}

static int reads_too_far(const uint8_t *data, size_t size)
{
    static volatile uint8_t seen;
    if (size > 2 && data[0] == '?')
        seen = data[size];
    return seen & 0;
}

static int never_ends(const uint8_t *data, size_t size)
{
    alarm(1);
    while (size && data[0] == '~')
        usleep(1000);
    return 0;
}

static void a_harness_that_fails_is_seen(void **state)
{
    (void)state;
    char now[512];
    struct mt_err err;
    const char *empty = "tests/fuzz/findings";
    assert_int_equal(mt_file_mkdirs(temp_path("files"), &err), 0);
    assert_int_equal(replay(fails_at_a_bang, temp_path("files"), empty, "none", now, true),
                     1 << 8); /* no files */
    assert_int_equal(mt_file_write(temp_path("files/good"), "fine", 4, &err), 0);
    assert_int_equal(replay(fails_at_a_bang, temp_path("files"), empty, "none", now, true), 0);
    assert_int_equal(mt_file_write(temp_path("files/bad"), "oh!", 3, &err), 0);
    assert_int_equal(WTERMSIG(replay(fails_at_a_bang, temp_path("files"), empty, "none", now, true)),
                     SIGABRT);
    assert_string_equal(now, temp_path("files/bad"));
    assert_int_equal(mt_file_write(temp_path("files/bad"), "~", 1, &err), 0);
    assert_int_equal(WTERMSIG(replay(never_ends, temp_path("files"), empty, "none", now, true)), SIGALRM);
#ifdef __SANITIZE_ADDRESS__
    assert_int_equal(mt_file_write(temp_path("files/bad"), "??\?", 3, &err), 0);
    assert_true(replay(reads_too_far, temp_path("files"), empty, "none", now, true) != 0);
    assert_string_equal(now, temp_path("files/bad"));
#else
    (void)reads_too_far;
#endif
}

/* A harness that is not in the table would never run here. */
static void every_harness_is_listed(void **state)
{
    (void)state;
#define NAME(target) "fuzz_" #target ".c",
    static const char *const listed[] = {FUZZ_TARGETS(NAME)};
    int n = 0;
    DIR *d = opendir("tests/fuzz");
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        size_t len = strlen(e->d_name), i = 0, all = sizeof listed / sizeof *listed;
        if (strncmp(e->d_name, "fuzz_", 5) || e->d_name[len - 1] != 'c')
            continue;
        while (i < all && strcmp(e->d_name, listed[i]))
            i++;
        if (i == all)
            fail_msg("tests/fuzz/targets.h lacks %s", e->d_name);
        n++;
    }
    closedir(d);
    assert_int_equal(n, sizeof listed / sizeof *listed);
}

#define ROW(target) cmocka_unit_test(replay_##target),

int main(void)
{
    const struct CMUnitTest tests[] = {
        FUZZ_TARGETS(ROW)
            cmocka_unit_test_setup_teardown(a_harness_that_fails_is_seen, temp_setup, temp_teardown),
        cmocka_unit_test(every_harness_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

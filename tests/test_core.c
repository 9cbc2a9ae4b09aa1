/* Tests of lib/core. */
#include "tests/temp.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/core/fields.h"
#include "lib/core/file.h"
#include "lib/core/memory.h"
#include "lib/core/plan.h"
#include "lib/core/pool.h"
#include "lib/core/rng.h"

static void edit_distance(void **state)
{
    (void)state;
    assert_int_equal(mt_edit_distance("margin", "margin"), 0);
    assert_int_equal(mt_edit_distance("marign", "margin"), 1);
    assert_int_equal(mt_edit_distance("", "abc"), 3);
    assert_int_equal(mt_edit_distance("epoch", "epochs"), 1);
}

static void plan_sets_pointers(void **state)
{
    (void)state;
    struct mt_plan plan = {0};
    struct mt_err err;
    float *a, *b;
    assert_int_equal(mt_plan_add(&plan, MT_AREA_ACT, &a, 3, sizeof *a, &err), 0);
    assert_int_equal(mt_plan_add(&plan, MT_AREA_PARAM, &b, 100, sizeof *b, &err), 0);
    assert_int_equal(mt_plan_total(&plan), 64 + 448);
    assert_int_equal(mt_plan_commit(&plan, &err), 0);
    assert_true(b < a); /* areas in order */
    assert_int_equal((size_t)a % 64, 0);
    assert_true(a[2] == 0 && b[99] == 0);
    mt_plan_release(&plan);
    assert_true(mt_plan_total(&plan) == 0);
    assert_int_equal(mt_plan_add(&plan, MT_AREA_ACT, &a, SIZE_MAX / 2, 4, &err), -1);
    mt_plan_release(&plan);
}

static void add_square(void *arg, int task, int worker)
{
    (void)worker;
    ((int *)arg)[task] += task * task;
}

static void pool_runs_each_task_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        struct mt_pool *pool;
        struct mt_err err;
        int sum[64] = {0};
        assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
        for (int round = 0; round < 1000; round++)
            mt_pool_run(pool, round % 65, add_square, sum);
        mt_pool_free(pool);
        for (int i = 0; i < 64; i++) {
            int rounds = 0; /* rounds that had more than i tasks */
            for (int round = 0; round < 1000; round++)
                rounds += round % 65 > i;
            assert_int_equal(sum[i], rounds * i * i);
        }
    }
}

static void streams_do_not_disturb(void **state)
{
    (void)state;
    struct mt_rng a, b, c;
    mt_rng_init(&a, 7, MT_STREAM_INIT, 1, 2);
    mt_rng_init(&b, 7, MT_STREAM_INIT, 1, 2);
    mt_rng_init(&c, 7, MT_STREAM_INIT, 1, 3);
    int same = 0;
    for (int i = 0; i < 100; i++) {
        uint32_t x = mt_rng_u32(&a);
        assert_int_equal(x, mt_rng_u32(&b));
        same += x == mt_rng_u32(&c);
    }
    assert_true(same < 2);
    int32_t order[5] = {0, 1, 2, 3, 4}, seen = 0;
    mt_rng_shuffle(&a, order, 5);
    for (int i = 0; i < 5; i++)
        seen |= 1 << order[i];
    assert_int_equal(seen, 31);
}

static void put(const char *name, const char *text)
{
    char *dir = mt_path_dir(temp_path(name));
    assert_int_equal(mt_file_mkdirs(dir, NULL), 0);
    assert_int_equal(mt_file_write(temp_path(name), text, strlen(text), NULL), 0);
    free(dir);
}

/* The least of the machine, the group, and the groups above it. */
static void memory_respects_control_groups(void **state)
{
    (void)state;
    uint64_t machine = UINT64_C(1) << 40;
    assert_true(mt_memory_total_under(temp_dir, machine) == machine); /* no groups at all */
    put("proc/self/cgroup", "0::/user/job\n");
    put("sys/fs/cgroup/user/job/memory.max", "max\n");
    assert_true(mt_memory_total_under(temp_dir, machine) == machine);
    put("sys/fs/cgroup/user/memory.max", "8000000\n");
    assert_true(mt_memory_total_under(temp_dir, machine) == 8000000);
    put("sys/fs/cgroup/user/job/memory.max", "5000000\n");
    assert_true(mt_memory_total_under(temp_dir, machine) == 5000000);
    put("sys/fs/cgroup/memory.max", "4000000\n"); /* as inside a container, whose group is the root */
    put("proc/self/cgroup", "0::/\n");
    assert_true(mt_memory_total_under(temp_dir, machine) == 4000000);
    assert_true(mt_memory_total_under(temp_dir, 3000000) == 3000000);
    put("proc/self/cgroup", "12:cpu,cpuacct:/x\n7:memory:/x/y\n");
    put("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "2000000\n");
    assert_true(mt_memory_total_under(temp_dir, machine) == 2000000);
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/memory/x/y/memory.limit_in_bytes", "1000000\n");
    assert_true(mt_memory_total_under(temp_dir, machine) == 1000000);
    assert_true(mt_memory_total() > 1000000 && mt_memory_peak() > 1000000);
}

/* What is left: by the machine, by a group and those above it (caches of files do not count), by ulimit. */
static void memory_left_is_the_least_of_all_limits(void **state)
{
    (void)state;
    struct mt_memory_there m;
    struct mt_err err;
    const uint64_t none = UINT64_MAX, page = (uint64_t)sysconf(_SC_PAGESIZE);
    put("proc/self/cgroup", "none\n");
    put("proc/self/statm", "1000 200 50 10 0 300 0\n");
    put("proc/meminfo", "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable:    8000 kB\n");
    mt_memory_there_under(&m, temp_dir, none, none);
    assert_true(m.left == 8000 * 1024 && m.real == m.left + 200 * page && m.addresses == none);
    assert_string_equal(m.real_by, "the machine");
    mt_memory_there_under(&m, temp_dir, 1010 * page, none);
    assert_true(m.addresses == 10 * page);
    assert_string_equal(m.addresses_by, "ulimit -v");
    mt_memory_there_under(&m, temp_dir, 1010 * page, 303 * page);
    assert_true(m.addresses == 3 * page);
    assert_string_equal(m.addresses_by, "ulimit -d");
    mt_memory_there_under(&m, temp_dir, 999 * page, none); /* already beyond it */
    assert_true(m.addresses == 0);
    put("proc/self/cgroup", "0::/slurm/task\n");
    put("sys/fs/cgroup/slurm/memory.max", "5000000\n");
    put("sys/fs/cgroup/slurm/memory.current", "3000000\n");
    put("sys/fs/cgroup/slurm/memory.stat", "anon 1\nactive_file 400000\ninactive_file 600000\n");
    mt_memory_there_under(&m, temp_dir, none, none);
    assert_true(m.left == 3000000);
    assert_string_equal(m.real_by, "the control group");
    put("sys/fs/cgroup/slurm/task/memory.max", "1000000\n"); /* used: not known */
    mt_memory_there_under(&m, temp_dir, none, none);
    assert_true(m.left == 1000000);
    put("proc/self/cgroup", "4:memory,cpu:/job\n0::/\n");
    put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "700000\n");
    put("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "650000\n");
    put("sys/fs/cgroup/memory/job/memory.stat",
        "total_cache 9\ntotal_inactive_file 40000\ntotal_active_file 10000\n");
    mt_memory_there_under(&m, temp_dir, none, none);
    assert_true(m.left == 100000);
    assert_int_equal(mt_memory_check(&m, 100000, 0, "it", "take less", &err), 0);
    assert_int_equal(mt_memory_check(&m, 100001, 0, "it", "take less", &err), -1);
    assert_string_equal(err.text,
                        "it needs 0.1 MiB of memory more, and the control group has 0.1 MiB left: take less");
    m.addresses = 3 << 20;
    assert_int_equal(mt_memory_check(&m, 1, 3 << 20, "it", "take less", &err), -1);
    assert_string_equal(err.text,
                        "it needs 3.0 MiB of address space more, and ulimit -v leaves 3.0 MiB: take less");
    mt_memory_there(&m);
    assert_true(m.left > 0 && m.real > m.left);
}

static void nearest_word(void **state)
{
    (void)state;
    char text[MT_NEAREST_TEXT];
    struct mt_nearest n = mt_nearest_to("marign");
    assert_string_equal(mt_nearest_text(&n, text), "");
    assert_false(mt_nearest_try(&n, "epochs"));
    assert_true(mt_nearest_try(&n, "margins"));
    assert_true(mt_nearest_try(&n, "margin"));
    assert_false(mt_nearest_try(&n, "mariga")); /* as near, and later */
    assert_string_equal(mt_nearest_text(&n, text), "; did you mean 'margin'?");
    n = mt_nearest_to("ab");
    assert_false(mt_nearest_try(&n, "xyb")); /* in a short word two slips are another word */
    assert_false(mt_nearest_try(&n, ""));
    assert_null(n.best);
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
#define N_ENDS (int)(sizeof ends / sizeof *ends)

/* A process that writes the same file again and again, until it is ended. */
static pid_t start_writer(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        static char text[1 << 20];
        for (int i = 0; i < N_ENDS; i++)
            signal(ends[i], SIG_DFL); /* shells have SIGINT ignored in the background, nohup SIGHUP */
        memset(text, 'x', sizeof text);
        while (mt_file_write(temp_path("file"), text, sizeof text, NULL) == 0)
            ;
        _exit(1);
    }
    return pid;
}

static int files_in(const char *dir)
{
    DIR *list = opendir(dir);
    int n = 0;
    assert_non_null(list);
    while (readdir(list))
        n++;
    closedir(list);
    return n - 2;
}

static void a_signal_leaves_no_temporary_file(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        pid_t writer = start_writer();
        int end;
        assert_true(writer > 0);
        while (!mt_file_exists(temp_path("file"))) {
            assert_int_equal(waitpid(writer, &end, WNOHANG), 0);
            usleep(100);
        }
        usleep((unsigned)(37 * i));
        kill(writer, ends[i % N_ENDS]);
        assert_int_equal(waitpid(writer, &end, 0), writer);
        assert_true(WIFSIGNALED(end) && WTERMSIG(end) == ends[i % N_ENDS]);
        assert_int_equal(files_in(temp_dir), 1);
        remove(temp_path("file"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit_distance),
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(plan_sets_pointers),
        cmocka_unit_test(pool_runs_each_task_once),
        cmocka_unit_test(streams_do_not_disturb),
        cmocka_unit_test_setup_teardown(a_signal_leaves_no_temporary_file, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(memory_respects_control_groups, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(memory_left_is_the_least_of_all_limits, temp_setup, temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

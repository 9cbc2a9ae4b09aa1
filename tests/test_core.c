/* Tests of lib/core. */
#include "tests/temp.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit_distance),
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(plan_sets_pointers),
        cmocka_unit_test(pool_runs_each_task_once),
        cmocka_unit_test(streams_do_not_disturb),
        cmocka_unit_test_setup_teardown(memory_respects_control_groups, temp_setup, temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

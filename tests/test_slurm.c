/* A sweep's jobs on a Slurm cluster, as texts: arrays, arguments, quoting, what Slurm's programs print.
 * tests/cli/slurm.sh runs the scripts against stand-ins, tests/slurm/run against a real cluster. */
#include "lib/launch/slurm.h"

#include "tests/test.h"

static const struct mt_slurm_section nothing_asked;
static const char *const no_options[] = {NULL};

/* Which tasks the list `text` of ranges names, as bits; each once. */
static void mark_list(const char *text, int offset, uint8_t *seen, int n, int64_t max_size)
{
    for (char *end; *text; text = *end ? end + 1 : end) {
        long first = strtol(text, &end, 10), last = first;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        assert_true(*end == ',' || !*end);
        assert_true(first <= last && last < max_size);
        for (long i = first; i <= last; i++) {
            assert_in_range(i + offset, 0, n - 1);
            seen[i + offset]++;
        }
    }
}

static void check_cut(const int *task, int n_tasks, int range, int64_t max_size)
{
    struct mt_slurm_arrays a;
    struct mt_err err;
    uint8_t *wanted = calloc((size_t)range, 1), *elements = calloc((size_t)range, 1),
            *named = calloc((size_t)range, 1);
    int sum = 0;
    for (int i = 0; i < n_tasks; i++)
        wanted[task[i]] = 1;
    assert_int_equal(mt_slurm_arrays_cut(&a, task, n_tasks, max_size, &err), 0);
    for (int i = 0; i < a.n; i++) {
        assert_int_equal(a.v[i].offset % max_size, 0);
        assert_true(strlen(a.v[i].indexes) < 120000);
        mark_list(a.v[i].indexes, a.v[i].offset, elements, range, max_size);
        mark_list(a.v[i].tasks, 0, named, range, range);
        sum += a.v[i].n;
    }
    assert_int_equal(sum, n_tasks);
    assert_memory_equal(elements, wanted, (size_t)range);
    assert_memory_equal(named, wanted, (size_t)range);
    mt_slurm_arrays_release(&a);
    free(wanted), free(elements), free(named);
}

static void test_cut_covers(void **state)
{
    enum { RANGE = 30000 };
    static int task[RANGE];
    static const int64_t sizes[] = {1, 2, 7, 1001, 4000001};
    uint32_t random = 1;
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int keep = 1; keep <= 8; keep++) {
            int n = 0, range = sizes[s] < 100 ? 300 : RANGE;
            for (int i = 0; i < range; i++) {
                random = random * 1664525 + 1013904223;
                if ((random >> 24) % 8 < (uint32_t)keep)
                    task[n++] = i;
            }
            check_cut(task, n, range, sizes[s]);
        }
    }
}

static void test_cut_reads_well(void **state)
{
    static const int task[] = {0, 1, 2, 5, 9, 10, 12, 29, 30};
    struct mt_slurm_arrays a;
    struct mt_err err;
    (void)state;
    assert_int_equal(mt_slurm_arrays_cut(&a, task, 9, 10, &err), 0);
    assert_int_equal(a.n, 4);
    assert_string_equal(a.v[0].indexes, "0-2,5,9");
    assert_string_equal(a.v[1].indexes, "0,2");
    assert_string_equal(a.v[1].tasks, "10,12");
    assert_int_equal(a.v[2].offset, 20);
    assert_string_equal(a.v[2].indexes, "9");
    assert_string_equal(a.v[3].tasks, "30");
    mt_slurm_arrays_release(&a);
    assert_int_equal(mt_slurm_arrays_cut(&a, task, 9, 0, &err), -1);
    assert_non_null(strstr(err.text, "MaxArraySize is 0"));
}

/* What a shell makes of the word is what it was made of. */
static void test_words(void **state)
{
    static const char *const words[] = {
        "plain", "",   "a b",           "it's", "$(touch x)", "`id`", "\"",  "\\", "a\nb", "-n", "*",
        "~",     "''", "x'; echo y; '", "\t",   "\xff\xfe",   "#",    "a=b", "%a", "!",    "&"};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct mt_buf b = {0};
        char got[64];
        mt_buf_puts(&b, "printf %s ");
        mt_buf_shell_word(&b, words[i]);
        assert_false(b.failed);
        FILE *f = popen(b.data, "r");
        got[fread(got, 1, sizeof got - 1, f)] = 0;
        assert_int_equal(pclose(f), 0);
        assert_string_equal(got, words[i]);
        mt_buf_release(&b);
    }
}

static void test_seconds(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } row[] = {{"1", 60},           {"90", 5400},       {"2:30", 150},   {"1:00:00", 3600},
               {"1-0", 86400},      {"2-3:15", 184500}, {"0-0:1:1", 61}, {"", -1},
               {"1:2:3:4", -1},     {"-1", -1},         {"1-", -1},      {"UNLIMITED", -1},
               {"99999999999", -1}, {"1 ", -1},         {"1:", -1}};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_int_equal(mt_slurm_seconds(row[i].text), row[i].seconds);
}

static void test_section_rules(void **state)
{
    static char *bad_extra[] = {"--account=x", "payload.sh", "--"}, *good_extra[] = {"--account=x", "-Ay"};
    const struct {
        struct mt_slurm_section s;
        const char *key;
    } row[] = {{{0}, NULL},
               {{.partition = "gpu", .time = "1:00:00", .mem = "4G", .extra = {good_extra, 2}}, NULL},
               {{.mem = "2048"}, NULL},
               {{.partition = ""}, "slurm.partition"},
               {{.time = "soon"}, "slurm.time"},
               {{.time = "0:30"}, "slurm.time"},
               {{.mem = "4 GiB"}, "slurm.mem"},
               {{.mem = "G"}, "slurm.mem"},
               {{.mem = ""}, "slurm.mem"},
               {{.extra = {bad_extra, 2}}, "slurm.extra"},
               {{.extra = {bad_extra + 2, 1}}, "slurm.extra"}};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct mt_err err;
        const char *key;
        assert_int_equal(mt_slurm_section_check(&row[i].s, &key, &err), row[i].key ? -1 : 0);
        if (row[i].key)
            assert_string_equal(key, row[i].key);
    }
}

static bool has(char **argv, const char *word)
{
    for (; *argv; argv++)
        if (!strcmp(*argv, word))
            return true;
    return false;
}

static void test_arguments(void **state)
{
    static char *extra[] = {"--account=o'brien", "--array=0-999", "--signal=B:TERM@300"};
    struct mt_slurm_section section = {.partition = "long", .time = "3", .extra = {extra, 3}};
    struct mt_slurm_request r = {.name = "a\nb'c",
                                 .dir = "/d%a/$x",
                                 .program = "/p",
                                 .section = &section,
                                 .options = no_options,
                                 .threads = 2,
                                 .parallel = 4,
                                 .memory = 100 << 20};
    struct mt_slurm_array array = {.offset = 1001, .n = 2, .indexes = "3,5"};
    (void)state;
    char **v = mt_slurm_task_argv(&r, &array);
    assert_non_null(v);
    assert_string_equal(v[0], "sbatch");
    assert_true(has(v, "--job-name=a-b-c") && has(v, "--partition=long") && has(v, "--time=3") &&
                has(v, "--mem=189M"));
    assert_true(has(v, "--cpus-per-task=2") && has(v, "--chdir=/d%a/$x") &&
                has(v, "--output=/d%%a/$x/slurm/task-%a+1001.log"));
    assert_true(has(v, "--account=o'brien") && has(v, "--requeue") && has(v, "--signal=B:TERM@90"));
    int n = 0, array_at = 0, signal_at = 0, extra_at = 0;
    for (; v[n]; n++) {
        if (!strncmp(v[n], "--array=", 8)) /* the last one counts */
            array_at = n;
        if (!strncmp(v[n], "--signal=", 9))
            signal_at = n;
        if (!strcmp(v[n], extra[0]))
            extra_at = n;
    }
    assert_string_equal(v[array_at], "--array=3,5%4");
    assert_string_equal(v[signal_at], "--signal=B:TERM@300");
    assert_true(extra_at < array_at);
    assert_string_equal(v[n - 2], "/d%a/$x/slurm/task.sh");
    assert_string_equal(v[n - 1], "1001");
    mt_slurm_argv_release(v);

    r.section = &nothing_asked;
    r.parallel = 0;
    array = (struct mt_slurm_array){.n = 1, .indexes = "0"};
    v = mt_slurm_task_argv(&r, &array);
    assert_true(has(v, "--signal=B:TERM@120") && has(v, "--array=0") &&
                has(v, "--output=/d%%a/$x/slurm/task-%a.log"));
    mt_slurm_argv_release(v);
    v = mt_slurm_collect_argv(&r, "7:8");
    assert_true(has(v, "--dependency=afterany:7:8") && has(v, "/d%a/$x/slurm/collect.sh"));
    mt_slurm_argv_release(v);
}

static void test_answers(void **state)
{
    static const char config[] =
        "Configuration data as of 2026\nMaxArraySizeX = 5\nMaxArraySize            = 1001\nMaxDBDMsgs = 20\n";
    char id[MT_SLURM_ID];
    struct mt_err err;
    (void)state;
    assert_int_equal(mt_slurm_config_number(config, "MaxArraySize"), 1001);
    assert_int_equal(mt_slurm_config_number(config, "MaxDBDMsgs"), 20);
    assert_int_equal(mt_slurm_config_number(config, "Max"), -1);
    assert_int_equal(mt_slurm_config_number(NULL, "Max"), -1);
    assert_int_equal(mt_slurm_config_number("MaxArraySize = many\n", "MaxArraySize"), -1);
    assert_int_equal(mt_slurm_job_id(id, "123\n", &err), 0);
    assert_string_equal(id, "123");
    assert_int_equal(mt_slurm_job_id(id, "77;cluster\n", &err), 0);
    assert_string_equal(id, "77");
    assert_int_equal(mt_slurm_job_id(id, "", &err), -1);
    assert_int_equal(mt_slurm_job_id(id, "Submitted batch job 5\n", &err), -1);
    assert_int_equal(mt_slurm_job_id(id, "12345678901234567890123456789012345\n", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_covers),    cmocka_unit_test(test_cut_reads_well),
        cmocka_unit_test(test_words),         cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_section_rules), cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

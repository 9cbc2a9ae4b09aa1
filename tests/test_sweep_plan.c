/* Sweep folders: planned, written and read back, and what is wrong with a plan or a folder. */
#include "tests/sweep_load.h"

#include "lib/sweep/plan.h"
#include "lib/train/identity.h"
#include "tests/temp.h"

/* The run that a task of a written folder names is the one that its experiment makes. */
static void check_tasks(const struct mt_sweep *s)
{
    struct mt_err err;
    const struct mt_talker silent = {0};
    for (int t = 0; t < s->n_tasks; t++) {
        struct mt_sweep_experiment x;
        struct mt_setup setup;
        const char *key;
        char id[MT_SHA256_HEX], run[MT_RUNDIR_NAME];
        if (mt_sweep_task_experiment(&x, s, t, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(x.e.seed, s->task[t].seed);
        assert_null(x.e.sweep.kind);
        struct mt_setup_options o = {.threads = 1, .training = true};
        if (mt_setup_open(&setup, &x.e, &o, &silent, &key, &err) < 0)
            fail_msg("%s: %s", key, err.text);
        assert_int_equal(mt_run_id(id, &x.e, &setup.splits, &err), 0);
        mt_rundir_name(run, x.e.name, id);
        assert_string_equal(run, s->task[t].run);
        mt_setup_release(&setup);
        mt_sweep_experiment_release(&x);
    }
}

static void plan_and_open(const char *section, const char *const *set, int n_set, struct mt_sweep *s)
{
    struct loaded x;
    struct mt_sweep_plan plan;
    struct mt_err err;
    struct mt_sweep_plan_options o = {.set = set, .n_set = n_set, .threads = 1};
    load(&x, section);
    if (mt_sweep_plan_new(&plan, x.conf, &x.e, &o, &x.diag) < 0)
        fail_msg("%s", x.diag.text.data);
    if (mt_sweep_plan_write(&plan, temp_dir, &err) < 0)
        fail_msg("%s: %s", section, err.text);
    if (mt_sweep_open(s, temp_dir, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(s->n_tasks, plan.n_tasks);
    assert_int_equal(s->n_cells, plan.n_cells);
    assert_int_equal(s->baseline, plan.baseline);
    for (int t = 0; t < s->n_tasks; t++)
        for (int i = 0; i < s->n_parameters; i++)
            assert_string_equal(s->task[t].value[i], plan.task[t].value[i]);
    mt_sweep_plan_release(&plan);
    unload(&x);
}

static void folders_are_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *section;
        int tasks, cells, baseline;
    } rows[] = {
        {"sweep: {baseline: {head.m: 0.50}, parameters: {head.m: [0.1, 0.5, 1.2], seed: 0..1}}", 6, 3, 1},
        {"sweep: {parameters: {head: [{type: softmax}, {s: 8}, {type: cosface, m: 0.2}], train.batch_size: "
         "[32, 64]}}",
         6, 6, -1},
        {"sweep: {method: list, runs: [{head.type: softmax}, {head.m: 0.4}, {train.schedule: {type: "
         "cosine}}]}",
         3, 3, -1},
        {"sweep: {method: random, run_cap: 4, parameters: {train.optimizer.lr: {min: 1e-4, max: 0.1, "
         "distribution: "
         "log_uniform}, seed: [5, 7]}}",
         4, 2, -1},
        {"sweep: {parameters: {model.backbone: [[flatten, {dense: 2}], [flatten, {dense: 3}, {dense: 2}]]}}",
         2, 2, -1},
        {"sweep: {parameters: {\"model.backbone[1].units\": [2, 3], data.validation.fraction: [0.1, 0.2]}}",
         4, 4, -1},
        {"sweep: {parameters: {train.stages: [[{epochs: 1, name: a}], [{epochs: 1, name: b, head: {type: "
         "softmax}}]]}}",
         2, 2, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mt_sweep s;
        plan_and_open(rows[i].section, NULL, 0, &s);
        assert_int_equal(s.n_tasks, rows[i].tasks);
        assert_int_equal(s.n_cells, rows[i].cells);
        assert_int_equal(s.baseline, rows[i].baseline);
        assert_string_equal(s.name, "t");
        check_tasks(&s);
        mt_sweep_release(&s);
    }
}

static void same_runs_are_planned_once(void **state)
{
    (void)state;
    struct mt_sweep s;
    plan_and_open("sweep: {parameters: {head.m: [0.1, 0.10, 1e-1, 0.5], seed: [0, 0, 1]}}", NULL, 0, &s);
    assert_int_equal(s.n_tasks, 4);
    assert_int_equal(s.n_cells, 2);
    assert_string_equal(s.task[2].value[0], "0.5");
    assert_int_equal(s.task[2].cell, 1);
    check_tasks(&s);
    mt_sweep_release(&s);
}

static void more_seeds_keep_what_is_planned(void **state)
{
    (void)state;
    struct mt_sweep few, more;
    plan_and_open("sweep: {parameters: {head.m: [0.1, 0.5], seed: 0..1}}", NULL, 0, &few);
    plan_and_open("sweep: {parameters: {head.m: [0.1, 0.5], seed: 0..1}}", (const char *[]){"seed=0..3"}, 1,
                  &more);
    assert_int_equal(more.n_tasks, 8);
    for (int t = 0; t < few.n_tasks; t++)
        assert_string_equal(few.task[t].run, more.task[t / 2 * 4 + t % 2].run);
    mt_sweep_release(&few);
    mt_sweep_release(&more);
}

/* Every problem, each once, where it was written, with the cell. */
static void problems_are_told_together(void **state)
{
    (void)state;
    struct loaded x;
    struct mt_sweep_plan plan;
    struct mt_sweep_plan_options o = {.threads = 1};
    load(&x, "sweep:\n  parameters:\n    head.m: [0.1, 9]\n    head.ss: [1]\n    train.epochs: [1, 0]\n    "
             "seed: 0..1\n");
    assert_int_equal(mt_sweep_plan_new(&plan, x.conf, &x.e, &o, &x.diag), -1);
    const char *text = x.diag.text.data;
    assert_int_equal(x.diag.errors, 3);
    assert_non_null(
        strstr(text, "t.yaml:9:19: error: head.m: expected a number in [0, pi] rad or auto, got 9"));
    assert_non_null(strstr(text, "t.yaml:10:5: error: unknown key 'ss' in 'head'; did you mean 's'?"));
    assert_non_null(strstr(text, "t.yaml:11:23: error: train.epochs"));
    assert_non_null(strstr(text, "= in the cell head.m=9, head.ss=1, train.epochs=1, and in 3 more runs"));
    unload(&x);
    /* Shapes and classes, which only the data tell. */
    load(&x, "sweep: {parameters: {train.batch_size: [32, 5000], model.backbone: [[flatten, {dense: 2}], "
             "[{conv2d: {filters: 4, kernel: 9}}]]}}\n");
    assert_int_equal(mt_sweep_plan_new(&plan, x.conf, &x.e, &o, &x.diag), -1);
    text = x.diag.text.data;
    assert_non_null(strstr(text, "5000 is larger than the 1618 training samples"));
    assert_non_null(strstr(text, "conv2d"));
    unload(&x);
    /* Each data section is opened once, and each missing file told once. */
    load(&x, "sweep: {parameters: {data.train.file: [nowhere.csv, elsewhere.csv], seed: 0..3}}\n");
    assert_int_equal(mt_sweep_plan_new(&plan, x.conf, &x.e, &o, &x.diag), -1);
    assert_int_equal(x.diag.errors, 2);
    assert_int_equal(x.diag.kind, MT_ERR_DATA);
    unload(&x);
}

static void metrics_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
    } rows[] = {{"val_accuracy", NULL},  {"validation_knn_accuracy", NULL},
                {"best_val_loss", NULL}, {"last_train_loss", NULL},
                {"epochs", NULL},        {"val_acuracy", "did you mean 'val_accuracy'?"},
                {"f1", "is no figure"},  {"test_accuracy", "needs data.test"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct loaded x;
        char section[200];
        int runs, cells;
        snprintf(section, sizeof section, "sweep: {metric: {name: %s}, parameters: {seed: 0..2}}\n",
                 rows[i].name);
        load(&x, section);
        int rc = mt_sweep_size(x.conf, &x.e, &runs, &cells, &x.diag);
        assert_int_equal(rc, rows[i].says ? -1 : 0);
        assert_int_equal(runs, 3);
        assert_int_equal(cells, 1);
        if (rows[i].says && !strstr(x.diag.text.data, rows[i].says))
            fail_msg("%s", x.diag.text.data);
        unload(&x);
    }
}

static void put(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", temp_dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void damaged_folders_are_refused(void **state)
{
    (void)state;
    static const char *const tables[] = {"",
                                         "index,cell\n",
                                         "index,cell,run\n",
                                         "index,cell,head.m,run\n0,0,0.1,../x-0123abcd\n",
                                         "index,cell,head.m,run\n0,0,0.1,.x-0123abcd\n",
                                         "index,cell,head.m,run\n1,0,0.1,x-0123abcd\n",
                                         "index,cell,head.m,run\n0,5,0.1,x-0123abcd\n",
                                         "index,cell,head.m,run\n0,-1,0.1,x-0123abcd\n",
                                         "index,cell,head.m,run\n0,0,0.1\n",
                                         "index,cell,seed,run\n0,0,x,x-0123abcd\n",
                                         "index,cell,seed,run\n0,0,99999999999999999999,x-0123abcd\n",
                                         "index,cell,head.m,run\n0,0,\"0.1,x-0123abcd\n",
                                         "index,cell,head.m,run\n0,0,0.1,a\n",
                                         "index,cell,head.m,run\n0,0,0.1,x-0123abc\n",
                                         "index,cell,head.m,run\n0,0,0.1,x\ty-0123abcd\n",
                                         "index,cell,head.m,head.m,run\n0,0,0.1,0.5,x-0123abcd\n",
                                         "index,cell,head.m,run\n0,0,0.1,x-0123abcd\n1,1,0.5,x-0123abcd\n",
                                         "a,b,c\n"};
    struct mt_sweep s;
    struct mt_err err;
    plan_and_open("sweep: {parameters: {head.m: [0.1, 0.5]}}", NULL, 0, &s);
    mt_sweep_release(&s);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        put("tasks.csv", tables[i]);
        if (mt_sweep_open(&s, temp_dir, &err) == 0)
            fail_msg("'%s' was read", tables[i]);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_non_null(strstr(err.text, "tasks.csv"));
    }
    /* What is wrong with a value is found when its task is asked for. */
    put("tasks.csv", "index,cell,head.m,run\n0,0,[,x-0123abcd\n");
    struct mt_sweep_experiment x;
    assert_int_equal(mt_sweep_open(&s, temp_dir, &err), 0);
    assert_int_equal(mt_sweep_task_experiment(&x, &s, 0, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    mt_sweep_release(&s);
    put("sweep.yaml", "name: x\nhead: [\n");
    assert_int_equal(mt_sweep_open(&s, temp_dir, &err), -1);
    put("sweep.yaml", SWEEP_BASE);
    assert_int_equal(mt_sweep_open(&s, temp_dir, &err), -1);
    assert_int_equal(mt_sweep_open(&s, "/nonexistent", &err), -1);
    assert_non_null(strstr(err.text, "is not a sweep folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folders_are_read_back, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(same_runs_are_planned_once, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(more_seeds_keep_what_is_planned, temp_setup, temp_teardown),
        cmocka_unit_test(problems_are_told_together),
        cmocka_unit_test(metrics_are_known),
        cmocka_unit_test_setup_teardown(damaged_folders_are_refused, temp_setup, temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

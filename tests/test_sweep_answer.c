/* Tests of a sweep's answer on sweeps made up in memory: who is best and by what, what is paired with what,
 * what the p are corrected over, what is said of cells that did not come through. */
#include "tests/test.h"

#include <math.h>

#include "lib/answer/answer.h"
#include "lib/answer/words.h"
#include "lib/core/rng.h"
#include "lib/stats/tails.h"

struct made {
    struct mt_sweep sweep;
    struct mt_sweep_section section;
    struct mt_sweep_runs runs;
    struct mt_answer a;
};

/* A grid: `values` of each parameter between spaces, seeds 0..n_seeds-1 as the last parameter. */
static void make(struct made *m, int n_parameters, const char *const *key, const char *const *values,
                 int n_seeds)
{
    char *value[4][32], copy[4][512], *rest;
    int n[4], cells = 1;
    memset(m, 0, sizeof *m);
    m->section.metric.name = (char *)"val_accuracy";
    m->section.metric.goal = -1;
    for (int p = 0; p < n_parameters; p++) {
        snprintf(copy[p], sizeof copy[p], "%s", values[p]);
        n[p] = 0;
        for (char *word = strtok_r(copy[p], " ", &rest); word; word = strtok_r(NULL, " ", &rest))
            value[p][n[p]++] = word;
        cells *= n[p];
    }
    m->sweep = (struct mt_sweep){.name = (char *)"made",
                                 .section = &m->section,
                                 .n_parameters = n_parameters + 1,
                                 .seed_parameter = n_parameters,
                                 .n_tasks = cells * n_seeds,
                                 .n_cells = cells,
                                 .baseline = -1};
    m->sweep.parameter = calloc((size_t)n_parameters + 1, sizeof *m->sweep.parameter);
    for (int p = 0; p < n_parameters; p++)
        m->sweep.parameter[p] = strdup(key[p]);
    m->sweep.parameter[n_parameters] = strdup("seed");
    m->sweep.task = calloc((size_t)m->sweep.n_tasks, sizeof *m->sweep.task);
    m->runs.task = calloc((size_t)m->sweep.n_tasks, sizeof *m->runs.task);
    m->runs.results.v = calloc((size_t)m->sweep.n_tasks, sizeof *m->runs.results.v);
    m->runs.n = m->runs.results.n = m->sweep.n_tasks;
    for (int i = 0; i < m->sweep.n_tasks; i++) {
        struct mt_sweep_task *t = &m->sweep.task[i];
        char text[32];
        t->cell = i / n_seeds;
        t->seed = i % n_seeds;
        t->value = calloc((size_t)n_parameters + 1, sizeof *t->value);
        for (int p = n_parameters - 1, left = t->cell; p >= 0; left /= n[p--])
            t->value[p] = strdup(value[p][left % n[p]]);
        snprintf(text, sizeof text, "%lld", (long long)t->seed);
        t->value[n_parameters] = strdup(text);
        snprintf(text, sizeof text, "run-%d", i);
        t->run = strdup(text);
        m->runs.task[i].result = i;
        m->runs.results.v[i].path = strdup(text);
        m->runs.results.v[i].seed = t->seed;
        m->runs.results.v[i].status.state = MT_RUN_COMPLETE;
    }
}

static void figure(struct made *m, int task, const char *key, double value)
{
    struct mt_err err;
    assert_int_equal(mt_result_add_figure(&m->runs.results.v[task], key, value, &err), 0);
}

static void ends(struct made *m, int task, enum mt_task_state state, enum mt_run_state run,
                 const char *reason)
{
    m->runs.task[task].state = state;
    m->runs.results.v[task].status.state = run;
    snprintf(m->runs.task[task].reason, sizeof m->runs.task[task].reason, "%s", reason);
}

static void answer(struct made *m)
{
    struct mt_err err = {0};
    if (mt_answer_find(&m->a, &m->sweep, &m->runs, &err) < 0)
        fail_msg("%s", err.text);
}

static void release(struct made *m)
{
    mt_answer_release(&m->a);
    for (int i = 0; i < m->sweep.n_tasks; i++) {
        for (int p = 0; p < m->sweep.n_parameters; p++)
            free(m->sweep.task[i].value[p]);
        free(m->sweep.task[i].value);
        free(m->sweep.task[i].run);
    }
    for (int p = 0; p < m->sweep.n_parameters; p++)
        free(m->sweep.parameter[p]);
    free(m->sweep.parameter);
    free(m->sweep.task);
    mt_sweep_runs_release(&m->runs);
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static bool says(const struct made *m, const char *text)
{
    struct mt_buf out = {0};
    mt_answer_text(&m->a, MT_TEXT_PLAIN, &out);
    assert_false(out.failed);
    bool found = strstr(out.data, text) != NULL;
    mt_buf_release(&out);
    return found;
}

static void assert_says(const struct made *m, const char *text)
{
    struct mt_buf out = {0};
    if (says(m, text))
        return;
    mt_answer_text(&m->a, MT_TEXT_PLAIN, &out);
    fail_msg("no '%s' in:\n%s", text, out.data);
}

static double p_of_two(double t) /* two degrees of freedom */
{
    return 1 - fabs(t) / sqrt(2 + t * t);
}

static const char *const m_key[] = {"head.m"}, *const s_m[] = {"head.s", "head.m"};

/* Chosen by validation though another is better on test; told of on test; p over the three pairs. */
static void test_choice(void **state)
{
    static const double val[3][3] = {{.90, .91, .92}, {.95, .96, .94}, {.93, .92, .91}};
    static const double test[3][3] = {{.80, .82, .81}, {.85, .84, .86}, {.88, .86, .87}};
    struct made m;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0.1 0.3 0"}, 3);
    for (int i = 0; i < 9; i++) {
        figure(&m, i, "val_accuracy", val[i / 3][i % 3]);
        figure(&m, i, "test_accuracy", test[i / 3][i % 3]);
    }
    answer(&m);
    assert_int_equal(m.a.best, 1);
    assert_int_equal(m.a.n_candidates, 3);
    assert_int_equal(m.a.seeds_each, 3);
    assert_int_equal(m.a.from_baseline.baseline, 2); /* the margin of 0 */
    assert_string_equal(m.a.from_best.metric[m.a.reported], "test_accuracy");
    assert_string_equal(m.a.from_best.metric[m.a.chosen_by], "val_accuracy");
    int t = m.a.reported, n = m.a.from_best.n_metrics;
    const struct mt_group_difference *d = m.a.from_best.difference;
    /* From cell 1 in test: cell 0 by -.05 -.02 -.05, cell 2 by .03 .02 .01; between 0 and 2 by .08 .04 .06.
     */
    assert_near(d[0 * n + t].pairs.mean, -0.04);
    double p0 = p_of_two(0.04 / (sqrt(0.0003) / sqrt(3))), p2 = p_of_two(0.02 / (0.01 / sqrt(3))),
           p02 = p_of_two(0.06 / (0.02 / sqrt(3)));
    assert_near(d[0 * n + t].pairs.p, p0);
    assert_near(d[2 * n + t].pairs.p, p2);
    assert_true(p02 < p0 && p0 < p2 + 0.1);
    double largest = fmax(3 * p02, 2 * fmin(p0, p2));
    assert_near(p0 < p2 ? d[t].p_holm : d[2 * n + t].p_holm, largest);
    assert_near(p0 < p2 ? d[2 * n + t].p_holm : d[t].p_holm, fmax(largest, fmax(p0, p2)));
    assert_int_equal(m.a.n_pairs, 3);
    /* Against the baseline, which was named before, over two cells. */
    d = m.a.from_baseline.difference;
    assert_near(d[0 * n + t].p_holm, 2 * fmin(p02, p2));
    assert_says(
        &m,
        "Best cell: m=0.3, chosen from 3 cells by val_accuracy on the validation samples: highest mean of 3 "
        "seeds, 0.9500 ± 0.0248.");
    assert_says(&m, "On the test samples, which had no part in the choice: test_accuracy 0.8500 ± 0.0248");
    assert_says(&m,
                "Cannot be told from it in test_accuracy (corrected p not below 0.05): 2 cells: m=0.1; m=0.");
    assert_says(&m,
                "Against the baseline, m=0: -0.0200 (95 % interval -0.0448 to +0.0048): no difference can be "
                "told from 3 seeds: p = 0.074.");
    assert_says(&m,
                "Effects in test_accuracy: head.m, against 0: 0.1 -0.0600, 0.3 -0.0200 (*: more than luck "
                "explains).");
    assert_near(mt_answer_least_difference(&m.a, 5), mt_t_quantile(0.05 / 3, 4) / sqrt(5));
    release(&m);
}

static void test_goal(void **state)
{
    struct made m;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0.1 0.3"}, 2);
    m.section.metric.name = (char *)"val_loss";
    for (int i = 0; i < 4; i++)
        figure(&m, i, "val_loss", i < 2 ? 0.5 + 0.01 * i : 0.4);
    answer(&m);
    assert_int_equal(m.a.best, 1);
    assert_says(&m, "lowest mean of 2 seeds");
    assert_says(&m, "There are no test figures.");
    mt_answer_release(&m.a);
    m.section.metric.goal = MT_GOAL_MAXIMIZE;
    answer(&m);
    assert_int_equal(m.a.best, 0);
    release(&m);
}

/* Whatever is chosen on test samples is marked. */
static void test_chosen_on_test(void **state)
{
    struct made m;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0.1 0.3"}, 2);
    for (int i = 0; i < 4; i++) {
        figure(&m, i, "val_accuracy", 0.5 + 0.01 * i);
        figure(&m, i, "test_accuracy", 0.5 + 0.01 * i);
    }
    m.section.metric.name = (char *)"test_accuracy";
    answer(&m);
    assert_says(&m, "CHOSEN ON THE TEST SAMPLES");
    mt_answer_release(&m.a);
    m.section.metric.name = (char *)"val_accuracy";
    answer(&m);
    assert_false(says(&m, "CHOSEN ON"));
    mt_answer_release(&m.a);
    for (int i = 0; i < 4; i++)
        m.runs.results.v[i].validation_is_test = true;
    answer(&m);
    assert_says(&m, "CHOSEN ON THE TEST SAMPLES");
    assert_says(&m, "m=0.3 [validation = test]");
    assert_says(&m, "note: marked cells: the validation samples are the test samples");
    release(&m);
}

/* Effects: pairs of one seed and equal other values, averaged within the seed; a cell without figures takes
 * its partner with it. */
static void test_effects(void **state)
{
    struct made m;
    (void)state;
    make(&m, 2, s_m, (const char *const[]){"16 8", "0 0.5"}, 3);
    for (int i = 0; i < 12; i++) {
        int s = i / 6, margin = i / 3 % 2, seed = i % 3;
        if (s == 1 && margin == 1 && seed == 2)
            ends(&m, i, MT_TASK_DIVERGED, MT_RUN_DIVERGED, "the loss is not finite");
        else /* m adds .01 at s = 16, .03 at s = 8, and .002 per seed */
            figure(&m, i, "val_accuracy",
                   0.5 + 0.1 * seed + (s ? 0.05 : 0) + margin * (0.01 + 0.02 * s + 0.002 * seed));
    }
    answer(&m);
    assert_int_equal(m.a.n_effects, 2);
    const struct mt_sweep_effect *by_s = &m.a.effect[0], *by_m = &m.a.effect[1];
    assert_string_equal(by_s->c.group[0].label, "8"); /* ascending, whatever the order in the plan */
    assert_string_equal(by_s->c.group[by_s->c.baseline].label, "16");
    assert_int_equal(by_m->cells[1], 2);
    const struct mt_sample *d = &by_m->c.difference[by_m->c.n_metrics + m.a.reported].pairs;
    assert_int_equal(d->n, 3); /* seeds, not pairs of cells */
    double seed[3] = {0.02, 0.022, 0.014};
    assert_near(d->mean, (seed[0] + seed[1] + seed[2]) / 3);
    struct mt_sample want = mt_sample_of(seed, 3, MT_STATS_LEVEL, 0);
    assert_near(d->low, want.low);
    assert_near(d->p, want.p);
    assert_says(&m, "Effect of head.m at equal head.s, in val_accuracy");
    assert_says(&m, "Effect of head.s at equal head.m");
    release(&m);
}

/* Neither zeros nor forgotten. */
static void test_fates(void **state)
{
    struct made m;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0 0.1 0.2 0.3 0.4 0.5"}, 2);
    for (int i = 0; i < 12; i++)
        if (i < 4)
            figure(&m, i, "val_accuracy", 0.90 + 0.001 * i);
    figure(&m, 4, "val_accuracy", 0.99);
    ends(&m, 5, MT_TASK_DIVERGED, MT_RUN_DIVERGED, "the loss is not finite");
    for (int i = 6; i < 8; i++) {
        figure(&m, i, "val_accuracy", 0.1);
        ends(&m, i, MT_TASK_COLLAPSED, MT_RUN_COLLAPSED, "all weights point one way");
    }
    figure(&m, 8, "val_accuracy", 0.98); /* the other seed is missing */
    ends(&m, 9, MT_TASK_MISSING, MT_RUN_RUNNING, "");
    ends(&m, 10, MT_TASK_DROPPED, MT_RUN_INTERRUPTED, "dropped after epoch 4");
    ends(&m, 11, MT_TASK_DROPPED, MT_RUN_INTERRUPTED, "dropped after epoch 4; collapsed: all on one line");
    for (int i = 9; i < 12; i++)
        m.runs.task[i].result = -1;
    answer(&m);
    assert_int_equal(m.a.best, 1); /* 0.99 and 0.98 are of cells with one seed */
    assert_int_equal(m.a.n_candidates, 2);
    assert_says(&m, "Not finished: 1 of 12 runs have no result yet");
    assert_says(&m, "m=0.2 (1 complete, 1 diverged); m=0.3 (collapsed); m=0.4 (1 complete, 1 missing).");
    assert_says(&m, "dropped after 4 epochs");
    assert_says(&m, "note: m=0.2, seed 1 (run-5): diverged: the loss is not finite");
    assert_says(
        &m,
        "note: m=0.3, seed 0 (run-6): collapsed: all weights point one way; its figures are in the means");
    assert_says(&m, "2 runs were stopped early by successive halving");
    assert_says(
        &m,
        "Cannot be told from it in val_accuracy (corrected p not below 0.05): 3 cells: m=0; m=0.2; m=0.4.");
    assert_says(&m, "0.9900 (1 of 2)");
    assert_false(says(&m, "nan"));
    assert_false(says(&m, "0.1000"));
    struct mt_buf out = {0};
    mt_answer_csv(&m.a, &out);
    assert_non_null(strstr(out.data,
                           "\n5,m=0.5,0.5,2,0,0,0,0,2,0,0,0,false,false,false,false,val_accuracy,"
                           "\"chosen by, reported\",0,,,,,0,2,,,,,,,,,no seed that both have,0,2,"));
    mt_buf_release(&out);
    release(&m);
}

/* Where every cell has a run that ended badly, those with the fewest are left to choose from, and this is
 * said. */
static void test_all_bad(void **state)
{
    struct made m;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0 0.1 0.2"}, 3);
    for (int i = 0; i < 9; i++) {
        bool bad = i % 3 == 0 || i == 8;
        figure(&m, i, "val_accuracy", bad ? 0.1 : i < 3 ? 0.8 : 0.9);
        if (bad)
            ends(&m, i, MT_TASK_COLLAPSED, MT_RUN_COLLAPSED, "x");
    }
    answer(&m);
    assert_int_equal(m.a.best, 1);
    assert_int_equal(m.a.n_candidates, 2);
    assert_int_equal(m.a.bad_each, 1);
    assert_says(
        &m, "No cell is without a run that diverged, collapsed or failed; these have the fewest, 1 each.");
    assert_says(&m, "m=0.2 (1 complete, 2 collapsed)");
    release(&m);
}

static void test_nothing_yet(void **state)
{
    struct made m;
    struct mt_buf out = {0};
    struct mt_err err;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0 0.1"}, 2);
    for (int i = 0; i < 4; i++) {
        ends(&m, i, MT_TASK_MISSING, MT_RUN_RUNNING, "");
        m.runs.task[i].result = -1;
    }
    m.runs.results.n = 0;
    answer(&m);
    assert_says(&m, "Sweep made: 2 cells, 4 runs: missing");
    assert_says(&m, "No cell is best: no run has the figure val_accuracy.");
    mt_answer_csv(&m.a, &out);
    assert_non_null(strstr(out.data, "\n1,m=0.1,0.1,2,0,0,0,0,0,0,2,0,false,false,false,false,,,"));
    mt_answer_json(&m.a, &out);
    mt_answer_effects_csv(&m.a, &out);
    mt_buf_clear(&out);
    assert_int_equal(mt_answer_heatmap(&m.a, &out, &err), 0);
    assert_int_equal(out.len, 0);
    mt_buf_release(&out);
    m.runs.results.n = 4;
    release(&m);
}

static void test_one_seed(void **state)
{
    struct made m;
    (void)state;
    make(&m, 1, m_key, (const char *const[]){"0 0.1"}, 1);
    for (int i = 0; i < 2; i++)
        figure(&m, i, "val_accuracy", 0.9 + 0.01 * i);
    answer(&m);
    assert_int_equal(m.a.best, 1);
    assert_says(&m, "no interval can be given, and no difference told from luck");
    assert_false(says(&m, "luck explains"));
    assert_says(&m, "Cells: one seed, so no interval can be given");
    assert_says(&m, "one seed: no interval can be given");
    release(&m);
}

/* Cells that are all equal: the best is called different from another in at most 5 of 100 sweeps. The metric
 * it is chosen by is the worst case: corrected over the cells alone it would be 13 of 100. */
static void test_family(void **state)
{
    enum { TIMES = 600, CELLS = 16, SEEDS = 5 };
    int wrong = 0, wrong_base = 0;
    struct mt_rng rng;
    (void)state;
    mt_rng_init(&rng, 11, MT_STREAM_TEST, 0, 0);
    for (int k = 0; k < TIMES; k++) {
        struct made m;
        make(&m, 1, m_key, (const char *const[]){"0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"}, SEEDS);
        for (int i = 0; i < CELLS * SEEDS; i++)
            figure(&m, i, "val_accuracy", 0.9 + 0.01 * mt_rng_normal(&rng) + 0.02 * (i % SEEDS));
        answer(&m);
        double least = 1, least_base = 1;
        for (int i = 0; i < CELLS; i++) {
            double p = m.a.from_best.difference[i * m.a.from_best.n_metrics + m.a.reported].p_holm;
            double q = m.a.from_baseline.difference[i * m.a.from_best.n_metrics + m.a.reported].p_holm;
            least = isnan(p) ? least : fmin(least, p);
            least_base = isnan(q) ? least_base : fmin(least_base, q);
        }
        wrong += least < 0.05;
        wrong_base += least_base < 0.05;
        release(&m);
    }
    assert_in_range(wrong, 3, (int)(0.05 * TIMES + 3 * sqrt(0.05 * 0.95 * TIMES)));
    assert_in_range(wrong_base, 3, (int)(0.05 * TIMES + 3 * sqrt(0.05 * 0.95 * TIMES)));
}

/* Values are anybody's. */
static void test_hostile(void **state)
{
    struct made m;
    struct mt_buf out = {0};
    struct mt_err err;
    (void)state;
    make(&m, 2, (const char *const[]){"head.\"<s>", "head.m"},
         (const char *const[]){"</svg><script> =1+1,\"\x1b[2J", "0 0.1"}, 2);
    for (int i = 0; i < 8; i++)
        figure(&m, i, "val_accuracy", 0.9 + 0.01 * i);
    answer(&m);
    assert_int_equal(mt_answer_heatmap(&m.a, &out, &err), 0);
    assert_non_null(strstr(out.data, "&lt;/svg&gt;&lt;script&gt;"));
    assert_null(strstr(out.data, "<script"));
    assert_null(strchr(out.data, '\x1b'));
    mt_buf_clear(&out);
    mt_answer_text(&m.a, MT_TEXT_MARKDOWN, &out);
    assert_null(strstr(out.data, "<script"));
    assert_null(strchr(out.data, '\x1b'));
    mt_buf_clear(&out);
    mt_answer_csv(&m.a, &out);
    assert_non_null(strstr(out.data, ",\"=1+1,\"\"\x1b[2J\","));
    mt_buf_release(&out);
    release(&m);
}

/* A map of two parameters for each value of a third; hatched and named where a run did not come through. */
static void test_heatmap(void **state)
{
    struct made m;
    struct mt_buf out = {0};
    struct mt_err err;
    (void)state;
    make(&m, 3, (const char *const[]){"head.s", "model.normalize", "head.m"},
         (const char *const[]){"8 16 30", "true false", "0 0.1 0.3"}, 2);
    for (int i = 0; i < 36; i++)
        if (i < 34)
            figure(&m, i, "val_accuracy", 0.5 + 0.01 * (i / 2));
    ends(&m, 34, MT_TASK_DIVERGED, MT_RUN_DIVERGED, "");
    ends(&m, 35, MT_TASK_DIVERGED, MT_RUN_DIVERGED, "");
    ends(&m, 33, MT_TASK_COLLAPSED, MT_RUN_COLLAPSED, "");
    answer(&m);
    assert_int_equal(mt_answer_heatmap(&m.a, &out, &err), 0);
    assert_non_null(strstr(out.data, ">made: mean val_accuracy by head.s and head.m<"));
    assert_non_null(strstr(out.data, ">model.normalize = true<"));
    assert_non_null(strstr(out.data, ">model.normalize = false<"));
    assert_non_null(strstr(out.data, ">0.5000<"));
    assert_non_null(strstr(out.data, ">1 of 2 collapsed<"));
    assert_non_null(strstr(out.data, ">diverged<"));
    assert_non_null(strstr(out.data, "model.normalize = false, head.s 30, head.m 0.3: diverged."));
    mt_buf_release(&out);
    release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),         cmocka_unit_test(test_goal),
        cmocka_unit_test(test_chosen_on_test), cmocka_unit_test(test_effects),
        cmocka_unit_test(test_fates),          cmocka_unit_test(test_nothing_yet),
        cmocka_unit_test(test_one_seed),       cmocka_unit_test(test_family),
        cmocka_unit_test(test_hostile),        cmocka_unit_test(test_heatmap),
        cmocka_unit_test(test_all_bad),
    };
    return cmocka_run_group_tests_name("sweep_answer", tests, NULL, NULL);
}

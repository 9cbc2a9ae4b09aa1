/* Tests of lib/compare on results made up in memory: who is a group, what is paired with what, what is said.
 */
#include "tests/test.h"

#include <math.h>

#include "lib/compare/compare.h"

/* Settings as "key=value" between spaces, then figures likewise. */
static struct mt_result *add(struct mt_results *list, const char *name, int seed, const char *settings,
                             const char *figures)
{
    char copy[512], *rest, *word;
    list->v = realloc(list->v, (size_t)(list->n + 1) * sizeof *list->v);
    struct mt_result *r = &list->v[list->n++];
    memset(r, 0, sizeof *r);
    r->name = strdup(name);
    r->seed = seed;
    r->status.state = MT_RUN_COMPLETE;
    snprintf(copy, sizeof copy, "run-%d", list->n);
    r->path = strdup(copy);
    snprintf(r->status.run_id, sizeof r->status.run_id, "%d", list->n);
    snprintf(copy, sizeof copy, "%s", settings);
    for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        *equals = 0;
        assert_int_equal(mt_settings_add(&r->settings, word, equals + 1), 0);
    }
    snprintf(copy, sizeof copy, "%s", figures);
    for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        *equals = 0;
        r->figure = realloc(r->figure, (size_t)(r->n_figures + 1) * sizeof *r->figure);
        r->figure[r->n_figures++] = (struct mt_figure){strdup(word), strtod(equals + 1, NULL)};
    }
    return r;
}

static void compare(struct mt_comparison *c, const struct mt_results *list, const char *by,
                    const char *baseline)
{
    struct mt_err err = {0};
    struct mt_compare_options o = {.by = &by, .n_by = by != NULL, .baseline = baseline};
    int rc = mt_compare(c, list, &o, &err);
    if (rc < 0)
        fail_msg("%s", err.text);
}

static enum mt_err_kind refused(const struct mt_results *list, const struct mt_compare_options *o,
                                const char *text)
{
    struct mt_comparison c;
    struct mt_err err = {0};
    assert_int_equal(mt_compare(&c, list, o, &err), -1);
    if (!strstr(err.text, text))
        fail_msg("no '%s' in: %s", text, err.text);
    return err.kind;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static const char *words(const struct mt_group_difference *d)
{
    static char text[256];
    struct mt_buf b = {0};
    mt_difference_words(d, &b);
    snprintf(text, sizeof text, "%s", b.data);
    mt_buf_release(&b);
    return text;
}

static bool has_note(const struct mt_comparison *c, const char *text)
{
    for (int i = 0; i < c->n_notes; i++)
        if (strstr(c->note[i], text))
            return true;
    return false;
}

/* Two heads, three seeds: with two degrees of freedom p = 1 - t / sqrt(2 + t^2). */
static void test_two_groups(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    (void)state;
    add(&list, "a", 2, "head.type=softmax train.epochs=3", "test_accuracy=0.92");
    add(&list, "a", 0, "head.type=softmax train.epochs=3", "test_accuracy=0.90");
    add(&list, "b", 1, "head.type=arcface train.epochs=3 head.m=0.5", "test_accuracy=0.93");
    add(&list, "b", 0, "head.type=arcface train.epochs=3 head.m=0.5", "test_accuracy=0.91");
    add(&list, "b", 2, "head.type=arcface train.epochs=3 head.m=0.5", "test_accuracy=0.95");
    add(&list, "a", 1, "head.type=softmax train.epochs=3", "test_accuracy=0.91");
    compare(&c, &list, NULL, NULL);
    assert_int_equal(c.n_groups, 2);
    assert_int_equal(c.n_keys, 2);
    assert_string_equal(c.key[0], "head.type");
    assert_string_equal(c.group[0].label, "a");
    assert_string_equal(c.group[1].label, "b");
    assert_int_equal(c.group[0].n_seeds, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(c.group[0].run[i]->seed, i);
    assert_string_equal(c.metric[0], "test_accuracy");
    assert_near(c.figure[0].seeds.mean, 0.91);
    assert_near(c.figure[0].seeds.high - 0.91, sqrt(2 * 0.95 * 0.95 / (1 - 0.95 * 0.95)) * 0.01 / sqrt(3));
    const struct mt_sample *d = &c.difference[1].pairs;
    assert_int_equal(d->n, 3);
    assert_near(d->mean, 0.02);
    assert_near(d->t, 0.02 / (0.01 / sqrt(3)));
    assert_near(d->p, 1 - d->t / sqrt(2 + d->t * d->t));
    assert_near(c.difference[1].p_holm, d->p);
    assert_near(c.difference[1].p_signed_rank, 0.25);
    assert_string_equal(words(&c.difference[1]), "no difference can be told from 3 seeds: p = 0.074");
    mt_comparison_release(&c);
    compare(&c, &list, NULL, "b");
    assert_int_equal(c.baseline, 1);
    assert_near(c.difference[0].pairs.mean, -0.02);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

/* Of two comparisons the smaller p is doubled. */
static void test_holm_over_groups(void **state)
{
    static const double value[3][3] = {{0.5, 0.6, 0.7}, {0.52, 0.61, 0.73}, {0.7, 0.81, 0.9}};
    struct mt_results list = {0};
    struct mt_comparison c;
    char settings[64], figures[64];
    (void)state;
    for (int g = 0; g < 3; g++)
        for (int s = 0; s < 3; s++) {
            snprintf(settings, sizeof settings, "head.m=0.%d", g);
            snprintf(figures, sizeof figures, "test_accuracy=%g", value[g][s]);
            add(&list, "x", s, settings, figures);
        }
    compare(&c, &list, NULL, NULL);
    assert_string_equal(c.group[2].label, "m=0.2");
    assert_true(c.difference[2].pairs.p < c.difference[1].pairs.p);
    assert_near(c.difference[2].p_holm, 2 * c.difference[2].pairs.p);
    assert_near(c.difference[1].p_holm, fmax(c.difference[1].pairs.p, c.difference[2].p_holm));
    double t = c.difference[2].pairs.t; /* of 0.20, 0.21, 0.20: 61 */
    assert_near(c.difference[2].pairs.p, 1 - t / sqrt(2 + t * t));
    assert_string_equal(words(&c.difference[2]), "higher: p = 0.00054 after Holm");
    mt_comparison_release(&c);
    mt_results_release(&list);
}

/* A run without figures is neither a zero nor forgotten; one that collapsed counts, and is named. */
static void test_missing(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    (void)state;
    for (int s = 0; s < 3; s++) {
        add(&list, "a", s, "head.m=0", "test_accuracy=0.9");
        add(&list, "b", s, "head.m=1", s == 1 ? "" : s ? "test_accuracy=0.7" : "test_accuracy=0.8");
    }
    list.v[3].status.state = MT_RUN_DIVERGED;
    strcpy(list.v[3].status.reason, "the loss is not finite");
    list.v[5].status.state = MT_RUN_COLLAPSED;
    compare(&c, &list, NULL, NULL);
    assert_int_equal(c.figure[1].seeds.n, 2);
    assert_int_equal(c.figure[1].missing, 1);
    assert_near(c.figure[1].seeds.mean, 0.75);
    assert_int_equal(c.difference[1].pairs.n, 2);
    assert_int_equal(c.difference[1].pairs.missing, 1);
    assert_near(c.difference[1].pairs.mean, -0.15);
    assert_int_equal(c.group[1].in_state[MT_RUN_DIVERGED], 1);
    assert_true(has_note(&c, "run-4 (seed 1): diverged"));
    assert_true(has_note(&c, "the loss is not finite; it has no figures"));
    assert_true(has_note(&c, "run-6 (seed 2): collapsed"));
    struct mt_buf text = {0};
    mt_group_state_text(&c.group[1], &text);
    assert_string_equal(text.data, "1 complete, 1 diverged, 1 collapsed");
    mt_buf_clear(&text);
    mt_group_seeds_text(&c.group[1], &text);
    assert_string_equal(text.data, "3 (2 of 3 runs)");
    mt_buf_clear(&text);
    mt_comparison_text(&c, MT_TEXT_PLAIN, &text);
    assert_non_null(strstr(text.data, "(2 of 3)"));
    mt_buf_release(&text);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

/* What nine digits cannot tell apart is equal, and equal differences test nothing. */
static void test_no_spread(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    (void)state;
    for (int s = 0; s < 3; s++) {
        add(&list, "a", s, "head.m=0", "test_accuracy=0.973333333");
        add(&list, "b", s, "head.m=1", s ? "test_accuracy=0.976666667" : "test_accuracy=0.976666666");
        add(&list, "c", s, "head.m=2", s ? "test_accuracy=0.973333333" : "test_accuracy=0.973333334");
    }
    compare(&c, &list, NULL, NULL);
    assert_true(isnan(c.difference[1].pairs.p) && isnan(c.difference[1].p_holm));
    assert_string_equal(words(&c.difference[1]),
                        "higher by the same in each of 3 seeds: no spread to test against");
    assert_string_equal(words(&c.difference[2]), "the same in each of 3 seeds");
    assert_true(c.difference[2].pairs.mean == 0);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

static void test_few_seeds(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    (void)state;
    add(&list, "a", 0, "head.m=0", "test_accuracy=0.9");
    add(&list, "b", 0, "head.m=1", "test_accuracy=0.8");
    add(&list, "c", 5, "head.m=2", "test_accuracy=0.7");
    compare(&c, &list, NULL, NULL);
    assert_true(c.figure[0].seeds.n == 1 && isnan(c.figure[0].seeds.low));
    assert_string_equal(words(&c.difference[1]), "one seed: no interval can be given");
    assert_string_equal(words(&c.difference[2]), "no seed that both have");
    struct mt_buf text = {0};
    mt_comparison_text(&c, MT_TEXT_PLAIN, &text);
    assert_non_null(strstr(text.data, "no interval over seeds can be given"));
    assert_null(strstr(text.data, "nan"));
    mt_buf_release(&text);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

/* The effect of m at equal s: the seed is what is repeated, not the cell. */
static void test_by(void **state)
{
    static const char *const s[] = {"8", "16"}, *const m[] = {"0", "0.5"};
    struct mt_results list = {0};
    struct mt_comparison c;
    char settings[64], figures[64];
    (void)state;
    for (int seed = 0; seed < 2; seed++)
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < 2; k++) {
                if (seed == 1 && i == 1 && k == 1)
                    continue; /* this cell was not run: only s = 8 is compared in seed 1 */
                snprintf(settings, sizeof settings, "head.s=%s head.m=%s", s[i], m[k]);
                snprintf(figures, sizeof figures, "test_accuracy=%g",
                         0.5 + 0.1 * seed + 0.02 * i + k * (0.01 + 0.02 * i + 0.005 * seed));
                add(&list, "x", seed, settings, figures);
            }
    compare(&c, &list, "head.m", NULL);
    assert_int_equal(c.n_groups, 2);
    assert_string_equal(c.group[1].label, "m=0.5");
    assert_int_equal(c.figure[0].seeds.n, 2);
    assert_near(c.figure[0].seeds.mean, (0.51 + 0.61) / 2);
    const struct mt_sample *d = &c.difference[1].pairs;
    assert_int_equal(d->n, 2);
    assert_near(d->mean, (0.02 + 0.015) / 2);
    assert_true(has_note(&c, "also differ in head.s; differences are between runs that agree in head.s"));
    mt_comparison_release(&c);
    compare(&c, &list, "head", NULL); /* stands for both */
    assert_int_equal(c.n_groups, 4);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

static void test_repeats(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    (void)state;
    add(&list, "a", 0, "head.m=0", "test_accuracy=0.9");
    strcpy(add(&list, "a", 0, "head.m=0", "test_accuracy=0.9")->status.run_id, "1"); /* a copy of the first */
    compare(&c, &list, NULL, NULL);
    assert_int_equal(c.figure[0].seeds.n, 1);
    assert_int_equal(c.group[0].n_runs, 1);
    assert_true(has_note(&c, "run-2 was given before"));
    mt_comparison_release(&c);
    add(&list, "a", 0, "head.m=0", "test_accuracy=0.7"); /* another version's */
    compare(&c, &list, NULL, NULL);
    assert_int_equal(c.figure[0].seeds.n, 1);
    assert_near(c.figure[0].seeds.mean, 0.8);
    assert_true(has_note(&c, "repeat a seed"));
    mt_comparison_release(&c);
    mt_results_release(&list);
}

static void test_other_data(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    struct mt_err err;
    const char *metric[] = {"validation_accuracy"};
    (void)state;
    add(&list, "a", 0, "data.train.sha256=aa data.test.sha256=11",
        "test_accuracy=0.9 validation_accuracy=0.7");
    add(&list, "b", 0, "data.train.sha256=bb data.test.sha256=22",
        "test_accuracy=0.9 validation_accuracy=0.7");
    struct mt_compare_options o = {0};
    assert_int_equal(refused(&list, &o, "run-2: was judged on other test samples than run-1"), MT_ERR_DATA);
    o.force = true;
    assert_int_equal(mt_compare(&c, &list, &o, &err), 0);
    assert_true(c.group[1].other_data && !c.group[0].other_data);
    assert_true(has_note(&c, "b: judged on other samples than a"));
    assert_true(has_note(&c, "not all trained on the same samples"));
    mt_comparison_release(&c);
    o = (struct mt_compare_options){.metric = metric,
                                    .n_metrics = 1}; /* these samples are not known to differ */
    assert_int_equal(mt_compare(&c, &list, &o, &err), 0);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

/* Runs whose best epoch was chosen on the test samples say so wherever they stand. */
static void test_validation_is_test(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    struct mt_buf out = {0};
    (void)state;
    for (int s = 0; s < 2; s++) {
        add(&list, "a", s, "head.m=0", "test_accuracy=0.9");
        add(&list, "b", s, "head.m=1", s ? "test_accuracy=0.8" : "test_accuracy=0.85")->validation_is_test =
            s;
    }
    compare(&c, &list, NULL, NULL);
    assert_true(c.group[1].validation_is_test && !c.group[0].validation_is_test);
    assert_true(has_note(&c, "b: the validation samples are the test samples"));
    mt_comparison_text(&c, MT_TEXT_PLAIN, &out);
    int marks = 0;
    for (const char *p = out.data; (p = strstr(p, "b [validation = test]")); p++)
        marks++;
    assert_int_equal(marks, 3); /* groups, means, differences */
    assert_null(strstr(out.data, "a [validation"));
    mt_buf_clear(&out);
    mt_comparison_csv(&c, &out);
    assert_non_null(strstr(out.data, "\nb,false,complete; validation is test,1,"));
    mt_buf_clear(&out);
    mt_comparison_json(&c, &out);
    assert_non_null(strstr(out.data, "{\"label\": \"b\", \"baseline\": false, \"other_data\": false, "
                                     "\"validation_is_test\": true"));
    mt_buf_release(&out);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

static void test_wrong_words(void **state)
{
    struct mt_results list = {0};
    const char *metric[] = {"test_acuracy"}, *by[] = {"head.mm"}, *seed[] = {"seed"};
    struct mt_compare_options o = {0};
    (void)state;
    assert_int_equal(refused(&list, &o, "none of these runs"), MT_ERR_DATA);
    add(&list, "a", 0, "head.m=0", "test_accuracy=0.9");
    add(&list, "b", 0, "head.m=1", "test_accuracy=0.9");
    o = (struct mt_compare_options){.metric = metric, .n_metrics = 1};
    assert_int_equal(refused(&list, &o, "did you mean 'test_accuracy'?"), MT_ERR_USAGE);
    o = (struct mt_compare_options){.by = by, .n_by = 1};
    assert_int_equal(refused(&list, &o, "did you mean 'head.m'?"), MT_ERR_USAGE);
    o = (struct mt_compare_options){.by = seed, .n_by = 1};
    assert_int_equal(refused(&list, &o, "averaged over"), MT_ERR_USAGE);
    o = (struct mt_compare_options){.baseline = "c"};
    assert_int_equal(refused(&list, &o, "no group is called 'c'; there are 'a', 'b'"), MT_ERR_USAGE);
    mt_results_release(&list);
}

/* Labels are distinct, and say nothing that the row of a table says already. */
static void test_labels(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    (void)state;
    add(&list, "x", 0, "head.type=softmax", "test_accuracy=0.9");
    add(&list, "x", 0, "head.type=arcface head.s=16 head.m=0.1", "test_accuracy=0.9");
    add(&list, "x", 0, "head.type=arcface head.s=16 head.m=0.3", "test_accuracy=0.9");
    add(&list, "y", 0, "head.type=arcface head.s=16 head.m=0.5 train.init_from=/a/very/long/path",
        "test_accuracy=0.9");
    compare(&c, &list, NULL, NULL);
    assert_string_equal(c.group[0].label, "softmax init_from=unset");
    assert_string_equal(c.group[1].label, "arcface m=0.1 init_from=unset");
    assert_string_equal(c.group[3].label, "y");
    mt_comparison_release(&c);
    add(&list, "x", 0,
        "head.type=arcface head.s=16 head.m=0.1 "
        "train.init_from=/the/path/of/a/run/folder/that/is/rather/long",
        "test_accuracy=0.9");
    compare(&c, &list, NULL, "group 5");
    assert_int_equal(c.baseline, 4);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

/* Names are anybody's: they come back whole from CSV and JSON, and are text in Markdown. */
static void test_hostile_names(void **state)
{
    struct mt_results list = {0};
    struct mt_comparison c;
    struct mt_buf out = {0};
    (void)state;
    add(&list, "=1+1,\"a\"\nb|<i>\x1b[2J", 0, "head.m=0", "test_accuracy=0.9");
    add(&list, "b", 0, "head.m=1", "test_accuracy=0.8");
    compare(&c, &list, NULL, NULL);
    mt_comparison_csv(&c, &out);
    assert_non_null(
        strstr(out.data, "\n\"=1+1,\"\"a\"\"\nb|<i>\x1b[2J\",true,complete,0,test_accuracy,1,0,1,0.9,"));
    mt_buf_clear(&out);
    mt_comparison_json(&c, &out);
    assert_non_null(strstr(out.data, "{\"label\": \"=1+1,\\\"a\\\"\\nb|<i>\\u001b[2J\", \"baseline\": true"));
    mt_buf_clear(&out);
    mt_comparison_text(&c, MT_TEXT_MARKDOWN, &out);
    assert_non_null(strstr(out.data, "| =1+1,\"a\"\xef\xbf\xbd"
                                     "b\\|&lt;i&gt;\xef\xbf\xbd\\[2J | 0 | 1 | complete |\n"));
    assert_null(strstr(out.data, "<i>"));
    mt_buf_clear(&out);
    mt_comparison_text(&c, MT_TEXT_PLAIN, &out);
    assert_null(strchr(out.data, '\x1b'));
    mt_buf_release(&out);
    mt_comparison_release(&c);
    mt_results_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_groups),    cmocka_unit_test(test_holm_over_groups),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_no_spread),
        cmocka_unit_test(test_few_seeds),     cmocka_unit_test(test_by),
        cmocka_unit_test(test_repeats),       cmocka_unit_test(test_other_data),
        cmocka_unit_test(test_wrong_words),   cmocka_unit_test(test_labels),
        cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_validation_is_test),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}

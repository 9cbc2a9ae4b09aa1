/* Tests of lib/claims: verdicts on fixed numbers, figures of runs, and claim files that are refused. */
#include "tests/temp.h"

#include <math.h>

#include "lib/claims/changes.h"
#include "lib/claims/claims.h"
#include "lib/claims/confusion.h"
#include "lib/claims/figure.h"
#include "lib/core/file.h"

static enum mt_verdict verdict(int rule, double reported, double tolerance, const double *x, const double *against, int n)
{
    const struct mt_claim c = {.rule = rule, .reported = reported, .tolerance = tolerance, .against = against ? "b" : NULL};
    return mt_claim_judge(&c, x, against, n).verdict;
}

/* Of 1, 2, 3: mean 2, and with t(.975, 2) = 4.30265 the interval 2 -+ 2.48414. */
static void means_are_judged_by_their_interval(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3};
    assert_int_equal(verdict(MT_RULE_EQUAL, 2, 2.49, x, NULL, 3), MT_VERDICT_HOLDS);
    assert_int_equal(verdict(MT_RULE_EQUAL, 2, 2.48, x, NULL, 3), MT_VERDICT_OPEN);
    assert_int_equal(verdict(MT_RULE_EQUAL, 8, 3.51, x, NULL, 3), MT_VERDICT_FAILS);
    assert_int_equal(verdict(MT_RULE_EQUAL, 8, 3.52, x, NULL, 3), MT_VERDICT_OPEN);
    assert_int_equal(verdict(MT_RULE_AT_LEAST, -0.49, 0, x, NULL, 3), MT_VERDICT_HOLDS);
    assert_int_equal(verdict(MT_RULE_AT_LEAST, 5, 0.5, x, NULL, 3), MT_VERDICT_FAILS);
    assert_int_equal(verdict(MT_RULE_AT_LEAST, 5, 0.6, x, NULL, 3), MT_VERDICT_OPEN);
    assert_int_equal(verdict(MT_RULE_AT_MOST, 4.49, 0, x, NULL, 3), MT_VERDICT_HOLDS);
    assert_int_equal(verdict(MT_RULE_AT_MOST, -1, 0.4, x, NULL, 3), MT_VERDICT_FAILS);
}

static void one_seed_decides_nothing(void **state)
{
    (void)state;
    const double x[] = {2, NAN, NAN}, none[] = {NAN};
    assert_int_equal(verdict(MT_RULE_EQUAL, 2.1, 0.2, x, NULL, 3), MT_VERDICT_WITHIN);
    assert_int_equal(verdict(MT_RULE_EQUAL, 2.1, 0.05, x, NULL, 3), MT_VERDICT_OUTSIDE);
    assert_int_equal(verdict(MT_RULE_EQUAL, 2.1, 0.05, none, NULL, 1), MT_VERDICT_MISSING);
    assert_int_equal(verdict(MT_RULE_EQUAL, 2.1, 0.05, NULL, NULL, 0), MT_VERDICT_MISSING);
}

static void comparisons_are_paired_by_seed(void **state)
{
    (void)state;
    const double a[] = {10, 20, 30}, b[] = {11, 21.1, 30.9}, c[] = {11, 18, 31}, same[] = {10, 20, 30};
    assert_int_equal(verdict(MT_RULE_LESS, NAN, 0, a, b, 3), MT_VERDICT_HOLDS);
    assert_int_equal(verdict(MT_RULE_GREATER, NAN, 0, a, b, 3), MT_VERDICT_FAILS);
    assert_int_equal(verdict(MT_RULE_LESS, NAN, 0, a, c, 3), MT_VERDICT_OPEN);
    assert_int_equal(verdict(MT_RULE_LESS, NAN, 5, a, b, 3), MT_VERDICT_FAILS); /* smaller, but not by that much */
    assert_int_equal(verdict(MT_RULE_GREATER, NAN, 0, b, a, 3), MT_VERDICT_HOLDS);
    assert_int_equal(verdict(MT_RULE_GREATER, NAN, 0, a, same, 3), MT_VERDICT_FAILS);
    assert_int_equal(verdict(MT_RULE_LESS, NAN, 0, a, same, 3), MT_VERDICT_FAILS);
    assert_int_equal(verdict(MT_RULE_LESS, NAN, 0, a, b, 1), MT_VERDICT_WITHIN);
}

static void states_have_to_agree(void **state)
{
    (void)state;
    const double all[] = {1, 1}, none[] = {0, 0}, some[] = {1, 0};
    assert_int_equal(verdict(MT_RULE_STATE, NAN, 0, all, NULL, 2), MT_VERDICT_HOLDS);
    assert_int_equal(verdict(MT_RULE_STATE, NAN, 0, none, NULL, 2), MT_VERDICT_FAILS);
    assert_int_equal(verdict(MT_RULE_STATE, NAN, 0, some, NULL, 2), MT_VERDICT_OPEN);
    assert_int_equal(verdict(MT_RULE_STATE, NAN, 0, all, NULL, 1), MT_VERDICT_WITHIN);
}

static void put_file(const char *name, const char *text)
{
    struct mt_err err;
    assert_int_equal(mt_file_write(temp_path(name), text, strlen(text), &err), 0);
}

static void figures_come_from_the_column_and_the_epoch(void **state)
{
    (void)state;
    struct mt_result r = {.path = temp_dir};
    struct mt_err err;
    double value;
    put_file("metrics.csv", "epoch,stage,val_loss,t\n1,train,2.5,\n2,train,1.25,0.5\n");
    assert_int_equal(mt_claim_figure(&r, "val_loss@1", &value, &err), 0);
    assert_true(value == 2.5);
    assert_int_equal(mt_claim_figure(&r, "val_loss@last", &value, &err), 0);
    assert_true(value == 1.25);
    assert_int_equal(mt_claim_figure(&r, "t@2", &value, &err), 0);
    assert_true(value == 0.5);
    static const char *const missing[] = {"t@1", "val_loss@3", "loss@1", "stage@1", "val_loss"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        assert_int_equal(mt_claim_figure(&r, missing[i], &value, &err), 0);
        assert_true(isnan(value));
    }
    assert_int_equal(mt_claim_figure(&r, "t@x", &value, &err), -1);
    assert_non_null(strstr(err.text, "COLUMN@EPOCH"));
}

static void expect_wrong(const char *text, const char *says)
{
    struct mt_diag diag = {0};
    struct mt_claims c;
    put_file("claims.yaml", text);
    assert_int_equal(mt_claims_load(&c, temp_path("claims.yaml"), &diag), -1);
    if (!strstr(diag.text.data, says))
        fail_msg("%s", diag.text.data);
    mt_diag_release(&diag);
}

static void claim_files_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"id: a, claim: b, run: x/a, rule: equal, reported: 1", "rule equal needs figure"},
        {"id: a, claim: b, run: x/a, figure: f, rule: equal", "rule equal needs reported"},
        {"id: a, claim: b, run: x/a, figure: f, rule: less", "rule less needs against"},
        {"id: a, claim: b, run: x/a, rule: state", "rule state needs state"},
        {"id: a, claim: b, run: x/a, rule: state, state: fine", "'fine' is no state"},
        {"id: a, claim: b, run: x/b, rule: state, state: complete", "which is no experiment of the list"},
        {"id: a, claim: b, run: x/a, figure: f, rule: same", "rule"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[512];
        snprintf(text, sizeof text, "experiments: [{run: x/a}]\nclaims: [{%s}]\n", wrong[i][0]);
        expect_wrong(text, wrong[i][1]);
    }
}

static void tables_and_printed_figures_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"tables: [{notebook: y, title: T, show: log}]", "", "table 'T' is of 'y', of which there is no experiment"},
        {"tables: [{notebook: x, title: T, show: figures}]", "", "show: figures needs some"},
        {"tables: [{notebook: x, title: T, show: log, figures: [epochs]}]", "", "are for show: figures alone"},
        {"published: p.yaml", "epochs: [{run: x/b, line: 1, epoch: 1}]", "names 'x/b', which is no experiment"},
        {"published: p.yaml", "epochs: [{run: x/a, line: 1}]", "epoch"},
        {"published: p.yaml", "classes: [{run: x/a, line: 1, class: c, f1: 1.5}]", "f1"},
        {"published: no.yaml", "", "no.yaml"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[512];
        snprintf(text, sizeof text, "experiments: [{run: x/a}]\nclaims: [{id: a, claim: b, run: x/a, rule: state, state: complete}]\n%s\n", wrong[i][0]);
        put_file("p.yaml", wrong[i][1]);
        expect_wrong(text, wrong[i][2]);
    }
}

static void put_matrix(const char *text)
{
    struct mt_err err;
    assert_int_equal(mt_file_mkdirs(temp_path("eval/test"), &err), 0);
    put_file("eval/test/confusion_matrix.csv", text);
}

/* Rows are true classes: 3 of "a" right and 1 taken for "b,"; 2 of "b," right. */
static void confusion_matrices_add_up(void **state)
{
    (void)state;
    const struct mt_result r = {.path = temp_dir};
    struct mt_claim_matrix c, sum = {0};
    struct mt_class_report report;
    struct mt_err err;
    assert_int_equal(mt_claim_matrix_read(&c, &r, "test", &err), 0);
    put_matrix("true\\predicted,a,\"b,\"\na,3,1\n\"b,\",0,2\n");
    assert_int_equal(mt_claim_matrix_read(&c, &r, "test", &err), 1);
    assert_int_equal(c.classes, 2);
    assert_int_equal(c.samples, 6);
    assert_string_equal(c.name[1], "b,");
    assert_int_equal(mt_claim_matrix_report(&c, &report, &err), 0);
    assert_true(report.row[0].scores.recall == 0.75 && report.row[0].scores.precision == 1);
    assert_true(report.row[1].scores.recall == 1 && fabs(report.row[1].scores.precision - 2.0 / 3) < 1e-15);
    assert_true(fabs(report.accuracy - 5.0 / 6) < 1e-15);
    mt_class_report_release(&report);
    assert_int_equal(mt_claim_matrix_add(&sum, &c, &err), 0);
    assert_int_equal(mt_claim_matrix_add(&sum, &c, &err), 0);
    assert_int_equal(sum.samples, 12);
    assert_int_equal(sum.count[0], 6);
    assert_int_equal(sum.count[1], 2);
    assert_int_equal(sum.count[3], 4);
    strcpy(c.name[0], "x");
    assert_int_equal(mt_claim_matrix_add(&sum, &c, &err), -1);
    mt_claim_matrix_release(&c);
    mt_claim_matrix_release(&sum);
}

static void damaged_matrices_are_refused(void **state)
{
    (void)state;
    const struct mt_result r = {.path = temp_dir};
    struct mt_claim_matrix c;
    struct mt_err err;
    static const char *const wrong[] = {"true\\predicted,a,b\na,3,1\n", "true\\predicted,a,b\na,3,1\nb,0\n",
                                        "true\\predicted,a,b\na,3,-1\nb,0,2\n", "true\\predicted,a,b\na,3,\nb,0,2\n",
                                        "true\\predicted,a,b\na,3,99999999999\nb,0,2\n",
                                        "true\\predicted,a,b\na,1000000000,1\nb,0,2\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put_matrix(wrong[i]);
        assert_int_equal(mt_claim_matrix_read(&c, &r, "test", &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
    }
    put_matrix("true,predicted,samples\n0,0,3\n");
    assert_int_equal(mt_claim_matrix_read(&c, &r, "test", &err), 0);
}

static void changes_are_what_the_file_does_not_say(void **state)
{
    (void)state;
    struct mt_setting own[] = {{"head.s", "30"}, {"train.epochs", "200"}},
                      used[] = {{"head.s", "30"}, {"train.epochs", "20"}, {"train.precision", "bf16"}, {"data.test.sha256", "12"}};
    const struct mt_settings file = {own, 2, 2};
    const struct mt_result run = {.path = temp_dir, .settings = {used, 4, 4}}, same = {.path = temp_dir, .settings = {own, 2, 2}};
    struct mt_buf b = {0};
    mt_claim_changes(&file, &same, &b);
    assert_int_equal(b.len, 0);
    mt_claim_changes(&file, &run, &b);
    assert_string_equal(b.data, "train.epochs=20, train.precision=bf16");
    mt_buf_release(&b);
}

static void validation_on_the_test_set_is_known(void **state)
{
    (void)state;
    struct mt_setting allowed[] = {{"data.allow_test_as_validation", "true"}};
    struct mt_result r = {.path = temp_dir, .status = {.state = MT_RUN_COMPLETE}, .settings = {allowed, 1, 1}};
    assert_false(mt_claim_validates_on_test(&r)); /* allowed, and not made use of */
    r.validation_is_test = true;
    assert_true(mt_claim_validates_on_test(&r));
    r.validation_is_test = false;
    r.status.state = MT_RUN_RUNNING;
    assert_true(mt_claim_validates_on_test(&r));
    r.path = NULL;
    assert_false(mt_claim_validates_on_test(&r));
}

static void the_committed_claims_are_right(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    struct mt_claims c;
    if (mt_claims_load(&c, "configs/notebooks/claims.yaml", &diag) < 0)
        fail_msg("%s", diag.text.data);
    for (int i = 0; i < c.experiments.n; i++) {
        char path[256];
        snprintf(path, sizeof path, "configs/notebooks/%s.yaml", mt_claim_experiment_at(&c, i)->run);
        assert_true(mt_file_exists(path));
    }
    assert_int_equal(c.published.epochs.n, 20); /* every tenth of N2's 200 */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(mt_published_epoch_at(&c.published, i)->epoch, 10 * (i + 1));
        assert_int_equal(mt_published_epoch_at(&c.published, i)->line, 134 + i);
    }
    mt_claims_release(&c);
    mt_diag_release(&diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_judged_by_their_interval),
        cmocka_unit_test(one_seed_decides_nothing),
        cmocka_unit_test(comparisons_are_paired_by_seed),
        cmocka_unit_test(states_have_to_agree),
        cmocka_unit_test_setup_teardown(figures_come_from_the_column_and_the_epoch, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(claim_files_are_checked, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(tables_and_printed_figures_are_checked, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(confusion_matrices_add_up, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(damaged_matrices_are_refused, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(changes_are_what_the_file_does_not_say, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(validation_on_the_test_set_is_known, temp_setup, temp_teardown),
        cmocka_unit_test(the_committed_claims_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

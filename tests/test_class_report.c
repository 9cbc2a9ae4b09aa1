/* Tests of the classification report and the confusion matrix: byte for byte scikit-learn's. */
#include "tests/test.h"

#include <stdbool.h>
#include <sys/wait.h>

#include "lib/eval/class_report.h"

/* One case of scripts/make-report-cases. */
struct report_case {
    int n, classes, digits, named;
    char **name;
    int32_t *label, *pred;
    int64_t *matrix;
    struct mt_buf report;
};

static char *read_line(FILE *f)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = getline(&line, &cap, f);
    assert_true(len > 0 && line[len - 1] == '\n');
    line[len - 1] = 0;
    return line;
}

static int32_t *read_ints(FILE *f, int n)
{
    int32_t *v = malloc((size_t)n * sizeof *v);
    for (int i = 0; i < n; i++)
        assert_int_equal(fscanf(f, "%d", &v[i]), 1);
    assert_int_equal(fgetc(f), '\n');
    return v;
}

static bool read_case(FILE *f, struct report_case *c)
{
    memset(c, 0, sizeof *c);
    if (fscanf(f, "case %d %d %d %d", &c->n, &c->classes, &c->digits, &c->named) != 4)
        return false;
    fgetc(f);
    c->name = calloc((size_t)c->classes, sizeof *c->name);
    for (int k = 0; c->named && k < c->classes; k++)
        c->name[k] = read_line(f);
    c->label = read_ints(f, c->n);
    c->pred = read_ints(f, c->n);
    c->matrix = calloc((size_t)c->classes * (size_t)c->classes, sizeof *c->matrix);
    for (int i = 0; i < c->classes; i++) {
        int32_t *row = read_ints(f, c->classes);
        for (int j = 0; j < c->classes; j++)
            c->matrix[i * c->classes + j] = row[j];
        free(row);
    }
    int lines;
    assert_int_equal(fscanf(f, "report %d", &lines), 1);
    fgetc(f);
    for (int i = 0; i < lines; i++) {
        char *line = read_line(f);
        mt_buf_puts(&c->report, line);
        mt_buf_puts(&c->report, "\n");
        free(line);
    }
    assert_int_equal(fgetc(f), '\n');
    return true;
}

static void release_case(struct report_case *c)
{
    for (int k = 0; k < c->classes; k++)
        free(c->name[k]);
    free(c->name);
    free(c->label);
    free(c->pred);
    free(c->matrix);
    mt_buf_release(&c->report);
}

static void check_case(const struct report_case *c)
{
    struct mt_err err;
    struct mt_class_report r;
    struct mt_buf out = {0}, want = {0};
    const char *const *name = c->named ? (const char *const *)c->name : NULL;
    assert_int_equal(mt_class_report_make(&r, c->label, c->pred, c->n, c->classes, &err), 0);
    mt_class_report_text(&r, name, c->digits, &out);
    assert_string_equal(out.data, c->report.data);
    mt_buf_clear(&out);
    assert_int_equal(mt_confusion_csv(c->label, c->pred, c->n, c->classes, name, &out, &err), 0);
    mt_buf_puts(&want, "true\\predicted");
    for (int i = -1; i < c->classes; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        if (i >= 0)
            mt_buf_csv_field(&want, name ? name[i] : number);
        for (int j = 0; j < c->classes; j++) {
            snprintf(number, sizeof number, "%d", i < 0 ? j : (int)c->matrix[i * c->classes + j]);
            mt_buf_puts(&want, ",");
            mt_buf_csv_field(&want, i < 0 && name ? name[j] : number);
        }
        mt_buf_puts(&want, "\n");
    }
    assert_string_equal(out.data, want.data);
    mt_class_report_release(&r);
    mt_buf_release(&out);
    mt_buf_release(&want);
}

static int check_cases(FILE *f)
{
    struct report_case c;
    int n = 0;
    for (; read_case(f, &c); n++) {
        check_case(&c);
        release_case(&c);
    }
    return n;
}

static void reports_match_golden(void **state)
{
    (void)state;
    FILE *f = fopen("tests/golden/classification_report.txt", "r");
    assert_non_null(f);
    assert_int_equal(check_cases(f), 40);
    fclose(f);
}

static void reports_match_scikit_learn(void **state)
{
    (void)state;
    static const char *const python[] = {"python3", "/usr/bin/python3"};
    for (int i = 0; i < 2; i++) {
        char command[128];
        snprintf(command, sizeof command, "%s scripts/make-report-cases --seed 7 --cases 200 2>/dev/null",
                 python[i]);
        FILE *f = popen(command, "r");
        assert_non_null(f);
        int n = check_cases(f), status = pclose(f);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            continue; /* no Python, or one without scikit-learn */
        assert_int_equal(n, 200);
        return;
    }
    skip();
}

static void report_as_csv_and_note(void **state)
{
    (void)state;
    struct mt_err err;
    struct mt_class_report r;
    struct mt_buf b = {0};
    static const int32_t label[] = {0, 0, 2, 2}, pred[] = {0, 2, 2, 2};
    static const char *const name[] = {"a,b", "\x1b[31mred", "c", "d"};
    assert_int_equal(mt_class_report_make(&r, label, pred, 4, 4, &err), 0);
    mt_class_report_csv(&r, name, &b);
    assert_string_equal(
        b.data, "label,label_name,precision,recall,f1_score,support\n"
                "0,\"a,b\",1,0.5,0.666666667,2\n1,\x1b[31mred,0,0,0,0\n2,c,0.666666667,1,0.8,2\n3,d,0,0,0,0\n"
                ",accuracy,,,0.75,4\n,macro avg,0.416666667,0.375,0.366666667,4\n"
                ",weighted avg,0.833333333,0.75,0.733333333,4\n");
    mt_buf_clear(&b);
    mt_class_report_note(&r, name, &b);
    assert_string_equal(b.data, "0/0 is reported as 0: no prediction of \xef\xbf\xbd[31mred, d; no sample of "
                                "\xef\xbf\xbd[31mred, d\n");
    mt_class_report_release(&r);
    mt_buf_clear(&b);
    assert_int_equal(mt_class_report_make(&r, label, pred, 4, 12, &err), 0);
    mt_class_report_note(&r, NULL, &b);
    assert_non_null(strstr(b.data, "no prediction of 1, 3, 4, 5, 6 and 5 more"));
    mt_class_report_release(&r);
    assert_int_equal(mt_class_report_make(&r, label, pred, 0, 2, &err), 0); /* no samples at all */
    assert_true(r.accuracy == 0 && r.macro.f1 == 0 && r.weighted.recall == 0);
    mt_class_report_release(&r);
    assert_int_equal(mt_class_report_make(&r, label, pred, 4, 2, &err), -1);
    assert_int_equal(mt_confusion_csv(label, pred, 4, 2, NULL, &b, &err), -1);
    mt_buf_clear(&b);
    static const int32_t many[] = {2500, 0, 2500, 100000, 0}, guess[] = {7, 3, 100000, 0, 3};
    assert_int_equal(mt_confusion_csv(many, guess, 5, 100001, NULL, &b, &err), 0); /* not 10^10 cells */
    assert_string_equal(b.data, "true,predicted,samples\n0,3,2\n2500,7,1\n2500,100000,1\n100000,0,1\n");
    mt_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_match_golden),
        cmocka_unit_test(reports_match_scikit_learn),
        cmocka_unit_test(report_as_csv_and_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

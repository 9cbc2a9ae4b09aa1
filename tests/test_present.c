/* Tests of lib/present: the files of a run folder as arrays, whole, missing and damaged. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/buf.h"
#include "lib/core/file.h"
#include "lib/present/run_angles.h"
#include "lib/present/run_data.h"
#include "tests/temp.h"

static struct mt_err err;

static void put(const char *name, const char *text)
{
    char *folder = mt_path_dir(temp_path(name));
    assert_int_equal(mt_file_mkdirs(folder, &err), 0);
    free(folder);
    assert_int_equal(mt_file_write(temp_path(name), text, strlen(text), &err), 0);
}

static void expect_error(const char *first, const char *second)
{
    assert_int_equal(err.kind, MT_ERR_DATA);
    if (!strstr(err.text, first) || !strstr(err.text, second))
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", err.text, first, second);
}

/* --- metrics.csv --- */

static void curves_have_gaps(void **state)
{
    (void)state;
    struct mt_curves c;
    put("metrics.csv",
        "epoch,stage,lr,t,val_loss\n1,\"a,\"\"b\",0.1,,1.5\n2,main,1e-3,0.25,inf\n3,main,,nan,-inf");
    assert_int_equal(mt_curves_read(&c, temp_dir, &err), 1);
    assert_int_equal(c.n, 3);
    assert_int_equal(c.columns, 4);
    assert_string_equal(c.name[1], "lr");
    assert_string_equal(c.stage[0], "a,\"b");
    const double *t = mt_curves_column(&c, "t"), *loss = mt_curves_column(&c, "val_loss");
    assert_true(isnan(t[0]) && t[1] == 0.25 && isnan(t[2]));
    assert_true(loss[0] == 1.5 && loss[1] == INFINITY && loss[2] == -INFINITY);
    assert_true(mt_curves_column(&c, "epoch")[2] == 3);
    assert_null(mt_curves_column(&c, "stage"));
    assert_null(mt_curves_column(&c, "none"));
    mt_curves_release(&c);
    put("metrics.csv", "epoch,stage,lr\n"); /* before the first epoch has ended */
    assert_int_equal(mt_curves_read(&c, temp_dir, &err), 1);
    assert_int_equal(c.n, 0);
    mt_curves_release(&c);
}

static void damaged_curves_are_told(void **state)
{
    (void)state;
    struct mt_curves c;
    static const char *const bad[][3] = {
        {"", ":1: ", "is empty"},
        {"stage,lr\n", ":1: ", "no column 'epoch'"},
        {"epoch,stage,lr\n1,a\n", ":2: ", "2 fields where the header has 3"},
        {"epoch,stage,lr\n1,a,0.1\n2,b,zero\n", ":3: ", "column 'lr' holds 'zero'"},
        {"epoch,stage,lr\n1,\"a,0.1\n", ":2:3: ", "not closed"},
        {"epoch,lr\n1,0x10\n", ":2: ", "0x10"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put("metrics.csv", bad[i][0]);
        assert_int_equal(mt_curves_read(&c, temp_dir, &err), -1);
        expect_error(bad[i][1], bad[i][2]);
    }
}

/* --- points --- */

static void points_bring_their_classes(void **state)
{
    (void)state;
    struct mt_points p;
    struct mt_class_names names = {0};
    char room[16];
    put("embeddings/test.csv", "index,label,label_name,pred,x,y,z\n7,2,\"<b>,\"\"\",0,0.5,-1e-3,3\n9,0,zero,"
                               "4,1,,inf\n11,,,,1,2,3\n");
    assert_int_equal(mt_points_read(&p, temp_dir, "embeddings/test.csv", &names, &err), 1);
    assert_int_equal(p.n, 3);
    assert_int_equal(p.dim, 3);
    assert_int_equal(p.index[2], 11);
    assert_int_equal(p.label[0], 2);
    assert_int_equal(p.label[2], -1);
    assert_int_equal(p.pred[1], 4);
    assert_int_equal(p.pred[2], -1);
    assert_true(p.x[1] == -1e-3f && isnan(p.x[4]) && p.x[5] == INFINITY && p.x[8] == 3);
    assert_int_equal(names.n, 5);
    assert_string_equal(mt_class_name(&names, 2, room), "<b>,\"");
    assert_string_equal(mt_class_name(&names, 0, room), "zero");
    assert_string_equal(mt_class_name(&names, 4, room), "4");
    assert_string_equal(mt_class_name(&names, 4000, room), "4000");
    assert_string_equal(mt_class_name(NULL, 3, room), "3");
    mt_points_release(&p);

    put("embeddings/centers.csv", "label,label_name,count,e0,e1,e2,e3\n0,zero,12,1,2,3,4\n1,one,0,,,,\n");
    assert_int_equal(mt_points_read(&p, temp_dir, "embeddings/centers.csv", &names, &err), 1);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.dim, 4);
    assert_int_equal(p.index[0], 12);
    assert_true(p.x[3] == 4 && isnan(p.x[4]));
    assert_string_equal(mt_class_name(&names, 1, room), "one");
    mt_points_release(&p);
    mt_class_names_release(&names);
}

static void damaged_points_are_told(void **state)
{
    (void)state;
    struct mt_points p;
    struct mt_class_names names = {0};
    static const char *const bad[][3] = {
        {"", ":1: ", "is empty"},
        {"x,y\n", ":1: ", "no column 'label'"},
        {"index,label,label_name,pred\n", ":1: ", "no coordinates"},
        {"label,label_name,x,y\n99999999,a,1,2\n", ":2: ", "column 'label' holds '99999999'"},
        {"label,label_name,x,y\n1048576,a,1,2\n", ":2: ", "column 'label' holds '1048576'"},
        {"label,label_name,x,y\n-1,a,1,2\n", ":2: ", "'-1'"},
        {"label,label_name,x,y\n1.5,a,1,2\n", ":2: ", "'1.5'"},
        {"index,label,x,y\n99999999999999999999,1,1,2\n", ":2: ", "column 'index'"},
        {"label,x,y\n1,2,y\n", ":2: ", "column 'y'"},
        {"label,x,y\n1,2,3\n1,2,3,4\n", ":3: ", "4 fields"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put("projections/pca.csv", bad[i][0]);
        assert_int_equal(mt_points_read(&p, temp_dir, "projections/pca.csv", &names, &err), -1);
        expect_error(bad[i][1], bad[i][2]);
    }
    mt_class_names_release(&names);
}

/* A header of many columns over many empty lines must not ask for their product. */
static void memory_is_bounded_by_the_file(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct mt_points p;
    mt_buf_puts(&b, "label");
    for (int i = 0; i < 60000; i++)
        mt_buf_printf(&b, ",e%d", i);
    for (int i = 0; i < 4000000; i++)
        mt_buf_puts(&b, "\n");
    put("embeddings/test.csv", b.data); /* 240,000,000,000 floats */
    mt_buf_release(&b);
    assert_int_equal(mt_points_read(&p, temp_dir, "embeddings/test.csv", NULL, &err), -1);
    expect_error(":2: ", "1 fields where the header has 60001");
}

/* --- eval --- */

static void predictions_with_and_without_files(void **state)
{
    (void)state;
    struct mt_predicted p;
    struct mt_class_names names = {0};
    char room[16];
    put("eval/test/predictions.csv",
        "index,file,label,label_name,pred,pred_name,probability,top2,top2_name,margin,center_pred,knn_pred\n"
        "4,a/b.png,1,cat,3,dog,0.75,1,cat,0.5,3,1\n5,c.png,,,0,owl,1,,,,,\n");
    assert_int_equal(mt_predicted_read(&p, temp_dir, "test", &names, &err), 1);
    assert_int_equal(p.n, 2);
    assert_string_equal(p.file[0], "a/b.png");
    assert_true(p.probability[0] == 0.75f && p.margin[0] == 0.5f && isnan(p.margin[1]));
    assert_int_equal(p.second[1], -1);
    assert_int_equal(p.knn[0], 1);
    assert_string_equal(mt_class_name(&names, 3, room), "dog");
    mt_predicted_release(&p);
    put("eval/test/predictions.csv", "index,label,pred,probability\n4,1,3,0.5\n");
    assert_int_equal(mt_predicted_read(&p, temp_dir, "test", NULL, &err), 1);
    assert_null(p.file);
    assert_int_equal(p.center[0], -1);
    mt_predicted_release(&p);
    put("eval/test/predictions.csv", "index,file,label,pred\n4,f,1,3\n5,g,one,3\n");
    assert_int_equal(mt_predicted_read(&p, temp_dir, "test", NULL, &err), -1);
    expect_error(":3: ", "column 'label' holds 'one'");
    mt_class_names_release(&names);
}

static void confusion_is_a_square(void **state)
{
    (void)state;
    struct mt_confusion c;
    put("eval/test/confusion_matrix.csv", "true\\predicted,\"a,b\",c\n\"a,b\",5,1\nc,0,7\n");
    assert_int_equal(mt_confusion_read(&c, temp_dir, "test", &err), 1);
    assert_int_equal(c.classes, 2);
    assert_string_equal(c.name[0], "a,b");
    assert_true(c.count[0] == 5 && c.count[1] == 1 && c.count[2] == 0 && c.count[3] == 7);
    mt_confusion_release(&c);
    put("eval/test/confusion_matrix.csv", "true,predicted,samples\n3,4,5\n");
    assert_int_equal(mt_confusion_read(&c, temp_dir, "test", &err), 0);
    static const char *const bad[][2] = {
        {"", "is empty"},
        {"true\\predicted\n", "no confusion matrix"},
        {"true\\predicted,a,b\na,1,2\n", "one row for each of its 2 classes"},
        {"true\\predicted,a\na,1\nb,1\n", "one row for each of its 1 classes"},
        {"true\\predicted,a\na,-1\n", "'-1'"},
        {"true\\predicted,a\na,9223372036854775807\n", "9223372036854775807"},
        {"true\\predicted,a,b\na,1\n", "2 fields"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put("eval/test/confusion_matrix.csv", bad[i][0]);
        assert_int_equal(mt_confusion_read(&c, temp_dir, "test", &err), -1);
        expect_error("confusion_matrix.csv:", bad[i][1]);
    }
}

static void every_file_is_optional(void **state)
{
    (void)state;
    struct mt_curves c;
    struct mt_points p;
    struct mt_predicted q;
    struct mt_confusion m;
    assert_int_equal(mt_curves_read(&c, temp_dir, &err), 0);
    assert_int_equal(mt_points_read(&p, temp_dir, "embeddings/test.csv", NULL, &err), 0);
    assert_int_equal(mt_predicted_read(&q, temp_dir, "test", NULL, &err), 0);
    assert_int_equal(mt_confusion_read(&m, temp_dir, "test", &err), 0);
    mt_curves_release(&c);
    mt_points_release(&p);
    mt_predicted_release(&q);
    mt_confusion_release(&m);
    assert_null(mt_run_split(temp_dir));
    put("embeddings/train.csv", "label,x,y\n");
    assert_string_equal(mt_run_split(temp_dir), "train");
    put("embeddings/test.csv", "label,x,y\n");
    assert_string_equal(mt_run_split(temp_dir), "test");
}

static void angles_to_the_own_and_the_nearest_other_center(void **state)
{
    (void)state;
    float x[] = {2, 0, 1, 1, 0, 0, -1, 0, 0, 3}, at[] = {1, 0, 0, 5, NAN, NAN};
    int32_t label[] = {0, 0, 0, 1, -1}, class[] = {0, 1, 2}, far[] = {2};
    struct mt_points p = {.n = 5, .dim = 2, .label = label, .x = x};
    struct mt_points centers = {.n = 3, .dim = 2, .label = class, .x = at};
    float target[5], other[5];
    assert_int_equal(mt_run_angles(&p, &centers, target, other, &err), 0);
    assert_true(fabsf(target[0]) < 1e-4f && fabsf(other[0] - 90) < 1e-4f);
    assert_true(fabsf(target[1] - 45) < 1e-4f && fabsf(other[1] - 45) < 1e-4f);
    assert_true(isnan(target[2]) && isnan(other[2])); /* of length zero */
    assert_true(fabsf(target[3] - 90) < 1e-4f && fabsf(other[3] - 180) < 1e-4f);
    assert_true(isnan(target[4]) && isnan(other[4])); /* without a label */
    p.n = 1;
    p.label = far; /* its class has no samples, so no center */
    assert_int_equal(mt_run_angles(&p, &centers, target, other, &err), 0);
    assert_true(isnan(target[0]) && fabsf(other[0]) < 1e-4f);
    centers.n = 0;
    assert_int_equal(mt_run_angles(&p, &centers, target, other, &err), 0);
    assert_true(isnan(target[0]) && isnan(other[0]));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(curves_have_gaps),
        IN_A_FOLDER(damaged_curves_are_told),
        IN_A_FOLDER(points_bring_their_classes),
        IN_A_FOLDER(damaged_points_are_told),
        IN_A_FOLDER(memory_is_bounded_by_the_file),
        IN_A_FOLDER(predictions_with_and_without_files),
        IN_A_FOLDER(confusion_is_a_square),
        IN_A_FOLDER(every_file_is_optional),
        cmocka_unit_test(angles_to_the_own_and_the_nearest_other_center),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

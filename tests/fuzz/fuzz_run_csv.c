/* fuzz_run_csv.c: the tables of a run folder, as reports and comparisons read them. Input: which, then the
 * file. */
#include "lib/claims/confusion.h"
#include "lib/compare/epochs.h"
#include "lib/present/run_data.h"
#include "tests/fuzz/fuzz_folder.h"

static void check_curves(const char *run)
{
    struct mt_curves c;
    struct mt_err err = {.kind = 0};
    double value;
    int rc = mt_curves_read(&c, run, &err);
    FUZZ_CHECK(rc == 1 || (rc == -1 && err.kind == MT_ERR_DATA && err.text[0]));
    if (rc == 1) {
        FUZZ_CHECK(c.n >= 0 && c.columns >= 0);
        mt_curves_release(&c);
    }
    rc = mt_epochs_at(run, MT_EPOCH_LAST, "val_accuracy", &value, &err);
    FUZZ_CHECK(rc >= -1 && rc <= 1);
    mt_epochs_at(run, 2, "val_accuracy", &value, &err);
}

static void check_points(const char *run, const char *file)
{
    struct mt_points p;
    struct mt_class_names names = {0};
    struct mt_err err = {.kind = 0};
    int rc = mt_points_read(&p, run, file, &names, &err);
    FUZZ_CHECK(rc == 1 || (rc == -1 && err.kind == MT_ERR_DATA && err.text[0]));
    for (int64_t i = 0; rc == 1 && i < p.n; i++)
        FUZZ_CHECK(p.label[i] >= -1 && p.pred[i] >= -1 && p.dim > 0);
    if (rc == 1)
        mt_points_release(&p);
    mt_class_names_release(&names);
}

static void check_predicted(const char *run)
{
    struct mt_predicted p;
    struct mt_class_names names = {0};
    struct mt_err err = {.kind = 0};
    int rc = mt_predicted_read(&p, run, "test", &names, &err);
    FUZZ_CHECK(rc == 1 || (rc == -1 && err.kind == MT_ERR_DATA && err.text[0]));
    for (int64_t i = 0; rc == 1 && i < p.n; i++)
        FUZZ_CHECK(p.label[i] >= -1 && p.pred[i] >= -1 && p.second[i] >= -1);
    if (rc == 1)
        mt_predicted_release(&p);
    mt_class_names_release(&names);
}

static void check_confusion(const char *run)
{
    struct mt_confusion c;
    struct mt_claim_matrix m;
    struct mt_result r = {.path = (char *)run};
    struct mt_err err = {.kind = 0};
    int rc = mt_confusion_read(&c, run, "test", &err);
    if (rc == 1) {
        for (int64_t i = 0; i < (int64_t)c.classes * c.classes; i++)
            FUZZ_CHECK(c.count[i] >= 0);
        mt_confusion_release(&c);
    }
    if ((rc = mt_claim_matrix_read(&m, &r, "test", &err)) == 1) {
        FUZZ_CHECK(m.samples >= 0 && m.samples <= MT_CONFUSION_MOST);
        mt_claim_matrix_release(&m);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    switch (fuzz_byte(&data, &size) % 5) {
    case 0:
        check_curves(fuzz_folder("metrics.csv", data, size));
        break;
    case 1:
        check_points(fuzz_folder("embeddings/test.csv", data, size), "embeddings/test.csv");
        break;
    case 2:
        check_points(fuzz_folder("embeddings/centers.csv", data, size), "embeddings/centers.csv");
        break;
    case 3:
        check_predicted(fuzz_folder("eval/test/predictions.csv", data, size));
        break;
    default:
        check_confusion(fuzz_folder("eval/test/confusion_matrix.csv", data, size));
    }
    return 0;
}

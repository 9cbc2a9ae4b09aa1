/* fuzz_run_json.c: the JSON files of a run folder: status.json, summary.json and data.json. Input: which,
 * then the file. */
#include "lib/compare/data_id.h"
#include "lib/compare/results.h"
#include "lib/train/rundir.h"
#include "tests/fuzz/fuzz_folder.h"

static void check_status(const char *run)
{
    struct mt_status s;
    struct mt_err err = {.kind = 0};
    int rc = mt_status_read(run, &s, &err);
    FUZZ_CHECK(rc == 1 || (rc == -1 && err.kind == MT_ERR_DATA && err.text[0]));
    if (rc == 1)
        FUZZ_CHECK(s.state <= MT_RUN_COLLAPSED && strlen(s.reason) < sizeof s.reason &&
                   strlen(s.run_id) < sizeof s.run_id);
}

static void check_summary(const char *run)
{
    struct mt_figure *figure;
    int n;
    struct mt_err err = {.kind = 0};
    int rc = mt_figures_read(run, &figure, &n, &err);
    FUZZ_CHECK(rc == 0 || (err.kind == MT_ERR_DATA && err.text[0]));
    for (int i = 0; i < n; i++)
        free(figure[i].key);
    free(figure);
}

static void check_data(const char *run)
{
    struct mt_settings settings = {0};
    struct mt_experiment e = {0};
    struct mt_err err = {.kind = 0};
    int rc = mt_data_id_add(&settings, &e, run, true, &err);
    FUZZ_CHECK(rc == 0 || (err.kind == MT_ERR_DATA && err.text[0]));
    FUZZ_CHECK(rc < 0 || mt_settings_get(&settings, "data.train.sha256"));
    mt_settings_release(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    switch (fuzz_byte(&data, &size) % 3) {
    case 0:
        check_status(fuzz_folder("status.json", data, size));
        break;
    case 1:
        check_summary(fuzz_folder("summary.json", data, size));
        break;
    default:
        check_data(fuzz_folder("data.json", data, size));
    }
    return 0;
}

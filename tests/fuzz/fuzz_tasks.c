/* fuzz_tasks.c: tasks.csv of a sweep folder, and the texts of several values that the command line gives.
 * Input: which, then the text. */
#include "lib/sweep/tasks.h"
#include "lib/sweep/values.h"
#include "tests/fuzz/fuzz_folder.h"

static void release(struct mt_sweep *s)
{
    for (int t = 0; t < s->n_tasks; t++) {
        for (int p = 0; s->task[t].value && p < s->n_parameters; p++)
            free(s->task[t].value[p]);
        free(s->task[t].value);
        free(s->task[t].run);
    }
    for (int p = 0; p < s->n_parameters; p++)
        free(s->parameter[p]);
    free(s->parameter);
    free(s->task);
}

static void check_tasks(const char *dir)
{
    struct mt_err err = {.kind = 0};
    struct mt_sweep s = {.dir = (char *)dir, .seed_parameter = -1, .baseline = -1};
    if (mt_tasks_read(&s, &err) == 0) {
        FUZZ_CHECK(s.n_tasks > 0 && s.n_cells > 0 && s.n_cells <= s.n_tasks &&
                   s.seed_parameter < s.n_parameters);
        for (int t = 0; t < s.n_tasks; t++) {
            FUZZ_CHECK(s.task[t].cell >= 0 && s.task[t].cell < s.n_cells && s.task[t].seed >= 0);
            FUZZ_CHECK(!strchr(s.task[t].run, '/') && s.task[t].run[0] != '.'); /* stays inside of runs/ */
        }
    } else {
        FUZZ_CHECK(err.kind == MT_ERR_DATA && err.text[0]);
    }
    release(&s);
}

static void check_values(const uint8_t *data, size_t size)
{
    struct mt_values v;
    struct mt_err err = {.kind = 0};
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = 0;
    if (mt_values_split(&v, text, &err) == 0) {
        FUZZ_CHECK(v.n > 0);
        for (int i = 0; i < v.n; i++)
            FUZZ_CHECK(v.v[i]);
        mt_values_release(&v);
    } else {
        FUZZ_CHECK(err.kind == MT_ERR_USAGE && err.text[0]);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (fuzz_byte(&data, &size) % 2)
        check_values(data, size);
    else
        check_tasks(fuzz_folder(MT_SWEEP_TASKS, data, size));
    return 0;
}

/* sweep.c: a sweep folder: its plan, what was made from its runs, and the runs. */
#include <stdlib.h>
#include <string.h>

#include "lib/answer/collect.h"
#include "lib/launch/index.h"
#include "lib/verify/check.h"

#define COLLECT "'metric-train sweep collect' on the folder writes it anew"

struct made { /* from the runs, and compared with what is in the folder */
    const struct mt_sweep *sweep;
    struct mt_verdict *verdict;
    bool settled; /* all runs have ended, so that the files can only be of now */
};

/* A file that is not of now is damaged where nothing can have changed since. */
static int compare(struct made *m, const char *name, const struct mt_buf *expected, struct mt_err *err)
{
    char *text = NULL, *path = mt_sweep_path(m->sweep, name);
    struct mt_err why;
    size_t len;
    int rc, there = path ? mt_file_there(path, &why) : -1;
    if (!path || expected->failed)
        rc = mt_err_memory(err, name, expected->len);
    else if (there == 0)
        rc = expected->len ? mt_verdict_add(m->verdict, err, name, MT_FOUND_ABSENT, COLLECT) : 0;
    else if ((rc = there < 0 ? -1 : mt_file_read(path, expected->len + 1, &text, &len, &why)) < 0 &&
             why.kind == MT_ERR_RUN)
        mt_err_set(err, why.kind, "%s", why.text);
    else if (rc == 0 && len == expected->len && !memcmp(text, expected->data, len)) {
        m->verdict->bytes += len;
        rc = mt_verdict_add(m->verdict, err, name, MT_FOUND_GOOD, "%s", "");
    } else if (m->settled)
        rc = mt_verdict_add(m->verdict, err, name, MT_FOUND_DAMAGED, "is not what the runs say; " COLLECT);
    else
        rc = mt_verdict_add(m->verdict, err, name, MT_FOUND_PRESENT,
                            "the runs have gone on since it was written");
    free(text);
    free(path);
    return rc;
}

static int compare_answer(void *arg, const char *name, struct mt_buf *text, struct mt_err *err)
{
    return compare(arg, name, text, err);
}

static int check_index(struct made *m, struct mt_err *err)
{
    struct mt_sweep_index index;
    struct mt_buf text = {0};
    int rc = mt_sweep_index_open(&index, m->sweep, err), left = 0;
    if (rc < 0)
        return -1;
    for (int i = 0; i < m->sweep->n_tasks; i++)
        left +=
            !mt_sweep_row_has_ended(&index.row[i]) && strcmp(mt_sweep_row_state(&index.row[i]), "dropped");
    m->settled = left == 0;
    mt_buf_printf(&m->verdict->about, "a sweep of %d runs, %d of them to be done", m->sweep->n_tasks, left);
    rc = mt_sweep_index_print(&index, &text, err);
    if (rc == 0)
        rc = compare(m, MT_SWEEP_INDEX, &text, err);
    mt_buf_release(&text);
    mt_sweep_index_release(&index);
    return rc;
}

/* A run that is whole, but in the folder of another one. */
static int check_name(struct mt_verdict *v, const char *name, const char *dir, struct mt_err *err)
{
    struct mt_status status;
    struct mt_err why;
    int known = mt_status_read(dir, &status, &why);
    if (known < 0 && why.kind == MT_ERR_RUN)
        return mt_err_set(err, why.kind, "%s", why.text);
    if (known <= 0 || mt_sweep_is_own_run(name, &status))
        return 0;
    return mt_verdict_add(
        v, err, MT_STATUS_FILE, MT_FOUND_DAMAGED,
        "is of another run than the one that the folder is named after; remove the folder to "
        "run it again");
}

/* A folder that cannot be judged, as one of a later version, is a damaged one of the sweep. */
static int check_run(struct mt_verdicts *list, const char *name, const char *dir, struct mt_err *err)
{
    struct mt_err why;
    int before = list->n;
    if (!mt_file_exists(dir))
        return 0; /* has not begun */
    if (mt_verify_run(list, dir, &why) == 0)
        return check_name(&list->v[list->n - 1], name, dir, err);
    if (why.kind != MT_ERR_DATA || list->n == before)
        return mt_err_set(err, why.kind, "%s", why.text);
    mt_buf_puts(&list->v[list->n - 1].about, "a run that cannot be read");
    return mt_verdict_fault(&list->v[list->n - 1], err, MT_STATUS_FILE, &why);
}

static int check_made(struct made *m, struct mt_err *err)
{
    struct mt_err why;
    if (check_index(m, err) < 0)
        return -1;
    if (mt_sweep_answer_files(m->sweep, compare_answer, m, &why) == 0)
        return 0;
    if (why.kind != MT_ERR_DATA)
        return mt_err_set(err, why.kind, "%s", why.text);
    return mt_verdict_add(m->verdict, err, "results.csv", MT_FOUND_PRESENT, "cannot be compared: %s",
                          why.text);
}

int mt_verify_sweep(struct mt_verdicts *list, const char *dir, struct mt_err *err)
{
    struct mt_sweep sweep;
    struct mt_err why;
    struct made m = {.sweep = &sweep, .verdict = mt_verdicts_add(list, dir, err)};
    if (!m.verdict)
        return -1;
    if (mt_sweep_open(&sweep, dir, &why) < 0) {
        mt_buf_puts(&m.verdict->about, "a sweep");
        mt_buf_puts(&m.verdict->remedy,
                    "metric-train sweep plan CONFIG -o DIR plans it again; runs that are finished stay");
        return mt_verdict_fault(m.verdict, err, MT_SWEEP_TASKS, &why);
    }
    int rc = mt_verdict_add(m.verdict, err, MT_SWEEP_FILE, MT_FOUND_GOOD, "%s", "");
    if (rc == 0)
        rc = mt_verdict_add(m.verdict, err, MT_SWEEP_TASKS, MT_FOUND_GOOD, "%d runs", sweep.n_tasks);
    if (rc == 0)
        rc = check_made(&m, err);
    if (rc == 0 && m.verdict->bad)
        mt_buf_puts(&m.verdict->remedy, COLLECT);
    for (int i = 0; rc == 0 && i < sweep.n_tasks; i++) {
        char *run = mt_sweep_run_path(&sweep, i);
        rc = run ? check_run(list, sweep.task[i].run, run, err) : mt_err_memory(err, dir, strlen(dir));
        free(run);
    }
    mt_sweep_release(&sweep);
    return rc;
}

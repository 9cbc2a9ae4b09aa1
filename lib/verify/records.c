/* records.c: whether status.json, metrics.csv and summary.json of a run agree. */
#include <stdlib.h>
#include <string.h>

#include "lib/compare/results.h"
#include "lib/data/csv_scan.h"
#include "lib/data/number.h"
#include "lib/verify/check.h"

#define METRICS "metrics.csv"
#define SUMMARY "summary.json"
#define MOST_BYTES ((size_t)1 << 28)

/* Counts rows, which begin with epoch 1, 2, 3, ... and have a cell for each column. */
static int count_rows(struct mt_csv_cursor *at, int64_t *rows, struct mt_err *why)
{
    struct mt_csv_field *field;
    int columns, n;
    int64_t epoch;
    if (mt_csv_row(at, &field, &columns, why) < 0)
        return -1;
    bool known = field[0].len == 5 && !memcmp(field[0].at, "epoch", 5);
    free(field);
    if (!known)
        return mt_err_set(why, MT_ERR_DATA, "%s:1: its first column is not 'epoch'", at->path);
    for (*rows = 0; at->p < at->end; ++*rows) {
        if (mt_csv_row(at, &field, &n, why) < 0)
            return -1;
        bool good = n == columns && mt_parse_integer(field[0].at, field[0].len, &epoch) && epoch == *rows + 1;
        free(field);
        if (!good)
            return mt_err_set(why, MT_ERR_DATA, "%s:%lld: is not the row of epoch %lld", at->path,
                              (long long)at->row_line, (long long)*rows + 1);
    }
    return 0;
}

/* Returns 1, 0 where there is none, -1. */
static int read_rows(const char *run, int64_t *rows, struct mt_err *why)
{
    char *text = NULL, *path = mt_path_join(run, METRICS);
    size_t len;
    int rc = -1;
    if (!path)
        mt_err_memory(why, run, strlen(run));
    else if ((rc = mt_file_there(path, why)) == 1 &&
             (rc = mt_file_read(path, MOST_BYTES, &text, &len, why)) == 0) {
        struct mt_csv_cursor at = {.path = METRICS, .p = text, .end = text + len, .line = 1};
        rc = count_rows(&at, rows, why) < 0 ? -1 : 1;
    }
    free(text);
    free(path);
    return rc;
}

static int check_metrics(struct mt_check *c, struct mt_err *err)
{
    struct mt_err why;
    int there = read_rows(c->run, &c->rows, &why);
    if (there <= 0)
        c->rows = -1;
    if (there < 0)
        return mt_verdict_fault(c->verdict, err, METRICS, &why);
    if (there && c->ended && c->rows != c->status.epochs_done)
        return mt_verdict_add(c->verdict, err, METRICS, MT_FOUND_DAMAGED,
                              "has %lld rows, and status.json says that %lld epochs were done",
                              (long long)c->rows, (long long)c->status.epochs_done);
    if (!there || c->ended)
        return 0; /* a missing one is told by the manifest */
    return mt_verdict_add(c->verdict, err, METRICS, MT_FOUND_GOOD, "%lld rows", (long long)c->rows);
}

static double figure(const struct mt_figure *list, int n, const char *key)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(list[i].key, key))
            return list[i].value;
    return -1;
}

static int check_summary(struct mt_check *c, struct mt_err *err)
{
    struct mt_figure *list = NULL;
    struct mt_err why;
    int n = 0, rc = 0;
    char *path = mt_path_join(c->run, SUMMARY);
    if (!path)
        return mt_err_memory(err, c->run, strlen(c->run));
    int there = mt_file_there(path, &why);
    free(path);
    if (there == 0)
        return 0;
    if (there < 0 || mt_figures_read(c->run, &list, &n, &why) < 0)
        rc = mt_verdict_fault(c->verdict, err, SUMMARY, &why);
    else if (figure(list, n, "epochs") != (double)c->status.epochs_done ||
             figure(list, n, "best_epoch") != (double)c->status.best_epoch)
        rc = mt_verdict_add(c->verdict, err, SUMMARY, MT_FOUND_DAMAGED,
                            "its epochs or best_epoch are not those of status.json (%lld, %lld)",
                            (long long)c->status.epochs_done, (long long)c->status.best_epoch);
    for (int i = 0; i < n; i++)
        free(list[i].key);
    free(list);
    return rc;
}

int mt_check_records(struct mt_check *c, struct mt_err *err)
{
    if (check_metrics(c, err) < 0)
        return -1;
    return c->ended ? check_summary(c, err) : 0;
}

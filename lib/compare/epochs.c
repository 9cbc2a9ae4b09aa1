#include "lib/compare/epochs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/data/csv_scan.h"
#include "lib/data/number.h"

#define MOST_BYTES ((size_t)1 << 28)

struct history {
    char *path, *text;
    struct mt_csv_cursor at;
    struct mt_csv_field *header, *last, *best; /* rows; pointing into the text */
    int columns, epoch;                        /* which column says the epoch */
};

static bool is_text(const struct mt_csv_field *f, const char *text)
{
    return f->len == strlen(text) && !memcmp(f->at, text, f->len);
}

static bool ends_in(const struct mt_csv_field *f, const char *ending)
{
    size_t len = strlen(ending);
    return f->len >= len && !memcmp(f->at + f->len - len, ending, len);
}

/* Keeps the row where it is the best epoch's; it is the last one until another comes. */
static int take_row(struct history *h, int64_t best_epoch, struct mt_err *err)
{
    struct mt_csv_field *row;
    int64_t epoch;
    int n;
    if (mt_csv_row(&h->at, &row, &n, err) < 0)
        return -1;
    if (n != h->columns || !mt_parse_integer(row[h->epoch].at, row[h->epoch].len, &epoch)) {
        free(row);
        return mt_err_set(err, MT_ERR_DATA, "%s:%lld: is no row of epochs", h->at.path,
                          (long long)h->at.row_line);
    }
    if (h->last != h->best)
        free(h->last);
    h->last = row;
    if (epoch == best_epoch) {
        free(h->best);
        h->best = row;
    }
    return 0;
}

static int read_rows(struct history *h, int64_t best_epoch, struct mt_err *err)
{
    if (mt_csv_row(&h->at, &h->header, &h->columns, err) < 0)
        return -1;
    for (h->epoch = 0; h->epoch < h->columns && !is_text(&h->header[h->epoch], "epoch");)
        h->epoch++;
    if (h->epoch == h->columns)
        return mt_err_set(err, MT_ERR_DATA, "%s: has no column 'epoch'", h->at.path);
    while (h->at.p < h->at.end)
        if (take_row(h, best_epoch, err) < 0)
            return -1;
    return 0;
}

/* Whether the weights judged were those of the best epoch. */
static bool judged_best(const struct mt_result *r)
{
    const char *checkpoint = mt_settings_get(&r->settings, "eval.checkpoint");
    const char *restore = mt_settings_get(&r->settings, "train.early_stop.restore_best");
    bool stopped_early = r->status.epochs_done < r->status.epochs;
    return (checkpoint && !strcmp(checkpoint, "best")) ||
           (restore && !strcmp(restore, "true") && stopped_early);
}

static int add_column(struct mt_result *r, const struct mt_csv_field *name, const char *prefix,
                      const struct mt_csv_field *cell, struct mt_err *err)
{
    char key[96];
    double value;
    snprintf(key, sizeof key, "%s%.*s", prefix, (int)(name->len < 64 ? name->len : 64), name->at);
    if (!mt_parse_number(cell->at, cell->len, &value) || mt_result_has_figure(r, key))
        return 0;
    return mt_result_add_figure(r, key, value, err);
}

static int add_figures(struct mt_result *r, const struct history *h, struct mt_err *err)
{
    const struct mt_csv_field *judged = judged_best(r) && h->best ? h->best : h->last;
    for (int i = 0; i < h->columns && h->last; i++) {
        if (!ends_in(&h->header[i], "loss") && !ends_in(&h->header[i], "accuracy"))
            continue;
        if (add_column(r, &h->header[i], "last_", &h->last[i], err) < 0 ||
            add_column(r, &h->header[i], "", &judged[i], err) < 0 ||
            (h->best && add_column(r, &h->header[i], "best_", &h->best[i], err) < 0))
            return -1;
    }
    return 0;
}

/* Returns 1 with the rows read, 0 where there is no metrics.csv, -1. To be released in each case. */
static int open_history(struct history *h, const char *run, int64_t best_epoch, struct mt_err *err)
{
    size_t len;
    h->path = mt_path_join(run, "metrics.csv");
    if (!h->path)
        return mt_err_memory(err, run, strlen(run));
    if (!mt_file_exists(h->path))
        return 0;
    if (mt_file_read(h->path, MOST_BYTES, &h->text, &len, err) < 0)
        return -1;
    h->at = (struct mt_csv_cursor){.path = h->path, .p = h->text, .end = h->text + len, .line = 1};
    return read_rows(h, best_epoch, err) < 0 ? -1 : 1;
}

static void close_history(struct history *h)
{
    if (h->last != h->best)
        free(h->last);
    free(h->best);
    free(h->header);
    free(h->text);
    free(h->path);
}

int mt_epochs_add(struct mt_result *r, struct mt_err *err)
{
    struct history h = {0};
    int rc = open_history(&h, r->path, r->status.best_epoch, err);
    if (rc == 1)
        rc = add_figures(r, &h, err);
    close_history(&h);
    return rc;
}

int mt_epochs_at(const char *run, int64_t epoch, const char *column, double *value, struct mt_err *err)
{
    struct history h = {0};
    int rc = open_history(&h, run, epoch, err), i = 0;
    const struct mt_csv_field *row = epoch == MT_EPOCH_LAST ? h.last : h.best;
    *value = NAN;
    while (rc == 1 && i < h.columns && !is_text(&h.header[i], column))
        i++;
    if (rc == 1 && (!row || i == h.columns))
        rc = 0;
    if (rc == 1)
        mt_parse_number(row[i].at, row[i].len, value);
    close_history(&h);
    return rc;
}

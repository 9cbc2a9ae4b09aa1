#include "lib/answer/dropped.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/data/csv_scan.h"

#define MOST_BYTES ((size_t)1 << 28)

static bool is_text(const struct mt_csv_field *f, const char *text)
{
    return f->len == strlen(text) && !memcmp(f->at, text, f->len);
}

static int column(const struct mt_csv_field *header, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (is_text(&header[i], name))
            return i;
    return -1;
}

/* The rows stand in the order of the tasks; those of an earlier plan may be fewer. */
static void read_rows(const struct mt_sweep *s, struct mt_csv_cursor *at, bool *dropped)
{
    struct mt_csv_field *row;
    struct mt_err unused;
    int n, state = -1, run = -1;
    if (mt_csv_row(at, &row, &n, &unused) == 0) {
        state = column(row, n, "state");
        run = column(row, n, "run");
        free(row);
    }
    for (int t = 0; state >= 0 && run >= 0 && at->p < at->end; free(row)) {
        if (mt_csv_row(at, &row, &n, &unused) < 0)
            return;
        if (state >= n || run >= n || !is_text(&row[state], "dropped"))
            continue;
        for (int k = 0; k < s->n_tasks; k++) { /* the next one, mostly */
            t = (t + 1) % s->n_tasks;
            if (is_text(&row[run], s->task[t].run)) {
                dropped[t] = true;
                break;
            }
        }
    }
}

int mt_dropped_read(const struct mt_sweep *sweep, bool *dropped, struct mt_err *err)
{
    char *text = NULL, *path = mt_sweep_path(sweep, "index.csv");
    size_t len;
    if (!path)
        return mt_err_memory(err, "a path", 1);
    if (mt_file_exists(path) && mt_file_read(path, MOST_BYTES, &text, &len, NULL) == 0) {
        struct mt_csv_cursor at = {.path = path, .p = text, .end = text + len, .line = 1};
        read_rows(sweep, &at, dropped);
    }
    free(text);
    free(path);
    return 0;
}

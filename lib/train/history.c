#include "lib/train/history.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum column_type { WHOLE, REAL, TEXT };

static const struct column {
    const char *name;
    enum column_type type;
    size_t offset;
} columns[] = {
#define COLUMN(member, type)                                                                                 \
    {                                                                                                        \
#member, type, offsetof(struct mt_metrics, member)                                                   \
    }
    COLUMN(epoch, WHOLE),
    COLUMN(stage, TEXT),
    COLUMN(step, WHOLE),
    COLUMN(lr, REAL),
    COLUMN(train_loss, REAL),
    COLUMN(train_accuracy, REAL),
    COLUMN(train_leak_accuracy, REAL),
    COLUMN(val_loss, REAL),
    COLUMN(val_margin_loss, REAL),
    COLUMN(val_accuracy, REAL),
    COLUMN(val_leak_accuracy, REAL),
    COLUMN(mean_target_cos, REAL),
    COLUMN(t, REAL),
    COLUMN(grad_norm, REAL),
    COLUMN(l2_loss, REAL),
    COLUMN(zero_embeddings, WHOLE),
    COLUMN(mean_weight_cos, REAL),
    COLUMN(embedding_rank, REAL),
#undef COLUMN
};
#define COLUMNS (sizeof columns / sizeof *columns)

void mt_metrics_init(struct mt_metrics *m)
{
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].type == REAL)
            *(double *)(void *)((char *)m + columns[i].offset) = NAN;
}

void mt_metrics_header(struct mt_buf *out)
{
    for (size_t i = 0; i < COLUMNS; i++)
        mt_buf_printf(out, "%s%s", i ? "," : "", columns[i].name);
    mt_buf_puts(out, "\n");
}

void mt_metrics_row(const struct mt_metrics *m, struct mt_buf *out)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const void *at = (const char *)m + columns[i].offset;
        if (i)
            mt_buf_puts(out, ",");
        if (columns[i].type == WHOLE)
            mt_buf_printf(out, "%lld", (long long)*(const int64_t *)at);
        else if (columns[i].type == TEXT)
            mt_buf_csv_field(out, *(const char *const *)at ? *(const char *const *)at : "");
        else if (!isnan(*(const double *)at))
            mt_buf_printf(out, "%.9g", *(const double *)at);
    }
    mt_buf_puts(out, "\n");
}

double mt_metrics_value(const struct mt_metrics *m, const char *column)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const void *at = (const char *)m + columns[i].offset;
        if (strcmp(columns[i].name, column))
            continue;
        if (columns[i].type == WHOLE)
            return (double)*(const int64_t *)at;
        if (columns[i].type == REAL)
            return *(const double *)at;
    }
    return NAN;
}

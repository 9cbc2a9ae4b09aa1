/* columns.h: cells of tables that show comparisons. */
#ifndef MT_COMPARE_COLUMNS_H
#define MT_COMPARE_COLUMNS_H

#include "lib/compare/compare.h"

int mt_metric_decimals(const char *metric);

/* Each appends a cell. `text` is scratch, and empty before and after. */
void mt_text_table_take(struct mt_text_table *t, struct mt_buf *text); /* what text says */
void mt_put_p(struct mt_text_table *t, double p, struct mt_buf *text);
void mt_put_range(struct mt_text_table *t, double low, double high, int digits, struct mt_buf *text);
/* Pairs, difference, 95 % interval, p, p (Holm), which says. */
void mt_put_difference(struct mt_text_table *t, const struct mt_group_difference *d, int digits,
                       struct mt_buf *text);

#endif

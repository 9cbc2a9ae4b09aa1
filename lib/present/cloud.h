/* cloud.h: embeddings read from a CSV to be projected: one of ours or another program's, whose columns beside
 * the coordinates are handed on as they are. */
#ifndef MT_PRESENT_CLOUD_H
#define MT_PRESENT_CLOUD_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"
#include "lib/data/csv_scan.h"

enum mt_cloud_note { MT_CLOUD_INDEX, MT_CLOUD_LABEL, MT_CLOUD_LABEL_NAME, MT_CLOUD_PRED, MT_CLOUD_NOTES };

struct mt_cloud_point {
    int32_t row; /* of the file, counted from 0 */
    /* What stands beside the coordinates, as the file has it; at == NULL where there is no such column. */
    struct mt_csv_field note[MT_CLOUD_NOTES];
};

struct mt_cloud {
    int64_t n;
    int dim;
    float *x;                     /* (n, D) */
    struct mt_cloud_point *point; /* (n) */
    char *text;                   /* of the file, which notes point into */
};

/* Reads a CSV with the columns x,y, or x,y,z, or e0,e1,..., and maybe index, label, label_name and pred;
 * others are passed over. A coordinate that is no finite number is an error (MT_ERR_DATA). Released by the
 * caller on success only. */
int mt_cloud_read(struct mt_cloud *p, const char *path, struct mt_err *err);
void mt_cloud_release(struct mt_cloud *p);
/* Keeps `count` <= n points, drawn by the seed without putting back, in the order of the file. */
int mt_cloud_draw(struct mt_cloud *p, int64_t count, uint64_t seed, struct mt_err *err);

/* index,label,label_name,pred,x,y[,z] with y (n, axes); a point without an index has its row. */
void mt_cloud_csv(const struct mt_cloud *p, const float *y, int axes, struct mt_buf *out);

#endif

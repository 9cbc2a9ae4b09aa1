/* npy.h: arrays as files that numpy.load opens: .npy, one array, and .npz, several of them in a zip.
 *
 * Formats: version 1.0 of numpy.lib.format; PKWARE's APPNOTE.TXT, entries stored without compression and
 * dated 1980, so that the same arrays give the same bytes. Numbers are little-endian on every machine that
 * this program is built for. */
#ifndef MT_REPORT_NPY_H
#define MT_REPORT_NPY_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"

enum mt_npy_type { MT_NPY_FLOAT32, MT_NPY_INT32, MT_NPY_INT64 };

struct mt_npy {
    const char *name; /* in an .npz: what it is found by; 1 to 40 bytes */
    enum mt_npy_type type;
    int64_t rows, columns; /* columns 0: an array of one dimension */
    const void *data;      /* row-major */
};

void mt_npy_write(struct mt_buf *b, const struct mt_npy *a);
/* Appends a zip of all arrays to an empty buffer. MT_ERR_RUN without memory, and for 4 GiB and more, which
 * the zip's 32-bit sizes do not hold. */
int mt_npz_write(struct mt_buf *b, const struct mt_npy *a, int n, struct mt_err *err);

#endif

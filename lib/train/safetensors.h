/* safetensors.h: named arrays in a file (https://github.com/huggingface/safetensors).
 *
 *     8 bytes    length N of the header, little-endian
 *     N bytes    JSON: {"__metadata__": {"key": "text", ..}, "name": {"dtype": "F32", "shape": [..],
 * "data_offsets": [begin, end]}, ..} the rest   the arrays, row-major and little-endian; offsets count from
 * here
 *
 * The arrays lie end to end in some order, from the first byte behind the header to the last of the file.
 *
 * Files written here carry two keys in their metadata: `metric_train_format`, and `metric_train_sha256`, the
 * SHA-256 of the whole file with the 64 digits of this value read as zeros. So no byte can change unnoticed,
 * and other programs read the file as any other. */
#ifndef MT_TRAIN_SAFETENSORS_H
#define MT_TRAIN_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/err.h"

#define MT_SAFETENSORS_DIMS 8
#define MT_SAFETENSORS_HEADER (16 << 20) /* longest header that is read or written, in bytes */
#define MT_SAFETENSORS_FORMAT "1"

enum mt_dtype { MT_F32, MT_U8, MT_DTYPE_OTHER }; /* other: known to the format, not read here */

struct mt_array {
    char *name; /* when writing: the caller's */
    enum mt_dtype dtype;
    int ndim;
    uint64_t dim[MT_SAFETENSORS_DIMS];
    uint64_t begin, end; /* bytes from the start of the data; set by the writer */
    const void *data;    /* writing only */
};

struct mt_note { /* one pair of the metadata */
    char *key, *value;
};

/* --- writing --- */

/* Writes the arrays in the given order. The two keys above are added to `notes`. What stood at `path` is kept
 * as `keep` (NULL: not kept). Two arrays or notes of one name, and a header that would be too long, are
 * MT_ERR_RUN. */
int mt_safetensors_write(const char *path, const char *keep, struct mt_array *arrays, size_t n_arrays,
                         const struct mt_note *notes, size_t n_notes, struct mt_err *err);

/* --- reading --- */

struct mt_safetensors {
    struct mt_array *array; /* (n_arrays) sorted by name */
    size_t n_arrays;
    struct mt_note *note; /* (n_notes) sorted by key */
    size_t n_notes;
    char *path;
    int fd;
    uint64_t data_at; /* where the data begins in the file */
};

/* Opens a file, checks all that the format asks for and, where it is one of ours, the checksum. With `ours`,
 * a file without the two keys is refused. Errors are MT_ERR_DATA. On failure nothing is left to close. */
int mt_safetensors_open(struct mt_safetensors *st, const char *path, bool ours, struct mt_err *err);
void mt_safetensors_close(struct mt_safetensors *st);

const struct mt_array *mt_safetensors_find(const struct mt_safetensors *st,
                                           const char *name);                      /* NULL: not there */
const char *mt_safetensors_note(const struct mt_safetensors *st, const char *key); /* NULL: not there */
/* Reads the bytes of an array, a->end - a->begin of them. */
int mt_safetensors_read(const struct mt_safetensors *st, const struct mt_array *a, void *data,
                        struct mt_err *err);

#endif

/* safetensors_header.h: the JSON header of a safetensors file. */
#ifndef MT_TRAIN_SAFETENSORS_HEADER_H
#define MT_TRAIN_SAFETENSORS_HEADER_H

#include "lib/core/buf.h"
#include "lib/train/safetensors.h"

#define MT_KEY_FORMAT "metric_train_format"
#define MT_KEY_SHA256 "metric_train_sha256"

/* Reads a header of `len` bytes (text[len] is a NUL) that is followed by `data_len` bytes of data: fills st's
 * arrays and notes, checked against the rules of the format. *digits_at is where the checksum's digits begin
 * in the text, 0 when there is none. The caller releases st in any case. Errors are MT_ERR_DATA and begin
 * with `path`. */
int mt_safetensors_parse(struct mt_safetensors *st, const char *path, const char *text, size_t len,
                         uint64_t data_len, size_t *digits_at, struct mt_err *err);

/* Appends the header: notes first, arrays in the given order with their offsets set, and spaces up to a
 * multiple of 64 with the 8 bytes in front. *digits_at is where the checksum's digits, zeros so far, begin in
 * `out`. */
int mt_safetensors_print(struct mt_buf *out, struct mt_array *arrays, size_t n_arrays,
                         const struct mt_note *notes, size_t n_notes, size_t *digits_at, struct mt_err *err);

#endif

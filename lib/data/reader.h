/* reader.h: the bytes of one data file, plain or gzip, with its checksum. The file is read piece by piece: no
 * more than a piece of it is held beside what is handed out.
 *
 * gzip is strict: the stream has to end, its checksum has to agree, and nothing may follow it, be it junk or
 * a second member. (zlib's own gzread passes over most of that.) */
#ifndef MT_DATA_READER_H
#define MT_DATA_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "lib/data/dataset.h"

struct mt_reader {
    const char *path;         /* the caller's; has to outlive the reader */
    struct mt_source *source; /* gets the checksum once all is read */
    struct mt_hash hash;
    int fd;
    uint64_t len, read; /* size of the file, and how much of it has been read */
    uint8_t *piece;     /* what was read last */
    size_t at, end;     /* of the piece: next byte to hand out (plain) or to inflate (gzip), and its length */
    bool gzip;
    bool ended; /* gzip: the end of the stream was seen */
    z_stream z;
};

/* Opens the file and fills `source` (which owns its path from then on) with path and size, and with the
 * checksum when mt_reader_end succeeds. A name that ends in .gz without gzip content is refused. Close it
 * whatever happens. */
int mt_reader_open(struct mt_reader *r, const char *path, struct mt_source *source, struct mt_err *err);
void mt_reader_close(struct mt_reader *r);

/* Largest number of bytes that can still come: exact for a plain file; for gzip by deflate's best ratio, 1032
 * : 1. */
uint64_t mt_reader_bound(const struct mt_reader *r);

/* Exactly n bytes; fewer in the file are an error. */
int mt_reader_get(struct mt_reader *r, void *out, size_t n, struct mt_err *err);
/* Up to n bytes; *got is less than n only at the end of the data. */
int mt_reader_some(struct mt_reader *r, void *out, size_t n, size_t *got, struct mt_err *err);
/* Fails unless everything has been read and the file is sound to its end. */
int mt_reader_end(struct mt_reader *r, struct mt_err *err);

#endif

/* stream.h: the samples of a folder that is larger than the memory it may take: of every file the name and
 * the checksum are kept, and it is decoded each time it is needed. */
#ifndef MT_DATA_STREAM_H
#define MT_DATA_STREAM_H

#include "lib/data/augment.h"
#include "lib/data/image.h"

#define MT_DIGEST 32 /* bytes of a SHA-256 */

struct mt_file_stream {
    char *dir;
    enum mt_alpha alpha;
    struct mt_augment fixed;      /* transforms that every sample goes through */
    uint8_t (*digest)[MT_DIGEST]; /* (n) the files as they were when the folder was opened */
};

/* Makes d, whose shape, names and number of samples are set, a stream of the files of `dir`. */
int mt_stream_new(struct mt_dataset *d, const char *dir, enum mt_alpha alpha, const struct mt_source *file,
                  struct mt_err *err);
void mt_stream_free(struct mt_file_stream *s);

/* Decodes a sample of a streamed data set into row (C,H,W), its fixed transforms included. A file that is
 * gone, or is no longer the one that was there when the folder was opened, is an error (MT_ERR_DATA) that
 * names it. */
int mt_stream_read(const struct mt_dataset *d, int32_t sample, uint8_t *row, struct mt_err *err);

#endif

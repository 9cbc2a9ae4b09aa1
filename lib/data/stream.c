#include "lib/data/stream.h"

#include <stdlib.h>
#include <string.h>

static int nibble(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void pack(const char hex[MT_SHA256_HEX], uint8_t digest[MT_DIGEST])
{
    for (int i = 0; i < MT_DIGEST; i++)
        digest[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

int mt_stream_new(struct mt_dataset *d, const char *dir, enum mt_alpha alpha, const struct mt_source *file,
                  struct mt_err *err)
{
    struct mt_file_stream *s = calloc(1, sizeof *s);
    d->stream = s;
    if (s) {
        s->alpha = alpha;
        s->dir = strdup(dir);
        s->digest = malloc((size_t)d->n * sizeof *s->digest);
    }
    if (!s || !s->dir || !s->digest)
        return mt_err_memory(err, dir, (size_t)d->n * MT_DIGEST);
    for (int64_t i = 0; i < d->n; i++)
        pack(file[i].sha256, s->digest[i]);
    return 0;
}

void mt_stream_free(struct mt_file_stream *s)
{
    if (!s)
        return;
    free(s->dir);
    free(s->digest);
    free(s);
}

/* The whole file, for free(), when it is still the one whose checksum is known. */
static int read_same(const char *path, const uint8_t digest[MT_DIGEST], char **file, size_t *len,
                     struct mt_err *err)
{
    char hex[MT_SHA256_HEX];
    uint8_t now[MT_DIGEST];
    struct mt_err why;
    if (mt_file_read(path, MT_IMAGE_MAX_FILE, file, len, &why) < 0)
        return mt_err_set(err, why.kind,
                          "%.1800s (it was there when the run began; put it back, and run again to go on)",
                          why.text);
    mt_sha256(*file, *len, hex);
    pack(hex, now);
    if (memcmp(now, digest, MT_DIGEST) == 0)
        return 0;
    free(*file);
    *file = NULL;
    return mt_err_set(
        err, MT_ERR_DATA,
        "%s: has changed since the run began; put the file back as it was and run again to go on, or "
        "start over with it",
        path);
}

static int transform(const struct mt_augment *a, uint8_t *row, struct mt_err *err)
{
    size_t bytes = mt_augment_scratch(a);
    void *scratch;
    if (a->n_fixed == 0)
        return 0;
    if (!(scratch = aligned_alloc(64, bytes)))
        return mt_err_memory(err, "transforming a sample", bytes);
    mt_augment_fixed(a, row, scratch);
    free(scratch);
    return 0;
}

int mt_stream_read(const struct mt_dataset *d, int32_t sample, uint8_t *row, struct mt_err *err)
{
    const struct mt_file_stream *s = d->stream;
    char *file = NULL, *path = mt_path_join(s->dir, d->sample_name[sample]);
    size_t len;
    if (!path)
        return mt_err_memory(err, d->sample_name[sample], 4096);
    int rc = read_same(path, s->digest[sample], &file, &len, err);
    if (rc == 0)
        rc = mt_image_sample(path, (const uint8_t *)file, len, d->shape, s->alpha, row, err);
    if (rc == 0)
        rc = transform(&s->fixed, row, err);
    free(file);
    free(path);
    return rc;
}

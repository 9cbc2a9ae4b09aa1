#include "lib/data/reader.h"

#include <stdlib.h>
#include <string.h>

#define DEFLATE_RATIO 1032
#define Z_PIECE ((size_t)1 << 30) /* zlib counts in unsigned int */
#define WINDOW_GZIP (15 + 16)

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool ends_in_gz(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && !strcmp(path + n - 3, ".gz");
}

int mt_reader_open(struct mt_reader *r, const char *path, struct mt_source *source, struct mt_err *err)
{
    *r = (struct mt_reader){.path = path};
    if (mt_file_read(path, SIZE_MAX / 2, &r->data, &r->len, err) < 0)
        return -1;
    if (!(source->path = strdup(path)))
        return mt_err_memory(err, path, strlen(path));
    source->size = r->len;
    mt_sha256(r->data, r->len, source->sha256);
    if (r->len == 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: is empty; fetch or write it again", path);
    bool magic = r->len >= 2 && (uint8_t)r->data[0] == 0x1f && (uint8_t)r->data[1] == 0x8b;
    if (!magic && ends_in_gz(path))
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is not gzip although its name ends in .gz; rename it or fetch it again", path);
    if (magic) {
        if (inflateInit2(&r->z, WINDOW_GZIP) != Z_OK)
            return mt_err_memory(err, path, 1 << 16);
        r->gzip = true;
    }
    return 0;
}

void mt_reader_close(struct mt_reader *r)
{
    if (r->gzip)
        inflateEnd(&r->z);
    free(r->data);
    *r = (struct mt_reader){0};
}

uint64_t mt_reader_bound(const struct mt_reader *r)
{
    uint64_t left = r->len - r->at;
    return r->gzip ? left * DEFLATE_RATIO + DEFLATE_RATIO : left;
}

static int cut_short(const struct mt_reader *r, struct mt_err *err)
{
    return mt_err_set(err, MT_ERR_DATA, "%s: ends too early, after %zu bytes; fetch it again", r->path,
                      r->len);
}

/* Inflates up to n bytes; *got is less only where the stream ends. */
static int inflate_some(struct mt_reader *r, uint8_t *out, size_t n, size_t *got, struct mt_err *err)
{
    *got = 0;
    while (*got < n && !r->ended) {
        uInt give = (uInt)min_size(r->len - r->at, Z_PIECE), room = (uInt)min_size(n - *got, Z_PIECE);
        r->z.next_in = (Bytef *)r->data + r->at;
        r->z.avail_in = give;
        r->z.next_out = out + *got;
        r->z.avail_out = room;
        int rc = inflate(&r->z, Z_NO_FLUSH);
        r->at += give - r->z.avail_in;
        *got += room - r->z.avail_out;
        if (rc == Z_STREAM_END)
            r->ended = true;
        else if (rc == Z_BUF_ERROR)
            return cut_short(r, err);
        else if (rc == Z_MEM_ERROR)
            return mt_err_memory(err, r->path, 1 << 16);
        else if (rc != Z_OK)
            return mt_err_set(err, MT_ERR_DATA, "%s: gzip data is damaged near byte %zu (%s); fetch it again",
                              r->path, r->at, r->z.msg ? r->z.msg : "no dictionary");
    }
    return 0;
}

int mt_reader_get(struct mt_reader *r, void *out, size_t n, struct mt_err *err)
{
    size_t got = min_size(n, r->len - r->at);
    if (r->gzip) {
        if (inflate_some(r, out, n, &got, err) < 0)
            return -1;
    } else {
        memcpy(out, r->data + r->at, got);
        r->at += got;
    }
    return got == n ? 0 : cut_short(r, err);
}

int mt_reader_end(struct mt_reader *r, struct mt_err *err)
{
    if (r->gzip) {
        uint8_t extra;
        size_t got;
        if (inflate_some(r, &extra, 1, &got, err) < 0)
            return -1;
        if (got)
            return mt_err_set(err, MT_ERR_DATA, "%s: holds more data than its header says; fetch it again",
                              r->path);
        if (r->at < r->len)
            return mt_err_set(
                err, MT_ERR_DATA,
                "%s: %zu bytes follow the end of the gzip data (joined files are not read); fetch it again",
                r->path, r->len - r->at);
    } else if (r->at < r->len) {
        return mt_err_set(err, MT_ERR_DATA, "%s: holds %zu bytes more than its header says; fetch it again",
                          r->path, r->len - r->at);
    }
    return 0;
}

static void rest_plain(struct mt_reader *r, char **text, size_t *len)
{
    *len = r->len - r->at;
    memmove(r->data, r->data + r->at, *len + 1);
    *text = r->data;
    r->data = NULL;
    r->len = r->at = 0;
}

/* Stops after limit + 1 bytes. */
static int rest_gzip(struct mt_reader *r, size_t limit, char **text, size_t *len, struct mt_err *err)
{
    size_t cap = min_size(r->len * 4 + 65536, limit + 1), got;
    for (; !r->ended && *len <= limit; cap = min_size(cap * 2, limit + 1)) {
        char *grown = realloc(*text, cap + 1);
        if (!grown)
            return mt_err_memory(err, r->path, cap);
        *text = grown;
        if (inflate_some(r, (uint8_t *)*text + *len, cap - *len, &got, err) < 0)
            return -1;
        *len += got;
    }
    (*text)[*len] = 0;
    return *len > limit ? 0 : mt_reader_end(r, err);
}

int mt_reader_rest(struct mt_reader *r, size_t limit, char **text, size_t *len, struct mt_err *err)
{
    int rc = 0;
    *text = NULL;
    *len = 0;
    if (r->gzip)
        rc = rest_gzip(r, limit, text, len, err);
    else
        rest_plain(r, text, len);
    if (rc == 0 && *len > limit)
        rc = mt_err_set(err, MT_ERR_DATA,
                        "%s: holds more than the %zu MiB of text that are read; split it or use idx", r->path,
                        limit >> 20);
    if (rc < 0) {
        free(*text);
        *text = NULL;
    }
    return rc;
}

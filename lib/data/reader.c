#include "lib/data/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/fd.h"

#define PIECE ((size_t)1 << 18) /* read at a time */
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

/* Bytes of the file that have been handed out or inflated. */
static uint64_t position(const struct mt_reader *r)
{
    return r->read - (r->end - r->at);
}

/* The next piece, when all of the one before is used up. At the end of the file it is empty. */
static int fill(struct mt_reader *r, struct mt_err *err)
{
    if (r->at < r->end)
        return 0;
    size_t want = r->len - r->read < PIECE ? (size_t)(r->len - r->read) : PIECE;
    r->at = r->end = 0;
    while (r->end < want) {
        ssize_t n = mt_fd_read(r->fd, r->piece + r->end, want - r->end);
        if (n < 0)
            return mt_err_read(err, r->path, "read", errno);
        if (n == 0)
            return mt_err_set(err, MT_ERR_DATA, "%s: became shorter while it was read; start again", r->path);
        r->end += (size_t)n;
    }
    mt_hash_add(&r->hash, r->piece, r->end);
    r->read += r->end;
    return 0;
}

int mt_reader_open(struct mt_reader *r, const char *path, struct mt_source *source, struct mt_err *err)
{
    *r = (struct mt_reader){.path = path, .source = source, .fd = -1};
    mt_hash_init(&r->hash);
    if ((r->fd = mt_file_open(path, &r->len, err)) < 0)
        return -1;
    size_t room = r->len < PIECE ? (size_t)r->len : PIECE;
    if (!(source->path = strdup(path)))
        return mt_err_memory(err, path, strlen(path));
    source->size = r->len;
    if (r->len == 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: is empty; fetch or write it again", path);
    if (!(r->piece = malloc(room)))
        return mt_err_memory(err, path, room);
    if (fill(r, err) < 0)
        return -1;
    bool magic = r->end >= 2 && r->piece[0] == 0x1f && r->piece[1] == 0x8b;
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
    if (r->fd >= 0)
        close(r->fd);
    free(r->piece);
    *r = (struct mt_reader){.fd = -1};
}

uint64_t mt_reader_bound(const struct mt_reader *r)
{
    uint64_t left = r->len - position(r);
    return r->gzip ? left * DEFLATE_RATIO + DEFLATE_RATIO : left;
}

static int cut_short(const struct mt_reader *r, struct mt_err *err)
{
    return mt_err_set(err, MT_ERR_DATA, "%s: ends too early, after %llu bytes; fetch it again", r->path,
                      (unsigned long long)r->len);
}

/* Inflates up to n bytes; *got is less only where the stream ends. */
static int inflate_some(struct mt_reader *r, uint8_t *out, size_t n, size_t *got, struct mt_err *err)
{
    *got = 0;
    while (*got < n && !r->ended) {
        if (fill(r, err) < 0)
            return -1;
        uInt give = (uInt)(r->end - r->at), room = (uInt)min_size(n - *got, Z_PIECE);
        r->z.next_in = r->piece + r->at;
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
            return mt_err_set(err, MT_ERR_DATA,
                              "%s: gzip data is damaged near byte %llu (%s); fetch it again", r->path,
                              (unsigned long long)position(r), r->z.msg);
    }
    return 0;
}

static int get_plain(struct mt_reader *r, uint8_t *out, size_t n, size_t *got, struct mt_err *err)
{
    for (*got = 0; *got < n;) {
        if (fill(r, err) < 0)
            return -1;
        size_t some = min_size(n - *got, r->end - r->at);
        if (some == 0)
            return 0;
        memcpy(out + *got, r->piece + r->at, some);
        r->at += some;
        *got += some;
    }
    return 0;
}

int mt_reader_some(struct mt_reader *r, void *out, size_t n, size_t *got, struct mt_err *err)
{
    return r->gzip ? inflate_some(r, out, n, got, err) : get_plain(r, out, n, got, err);
}

int mt_reader_get(struct mt_reader *r, void *out, size_t n, struct mt_err *err)
{
    size_t got;
    if (mt_reader_some(r, out, n, &got, err) < 0)
        return -1;
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
    }
    unsigned long long more = r->len - position(r);
    if (more && r->gzip)
        return mt_err_set(
            err, MT_ERR_DATA,
            "%s: %llu bytes follow the end of the gzip data (joined files are not read); fetch it again",
            r->path, more);
    if (more)
        return mt_err_set(err, MT_ERR_DATA, "%s: holds %llu bytes more than its header says; fetch it again",
                          r->path, more);
    mt_hash_hex(&r->hash, r->source->sha256);
    return 0;
}

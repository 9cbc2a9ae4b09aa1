/* fuzz_gzip.c: a gzip file of any content. In a part of the inputs what is compressed is changed, not the
 * compressed form, so that checksum and length fit.
 *
 * What is read piece by piece and what is read at once have to be the same. */
#include "lib/data/reader.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT ((size_t)1 << 20) /* what may come of an input; more is left */

/* All of it, in pieces that double. */
static int read_all(struct mt_reader *r, char **text, size_t *len, struct mt_err *err)
{
    size_t got = 0, room = 0;
    do {
        room = room ? 2 * room : 4096;
        *text = realloc(*text, room);
        if (mt_reader_some(r, *text + *len, room - *len, &got, err) < 0)
            return -1;
        *len += got;
    } while (*len == room && room < LIMIT);
    return *len < room ? mt_reader_end(r, err) : mt_err_set(err, MT_ERR_DATA, "%s: is too long", r->path);
}

static int read_file(const char *path, char **text, size_t *len, struct mt_err *err)
{
    struct mt_source source = {0};
    struct mt_reader r;
    int rc = mt_reader_open(&r, path, &source, err);
    if (rc == 0)
        rc = read_all(&r, text, len, err);
    FUZZ_CHECK(rc < 0 || strlen(source.sha256) == 64);
    mt_reader_close(&r);
    free(source.path);
    return rc;
}

static void check_pieces(const char *path, const char *text, size_t len)
{
    struct mt_source source = {0};
    struct mt_reader r;
    struct mt_err err;
    uint8_t piece[61];
    FUZZ_CHECK(mt_reader_open(&r, path, &source, &err) == 0);
    for (size_t at = 0; at < len; at += sizeof piece) {
        size_t n = len - at < sizeof piece ? len - at : sizeof piece;
        FUZZ_CHECK(mt_reader_bound(&r) >= len - at);
        FUZZ_CHECK(mt_reader_get(&r, piece, n, &err) == 0 && !memcmp(piece, text + at, n));
    }
    FUZZ_CHECK(mt_reader_end(&r, &err) == 0);
    mt_reader_close(&r);
    free(source.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_err err = {.kind = 0};
    const char *path = fuzz_file(FUZZ_FIRST, data, size);
    char *text = NULL;
    size_t len = 0;
    if (read_file(path, &text, &len, &err) < 0)
        FUZZ_CHECK(err.kind == MT_ERR_DATA && err.text[0]);
    else if (len <= 4096)
        check_pieces(path, text, len);
    free(text);
    return 0;
}

static bool unpack(const uint8_t *data, size_t size, uint8_t *out, size_t room, size_t *len)
{
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)data,
                  .avail_in = (uInt)size,
                  .next_out = out,
                  .avail_out = (uInt)room};
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return false;
    int rc = inflate(&z, Z_FINISH);
    *len = room - z.avail_out;
    inflateEnd(&z);
    return rc == Z_STREAM_END;
}

static size_t pack(const uint8_t *in, size_t len, int level, int strategy, uint8_t *out, size_t room)
{
    z_stream z = {
        .next_in = (uint8_t *)(uintptr_t)in, .avail_in = (uInt)len, .next_out = out, .avail_out = (uInt)room};
    if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, strategy) != Z_OK)
        return 0;
    int rc = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return rc == Z_STREAM_END ? room - z.avail_out : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    static uint8_t plain[65536];
    size_t len;
    if (seed % 4 || !unpack(data, size, plain, sizeof plain, &len))
        return LLVMFuzzerMutate(data, size, room);
    len = LLVMFuzzerMutate(plain, len, sizeof plain);
    size_t packed = pack(plain, len, (int)(seed / 4 % 10), (int)(seed / 64 % 5), data, room);
    return packed ? packed : LLVMFuzzerMutate(data, size, room);
}

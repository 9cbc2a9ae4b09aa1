/* data_files.h: small files for the tests of lib/data, in a folder of their own that is removed at the end.
 */
#ifndef MT_TESTS_DATA_FILES_H
#define MT_TESTS_DATA_FILES_H

#include "tests/test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/core/rng.h"
#include "lib/data/dataset.h"
#include "lib/data/formats.h"

/* The folder of this process; removed by remove_files. */
static inline const char *test_dir(void)
{
    static char dir[64];
    if (!dir[0]) {
        strcpy(dir, "/tmp/mt-test-XXXXXX");
        assert_non_null(mkdtemp(dir));
    }
    return dir;
}

static inline char *test_path(const char *name)
{
    static char path[8][512];
    static int next;
    next = (next + 1) % 8;
    snprintf(path[next], sizeof path[next], "%s/%s", test_dir(), name);
    return path[next];
}

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int remove_files(void **state)
{
    (void)state;
    return nftw(test_dir(), remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline char *put_file(const char *name, const void *data, size_t len)
{
    char *path = test_path(name);
    unlink(path); /* a truncated file would be flushed to disk */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* gzip of data; returns its length. */
static inline size_t gzip_bytes(const void *data, size_t len, uint8_t *out, size_t room)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)data;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    len = room - z.avail_out;
    deflateEnd(&z);
    return len;
}

static inline size_t put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
    return 4;
}

/* The head of an IDX file; returns its length. Dimensions end with 0. */
static inline size_t idx_head(uint8_t *p, uint8_t type, const uint32_t *dim)
{
    size_t n = 4;
    p[0] = p[1] = p[3] = 0;
    p[2] = type;
    for (; *dim; dim++, p[3]++)
        n += put_be32(p + n, *dim);
    return n;
}

/* One wrong byte, missing part, or doubled part somewhere. Returns the new length, at most len + 8. */
static inline size_t mutate(struct mt_rng *r, uint8_t *data, size_t len)
{
    for (uint32_t edits = 1 + mt_rng_below(r, 3); edits && len; edits--) {
        uint32_t at = mt_rng_below(r, (uint32_t)len);
        switch (mt_rng_below(r, 4)) {
        case 0:
            data[at] = (uint8_t)mt_rng_u32(r);
            break;
        case 1:
            data[at] ^= (uint8_t)(1u << mt_rng_below(r, 8));
            break;
        case 2:
            len = mt_rng_below(r, 8) ? len : at;
            break;
        default:
            data[at] = (uint8_t) "\0\xff,\n\"\r0\x80"[mt_rng_below(r, 8)];
        }
    }
    return len;
}

#define assert_contains(text, part)                                                                          \
    do {                                                                                                     \
        if (!strstr(text, part))                                                                             \
            fail_msg("\"%s\" does not contain \"%s\"", text, part);                                          \
    } while (0)

#endif

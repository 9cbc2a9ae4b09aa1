/* fuzz_gzip.h: bytes as a gzip file, without compression: fast enough to be done for every input. */
#ifndef MT_TESTS_FUZZ_GZIP_H
#define MT_TESTS_FUZZ_GZIP_H

#include <zlib.h>

#include "tests/fuzz/fuzz.h"

#define FUZZ_GZIP_MOST 65535                 /* bytes of a stored block */
#define FUZZ_GZIP_ROOM (FUZZ_GZIP_MOST + 23) /* header of 10, block header of 5, CRC and length of 4 each */

static inline uint8_t *fuzz_le(uint8_t *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *out++ = (uint8_t)(value >> 8 * i);
    return out;
}

/* One stored block of at most FUZZ_GZIP_MOST bytes. Returns the length. */
static inline size_t fuzz_gzip(const uint8_t *data, size_t size, uint8_t out[FUZZ_GZIP_ROOM])
{
    static const uint8_t header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1};
    uint8_t *p = out + sizeof header;
    memcpy(out, header, sizeof header);
    p = fuzz_le(p, (uint32_t)size, 2);
    p = fuzz_le(p, ~(uint32_t)size, 2);
    if (size)
        memcpy(p, data, size);
    p = fuzz_le(p + size, (uint32_t)crc32(0, data, (uInt)size), 4);
    p = fuzz_le(p, (uint32_t)size, 4);
    return (size_t)(p - out);
}

#endif

/* fuzz_png.c: a PNG file. Input: options, then the file. Half of the inputs get checksums that fit, and some
 * of these image data that inflates. */
#include <zlib.h>

#include "tests/fuzz/fuzz_image.h"

#define SIGNATURE 8
#define AROUND 12 /* bytes of a chunk beside its data: length, name, checksum */
#define MOST_DATA 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t options = fuzz_byte(&data, &size);
    fuzz_image(data, size, options & 1 ? 3 : 1, (enum mt_alpha)((options >> 1) % 3));
    return 0;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Makes the checksum of every chunk fit that lies whole in the file. Returns where the first IDAT begins, or
 * size. */
static size_t seal(uint8_t *png, size_t size)
{
    size_t idat = size;
    for (size_t at = SIGNATURE; size >= SIGNATURE + AROUND && at <= size - AROUND;) {
        uint32_t len = be32(png + at);
        if (len > size - at - AROUND)
            break;
        if (idat == size && !memcmp(png + at + 4, "IDAT", 4))
            idat = at;
        put_be32(png + at + 8 + len, (uint32_t)crc32(0, png + at + 4, len + 4));
        at += (size_t)len + AROUND;
    }
    return idat;
}

/* Changes the filtered rows of the first IDAT, not their compressed form. Returns the new size. */
static size_t mutate_rows(uint8_t *png, size_t size, size_t room, size_t at)
{
    static uint8_t rows[MOST_DATA], packed[MOST_DATA + 1024];
    uint32_t len = be32(png + at);
    uLongf n = sizeof rows, m = sizeof packed;
    size_t after = at + AROUND + len;
    if (uncompress(rows, &n, png + at + 8, len) != Z_OK)
        return size;
    n = LLVMFuzzerMutate(rows, n, sizeof rows);
    if (compress2(packed, &m, rows, n, 1) != Z_OK || size - len + m > room)
        return size;
    memmove(png + at + AROUND + m, png + after, size - after);
    put_be32(png + at, (uint32_t)m);
    memcpy(png + at + 8, packed, m);
    return size - len + m;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    bool rows = seed % 4 == 0 && size > 1;
    size_t idat = rows ? seal(data + 1, size - 1) : 0;
    if (rows && idat < size - 1)
        size = 1 + mutate_rows(data + 1, size - 1, room - 1, idat);
    else
        size = LLVMFuzzerMutate(data, size, room);
    if (seed % 2 == 0 && size > 1)
        seal(data + 1, size - 1);
    return size;
}

#include "lib/report/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are written as they stand in memory, and declared little-endian"
#endif

static const struct {
    const char *descr;
    size_t size;
} types[] = {[MT_NPY_FLOAT32] = {"<f4", 4}, [MT_NPY_INT32] = {"<i4", 4}, [MT_NPY_INT64] = {"<i8", 8}};

static uint64_t data_bytes(const struct mt_npy *a)
{
    uint64_t columns = a->columns ? (uint64_t)a->columns : 1;
    return (uint64_t)a->rows * columns * types[a->type].size;
}

static void put_le(struct mt_buf *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(value >> 8 * i);
        mt_buf_append(b, &byte, 1);
    }
}

/* --- .npy --- */

#define ALIGN 64 /* of the data in the file */
#define MAGIC "\x93NUMPY\x01\x00"

void mt_npy_write(struct mt_buf *b, const struct mt_npy *a)
{
    char shape[64], text[160];
    if (a->columns)
        snprintf(shape, sizeof shape, "%" PRId64 ", %" PRId64, a->rows, a->columns);
    else
        snprintf(shape, sizeof shape, "%" PRId64 ",", a->rows);
    int len = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                       types[a->type].descr, shape);
    int before = 8 + 2, filled = before + len + 1;
    int padded = (filled + ALIGN - 1) / ALIGN * ALIGN;
    mt_buf_append(b, MAGIC, 8);
    put_le(b, (uint64_t)(padded - before), 2);
    mt_buf_printf(b, "%s%*s\n", text, padded - filled, "");
    mt_buf_append(b, a->data, data_bytes(a));
}

/* --- .npz --- */

#define LARGEST_ZIP 0xfffffffeu
#define DATE_1980 0x21 /* January 1st */

struct entry {
    char name[48];
    size_t offset, size; /* where its header is; of the .npy */
    uint32_t crc;
};

/* What the header of an entry and the directory at the end say alike, from the version on. */
static void put_fields(struct mt_buf *b, const struct entry *e)
{
    put_le(b, 20, 2); /* version 2.0 is needed */
    put_le(b, 0, 2);  /* flags */
    put_le(b, 0, 2);  /* stored */
    put_le(b, 0, 2);  /* time */
    put_le(b, DATE_1980, 2);
    put_le(b, e->crc, 4);
    put_le(b, e->size, 4);
    put_le(b, e->size, 4);
    put_le(b, strlen(e->name), 2);
    put_le(b, 0, 2); /* extra field */
}

static void put_header(struct mt_buf *b, const struct entry *e)
{
    mt_buf_append(b, "PK\3\4", 4);
    put_fields(b, e);
    mt_buf_puts(b, e->name);
}

/* The header comes before the data, but its checksum from the data: it is written twice. */
static void put_entry(struct mt_buf *b, struct entry *e, const struct mt_npy *a)
{
    struct mt_buf header = {0};
    *e = (struct entry){.offset = b->len};
    snprintf(e->name, sizeof e->name, "%.40s.npy", a->name);
    put_header(b, e);
    size_t start = b->len;
    mt_npy_write(b, a);
    if (!b->failed) {
        e->size = b->len - start;
        e->crc = (uint32_t)crc32_z(0, (const unsigned char *)b->data + start, e->size);
        put_header(&header, e);
    }
    b->failed |= header.failed;
    if (!b->failed)
        memcpy(b->data + e->offset, header.data, header.len);
    mt_buf_release(&header);
}

static void put_directory(struct mt_buf *b, const struct entry *e, int n)
{
    size_t start = b->len;
    for (int i = 0; i < n; i++) {
        mt_buf_append(b, "PK\1\2", 4);
        put_le(b, 20, 2); /* made by version 2.0 */
        put_fields(b, &e[i]);
        put_le(b, 0, 2); /* comment */
        put_le(b, 0, 2); /* disk */
        put_le(b, 0, 2); /* attributes */
        put_le(b, 0, 4);
        put_le(b, e[i].offset, 4);
        mt_buf_puts(b, e[i].name);
    }
    size_t size = b->len - start;
    mt_buf_append(b, "PK\5\6", 4);
    put_le(b, 0, 4); /* disks */
    put_le(b, (uint64_t)n, 2);
    put_le(b, (uint64_t)n, 2);
    put_le(b, size, 4);
    put_le(b, start, 4);
    put_le(b, 0, 2); /* comment */
}

#define MOST_ENTRIES 16

int mt_npz_write(struct mt_buf *b, const struct mt_npy *a, int n, struct mt_err *err)
{
    struct entry e[MOST_ENTRIES];
    uint64_t all = 1024 * (uint64_t)n + 1024; /* more than what is not data */
    for (int i = 0; i < n; i++)
        all += data_bytes(&a[i]);
    if (n > MOST_ENTRIES || all > LARGEST_ZIP)
        return mt_err_set(err, MT_ERR_RUN,
                          "an .npz of %" PRIu64 " bytes is more than a zip with 32-bit sizes holds; "
                          "write .npy, or fewer samples with --limit",
                          all);
    for (int i = 0; i < n; i++)
        put_entry(b, &e[i], &a[i]);
    put_directory(b, e, n);
    return b->failed ? mt_err_memory(err, "an .npz", all) : 0;
}

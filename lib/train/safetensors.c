#include "lib/train/safetensors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/file.h"
#include "lib/core/version.h"
#include "lib/train/safetensors_header.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are written and read as they lie in memory");

#define LENGTH 8     /* bytes of the header's length */
#define BLOCK 262144 /* bytes hashed at a time */

static void put_length(char out[LENGTH], uint64_t value)
{
    for (int i = 0; i < LENGTH; i++)
        out[i] = (char)(value >> 8 * i);
}

static uint64_t get_length(const unsigned char in[LENGTH])
{
    uint64_t value = 0;
    for (int i = 0; i < LENGTH; i++)
        value |= (uint64_t)in[i] << 8 * i;
    return value;
}

/* --- writing --- */

/* What is written here can be read here: two arrays of one name, for instance, cannot. */
static int check_header(const char *path, const struct mt_buf *head, uint64_t data_len, struct mt_err *err)
{
    struct mt_safetensors st = {.fd = -1};
    size_t digits_at;
    int rc =
        mt_safetensors_parse(&st, path, head->data + LENGTH, head->len - LENGTH, data_len, &digits_at, err);
    mt_safetensors_close(&st);
    if (rc < 0 && err)
        err->kind = MT_ERR_RUN;
    return rc;
}

int mt_safetensors_write(const char *path, const char *keep, struct mt_array *arrays, size_t n_arrays,
                         const struct mt_note *notes, size_t n_notes, struct mt_err *err)
{
    struct mt_buf head = {0};
    struct mt_writer w = {.fd = -1};
    struct mt_hash hash;
    char length[LENGTH] = {0}, hex[MT_SHA256_HEX];
    size_t digits_at;
    int rc = -1;

    mt_buf_append(&head, length, LENGTH);
    if (mt_safetensors_print(&head, arrays, n_arrays, notes, n_notes, &digits_at, err) < 0 ||
        check_header(path, &head, n_arrays ? arrays[n_arrays - 1].end : 0, err) < 0)
        goto out;
    put_length(head.data, head.len - LENGTH);
    mt_hash_init(&hash);
    mt_hash_add(&hash, head.data, head.len);
    for (size_t i = 0; i < n_arrays; i++)
        mt_hash_add(&hash, arrays[i].data, (size_t)(arrays[i].end - arrays[i].begin));
    mt_hash_hex(&hash, hex);
    memcpy(head.data + digits_at, hex, MT_SHA256_HEX - 1);

    if (mt_writer_open(&w, path, err) < 0 || mt_writer_append(&w, head.data, head.len, err) < 0)
        goto out;
    for (size_t i = 0; i < n_arrays; i++)
        if (mt_writer_append(&w, arrays[i].data, (size_t)(arrays[i].end - arrays[i].begin), err) < 0)
            goto out;
    rc = mt_writer_commit(&w, keep, err);
out:
    mt_writer_abort(&w);
    mt_buf_release(&head);
    return rc;
}

/* --- reading --- */

static int read_at(const struct mt_safetensors *st, uint64_t at, void *data, size_t len, struct mt_err *err)
{
    for (char *p = data; len;) {
        ssize_t n = pread(st->fd, p, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mt_err_read(err, st->path, "read", errno);
        if (n == 0)
            return mt_err_set(err, MT_ERR_DATA, "%s: cannot read: it became shorter", st->path);
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

static int compare_checksum(const struct mt_safetensors *st, const unsigned char length[LENGTH], char *text,
                            size_t len, size_t digits_at, uint64_t data_len, struct mt_err *err)
{
    struct mt_hash hash;
    char hex[MT_SHA256_HEX];
    int rc = -1;
    char *block = malloc(BLOCK);
    if (!block)
        return mt_err_memory(err, st->path, BLOCK);
    memset(text + digits_at, '0', MT_SHA256_HEX - 1);
    mt_hash_init(&hash);
    mt_hash_add(&hash, length, LENGTH);
    mt_hash_add(&hash, text, len);
    for (uint64_t at = 0; at < data_len; at += BLOCK) {
        size_t n = data_len - at < BLOCK ? (size_t)(data_len - at) : BLOCK;
        if (read_at(st, st->data_at + at, block, n, err) < 0)
            goto out;
        mt_hash_add(&hash, block, n);
    }
    mt_hash_hex(&hash, hex);
    if (strcmp(hex, mt_safetensors_note(st, MT_KEY_SHA256)))
        mt_err_set(err, MT_ERR_DATA, "%s: its checksum does not fit: the file was changed or damaged",
                   st->path);
    else
        rc = 0;
out:
    free(block);
    return rc;
}

/* Whether it is one of ours, and unharmed. */
static int verify(const struct mt_safetensors *st, bool ours, const unsigned char length[LENGTH], char *text,
                  size_t len, size_t digits_at, uint64_t data_len, struct mt_err *err)
{
    const char *format = mt_safetensors_note(st, MT_KEY_FORMAT);
    if (!format && !digits_at && !ours)
        return 0;
    if (!format || !digits_at)
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a checkpoint of this program: its metadata lacks %s",
                          st->path, format ? MT_KEY_SHA256 : MT_KEY_FORMAT);
    if (strcmp(format, MT_SAFETENSORS_FORMAT))
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has the checkpoint format '%.20s', and metric-train " MT_VERSION
                          " reads '%s'; use the version that wrote it, or a later one",
                          st->path, format, MT_SAFETENSORS_FORMAT);
    return compare_checksum(st, length, text, len, digits_at, data_len, err);
}

int mt_safetensors_open(struct mt_safetensors *st, const char *path, bool ours, struct mt_err *err)
{
    unsigned char length[LENGTH];
    uint64_t size, len;
    size_t digits_at = 0;
    char *text = NULL;
    int rc = -1;
    *st = (struct mt_safetensors){.fd = -1};
    if (!(st->path = strdup(path))) {
        mt_err_memory(err, path, strlen(path));
        goto out;
    }
    if ((st->fd = mt_file_open(path, &size, err)) < 0)
        goto out;
    if (size < LENGTH) {
        mt_err_set(err, MT_ERR_DATA, "%s: is not a safetensors file: it has fewer than %d bytes", path,
                   LENGTH);
        goto out;
    }
    if (read_at(st, 0, length, LENGTH, err) < 0)
        goto out;
    len = get_length(length);
    if (len > MT_SAFETENSORS_HEADER || len > size - LENGTH) {
        mt_err_set(err, MT_ERR_DATA, "%s: is not a safetensors file: a header of %llu bytes %s", path,
                   (unsigned long long)len,
                   len > MT_SAFETENSORS_HEADER ? "is more than the 16 MiB that are read"
                                               : "does not fit in the file");
        goto out;
    }
    st->data_at = LENGTH + len;
    if (!(text = calloc(1, (size_t)len + 1))) {
        mt_err_memory(err, path, (size_t)len + 1);
        goto out;
    }
    if (read_at(st, LENGTH, text, (size_t)len, err) < 0 ||
        mt_safetensors_parse(st, path, text, (size_t)len, size - st->data_at, &digits_at, err) < 0 ||
        verify(st, ours, length, text, (size_t)len, digits_at, size - st->data_at, err) < 0)
        goto out;
    rc = 0;
out:
    free(text);
    if (rc < 0)
        mt_safetensors_close(st);
    return rc;
}

void mt_safetensors_close(struct mt_safetensors *st)
{
    for (size_t i = 0; i < st->n_arrays; i++)
        free(st->array[i].name);
    for (size_t i = 0; i < st->n_notes; i++) {
        free(st->note[i].key);
        free(st->note[i].value);
    }
    free(st->array);
    free(st->note);
    free(st->path);
    if (st->fd >= 0)
        close(st->fd);
    *st = (struct mt_safetensors){.fd = -1};
}

static int name_compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct mt_array *)row)->name);
}

static int key_compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct mt_note *)row)->key);
}

const struct mt_array *mt_safetensors_find(const struct mt_safetensors *st, const char *name)
{
    return st->n_arrays ? bsearch(name, st->array, st->n_arrays, sizeof *st->array, name_compare) : NULL;
}

const char *mt_safetensors_note(const struct mt_safetensors *st, const char *key)
{
    const struct mt_note *note =
        st->n_notes ? bsearch(key, st->note, st->n_notes, sizeof *st->note, key_compare) : NULL;
    return note ? note->value : NULL;
}

int mt_safetensors_read(const struct mt_safetensors *st, const struct mt_array *a, void *data,
                        struct mt_err *err)
{
    return read_at(st, st->data_at + a->begin, data, (size_t)(a->end - a->begin), err);
}

#include "lib/data/export.h"

#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/file.h"

#define FLUSH (1 << 20)

static void put_header(struct mt_buf *b, size_t values)
{
    mt_buf_puts(b, "label");
    for (size_t i = 0; i < values; i++)
        mt_buf_printf(b, ",pixel%zu", i);
    mt_buf_puts(b, "\n");
}

/* RFC 4180: quotes where a name holds what would end it. */
static void put_name(struct mt_buf *b, const char *name)
{
    if (!strpbrk(name, ",\"\r\n")) {
        mt_buf_puts(b, name);
        return;
    }
    mt_buf_puts(b, "\"");
    for (; *name; name++)
        mt_buf_append(b, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    mt_buf_puts(b, "\"");
}

static void put_byte(struct mt_buf *b, unsigned value)
{
    char text[4] = {',', (char)('0' + value / 100), (char)('0' + value / 10 % 10), (char)('0' + value % 10)};
    int skip = value < 10 ? 2 : value < 100 ? 1 : 0;
    text[skip] = ',';
    mt_buf_append(b, text + skip, (size_t)(4 - skip));
}

static void put_sample(struct mt_buf *b, const struct mt_dataset *d, int32_t index)
{
    const size_t values = mt_shape_count(d->shape), at = (size_t)index * values;
    put_name(b, d->class_name[d->label[index]]);
    for (size_t i = 0; i < values; i++) {
        if (d->pixel == MT_PIXEL_U8)
            put_byte(b, ((const uint8_t *)d->pixels)[at + i]);
        else
            mt_buf_printf(b, ",%.9g", (double)((const float *)d->pixels)[at + i]);
    }
    mt_buf_puts(b, "\n");
}

static int flush(struct mt_writer *w, struct mt_buf *b, struct mt_err *err)
{
    if (b->failed)
        return mt_err_memory(err, w->path, b->len);
    int rc = mt_writer_append(w, b->data, b->len, err);
    mt_buf_clear(b);
    return rc;
}

static int write_samples(const struct mt_view *v, int64_t n, const char *path, struct mt_err *err)
{
    const struct mt_dataset *d = v->data;
    struct mt_writer w;
    struct mt_buf b = {0};
    if (mt_writer_open(&w, path, err) < 0)
        return -1;
    put_header(&b, mt_shape_count(d->shape));
    int rc = 0;
    for (int64_t i = 0; i < n && rc == 0; i++) {
        put_sample(&b, d, v->index[i]);
        if (b.len < FLUSH && !b.failed)
            continue;
        rc = mt_signals_wait() ? mt_err_set(err, MT_ERR_STOPPED, "%s: stopped by a signal", path)
                               : flush(&w, &b, err);
    }
    if (rc == 0)
        rc = flush(&w, &b, err);
    if (rc == 0)
        rc = mt_writer_commit(&w, NULL, err);
    mt_writer_abort(&w);
    mt_buf_release(&b);
    return rc;
}

int mt_export_csv(const struct mt_view *v, int64_t n, const char *path, struct mt_err *err)
{
    sigset_t before;
    if (!v->data->pixels || !v->data->label)
        return mt_err_set(err, MT_ERR_USAGE,
                          "%s: samples that are streamed cannot be exported; raise data.memory", path);
    mt_signals_hold(&before);
    int rc = write_samples(v, n, path, err);
    mt_signals_release(&before);
    return rc;
}

#include "lib/data/csv_read.h"

#include <stdlib.h>
#include <string.h>

#include "lib/data/csv_scan.h"
#include "lib/data/reader.h"

#define PIECE ((size_t)1 << 18) /* watched at a time */

/* How far the text is sound, as far as that shows without splitting it into fields. */
struct watch {
    size_t row;   /* where the row in progress starts, with empty lines before it */
    bool content; /* it is more than empty lines */
    bool quoted;  /* what comes next is within quotes */
};

/* text[at..end) stands outside of quotes. */
static void watch_rows(struct watch *w, const char *text, size_t at, size_t end)
{
    size_t last = end; /* behind the last byte that is no line break */
    while (last > at && (text[last - 1] == '\n' || text[last - 1] == '\r'))
        last--;
    bool content = w->content || last > at;
    const char *feed = memrchr(text + at, '\n', last - at);
    w->content = content;
    if (content && memchr(text + last, '\n', end - last)) {
        w->row = last;
        w->content = false;
    } else if (feed) {
        w->row = (size_t)(feed - text) + 1;
    }
}

/* Whether the text can still be right when text[at..end) has come to it. */
static bool watch(struct watch *w, const char *text, size_t at, size_t end)
{
    if (memchr(text + at, 0, end - at))
        return false;
    while (at < end) {
        const char *quote = memchr(text + at, '"', end - at);
        size_t stop = quote ? (size_t)(quote - text) : end;
        if (!w->quoted)
            watch_rows(w, text, at, stop);
        if (quote) {
            w->quoted = !w->quoted;
            w->content = true;
        }
        at = stop + 1;
    }
    return end - w->row <= MT_CSV_MAX_ROW;
}

/* Says what made reading stop. */
static int name_fault(const char *path, const struct mt_csv_content *t, struct mt_err *err)
{
    struct mt_csv_cursor c = {.path = path, .p = t->text, .end = t->text + t->len, .line = 1};
    struct mt_csv_field f = {.ends_row = true};
    const char *content = c.p;
    while (c.p < c.end) {
        if (f.ends_row)
            mt_csv_begin_row(&c);
        if (mt_csv_field(&c, &f, err) < 0)
            return -1;
        content = f.len ? c.p : content;
    }
    c.row = t->text;
    c.row_line = 1;
    return mt_csv_error(&c, content, err, "more than %zu bytes of empty lines; remove them", MT_CSV_MAX_ROW);
}

static int too_long(const char *path, uint64_t memory, struct mt_err *err)
{
    return mt_err_set(
        err, MT_ERR_DATA,
        "%s: holds more text than the %.1f MiB that are left for data; raise data.memory, split "
        "the file or use idx",
        path, (double)memory / 0x1p20);
}

/* Reads all, or as far as it is sound. */
static int read_all(struct mt_reader *r, uint64_t memory, struct mt_csv_content *t, bool *sound,
                    struct mt_err *err)
{
    struct watch w = {0};
    uint64_t bound = mt_reader_bound(r), room = r->gzip ? 4 * r->len + PIECE : bound + 1;
    size_t got = 1, cap = 0;
    if (!r->gzip && bound > memory)
        return too_long(r->path, memory, err);
    for (*sound = true; *sound && got; t->len += got) {
        if (t->len > memory)
            return too_long(r->path, memory, err);
        if (t->len == cap) {
            cap = room < memory ? room : memory + 1;
            room *= 2;
            char *grown = realloc(t->memory, cap + 1);
            if (!grown)
                return mt_err_memory(err, r->path, cap);
            t->memory = grown;
        }
        size_t want = cap - t->len < PIECE ? cap - t->len : PIECE;
        if (mt_reader_some(r, t->memory + t->len, want, &got, err) < 0)
            return -1;
        *sound = watch(&w, t->memory, t->len, t->len + got);
    }
    t->memory[t->len] = 0;
    return *sound ? mt_reader_end(r, err) : 0;
}

int mt_csv_read(struct mt_csv_content *t, const char *path, uint64_t memory, struct mt_source *source,
                struct mt_err *err)
{
    struct mt_reader r;
    bool sound = false;
    *t = (struct mt_csv_content){0};
    int rc = mt_reader_open(&r, path, source, err);
    if (rc == 0)
        rc = read_all(&r, memory, t, &sound, err);
    mt_reader_close(&r);
    if (rc < 0)
        return -1;
    t->text = t->memory;
    if (t->len >= 3 && !memcmp(t->text, "\xef\xbb\xbf", 3)) {
        t->text += 3;
        t->len -= 3;
    }
    if (!sound)
        return name_fault(path, t, err);
    while (t->len && t->text[t->len - 1] == '\n') {
        t->len--;
        if (t->len && t->text[t->len - 1] == '\r')
            t->len--;
    }
    return t->len ? 0 : mt_err_set(err, MT_ERR_DATA, "%s: holds no rows; write the samples to it", path);
}

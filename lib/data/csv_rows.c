/* csv_rows.c: text is cut behind line breaks into chunks that are parsed on their own. Cutting needs rows
 * without quoted line breaks, so a file with any quote is one chunk. Values are taken for 8 bit until one is
 * not; then all is parsed again as float. */
#include "lib/data/csv_rows.h"

#include "lib/data/build.h"
#include "lib/data/number.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 19)
#define MAX_CHUNKS 1024

enum row_result { ROW_BAD = -1, ROW_OK, ROW_NOT_BYTES };

struct chunk {
    const char *begin, *end;
    int64_t lines, first_row; /* of rows; their lines follow from the table's */
    int64_t rows;             /* parsed */
    enum row_result result;
    struct mt_err err;
};

struct job {
    const struct mt_csv_table *t;
    struct chunk *chunk;
    int n_chunks;
    uint8_t *bytes; /* one of the two: (n, values) */
    float *floats;
    struct mt_csv_field *label; /* (n) or NULL */
    uint64_t memory;            /* that values may take */
    atomic_bool not_bytes;
};

static int bad_value(const struct mt_csv_cursor *c, int column, const struct mt_csv_field *f, bool large,
                     struct mt_err *err)
{
    char text[40];
    return mt_csv_error(c, mt_csv_begin(f), err, "field %d, \"%s\", is %s; %s", column + 1,
                        mt_csv_show(f, text), large ? "too large for float32" : "not a number",
                        large ? "correct it" : "correct it, or name such columns with label or ignore");
}

/* Called when field `column`, which is f, ends the row too early, or the last one does not. */
static int ragged(const struct mt_csv_table *t, struct mt_csv_cursor *c, int column, struct mt_csv_field f,
                  struct mt_err *err)
{
    int fields = column + 1;
    const char *at = f.ends_row ? f.at + f.len + f.quoted : c->p;
    if (fields == 1 && f.len == 0 && f.ends_row && !f.quoted)
        return mt_csv_error(c, at, err, "the line is empty; remove it");
    for (; !f.ends_row; fields++)
        if (mt_csv_field(c, &f, err) < 0)
            return -1;
    return mt_csv_error(c, at, err, "has %d field%s where the first line has %d; correct the line", fields,
                        fields == 1 ? "" : "s", t->columns);
}

/* One to three digits and a comma, by far the most frequent field: moves *p behind it. */
static inline bool byte_and_comma(const char **p, unsigned *value)
{
    const char *s = *p;
    unsigned v = (unsigned)(s[0] - '0'), d;
    if (v > 9)
        return false;
    if (s[1] == ',') {
        *p = s + 2;
    } else if ((d = (unsigned)(s[1] - '0')) > 9) {
        return false;
    } else if (v = v * 10 + d, s[2] == ',') {
        *p = s + 3;
    } else if ((d = (unsigned)(s[2] - '0')) > 9 || s[3] != ',') {
        return false;
    } else {
        v = v * 10 + d;
        *p = s + 4;
    }
    *value = v;
    return v <= 255;
}

static enum row_result store(struct job *job, const struct mt_csv_cursor *c, int column,
                             const struct mt_csv_field *f, int64_t at, struct mt_err *err)
{
    double v;
    if (!mt_parse_number(f->at, f->len, &v))
        return bad_value(c, column, f, false, err);
    if (job->bytes) {
        if (!(v >= 0 && v <= 255 && v == floor(v)))
            return ROW_NOT_BYTES;
        job->bytes[at] = (uint8_t)v;
        return ROW_OK;
    }
    job->floats[at] = (float)v;
    return isfinite(job->floats[at]) ? ROW_OK : (enum row_result)bad_value(c, column, f, true, err);
}

static enum row_result parse_row(struct job *job, struct mt_csv_cursor *c, int64_t row, struct mt_err *err)
{
    const struct mt_csv_table *t = job->t;
    int64_t at = row * t->values;
    mt_csv_begin_row(c);
    for (int column = 0; column < t->columns; column++) {
        bool last = column + 1 == t->columns;
        unsigned byte;
        struct mt_csv_field f;
        const char *before = c->p;
        if (!last && t->role[column] == MT_CSV_VALUE && byte_and_comma(&c->p, &byte)) {
            if (job->bytes)
                job->bytes[at++] = (uint8_t)byte;
            else
                job->floats[at++] = (float)byte;
            continue;
        }
        c->p = before;
        if (mt_csv_field(c, &f, err) < 0 || (f.ends_row != last && ragged(t, c, column, f, err) < 0))
            return ROW_BAD;
        if (t->role[column] == MT_CSV_LABEL && job->label)
            job->label[row] = f;
        if (t->role[column] == MT_CSV_VALUE) {
            enum row_result result = store(job, c, column, &f, at++, err);
            if (result != ROW_OK)
                return result;
        }
    }
    return ROW_OK;
}

static void count_lines(void *arg, int task, int worker)
{
    (void)worker;
    struct chunk *k = &((struct job *)arg)->chunk[task];
    int64_t n = 0;
    for (const char *p = k->begin; p < k->end; p++)
        n += *p == '\n';
    k->lines = n + (k->end > k->begin && k->end[-1] != '\n');
}

static void parse_chunk(void *arg, int task, int worker)
{
    (void)worker;
    struct job *job = arg;
    struct chunk *k = &job->chunk[task];
    struct mt_csv_cursor c = {
        .path = job->t->path, .p = k->begin, .end = k->end, .line = job->t->line + k->first_row};
    k->rows = 0;
    k->result = ROW_OK;
    while (c.p < c.end && k->result == ROW_OK &&
           !atomic_load_explicit(&job->not_bytes, memory_order_relaxed)) {
        k->result = parse_row(job, &c, k->first_row + k->rows, &k->err);
        k->rows += k->result == ROW_OK;
    }
    if (k->result == ROW_NOT_BYTES)
        atomic_store(&job->not_bytes, true);
}

static void run(struct job *job, mt_task_fn *fn)
{
    if (job->t->pool)
        mt_pool_run(job->t->pool, job->n_chunks, fn, job);
    else
        for (int i = 0; i < job->n_chunks; i++)
            fn(job, i, 0);
}

static int cut(struct job *job, size_t chunks, struct mt_err *err)
{
    const char *at = job->t->text, *end = at + job->t->len;
    free(job->chunk);
    job->n_chunks = 0;
    if (!(job->chunk = calloc(chunks, sizeof *job->chunk)))
        return mt_err_memory(err, job->t->path, chunks * sizeof *job->chunk);
    for (size_t i = 0; i < chunks && at < end; i++) {
        const char *aim = job->t->text + job->t->len * (i + 1) / chunks, *stop = end;
        if (i + 1 < chunks) {
            stop = aim > at ? memchr(aim, '\n', (size_t)(end - aim)) : at;
            stop = !stop ? end : stop == at ? at : stop + 1;
        }
        if (stop > at)
            job->chunk[job->n_chunks++] = (struct chunk){.begin = at, .end = stop};
        at = stop;
    }
    return 0;
}

/* Parses all chunks into d->pixels of type `pixel`. *again: some value needs float. */
static int parse_as(struct job *job, struct mt_dataset *d, enum mt_pixel pixel, int64_t rows, bool *again,
                    struct mt_err *err)
{
    free(d->pixels);
    d->pixels = NULL;
    d->pixel = pixel;
    d->type_max = pixel == MT_PIXEL_U8 ? 255 : 0;
    if (mt_build_pixels(d, (uint64_t)rows, job->t->path, job->memory, err) < 0)
        return -1;
    job->bytes = pixel == MT_PIXEL_U8 ? d->pixels : NULL;
    job->floats = pixel == MT_PIXEL_U8 ? NULL : d->pixels;
    atomic_store(&job->not_bytes, false);
    run(job, parse_chunk);
    *again = atomic_load(&job->not_bytes);
    d->n = 0;
    for (int i = 0; i < job->n_chunks && !*again; i++) {
        if (job->chunk[i].result == ROW_BAD) {
            if (err)
                *err = job->chunk[i].err;
            return -1;
        }
        d->n += job->chunk[i].rows;
    }
    return 0;
}

/* Labels are kept as they stand in the text, then as integers, and count against the memory like values. */
static int make_room(struct job *job, int64_t rows, struct mt_csv_field **label, struct mt_err *err)
{
    uint64_t bytes = (uint64_t)rows * (sizeof **label + sizeof(int64_t) + sizeof(int32_t));
    if (bytes > job->memory)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: the labels of %lld rows need %.1f MiB, and %.1f MiB are left for data; raise "
                          "data.memory, or use fewer samples",
                          job->t->path, (long long)rows, (double)bytes / 0x1p20,
                          (double)job->memory / 0x1p20);
    if (!(*label = job->label = calloc((size_t)rows, sizeof **label)))
        return mt_err_memory(err, job->t->path, bytes);
    job->memory -= bytes;
    return 0;
}

int mt_csv_rows(const struct mt_csv_table *t, struct mt_dataset *d, struct mt_csv_field **label,
                struct mt_err *err)
{
    int rc = -1;
    bool again, quotes = memchr(t->text, '"', t->len) != NULL,
                labels = memchr(t->role, MT_CSV_LABEL, (size_t)t->columns);
    size_t chunks = quotes ? 1 : t->len / CHUNK_BYTES + 1;
    struct job job = {.t = t, .memory = t->memory};
    *label = NULL;
    if (cut(&job, chunks < MAX_CHUNKS ? chunks : MAX_CHUNKS, err) < 0)
        return -1;
    run(&job, count_lines);
    int64_t rows = 0;
    for (int i = 0; i < job.n_chunks; i++) {
        job.chunk[i].first_row = rows;
        rows += job.chunk[i].lines;
    }
    /* A row of that many fields needs that many bytes. Where there are more lines, one is at fault, and a
     * pass in order finds it within the rows that can be right and one more. */
    int64_t fit = (int64_t)((t->len + 1) / (size_t)(t->columns + t->values)) + 1;
    if (rows > fit) {
        rows = fit;
        if (cut(&job, 1, err) < 0)
            goto out;
    }
    if (labels && make_room(&job, rows, label, err) < 0)
        goto out;
    rc = parse_as(&job, d, MT_PIXEL_U8, rows, &again, err);
    if (rc == 0 && again)
        rc = parse_as(&job, d, MT_PIXEL_F32, rows, &again, err);
out:
    free(job.chunk);
    if (rc < 0) {
        free(*label);
        *label = NULL;
    }
    return rc;
}

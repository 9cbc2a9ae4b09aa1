#include "lib/data/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "lib/data/stream.h"

#define PER_TASK 64 /* samples */

struct part { /* what one thread has found */
    struct mt_histogram h;
    uint8_t *row;   /* (C,H,W) of a streamed data set */
    int64_t failed; /* place of the first sample that could not be read, or INT64_MAX */
    struct mt_err err;
};

struct job {
    const struct mt_view *v;
    int channels;
    size_t count; /* values of a channel */
    struct part *part;
};

static void count_row(const struct job *job, struct mt_histogram *h, const uint8_t *row)
{
    for (int c = 0; c < job->channels; c++, row += job->count)
        for (size_t k = 0; k < job->count; k++)
            h->seen[c][row[k]]++;
}

static void task(void *arg, int number, int worker)
{
    const struct job *job = arg;
    const struct mt_dataset *d = job->v->data;
    struct part *p = &job->part[worker];
    int64_t from = (int64_t)number * PER_TASK, to = from + PER_TASK;
    for (int64_t i = from; i < to && i < job->v->n && i < p->failed; i++) {
        int32_t sample = job->v->index[i];
        const uint8_t *row =
            d->stream ? p->row : (const uint8_t *)d->pixels + (size_t)sample * mt_shape_count(d->shape);
        if (d->stream && mt_stream_read(d, sample, p->row, &p->err) < 0)
            p->failed = i;
        else
            count_row(job, &p->h, row);
    }
}

/* Adds the parts up; or the failure of the first sample. */
static int gather(struct mt_histogram *h, const struct part *part, int threads, struct mt_err *err)
{
    int worst = 0;
    for (int t = 0; t < threads; t++) {
        worst = part[t].failed < part[worst].failed ? t : worst;
        for (int c = 0; c < MT_MAX_CHANNELS; c++)
            for (int b = 0; b < 256; b++)
                h->seen[c][b] += part[t].h.seen[c][b];
    }
    if (part[worst].failed == INT64_MAX)
        return 0;
    if (err)
        *err = part[worst].err;
    return -1;
}

int mt_histogram_of(struct mt_histogram *h, const struct mt_view *v, struct mt_pool *pool, struct mt_err *err)
{
    int threads = pool ? mt_pool_threads(pool) : 1, rc = 0;
    struct mt_shape shape = v->data->shape;
    size_t sample = mt_shape_count(shape);
    int64_t tasks = (v->n + PER_TASK - 1) / PER_TASK;
    struct job job = {.v = v, .channels = shape.h == 1 && shape.w == 1 ? 1 : shape.c};
    job.count = sample / (size_t)job.channels;
    job.part = calloc((size_t)threads, sizeof *job.part);
    memset(h, 0, sizeof *h);
    if (!job.part)
        return mt_err_memory(err, "counting values", (size_t)threads * sizeof *job.part);
    for (int t = 0; t < threads; t++) {
        job.part[t].failed = INT64_MAX;
        if (v->data->stream && !(job.part[t].row = malloc(sample)))
            rc = mt_err_memory(err, "a sample", sample);
    }
    if (rc == 0 && pool)
        mt_pool_run(pool, (int)tasks, task, &job);
    else
        for (int i = 0; rc == 0 && i < (int)tasks; i++)
            task(&job, i, 0);
    if (rc == 0)
        rc = gather(h, job.part, threads, err);
    for (int t = 0; t < threads; t++)
        free(job.part[t].row);
    free(job.part);
    return rc;
}

void mt_histogram_moments(const uint64_t seen[256], double *mean, double *var)
{
    uint64_t n = 0;
    *mean = *var = 0;
    for (int b = 0; b < 256; b++) {
        n += seen[b];
        *mean += (double)seen[b] * b;
    }
    *mean /= (double)n;
    for (int b = 0; b < 256; b++)
        *var += (double)seen[b] * (b - *mean) * (b - *mean);
    *var /= (double)n;
}

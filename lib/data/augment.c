#include "lib/data/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/data/stream.h"

#define MAX_TRANSFORMS 256 /* 8 bits of the random stream's name; the epoch has 24 */
#define PER_TASK 32        /* samples */

static const struct mt_transform_type *type_of(const struct mt_augment *a, int k)
{
    return (const struct mt_transform_type *)a->list->v[k].kind;
}

static int accept(const struct mt_augment *a, int k, struct mt_err *err)
{
    const struct mt_transform_type *t = type_of(a, k);
    struct mt_err why;
    if (a->form.shape.h == 1 && a->form.shape.w == 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "%s: needs images, and samples are vectors of %d numbers; give their shape",
                          t->kind.name, a->form.shape.c);
    if (t->bytes && a->form.pixel != MT_PIXEL_U8)
        return mt_err_set(err, MT_ERR_USAGE,
                          "%s: needs 8-bit samples, and these are floating-point numbers; leave it away, or "
                          "convert the data",
                          t->kind.name);
    if (!t->accept || t->accept(a->list->v[k].cfg, &a->form, &why) == 0)
        return 0;
    return mt_err_set(err, why.kind, "%s: %.1800s", t->kind.name, why.text);
}

int mt_augment_init(struct mt_augment *a, const struct mt_variants *list, const struct mt_dataset *d,
                    double white, uint64_t seed, struct mt_err *err)
{
    double top = isnan(white) || white > 255 ? 255 : white < 1 ? 1 : floor(white);
    *a = (struct mt_augment){.list = list, .form = {d->shape, d->pixel, (int)top}, .seed = seed};
    if (list->n > MAX_TRANSFORMS)
        return mt_err_set(err, MT_ERR_USAGE, "holds %d transforms; at most %d are possible", list->n,
                          MAX_TRANSFORMS);
    for (int k = 0; k < list->n; k++) {
        if (accept(a, k, err) < 0)
            return -1;
        if (type_of(a, k)->random)
            a->n_random++;
        else
            a->n_fixed++;
    }
    return 0;
}

static size_t sample_room(const struct mt_augment *a)
{
    return (mt_form_bytes(&a->form) + 63) / 64 * 64;
}

/* Three samples, and what the transforms need. */
size_t mt_augment_scratch(const struct mt_augment *a)
{
    size_t most = 0;
    for (int k = 0; k < a->n_fixed + a->n_random; k++) {
        const struct mt_transform_type *t = type_of(a, k);
        size_t bytes = t->scratch ? t->scratch(a->list->v[k].cfg, &a->form) : 0;
        most = bytes > most ? bytes : most;
    }
    return 3 * sample_room(a) + (most + 63) / 64 * 64;
}

/* The random or the fixed transforms, of which there are `left`; `in` is not written to. */
static void run(const struct mt_augment *a, bool random, int left, uint32_t epoch, uint32_t sample,
                const void *in, void *out, char *scratch)
{
    char *between[2] = {scratch, scratch + sample_room(a)}, *space = scratch + 3 * sample_room(a);
    for (int k = 0; left > 0; k++) {
        const struct mt_transform_type *t = type_of(a, k);
        struct mt_rng r;
        if (t->random != random)
            continue;
        void *to = --left == 0 ? out : between[left % 2];
        if (random)
            mt_rng_init(&r, a->seed, MT_STREAM_AUGMENT, epoch << 8 | (uint32_t)k, sample);
        t->apply(a->list->v[k].cfg, &a->form, random ? &r : NULL, in, to, space);
        in = to;
    }
}

void mt_augment_fixed(const struct mt_augment *a, void *sample, void *scratch)
{
    char *copy = (char *)scratch + 2 * sample_room(a);
    if (a->n_fixed == 0)
        return;
    memcpy(copy, sample, mt_form_bytes(&a->form));
    run(a, false, a->n_fixed, 0, 0, copy, sample, scratch);
}

void mt_augment_random(const struct mt_augment *a, uint32_t epoch, uint32_t sample, const void *in, void *out,
                       void *scratch)
{
    if (a->n_random == 0)
        memcpy(out, in, mt_form_bytes(&a->form));
    else
        run(a, true, a->n_random, epoch, sample, in, out, scratch);
}

struct job {
    const struct mt_augment *a;
    struct mt_dataset *d;
    char *scratch; /* of all workers */
    size_t each;
};

static void task(void *arg, int number, int worker)
{
    const struct job *job = arg;
    size_t bytes = mt_form_bytes(&job->a->form);
    int64_t from = (int64_t)number * PER_TASK, to = from + PER_TASK;
    for (int64_t i = from; i < to && i < job->d->n; i++)
        mt_augment_fixed(job->a, (char *)job->d->pixels + (size_t)i * bytes,
                         job->scratch + (size_t)worker * job->each);
}

int mt_augment_dataset(const struct mt_augment *a, struct mt_dataset *d, struct mt_pool *pool,
                       struct mt_err *err)
{
    if (a->n_fixed == 0 || d->n == 0)
        return 0;
    if (d->stream) {
        d->stream->fixed = *a;
        return 0;
    }
    struct job job = {a, d, NULL, mt_augment_scratch(a)};
    size_t bytes = job.each * (size_t)mt_pool_threads(pool);
    if (!(job.scratch = aligned_alloc(64, bytes)))
        return mt_err_memory(err, "transforming samples", bytes);
    mt_pool_run(pool, (int)((d->n + PER_TASK - 1) / PER_TASK), task, &job);
    free(job.scratch);
    return 0;
}

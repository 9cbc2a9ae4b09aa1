#include "lib/data/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/data/stream.h"

#define AT_ONCE 8 /* samples in memory that a thread takes up together */

struct slot {
    uint8_t *pixels;         /* (max_batch, C,H,W) */
    struct mt_dataset batch; /* shows them */
    int left;                /* samples still to come */
    int64_t failed;          /* the first place that failed, or INT64_MAX */
    struct mt_err err;       /* and why */
};

struct worker {
    struct mt_loader *loader;
    pthread_t thread;
    void *scratch;    /* of the transforms */
    uint8_t *decoded; /* (C,H,W) before the random ones */
};

struct mt_loader {
    struct slot slot[MT_LOADER_SLOTS];
    struct mt_loader_options options;
    size_t bytes; /* of a sample */
    int started;
    struct worker *worker; /* (threads) */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool stop;
    int busy; /* threads at a sample */
    /* What is being loaded. Batch b is places first + b * batch on, and belongs to slot b % SLOTS. */
    const struct mt_dataset *data;
    const int32_t *index;
    int64_t n, first, next; /* next: the place to be taken up next */
    int64_t given;          /* batches handed out so far: the last of them is in use */
    int batch;
    int64_t epoch;
};

static int64_t batch_of(const struct mt_loader *l, int64_t place)
{
    return (place - l->first) / l->batch;
}

static struct slot *slot_of(struct mt_loader *l, int64_t batch)
{
    return &l->slot[batch % MT_LOADER_SLOTS];
}

/* Whether the slot of the next place is free: the batch in use and those behind it fill the ring. */
static bool has_work(const struct mt_loader *l)
{
    int64_t in_use = l->given ? l->given - 1 : 0;
    return l->next < l->n && batch_of(l, l->next) < in_use + MT_LOADER_SLOTS;
}

/* Makes a slot expect a batch, which may lie beyond the end. */
static void expect(struct mt_loader *l, int64_t batch)
{
    struct slot *s = slot_of(l, batch);
    int64_t left = l->n - l->first - batch * l->batch;
    s->left = (int)(left < 0 ? 0 : left < l->batch ? left : l->batch);
    s->failed = INT64_MAX;
}

static int make_sample(const struct worker *w, int32_t sample, uint8_t *row, struct mt_err *err)
{
    const struct mt_loader *l = w->loader;
    bool random = l->epoch != MT_NO_EPOCH;
    const void *in = random ? w->decoded : row;
    if (!l->data->stream)
        in = (const uint8_t *)l->data->pixels + (size_t)sample * l->bytes;
    else if (mt_stream_read(l->data, sample, random ? w->decoded : row, err) < 0)
        return -1;
    if (random)
        mt_augment_random(l->options.augment, (uint32_t)l->epoch, (uint32_t)sample, in, row, w->scratch);
    else if (in != row)
        memcpy(row, in, l->bytes);
    return 0;
}

/* Takes up the next places of one batch; called, and left, with the lock held. */
static void take_samples(const struct worker *w)
{
    struct mt_loader *l = w->loader;
    struct mt_err err;
    int64_t place = l->next, batch = batch_of(l, place), start = l->first + batch * l->batch;
    int64_t end = place + (l->data->stream ? 1 : AT_ONCE), failed = INT64_MAX;
    struct slot *s = slot_of(l, batch);
    end = end < start + l->batch ? end : start + l->batch;
    end = end < l->n ? end : l->n;
    int taken = (int)(end - place);
    l->next = end;
    l->busy++;
    pthread_mutex_unlock(&l->lock);
    for (; place < end && failed == INT64_MAX; place++)
        if (make_sample(w, l->index[place], s->pixels + (size_t)(place - start) * l->bytes, &err) < 0)
            failed = place;
    pthread_mutex_lock(&l->lock);
    l->busy--;
    s->left -= taken;
    if (failed < s->failed) {
        s->failed = failed;
        s->err = err;
    }
    if (s->left == 0 || l->busy == 0)
        pthread_cond_broadcast(&l->done);
}

static void *work(void *arg)
{
    const struct worker *w = arg;
    struct mt_loader *l = w->loader;
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        if (has_work(l))
            take_samples(w);
        else
            pthread_cond_wait(&l->work, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static int plan_memory(struct mt_loader *l, struct mt_plan *plan, struct mt_err *err)
{
    const struct mt_loader_options *o = &l->options;
    for (int i = 0; i < MT_LOADER_SLOTS; i++)
        if (mt_plan_add(plan, MT_AREA_SAMPLES, &l->slot[i].pixels, (size_t)o->max_batch, l->bytes, err) < 0)
            return -1;
    for (int i = 0; o->augment && i < o->threads; i++) {
        struct worker *w = &l->worker[i];
        if (mt_plan_add(plan, MT_AREA_SAMPLES, &w->scratch, 1, mt_augment_scratch(o->augment), err) < 0 ||
            mt_plan_add(plan, MT_AREA_SAMPLES, &w->decoded, 1, l->bytes, err) < 0)
            return -1;
    }
    return 0;
}

int mt_loader_new(struct mt_loader **out, const struct mt_loader_options *options, struct mt_plan *plan,
                  struct mt_err *err)
{
    struct mt_loader *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l || !(l->worker = calloc((size_t)options->threads, sizeof *l->worker))) {
        free(l);
        return mt_err_memory(err, "the loader", sizeof *l);
    }
    l->options = *options;
    l->bytes = mt_shape_count(options->shape) * (options->pixel == MT_PIXEL_U8 ? 1 : sizeof(float));
    for (int i = 0; i < options->threads; i++)
        l->worker[i].loader = l;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->done, NULL);
    if (plan_memory(l, plan, err) < 0) {
        mt_loader_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

void mt_loader_free(struct mt_loader *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < l->started; i++)
        pthread_join(l->worker[i].thread, NULL);
    pthread_cond_destroy(&l->work);
    pthread_cond_destroy(&l->done);
    pthread_mutex_destroy(&l->lock);
    free(l->worker);
    free(l);
}

/* Signals go to the main thread alone. */
static int start_threads(struct mt_loader *l, struct mt_err *err)
{
    sigset_t all, old;
    int rc = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (l->started < l->options.threads) {
        struct worker *w = &l->worker[l->started];
        if ((rc = pthread_create(&w->thread, NULL, work, w)) != 0)
            break;
        l->started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0 ? 0
                   : mt_err_set(err, MT_ERR_RUN, "cannot start loader thread %d of %d; use fewer --threads",
                                l->started + 1, l->options.threads);
}

static void drop(struct mt_loader *l)
{
    l->n = l->next; /* nothing is taken up any more */
    while (l->busy)
        pthread_cond_wait(&l->done, &l->lock);
}

void mt_loader_stop(struct mt_loader *l)
{
    pthread_mutex_lock(&l->lock);
    drop(l);
    pthread_mutex_unlock(&l->lock);
}

int mt_loader_start(struct mt_loader *l, const struct mt_dataset *d, const int32_t *index, int64_t n,
                    int64_t first, int batch, int64_t epoch, struct mt_err *err)
{
    pthread_mutex_lock(&l->lock);
    drop(l);
    l->data = d;
    l->index = index;
    l->n = n;
    l->first = l->next = first;
    l->batch = batch;
    l->epoch = epoch;
    l->given = 0;
    for (int i = 0; i < MT_LOADER_SLOTS; i++) {
        l->slot[i].batch =
            (struct mt_dataset){.n = batch, .shape = d->shape, .pixel = d->pixel, .type_max = d->type_max};
        l->slot[i].batch.pixels = l->slot[i].pixels;
        expect(l, i);
    }
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    if (l->started == l->options.threads || start_threads(l, err) == 0)
        return 0;
    mt_loader_stop(l);
    return -1;
}

int mt_loader_next(struct mt_loader *l, const struct mt_dataset **out, struct mt_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&l->lock);
    int64_t batch = l->given++;
    struct slot *s = slot_of(l, batch);
    if (batch > 0) { /* the slot of the one before is free */
        expect(l, batch - 1 + MT_LOADER_SLOTS);
        pthread_cond_broadcast(&l->work);
    }
    while (s->left)
        pthread_cond_wait(&l->done, &l->lock);
    *out = &s->batch;
    if (s->failed != INT64_MAX) {
        rc = -1;
        if (err)
            *err = s->err;
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

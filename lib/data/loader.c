#include "lib/data/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/data/stream.h"

struct slot {
    uint8_t *pixels;         /* (max_batch, C,H,W) */
    struct mt_dataset batch; /* shows them */
    int left;                /* samples still to come */
    int64_t failed;          /* the first place that failed, or INT64_MAX */
    struct mt_err err;       /* and why */
};

struct mt_loader {
    struct slot slot[MT_LOADER_SLOTS];
    struct mt_shape shape;
    int max_batch, threads, started;
    pthread_t *thread;
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

static void take_sample(struct mt_loader *l)
{
    struct mt_err err;
    int64_t place = l->next++, batch = batch_of(l, place);
    struct slot *s = slot_of(l, batch);
    size_t row = (size_t)(place - l->first - batch * l->batch);
    l->busy++;
    pthread_mutex_unlock(&l->lock);
    int rc = mt_stream_read(l->data, l->index[place], s->pixels + row * mt_shape_count(l->shape), &err);
    pthread_mutex_lock(&l->lock);
    l->busy--;
    s->left--;
    if (rc < 0 && place < s->failed) {
        s->failed = place;
        s->err = err;
    }
    if (s->left == 0 || l->busy == 0)
        pthread_cond_broadcast(&l->done);
}

static void *work(void *arg)
{
    struct mt_loader *l = arg;
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        if (has_work(l))
            take_sample(l);
        else
            pthread_cond_wait(&l->work, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

int mt_loader_new(struct mt_loader **out, struct mt_shape shape, int max_batch, int threads,
                  struct mt_plan *plan, struct mt_err *err)
{
    struct mt_loader *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l || !(l->thread = calloc((size_t)threads, sizeof *l->thread))) {
        free(l);
        return mt_err_memory(err, "the loader", sizeof *l);
    }
    l->shape = shape;
    l->max_batch = max_batch;
    l->threads = threads;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->done, NULL);
    for (int i = 0; i < MT_LOADER_SLOTS; i++) {
        if (mt_plan_add(plan, MT_AREA_SAMPLES, &l->slot[i].pixels, (size_t)max_batch, mt_shape_count(shape),
                        err) < 0) {
            mt_loader_free(l);
            return -1;
        }
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
        pthread_join(l->thread[i], NULL);
    pthread_cond_destroy(&l->work);
    pthread_cond_destroy(&l->done);
    pthread_mutex_destroy(&l->lock);
    free(l->thread);
    free(l);
}

/* Signals go to the main thread alone. */
static int start_threads(struct mt_loader *l, struct mt_err *err)
{
    sigset_t all, old;
    int rc = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (l->started < l->threads && (rc = pthread_create(&l->thread[l->started], NULL, work, l)) == 0)
        l->started++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0 ? 0
                   : mt_err_set(err, MT_ERR_RUN, "cannot start loader thread %d of %d; use fewer --threads",
                                l->started + 1, l->threads);
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
                    int64_t first, int batch, struct mt_err *err)
{
    pthread_mutex_lock(&l->lock);
    drop(l);
    l->data = d;
    l->index = index;
    l->n = n;
    l->first = l->next = first;
    l->batch = batch;
    l->given = 0;
    for (int i = 0; i < MT_LOADER_SLOTS; i++) {
        l->slot[i].batch =
            (struct mt_dataset){.n = batch, .shape = d->shape, .pixel = d->pixel, .type_max = d->type_max};
        l->slot[i].batch.pixels = l->slot[i].pixels;
        expect(l, i);
    }
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    if (l->started == l->threads || start_threads(l, err) == 0)
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

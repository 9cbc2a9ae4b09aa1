#include "lib/data/image_list.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Tasks are handed out in order and none before the first failure is left out: so that one is always found.
 */
struct job {
    const struct mt_image_list *list;
    struct mt_image_info *info; /* (n): look at headers; NULL: decode */
    struct mt_shape shape;
    enum mt_alpha alpha;
    uint8_t *pixels;
    struct mt_source *source;
    struct mt_err *err; /* (threads): the first failure of each */
    int64_t *failed;    /* (threads): its number, or n */
    _Atomic int64_t first_failed;
};

static char *path_of(const struct mt_image_list *list, int64_t i)
{
    return list->dir ? mt_path_join(list->dir, list->name[i]) : strdup(list->name[i]);
}

static int decode_one(struct job *job, int64_t i, const char *path, const uint8_t *file, size_t len,
                      struct mt_err *err)
{
    uint8_t *to = job->pixels + (size_t)i * mt_shape_count(job->shape);
    return mt_image_sample(path, file, len, job->shape, job->alpha, to, err);
}

static int work_on(struct job *job, int64_t i, struct mt_err *err)
{
    char *file = NULL, *path = path_of(job->list, i);
    size_t len;
    int rc = path ? mt_file_read(path, MT_IMAGE_MAX_FILE, &file, &len, err)
                  : mt_err_memory(err, job->list->name[i], 4096);
    if (rc == 0 && job->source) {
        mt_sha256(file, len, job->source[i].sha256);
        job->source[i].size = len;
    }
    if (rc == 0 && job->info)
        rc = mt_image_probe(path, (const uint8_t *)file, len, &job->info[i], err);
    else if (rc == 0)
        rc = decode_one(job, i, path, (const uint8_t *)file, len, err);
    free(file);
    free(path);
    return rc;
}

static void task(void *arg, int number, int worker)
{
    struct job *job = arg;
    struct mt_err err;
    if (number > atomic_load(&job->first_failed) || work_on(job, number, &err) == 0)
        return;
    if (number < job->failed[worker]) {
        job->failed[worker] = number;
        job->err[worker] = err;
    }
    int64_t first = atomic_load(&job->first_failed);
    while (number < first && !atomic_compare_exchange_weak(&job->first_failed, &first, number))
        ;
}

static int run(struct job *job, struct mt_err *err)
{
    struct mt_pool *pool = job->list->pool;
    int64_t n = job->list->n;
    int threads = pool ? mt_pool_threads(pool) : 1, worst = 0;
    job->err = calloc((size_t)threads, sizeof *job->err);
    job->failed = calloc((size_t)threads, sizeof *job->failed);
    int rc = job->err && job->failed
                 ? 0
                 : mt_err_memory(err, "reading images", (size_t)threads * sizeof *job->err);
    if (rc < 0)
        goto out;
    atomic_store(&job->first_failed, n);
    for (int i = 0; i < threads; i++)
        job->failed[i] = n;
    if (pool)
        mt_pool_run(pool, (int)n, task, job);
    else
        for (int i = 0; i < (int)n; i++)
            task(job, i, 0);
    for (int i = 1; i < threads; i++)
        worst = job->failed[i] < job->failed[worst] ? i : worst;
    if (job->failed[worst] < n) {
        rc = -1;
        if (err)
            *err = job->err[worst];
    }
out:
    free(job->err);
    free(job->failed);
    return rc;
}

int mt_image_list_probe(const struct mt_image_list *list, struct mt_image_info *info,
                        struct mt_source *source, struct mt_err *err)
{
    struct job job = {.list = list, .info = info, .source = source};
    return run(&job, err);
}

int mt_image_list_decode(const struct mt_image_list *list, struct mt_shape shape, enum mt_alpha alpha,
                         uint8_t *pixels, struct mt_source *source, struct mt_err *err)
{
    struct job job = {.list = list, .shape = shape, .alpha = alpha, .pixels = pixels, .source = source};
    return run(&job, err);
}

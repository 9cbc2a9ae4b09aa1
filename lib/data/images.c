/* images.c: a folder with one folder per class, or a list of image files, decoded in parallel to one size. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/data/build.h"
#include "lib/data/formats.h"
#include "lib/data/image.h"
#include "lib/data/tree.h"

/* Work on a list of files, one task each. Tasks are handed out in order and none before the first failure is
 * left out, so the failure that is reported is the first of the list whatever the threads do. */
struct job {
    const char *dir; /* or NULL */
    char *const *name;
    int64_t n;
    enum mt_alpha alpha;
    struct mt_image_info *info; /* probe: (n) */
    struct mt_dataset *out;     /* decode: pixels of shape */
    char (*sha256)[MT_SHA256_HEX];
    uint64_t *size;
    struct mt_err *err; /* (threads): the first failure of each */
    int64_t *failed;    /* (threads): its number, or n */
    _Atomic int64_t first_failed;
};

static char *path_of(const struct job *job, int64_t i)
{
    return job->dir ? mt_path_join(job->dir, job->name[i]) : strdup(job->name[i]);
}

static int decode_into(struct job *job, int64_t i, const char *path, const uint8_t *file, size_t len,
                       struct mt_err *err)
{
    struct mt_shape shape = job->out->shape;
    struct mt_image image;
    uint8_t *to = (uint8_t *)job->out->pixels + (size_t)i * mt_shape_count(shape);
    mt_sha256(file, len, job->sha256[i]);
    job->size[i] = len;
    if (mt_image_decode(path, file, len, shape.c, job->alpha, &image, err) < 0)
        return -1;
    int rc = mt_image_resize(&image, shape.h, shape.w, to, err);
    free(image.data);
    return rc;
}

static int work_on(struct job *job, int64_t i, struct mt_err *err)
{
    char *file = NULL, *path = path_of(job, i);
    size_t len;
    int rc = path ? mt_file_read(path, MT_IMAGE_MAX_FILE, &file, &len, err)
                  : mt_err_memory(err, job->name[i], 4096);
    if (rc == 0 && job->out)
        rc = decode_into(job, i, path, (const uint8_t *)file, len, err);
    else if (rc == 0)
        rc = mt_image_probe(path, (const uint8_t *)file, len, &job->info[i], err);
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

static int run(struct job *job, struct mt_pool *pool, struct mt_err *err)
{
    int threads = pool ? mt_pool_threads(pool) : 1, worst = 0;
    job->err = calloc((size_t)threads, sizeof *job->err);
    job->failed = calloc((size_t)threads, sizeof *job->failed);
    int rc = job->err && job->failed
                 ? 0
                 : mt_err_memory(err, "reading images", (size_t)threads * sizeof *job->err);
    if (rc < 0)
        goto out;
    atomic_store(&job->first_failed, job->n);
    for (int i = 0; i < threads; i++)
        job->failed[i] = job->n;
    if (pool)
        mt_pool_run(pool, (int)job->n, task, job);
    else
        for (int i = 0; i < (int)job->n; i++)
            task(job, i, 0);
    for (int i = 1; i < threads; i++)
        worst = job->failed[i] < job->failed[worst] ? i : worst;
    if (job->failed[worst] < job->n) {
        rc = -1;
        if (err)
            *err = job->err[worst];
    }
out:
    free(job->err);
    free(job->failed);
    return rc;
}

/* Settles what the configuration leaves open by looking at all headers. */
static int probe(struct job *job, const struct mt_images_cfg *cfg, struct mt_pool *pool,
                 struct mt_shape *shape, struct mt_err *err)
{
    bool color = false;
    if (!(job->info = calloc((size_t)job->n, sizeof *job->info)))
        return mt_err_memory(err, job->dir, (size_t)job->n * sizeof *job->info);
    int rc = run(job, pool, err);
    for (int64_t i = 0; i < job->n && rc == 0; i++) {
        const struct mt_image_info *a = &job->info[0], *b = &job->info[i];
        color = color || b->color;
        if (shape->h == 0 && (a->h != b->h || a->w != b->w))
            rc = mt_err_set(
                err, MT_ERR_DATA,
                "%s: images differ in size: %s is %dx%d, %s is %dx%d (height x width); set height and "
                "width, to which all are resized",
                job->dir, job->name[0], a->h, a->w, job->name[i], b->h, b->w);
    }
    if (rc == 0 && shape->h == 0) {
        shape->h = job->info[0].h;
        shape->w = job->info[0].w;
    }
    if (cfg->channels == MT_CHANNELS_AUTO)
        shape->c = color ? 3 : 1;
    free(job->info);
    job->info = NULL;
    return rc;
}

static int settle_shape(struct job *job, const struct mt_images_cfg *cfg,
                        const struct mt_load_options *options, struct mt_shape *shape, struct mt_err *err)
{
    *shape = (struct mt_shape){0};
    if (cfg->channels != MT_CHANNELS_AUTO)
        shape->c = cfg->channels == MT_CHANNELS_RGB ? 3 : 1;
    if (cfg->height != MT_UNSET_INT) {
        shape->h = (int)cfg->height;
        shape->w = (int)cfg->width;
    }
    if (options->like) {
        const struct mt_shape *like = &options->like->shape;
        if (shape->c == 0)
            shape->c = like->c;
        if (shape->h == 0) {
            shape->h = like->h;
            shape->w = like->w;
        }
    }
    return shape->c && shape->h ? 0 : probe(job, cfg, options->pool, shape, err);
}

/* Decodes all files of the job into out, whose shape is set. */
static int decode(struct job *job, const struct mt_load_options *options, struct mt_dataset *out,
                  struct mt_err *err)
{
    const char *what = job->dir ? job->dir : job->name[0];
    out->pixel = MT_PIXEL_U8;
    out->type_max = 255;
    if (out->shape.c != 1 && out->shape.c != 3)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: images are gray or RGB, and cannot become %d channels; use another format",
                          what, out->shape.c);
    if (mt_build_pixels(out, (uint64_t)job->n, what, err) < 0)
        return -1;
    job->out = out;
    job->sha256 = calloc((size_t)job->n, sizeof *job->sha256);
    job->size = calloc((size_t)job->n, sizeof *job->size);
    if (!job->sha256 || !job->size)
        return mt_err_memory(err, what, (size_t)job->n * sizeof *job->sha256);
    return run(job, options->pool, err);
}

static void release_job(struct job *job)
{
    free(job->sha256);
    free(job->size);
}

/* A folder's checksum is that of the lines "name NUL checksum LF" of its files, in order. */
static int folder_source(const struct job *job, struct mt_source *source, struct mt_err *err)
{
    struct mt_buf lines = {0};
    if (!(source->path = strdup(job->dir)))
        return mt_err_memory(err, job->dir, strlen(job->dir));
    for (int64_t i = 0; i < job->n; i++) {
        source->size += job->size[i];
        mt_buf_append(&lines, job->name[i], strlen(job->name[i]) + 1);
        mt_buf_append(&lines, job->sha256[i], MT_SHA256_HEX - 1);
        mt_buf_puts(&lines, "\n");
    }
    int rc = lines.failed ? mt_err_memory(err, job->dir, lines.len) : 0;
    if (rc == 0)
        mt_sha256(lines.data, lines.len, source->sha256);
    mt_buf_release(&lines);
    return rc;
}

static int load(const void *cfg_, const struct mt_load_options *options, struct mt_dataset *out,
                struct mt_err *err)
{
    const struct mt_images_cfg *cfg = cfg_;
    struct mt_tree tree;
    int rc = -1;
    *out = (struct mt_dataset){0};
    if (mt_tree_scan(&tree, cfg->dir, err) < 0)
        return -1;
    struct job job = {.dir = cfg->dir, .name = tree.name, .n = tree.n, .alpha = (enum mt_alpha)cfg->alpha};
    if (tree.n > INT32_MAX) {
        mt_err_set(err, MT_ERR_DATA, "%s: holds more than %d images; use a part of them", cfg->dir,
                   INT32_MAX);
        goto out;
    }
    if (mt_build_sources(out, 1, err) < 0 || settle_shape(&job, cfg, options, &out->shape, err) < 0 ||
        decode(&job, options, out, err) < 0 || folder_source(&job, &out->source[0], err) < 0)
        goto out;
    out->sample_name = tree.name;
    tree.name = NULL;
    if (options->labels) {
        out->label = tree.label;
        out->class_name = tree.class_name;
        out->classes = tree.classes;
        tree.label = NULL;
        tree.class_name = NULL;
    }
    rc = 0;
out:
    release_job(&job);
    mt_tree_release(&tree);
    if (rc < 0)
        mt_dataset_release(out);
    return rc;
}

int mt_images_load_files(const char *const *files, int n, struct mt_shape shape,
                         const struct mt_load_options *options, struct mt_dataset *out, struct mt_err *err)
{
    struct job job = {.name = (char *const *)files, .n = n, .alpha = MT_ALPHA_BLACK};
    int rc = -1;
    *out = (struct mt_dataset){.shape = shape};
    if (n < 1)
        return mt_err_set(err, MT_ERR_USAGE, "no image files are given");
    if (decode(&job, options, out, err) < 0 || mt_build_sources(out, n, err) < 0)
        goto out;
    for (int i = 0; i < n; i++) {
        out->source[i].size = job.size[i];
        memcpy(out->source[i].sha256, job.sha256[i], MT_SHA256_HEX);
        if (!(out->source[i].path = strdup(files[i]))) {
            mt_err_memory(err, files[i], strlen(files[i]));
            goto out;
        }
    }
    if (!(out->sample_name = mt_copy_names((char *const *)files, n))) {
        mt_err_memory(err, "file names", (size_t)n * sizeof *out->sample_name);
        goto out;
    }
    rc = 0;
out:
    release_job(&job);
    if (rc < 0)
        mt_dataset_release(out);
    return rc;
}

static int check(const void *cfg_, const char **key, struct mt_err *err)
{
    const struct mt_images_cfg *cfg = cfg_;
    bool height = cfg->height != MT_UNSET_INT, width = cfg->width != MT_UNSET_INT;
    *key = height ? "height" : "width";
    return height == width
               ? 0
               : mt_err_set(err, MT_ERR_USAGE, "height and width are given together or not at all");
}

#define AT(member) offsetof(struct mt_images_cfg, member)
static const char *const channels[] = {"auto", "gray", "rgb", NULL};
static const char *const alphas[] = {"black", "white", "drop", NULL};

static const struct mt_field fields[] = {
    {.name = "dir",
     .type = MT_PATH,
     .offset = AT(dir),
     .flags = MT_F_REQUIRED,
     .help = "Folder that holds one folder per class, named like it, with PNG and JPEG files in it or in "
             "folders below."},
    {.name = "height",
     .type = MT_INT,
     .offset = AT(height),
     .min = 1,
     .max = 4096,
     .unit = "pixels",
     .help = "All images are resized to height x width, without keeping proportions; unset, they have to be "
             "of one size (a test source takes the training data's)."},
    {.name = "width",
     .type = MT_INT,
     .offset = AT(width),
     .min = 1,
     .max = 4096,
     .unit = "pixels",
     .help = "See height."},
    {.name = "channels",
     .type = MT_CHOICE,
     .offset = AT(channels),
     .def = "auto",
     .choices = channels,
     .help = "Read images as gray (BT.601 luma) or as RGB; auto: RGB as soon as one image has color."},
    {.name = "alpha",
     .type = MT_CHOICE,
     .offset = AT(alpha),
     .def = "black",
     .choices = alphas,
     .help = "What shows through transparent pixels: black, white, or the colors stored beneath (drop)."},
    {0}};

const struct mt_format_type mt_format_images = {
    .kind = {.name = "images",
             .help = "A folder with one folder of PNG and JPEG files per class.",
             .cfg_size = sizeof(struct mt_images_cfg),
             .fields = fields,
             .check = check},
    .load = load,
};

/* images.c: a folder with one folder per class, or a list of image files, brought to one size. */
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/data/build.h"
#include "lib/data/formats.h"
#include "lib/data/image_list.h"
#include "lib/data/stream.h"
#include "lib/data/tree.h"

/* What the configuration leaves open, by the headers of all files: one size, and RGB when any has color.
 * Files get their checksums, too. */
static int settle_by_headers(const struct mt_image_list *list, struct mt_shape *shape,
                             struct mt_source *files, struct mt_err *err)
{
    bool color = false;
    struct mt_image_info *info = calloc((size_t)list->n, sizeof *info);
    if (!info)
        return mt_err_memory(err, list->dir, (size_t)list->n * sizeof *info);
    int rc = mt_image_list_probe(list, info, files, err);
    for (int64_t i = 0; i < list->n && rc == 0; i++) {
        color = color || info[i].color;
        if (shape->h == 0 && (info[i].h != info[0].h || info[i].w != info[0].w))
            rc = mt_err_set(
                err, MT_ERR_DATA,
                "%s: images differ in size: %s is %dx%d, %s is %dx%d (height x width); set height and "
                "width, to which all are resized",
                list->dir, list->name[0], info[0].h, info[0].w, list->name[i], info[i].h, info[i].w);
    }
    if (rc == 0 && shape->h == 0) {
        shape->h = info[0].h;
        shape->w = info[0].w;
    }
    if (shape->c == 0)
        shape->c = color ? 3 : 1;
    free(info);
    return rc;
}

/* The shape that the configuration gives, else that of the training data, else that of the files. */
static int settle_shape(const struct mt_image_list *list, const struct mt_images_cfg *cfg,
                        const struct mt_dataset *like, struct mt_shape *shape, struct mt_source *files,
                        struct mt_err *err)
{
    *shape = (struct mt_shape){0};
    if (cfg->channels != MT_CHANNELS_AUTO)
        shape->c = cfg->channels == MT_CHANNELS_RGB ? 3 : 1;
    else if (like)
        shape->c = like->shape.c;
    if (cfg->height != MT_UNSET_INT) {
        shape->h = (int)cfg->height;
        shape->w = (int)cfg->width;
    } else if (like) {
        shape->h = like->shape.h;
        shape->w = like->shape.w;
    }
    return shape->c && shape->h ? 0 : settle_by_headers(list, shape, files, err);
}

static int check_channels(const struct mt_image_list *list, struct mt_dataset *out, struct mt_err *err)
{
    out->pixel = MT_PIXEL_U8;
    out->type_max = 255;
    if (out->shape.c == 1 || out->shape.c == 3)
        return 0;
    return mt_err_set(err, MT_ERR_DATA,
                      "%s: images are gray or RGB, and cannot become %d channels; use another format",
                      list->dir ? list->dir : list->name[0], out->shape.c);
}

/* Decodes all files into out, whose shape is set; files (n) get sizes and checksums. */
static int decode(const struct mt_image_list *list, enum mt_alpha alpha, uint64_t memory,
                  struct mt_dataset *out, struct mt_source *files, struct mt_err *err)
{
    const char *what = list->dir ? list->dir : list->name[0];
    if (mt_build_pixels(out, (uint64_t)list->n, what, memory, err) < 0)
        return -1;
    return mt_image_list_decode(list, out->shape, alpha, out->pixels, files, err);
}

/* Takes the names over from the tree; each file is read once, for its checksum and its header, unless `files`
 * knows them already. */
static int stream(const struct mt_image_list *list, enum mt_alpha alpha, struct mt_dataset *out,
                  struct mt_source *files, struct mt_err *err)
{
    int rc = 0;
    out->n = list->n;
    if (!files[0].sha256[0]) {
        struct mt_image_info *info = calloc((size_t)list->n, sizeof *info);
        rc = info ? mt_image_list_probe(list, info, files, err)
                  : mt_err_memory(err, list->dir, (size_t)list->n * sizeof *info);
        free(info);
    }
    return rc < 0 ? -1 : mt_stream_new(out, list->dir, alpha, files, err);
}

/* In memory, or where that would be too much, as a stream. */
static int fill(const struct mt_image_list *list, const struct mt_images_cfg *cfg, uint64_t memory,
                struct mt_dataset *out, struct mt_source *files, struct mt_err *err)
{
    uint64_t bytes;
    enum mt_alpha alpha = (enum mt_alpha)cfg->alpha;
    if (check_channels(list, out, err) < 0 ||
        mt_build_bytes(out, (uint64_t)list->n, list->dir, &bytes, err) < 0)
        return -1;
    return bytes > memory ? stream(list, alpha, out, files, err)
                          : decode(list, alpha, memory, out, files, err);
}

/* A folder's checksum is that of the lines "name NUL checksum LF" of its files, in order. */
static int folder_source(const struct mt_image_list *list, const struct mt_source *file,
                         struct mt_source *folder, struct mt_err *err)
{
    struct mt_buf lines = {0};
    if (!(folder->path = strdup(list->dir)))
        return mt_err_memory(err, list->dir, strlen(list->dir));
    for (int64_t i = 0; i < list->n; i++) {
        folder->size += file[i].size;
        mt_buf_append(&lines, list->name[i], strlen(list->name[i]) + 1);
        mt_buf_puts(&lines, file[i].sha256);
        mt_buf_puts(&lines, "\n");
    }
    int rc = lines.failed ? mt_err_memory(err, list->dir, lines.len) : 0;
    if (rc == 0)
        mt_sha256(lines.data, lines.len, folder->sha256);
    mt_buf_release(&lines);
    return rc;
}

static int load(const void *cfg_, const struct mt_load_options *options, struct mt_dataset *out,
                struct mt_err *err)
{
    const struct mt_images_cfg *cfg = cfg_;
    struct mt_source *files = NULL;
    struct mt_tree tree;
    int rc = -1;
    *out = (struct mt_dataset){0};
    if (mt_tree_scan(&tree, cfg->dir, err) < 0)
        return -1;
    struct mt_image_list list = {.dir = cfg->dir, .name = tree.name, .n = tree.n, .pool = options->pool};
    if (tree.n > INT32_MAX) {
        mt_err_set(err, MT_ERR_DATA, "%s: holds more than %d images; use a part of them", cfg->dir,
                   INT32_MAX);
        goto out;
    }
    if (!(files = calloc((size_t)tree.n, sizeof *files))) {
        mt_err_memory(err, cfg->dir, (size_t)tree.n * sizeof *files);
        goto out;
    }
    if (mt_build_sources(out, 1, err) < 0 ||
        settle_shape(&list, cfg, options->like, &out->shape, files, err) < 0 ||
        fill(&list, cfg, mt_load_memory(options), out, files, err) < 0 ||
        folder_source(&list, files, &out->source[0], err) < 0)
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
    free(files);
    mt_tree_release(&tree);
    if (rc < 0)
        mt_dataset_release(out);
    return rc;
}

int mt_images_load_files(const char *const *files, int n, struct mt_shape shape,
                         const struct mt_load_options *options, struct mt_dataset *out, struct mt_err *err)
{
    struct mt_image_list list = {.name = (char *const *)files, .n = n, .pool = options->pool};
    int rc = -1;
    *out = (struct mt_dataset){.shape = shape};
    if (n < 1)
        return mt_err_set(err, MT_ERR_USAGE, "no image files are given");
    if (!(out->source = calloc((size_t)n, sizeof *out->source))) {
        mt_err_memory(err, "image files", (size_t)n * sizeof *out->source);
        goto out;
    }
    if (check_channels(&list, out, err) < 0 ||
        decode(&list, (enum mt_alpha)options->alpha, mt_load_memory(options), out, out->source, err) < 0)
        goto out;
    for (int i = 0; i < n; i++, out->n_sources++) {
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

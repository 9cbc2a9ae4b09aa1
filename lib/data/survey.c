/* survey.c: what a path holds, before anything is loaded from it. */
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/data/formats.h"
#include "lib/data/image_list.h"
#include "lib/data/reader.h"
#include "lib/data/tree.h"

static void count(struct mt_images_survey *s, const struct mt_image_info *info)
{
    if (s->n == 0)
        *s =
            (struct mt_images_survey){.min_h = info->h, .max_h = info->h, .min_w = info->w, .max_w = info->w};
    s->n++;
    s->color += info->color;
    s->jpeg += info->jpeg;
    s->min_h = info->h < s->min_h ? info->h : s->min_h;
    s->max_h = info->h > s->max_h ? info->h : s->max_h;
    s->min_w = info->w < s->min_w ? info->w : s->min_w;
    s->max_w = info->w > s->max_w ? info->w : s->max_w;
}

int mt_images_survey(const char *dir, struct mt_pool *pool, struct mt_images_survey *out, struct mt_err *err)
{
    struct mt_tree tree;
    *out = (struct mt_images_survey){0};
    if (mt_tree_scan(&tree, dir, err) < 0)
        return -1;
    struct mt_image_list list = {.dir = dir, .name = tree.name, .n = tree.n, .pool = pool};
    struct mt_image_info *info = calloc((size_t)tree.n, sizeof *info);
    int rc = info ? mt_image_list_probe(&list, info, NULL, err)
                  : mt_err_memory(err, dir, (size_t)tree.n * sizeof *info);
    for (int64_t i = 0; i < tree.n && rc == 0; i++)
        count(out, &info[i]);
    free(info);
    mt_tree_release(&tree);
    return rc;
}

const struct mt_kind *mt_format_guess(const char *path, struct mt_err *err)
{
    struct stat st;
    struct mt_source source = {0};
    struct mt_reader r;
    const struct mt_kind *kind = NULL;
    uint8_t head[2];
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return &mt_format_images.kind;
    if (mt_reader_open(&r, path, &source, err) == 0 && mt_reader_get(&r, head, sizeof head, err) == 0)
        kind = head[0] == 0 && head[1] == 0 ? &mt_format_idx.kind : &mt_format_csv.kind;
    mt_reader_close(&r);
    free(source.path);
    return kind;
}

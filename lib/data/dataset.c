#include "lib/data/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/data/stream.h"

void mt_dataset_release(struct mt_dataset *d)
{
    free(d->pixels);
    mt_stream_free(d->stream);
    free(d->label);
    mt_free_names(d->class_name, d->classes);
    mt_free_names(d->sample_name, d->n);
    for (int i = 0; i < d->n_sources; i++)
        free(d->source[i].path);
    free(d->source);
    *d = (struct mt_dataset){0};
}

const char *mt_shape_text(struct mt_shape s, char text[48])
{
    if (s.h == 1 && s.w == 1)
        snprintf(text, 48, "%d value%s", s.c, s.c == 1 ? "" : "s");
    else if (s.c == 1)
        snprintf(text, 48, "%dx%d", s.h, s.w);
    else
        snprintf(text, 48, "%dx%dx%d", s.c, s.h, s.w);
    return text;
}

int mt_build_bytes(const struct mt_dataset *d, uint64_t n, const char *path, uint64_t *bytes,
                   struct mt_err *err)
{
    char text[48];
    uint64_t size = d->pixel == MT_PIXEL_U8 ? 1 : sizeof(float);
    int64_t sample;
    if (__builtin_mul_overflow((int64_t)d->shape.c * d->shape.h, (int64_t)d->shape.w, &sample) ||
        sample > MT_MAX_SAMPLE)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: samples of %s are larger than the %lld values allowed; make them smaller",
                          path, mt_shape_text(d->shape, text), (long long)MT_MAX_SAMPLE);
    if (n > INT32_MAX)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: %llu samples are more than the %d that can be numbered; split the file", path,
                          (unsigned long long)n, INT32_MAX);
    if (__builtin_mul_overflow(n * size, (uint64_t)sample, bytes))
        *bytes = UINT64_MAX;
    return 0;
}

uint64_t mt_load_memory(const struct mt_load_options *options)
{
    return options->memory ? options->memory : mt_memory_total() / 2;
}

int mt_build_pixels(struct mt_dataset *d, uint64_t n, const char *path, uint64_t memory, struct mt_err *err)
{
    char text[48];
    uint64_t bytes;
    if (mt_build_bytes(d, n, path, &bytes, err) < 0)
        return -1;
    if (bytes > memory)
        return mt_err_set(
            err, MT_ERR_DATA,
            "%s: %llu samples of %s need %.1f MiB, and %.1f MiB are left for data; use fewer or smaller "
            "samples, raise data.memory, or use a folder of images, which is read as it is needed",
            path, (unsigned long long)n, mt_shape_text(d->shape, text), (double)bytes / 0x1p20,
            (double)memory / 0x1p20);
    if (!(d->pixels = malloc(bytes ? bytes : 1)))
        return mt_err_memory(err, path, bytes);
    d->n = (int64_t)n;
    return 0;
}

int mt_build_sources(struct mt_dataset *d, int count, struct mt_err *err)
{
    d->source = calloc((size_t)count, sizeof *d->source);
    if (!d->source)
        return mt_err_memory(err, "the list of sources", (size_t)count * sizeof *d->source);
    d->n_sources = count;
    return 0;
}

static int check_like(struct mt_dataset *d, const struct mt_dataset *like, struct mt_err *err)
{
    char ours[48], theirs[48];
    const char *path = d->source[0].path;
    if (d->shape.c != like->shape.c || d->shape.h != like->shape.h || d->shape.w != like->shape.w)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: samples are %s, those of the training data %s; bring both to one shape", path,
                          mt_shape_text(d->shape, ours), mt_shape_text(like->shape, theirs));
    if (d->type_max > 0 && like->type_max > 0 && d->type_max != like->type_max)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: values reach to %.0f by their type, those of the training data to %.0f; bring "
                          "both to one type",
                          path, d->type_max, like->type_max);
    return d->label && like->label ? mt_build_labels_like(d, like, err) : 0;
}

int mt_dataset_load(const struct mt_variant *source, const struct mt_load_options *options,
                    struct mt_dataset *out, struct mt_err *err)
{
    *out = (struct mt_dataset){0};
    if (source->kind == &mt_split_kind)
        return mt_err_set(err, MT_ERR_USAGE,
                          "a part of the training data is not a source of its own; give a format");
    const struct mt_format_type *format = (const struct mt_format_type *)source->kind;
    if (format->load(source->cfg, options, out, err) < 0)
        return -1;
    if (options->like && check_like(out, options->like, err) < 0) {
        mt_dataset_release(out);
        return -1;
    }
    return 0;
}

/* embed.c: `embed RUN`: the embeddings of a split, or the class centers, as CSV or for other programs. */
#include <math.h>
#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/embed_format.h"
#include "cmd/trained.h"

static const struct option_row options[] = {
    {"split", 0, "SPLIT", "test, validation or train. Default: test, else validation, else train."},
    {"limit", 'n', "N", "At most the first N samples."},
    {"centers", 0, NULL, "The class centers (means of the training embeddings) instead of samples."},
    {"format", 'f', "FORMAT", "csv, npy, npz (NumPy) or tsv (TensorBoard's projector); default csv."},
    {"out", 'o', "FILE", "Write to FILE instead of stdout; --format tsv: into this folder."},
    TRAINED_OPTIONS,
    {0},
};

/* Numbers of a view's samples in their source; NULL without memory. */
static int64_t *sample_numbers(const struct mt_view *v)
{
    int64_t *number = malloc((size_t)v->n * sizeof *number + 1);
    for (int64_t i = 0; number && i < v->n; i++)
        number[i] = v->index ? v->index[i] : i;
    return number;
}

static int embed_samples(const struct trained *t, enum mt_split_bit which, int64_t limit,
                         const struct embed_format *format, const char *out)
{
    const struct mt_splits *s = &t->setup.splits;
    struct mt_view part = *mt_splits_view(s, which); /* its indices stay the split's */
    struct mt_embedded em;
    struct mt_err err;
    part.n = limit && limit < part.n ? limit : part.n;
    if (mt_embed_view(&em, t->setup.model, &part, &s->scale, &err) < 0)
        return say_error(&err);
    int64_t *number = sample_numbers(&part);
    struct vectors v = {.em = &em,
                        .class_name = (const char *const *)part.data->class_name,
                        .n = em.n,
                        .dim = em.dim,
                        .x = em.x,
                        .label = em.label,
                        .pred = em.head.pred,
                        .number = number};
    if (!number)
        mt_err_memory(&err, "the numbers of samples", (size_t)part.n * sizeof *number);
    int rc = number ? format->write(&v, out) : say_error(&err);
    free(number);
    mt_embedded_release(&em);
    return rc;
}

/* 0, 1, ..., the labels of centers; a center of no sample is no place. */
static int32_t *name_centers(struct mt_centers *c)
{
    int32_t *label = malloc((size_t)c->classes * sizeof *label + 1);
    for (int k = 0; label && k < c->classes; k++) {
        label[k] = k;
        for (int d = 0; d < c->dim && c->count[k] == 0; d++)
            c->x[(int64_t)k * c->dim + d] = NAN;
    }
    return label;
}

static int embed_centers(const struct trained *t, const struct embed_format *format, const char *out)
{
    struct mt_reference ref;
    struct mt_err err;
    if (mt_reference_init(&ref, t->setup.model, &t->setup.splits, &t->file.e, &err) < 0)
        return say_error(&err);
    int32_t *label = name_centers(&ref.centers);
    struct vectors v = {.ref = &ref,
                        .class_name = (const char *const *)t->setup.splits.train_data.class_name,
                        .n = ref.centers.classes,
                        .dim = ref.centers.dim,
                        .x = ref.centers.x,
                        .label = label,
                        .number = ref.centers.count};
    if (!label)
        mt_err_memory(&err, "labels", (size_t)ref.centers.classes * sizeof *label);
    int rc = label ? format->write(&v, out) : say_error(&err);
    free(label);
    mt_reference_release(&ref);
    return rc;
}

static int run(const struct args *a)
{
    struct trained t;
    enum mt_split_bit which;
    int64_t limit;
    const char *out = args_get(a, "out");
    const struct embed_format *format = embed_format_choose(a);
    int rc = format ? args_int(a, "limit", 0, 1, INT32_MAX, &limit) : 2;
    if (rc)
        return rc;
    if ((rc = trained_open(&t, a->word[0], true, a)) == 0 && (rc = trained_split(&t, a, &which)) == 0)
        rc = args_has(a, "centers") ? embed_centers(&t, format, out)
                                    : embed_samples(&t, which, limit, format, out);
    trained_release(&t);
    return rc;
}

const struct command command_embed = {
    .name = "embed",
    .usage = "RUN",
    .help = "Print the embeddings of a split as CSV, or write them for NumPy or TensorBoard.",
    .detail = "csv: columns index,label,label_name,pred and the coordinates, x,y,z for three dimensions, x,y "
              "for two, "
              "else e0,e1,...\n"
              "     `index` is the sample's number in its source.\n"
              "npy: the embeddings alone, float32 (n,d).\n"
              "npz: embeddings, index, labels and pred (-1: none); of --centers: centers, count and labels.\n"
              "tsv: vectors.tsv, metadata.tsv and projector_config.pbtxt; tensorboard --logdir on the folder "
              "shows them.",
    .example = "metric-train embed runs/quickstart-arcface-3f9c1a2b --split test --format npz -o test.npz",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

/* embed.c: `embed RUN`: the embeddings of a split, or the class centers, as CSV. */
#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/trained.h"
#include "lib/report/csv.h"
#include "lib/train/outputs.h"

static const struct option_row options[] = {
    {"split", 0, "SPLIT", "test, validation or train. Default: test, else validation, else train."},
    {"limit", 'n', "N", "At most the first N samples."},
    {"centers", 0, NULL, "The class centers (means of the training embeddings) instead of samples."},
    {"out", 'o', "FILE", "Write to FILE instead of stdout."},
    TRAINED_OPTIONS,
    {0},
};

static int embed_samples(const struct trained *t, enum mt_split_bit which, int64_t limit, const char *file)
{
    const struct mt_splits *s = &t->setup.splits;
    struct mt_view part = *mt_splits_view(s, which); /* its indices stay the split's */
    struct mt_embedded em;
    struct mt_buf out = {0};
    struct mt_err err;
    part.n = limit && limit < part.n ? limit : part.n;
    if (mt_embed_view(&em, t->setup.model, &part, &s->scale, &err) < 0)
        return say_error(&err);
    mt_embeddings_csv(&em, &out);
    mt_embedded_release(&em);
    return output_write(file, &out);
}

static int embed_centers(const struct trained *t, const char *file)
{
    struct mt_reference ref;
    struct mt_buf out = {0};
    struct mt_err err;
    if (mt_reference_init(&ref, t->setup.model, &t->setup.splits, &t->file.e, &err) < 0)
        return say_error(&err);
    mt_csv_centers(&out, ref.centers.x, ref.centers.count,
                   (const char *const *)t->setup.splits.train_data.class_name, ref.centers.classes,
                   ref.centers.dim);
    mt_reference_release(&ref);
    return output_write(file, &out);
}

static int run(const struct args *a)
{
    struct trained t;
    enum mt_split_bit which;
    int64_t limit;
    int rc = args_int(a, "limit", 0, 1, INT32_MAX, &limit);
    if (rc)
        return rc;
    if ((rc = trained_open(&t, a->word[0], true, a)) == 0 && (rc = trained_split(&t, a, &which)) == 0)
        rc = args_has(a, "centers") ? embed_centers(&t, args_get(a, "out"))
                                    : embed_samples(&t, which, limit, args_get(a, "out"));
    trained_release(&t);
    return rc;
}

const struct command command_embed = {
    .name = "embed",
    .usage = "RUN",
    .help = "Print the embeddings of a split as CSV.",
    .detail = "Columns: index,label,label_name,pred and the coordinates, x,y,z for three dimensions, x,y for "
              "two, else "
              "e0,e1,...\n`index` is the sample's number in its source.",
    .example = "metric-train embed runs/quickstart-arcface-3f9c1a2b --split test --limit 500 -o test.csv",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

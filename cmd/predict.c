/* predict.c: `predict RUN FILES`: classes of images, or of rows of a CSV or IDX file. Labels are never read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/say.h"
#include "cmd/trained.h"
#include "lib/data/formats.h"
#include "lib/train/evaluate.h"

static const struct option_row options[] = {
    {"by", 0, "WAY",
     "head, center (nearest class center) or knn (nearest training embeddings). Default: head."},
    {"k", 'k', "N", "Neighbors that vote with --by knn. Default: eval.knn_k."},
    {"format", 0, "FORMAT", "images, csv or idx. Default: by the names of the files."},
    {"out", 'o', "FILE", "Write to FILE instead of stdout."},
    TRAINED_OPTIONS,
    OPTION_JSON,
    OPTION_CSV,
    {0},
};

enum way { BY_HEAD, BY_CENTER, BY_KNN };

static bool ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && !strcmp(name + n - e, ending);
}

static const char *format_of(const char *name)
{
    if (ends_in(name, ".csv") || ends_in(name, ".csv.gz"))
        return "csv";
    if (ends_in(name, "ubyte") || ends_in(name, "ubyte.gz") || ends_in(name, ".idx") ||
        ends_in(name, ".idx.gz"))
        return "idx";
    return "images";
}

/* One table of samples, read as the training data was where that had the same format. */
static int load_table(const struct trained *t, const char *path, bool csv, const struct mt_load_options *o,
                      struct mt_dataset *out, struct mt_err *err)
{
    const struct mt_variant *train = &t->file.e.data.train;
    struct mt_csv_cfg csv_cfg = {.header = MT_HEADER_AUTO, .classes = MT_UNSET_INT};
    struct mt_idx_cfg idx_cfg = {.layout = MT_LAYOUT_AUTO, .classes = MT_UNSET_INT};
    if (train->kind == &mt_format_csv.kind)
        csv_cfg = *(const struct mt_csv_cfg *)train->cfg;
    if (train->kind == &mt_format_idx.kind)
        idx_cfg = *(const struct mt_idx_cfg *)train->cfg;
    csv_cfg.file = idx_cfg.images = (char *)(uintptr_t)path;
    idx_cfg.labels = NULL;
    const struct mt_variant source = csv ? (struct mt_variant){&mt_format_csv.kind, &csv_cfg}
                                         : (struct mt_variant){&mt_format_idx.kind, &idx_cfg};
    return mt_dataset_load(&source, o, out, err);
}

static int load(const struct trained *t, const struct args *a, struct mt_dataset *out, struct mt_err *err)
{
    const char *const *files = a->word + 1;
    int n = a->n_words - 1;
    const char *format = args_get(a, "format");
    const struct mt_dataset *like = &t->setup.splits.train_data;
    struct mt_load_options o = {.pool = t->setup.pool, .like = like};
    const struct mt_variant *train = &t->file.e.data.train;
    if (train->kind == &mt_format_images.kind)
        o.alpha = ((const struct mt_images_cfg *)train->cfg)->alpha;
    if (!format)
        format = format_of(files[0]);
    for (int i = 1; i < n && !args_has(a, "format"); i++)
        if (strcmp(format, format_of(files[i])))
            return mt_err_set(err, MT_ERR_USAGE, "%s and %s are not of one format; predict them apart",
                              files[0], files[i]);
    if (!strcmp(format, "images")) {
        if ((like->shape.c != 1 && like->shape.c != 3) || like->pixel != MT_PIXEL_U8)
            return mt_err_set(
                err, MT_ERR_USAGE,
                "%s: the model was not trained on 8-bit gray or RGB images, so it is unknown what numbers "
                "an image stands for; give a CSV or IDX file like the training data",
                files[0]);
        return mt_images_load_files(files, n, like->shape, &o, out, err);
    }
    if (strcmp(format, "csv") && strcmp(format, "idx"))
        return mt_err_set(err, MT_ERR_USAGE, "--format: expected images, csv or idx, got '%s'", format);
    if (n > 1)
        return mt_err_set(err, MT_ERR_USAGE, "%s: predict takes one %s file at a time", files[1], format);
    return load_table(t, files[0], !strcmp(format, "csv"), &o, out, err);
}

/* Overwrites the head's ranking with the centers' or the neighbors'. */
static int rank(const struct trained *t, enum way by, int k, struct mt_embedded *em, struct mt_err *err)
{
    struct mt_reference ref;
    if (by == BY_HEAD)
        return 0;
    if (mt_reference_init(&ref, t->setup.model, &t->setup.splits, &t->file.e, err) < 0)
        return -1;
    ref.k = k ? k : ref.k;
    int rc = by == BY_CENTER ? mt_centers_rank(&ref.centers, em->x, em->n, t->setup.pool, &em->head, err)
                             : mt_reference_vote(&ref, em->x, em->n, t->setup.pool, &em->head, err);
    mt_reference_release(&ref);
    return rc;
}

static const struct mt_text_column file_columns[] = {
    {.title = "file"},
    {.title = "pred", .right = true},
    {.title = "pred_name"},
    {.title = "probability", .right = true, .digits = 4},
    {.title = "top2", .right = true},
    {.title = "top2_name"},
    {.title = "margin", .right = true, .digits = 4},
};
enum { N_COLUMNS = sizeof file_columns / sizeof *file_columns };

static void put_class(struct mt_text_table *table, char *const *name, int32_t k)
{
    if (k < 0) {
        mt_text_table_empty(table);
        mt_text_table_empty(table);
        return;
    }
    mt_text_table_int(table, k);
    mt_text_table_string(table, name[k]);
}

static void print(const struct mt_embedded *em, char *const *class_name, enum mt_text_format format,
                  struct mt_buf *out)
{
    struct mt_text_column column[N_COLUMNS];
    struct mt_text_table table = {.column = column, .n_columns = N_COLUMNS};
    char *const *file = em->view->data->sample_name;
    memcpy(column, file_columns, sizeof column);
    if (!file)
        column[0] = (struct mt_text_column){.title = "index", .right = true};
    for (int64_t i = 0; i < em->n; i++) {
        if (file)
            mt_text_table_string(&table, file[i]);
        else
            mt_text_table_int(&table, i);
        put_class(&table, class_name, em->head.pred[i]);
        mt_text_table_real(&table, em->head.probability[i]);
        put_class(&table, class_name, em->head.second[i]);
        mt_text_table_real(&table, em->head.margin[i]);
    }
    mt_text_table_print(&table, format, out);
    mt_text_table_release(&table);
}

static int predict(const struct trained *t, const struct args *a, enum way by, int k,
                   enum mt_text_format format)
{
    struct mt_dataset data;
    struct mt_view all = {0};
    struct mt_embedded em = {0};
    struct mt_buf out = {0};
    struct mt_err err;
    if (load(t, a, &data, &err) < 0)
        return say_error(&err);
    int rc = mt_augment_dataset(&t->setup.splits.augment, &data, t->setup.pool, &err);
    if (rc == 0)
        rc = mt_view_all(&all, &data, &err);
    if (rc == 0)
        rc = mt_embed_view(&em, t->setup.model, &all, &t->setup.splits.scale, &err);
    if (rc == 0)
        rc = rank(t, by, k, &em, &err);
    if (rc < 0) {
        rc = say_error(&err);
    } else {
        print(&em, t->setup.splits.train_data.class_name, format, &out);
        const char *file = args_get(a, "out");
        rc = format == MT_TEXT_CSV ? output_write_csv(file, &out) : output_write(file, &out);
    }
    mt_embedded_release(&em);
    mt_view_release(&all);
    mt_dataset_release(&data);
    return rc;
}

static int parse_way(const struct args *a, enum way *way)
{
    static const char *const names[] = {"head", "center", "knn"};
    const char *text = args_get(a, "by");
    for (int i = 0; i < 3; i++)
        if (!text || !strcmp(text, names[i])) {
            *way = (enum way)i;
            return 0;
        }
    say_line("metric-train predict: error: --by: expected head, center or knn, got '%s'", text);
    return 2;
}

static int run(const struct args *a)
{
    struct trained t;
    enum mt_text_format format;
    enum way way;
    int64_t k;
    int rc = output_format(a, &format);
    if (rc || (rc = parse_way(a, &way)) || (rc = args_int(a, "k", 0, 1, 1000, &k)))
        return rc;
    if ((rc = trained_open(&t, a->word[0], way != BY_HEAD, a)) == 0)
        rc = predict(&t, a, way, (int)k, format);
    trained_release(&t);
    return rc;
}

const struct command command_predict = {
    .name = "predict",
    .usage = "RUN FILES...",
    .help = "Predict the classes of images, or of the rows of a CSV or IDX file.",
    .detail = "Images (PNG, JPEG) are brought to the size that the model takes. A CSV file is read as the "
              "training data was; a "
              "label\ncolumn may be there and is not read. probability: softmax of the head's score, or the "
              "share of the "
              "votes of the\nneighbors; margin: its distance to the second class, of centers the difference "
              "of the two "
              "distances.",
    .example = "metric-train predict runs/quickstart-arcface-3f9c1a2b seven.png --by knn -k 5",
    .options = options,
    .min_words = 2,
    .max_words = -1,
    .run = run,
};

/* data.c: `data SOURCE`: what is in a folder of images, a CSV file, an IDX file, or the splits of an
 * experiment. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/data_print.h"
#include "cmd/experiment.h"
#include "cmd/output.h"
#include "lib/data/export.h"
#include "lib/train/splits.h"

static const struct option_row options[] = {
    {"labels", 'l', "FILE", "IDX: the file of the labels."},
    {"label", 0, "COLUMN", "CSV: the column of the label: a name, a position, first or last."},
    {"header", 0, "WHEN", "CSV: whether the first line holds names: auto, yes or no. Default: auto."},
    {"shape", 0, "HxW", "CSV: shape of a sample, 28x28 or 3x32x32. Images: the size to bring them to."},
    {"channels", 0, "KIND", "Images: auto, gray or rgb. Default: auto."},
    {"sheet", 0, "FILE", "Write a contact sheet, samples of every class, as FILE.png or FILE.svg."},
    {"augment", 0, NULL, "On the sheet: training samples as the network sees them, in several epochs."},
    {"export", 0, "FILE", "Write the samples as CSV in Kaggle's form: label,pixel0,pixel1,..."},
    {"first", 0, "N", "Export the first N samples only."},
    {"threads", 'j', "N", "Threads to use; default: one per processor."},
    OPTION_SET,
    OPTION_JSON,
    OPTION_CSV,
    {0},
};

/* --- reading --- */

/* "28x28" as numbers; returns how many, or 0 when it is not that. */
static int parse_shape(const char *text, int64_t dim[3])
{
    int n = 0;
    for (const char *p = text; n < 3; p++) {
        char *end;
        if (*p < '0' || *p > '9')
            return 0;
        dim[n++] = strtol(p, &end, 10);
        if (dim[n - 1] < 1 || dim[n - 1] > 65536)
            return 0;
        if (*end == 0)
            return n;
        if (*end != 'x')
            return 0;
        p = end;
    }
    return 0;
}

/* The place of an option's word in `words`, 0 when absent; -1 with err set. */
static int choice(const struct args *a, const char *option, const char *const *words, struct mt_err *err)
{
    const char *given = args_get(a, option);
    for (int i = 0; given && words[i]; i++)
        if (!strcmp(given, words[i]))
            return i;
    return given ? mt_err_set(err, MT_ERR_USAGE, "--%s: expected %s, %s or %s, got '%s'", option, words[0],
                              words[1], words[2], given)
                 : 0;
}

struct source {
    struct mt_images_cfg images;
    struct mt_csv_cfg csv;
    struct mt_idx_cfg idx;
    int64_t dim[3];
};

/* An option that the format does not know is a mistake. */
static int check_options(const struct args *a, const struct mt_kind *kind, struct mt_err *err)
{
    static const struct {
        const char *option;
        const struct mt_kind *kind[2];
    } fits[] = {
        {"labels", {&mt_format_idx.kind}},
        {"label", {&mt_format_csv.kind}},
        {"header", {&mt_format_csv.kind}},
        {"shape", {&mt_format_csv.kind, &mt_format_images.kind}},
        {"channels", {&mt_format_images.kind}},
        {"set", {NULL}},
        {"augment", {NULL}},
    };
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++)
        if (args_has(a, fits[i].option) && fits[i].kind[0] != kind && fits[i].kind[1] != kind)
            return mt_err_set(err, MT_ERR_USAGE, "%s: is read as %s, to which --%s does not apply",
                              a->word[0], kind ? kind->name : "an experiment", fits[i].option);
    return 0;
}

/* Fills the struct of the format from the options and makes `variant` point to it. */
static int configure(struct source *s, const struct args *a, const struct mt_kind *kind,
                     struct mt_variant *variant, struct mt_err *err)
{
    static const char *const headers[] = {"auto", "yes", "no", NULL}, *const channels[] = {"auto", "gray",
                                                                                           "rgb", NULL};
    const char *shape = args_get(a, "shape");
    char *path = (char *)(uintptr_t)a->word[0];
    int n = shape ? parse_shape(shape, s->dim) : 0;
    if (check_options(a, kind, err) < 0)
        return -1;
    if (shape && (n == 0 || (kind == &mt_format_images.kind && n != 2)))
        return mt_err_set(err, MT_ERR_USAGE, "--shape: expected height x width like 28x28%s, got '%s'",
                          kind == &mt_format_csv.kind ? " or channels before it like 3x32x32" : "", shape);
    s->images = (struct mt_images_cfg){.dir = path, .height = MT_UNSET_INT, .width = MT_UNSET_INT};
    if (n == 2) {
        s->images.height = s->dim[0];
        s->images.width = s->dim[1];
    }
    s->csv = (struct mt_csv_cfg){.file = path, .classes = MT_UNSET_INT, .shape = {s->dim, n}};
    s->csv.label = (char *)(uintptr_t)args_get(a, "label");
    s->idx = (struct mt_idx_cfg){.images = path, .classes = MT_UNSET_INT};
    s->idx.labels = (char *)(uintptr_t)args_get(a, "labels");
    if ((s->images.channels = choice(a, "channels", channels, err)) < 0 ||
        (s->csv.header = choice(a, "header", headers, err)) < 0)
        return -1;
    variant->kind = kind;
    variant->cfg = kind == &mt_format_images.kind ? (void *)&s->images
                   : kind == &mt_format_csv.kind  ? (void *)&s->csv
                                                  : (void *)&s->idx;
    const char *key;
    return kind->check ? kind->check(variant->cfg, &key, err) : 0;
}

/* Reads a source that is not an experiment. */
static int open_source(struct data_inspection *in, const struct args *a, struct mt_pool *pool,
                       struct mt_dataset *d, struct mt_view *view, struct mt_err *err)
{
    struct source s = {0};
    struct mt_variant variant;
    const struct mt_kind *kind = mt_format_guess(a->word[0], err);
    struct mt_load_options o = {.pool = pool, .labels = kind != &mt_format_idx.kind || args_has(a, "labels")};
    if (!kind || configure(&s, a, kind, &variant, err) < 0)
        return -1;
    if (kind == &mt_format_images.kind) {
        if (mt_images_survey(s.images.dir, pool, &in->survey, err) < 0)
            return -1;
        bool mixed = in->survey.min_h != in->survey.max_h || in->survey.min_w != in->survey.max_w;
        in->mixed = mixed && s.images.height == MT_UNSET_INT;
        if (in->mixed)
            s.images.height = s.images.width = MIXED_SIDE;
    }
    if (mt_dataset_load(&variant, &o, d, err) < 0)
        return -1;
    if (mt_view_all(view, d, err) < 0)
        return -1;
    in->part[in->n++] = (struct data_part){.format = kind->name, .view = view, .sources = d};
    return 0;
}

static void add_split(struct data_inspection *in, const struct mt_splits *s, enum mt_split_bit which,
                      const struct mt_variant *source)
{
    const struct mt_view *view = mt_splits_view(s, which);
    if (view->n)
        in->part[in->n++] = (struct data_part){
            .name = mt_split_name(which), .format = source->kind->name, .view = view, .sources = view->data};
}

/* --- the command --- */

static bool ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && !strcmp(name + n - e, ending);
}

static int write_sheet(const char *file, const struct data_part *p, const struct mt_augment *augment,
                       struct mt_err *err)
{
    struct mt_buf b = {0};
    enum mt_sheet_type type = ends_in(file, ".svg") ? MT_SHEET_SVG : MT_SHEET_PNG;
    int rc = augment ? mt_augment_sheet(p->view, &p->summary, augment, type, &b, err)
                     : mt_contact_sheet(p->view, &p->summary, type, &b, err);
    if (rc == 0)
        rc = mt_file_write(file, b.data, b.len, err);
    mt_buf_release(&b);
    return rc;
}

static int export_samples(const struct args *a, const struct data_part *p, struct mt_err *err)
{
    int64_t first;
    if (args_int(a, "first", p->view->n, 1, p->view->n, &first))
        return mt_err_set(err, MT_ERR_USAGE, "--first: there are %lld samples", (long long)p->view->n);
    return mt_export_csv(p->view, first, args_get(a, "export"), err);
}

/* Summarizes and prints what was read. `augment`: of a sheet of what the network sees, or NULL. */
static int show(struct data_inspection *in, const struct args *a, const struct mt_augment *augment,
                struct mt_pool *pool, enum mt_text_format format, struct mt_err *err)
{
    const char *sheet = args_get(a, "sheet");
    struct mt_buf b = {0};
    int rc = 0;
    for (int i = 0; i < in->n && rc == 0; i++)
        rc = mt_summarize(&in->part[i].summary, in->part[i].view, pool, err);
    if (rc == 0 && sheet)
        rc = write_sheet(sheet, &in->part[0], augment, err);
    if (rc == 0 && args_get(a, "export"))
        rc = export_samples(a, &in->part[0], err);
    if (rc == 0 && format == MT_TEXT_PLAIN)
        data_print_text(in, a->word[0], &b);
    else if (rc == 0 && format == MT_TEXT_CSV)
        data_print_csv(in, &b);
    else if (rc == 0)
        data_print_json(in, &b);
    rc = rc < 0 ? say_error(err) : output_write(NULL, &b);
    for (int i = 0; i < in->n; i++)
        mt_summary_release(&in->part[i].summary);
    return rc;
}

/* The samples are read as they are, so that what is done to them can be shown beside them. */
static int open_augment(struct mt_augment *out, const struct args *a, const struct mt_experiment *e,
                        const struct mt_variants *list, const struct mt_splits *s, struct mt_err *err)
{
    if (!args_has(a, "augment"))
        return 0;
    if (list->n == 0)
        return mt_err_set(err, MT_ERR_USAGE, "is not there, so --augment has nothing to show");
    return mt_augment_init(out, list, &s->train_data, e->data.max, (uint64_t)e->seed, err);
}

static int show_experiment(const struct args *a, struct mt_pool *pool, enum mt_text_format format)
{
    struct experiment_file x;
    struct mt_splits s;
    struct mt_err err;
    struct data_inspection in = {0};
    const char *key = NULL;
    int rc = check_options(a, NULL, &err) < 0 ? say_error(&err) : 0;
    if (rc)
        return rc;
    if ((rc = experiment_load(&x, a->word[0], a)) != 0)
        goto out;
    const struct mt_variants list = x.e.data.augment;
    struct mt_augment augment;
    x.e.data.augment.n = 0;
    if (mt_splits_open(&s, &x.e, pool, &key, &err) < 0) {
        rc = experiment_error(&x, key, &err);
        goto out;
    }
    if (open_augment(&augment, a, &x.e, &list, &s, &err) < 0) {
        rc = experiment_error(&x, "data.augment", &err);
        mt_splits_release(&s);
        goto out;
    }
    add_split(&in, &s, MT_SPLIT_TRAIN, &x.e.data.train);
    add_split(&in, &s, MT_SPLIT_VALIDATION, &x.e.data.validation);
    add_split(&in, &s, MT_SPLIT_TEST, &x.e.data.test);
    rc = show(&in, a, args_has(a, "augment") ? &augment : NULL, pool, format, &err);
    mt_splits_release(&s);
out:
    experiment_release(&x);
    return rc;
}

static int show_source(const struct args *a, struct mt_pool *pool, enum mt_text_format format)
{
    struct mt_dataset d = {0};
    struct mt_view view = {0};
    struct mt_err err;
    struct data_inspection in = {0};
    int rc = open_source(&in, a, pool, &d, &view, &err) < 0 ? say_error(&err)
                                                            : show(&in, a, NULL, pool, format, &err);
    mt_view_release(&view);
    mt_dataset_release(&d);
    return rc;
}

static int run(const struct args *a)
{
    enum mt_text_format format;
    struct mt_pool *pool;
    struct mt_err err;
    int64_t threads;
    const char *sheet = args_get(a, "sheet");
    int rc = args_int(a, "threads", mt_pool_cpus(), 1, 1024, &threads);
    if (rc || (rc = output_format(a, &format)))
        return rc;
    if (sheet && !ends_in(sheet, ".png") && !ends_in(sheet, ".svg")) {
        mt_err_set(&err, MT_ERR_USAGE, "--sheet: expected a name that ends in .png or .svg, got '%s'", sheet);
        return say_error(&err);
    }
    if (args_has(a, "augment") && !sheet) {
        mt_err_set(&err, MT_ERR_USAGE, "--augment: says what --sheet shows; add --sheet FILE.png");
        return say_error(&err);
    }
    if (mt_pool_new(&pool, (int)threads, &err) < 0)
        return say_error(&err);
    rc = ends_in(a->word[0], ".yaml") || ends_in(a->word[0], ".yml") ? show_experiment(a, pool, format)
                                                                     : show_source(a, pool, format);
    mt_pool_free(pool);
    return rc;
}

const struct command command_data = {
    .name = "data",
    .usage = "SOURCE",
    .help = "Show what is in a data source: samples, shape, values, classes, checksum.",
    .detail = "SOURCE is a folder with one folder of images per class, a CSV file, an IDX file of images, or "
              "an experiment\n"
              "(.yaml), whose splits are shown.",
    .example = "metric-train data datasets/digits/digits.csv.gz --shape 8x8 --sheet digits.svg",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

/* data.c: `data SOURCE`: what is in a folder of images, a CSV file, an IDX file, or the splits of an
 * experiment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/data_print.h"
#include "cmd/data_source.h"
#include "cmd/experiment.h"
#include "cmd/guard.h"
#include "cmd/output.h"
#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/data/export.h"
#include "lib/train/splits.h"

#define AUGMENT_SHEET "augmented.png" /* where --sheet names no file */

static const struct option_row options[] = {
    {"labels", 'l', "FILE", "IDX: the file of the labels."},
    {"label", 0, "COLUMN", "CSV: the column of the label: a name, a position, first or last."},
    {"header", 0, "WHEN", "CSV: whether the first line holds names: auto, yes or no. Default: auto."},
    {"shape", 0, "HxW", "CSV: shape of a sample, 28x28 or 3x32x32. Images: the size to bring them to."},
    {"channels", 0, "KIND", "Images: auto, gray or rgb. Default: auto."},
    {"sheet", 0, "FILE", "Write a contact sheet, samples of every class, as FILE.png or FILE.svg."},
    {"augment", 0, "CONFIG",
     "Sheet of the samples as a network sees them that CONFIG trains: data.augment in several epochs."},
    {"export", 0, "FILE", "Write the samples as CSV in Kaggle's form: label,pixel0,pixel1,..."},
    {"first", 0, "N", "Export the first N samples only."},
    {"threads", 'j', "N", "Threads to use; default: one per processor."},
    OPTION_SET,
    OPTION_JSON,
    OPTION_CSV,
    {0},
};

static void add_split(struct data_inspection *in, const struct mt_splits *s, enum mt_split_bit which,
                      const struct mt_variant *source)
{
    const struct mt_view *view = mt_splits_view(s, which);
    if (view->n)
        in->part[in->n++] = (struct data_part){
            .name = mt_split_name(which), .format = source->kind->name, .view = view, .sources = view->data};
}

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
    char *target = rc == 0 ? mt_file_behind(file, err) : NULL;
    rc = target ? mt_file_write(target, b.data, b.len, err) : -1;
    free(target);
    mt_buf_release(&b);
    return rc;
}

static int export_samples(const struct args *a, const struct data_part *p, struct mt_err *err)
{
    int64_t first;
    if (args_int(a, "first", p->view->n, 1, p->view->n, &first))
        return mt_err_set(err, MT_ERR_USAGE, "--first: there are %lld samples", (long long)p->view->n);
    char *target = mt_file_behind(args_get(a, "export"), err);
    int rc = target ? mt_export_csv(p->view, first, target, err) : -1;
    free(target);
    return rc;
}

/* Summarizes and prints what was read. `augment`: of a sheet of what the network sees, or NULL. */
static int show(struct data_inspection *in, const struct args *a, const struct mt_augment *augment,
                struct mt_pool *pool, enum mt_text_format format, struct mt_err *err)
{
    const char *given = args_get(a, "sheet"), *sheet = given || !augment ? given : AUGMENT_SHEET;
    struct mt_buf b = {0};
    int rc = 0;
    for (int i = 0; i < in->n && rc == 0; i++)
        rc = mt_summarize(&in->part[i].summary, in->part[i].view, pool, err);
    if (rc == 0 && sheet)
        rc = write_sheet(sheet, &in->part[0], augment, err);
    if (rc == 0 && sheet && !given)
        say_line("the contact sheet is %s", sheet);
    if (rc == 0 && args_get(a, "export"))
        rc = export_samples(a, &in->part[0], err);
    if (rc == 0 && format == MT_TEXT_PLAIN)
        data_print_text(in, a->word[0], &b);
    else if (rc == 0 && format == MT_TEXT_CSV)
        data_print_csv(in, &b);
    else if (rc == 0)
        data_print_json(in, &b);
    rc = rc < 0                  ? say_error(err)
         : format == MT_TEXT_CSV ? output_write_csv(NULL, &b)
                                 : output_write(NULL, &b);
    for (int i = 0; i < in->n; i++)
        mt_summary_release(&in->part[i].summary);
    return rc;
}

/* The experiment that --augment names. */
struct seen_by {
    struct experiment_file file;
    struct mt_augment augment;
};

static int load_seen_by(struct seen_by *by, const struct args *a)
{
    struct mt_err err;
    int rc = experiment_load(&by->file, args_get(a, "augment"), a);
    if (rc || by->file.e.data.augment.n)
        return rc;
    mt_err_set(&err, MT_ERR_USAGE, "is not there, so --augment has nothing to show");
    return experiment_error(&by->file, "data.augment", &err);
}

/* `by` may be NULL. Returns 0, or the exit code after saying what is wrong. */
static int fit_augment(struct seen_by *by, const struct mt_dataset *d)
{
    struct mt_err err;
    if (!by)
        return 0;
    const struct mt_experiment *e = &by->file.e;
    if (mt_augment_init(&by->augment, &e->data.augment, d, e->data.max, (uint64_t)e->seed, &err) < 0)
        return experiment_error(&by->file, "data.augment", &err);
    return 0;
}

/* The samples are read as they are, so that what is done to them can be shown beside them. */
static int show_experiment(const struct args *a, struct seen_by *by, struct mt_pool *pool,
                           enum mt_text_format format)
{
    struct experiment_file x;
    struct mt_splits s;
    struct mt_err err;
    struct data_inspection in = {0};
    const char *key = NULL;
    int rc = data_source_check(a, NULL, &err) < 0 ? say_error(&err) : 0;
    if (rc)
        return rc;
    if ((rc = experiment_load(&x, a->word[0], a)) != 0)
        goto out;
    x.e.data.augment.n = 0;
    if (mt_splits_open(&s, &x.e, pool, &key, &err) < 0) {
        rc = experiment_error(&x, key, &err);
        goto out;
    }
    add_split(&in, &s, MT_SPLIT_TRAIN, &x.e.data.train);
    add_split(&in, &s, MT_SPLIT_VALIDATION, &x.e.data.validation);
    add_split(&in, &s, MT_SPLIT_TEST, &x.e.data.test);
    if ((rc = guard_sources(a, &s)) == 0 && (rc = fit_augment(by, &s.train_data)) == 0)
        rc = show(&in, a, by ? &by->augment : NULL, pool, format, &err);
    mt_splits_release(&s);
out:
    experiment_release(&x);
    return rc;
}

static int show_source(const struct args *a, struct seen_by *by, struct mt_pool *pool,
                       enum mt_text_format format)
{
    struct mt_dataset d = {0};
    struct mt_view view = {0};
    struct mt_err err;
    struct data_inspection in = {0};
    const struct mt_variant *like = by ? &by->file.e.data.train : NULL;
    int rc = data_source_open(&in, a, like, pool, &d, &view, &err) < 0 ? say_error(&err) : 0;
    if (rc == 0 && (rc = guard_data(a, &d)) == 0 && (rc = fit_augment(by, &d)) == 0)
        rc = show(&in, a, by ? &by->augment : NULL, pool, format, &err);
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
    if (mt_pool_new(&pool, (int)threads, &err) < 0)
        return say_error(&err);
    bool experiment = ends_in(a->word[0], ".yaml") || ends_in(a->word[0], ".yml"),
         seen = args_has(a, "augment");
    struct seen_by by = {0};
    rc = seen ? load_seen_by(&by, a) : 0;
    if (rc == 0)
        rc = experiment ? show_experiment(a, seen ? &by : NULL, pool, format)
                        : show_source(a, seen ? &by : NULL, pool, format);
    experiment_release(&by.file);
    mt_pool_free(pool);
    return rc;
}

const struct command command_data = {
    .name = "data",
    .usage = "SOURCE",
    .help = "Show what is in a data source: samples, shape, values, classes, checksum.",
    .detail =
        "SOURCE is a folder with one folder of images per class, a CSV file, an IDX file of images, or "
        "an experiment\n"
        "(.yaml), whose splits are shown.\n"
        "--augment CONFIG writes a contact sheet, augmented.png unless --sheet names another: of each class "
        "three samples,\n"
        "one per line: the sample, what validation sees of it, and the first eight epochs of CONFIG's "
        "data.augment. Where\n"
        "CONFIG reads the same format, SOURCE is read with its sizes and columns.",
    .example = "metric-train data datasets/digits/digits.csv.gz --shape 8x8 --sheet digits.svg",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

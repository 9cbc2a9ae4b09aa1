/* eval.c: `eval RUN`: judges a trained model on a split: accuracy by head, nearest center and kNN, angles,
 * and the classification report. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/say.h"
#include "cmd/trained.h"
#include "lib/core/file.h"
#include "lib/train/opposite.h"
#include "lib/train/outputs.h"

static const struct option_row options[] = {
    {"split", 0, "SPLIT", "test, validation or train. Default: test, else validation, else train."},
    {"k", 'k', "N", "Neighbors that vote. Default: eval.knn_k."},
    {"digits", 0, "N", "Decimals of the classification report; default 4."},
    {"out", 'o', "DIR", "Also write report, confusion matrix, predictions and metrics to DIR."},
    TRAINED_OPTIONS,
    OPTION_JSON,
    OPTION_CSV,
    {0},
};

static const struct mt_text_column columns[] = {
    {.title = "split"},
    {.title = "samples", .right = true},
    {.title = "head", .key = "accuracy", .right = true, .digits = 4},
    {.title = "center", .key = "center_accuracy", .right = true, .digits = 4},
    {.title = "kNN", .key = "knn_accuracy", .right = true, .digits = 4},
    {.title = "macro F1", .key = "macro_f1", .right = true, .digits = 4},
    {.title = "loss", .right = true, .digits = 4},
    {.title = "within", .key = "angle_within", .right = true, .digits = 2},
    {.title = "between", .key = "angle_between", .right = true, .digits = 2},
    {.title = "closest", .key = "angle_between_min", .right = true, .digits = 2},
    {.title = "epoch", .right = true},
    {.title = "run"},
};

static void print_figures(const struct trained *t, const struct mt_judgement *j, const char *split,
                          enum mt_text_format format, struct mt_buf *out)
{
    struct mt_text_table table = {.column = columns, .n_columns = sizeof columns / sizeof *columns};
    mt_text_table_string(&table, split);
    mt_text_table_int(&table, j->em->n);
    mt_text_table_real(&table, j->accuracy);
    mt_text_table_real(&table, j->center_accuracy);
    mt_text_table_real(&table, j->knn_accuracy);
    mt_text_table_real(&table, j->report.macro.f1);
    mt_text_table_real(&table, j->em->score_loss);
    mt_text_table_real(&table, j->angle_within);
    mt_text_table_real(&table, j->angle_between);
    mt_text_table_real(&table, j->angle_between_min);
    mt_text_table_int(&table, t->resume.epoch);
    mt_text_table_string(&table, t->run);
    mt_text_table_print(&table, format, out);
    mt_text_table_release(&table);
}

static int write_file(const char *dir, const char *name, struct mt_buf *b)
{
    char *path = mt_path_join(dir, name);
    if (!path)
        b->failed = true;
    int rc = output_write_at(path ? path : name, b);
    free(path);
    return rc;
}

static int write_files(const char *dir, const struct mt_judgement *j, int digits)
{
    const struct mt_embedded *em = j->em;
    const char *const *names = (const char *const *)em->view->data->class_name;
    struct mt_buf b = {0};
    struct mt_err err;
    int rc;
    if (mt_file_mkdirs(dir, &err) < 0)
        return say_error(&err);
    mt_class_report_text(&j->report, names, digits, &b);
    if ((rc = write_file(dir, "classification_report.txt", &b)) != 0)
        return rc;
    mt_class_report_csv(&j->report, names, &b);
    if ((rc = write_file(dir, "classification_report.csv", &b)) != 0)
        return rc;
    if (mt_confusion_csv(em->label, em->head.pred, em->n, em->classes, names, &b, &err) < 0)
        return say_error(&err);
    if ((rc = write_file(dir, "confusion_matrix.csv", &b)) != 0)
        return rc;
    mt_predictions_csv(j, &b);
    if ((rc = write_file(dir, "predictions.csv", &b)) != 0)
        return rc;
    mt_buf_puts(&b, "{\n");
    mt_judgement_json(j, "", &b);
    mt_buf_puts(&b, "\n}\n");
    return write_file(dir, "metrics.json", &b);
}

static void warn_of_opposite(const struct trained *t, const struct mt_reference *ref)
{
    struct mt_buf words = {0};
    if (mt_opposite_classes(t->setup.model->head, &ref->centers,
                            (const char *const *)ref->train.view->data->class_name, &words))
        say_line("warning: %s", words.data ? words.data : "some classes cannot be predicted");
    mt_buf_release(&words);
}

static int print(const struct trained *t, const struct mt_judgement *j, const char *split,
                 const struct args *a, enum mt_text_format format, int digits)
{
    const char *const *names = (const char *const *)j->em->view->data->class_name;
    const char *dir = args_get(a, "out");
    struct mt_buf out = {0}, note = {0};
    int rc = dir ? write_files(dir, j, digits) : 0;
    if (rc)
        return rc;
    print_figures(t, j, split, format, &out);
    if (format == MT_TEXT_PLAIN) {
        mt_buf_puts(&out, "\nBy the head, without labels:\n\n");
        mt_class_report_text(&j->report, names, digits, &out);
        mt_class_report_note(&j->report, names, &note);
        if (note.len && !args_has(a, "quiet"))
            fputs(note.data, stderr);
        mt_buf_release(&note);
    }
    return print_result(&out);
}

/* Embeds what is compared with and what is judged, and prints the figures. */
static int judge(const struct trained *t, enum mt_split_bit which, const struct args *a,
                 enum mt_text_format format, int k, int digits)
{
    struct mt_reference ref;
    struct mt_embedded own = {0};
    struct mt_judgement j;
    struct mt_err err;
    const struct mt_setup *s = &t->setup;
    bool train = which == MT_SPLIT_TRAIN;
    if (mt_reference_init(&ref, s->model, &s->splits, &t->file.e, &err) < 0)
        return say_error(&err);
    ref.k = k ? k : ref.k;
    int rc =
        train ? 0 : mt_embed_view(&own, s->model, mt_splits_view(&s->splits, which), &s->splits.scale, &err);
    if (rc == 0)
        rc = mt_judge(&j, &ref, train ? &ref.train : &own, s->pool, &err);
    if (rc < 0) {
        rc = say_error(&err);
    } else {
        warn_of_opposite(t, &ref);
        rc = print(t, &j, mt_split_name(which), a, format, digits);
        mt_judgement_release(&j);
    }
    mt_embedded_release(&own);
    mt_reference_release(&ref);
    return rc;
}

static int run(const struct args *a)
{
    struct trained t;
    enum mt_text_format format;
    enum mt_split_bit which;
    int64_t k, digits;
    int rc = output_format(a, &format);
    if (rc || (rc = args_int(a, "k", 0, 1, 1000, &k)) || (rc = args_int(a, "digits", 4, 0, 15, &digits)))
        return rc;
    if ((rc = trained_open(&t, a->word[0], true, a)) == 0 && (rc = trained_split(&t, a, &which)) == 0)
        rc = judge(&t, which, a, format, (int)k, (int)digits);
    if (rc == 0 && t.status.state == MT_RUN_DIVERGED &&
        !args_has(a, "checkpoint")) /* who names one knows what to look at */
        rc = MT_ERR_DIVERGED;
    trained_release(&t);
    return rc;
}

const struct command command_eval = {
    .name = "eval",
    .usage = "RUN",
    .help = "Judge a trained model: accuracy by head, nearest center and kNN, angles, classification report.",
    .detail =
        "Predictions never see a label. Centers and neighbors are those of the training embeddings. Angles "
        "are in "
        "degrees:\nwithin: mean angle of a sample to the center of its class; between and closest: mean and "
        "smallest angle of two\ncenters. The run folder is only read; a run may be looked at while it "
        "trains.",
    .example = "metric-train eval runs/quickstart-arcface-3f9c1a2b --split validation --checkpoint best",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

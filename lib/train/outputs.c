#include "lib/train/outputs.h"

#include <stdio.h>

#include "lib/report/csv.h"

static struct mt_csv_samples samples_of(const struct mt_embedded *em)
{
    const struct mt_dataset *d = em->view->data;
    return (struct mt_csv_samples){.n = em->n,
                                   .index = em->view->index,
                                   .sample_name = (const char *const *)d->sample_name,
                                   .label = em->label,
                                   .pred = em->head.pred,
                                   .class_name = (const char *const *)d->class_name,
                                   .classes = em->classes};
}

static int write_buf(const struct mt_rundir *folder, const char *dir, const char *name, const char *file,
                     struct mt_buf *b, struct mt_err *err)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s%s", dir, name, file);
    int rc = b->failed ? mt_err_memory(err, path, b->len)
                       : mt_rundir_write(folder, path, b->data ? b->data : "", b->len, err);
    mt_buf_release(b);
    return rc;
}

void mt_embeddings_csv(const struct mt_embedded *em, struct mt_buf *out)
{
    struct mt_csv_samples samples = samples_of(em);
    mt_csv_embeddings(out, &samples, em->x, em->dim);
}

int mt_write_embeddings(const struct mt_rundir *folder, const struct mt_embedded *em, const char *name,
                        struct mt_err *err)
{
    struct mt_buf b = {0};
    mt_embeddings_csv(em, &b);
    return write_buf(folder, "embeddings", name, ".csv", &b, err);
}

int mt_write_centers(const struct mt_rundir *folder, const struct mt_reference *r, struct mt_err *err)
{
    struct mt_buf b = {0};
    mt_csv_centers(&b, r->centers.x, r->centers.count, (const char *const *)r->train.view->data->class_name,
                   r->centers.classes, r->centers.dim);
    return write_buf(folder, "embeddings", "centers", ".csv", &b, err);
}

void mt_predictions_csv(const struct mt_judgement *j, struct mt_buf *out)
{
    const struct mt_embedded *em = j->em;
    struct mt_csv_predictions p = {.samples = samples_of(em),
                                   .probability = em->head.probability,
                                   .second = em->head.second,
                                   .margin = em->head.margin,
                                   .center = j->by_center,
                                   .knn = j->by_knn};
    mt_csv_predictions(out, &p);
}

static void number(struct mt_buf *out, const char *prefix, const char *key, double value)
{
    mt_buf_printf(out, ",\n  \"%s%s\": ", prefix, key);
    mt_buf_json_number(out, value, 9);
}

void mt_judgement_json(const struct mt_judgement *j, const char *prefix, struct mt_buf *out)
{
    mt_buf_printf(out, "  \"%ssamples\": %lld", prefix, (long long)j->em->n);
    number(out, prefix, "accuracy", j->accuracy);
    number(out, prefix, "center_accuracy", j->center_accuracy);
    number(out, prefix, "knn_accuracy", j->knn_accuracy);
    number(out, prefix, "macro_f1", j->report.macro.f1);
    number(out, prefix, "loss", j->em->score_loss);
    number(out, prefix, "angle_within", j->angle_within);
    number(out, prefix, "angle_between", j->angle_between);
    number(out, prefix, "angle_between_min", j->angle_between_min);
}

int mt_write_judgement(const struct mt_rundir *folder, const struct mt_judgement *j, const char *name,
                       struct mt_err *err)
{
    const struct mt_embedded *em = j->em;
    const char *const *classes = (const char *const *)em->view->data->class_name;
    struct mt_buf b = {0};
    mt_class_report_text(&j->report, classes, 4, &b);
    if (write_buf(folder, "eval", name, "/classification_report.txt", &b, err) < 0)
        return -1;
    mt_class_report_csv(&j->report, classes, &b);
    if (write_buf(folder, "eval", name, "/classification_report.csv", &b, err) < 0)
        return -1;
    if (mt_confusion_csv(em->label, em->head.pred, em->n, em->classes, classes, &b, err) < 0 ||
        write_buf(folder, "eval", name, "/confusion_matrix.csv", &b, err) < 0)
        return -1;
    mt_predictions_csv(j, &b);
    if (write_buf(folder, "eval", name, "/predictions.csv", &b, err) < 0)
        return -1;
    mt_buf_puts(&b, "{\n");
    mt_judgement_json(j, "", &b);
    mt_buf_puts(&b, "\n}\n");
    return write_buf(folder, "eval", name, "/metrics.json", &b, err);
}

#include "lib/train/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/json.h"

/* What training accepts at most: bounds against a damaged file. */
#define MAX_CLASSES (1 << 24)
#define MAX_SAMPLE (UINT64_C(1) << 26) /* values */

static const char *const pixel_names[] = {[MT_PIXEL_U8] = "u8", [MT_PIXEL_F32] = "f32"};

static void source_json(struct mt_buf *out, const struct mt_dataset *d)
{
    mt_buf_puts(out, "[");
    for (int i = 0; i < d->n_sources; i++) {
        mt_buf_puts(out, i ? ", {\"path\": " : "{\"path\": ");
        mt_buf_json_string(out, d->source[i].path);
        mt_buf_printf(out, ", \"size\": %llu, \"sha256\": \"%s\"}", (unsigned long long)d->source[i].size,
                      d->source[i].sha256);
    }
    mt_buf_puts(out, "]");
}

/* Counts samples per class of a view. */
static void class_counts_json(struct mt_buf *out, const struct mt_view *v, int classes, int64_t *count)
{
    memset(count, 0, (size_t)classes * sizeof *count);
    for (int64_t i = 0; i < v->n; i++)
        count[v->data->label[v->index[i]]]++;
    mt_buf_puts(out, "[");
    for (int c = 0; c < classes; c++)
        mt_buf_printf(out, "%s%lld", c ? ", " : "", (long long)count[c]);
    mt_buf_puts(out, "]");
}

static void floats_json(struct mt_buf *out, const float *v)
{
    for (int c = 0; c < MT_MAX_CHANNELS; c++)
        mt_buf_printf(out, "%s%.9g", c ? ", " : "[", (double)v[c]);
    mt_buf_puts(out, "]");
}

static void splits_json(struct mt_buf *out, const struct mt_splits *s, int64_t *count)
{
    for (int bit = MT_SPLIT_TRAIN; bit <= MT_SPLIT_TEST; bit *= 2) {
        const struct mt_view *v = mt_splits_view(s, (enum mt_split_bit)bit);
        if (v->n == 0)
            continue;
        mt_buf_printf(out,
                      "%s\n    \"%s\": {\"samples\": %lld, \"per_class\": ", bit == MT_SPLIT_TRAIN ? "" : ",",
                      mt_split_name((enum mt_split_bit)bit), (long long)v->n);
        class_counts_json(out, v, s->train_data.classes, count);
        mt_buf_puts(out, ", \"sources\": ");
        source_json(out, v->data);
        mt_buf_puts(out, "}");
    }
}

int mt_record_write(const struct mt_splits *s, struct mt_buf *out, struct mt_err *err)
{
    const struct mt_dataset *d = &s->train_data;
    int64_t *count = malloc((size_t)d->classes * sizeof *count);
    if (!count)
        return mt_err_memory(err, "class counts", (size_t)d->classes * sizeof *count);
    mt_buf_printf(out, "{\n  \"shape\": [%d, %d, %d],\n  \"type\": \"%s\",\n  \"mean\": ", d->shape.c,
                  d->shape.h, d->shape.w, pixel_names[d->pixel]);
    floats_json(out, s->scale.mean);
    mt_buf_puts(out, ",\n  \"gain\": ");
    floats_json(out, s->scale.gain);
    mt_buf_puts(out, ",\n  \"classes\": [");
    for (int c = 0; c < d->classes; c++) {
        mt_buf_puts(out, c ? ", " : "");
        mt_buf_json_string(out, d->class_name[c]);
    }
    mt_buf_puts(out, "],\n  \"splits\": {");
    splits_json(out, s, count);
    mt_buf_puts(out, "\n  }\n}\n");
    free(count);
    return 0;
}

static void read_shape(struct mt_json *j, struct mt_shape *shape)
{
    uint64_t v[3] = {0}, left = MAX_SAMPLE;
    int n = 0;
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more); n++) {
        if (n == 3 || !mt_json_whole(j, &v[n]) || v[n] < 1 || v[n] > left)
            mt_json_fail(j, "the shape is not three numbers of a sample");
        else
            left /= v[n];
    }
    if (v[0] > MT_MAX_CHANNELS && v[1] * v[2] > 1) /* flat samples have any number of values */
        mt_json_fail(j, "an image has more than four channels");
    *shape = (struct mt_shape){(int)v[0], (int)v[1], (int)v[2]};
}

static void read_type(struct mt_json *j, struct mt_dataset *d)
{
    char *type = mt_json_string(j);
    if (type && !strcmp(type, pixel_names[MT_PIXEL_F32]))
        d->pixel = MT_PIXEL_F32;
    else if (type && strcmp(type, pixel_names[MT_PIXEL_U8]))
        mt_json_fail(j, "the type is neither u8 nor f32");
    free(type);
}

static void read_floats(struct mt_json *j, float v[MT_MAX_CHANNELS])
{
    int n = 0;
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more); n++) {
        double value;
        if (n == MT_MAX_CHANNELS || !mt_json_real(j, &value) || !isfinite(value))
            mt_json_fail(j, "mean and gain are four numbers each");
        else
            v[n] = (float)value;
    }
    if (n != MT_MAX_CHANNELS)
        mt_json_fail(j, "mean and gain are four numbers each");
}

static void read_classes(struct mt_json *j, struct mt_dataset *d)
{
    int capacity = 0;
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more);) {
        if (d->classes == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            if (capacity > MAX_CLASSES) {
                mt_json_fail(j, "there are too many classes");
                return;
            }
            char **names = realloc(d->class_name, (size_t)capacity * sizeof *names);
            if (!names) {
                mt_json_no_memory(j);
                return;
            }
            d->class_name = names;
        }
        if ((d->class_name[d->classes] = mt_json_string(j)) != NULL)
            d->classes++;
    }
}

int mt_record_read(struct mt_splits *s, const char *run, struct mt_err *err)
{
    char *text = NULL, *key, *path = mt_path_join(run, MT_RECORD);
    size_t len;
    struct mt_dataset *d = &s->train_data;
    struct mt_json j;
    int rc = -1;
    memset(s, 0, sizeof *s);
    if (!path)
        return mt_err_memory(err, "a path", strlen(run));
    if (mt_file_read(path, MT_RECORD_MAX_BYTES, &text, &len, err) < 0)
        goto out;
    mt_json_init(&j, text, len);
    mt_json_take(&j, '{');
    for (bool more = false; mt_json_member(&j, &more, &key); free(key)) {
        if (!strcmp(key, "shape"))
            read_shape(&j, &d->shape);
        else if (!strcmp(key, "type"))
            read_type(&j, d);
        else if (!strcmp(key, "mean"))
            read_floats(&j, s->scale.mean);
        else if (!strcmp(key, "gain"))
            read_floats(&j, s->scale.gain);
        else if (!strcmp(key, "classes") && !d->classes)
            read_classes(&j, d);
        else
            mt_json_skip(&j);
    }
    rc = mt_json_end(&j) && d->shape.w && d->classes >= 2 && s->scale.gain[0] != 0 ? 0 : -1;
    if (rc < 0 && j.memory)
        mt_err_memory(err, path, len);
    else if (rc < 0)
        mt_err_set(err, MT_ERR_DATA,
                   "%s: does not say what the model was trained on (%s); train the run again", path,
                   j.problem ? j.problem : "shape, classes or scale are missing");
out:
    if (rc < 0)
        mt_splits_release(s);
    free(text);
    free(path);
    return rc;
}

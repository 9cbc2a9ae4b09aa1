#include "cmd/data_print.h"

#include <math.h>

#include "lib/report/table.h"

static void put_size(struct mt_buf *b, double bytes)
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB"};
    int u = 0;
    for (; bytes >= 1024 && u < 3; u++)
        bytes /= 1024;
    mt_buf_printf(b, u ? "%.1f %s" : "%.0f %s", bytes, unit[u]);
}

static void put_survey(const struct mt_images_survey *s, struct mt_buf *b)
{
    mt_buf_printf(b, "  images   %lld PNG, %lld JPEG; %lld gray, %lld with color; ",
                  (long long)(s->n - s->jpeg), (long long)s->jpeg, (long long)(s->n - s->color),
                  (long long)s->color);
    if (s->min_h == s->max_h && s->min_w == s->max_w)
        mt_buf_printf(b, "%dx%d\n", s->min_h, s->min_w);
    else
        mt_buf_printf(b, "heights %d to %d, widths %d to %d\n", s->min_h, s->max_h, s->min_w, s->max_w);
}

static void put_classes(const struct data_part *p, enum mt_text_format format, bool split,
                        struct mt_text_table *t)
{
    const struct mt_dataset *d = p->view->data;
    for (int c = 0; p->summary.of_class && c < d->classes; c++) {
        if (split)
            mt_text_table_string(t, p->name);
        mt_text_table_int(t, c);
        mt_text_table_string(t, d->class_name[c]);
        mt_text_table_int(t, p->summary.of_class[c]);
        if (format == MT_TEXT_PLAIN)
            mt_text_table_real(t, 100.0 * (double)p->summary.of_class[c] / (double)p->view->n);
    }
}

static const struct mt_text_column columns[] = {{.title = "split"},
                                                {.title = "class", .right = true},
                                                {.title = "name"},
                                                {.title = "samples", .right = true},
                                                {.title = "%", .right = true, .digits = 1}};

void data_print_text(const struct data_inspection *in, const char *path, struct mt_buf *b)
{
    for (int i = 0; i < in->n; i++) {
        const struct data_part *p = &in->part[i];
        const struct mt_dataset *d = p->view->data;
        struct mt_shape s = d->shape;
        mt_buf_puts(b, i ? "\n" : "");
        mt_buf_plain(b, p->name ? p->name : path);
        mt_buf_printf(b, " (%s)\n", p->format);
        if (in->survey.n)
            put_survey(&in->survey, b);
        mt_buf_printf(b, "  samples  %lld of ", (long long)p->view->n);
        if (s.h == 1 && s.w == 1)
            mt_buf_printf(b, "%d value%s", s.c, s.c == 1 ? "" : "s");
        else
            mt_buf_printf(b, "%dx%d, %d channel%s", s.h, s.w, s.c, s.c == 1 ? "" : "s");
        mt_buf_puts(b, d->pixel == MT_PIXEL_U8 ? ", 8-bit" : ", float32");
        mt_buf_puts(b, in->mixed ? " (resized to look at them; --shape sets the size)\n" : "\n");
        mt_buf_printf(b, "  values   %.6g to %.6g, mean %.6g, deviation %.6g\n", p->summary.min,
                      p->summary.max, p->summary.mean, p->summary.deviation);
        for (int k = 0; k < p->sources->n_sources; k++) {
            const struct mt_source *from = &p->sources->source[k];
            mt_buf_printf(b, "  source   %s, ", from->path);
            put_size(b, (double)from->size);
            mt_buf_printf(b, "\n           sha256 %s\n", from->sha256);
        }
        if (!p->summary.of_class)
            continue;
        struct mt_text_table t = {.column = columns + 1, .n_columns = 4};
        mt_buf_printf(b, "  classes  %d\n\n", d->classes);
        put_classes(p, MT_TEXT_PLAIN, false, &t);
        mt_text_table_print(&t, MT_TEXT_PLAIN, b);
        mt_text_table_release(&t);
    }
}

void data_print_csv(const struct data_inspection *in, struct mt_buf *b)
{
    bool split = in->part[0].name != NULL;
    struct mt_text_table t = {.column = columns + !split, .n_columns = 3 + split};
    for (int i = 0; i < in->n; i++)
        put_classes(&in->part[i], MT_TEXT_CSV, split, &t);
    mt_text_table_print(&t, MT_TEXT_CSV, b);
    mt_text_table_release(&t);
}

static void put_number(struct mt_buf *b, const char *key, double value)
{
    mt_buf_printf(b, "\"%s\": ", key);
    mt_buf_json_number(b, value, 9);
    mt_buf_puts(b, ", ");
}

static void print_part_json(const struct data_part *p, struct mt_buf *b)
{
    const struct mt_dataset *d = p->view->data;
    mt_buf_printf(b, "{\"format\": \"%s\", \"samples\": %lld, \"shape\": [%d, %d, %d], \"type\": \"%s\", ",
                  p->format, (long long)p->view->n, d->shape.c, d->shape.h, d->shape.w,
                  d->pixel == MT_PIXEL_U8 ? "u8" : "f32");
    put_number(b, "min", p->summary.min);
    put_number(b, "max", p->summary.max);
    put_number(b, "mean", p->summary.mean);
    put_number(b, "deviation", p->summary.deviation);
    mt_buf_puts(b, "\"classes\": [");
    for (int c = 0; p->summary.of_class && c < d->classes; c++) {
        mt_buf_printf(b, "%s{\"name\": ", c ? ", " : "");
        mt_buf_json_string(b, d->class_name[c]);
        mt_buf_printf(b, ", \"samples\": %lld}", (long long)p->summary.of_class[c]);
    }
    mt_buf_puts(b, "], \"sources\": [");
    for (int k = 0; k < p->sources->n_sources; k++) {
        const struct mt_source *from = &p->sources->source[k];
        mt_buf_printf(b, "%s{\"path\": ", k ? ", " : "");
        mt_buf_json_string(b, from->path);
        mt_buf_printf(b, ", \"size\": %llu, \"sha256\": \"%s\"}", (unsigned long long)from->size,
                      from->sha256);
    }
    mt_buf_puts(b, "]}");
}

void data_print_json(const struct data_inspection *in, struct mt_buf *b)
{
    bool split = in->part[0].name != NULL;
    for (int i = 0; i < in->n; i++) {
        if (split)
            mt_buf_printf(b, "%s\"%s\": ", i ? ", " : "{", in->part[i].name);
        print_part_json(&in->part[i], b);
    }
    mt_buf_puts(b, split ? "}\n" : "\n");
}

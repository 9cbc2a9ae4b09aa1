/* summary.c: the parameter table and the planned memory. */
#include <stdio.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/train/model.h"

#define THIN "_________________________________________________________________\n"
#define THICK "=================================================================\n"

static void shape_text(struct mt_shape s, char *text, size_t size)
{
    if (s.h == 1 && s.w == 1)
        snprintf(text, size, "(None, %d)", s.c);
    else
        snprintf(text, size, "(None, %d, %d, %d)", s.h, s.w, s.c);
}

/* Parameters of the tensors named `layer/...`, state included (as Keras counts). */
static size_t layer_count(const struct mt_tensors *ts, const char *layer)
{
    size_t count = 0, len = strlen(layer);
    for (int i = 0; i < ts->n; i++)
        if (!strncmp(ts->list[i]->name, layer, len) && ts->list[i]->name[len] == '/')
            count += ts->list[i]->count;
    return count;
}

/* Of the head's state the centers are counted, as the published tables do; single numbers (t, lambda's
 * counter) are not. */
static size_t head_count(const struct mt_tensors *ts, const char *name)
{
    size_t count = 0, len = strlen(name);
    for (int i = 0; i < ts->n; i++) {
        const struct mt_tensor *t = ts->list[i];
        if (!strncmp(t->name, name, len) && t->name[len] == '/' && (t->trainable || t->count > 1))
            count += t->count;
    }
    return count;
}

static size_t total_count(const struct mt_model *m)
{
    size_t total = 0;
    for (int i = 0; i < m->n_heads; i++)
        total += head_count(&m->tensors, m->heads[i].name);
    for (int i = 0; i < mt_net_layers(m->net); i++)
        total += layer_count(&m->tensors, mt_net_layer(m->net, i)->name);
    return total;
}

static void row(struct mt_buf *out, const char *name, const char *type, struct mt_shape shape, size_t count)
{
    char left[80], middle[64];
    snprintf(left, sizeof left, "%s (%s)", name, type);
    shape_text(shape, middle, sizeof middle);
    mt_buf_printf(out, " %-27s %-25s %zu\n", left, middle, count);
}

/* "Total params: 55,693" */
static void put_total(struct mt_buf *out, const char *what, size_t count)
{
    size_t unit = 1;
    while (count / unit >= 1000)
        unit *= 1000;
    mt_buf_printf(out, "%s: %zu", what, count / unit);
    for (unit /= 1000; unit; unit /= 1000)
        mt_buf_printf(out, ",%03zu", count / unit % 1000);
    mt_buf_puts(out, "\n");
}

void mt_model_summary(const struct mt_model *m, struct mt_buf *out)
{
    size_t total = total_count(m), trained = mt_tensors_count(&m->tensors, true);
    mt_buf_printf(out, THIN " %-27s %-25s %s\n" THICK, "Layer (type)", "Output Shape", "Param #");
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        const struct mt_layer *l = mt_net_layer(m->net, i);
        row(out, l->name, l->type->kind.name, l->out, layer_count(&m->tensors, l->name));
    }
    for (int i = 0; i < m->n_heads; i++)
        row(out, m->heads[i].name, m->heads[i].head->type->kind.name, (struct mt_shape){m->classes, 1, 1},
            head_count(&m->tensors, m->heads[i].name));
    mt_buf_puts(out, THICK);
    put_total(out, "Total params", total);
    put_total(out, "Trainable params", trained);
    put_total(out, "Non-trainable params", total - trained);
    mt_buf_puts(out, THIN);
}

void mt_model_memory(const struct mt_model *m, struct mt_buf *out)
{
    mt_buf_puts(out, "Memory:");
    for (int a = 0; a < MT_AREAS; a++)
        if (m->plan.bytes[a])
            mt_buf_printf(out, "%s %s %.1f MiB", a ? "," : "", mt_area_name((enum mt_area)a),
                          (double)m->plan.bytes[a] / 1048576.0);
    mt_buf_printf(out, "; in all %.1f MiB\n", (double)mt_plan_total(&m->plan) / 1048576.0);
}

void mt_model_summary_json(const struct mt_model *m, struct mt_buf *out)
{
    size_t total = total_count(m), trained = mt_tensors_count(&m->tensors, true);
    mt_buf_puts(out, "\"layers\": [");
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        const struct mt_layer *l = mt_net_layer(m->net, i);
        mt_buf_puts(out, "{\"name\": ");
        mt_buf_json_string(out, l->name);
        mt_buf_printf(out, ", \"type\": \"%s\", \"output\": [%d, %d, %d], \"parameters\": %zu}, ",
                      l->type->kind.name, l->out.c, l->out.h, l->out.w, layer_count(&m->tensors, l->name));
    }
    for (int i = 0; i < m->n_heads; i++)
        mt_buf_printf(out, "%s{\"name\": \"%s\", \"type\": \"%s\", \"output\": [%d, 1, 1], \"parameters\": %zu}",
                      i ? ", " : "", m->heads[i].name, m->heads[i].head->type->kind.name, m->classes,
                      head_count(&m->tensors, m->heads[i].name));
    mt_buf_puts(out, "], ");
    mt_buf_printf(out, "\"parameters\": %zu, \"trainable\": %zu, \"not_trainable\": %zu", total, trained,
                  total - trained);
}

/* summary.c: the parameter table and the planned memory. */
#include <stdio.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/train/model.h"

#define RULE "_________________________________________________________________\n"

static void shape_text(struct mt_shape s, char *text, size_t size)
{
    if (s.h == 1 && s.w == 1)
        snprintf(text, size, "(%d)", s.c);
    else
        snprintf(text, size, "(%d, %d, %d)", s.h, s.w, s.c);
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

/* The head's weights are parameters; its state (centers, t, lambda's counter) is not counted, as in the
 * published tables. */
static size_t head_count(const struct mt_tensors *ts)
{
    size_t count = 0;
    for (int i = 0; i < ts->n; i++)
        if (!strncmp(ts->list[i]->name, "head/", 5) && ts->list[i]->trainable)
            count += ts->list[i]->count;
    return count;
}

static void row(struct mt_buf *out, const char *name, const char *type, struct mt_shape shape, size_t count)
{
    char left[80], middle[40];
    snprintf(left, sizeof left, "%s (%s)", name, type);
    shape_text(shape, middle, sizeof middle);
    mt_buf_printf(out, " %-30s %-20s %zu\n", left, middle, count);
}

void mt_model_summary(const struct mt_model *m, const struct mt_experiment *e, struct mt_buf *out)
{
    size_t total = head_count(&m->tensors), trained = mt_tensors_count(&m->tensors, true);
    mt_buf_printf(out, " %-30s %-20s %s\n" RULE, "Layer (type)", "Output shape", "Parameters");
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        const struct mt_layer *l = mt_net_layer(m->net, i);
        size_t count = layer_count(&m->tensors, l->name);
        total += count;
        row(out, l->name, l->type->kind.name, l->out, count);
    }
    row(out, "head", e->head.kind->name, (struct mt_shape){m->classes, 1, 1}, head_count(&m->tensors));
    mt_buf_printf(out, RULE " Total parameters: %zu\n Trainable: %zu\n Not trainable: %zu\n", total, trained,
                  total - trained);
}

void mt_model_memory(const struct mt_model *m, struct mt_buf *out)
{
    mt_buf_puts(out, " Memory:");
    for (int a = 0; a < MT_AREAS; a++)
        if (m->plan.bytes[a])
            mt_buf_printf(out, "%s %s %.1f MiB", a ? "," : "", mt_area_name((enum mt_area)a),
                          (double)m->plan.bytes[a] / 1048576.0);
    mt_buf_printf(out, "; in all %.1f MiB\n", (double)mt_plan_total(&m->plan) / 1048576.0);
}

void mt_model_summary_json(const struct mt_model *m, const struct mt_experiment *e, struct mt_buf *out)
{
    mt_buf_puts(out, "[");
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        const struct mt_layer *l = mt_net_layer(m->net, i);
        mt_buf_puts(out, "{\"name\": ");
        mt_buf_json_string(out, l->name);
        mt_buf_printf(out, ", \"type\": \"%s\", \"output\": [%d, %d, %d], \"parameters\": %zu}, ",
                      l->type->kind.name, l->out.c, l->out.h, l->out.w, layer_count(&m->tensors, l->name));
    }
    mt_buf_printf(out, "{\"name\": \"head\", \"type\": \"%s\", \"output\": [%d, 1, 1], \"parameters\": %zu}]",
                  e->head.kind->name, m->classes, head_count(&m->tensors));
}

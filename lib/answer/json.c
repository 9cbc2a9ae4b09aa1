/* json.c: a sweep's answer as JSON. */
#include "lib/answer/words.h"

static void json_run(const struct mt_answer *a, int task, struct mt_buf *out)
{
    const struct mt_task_run *t = &a->runs->task[task];
    const struct mt_comparison *c = &a->from_baseline;
    mt_buf_printf(out, "{\"index\": %d, \"seed\": %lld", task, (long long)a->sweep->task[task].seed);
    mt_buf_json_text(out, "run", a->sweep->task[task].run);
    mt_buf_json_text(out, "state", mt_task_state_names[t->state]);
    mt_buf_json_text(out, "reason", t->reason);
    mt_buf_puts(out, ", \"figures\": {");
    for (int m = 0; m < c->n_metrics && t->result >= 0; m++)
        mt_buf_json_real(out, c->metric[m], mt_result_figure(&a->runs->results.v[t->result], c->metric[m]),
                         9);
    mt_buf_puts(out, "}}");
}

static void json_metric(const struct mt_answer *a, int cell, int metric, struct mt_buf *out)
{
    const struct mt_comparison *c = &a->from_baseline;
    const struct mt_sample *s = &c->figure[cell * c->n_metrics + metric].seeds;
    mt_buf_puts(out, "{");
    mt_buf_json_text(out, "metric", c->metric[metric]);
    mt_buf_printf(out, ", \"seeds\": %d", s->n);
    mt_buf_json_real(out, "mean", s->mean, 17);
    mt_buf_json_real(out, "sd", s->sd, 17);
    mt_buf_json_real(out, "low", s->low, 17);
    mt_buf_json_real(out, "high", s->high, 17);
    mt_buf_puts(out, "}");
}

/* The cell's runs, by their index. Tasks of a cell need not stand together. */
static void json_runs(const struct mt_answer *a, int cell, struct mt_buf *out)
{
    int left = a->cell[cell].n_tasks;
    mt_buf_puts(out, "\"runs\": [");
    for (int i = a->cell[cell].first_task; left > 0; i++)
        if (a->sweep->task[i].cell == cell) {
            mt_buf_puts(out, left-- < a->cell[cell].n_tasks ? ",\n    " : "\n    ");
            json_run(a, i, out);
        }
    mt_buf_puts(out, "]");
}

static void json_cell(const struct mt_answer *a, int cell, struct mt_buf *out)
{
    const struct mt_comparison *c = &a->from_baseline;
    mt_buf_printf(out, "{\"cell\": %d", cell);
    mt_buf_json_text(out, "label", c->group[cell].label);
    mt_buf_puts(out, ", \"values\": {");
    for (int p = 0; p < a->sweep->n_parameters; p++)
        if (p != a->sweep->seed_parameter)
            mt_buf_json_text(out, a->sweep->parameter[p], mt_cell_value(a, cell, p));
    mt_buf_puts(out, "}, \"states\": {");
    for (int i = 0; i < MT_TASK_STATES; i++)
        mt_buf_printf(out, "%s\"%s\": %d", i ? ", " : "", mt_task_state_names[i], a->cell[cell].in_state[i]);
    mt_buf_printf(out, "}, \"candidate\": %s, \"validation_is_test\": %s, \"other_data\": %s,\n   ",
                  a->cell[cell].candidate ? "true" : "false",
                  c->group[cell].validation_is_test ? "true" : "false",
                  c->group[cell].other_data ? "true" : "false");
    json_runs(a, cell, out);
    mt_buf_puts(out, ",\n   \"metrics\": [");
    for (int m = 0; m < c->n_metrics; m++) {
        mt_buf_puts(out, m ? ",\n    " : "\n    ");
        json_metric(a, cell, m, out);
    }
    mt_buf_puts(out, "]}");
}

static void json_difference(const struct mt_comparison *c, int group, int metric, struct mt_buf *out)
{
    const struct mt_group_difference *d = &c->difference[group * c->n_metrics + metric];
    mt_buf_json_text(out, "metric", c->metric[metric]);
    mt_difference_json(d, out);
    mt_buf_puts(out, "}");
}

static void json_differences(const struct mt_comparison *c, const char *key, struct mt_buf *out)
{
    const char *comma = "";
    mt_buf_printf(out, ",\n \"%s\": [", key);
    for (int g = 0; g < c->n_groups; g++)
        for (int m = 0; m < c->n_metrics && g != c->baseline; m++) {
            mt_buf_printf(out, "%s\n  {\"cell\": %d, \"against\": %d", comma, g, c->baseline);
            json_difference(c, g, m, out);
            comma = ",";
        }
    mt_buf_puts(out, "]");
}

static void json_effects(const struct mt_answer *a, struct mt_buf *out)
{
    const char *comma = "";
    mt_buf_puts(out, ",\n \"effects\": [");
    for (int e = 0; e < a->n_effects; e++) {
        const struct mt_comparison *c = &a->effect[e].c;
        for (int g = 0; g < c->n_groups; g++)
            for (int m = 0; m < c->n_metrics && g != c->baseline; m++) {
                mt_buf_printf(out, "%s\n  {", comma);
                mt_buf_json_text(out, "parameter", a->sweep->parameter[a->effect[e].parameter]);
                mt_buf_json_text(out, "value", c->group[g].label);
                mt_buf_json_text(out, "against", c->group[c->baseline].label);
                mt_buf_printf(out, ", \"matched_cells\": %d", a->effect[e].cells[g]);
                json_difference(c, g, m, out);
                comma = ",";
            }
    }
    mt_buf_puts(out, "]");
}

static void json_head(const struct mt_answer *a, struct mt_buf *out)
{
    const struct mt_comparison *c = &a->from_baseline;
    static const char *const grounds[] = {"validation", "test", "train"};
    mt_buf_puts(out, "{");
    mt_buf_json_text(out, "sweep", a->sweep->name);
    mt_buf_json_text(out, "metric", a->sweep->section->metric.name);
    mt_buf_printf(out, ", \"goal\": \"%s\"", a->minimize ? "minimize" : "maximize");
    mt_buf_json_text(out, "reported", a->reported < 0 ? NULL : c->metric[a->reported]);
    mt_buf_printf(out, ", \"chosen_on\": \"%s\", \"candidates\": %d, \"seeds\": %d,\n \"best\": ",
                  grounds[a->ground], a->n_candidates, a->seeds_each);
    if (a->best < 0)
        mt_buf_puts(out, "null");
    else
        mt_buf_printf(out, "%d", a->best);
    mt_buf_printf(out, ", \"baseline\": %d, \"runs\": %d, \"states\": {", c->baseline, a->runs->n);
    for (int i = 0; i < MT_TASK_STATES; i++)
        mt_buf_printf(out, "%s\"%s\": %d", i ? ", " : "", mt_task_state_names[i], a->in_state[i]);
    mt_buf_puts(out, "}");
}

static void json_words(const struct mt_answer *a, struct mt_buf *out)
{
    struct mt_buf text = {0};
    const char *comma = "";
    mt_buf_puts(out, ",\n \"says\": [");
    for (int i = 0; i < MT_ANSWER_SENTENCES; i++)
        if (mt_answer_sentence(a, (enum mt_answer_sentence)i, &text)) {
            mt_buf_printf(out, "%s\n  ", comma);
            mt_buf_json_string(out, text.data ? text.data : "");
            mt_buf_clear(&text);
            comma = ",";
        }
    mt_buf_puts(out, "],\n \"notes\": [");
    for (int i = 0; mt_answer_note(a, i, &text); i++) {
        mt_buf_puts(out, i ? ",\n  " : "\n  ");
        mt_buf_json_string(out, text.data ? text.data : "");
        mt_buf_clear(&text);
    }
    mt_buf_puts(out, "]}\n");
    out->failed |= text.failed;
    mt_buf_release(&text);
}

void mt_answer_json(const struct mt_answer *a, struct mt_buf *out)
{
    json_head(a, out);
    mt_buf_puts(out, ",\n \"cells\": [");
    for (int i = 0; i < a->n_cells; i++) {
        mt_buf_puts(out, i ? ",\n  " : "\n  ");
        json_cell(a, i, out);
    }
    mt_buf_puts(out, "]");
    json_differences(&a->from_best, "from_best", out);
    json_differences(&a->from_baseline, "from_baseline", out);
    json_effects(a, out);
    json_words(a, out);
}

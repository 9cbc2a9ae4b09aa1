#include "lib/train/foresight.h"

#include <stdlib.h>

#include "lib/train/model_stages.h"

int mt_foresight_new(struct mt_foresight *f, struct mt_model *m, struct mt_err *err)
{
    size_t n = (size_t)m->stages.n;
    *f = (struct mt_foresight){.stage = calloc(n, sizeof *f->stage), .n = m->stages.n};
    if (!f->stage)
        return mt_err_memory(err, "what is known of the stages", n * sizeof *f->stage);
    for (int i = 0; i < f->n; i++) {
        mt_model_enter(m, i);
        struct mt_variant head = {.kind = &m->head->type->kind, .cfg = m->head_cfg};
        if (mt_feasibility_of(&f->stage[i], &head, m->classes, m->dim, m->arrangements, err) < 0) {
            mt_foresight_release(f);
            return -1;
        }
    }
    return 0;
}

void mt_foresight_release(struct mt_foresight *f)
{
    free(f->stage);
    *f = (struct mt_foresight){0};
}

void mt_foresight_json(const struct mt_foresight *f, const struct mt_model *m, struct mt_buf *out)
{
    for (int i = 0; i < f->n; i++) {
        const struct mt_stage *stage = &m->stages.v[i];
        mt_buf_puts(out, i ? ",\n {\"stage\": " : "[{\"stage\": ");
        mt_buf_json_string(out, stage->name);
        mt_buf_printf(out, ", \"head\": \"%s\", ", stage->head.kind->name);
        mt_feasibility_json(&f->stage[i], out);
        mt_buf_puts(out, "}");
    }
    mt_buf_puts(out, "]");
}

/* NaN is what NaN is. */
static bool same(double a, double b)
{
    return !(a < b) && !(a > b) && (a == a) == (b == b);
}

bool mt_foresight_repeats(const struct mt_foresight *f, int stage)
{
    const struct mt_feasibility *b = &f->stage[stage], *a = b - 1;
    return stage > 0 && a->margin == b->margin && a->warnings == b->warnings && same(a->s, b->s) &&
           same(a->f0, b->f0) && same(a->f_pi, b->f_pi) && same(a->trap.theta, b->trap.theta);
}

void mt_foresight_say(const struct mt_foresight *f, const struct mt_model *m, bool figures,
                      const struct mt_talker *talker)
{
    for (int i = 0; i < f->n; i++) {
        const struct mt_feasibility *stage = &f->stage[i];
        const char *where = f->n > 1 ? m->stages.v[i].name : "", *colon = f->n > 1 ? ": " : "";
        struct mt_buf line = {0};
        if (mt_foresight_repeats(f, i))
            continue;
        mt_feasibility_line(stage, &line);
        if (figures && stage->margin && line.data)
            mt_talk_text(talker, MT_TALK_NOTE, "%s%s%s", where, colon, line.data);
        mt_buf_release(&line);
        for (int w = 0; w < stage->warnings; w++)
            mt_talk_text(talker, MT_TALK_WARNING, "%s%s%s", where, colon, stage->warning[w]);
    }
}

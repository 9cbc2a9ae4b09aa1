/* notes.c: what a reader of a sweep's answer has to know beside it: runs that did not come through,
 * data that differ, which weights the figures are of. */
#include "lib/answer/words.h"

#include <string.h>

static bool is_told_of(enum mt_task_state state)
{
    return state == MT_TASK_COLLAPSED || state == MT_TASK_DIVERGED || state == MT_TASK_FAILED ||
           state == MT_TASK_DAMAGED;
}

static bool note_run(const struct mt_answer *a, int task, struct mt_buf *out)
{
    const struct mt_task_run *t = &a->runs->task[task];
    const struct mt_sweep_task *own = &a->sweep->task[task];
    if (!is_told_of(t->state))
        return false;
    mt_buf_printf(out, "%s, seed %lld (%s): %s%s%s", a->from_baseline.group[own->cell].label,
                  (long long)own->seed, own->run, mt_task_state_names[t->state], *t->reason ? ": " : "",
                  t->reason);
    if (t->state == MT_TASK_COLLAPSED)
        mt_buf_puts(out, "; its figures are in the means of its cell");
    return true;
}

static bool note_dropped(const struct mt_answer *a, struct mt_buf *out)
{
    int n = a->in_state[MT_TASK_DROPPED];
    if (n)
        mt_buf_printf(
            out,
            "%d run%s stopped early by successive halving, because others were better by then: no final "
            "figures, no part of any mean, difference or effect. Effects are those among the cells that were "
            "kept; what a grid of all cells would say of a parameter may differ",
            n, n == 1 ? " was" : "s were");
    return n > 0;
}

static bool note_validation(const struct mt_answer *a, struct mt_buf *out)
{
    for (int i = 0; i < a->n_cells; i++)
        if (a->from_baseline.group[i].validation_is_test) {
            mt_buf_puts(
                out,
                "marked cells: the validation samples are the test samples, so what was chosen by validation "
                "(the best cell, the best epoch) was chosen by the test figures");
            return true;
        }
    return false;
}

static bool note_other_data(const struct mt_answer *a, struct mt_buf *out)
{
    for (int i = 0; i < a->n_cells; i++)
        if (a->from_baseline.group[i].other_data) {
            mt_buf_puts(out, "not all cells were judged on the same test samples; differences between such "
                             "cells are partly "
                             "those of the samples");
            return true;
        }
    return false;
}

/* Which weights the figures are of. */
static bool note_checkpoint(const struct mt_answer *a, struct mt_buf *out)
{
    const char *word = NULL;
    for (int i = 0; i < a->runs->results.n; i++) {
        const char *own = mt_settings_get(&a->runs->results.v[i].settings, "eval.checkpoint");
        if (!own || (word && strcmp(own, word)))
            return false; /* differs between cells, or is not known */
        word = own;
    }
    if (!word)
        return false;
    mt_buf_printf(
        out,
        "test and validation figures are of the weights of the %s epoch (eval.checkpoint: %s); those of "
        "last_... and best_... are of the validation or training samples at the last and the best epoch",
        !strcmp(word, "best") ? "best" : "last", word);
    return true;
}

static bool note_no_effect(const struct mt_answer *a, struct mt_buf *out)
{
    const struct mt_sweep *s = a->sweep;
    const char *comma = "";
    struct mt_buf keys = {0};
    for (int p = 0; p < s->n_parameters; p++) {
        bool has = p == s->seed_parameter;
        for (int i = 0; i < a->n_effects; i++)
            has = has || a->effect[i].parameter == p;
        if (has)
            continue;
        mt_buf_printf(&keys, "%s%s", comma, s->parameter[p]);
        comma = ", ";
    }
    if (keys.len)
        mt_buf_printf(out, "no effect is given of %s: no two cells differ in nothing else", keys.data);
    out->failed |= keys.failed;
    bool any = keys.len > 0;
    mt_buf_release(&keys);
    return any;
}

bool mt_answer_note(const struct mt_answer *a, int at, struct mt_buf *out)
{
    static bool (*const general[])(const struct mt_answer *, struct mt_buf *) = {
        note_validation, note_other_data, note_dropped, note_checkpoint, note_no_effect};
    struct mt_buf text = {0};
    bool found = false;
    for (size_t i = 0; i < sizeof general / sizeof *general && !found; i++)
        if (general[i](a, &text)) {
            found = at-- == 0;
            if (!found)
                mt_buf_clear(&text);
        }
    for (int i = 0; i < a->runs->n && !found; i++)
        if (note_run(a, i, &text)) {
            found = at-- == 0;
            if (!found)
                mt_buf_clear(&text);
        }
    if (found)
        mt_buf_puts(out, text.data);
    out->failed |= text.failed;
    mt_buf_release(&text);
    return found;
}

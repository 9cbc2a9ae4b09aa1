/* resume.c: struct mt_resume as pairs of text. Doubles are written in hexadecimal, which keeps every bit. */
#include "lib/train/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type { TEXT, WHOLE, REAL, TRUTH };

static const struct row {
    const char *key;
    enum type type;
    size_t offset, size; /* size of a TEXT */
    bool origin;         /* says where a model comes from: kept without the rest too */
} rows[] = {
#define AT(member) offsetof(struct mt_resume, member)
#define SIZE(member) sizeof(((struct mt_resume *)0)->member)
    {"run_id", TEXT, AT(run_id), SIZE(run_id), true},
    {"numerics", TEXT, AT(numerics), SIZE(numerics), true},
    {"kernels", TEXT, AT(kernels), SIZE(kernels), true},
    {"openblas", TEXT, AT(openblas), SIZE(openblas), true},
    {"mixed", TRUTH, AT(mixed), 0, true},
    {"epoch", WHOLE, AT(epoch), 0, true},
    {"step", WHOLE, AT(step), 0, true},
    {"optim_t", WHOLE, AT(optim_t), 0, false},
    {"epoch_step", WHOLE, AT(epoch_step), 0, false},
    {"sums.n", WHOLE, AT(sums.n), 0, false},
    {"sums.loss", REAL, AT(sums.loss), 0, false},
    {"sums.score_loss", REAL, AT(sums.score_loss), 0, false},
    {"sums.target_cos", REAL, AT(sums.target_cos), 0, false},
    {"sums.correct", WHOLE, AT(sums.correct), 0, false},
    {"sums.leak_correct", WHOLE, AT(sums.leak_correct), 0, false},
    {"sums.zero", WHOLE, AT(sums.zero), 0, false},
    {"grad_norm_sum", REAL, AT(grad_norm_sum), 0, false},
    {"lr", REAL, AT(lr), 0, false},
    {"schedule.best", REAL, AT(schedule.best), 0, false},
    {"schedule.factor", REAL, AT(schedule.factor), 0, false},
    {"schedule.wait", WHOLE, AT(schedule.wait), 0, false},
    {"schedule.any", TRUTH, AT(schedule.any), 0, false},
    {"stop.best", REAL, AT(stop.best), 0, false},
    {"stop.best_epoch", WHOLE, AT(stop.best_epoch), 0, false},
    {"stop.wait", WHOLE, AT(stop.wait), 0, false},
    {"stop.any", TRUTH, AT(stop.any), 0, false},
    {"collapse.looks", WHOLE, AT(collapse.looks), 0, false},
    {"collapse.leaks", WHOLE, AT(collapse.leaks), 0, false},
    {"collapse.reason", TEXT, AT(collapse.reason), SIZE(collapse.reason), false},
#undef AT
#undef SIZE
};
#define ROWS (sizeof rows / sizeof *rows)
_Static_assert(ROWS <= MT_RESUME_NOTES, "the caller's array holds every row");

static char *value_text(const struct row *row, const void *at)
{
    char *text = NULL;
    int rc = 0;
    if (row->type == TEXT)
        return strdup(at);
    if (row->type == REAL)
        rc = asprintf(&text, "%a", *(const double *)at);
    else
        rc =
            asprintf(&text, "%lld", row->type == WHOLE ? (long long)*(const int64_t *)at : *(const bool *)at);
    return rc < 0 ? NULL : text;
}

static bool set_value(const struct row *row, void *at, const char *text)
{
    char *end = NULL;
    if (row->type == TEXT) {
        if (strlen(text) >= row->size)
            return false;
        strcpy(at, text);
        return true;
    }
    if (row->type == REAL)
        *(double *)at = strtod(text, &end);
    else if (row->type == WHOLE)
        *(int64_t *)at = strtoll(text, &end, 10);
    else
        *(bool *)at = strtol(text, &end, 10) != 0;
    return end != text && *end == 0;
}

int mt_resume_print(const struct mt_resume *r, bool full, struct mt_note note[MT_RESUME_NOTES], size_t *n,
                    struct mt_err *err)
{
    *n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (!full && !rows[i].origin)
            continue;
        char *text = value_text(&rows[i], (const char *)r + rows[i].offset);
        if (!text)
            return mt_err_memory(err, "a checkpoint", 64);
        note[(*n)++] = (struct mt_note){(char *)rows[i].key, text};
    }
    return 0;
}

int mt_resume_parse(struct mt_resume *r, bool full, const struct mt_safetensors *st, struct mt_err *err)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (!full && !rows[i].origin)
            continue;
        const char *text = mt_safetensors_note(st, rows[i].key);
        if (!text || !set_value(&rows[i], (char *)r + rows[i].offset, text))
            return mt_err_set(err, MT_ERR_DATA, "%s: is not a good checkpoint: '%s' is %s in its metadata",
                              st->path, rows[i].key, text ? "malformed" : "missing");
    }
    return 0;
}

void mt_resume_release(struct mt_resume *r)
{
    mt_buf_release(&r->history);
}

int mt_resume_match(const struct mt_resume *saved, const struct mt_resume *now, struct mt_err *err)
{
    const struct {
        const char *what, *saved, *now;
    } pair[] = {
        {"numerics version", saved->numerics, now->numerics},
        {"kernel set", saved->kernels, now->kernels},
        {"OpenBLAS", saved->openblas, now->openblas},
    };
    for (int i = 0; i < 3; i++)
        if (strcmp(pair[i].saved, pair[i].now))
            return mt_err_set(
                err, MT_ERR_USAGE,
                "this run was trained with %s '%s' and would go on with '%s', so its numbers "
                "would be of neither; go on where it began, allow it with --mix-kernels, or start "
                "over with --force",
                pair[i].what, pair[i].saved, pair[i].now);
    return 0;
}

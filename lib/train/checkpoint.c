#include "lib/train/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/train/rundir.h"

#define HISTORY "resume/history"
#define REMEDY "put a good copy back, or start over with --force"
#define ARRAY_NAME (MT_TENSOR_NAME + 40)

static void moment_name(char name[ARRAY_NAME], const struct mt_optim *o, int m, const struct mt_tensor *t)
{
    snprintf(name, ARRAY_NAME, "optim/%s/%s", o->type->moment_name[m], t->name);
}

/* --- saving --- */

static void add_array(struct mt_array *a, const char *name, const struct mt_tensor *t, const float *data)
{
    *a = (struct mt_array){.name = (char *)name, .dtype = MT_F32, .ndim = t->ndim, .data = data};
    for (int i = 0; i < t->ndim; i++)
        a->dim[i] = (uint64_t)t->dim[i];
}

/* Tensors, moments and history in this order; `names` holds those of the moments. Returns how many. */
static size_t list_arrays(struct mt_array *list, char (*names)[ARRAY_NAME], const struct mt_tensors *ts,
                          const struct mt_optim *o, const struct mt_resume *resume)
{
    size_t n = 0;
    for (int i = 0; i < ts->n; i++)
        add_array(&list[n++], ts->list[i]->name, ts->list[i], ts->list[i]->data);
    for (int m = 0; o && m < o->moments; m++) {
        for (int i = 0; i < ts->n; i++) {
            if (!ts->list[i]->trainable)
                continue;
            moment_name(*names, o, m, ts->list[i]);
            add_array(&list[n++], *names++, ts->list[i], o->moment[m][i]);
        }
    }
    if (o)
        list[n++] = (struct mt_array){.name = HISTORY,
                                      .dtype = MT_U8,
                                      .ndim = 1,
                                      .dim = {resume->history.len},
                                      .data = resume->history.data};
    return n;
}

static int save(const char *path, const char *keep, const struct mt_tensors *ts, const struct mt_optim *o,
                const struct mt_resume *resume, struct mt_err *err)
{
    struct mt_note note[MT_RESUME_NOTES];
    size_t most = (size_t)ts->n * (1 + MT_MOMENTS) + 1, n_notes = 0;
    struct mt_array *list = calloc(most, sizeof *list);
    char(*names)[ARRAY_NAME] = calloc(most, sizeof *names);
    struct mt_resume state = *resume;
    state.optim_t = o ? o->t : 0;
    int rc = list && names ? 0 : mt_err_memory(err, "a checkpoint", most * (sizeof *list + sizeof *names));
    if (rc == 0)
        rc = mt_resume_print(&state, o != NULL, note, &n_notes, err);
    if (rc == 0)
        rc = mt_safetensors_write(path, keep, list, list_arrays(list, names, ts, o, resume), note, n_notes,
                                  err);
    for (size_t i = 0; i < n_notes; i++)
        free(note[i].value);
    free(list);
    free(names);
    return rc;
}

int mt_checkpoint_save(const char *path, const struct mt_tensors *tensors, const struct mt_optim *optim,
                       const struct mt_resume *resume, struct mt_err *err)
{
    return save(path, NULL, tensors, optim, resume, err);
}

int mt_checkpoint_save_last(const char *dir, const struct mt_tensors *tensors, const struct mt_optim *optim,
                            const struct mt_resume *resume, struct mt_err *err)
{
    char *last = mt_path_join(dir, MT_CHECKPOINT_LAST), *prev = mt_path_join(dir, MT_CHECKPOINT_PREV);
    int rc =
        last && prev ? save(last, prev, tensors, optim, resume, err) : mt_err_memory(err, dir, strlen(dir));
    free(last);
    free(prev);
    return rc;
}

/* --- loading --- */

static void shape_text(const struct mt_array *a, char text[64])
{
    size_t at = 0;
    strcpy(text, "()");
    for (int i = 0; i < a->ndim && at < 64; i++)
        at += (size_t)snprintf(text + at, 64 - at, "%s%llu", i ? "x" : "", (unsigned long long)a->dim[i]);
}

static bool same_shape(const struct mt_array *a, const struct mt_tensor *t)
{
    if (a->dtype != MT_F32 || a->ndim != t->ndim)
        return false;
    for (int i = 0; i < a->ndim; i++)
        if (a->dim[i] != (uint64_t)t->dim[i])
            return false;
    return true;
}

static int differs(const struct mt_safetensors *st, const struct mt_array *a, const struct mt_tensor *t,
                   struct mt_err *err)
{
    struct mt_array want;
    char has[64], needs[64];
    add_array(&want, t->name, t, NULL);
    shape_text(&want, needs);
    shape_text(a, has);
    return mt_err_set(err, MT_ERR_DATA, "%s: is of another model: '%s' is %s%s there, and %s here", st->path,
                      a->name, has, a->dtype == MT_F32 ? "" : " of another type", needs);
}

/* The file holds an array for each tensor under the name that `m` gives it (-1: its own), of its shape. */
static int check_arrays(const struct mt_safetensors *st, const struct mt_tensors *ts,
                        const struct mt_optim *o, int m, struct mt_err *err)
{
    char name[ARRAY_NAME];
    for (int i = 0; i < ts->n; i++) {
        const struct mt_tensor *t = ts->list[i];
        if (m >= 0 && !t->trainable)
            continue;
        if (m >= 0)
            moment_name(name, o, m, t);
        const struct mt_array *a = mt_safetensors_find(st, m >= 0 ? name : t->name);
        if (!a)
            return mt_err_set(err, MT_ERR_DATA, "%s: is of another model: it has no '%s'", st->path,
                              m >= 0 ? name : t->name);
        if (!same_shape(a, t))
            return differs(st, a, t, err);
    }
    return 0;
}

static bool is_extra(const char *name)
{
    return !strncmp(name, "optim/", 6) || !strncmp(name, "resume/", 7);
}

static int check_no_others(const struct mt_safetensors *st, const struct mt_tensors *ts, struct mt_err *err)
{
    for (size_t i = 0; i < st->n_arrays; i++)
        if (!is_extra(st->array[i].name) && !mt_tensors_find(ts, st->array[i].name))
            return mt_err_set(err, MT_ERR_DATA, "%s: is of another model: this one has no '%s'", st->path,
                              st->array[i].name);
    return 0;
}

static int read_arrays(const struct mt_safetensors *st, struct mt_tensors *ts, struct mt_optim *o,
                       struct mt_err *err)
{
    char name[ARRAY_NAME];
    for (int i = 0; i < ts->n; i++) {
        struct mt_tensor *t = ts->list[i];
        if (mt_safetensors_read(st, mt_safetensors_find(st, t->name), t->data, err) < 0)
            return -1;
        for (int m = 0; o && t->trainable && m < o->moments; m++) {
            moment_name(name, o, m, t);
            if (mt_safetensors_read(st, mt_safetensors_find(st, name), o->moment[m][i], err) < 0)
                return -1;
        }
    }
    return 0;
}

static int read_history(const struct mt_safetensors *st, struct mt_buf *history, struct mt_err *err)
{
    const struct mt_array *a = mt_safetensors_find(st, HISTORY);
    if (!a || a->dtype != MT_U8)
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a good checkpoint: it has no '" HISTORY "'",
                          st->path);
    size_t len = (size_t)(a->end - a->begin);
    char *text = malloc(len + 1);
    int rc = text ? mt_safetensors_read(st, a, text, err) : mt_err_memory(err, st->path, len);
    mt_buf_clear(history);
    if (rc == 0)
        mt_buf_append(history, text, len);
    free(text);
    return rc == 0 && history->failed ? mt_err_memory(err, st->path, len) : rc;
}

int mt_checkpoint_load(const char *path, struct mt_tensors *tensors, struct mt_optim *optim,
                       struct mt_resume *resume, struct mt_err *err)
{
    struct mt_safetensors st;
    struct mt_resume state = {0};
    int rc = -1;
    if (mt_safetensors_open(&st, path, true, err) < 0)
        return -1;
    if (check_arrays(&st, tensors, NULL, -1, err) < 0 || check_no_others(&st, tensors, err) < 0)
        goto out;
    for (int m = 0; optim && m < optim->moments; m++)
        if (check_arrays(&st, tensors, optim, m, err) < 0)
            goto out;
    if ((optim || resume) && mt_resume_parse(&state, optim != NULL, &st, err) < 0)
        goto out;
    if (optim && read_history(&st, &state.history, err) < 0)
        goto out;
    if (read_arrays(&st, tensors, optim, err) < 0)
        goto out;
    if (optim)
        optim->t = state.optim_t;
    if (resume) {
        mt_resume_release(resume);
        *resume = state;
        state.history = (struct mt_buf){0};
    }
    rc = 0;
out:
    mt_resume_release(&state);
    mt_safetensors_close(&st);
    return rc;
}

static int load_last(const char *last, const char *prev, struct mt_tensors *tensors, struct mt_optim *optim,
                     struct mt_resume *resume, struct mt_buf *note, struct mt_err *err)
{
    struct mt_err first = {0}, second;
    int newest = mt_file_there(last, err), older = newest < 0 ? -1 : mt_file_there(prev, err);
    if (newest < 0 || older < 0)
        return -1;
    if (!newest && !older)
        return 0;
    if (mt_checkpoint_load(last, tensors, optim, resume, &first) == 0)
        return 1;
    if (first.kind == MT_ERR_RUN) /* it may well be good, and is only out of reach just now */
        return mt_err_set(err, first.kind, "%s", first.text);
    if (!older)
        return mt_err_set(err, first.kind, "%s, and there is none before it; " REMEDY, first.text);
    if (mt_checkpoint_load(prev, tensors, optim, resume, &second) < 0)
        return mt_err_set(err, first.kind, "%s; and %s; " REMEDY, first.text, second.text);
    mt_buf_printf(note, "%s; the checkpoint before it is used: %s", first.text, prev);
    return 1;
}

int mt_checkpoint_load_last(const char *dir, struct mt_tensors *tensors, struct mt_optim *optim,
                            struct mt_resume *resume, struct mt_buf *note, struct mt_err *err)
{
    char *last = mt_path_join(dir, MT_CHECKPOINT_LAST), *prev = mt_path_join(dir, MT_CHECKPOINT_PREV);
    int rc = last && prev ? load_last(last, prev, tensors, optim, resume, note, err)
                          : mt_err_memory(err, dir, strlen(dir));
    free(last);
    free(prev);
    return rc;
}

int mt_checkpoint_set_aside(const char *dir, struct mt_err *err)
{
    char *last = mt_path_join(dir, MT_CHECKPOINT_LAST), *bad = mt_path_join(dir, MT_CHECKPOINT_BAD);
    int rc = 0;
    if (!last || !bad)
        rc = mt_err_memory(err, dir, strlen(dir));
    else if (rename(last, bad) < 0 && errno != ENOENT)
        rc = mt_err_set(err, MT_ERR_RUN, "%s: cannot rename to %s: %s", last, bad, strerror(errno));
    free(last);
    free(bad);
    return rc;
}

/* --- starting from another model --- */

static char *find_in_run(const char *run)
{
    static const char *const names[] = {MT_CHECKPOINT_BEST, MT_CHECKPOINT_LAST, MT_CHECKPOINT_PREV};
    for (int i = 0; i < 3; i++) {
        char *file = NULL;
        if (asprintf(&file, "%s/checkpoints/%s", run, names[i]) < 0)
            return NULL;
        if (mt_file_exists(file))
            return file;
        free(file);
    }
    return NULL;
}

char *mt_checkpoint_find(const char *path, struct mt_err *err)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        mt_err_read(err, path, "open", errno);
        return NULL;
    }
    if (S_ISDIR(st.st_mode) && mt_run_check_format(path, err) < 0)
        return NULL;
    char *file = S_ISDIR(st.st_mode) ? find_in_run(path) : strdup(path);
    if (!file)
        mt_err_set(err, MT_ERR_DATA, "%s: has no checkpoint in it; name a run folder or a safetensors file",
                   path);
    return file;
}

static void list_unused(struct mt_buf *report, const char *name)
{
    mt_buf_puts(report, "  ");
    mt_buf_plain(report, name);
    mt_buf_puts(report, ": only in the file, not used\n");
}

/* Loads what fits; returns how many tensors did, or -1. */
static int load_matching(const struct mt_safetensors *st, struct mt_tensors *ts, struct mt_buf *report,
                         struct mt_err *err)
{
    char has[64], needs[64];
    int matched = 0;
    for (int i = 0; i < ts->n; i++) {
        struct mt_tensor *t = ts->list[i];
        const struct mt_array *a = mt_safetensors_find(st, t->name);
        struct mt_array want;
        if (!a) {
            mt_buf_printf(report, "  %s: not in the file, starts anew\n", t->name);
        } else if (!same_shape(a, t)) {
            add_array(&want, t->name, t, NULL);
            shape_text(&want, needs);
            shape_text(a, has);
            mt_buf_printf(report, "  %s: %s%s in the file, %s here; starts anew\n", t->name, has,
                          a->dtype == MT_F32 ? "" : " and not float32", needs);
        } else if (mt_safetensors_read(st, a, t->data, err) < 0) {
            return -1;
        } else {
            matched++;
        }
    }
    for (size_t i = 0; i < st->n_arrays; i++)
        if (!is_extra(st->array[i].name) && !mt_tensors_find(ts, st->array[i].name))
            list_unused(report, st->array[i].name);
    return matched;
}

int mt_checkpoint_init_from(const char *path, struct mt_tensors *tensors, struct mt_buf *report,
                            struct mt_err *err)
{
    struct mt_safetensors st;
    struct mt_buf lines = {0};
    char *file = mt_checkpoint_find(path, err);
    int rc = -1;
    if (!file)
        return -1;
    if (mt_safetensors_open(&st, file, false, err) < 0)
        goto out;
    int matched = load_matching(&st, tensors, &lines, err);
    if (matched == 0)
        mt_err_set(err, MT_ERR_DATA, "%s: has no tensor whose name and shape fit this model", file);
    if (matched > 0) {
        mt_buf_puts(report, "starting from ");
        mt_buf_plain(report, file);
        mt_buf_printf(report, ": %d of %d tensors\n", matched, tensors->n);
        mt_buf_append(report, lines.data, lines.len);
        rc = 0;
    }
    mt_safetensors_close(&st);
out:
    mt_buf_release(&lines);
    free(file);
    return rc;
}

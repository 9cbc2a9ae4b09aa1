/* checkpoints.c: each checkpoint of a run by its own checksum, and whether it is of this run and of the epoch
 * that status.json names. */
#include <stdlib.h>
#include <string.h>

#include "lib/train/checkpoint.h"
#include "lib/verify/check.h"

#define FOLDER "checkpoints/"
#define ENDING ".safetensors"

static bool is_checkpoint(const struct mt_layout_file *f)
{
    size_t len = strlen(f->name), end = strlen(ENDING);
    return (f->kind == MT_FILE_SAME || f->kind == MT_FILE_SPARE) &&
           !strncmp(f->name, FOLDER, strlen(FOLDER)) && len > end && !strcmp(f->name + len - end, ENDING);
}

static struct mt_checkpoint_found *place_of(struct mt_check *c, const char *name)
{
    name += strlen(FOLDER);
    return !strcmp(name, MT_CHECKPOINT_LAST)   ? &c->last
           : !strcmp(name, MT_CHECKPOINT_PREV) ? &c->prev
           : !strcmp(name, MT_CHECKPOINT_BEST) ? &c->best
                                               : NULL;
}

/* What does not fit in an unharmed checkpoint, or NULL. */
static const char *misfit(const struct mt_check *c, const struct mt_checkpoint_found *f,
                          const struct mt_resume *state)
{
    if (c->known && c->status.run_id[0] && strcmp(state->run_id, c->status.run_id))
        return "is a checkpoint of another run";
    if (c->ended && f == &c->last && state->epoch != c->status.epochs_done)
        return "is not of the epoch that status.json says was the last";
    if (c->ended && f == &c->best && state->epoch != c->status.best_epoch)
        return "is not of the epoch that status.json says was the best";
    return NULL;
}

static int judge(struct mt_check *c, const char *name, const struct mt_safetensors *st, uint64_t size,
                 struct mt_err *err)
{
    struct mt_checkpoint_found unused, *f = place_of(c, name);
    struct mt_resume state = {0};
    struct mt_err why;
    bool resumable = f == &c->last || f == &c->prev;
    if (mt_resume_parse(&state, resumable, st, &why) < 0)
        return mt_verdict_fault(c->verdict, err, name, &why);
    const char *problem = misfit(c, f, &state);
    if (problem)
        return mt_verdict_add(c->verdict, err, name, MT_FOUND_DAMAGED, "%s", problem);
    f = f ? f : &unused;
    f->good = true;
    f->epoch = state.epoch;
    f->step = state.step;
    if (mt_manifest_find(&c->manifest, name))
        return 0; /* counted already */
    c->verdict->bytes += size;
    return mt_verdict_add(c->verdict, err, name, MT_FOUND_GOOD, "of epoch %lld, step %lld",
                          (long long)state.epoch, (long long)state.step);
}

static int check(struct mt_check *c, const char *name, struct mt_err *err)
{
    struct mt_checkpoint_found *f = place_of(c, name);
    struct mt_safetensors st;
    struct mt_err why;
    if (f)
        f->there = true;
    if (mt_verdict_is_bad(c->verdict, c->verdict->n, name))
        return 0;
    if (!strcmp(name, FOLDER MT_CHECKPOINT_BAD))
        return mt_verdict_add(c->verdict, err, name, MT_FOUND_UNLISTED,
                              "a damaged checkpoint that a start has set aside; nothing needs it");
    char *path = mt_path_join(c->run, name);
    if (!path)
        return mt_err_memory(err, c->run, strlen(c->run));
    int rc = mt_safetensors_open(&st, path, true, &why);
    free(path);
    if (rc < 0)
        return mt_verdict_fault(c->verdict, err, name, &why);
    uint64_t size = st.data_at;
    for (size_t i = 0; i < st.n_arrays; i++)
        size += st.array[i].end - st.array[i].begin;
    rc = judge(c, name, &st, size, err);
    mt_safetensors_close(&st);
    return rc;
}

int mt_check_checkpoints(struct mt_check *c, struct mt_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < c->files.n && rc == 0; i++)
        if (is_checkpoint(&c->files.file[i]))
            rc = check(c, c->files.file[i].name, err);
    if (rc == 0 && !c->ended && !c->last.there && c->prev.good)
        rc = mt_verdict_add(c->verdict, err, FOLDER MT_CHECKPOINT_LAST, MT_FOUND_ABSENT,
                            "the one before it takes its place");
    return rc;
}

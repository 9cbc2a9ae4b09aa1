#include "lib/train/snapshot.h"

#include <stdlib.h>
#include <string.h>

int mt_snapshot_init(struct mt_snapshot *s, const struct mt_tensors *ts, struct mt_err *err)
{
    s->count = mt_tensors_count(ts, false);
    s->data = calloc(s->count, sizeof *s->data);
    return s->data ? 0 : mt_err_memory(err, "a copy of the weights", s->count * sizeof *s->data);
}

void mt_snapshot_release(struct mt_snapshot *s)
{
    free(s->data);
    memset(s, 0, sizeof *s);
}

void mt_snapshot_take(struct mt_snapshot *s, const struct mt_tensors *ts)
{
    float *at = s->data;
    for (int i = 0; i < ts->n; at += ts->list[i++]->count)
        memcpy(at, ts->list[i]->data, ts->list[i]->count * sizeof *at);
}

void mt_snapshot_swap(struct mt_snapshot *s, struct mt_tensors *ts)
{
    float *at = s->data;
    for (int i = 0; i < ts->n; at += ts->list[i++]->count) {
        for (size_t j = 0; j < ts->list[i]->count; j++) {
            float w = at[j];
            at[j] = ts->list[i]->data[j];
            ts->list[i]->data[j] = w;
        }
    }
}

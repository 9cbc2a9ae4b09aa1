/* talk.h: what a run tells the outside while it goes on. The library prints nothing; the command line does.
 */
#ifndef MT_TRAIN_TALK_H
#define MT_TRAIN_TALK_H

#include <stdbool.h>
#include <stdint.h>

enum mt_talk_kind {
    MT_TALK_NOTE,    /* text: a line worth reading (data, what is resumed, what was written) */
    MT_TALK_WARNING, /* text */
    MT_TALK_STEP,    /* after each step: epoch, step, and the epoch's means so far */
    MT_TALK_EPOCH,   /* after each epoch, validation included */
};

struct mt_talk {
    enum mt_talk_kind kind;
    const char *text;
    int64_t epoch, epochs; /* 1-based, planned */
    int64_t batch, batches;
    double loss, accuracy;         /* training, of the epoch so far; accuracy is label-free */
    double val_loss, val_accuracy; /* NaN: none */
    double seconds;                /* of the epoch so far */
    bool best;                     /* a new best epoch */
    bool unlogged;                 /* a warning that log.txt lacks lines, once */
};

struct mt_talker {
    void (*say)(void *arg, const struct mt_talk *talk);
    void *arg;
};

/* One line, whatever names and paths hold (lib/core/plain.h). */
void mt_talk_text(const struct mt_talker *t, enum mt_talk_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

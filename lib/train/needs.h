/* needs.h: the memory of a whole run, known before anything is trained: what stays, and what the evaluation
 * at its end takes on top. */
#ifndef MT_TRAIN_NEEDS_H
#define MT_TRAIN_NEEDS_H

#include "lib/core/buf.h"
#include "lib/core/memory.h"
#include "lib/train/setup.h"

struct mt_needs {        /* bytes */
    uint64_t program;    /* code, libraries, stacks, OpenBLAS's working space */
    uint64_t model;      /* the model's plan */
    uint64_t samples;    /* decoded samples */
    uint64_t lists;      /* labels, names, checksums, orders */
    uint64_t copies;     /* the weights of the best epoch, and the state before a step */
    uint64_t evaluation; /* embeddings, the search among them, centers, and the text of the files written */
    uint64_t reserved;   /* addresses for OpenBLAS's working space, most of which is never touched */
    int threads;
};

void mt_needs_of(struct mt_needs *n, const struct mt_setup *s, const struct mt_experiment *e);
uint64_t mt_needs_peak(const struct mt_needs *n);
/* One line: the parts, and their sum. */
void mt_needs_text(const struct mt_needs *n, struct mt_buf *out);
/* Fails, with the numbers, when a run needs more memory than there is; for a setup that is open, and a model
 * that is not committed yet. */
int mt_needs_check(const struct mt_needs *n, const struct mt_memory_there *there, const char *remedy,
                   struct mt_err *err);

#define MT_NEEDS_LESS                                                                                        \
    "use a smaller train.batch_size or model, fewer --threads, or lower data.memory so that images are "     \
    "streamed"

#endif

/* embed_format.h: the forms in which `embed` writes vectors. */
#ifndef CMD_EMBED_FORMAT_H
#define CMD_EMBED_FORMAT_H

#include "lib/train/evaluate.h"

/* Embeddings of samples, or the centers of classes: one of the first two is set. */
struct vectors {
    const struct mt_embedded *em;
    const struct mt_reference *ref;
    const char *const *class_name; /* NULL: the number is the name */
    int64_t n;
    int dim;
    const float *x;              /* (n, D) */
    const int32_t *label, *pred; /* (n); NULL: there are none */
    const int64_t
        *number; /* (n) of a sample in its source; of a center: how many samples it is the mean of */
};

struct embed_format {
    const char *name;
    bool binary;                                            /* not for a terminal */
    bool folder;                                            /* --out names a folder, and is needed */
    int (*write)(const struct vectors *v, const char *out); /* returns the exit code */
};

/* The one that --format names, csv without; NULL after saying what is wrong with it, or with --out. */
struct args;
const struct embed_format *embed_format_choose(const struct args *a);

#endif

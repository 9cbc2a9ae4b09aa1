/* model.h: network, head and optimizer of an experiment, in one block of memory. */
#ifndef MT_TRAIN_MODEL_H
#define MT_TRAIN_MODEL_H

#include "lib/data/loader.h"
#include "lib/head/head.h"
#include "lib/nn/net.h"
#include "lib/optim/optim.h"
#include "lib/train/stages.h"

struct mt_arrangements;

struct mt_model_head {
    struct mt_head *head;
    char *name; /* of its tensors */
};

struct mt_model {
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_net *net;
    struct mt_loader *loader; /* where samples are decoded or transformed when they are needed; else NULL */
    const struct mt_augment *augment; /* with random transforms, for training; else NULL */
    bool loading;                     /* the samples that were fed come from there */
    struct mt_stages stages;
    int stage;                   /* the one whose head, numbers and frozen layers hold */
    struct mt_head *head;        /* of that stage */
    struct mt_model_head *heads; /* of all stages, the last one's first */
    int n_heads;
    void *head_cfg;            /* the head's settings, with numbers that move in the stage */
    struct mt_optim *optim;    /* NULL when built for evaluation */
    struct mt_variants layers; /* the backbone, with l2_normalize appended for model.normalize */
    void *normalize_cfg;       /* that layer's struct */
    struct mt_pool *pool;
    struct mt_arrangements *arrangements; /* see mt_model_options */
    int max_batch, dim, classes;
    int32_t *label; /* (max_batch) the labels of the batch at hand */
    int32_t *row; /* (max_batch) 0, 1, 2, ...: the samples of a batch that was loaded; NULL without loader */
    float *dx;    /* (max_batch, D) gradient of the embeddings; NULL when built for evaluation */
};

struct mt_model_options {
    struct mt_shape input;
    int classes;
    bool training; /* with gradients and optimizer */
    bool streamed; /* some samples are decoded when they are needed */
    enum mt_pixel pixel;
    const struct mt_augment *augment;  /* stays where it is; may be NULL */
    const struct mt_kernels *kernels;  /* mt_kernels_pick() */
    const struct mt_bf16_engine *bf16; /* of train.precision: bf16; else NULL */
    struct mt_pool *pool;
    struct mt_arrangements *arrangements; /* of classes, that were found for other models; NULL: none */
};

/* Plans everything, enters the last stage and allocates nothing big: the parameter table and plan sizes can
 * be read. mt_model_commit allocates. On failure *key names the experiment's key at fault, or NULL. */
int mt_model_new(struct mt_model **out, const struct mt_experiment *e, const struct mt_model_options *options,
                 const char **key, struct mt_err *err);
int mt_model_commit(struct mt_model *m, struct mt_err *err);
void mt_model_free(struct mt_model *m);
void mt_model_init(struct mt_model *m, uint64_t seed); /* first weights */

/* Fills the network's input with samples index[0..n), n <= max_batch. */
void mt_model_input(struct mt_model *m, const struct mt_dataset *data, const struct mt_scale *scale,
                    const int32_t *index, int n);

/* The same for data that may be streamed or augmented. Feeding names the samples, index[first..n), that are
 * going to be asked for, `batch` at a time, and the epoch whose random transforms they get, or MT_NO_EPOCH;
 * each loading fills the network's input with the next of them, which are index[0..n) there. Fails where a
 * sample cannot be decoded. Data and index stay as they are until the last of them is loaded, until it fails,
 * or until mt_model_stop_feeding. */
int mt_model_feed(struct mt_model *m, const struct mt_dataset *data, const int32_t *index, int64_t n,
                  int64_t first, int batch, int64_t epoch, struct mt_err *err);
int mt_model_load(struct mt_model *m, const struct mt_dataset *data, const struct mt_scale *scale,
                  const int32_t *index, int n, struct mt_err *err);
void mt_model_stop_feeding(struct mt_model *m); /* what is still to come of the last feeding is not wanted */

/* The parameter table as Keras prints it: layer (type), output shape, parameters; totals. */
struct mt_buf;
void mt_model_summary(const struct mt_model *m, struct mt_buf *out);
/* The planned memory, one line. It depends on the number of threads: each has working space of its own. */
void mt_model_memory(const struct mt_model *m, struct mt_buf *out);
/* Members of a JSON object: "layers", an array of {name, type, output [C,H,W], parameters} with the heads
 * last, and the totals "parameters", "trainable", "not_trainable". */
void mt_model_summary_json(const struct mt_model *m, struct mt_buf *out);

#endif

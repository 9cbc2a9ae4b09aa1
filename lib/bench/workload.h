/* workload.h: one experiment measured: the training loop, inference, each layer, memory. */
#ifndef MT_BENCH_WORKLOAD_H
#define MT_BENCH_WORKLOAD_H

#include "lib/bench/machine.h"
#include "lib/bench/spread.h"
#include "lib/train/needs.h"
#include "lib/train/setup.h"

/* Random images in place of the experiment's own. */
struct mt_bench_random {
    int64_t n;             /* 0: the experiment's data */
    struct mt_shape shape; /* c == 0: that of the experiment's training data */
    int classes;           /* 0: likewise */
};

struct mt_bench_options {
    int threads; /* 0: one per processor */
    const char *cpu_limit;
    double seconds; /* to measure for, about; a slow network takes longer */
    struct mt_bench_random random;
};

/* One line of a step: a layer, or what stands beside the layers (type NULL). */
struct mt_bench_layer {
    char name[MT_LAYER_NAME];
    char type[96]; /* with what it absorbed: "conv2d max_pool"; "" for what is no layer */
    char kernel[MT_KERNEL_TEXT];
    bool bf16;                                /* kernel is of bf16 numbers */
    double forward_flops, backward_flops;     /* per image, by the direct count (docs/performance.md) */
    double forward_seconds, backward_seconds; /* of a batch */
};

struct mt_bench {
    const struct mt_kernels *kernels;
    const struct mt_bf16_engine *bf16; /* what multiplies in convolutions; NULL: they are float32 */
    int threads;
    int64_t images; /* training samples */
    int batch, dim, classes;
    size_t parameters;
    struct mt_shape shape;
    struct mt_spread train, infer;   /* images per second */
    double train_flops, infer_flops; /* per image */
    struct mt_bench_layer
        *layer; /* the layers that have work of their own, between the rows of the step's other parts */
    int n_layers;
    size_t planned[MT_AREAS];
    struct mt_needs
        needs;   /* of a whole run; of its parts, program, samples and lists are there while it measures */
    size_t peak; /* bytes that were in memory at most */
};

/* Opens the experiment, measures and releases it again. On failure *key names the experiment's key at fault,
 * or is NULL. */
int mt_bench_run(struct mt_bench *b, const struct mt_experiment *e, const struct mt_bench_options *options,
                 const struct mt_talker *talker, const char **key, struct mt_err *err);
void mt_bench_release(struct mt_bench *b);

/* The training loop alone with `threads` threads. */
int mt_bench_train_rate(struct mt_spread *rate, const struct mt_experiment *e,
                        const struct mt_bench_options *options, const struct mt_talker *talker,
                        const char **key, struct mt_err *err);

#endif

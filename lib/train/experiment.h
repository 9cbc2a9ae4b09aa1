/* experiment.h: the experiment file as a struct, and the table that describes it. */
#ifndef MT_TRAIN_EXPERIMENT_H
#define MT_TRAIN_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/fields.h"
#include "lib/train/slurm_section.h"

enum mt_monitor_mode { MT_MONITOR_MAX, MT_MONITOR_MIN };
enum mt_split_bit { MT_SPLIT_TRAIN = 1, MT_SPLIT_VALIDATION = 2, MT_SPLIT_TEST = 4 };
enum mt_knn_metric { MT_KNN_COSINE, MT_KNN_EUCLIDEAN };
enum mt_which { MT_CKPT_LAST, MT_CKPT_BEST };
enum mt_precision { MT_FLOAT32, MT_BF16 };

struct mt_experiment {
    char *name;
    int64_t seed;
    struct {
        struct mt_variant train, validation,
            test; /* of mt_format_table; validation and test may be absent or `split` */
        bool allow_test_as_validation;
        int64_t split_seed;
        double train_fraction; /* of each class, once the other splits are cut off; unset: all */
        int scale;      /* enum mt_scale_mode */
        double max;     /* for scale: unit; unset: the type's largest value */
        int64_t memory; /* bytes; unset: half of what there is */
        struct mt_variants augment; /* of mt_transform_table */
    } data;
    struct {
        struct mt_variants backbone; /* of mt_layer_table */
        bool normalize;
    } model;
    struct mt_variant head; /* of mt_head_table */
    struct {
        int64_t epochs, batch_size; /* epochs: of all stages together */
        bool shuffle, drop_last;
        struct mt_variant optimizer, schedule;
        int conv;         /* MT_CONV_DIRECT or MT_CONV_WINOGRAD */
        double clip_norm; /* unset: no clipping */
        struct {
            int monitor;      /* index into mt_monitor_names */
            int mode;         /* enum mt_monitor_mode; -1: by the monitor's name */
            int64_t patience; /* unset: no early stop */
            double min_delta;
            bool restore_best;
        } early_stop;
        char *init_from;
        struct mt_variants stages; /* of mt_stage_table, stages.h */
        int precision; /* enum mt_precision */
    } train;
    struct {
        int64_t knn_k, knn_references;
        int metric;     /* enum mt_knn_metric */
        int checkpoint; /* enum mt_which */
    } eval;
    struct {
        char *dir;
        unsigned embeddings; /* enum mt_split_bit */
    } output;
    struct mt_variant sweep; /* of mt_sweep_table: how this file makes many runs; says nothing about a single one */
    struct mt_slurm_section slurm; /* what its jobs ask a cluster for; likewise */
};

extern const struct mt_field mt_experiment_fields[];
extern const char *const mt_monitor_names[]; /* val_accuracy, val_loss, ...: columns of metrics.csv */

#endif

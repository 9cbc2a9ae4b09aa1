/* dataset.h: labelled images in memory, where they came from, and how a batch is taken from them. */
#ifndef MT_DATA_DATASET_H
#define MT_DATA_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/fields.h"
#include "lib/core/file.h"
#include "lib/core/pool.h"
#include "lib/math/lanes.h"

enum mt_pixel { MT_PIXEL_U8, MT_PIXEL_F32 };

struct mt_source { /* one file (or folder) that was read: the rows of data.json */
    char *path;
    uint64_t size;
    char sha256[MT_SHA256_HEX]; /* of a folder: over the sorted list of relative names and checksums */
};

struct mt_dataset {
    int64_t n;
    struct mt_shape shape; /* channels, height, width */
    enum mt_pixel pixel;
    void *pixels;          /* (n, C, H, W) of uint8_t or float; NULL when streamed */
    struct mt_file_stream *stream; /* 8-bit samples that are decoded when they are needed (stream.h); else NULL */
    double type_max;       /* largest value of the stored type: 255 for 8 bit, 65535 for 16 bit; 0: no such thing (float) */
    int32_t *label;        /* (n), in [0, classes); NULL without labels (predict) */
    int classes;
    char **class_name;     /* (classes) */
    char **sample_name;    /* (n) file of each sample, or NULL where samples have no names */
    struct mt_source *source;
    int n_sources;
};

void mt_dataset_release(struct mt_dataset *d);

struct mt_load_options {
    struct mt_pool *pool;
    bool labels;           /* false: read without labels (predict), even where there are some */
    const struct mt_dataset *like; /* classes and shape must agree with this one (test against train); may be NULL */
    uint64_t memory; /* bytes that samples may take in memory; 0: half of mt_memory_total() */
    int alpha; /* enum mt_alpha, for mt_images_load_files: what the training images were read with */
};

/* The bytes that options->memory stands for. */
uint64_t mt_load_memory(const struct mt_load_options *options);

struct mt_format_type {
    struct mt_kind kind;
    /* Fills *out (released by the caller on success only). Errors are MT_ERR_DATA and name file, line or index, and remedy. */
    int (*load)(const void *cfg, const struct mt_load_options *options, struct mt_dataset *out, struct mt_err *err);
};

/* Rows: idx, csv, images, and `split`, which stands for {from: train, last|fraction} and is not loadable itself. */
extern const struct mt_table mt_format_table;
extern const struct mt_kind mt_split_kind;

struct mt_split_cfg {
    int from;        /* choice: train */
    int64_t last;    /* the last N samples; or unset */
    double fraction; /* a stratified part drawn by split_seed; or unset */
};

/* Loads what a variant of mt_format_table (not split) names. */
int mt_dataset_load(const struct mt_variant *source, const struct mt_load_options *options, struct mt_dataset *out,
                    struct mt_err *err);

/* Single PNG and JPEG files, resized to shape (1 or 3 channels), without labels; samples and sources carry the names of the files.
 * Of the options pool and alpha count. */
int mt_images_load_files(const char *const *files, int n, struct mt_shape shape, const struct mt_load_options *options,
                         struct mt_dataset *out, struct mt_err *err);

/* A subset of a data set: indices in ascending order. */
struct mt_view {
    const struct mt_dataset *data;
    int32_t *index; /* (n) */
    int64_t n;
};
void mt_view_release(struct mt_view *v);
int mt_view_all(struct mt_view *v, const struct mt_dataset *d, struct mt_err *err);
/* Moves the samples that `split` names from `train` to `out`; the two are disjoint afterwards. A fraction is stratified: of a
 * class with k samples round(k * fraction), at least 1 and at most k - 1, go to `out`. An empty side is an error. */
int mt_view_split(struct mt_view *train, struct mt_view *out, const struct mt_split_cfg *split, uint64_t split_seed,
                  struct mt_err *err);

/* How pixels become numbers: (v - mean[c]) * gain[c]. */
#define MT_MAX_CHANNELS 4
struct mt_scale {
    float mean[MT_MAX_CHANNELS], gain[MT_MAX_CHANNELS];
};
enum mt_scale_mode { MT_SCALE_NONE, MT_SCALE_UNIT, MT_SCALE_STANDARDIZE };
/* unit divides by `max` (unset, NaN: the largest value of the type); standardize takes mean and deviation per channel from
 * the training view, on the threads of pool (may be NULL). */
int mt_scale_fit(struct mt_scale *s, enum mt_scale_mode mode, double max, const struct mt_view *train,
                 struct mt_pool *pool, struct mt_err *err);

/* Writes one block of 16 samples, [C][H][W][16]: lane l is sample index[l] for l < n, zeros beyond. */
void mt_batch_block(const struct mt_dataset *d, const struct mt_scale *s, const int32_t *index, int n, float *x);

/* Order of an epoch: a permutation of 0..n-1 that depends on (seed, epoch) alone; the identity when shuffle is false. */
void mt_epoch_order(int32_t *order, int64_t n, bool shuffle, uint64_t seed, uint32_t epoch);

extern const struct mt_table mt_transform_table; /* transform.h */

#endif

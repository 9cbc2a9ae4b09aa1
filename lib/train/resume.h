/* resume.h: where training stands between two steps, as a plain struct and as pairs of text in a checkpoint's
 * metadata. Nothing that depends on time is in it: the same training gives the same bytes. */
#ifndef MT_TRAIN_RESUME_H
#define MT_TRAIN_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"
#include "lib/core/file.h"
#include "lib/head/head.h"
#include "lib/optim/optim.h"
#include "lib/train/collapse.h"
#include "lib/train/safetensors.h"

#define MT_ORIGIN_TEXT 64

/* Where training stands between two steps. A plain struct but for `history`; zero it before use. */
struct mt_resume {
    /* What the numbers come from: a resume of another run is refused, and under anything else unless forced.
     */
    char run_id[MT_SHA256_HEX];
    char numerics[MT_ORIGIN_TEXT]; /* version of the numbers this program computes */
    char kernels[MT_ORIGIN_TEXT];  /* kernel set in use */
    char openblas[MT_ORIGIN_TEXT]; /* OpenBLAS version and core */
    bool mixed; /* some part was trained under another numerics, kernels or openblas, by force */

    int64_t epoch;      /* whole epochs done */
    int64_t step;       /* steps done since training began */
    int64_t optim_t;    /* the optimizer's count of them: set from it when saving, given to it when loading */
    int64_t epoch_step; /* steps done of the epoch under way; 0 between epochs */
    struct mt_head_stats sums; /* over the steps of the epoch under way */
    double grad_norm_sum;
    double lr; /* of the last step */

    struct mt_schedule_state schedule;
    struct { /* early stopping and the best checkpoint */
        double best;
        int64_t best_epoch, wait;
        bool any;
    } stop;
    struct { /* signs of a collapse (collapse.h) */
        int64_t looks, leaks;
        char reason[MT_COLLAPSE_TEXT];
    } collapse;

    struct mt_buf history; /* rows of metrics.csv, without its header */
};
void mt_resume_release(struct mt_resume *r);

/* Says what differs in numerics, kernels or openblas (MT_ERR_USAGE, with the remedy) between a loaded state
 * and this process. */
int mt_resume_match(const struct mt_resume *saved, const struct mt_resume *now, struct mt_err *err);

/* As pairs of text, all but `history`; with full false only where the model comes from (the first five
 * fields), epoch and step. The values are for free(), also on failure. */
#define MT_RESUME_NOTES 32
int mt_resume_print(const struct mt_resume *r, bool full, struct mt_note note[MT_RESUME_NOTES], size_t *n,
                    struct mt_err *err);
/* Fills the same from the metadata of a file. */
int mt_resume_parse(struct mt_resume *r, bool full, const struct mt_safetensors *st, struct mt_err *err);

#endif

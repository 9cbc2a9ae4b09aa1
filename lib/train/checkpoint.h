/* checkpoint.h: a model in a safetensors file, and with it what training needs to go on.
 *
 * Tensors go by their names (`conv1/kernel`, `head/weight`). A checkpoint to resume from also holds the
 * optimizer's moments as `optim/<moment>/<tensor>`, the rows of metrics.csv so far as the bytes of
 * `resume/history`, and every other field of struct mt_resume as text in the file's metadata. Nothing that
 * depends on time is in it: the same training gives the same bytes. */
#ifndef MT_TRAIN_CHECKPOINT_H
#define MT_TRAIN_CHECKPOINT_H

#include "lib/core/buf.h"
#include "lib/core/err.h"
#include "lib/core/tensor.h"
#include "lib/optim/optim.h"
#include "lib/train/resume.h"

#define MT_CHECKPOINT_BEST "best.safetensors"
#define MT_CHECKPOINT_LAST "last.safetensors"
#define MT_CHECKPOINT_PREV "last.prev.safetensors" /* the one before last */
#define MT_CHECKPOINT_BAD "last.bad.safetensors"   /* a last that did not verify, set aside */

/* Writes tensors, and with `optim` its moments and all of `resume`; without (NULL), only what resume says of
 * origin, epoch and step (best). The file appears whole or not at all. */
int mt_checkpoint_save(const char *path, const struct mt_tensors *tensors, const struct mt_optim *optim,
                       const struct mt_resume *resume, struct mt_err *err);
/* The same to last.safetensors of the folder `dir`; the last before it stays as last.prev.safetensors. */
int mt_checkpoint_save_last(const char *dir, const struct mt_tensors *tensors, const struct mt_optim *optim,
                            const struct mt_resume *resume, struct mt_err *err);

/* Fills every tensor, after checking that the file is unharmed and holds exactly this model's; MT_ERR_DATA
 * otherwise. With `optim` its t and moments are restored, and all of `resume`; without, only what resume says
 * of origin, epoch and step. Both may be NULL. A failure leaves some tensors changed only when the file
 * became unreadable half way. */
int mt_checkpoint_load(const char *path, struct mt_tensors *tensors, struct mt_optim *optim,
                       struct mt_resume *resume, struct mt_err *err);
/* Loads last.safetensors of `dir`, or last.prev.safetensors where that is missing or does not verify; `note`
 * is then told why. Returns 1 when loaded, 0 when there is neither, -1 when neither is good. */
int mt_checkpoint_load_last(const char *dir, struct mt_tensors *tensors, struct mt_optim *optim,
                            struct mt_resume *resume, struct mt_buf *note, struct mt_err *err);
/* After falling back: moves a bad last out of the way, so that the next save does not put it in the place of
 * the good one. The run folder's lock must be held. */
int mt_checkpoint_set_aside(const char *dir, struct mt_err *err);

/* Starts a model from the tensors of a file, or of a run folder (its best checkpoint, else its last), that
 * have the same name and shape. Files of other programs will do. The report gets one line on what matched and
 * one for each tensor that did not. No match at all is MT_ERR_DATA. */
int mt_checkpoint_init_from(const char *path, struct mt_tensors *tensors, struct mt_buf *report,
                            struct mt_err *err);
/* The file that init_from reads, for free(): `path` itself unless it is a folder. */
char *mt_checkpoint_find(const char *path, struct mt_err *err);

#endif

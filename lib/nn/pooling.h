/* pooling.h: what max_pool and avg_pool share, so that a convolution can take them over. */
#ifndef MT_NN_POOLING_H
#define MT_NN_POOLING_H

#include "lib/core/fields.h"
#include "lib/math/lanes.h"
#include "lib/math/window.h"

enum mt_padding { MT_VALID, MT_SAME };

extern const char *const mt_padding_names[]; /* in that order, for MT_CHOICE fields */

struct mt_pooling_cfg {
    char *name;
    struct mt_ints size;   /* one number or [height, width] */
    struct mt_ints stride; /* unset (n = 0): the size */
    int padding; /* enum mt_padding; padded elements never win and do not count in an average (Keras) */
};

extern const struct mt_field mt_pooling_fields[];
int mt_pooling_check(const void *cfg, const char **key, struct mt_err *err); /* for struct mt_kind */

/* The window of a pooling layer and what it makes of `in`, or why it does not fit. */
int mt_pooling_window(const struct mt_pooling_cfg *cfg, struct mt_shape in, struct mt_window *win,
                      struct mt_shape *out, struct mt_err *err);

/* Height or width of the output of a window of `size` with `stride` over `in` elements; *before is how many
 * padded elements stand before the first. `same` gives ceil(in / stride), with the odd padded element behind
 * (Keras). 0: does not fit. */
int mt_window_count(int in, int size, int stride, enum mt_padding padding, int *before);

struct mt_layer_type;
extern const struct mt_layer_type mt_max_pool, mt_avg_pool;

#endif

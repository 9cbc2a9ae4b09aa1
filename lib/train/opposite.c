#include "lib/train/opposite.h"

#include "lib/eval/angles.h"

#define NAMED 8 /* classes at most */
#define NAME_BYTES 40

int mt_opposite_classes(const struct mt_head *h, const struct mt_centers *centers,
                        const char *const *class_name, struct mt_buf *words)
{
    struct mt_buf list = {0};
    int n = 0;
    for (int k = 0; h->type->margin && k < centers->classes; k++) {
        const size_t at = (size_t)k * (size_t)centers->dim;
        double angle = centers->count[k] ? mt_angle(centers->x + at, h->weight->data + at, centers->dim) : 0;
        if (!(angle > 90) || ++n > NAMED)
            continue;
        mt_buf_puts(&list, n > 1 ? ", " : "");
        if (class_name)
            mt_buf_printf(&list, "%.*s (%.0f)", NAME_BYTES, class_name[k], angle);
        else
            mt_buf_printf(&list, "%d (%.0f)", k, angle);
    }
    if (n)
        mt_buf_printf(words,
                      "%d of %d classes %s on the far side from %s own weight, so that the head does not "
                      "predict %s (degrees between center and weight): %s%s",
                      n, centers->classes, n == 1 ? "stands" : "stand", n == 1 ? "its" : "their",
                      n == 1 ? "it" : "them", list.data ? list.data : "", n > NAMED ? ", ..." : "");
    words->failed |= list.failed;
    mt_buf_release(&list);
    return n;
}

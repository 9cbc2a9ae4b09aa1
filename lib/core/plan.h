/* plan.h: memory is planned first and committed once.
 *
 * While a network, head or optimizer is set up, each part registers where a pointer stands and how many bytes it
 * needs. The total is then known and can be printed or refused; commit allocates one block aligned to 64 bytes,
 * zeroes it and sets every pointer. Nothing is allocated in a training step. */
#ifndef MT_CORE_PLAN_H
#define MT_CORE_PLAN_H

#include <stddef.h>

#include "lib/core/err.h"

enum mt_area {
    MT_AREA_PARAM,   /* weights */
    MT_AREA_GRAD,    /* their gradients */
    MT_AREA_MOMENT,  /* what the optimizer remembers */
    MT_AREA_STATE,   /* moving statistics, centers, t */
    MT_AREA_ACT,     /* what forward keeps for backward */
    MT_AREA_SCRATCH, /* working space, contents not kept */
    MT_AREA_SAMPLES, /* batches decoded ahead of their use */
    MT_AREAS
};

struct mt_plan_slot {
    void **where;
    size_t bytes;
    enum mt_area area;
};

struct mt_plan {
    struct mt_plan_slot *slots;
    size_t n_slots, cap;
    size_t bytes[MT_AREAS]; /* planned so far, each slot rounded up to 64 */
    void *block;
    size_t block_bytes;
};

/* Registers `count` elements of `size` bytes for the pointer at `where` (a `T **` passed as void *). It must stay where
 * it is until commit. The pointer is NULL until then. Fails on overflow or without memory for the list. */
int mt_plan_add(struct mt_plan *plan, enum mt_area area, void *where, size_t count, size_t size, struct mt_err *err);
size_t mt_plan_total(const struct mt_plan *plan);
int mt_plan_commit(struct mt_plan *plan, struct mt_err *err);
/* Frees the block. The registered pointers are not touched: what held them may be gone already. */
void mt_plan_release(struct mt_plan *plan);
const char *mt_area_name(enum mt_area area);

#endif

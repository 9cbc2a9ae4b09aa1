#include "lib/core/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN 64

int mt_plan_add(struct mt_plan *plan, enum mt_area area, void *where, size_t count, size_t size,
                struct mt_err *err)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2 - mt_plan_total(plan))
        return mt_err_set(err, MT_ERR_RUN, "out of memory: the model needs more bytes than can be addressed");
    if (plan->n_slots == plan->cap) {
        size_t cap = plan->cap ? plan->cap * 2 : 64;
        struct mt_plan_slot *slots = realloc(plan->slots, cap * sizeof *slots);
        if (!slots)
            return mt_err_memory(err, "the memory plan", cap * sizeof *slots);
        plan->slots = slots;
        plan->cap = cap;
    }
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    plan->slots[plan->n_slots++] = (struct mt_plan_slot){where, bytes, area};
    plan->bytes[area] += bytes;
    memset(where, 0, sizeof(void *));
    return 0;
}

size_t mt_plan_total(const struct mt_plan *plan)
{
    size_t total = 0;
    for (int a = 0; a < MT_AREAS; a++)
        total += plan->bytes[a];
    return total;
}

int mt_plan_commit(struct mt_plan *plan, struct mt_err *err)
{
    size_t total = mt_plan_total(plan) + ALIGN;
    void *block = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return mt_err_memory(err, "training", total);
    madvise(block, total, MADV_HUGEPAGE); /* fewer TLB misses; a refusal does no harm */
    plan->block = block;
    plan->block_bytes = total;
    char *at = block;
    for (int area = 0; area < MT_AREAS; area++) {
        for (size_t i = 0; i < plan->n_slots; i++) {
            if (plan->slots[i].area != (enum mt_area)area)
                continue;
            void *p = at;
            memcpy(plan->slots[i].where, &p, sizeof p);
            at += plan->slots[i].bytes;
        }
    }
    return 0;
}

void mt_plan_release(struct mt_plan *plan)
{
    if (plan->block)
        munmap(plan->block, plan->block_bytes);
    free(plan->slots);
    memset(plan, 0, sizeof *plan);
}

const char *mt_area_name(enum mt_area area)
{
    static const char *const name[MT_AREAS] = {"weights",     "gradients", "moments",      "state",
                                               "activations", "scratch",   "batches ahead"};
    return name[area];
}

/* nearest_k.h: the k best of a stream of candidates, as a binary heap with the worst at its root. */
#ifndef MT_EVAL_NEAREST_K_H
#define MT_EVAL_NEAREST_K_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct mt_candidate {
    double distance;
    int32_t index;
};

struct mt_nearest_k {
    struct mt_candidate *heap; /* room for k */
    int n, k;
};

/* Of equal distances the smaller index is nearer. */
static inline bool mt_farther(struct mt_candidate a, struct mt_candidate b)
{
    return a.distance > b.distance || (a.distance == b.distance && a.index > b.index);
}

static inline double mt_nearest_k_limit(const struct mt_nearest_k *s) /* what a candidate must not exceed */
{
    return s->n < s->k ? INFINITY : s->heap[0].distance;
}

static inline void mt_nearest_k_sink(struct mt_candidate *heap, int n, struct mt_candidate c)
{
    int i = 0;
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && mt_farther(heap[child + 1], heap[child]))
            child++;
        if (!mt_farther(heap[child], c))
            break;
        heap[i] = heap[child];
    }
    heap[i] = c;
}

static inline void mt_nearest_k_offer(struct mt_nearest_k *s, struct mt_candidate c)
{
    if (s->n == s->k) {
        if (mt_farther(s->heap[0], c))
            mt_nearest_k_sink(s->heap, s->n, c);
        return;
    }
    int i = s->n++;
    for (int parent; i > 0 && mt_farther(c, s->heap[parent = (i - 1) / 2]); i = parent)
        s->heap[i] = s->heap[parent];
    s->heap[i] = c;
}

/* Sorts the heap, nearest first; it is no heap afterwards. */
static inline void mt_nearest_k_sort(struct mt_nearest_k *s)
{
    for (int n = s->n - 1; n > 0; n--) {
        struct mt_candidate last = s->heap[n];
        s->heap[n] = s->heap[0];
        mt_nearest_k_sink(s->heap, n, last);
    }
}

#endif

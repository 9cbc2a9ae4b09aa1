#include "lib/eval/knn.h"

#include <stdbool.h>
#include <stdlib.h>

#define CHUNK_CELLS (1 << 20) /* neighbors held at a time */

struct tally { /* of one class, among the neighbors of one query */
    int votes;
    double distance;
};

static bool ahead(const struct tally *tally, int32_t a, int32_t b)
{
    if (tally[a].votes != tally[b].votes)
        return tally[a].votes > tally[b].votes;
    if (tally[a].distance != tally[b].distance)
        return tally[a].distance < tally[b].distance;
    return a < b;
}

/* `tally` (classes) is zero before and after. */
static void vote(const int32_t *index, const double *distance, int k, const int32_t *ref_label,
                 struct tally *tally, const struct mt_ranking *out, int64_t i)
{
    int32_t first = -1, second = -1;
    int voters = 0;
    for (; voters < k && index[voters] >= 0; voters++) {
        struct tally *t = &tally[ref_label[index[voters]]];
        t->votes++;
        t->distance += distance[voters];
    }
    for (int j = 0; j < voters; j++) {
        int32_t c = ref_label[index[j]];
        if (c == first || c == second)
            continue;
        if (first < 0 || ahead(tally, c, first)) {
            second = first;
            first = c;
        } else if (second < 0 || ahead(tally, c, second)) {
            second = c;
        }
    }
    double lead = tally[first].votes - (second < 0 ? 0 : tally[second].votes);
    mt_ranking_set(out, i, first, second, (double)tally[first].votes / voters, lead / voters);
    for (int j = 0; j < voters; j++)
        tally[ref_label[index[j]]] = (struct tally){0};
}

/* The rows of a ranking from sample i on. */
static struct mt_ranking ranking_from(const struct mt_ranking *r, int64_t i)
{
    return (struct mt_ranking){r->pred + i, r->second ? r->second + i : NULL,
                               r->probability ? r->probability + i : NULL, r->margin ? r->margin + i : NULL};
}

int mt_knn_rank(const struct mt_neighbors *nb, const int32_t *ref_label, int classes, const float *query,
                int64_t n, int64_t self, int k, struct mt_pool *pool, const struct mt_ranking *out,
                struct mt_err *err)
{
    int rc = -1, dim = mt_neighbors_dim(nb);
    int64_t refs = mt_neighbors_count(nb) - (self >= 0);
    if (refs < 1)
        return mt_err_set(err, MT_ERR_DATA,
                          "there is no reference embedding that could vote; train on more samples, or raise "
                          "eval.knn_references");
    k = refs < k ? (int)refs : k;
    int64_t chunk = k < CHUNK_CELLS ? CHUNK_CELLS / k : 1;
    chunk = chunk < n ? chunk : n;
    size_t cells = (size_t)chunk * (size_t)k;
    int32_t *index = malloc(cells * sizeof *index + 1);
    double *distance = malloc(cells * sizeof *distance + 1);
    struct tally *tally = calloc((size_t)classes, sizeof *tally);
    if (!index || !distance || !tally) {
        mt_err_memory(err, "the neighbors' votes", cells * (sizeof *index + sizeof *distance));
        goto out;
    }
    for (int64_t start = 0; start < n; start += chunk) {
        int64_t rows = start + chunk < n ? chunk : n - start;
        struct mt_ranking part = ranking_from(out, start);
        if (mt_neighbors_find(nb, query + start * dim, rows, self >= 0 ? self + start : -1, k, pool, index,
                              distance, err) < 0)
            goto out;
        for (int64_t i = 0; i < rows; i++)
            vote(index + i * k, distance + i * k, k, ref_label, tally, &part, i);
    }
    rc = 0;
out:
    free(index);
    free(distance);
    free(tally);
    return rc;
}

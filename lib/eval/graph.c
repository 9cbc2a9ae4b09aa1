#include "lib/eval/graph.h"

#include <stdlib.h>
#include <string.h>

struct end {
    int32_t other;
    double weight;
};

/* The neighbors of all points, and whose neighbor each point is. Rows are sorted by the other end. */
struct ends {
    struct end *out, *in; /* (n k) */
    int64_t *in_start;    /* (n+1) */
};

static int by_other(const void *a, const void *b)
{
    int32_t x = ((const struct end *)a)->other, y = ((const struct end *)b)->other;
    return (x > y) - (x < y);
}

static void turn_around(struct ends *e, int64_t n, int k)
{
    int64_t *start = e->in_start;
    memset(start, 0, (size_t)(n + 1) * sizeof *start);
    for (int64_t c = 0; c < n * k; c++)
        if (e->out[c].other >= 0)
            start[e->out[c].other + 1]++;
    for (int64_t i = 0; i < n; i++)
        start[i + 1] += start[i];
    for (int64_t c = 0; c < n * k; c++)
        if (e->out[c].other >= 0)
            e->in[start[e->out[c].other]++] = (struct end){(int32_t)(c / k), e->out[c].weight};
    memmove(start + 1, start, (size_t)n * sizeof *start); /* each row's end is where the next one starts */
    start[0] = 0;
}

/* Appends row i, both lists merged, at edge `at`; with g->other NULL it only counts. Returns the next edge.
 */
static int64_t merge_row(struct mt_graph *g, const struct ends *e, int64_t i, int k,
                         double (*join)(double, double), int64_t at)
{
    const struct end *out = e->out + i * k, *in = e->in + e->in_start[i];
    const struct end *out_end = out + k, *in_end = e->in + e->in_start[i + 1];
    while (out < out_end && out->other < 0)
        out++;
    while (out < out_end || in < in_end) {
        int32_t a = out < out_end ? out->other : INT32_MAX, b = in < in_end ? in->other : INT32_MAX;
        double w_out = a <= b ? out++->weight : 0, w_in = b <= a ? in++->weight : 0;
        float weight = (float)join(w_out, w_in);
        if (!(weight > 0))
            continue;
        if (g->other) {
            g->other[at] = a < b ? a : b;
            g->weight[at] = weight;
        }
        at++;
    }
    return at;
}

static int fill(struct mt_graph *g, const struct ends *e, int k, double (*join)(double, double),
                struct mt_err *err)
{
    for (int64_t i = 0; i < g->n; i++)
        g->start[i + 1] = merge_row(g, e, i, k, join, g->start[i]);
    size_t edges = (size_t)g->start[g->n];
    g->other = malloc(edges * sizeof *g->other + 1);
    g->weight = malloc(edges * sizeof *g->weight + 1);
    if (!g->other || !g->weight)
        return mt_err_memory(err, "the neighbors' graph", edges * (sizeof *g->other + sizeof *g->weight));
    for (int64_t i = 0; i < g->n; i++)
        merge_row(g, e, i, k, join, g->start[i]);
    return 0;
}

/* Three edges of four are taken to be the same from both ends. */
uint64_t mt_graph_bytes(int64_t n, int k)
{
    uint64_t cell = sizeof(int32_t) + sizeof(double), edge = sizeof(int32_t) + sizeof(float);
    return (uint64_t)n * (uint64_t)k * (cell + 2 * sizeof(struct end) + edge + edge / 4) +
           2 * (uint64_t)n * sizeof(int64_t);
}

int mt_graph_join(struct mt_graph *g, const int32_t *index, const double *weight, int64_t n, int k,
                  double (*join)(double, double), struct mt_err *err)
{
    int rc = -1;
    size_t cells = (size_t)n * (size_t)k;
    struct ends e = {0};
    *g = (struct mt_graph){.n = n, .start = calloc((size_t)n + 1, sizeof *g->start)};
    e.out = malloc(cells * sizeof *e.out + 1);
    e.in = malloc(cells * sizeof *e.in + 1);
    e.in_start = malloc(((size_t)n + 1) * sizeof *e.in_start);
    if (!g->start || !e.out || !e.in || !e.in_start) {
        mt_err_memory(err, "the neighbors' graph", 2 * cells * sizeof *e.out);
        goto out;
    }
    for (size_t c = 0; c < cells; c++)
        e.out[c] = (struct end){index[c], weight[c]};
    for (int64_t i = 0; i < n; i++)
        qsort(e.out + i * k, (size_t)k, sizeof *e.out, by_other);
    turn_around(&e, n, k);
    rc = fill(g, &e, k, join, err);
out:
    free(e.out);
    free(e.in);
    free(e.in_start);
    if (rc < 0)
        mt_graph_release(g);
    return rc;
}

void mt_graph_release(struct mt_graph *g)
{
    free(g->start);
    free(g->other);
    free(g->weight);
    memset(g, 0, sizeof *g);
}

/* lockstep.c: runs single training steps for another program that holds the reference
 * (scripts/check-lockstep).
 *
 *   lockstep CONFIG [OPTIMIZER]
 *
 * First it prints one line for each tensor, `name trainable moments dims...`, and an empty line. Then, until
 * standard input ends, it reads a request and answers it, both in the machine's byte order without padding:
 *   request: int32 t (steps done), int32 n; each tensor's values, float32; of each trainable tensor, its
 * moments; images (n,784) float32; labels (n) int32 answer:  float64 mean loss; each trainable tensor's
 * gradient, float32; each tensor's values after the step; moments */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/golden_net.h"

enum { PIXELS = 784 };

static void give(const void *v, size_t size, size_t n)
{
    if (fwrite(v, size, n, stdout) != n)
        exit(1);
}

static void take(void *v, size_t size, size_t n)
{
    if (fread(v, size, n, stdin) != n) {
        fprintf(stderr, "lockstep: the request is cut off\n");
        exit(1);
    }
}

static void print_tensors(const struct golden_net *g)
{
    const struct mt_tensors *ts = &g->model->tensors;
    for (int i = 0; i < ts->n; i++) {
        const struct mt_tensor *t = ts->list[i];
        printf("%s %d %d", t->name, t->trainable, t->trainable ? g->model->optim->type->moments : 0);
        for (int d = 0; d < t->ndim; d++)
            printf(" %d", t->dim[d]);
        putchar('\n');
    }
    putchar('\n');
    fflush(stdout);
}

/* Calls take or give on every moment of every trainable tensor, in the tensors' order. */
static void each_moment(struct golden_net *g, bool reading)
{
    struct mt_optim *o = g->model->optim;
    for (int i = 0; i < g->model->tensors.n; i++) {
        const struct mt_tensor *t = g->model->tensors.list[i];
        for (int k = 0; t->trainable && k < o->type->moments; k++) {
            if (reading)
                take(o->moment[k][i], sizeof(float), t->count);
            else
                give(o->moment[k][i], sizeof(float), t->count);
        }
    }
}

static void answer(struct golden_net *g, int32_t t, int32_t n, float *x, int32_t *label)
{
    const struct mt_tensors *ts = &g->model->tensors;
    for (int i = 0; i < ts->n; i++)
        take(ts->list[i]->data, sizeof(float), ts->list[i]->count);
    each_moment(g, true);
    take(x, sizeof *x, (size_t)n * PIXELS);
    take(label, sizeof *label, (size_t)n);

    g->model->optim->t = t;
    double loss = golden_net_pass(g, n, x, label);
    give(&loss, sizeof loss, 1);
    for (int i = 0; i < ts->n; i++) {
        if (ts->list[i]->trainable)
            give(ts->list[i]->grad, sizeof(float), ts->list[i]->count);
    }
    golden_net_update(g);
    for (int i = 0; i < ts->n; i++)
        give(ts->list[i]->data, sizeof(float), ts->list[i]->count);
    each_moment(g, false);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct golden_net g;
    int32_t head[2];
    if (argc < 2 || golden_net_open(&g, argv[1], argc > 2 ? argv[2] : NULL) < 0)
        return 2;
    int most = g.model->max_batch;
    float *x = malloc((size_t)most * PIXELS * sizeof *x);
    int32_t *label = malloc((size_t)most * sizeof *label);
    if (!x || !label)
        return 1;
    print_tensors(&g);
    while (fread(head, sizeof head, 1, stdin) == 1) {
        if (head[1] < 1 || head[1] > most)
            return 2;
        answer(&g, head[0], head[1], x, label);
    }
    free(x);
    free(label);
    golden_net_close(&g);
    return 0;
}

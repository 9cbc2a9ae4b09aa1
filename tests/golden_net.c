#include "tests/golden_net.h"

#include <stdio.h>
#include <string.h>

#include "lib/math/gemm.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

static int build(struct golden_net *g, struct mt_err *err)
{
    const char *key;
    struct mt_model_options options = {.input = {1, SIDE, SIDE}, .classes = CLASSES, .training = true};
    if (mt_gemm_open(err) < 0 || mt_pool_new(&g->pool, 2, err) < 0)
        return -1;
    options.kernels = mt_kernels_pick(NULL);
    options.pool = g->pool;
    if (mt_model_new(&g->model, &g->e, &options, &key, err) < 0)
        return -1;
    return mt_model_commit(g->model, err);
}

int golden_net_open(struct golden_net *g, const char *path, const char *optimizer)
{
    struct mt_diag diag = {0};
    struct mt_err err = {.text = ""};
    char text[256];
    const char *set = text;
    memset(g, 0, sizeof *g);
    snprintf(text, sizeof text, "train.optimizer=%s", optimizer ? optimizer : "");
    if (mt_conf_load(&g->conf, path, &set, optimizer ? 1 : 0, &diag) == 0 &&
        mt_conf_bind(g->conf, mt_experiment_fields, &g->e, &diag) == 0 && build(g, &err) == 0)
        return 0;
    fprintf(stderr, "%s: %s%s\n", path, diag.errors ? diag.text.data : "", err.text);
    mt_diag_release(&diag);
    golden_net_close(g);
    return -1;
}

void golden_net_close(struct golden_net *g)
{
    mt_model_free(g->model);
    mt_pool_free(g->pool);
    mt_conf_free(g->conf);
    memset(g, 0, sizeof *g);
}

static void fill_input(struct mt_net *net, int n, const float *x)
{
    for (int block = 0; block < mt_blocks(n); block++) {
        float *to = mt_net_input(net, block);
        for (int i = 0; i < PIXELS; i++) {
            for (int lane = 0; lane < MT_LANES; lane++) {
                int sample = block * MT_LANES + lane;
                to[i * MT_LANES + lane] = sample < n ? x[sample * PIXELS + i] : 0.0f;
            }
        }
    }
}

double golden_net_pass(struct golden_net *g, int n, const float *x, const int32_t *label)
{
    struct mt_model *m = g->model;
    struct mt_pass pass = {.training = true, .n = n};
    struct mt_head_stats stats = {0};
    fill_input(m->net, n, x);
    const float *embedding = mt_net_forward(m->net, &pass);
    m->head->type->step(m->head, n, embedding, label, m->dx, &stats);
    mt_net_backward(m->net, &pass, m->dx);
    return stats.loss / n;
}

void golden_net_update(struct golden_net *g)
{
    mt_optim_step(g->model->optim, mt_optim_lr(g->model->optim), 1.0);
}

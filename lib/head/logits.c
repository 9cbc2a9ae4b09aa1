#include "lib/head/logits.h"

#include "lib/head/product.h"
#include "lib/math/lanes.h"

#define CHUNK_BYTES ((size_t)16 << 20)
#define TILE 128
#define MANY ((size_t)1 << 16) /* weights from which the products of a chunk are cut by their own outputs */
#define DX_ROWS 64
#define DX_COLUMNS 64
#define WORTH_WAKING 5000 /* multiplications: some microseconds */

/* A gradient smaller than this is 0: it moves nothing, and products with it would leave the normal numbers,
 * where arithmetic is slow. */
#define LEAST 0x1p-100

int mt_head_shards(int n)
{
    return mt_shards(mt_blocks(n));
}

struct mt_range mt_head_shard(int n, int shard)
{
    int blocks = mt_blocks(n), shards = mt_shards(blocks);
    int begin = mt_shard_start(shard, shards, blocks) * MT_LANES;
    int end = mt_shard_start(shard + 1, shards, blocks) * MT_LANES;
    return (struct mt_range){begin, end < n ? end : n};
}

int mt_head_tiles(int classes)
{
    return (classes + TILE - 1) / TILE;
}

struct mt_range mt_head_tile(int classes, int tile)
{
    int begin = tile * TILE, end = begin + TILE;
    return (struct mt_range){begin, end < classes ? end : classes};
}

void mt_head_tasks(struct mt_head *h, int tasks, size_t work, mt_task_fn *fn, void *arg)
{
    if (work >= WORTH_WAKING)
        mt_pool_run(h->pool, tasks, fn, arg);
    else
        for (int i = 0; i < tasks; i++)
            fn(arg, i, 0);
}

/* As many rows as fit into CHUNK_BYTES, or into the size of the weights where those are larger: whole blocks,
 * at least one. */
static int chunk_rows(const struct mt_head *h)
{
    size_t row = (size_t)h->classes * sizeof(float), budget = row * (size_t)h->dim;
    if (budget < CHUNK_BYTES)
        budget = CHUNK_BYTES;
    size_t rows = budget / row / MT_LANES * MT_LANES;
    if (rows < MT_LANES)
        rows = MT_LANES;
    return rows < (size_t)h->max_batch ? (int)rows : h->max_batch;
}

int mt_logits_plan(struct mt_head *h, struct mt_logits *l, struct mt_plan *plan, struct mt_err *err)
{
    size_t C = (size_t)h->classes;
    l->chunk = chunk_rows(h);
    if (mt_plan_add(plan, MT_AREA_SCRATCH, &l->sample, (size_t)h->max_batch, sizeof *l->sample, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &l->g, (size_t)l->chunk * C, sizeof *l->g, err) < 0)
        return -1;
    return 0;
}

struct job {
    struct mt_head *h;
    struct mt_logits *l;
    const struct mt_logits_pass *p;
    float *out;       /* scores only */
    int begin, count; /* the chunk */
};

/* Loss and statistics of one sample; with a gradient, its row of scores becomes its row of g. */
static void run_row(const struct job *job, int i, float *row)
{
    const struct mt_softmax_kernels *k = &job->h->k->softmax;
    int C = job->h->classes, y = job->p->label[i];
    struct mt_logits *l = job->l;
    struct mt_sample *s = &l->sample[i];
    struct mt_lse score, lse;
    double score_y = s->scale * (double)(job->p->bias ? row[y] + job->p->bias[y] : row[y]);
    double z = s->plain ? score_y : s->z, pull;
    if (l->negatives) {
        l->negatives(job->h, i, y, row, &score, &lse);
    } else {
        k->row(C, y, s->scale, job->p->bias, row, &lse);
        score = lse;
    }
    double log_sum = mt_lse_log(&lse);
    s->loss = s->score_loss = mt_softplus_slope(log_sum - z, &pull);
    s->pull = pull * s->scale / job->p->n < LEAST ? 0 : pull / job->p->n;
    s->leak = mt_lse_wins(&lse, y, z);
    if (!s->plain)
        s->score_loss = mt_softplus((l->negatives ? mt_lse_log(&score) : log_sum) - score_y);
    s->correct = mt_lse_wins(&score, y, score_y);
    if (!job->p->dx)
        return;
    float each = (float)(s->scale * s->pull / lse.sum);
    k->gradient(C, each, (float)LEAST / each, row);
    row[y] = l->linear ? (float)-s->pull : 0;
}

/* A shard of samples from their scores to their rows of g. */
static void run_rows(const struct job *job, struct mt_range r)
{
    size_t C = (size_t)job->h->classes;
    float *g = job->l->g + (size_t)r.begin * C;
    for (int i = r.begin; i < r.end; i++, g += C)
        run_row(job, job->begin + i, g);
}

/* Few weights: a shard of samples goes through all of it while its rows are in cache. */
static void run_shard(void *arg, int task, int worker)
{
    const struct job *job = arg;
    size_t C = (size_t)job->h->classes, D = (size_t)job->h->dim;
    struct mt_range r = mt_head_shard(job->count, task);
    size_t first = (size_t)(job->begin + r.begin) * D;
    float *g = job->l->g + (size_t)r.begin * C;
    (void)worker;
    mt_head_scores(r.end - r.begin, (int)C, (int)D, job->p->x + first, job->p->w, g, (int)C);
    run_rows(job, r);
    if (job->p->dx)
        mt_head_dx(r.end - r.begin, (int)C, (int)D, (int)D, g, job->p->w, job->p->dx + first);
}

/* Many weights: the same in three runs, so that each weight is read once per chunk and not once per shard. */
static void run_scores(void *arg, int task, int worker)
{
    const struct job *job = arg;
    size_t D = (size_t)job->h->dim;
    struct mt_range r = mt_head_tile(job->h->classes, task);
    (void)worker;
    mt_head_scores(job->count, r.end - r.begin, (int)D, job->p->x + (size_t)job->begin * D,
                   job->p->w + (size_t)r.begin * D, job->l->g + r.begin, job->h->classes);
}

static void run_rows_only(void *arg, int task, int worker)
{
    const struct job *job = arg;
    (void)worker;
    run_rows(job, mt_head_shard(job->count, task));
}

static int dx_tiles(const struct job *job)
{
    return (job->count + DX_ROWS - 1) / DX_ROWS * ((job->h->dim + DX_COLUMNS - 1) / DX_COLUMNS);
}

static void run_dx(void *arg, int task, int worker)
{
    const struct job *job = arg;
    int C = job->h->classes, D = job->h->dim, across = (D + DX_COLUMNS - 1) / DX_COLUMNS;
    int row = task / across * DX_ROWS, column = task % across * DX_COLUMNS;
    int rows = job->count - row < DX_ROWS ? job->count - row : DX_ROWS;
    int columns = D - column < DX_COLUMNS ? D - column : DX_COLUMNS;
    (void)worker;
    mt_head_dx(rows, C, D, columns, job->l->g + (size_t)row * (size_t)C, job->p->w + column,
               job->p->dx + (size_t)(job->begin + row) * (size_t)D + column);
}

static void run_tile(void *arg, int task, int worker)
{
    const struct job *job = arg;
    int C = job->h->classes, D = job->h->dim;
    struct mt_range r = mt_head_tile(C, task);
    const float *x = job->p->x + (size_t)job->begin * (size_t)D;
    const float *g = job->l->g + r.begin;
    (void)worker;
    mt_head_dw(job->count, r.end - r.begin, D, g, C, x, job->begin > 0,
               job->p->dw + (size_t)r.begin * (size_t)D);
    if (!job->p->db)
        return;
    float *db = job->p->db + r.begin;
    for (int j = 0; job->begin == 0 && j < r.end - r.begin; j++)
        db[j] = 0;
    for (int i = 0; i < job->count; i++, g += C)
        for (int j = 0; j < r.end - r.begin; j++)
            db[j] += g[j];
}

void mt_logits_run(struct mt_head *h, struct mt_logits *l, const struct mt_logits_pass *p)
{
    struct job job = {.h = h, .l = l, .p = p};
    bool many = (size_t)h->classes * (size_t)h->dim >= MANY;
    for (job.begin = 0; job.begin < p->n; job.begin += job.count) {
        job.count = p->n - job.begin < l->chunk ? p->n - job.begin : l->chunk;
        size_t work = (size_t)job.count * (size_t)h->classes * (size_t)(h->dim + 16);
        if (!many) {
            mt_head_tasks(h, mt_head_shards(job.count), work, run_shard, &job);
        } else {
            mt_head_tasks(h, mt_head_tiles(h->classes), work, run_scores, &job);
            mt_head_tasks(h, mt_head_shards(job.count), work, run_rows_only, &job);
            if (p->dx)
                mt_head_tasks(h, dx_tiles(&job), work, run_dx, &job);
        }
        if (p->dw)
            mt_head_tasks(h, mt_head_tiles(h->classes), work, run_tile, &job);
    }
}

void mt_logits_sum(const struct mt_logits *l, int n, struct mt_head_stats *sum)
{
    for (int i = 0; i < n; i++) {
        const struct mt_sample *s = &l->sample[i];
        sum->loss += s->loss;
        sum->score_loss += s->score_loss;
        sum->target_cos += s->cos;
        sum->correct += s->correct;
        sum->leak_correct += s->leak;
        sum->zero += s->zero;
    }
    sum->n += n;
}

static void score_shard(void *arg, int task, int worker)
{
    const struct job *job = arg;
    size_t C = (size_t)job->h->classes, D = (size_t)job->h->dim;
    struct mt_range r = mt_head_shard(job->count, task);
    float *out = job->out + (size_t)r.begin * C;
    (void)worker;
    mt_head_scores(r.end - r.begin, (int)C, (int)D, job->p->x + (size_t)r.begin * D, job->p->w, out, (int)C);
    for (int i = r.begin; i < r.end; i++, out += C) {
        float scale = (float)job->l->sample[i].scale;
        for (size_t j = 0; j < C; j++)
            out[j] = (job->p->bias ? out[j] + job->p->bias[j] : out[j]) * scale;
    }
}

void mt_logits_score(struct mt_head *h, struct mt_logits *l, const struct mt_logits_pass *p, float *out)
{
    struct job job = {.h = h, .l = l, .p = p, .out = out, .count = p->n};
    mt_head_tasks(h, mt_head_shards(p->n), (size_t)p->n * (size_t)h->classes * (size_t)h->dim, score_shard,
                  &job);
}

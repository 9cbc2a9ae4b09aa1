#include "lib/train/needs.h"

#include <string.h>

#include "lib/data/stream.h"
#include "lib/math/gemm.h"

#define MIB 1048576.0
#define PROGRAM (UINT64_C(13) << 19) /* measured */
#define PER_THREAD (UINT64_C(1) << 20)
#define HEAP_UNIT 16 /* what a small piece of memory is rounded up to, its head included */

static uint64_t list_bytes(const struct mt_dataset *d)
{
    uint64_t n = (uint64_t)d->n, bytes = d->label ? 4 * n : 0;
    for (uint64_t i = 0; d->sample_name && i < n; i++)
        bytes += sizeof(char *) + (strlen(d->sample_name[i]) + 9 + HEAP_UNIT - 1) / HEAP_UNIT * HEAP_UNIT;
    return bytes + 4 * n + (d->stream ? MT_DIGEST * n : 0); /* and the indices of its views */
}

/* A line of an embeddings file: numbers of 12 digits, and what names the sample. */
static uint64_t embedding_text(int64_t n, int dim)
{
    return (uint64_t)n * (uint64_t)(30 + 12 * dim);
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What judging one split takes: its embeddings, then the nearest centers or the text of a file. */
static uint64_t judging(const struct mt_view *v, const struct mt_setup *s, bool written)
{
    uint64_t n = (uint64_t)v->n, row = 4 * (uint64_t)s->model->dim;
    uint64_t centers = 2 * (uint64_t)s->model->classes * row + 24 * n;
    return n == 0 ? 0
                  : n * (row + 32) +
                        most(centers, most(written ? embedding_text(v->n, s->model->dim) : 0, 80 * n));
}

/* See evaluate.c: training embeddings and their ranking, the voters' copy and their search, the centers; then
 * the sums that centers are made from, or a split. */
static uint64_t evaluation(const struct mt_setup *s, const struct mt_experiment *e)
{
    const struct mt_splits *p = &s->splits;
    uint64_t n = (uint64_t)p->train.n, row = 4 * (uint64_t)s->model->dim,
             classes = (uint64_t)s->model->classes;
    uint64_t voters = n < (uint64_t)e->eval.knn_references ? n : (uint64_t)e->eval.knn_references;
    uint64_t stays = n * (row + 20) + voters * ((voters < n ? 2 : 1) * row + 9) + classes * (row + 8);
    uint64_t text = e->output.embeddings & MT_SPLIT_TRAIN ? embedding_text(p->train.n, s->model->dim) : 0;
    uint64_t splits = most(judging(&p->validation, s, e->output.embeddings & MT_SPLIT_VALIDATION),
                           judging(&p->test, s, e->output.embeddings & MT_SPLIT_TEST));
    return stays + most(most(classes * 2 * row, text), splits);
}

void mt_needs_of(struct mt_needs *n, const struct mt_setup *s, const struct mt_experiment *e)
{
    const struct mt_splits *p = &s->splits;
    const struct mt_tensors *ts = &s->model->tensors;
    size_t all = mt_tensors_count(ts, false);
    *n = (struct mt_needs){
        .program = PROGRAM + (uint64_t)mt_pool_threads(s->pool) * PER_THREAD,
        .model = mt_plan_total(&s->model->plan),
        .samples = mt_splits_bytes(p),
        .lists = list_bytes(&p->train_data) + list_bytes(&p->validation_data) + list_bytes(&p->test_data) +
                 4 * (uint64_t)p->train.n,
        .copies = s->model->optim ? 4 * (uint64_t)(2 * all - mt_tensors_count(ts, true)) : 0,
        .evaluation = evaluation(s, e),
        .reserved = mt_gemm_workspace(mt_pool_threads(s->pool)),
        .threads = mt_pool_threads(s->pool),
    };
}

uint64_t mt_needs_peak(const struct mt_needs *n)
{
    return n->program + n->model + n->samples + n->lists + n->copies + n->evaluation;
}

void mt_needs_text(const struct mt_needs *n, struct mt_buf *out)
{
    mt_buf_printf(out,
                  "program %.1f MiB, model %.1f MiB, samples %.1f MiB, their lists %.1f MiB, copies of "
                  "weights %.1f MiB, "
                  "final evaluation %.1f MiB; in all about %.1f MiB",
                  (double)n->program / MIB, (double)n->model / MIB, (double)n->samples / MIB,
                  (double)n->lists / MIB, (double)n->copies / MIB, (double)n->evaluation / MIB,
                  (double)mt_needs_peak(n) / MIB);
}

/* Samples and lists are mapped already. */
static int check_addresses(const struct mt_needs *n, const struct mt_memory_there *there, const char *remedy,
                           struct mt_err *err)
{
    uint64_t to_come = n->model + n->copies + n->evaluation + n->reserved;
    if (to_come <= there->addresses)
        return 0;
    return mt_err_set(err, MT_ERR_RUN,
                      "the run needs %.1f MiB of address space more, and %s leaves %.1f MiB: model %.1f MiB, "
                      "copies of weights "
                      "%.1f MiB, final evaluation %.1f MiB, OpenBLAS's working space for %d thread%s %.1f "
                      "MiB; raise the limit, %s",
                      (double)to_come / MIB, there->addresses_by, (double)there->addresses / MIB,
                      (double)n->model / MIB, (double)n->copies / MIB, (double)n->evaluation / MIB,
                      n->threads, n->threads == 1 ? "" : "s", (double)n->reserved / MIB, remedy);
}

int mt_needs_check(const struct mt_needs *n, const struct mt_memory_there *there, const char *remedy,
                   struct mt_err *err)
{
    struct mt_buf text = {0};
    if (mt_needs_peak(n) <= there->real)
        return check_addresses(n, there, remedy, err);
    mt_needs_text(n, &text);
    mt_err_set(err, MT_ERR_RUN, "the run needs more memory than the %.1f MiB that %s has for it: %s; %s",
               (double)there->real / MIB, there->real_by, text.data ? text.data : "", remedy);
    mt_buf_release(&text);
    return -1;
}

#include "lib/train/collapse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAK 0.25
#define WEIGHTS 0.5
#define RANK 1.25
#define FLOOR 0.5
#define LOOKS 2
#define LEAKS 10

enum sign { SIGN_LEAK = 1, SIGN_OPPOSITE = 2, SIGN_WEIGHTS = 4, SIGN_RANK = 8, SIGN_FLOOR = 16 };

void mt_collapse_watch(struct mt_collapse *c, const struct mt_head *head, double floor, int64_t epochs)
{
    c->margin = head->type->margin != NULL;
    c->flat = head->dim < 2 || head->classes < 3;
    c->floor = floor;
    c->epochs = epochs;
}

/* A figure that was not measured shows nothing, whichever way it is compared. */
static unsigned signs_of(const struct mt_collapse *c, const struct mt_metrics *row)
{
    unsigned signs = 0;
    bool validated = !isnan(row->val_accuracy);
    if (row->train_leak_accuracy - row->train_accuracy >= LEAK &&
        (!validated || row->val_leak_accuracy - row->val_accuracy >= LEAK))
        signs |= SIGN_LEAK;
    if (row->mean_target_cos < 0)
        signs |= SIGN_OPPOSITE;
    if (row->mean_weight_cos > WEIGHTS)
        signs |= SIGN_WEIGHTS;
    if (!c->flat && row->embedding_rank < RANK)
        signs |= SIGN_RANK;
    if (row->train_loss < FLOOR * c->floor)
        signs |= SIGN_FLOOR;
    return signs;
}

static bool looks_collapsed(unsigned signs)
{
    unsigned strong = signs & (SIGN_LEAK | SIGN_OPPOSITE | SIGN_WEIGHTS | SIGN_RANK);
    return __builtin_popcount(strong) > 1 || (signs & SIGN_LEAK && signs & SIGN_FLOOR);
}

static void describe(struct mt_collapse *c, const struct mt_metrics *row, unsigned signs)
{
    size_t len = 0;
    const char *comma = "";
#define SAY(...)                                                                                             \
    do {                                                                                                     \
        len += (size_t)snprintf(c->reason + len, sizeof c->reason - len, "%s", comma);                       \
        len += (size_t)snprintf(c->reason + len, sizeof c->reason - len, __VA_ARGS__);                       \
        comma = "; ";                                                                                        \
    } while (0)
    if (signs & SIGN_LEAK)
        SAY("accuracy is %.3f with the label fed in and %.3f without", row->train_leak_accuracy,
            row->train_accuracy);
    if (signs & SIGN_OPPOSITE)
        SAY("embeddings point away from their class (mean cosine %.3f)", row->mean_target_cos);
    if (signs & SIGN_WEIGHTS)
        SAY("the class weights have drawn together (mean cosine %.3f)", row->mean_weight_cos);
    if (signs & SIGN_RANK)
        SAY("the embeddings lie along one line (rank %.2f)", row->embedding_rank);
    if (signs & SIGN_FLOOR)
        SAY("the loss, %.3g, is below the %.3g that the best honest arrangement costs", row->train_loss,
            c->floor);
#undef SAY
}

bool mt_collapse_observe(struct mt_collapse *c, const struct mt_metrics *row)
{
    if (!c->margin)
        return false;
    unsigned signs = signs_of(c, row);
    c->looks = looks_collapsed(signs) ? c->looks + 1 : 0;
    c->leaks = signs & SIGN_LEAK ? c->leaks + 1 : 0;
    bool collapsed = c->looks >= (c->epochs < LOOKS ? c->epochs : LOOKS) || c->leaks >= LEAKS;
    c->reason[0] = 0;
    if (collapsed)
        describe(c, row, signs);
    return collapsed;
}

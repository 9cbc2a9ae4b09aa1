#include "lib/head/auto.h"

#include <math.h>
#include <string.h>

#include "lib/head/arrangement.h"

#define PROBABILITY 0.999
#define LEAST_ROOM                                                                                           \
    0.01 /* f(0) - cos(angle); with less the margin cannot be met, and s is that without it                  \
          */
#define MOST_SCALE 10000.0

double mt_auto_scale(int classes, double angle, double f0)
{
    double room = f0 - cos(angle);
    if (room < LEAST_ROOM)
        room = 1 - cos(angle);
    double s = log((classes - 1) * PROBABILITY / (1 - PROBABILITY)) / fmax(room, LEAST_ROOM);
    return fmin(ceil(10 * s) / 10, MOST_SCALE);
}

/* The field of this name where it says auto, else NULL. */
static double *find_auto(const struct mt_variant *head, const char *name)
{
    for (const struct mt_field *f = head->kind->fields; f && f->name; f++) {
        double *at = (double *)(void *)((char *)head->cfg + f->offset);
        if (f->flags & MT_F_AUTO && !strcmp(f->name, name) && isinf(*at))
            return at;
    }
    return NULL;
}

int mt_auto_settle(const struct mt_variant *head, int classes, int dim, struct mt_err *err)
{
    const struct mt_head_type *type = (const struct mt_head_type *)head->kind;
    double *s = find_auto(head, "s"), *m = find_auto(head, "m");
    struct mt_spread spread;
    if (!s && !m)
        return 0;
    if (mt_spread_best(&spread, classes, dim, NULL, err) < 0)
        return -1;
    if (m)
        *m = floor(1000 * type->margin->fit(spread.angle)) / 1000;
    if (m && head->kind->settle)
        head->kind->settle(head->cfg);
    if (s)
        *s = mt_auto_scale(classes, spread.angle, type->margin->at(head->cfg, 0).f);
    return 0;
}

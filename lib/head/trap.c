#include "lib/head/trap.h"

#include <math.h>

#define PI 3.14159265358979323846
#define STEPS 1800 /* of 0.05 degrees; two rests are never as close */
#define HALVINGS 40
#define TINY 1e-9 /* rounding of h - sin theta where it is 0 */

/* Whether descent raises theta here. */
static bool pushes_away(const struct mt_head_margin *margin, const void *cfg, double theta)
{
    return margin->at(cfg, theta).h - sin(theta) < -TINY;
}

static struct mt_trap rest_at(const struct mt_head_margin *margin, const void *cfg, double theta)
{
    return (struct mt_trap){theta, cos(theta) - margin->at(cfg, theta).f};
}

struct mt_trap mt_trap_of(const struct mt_head_margin *margin, const void *cfg)
{
    double away = PI / 2, step = PI / 2 / STEPS;
    const struct mt_trap none = {NAN, NAN};
    if (!margin->others_plain || !pushes_away(margin, cfg, away + step))
        return none;
    while (away + step < PI && pushes_away(margin, cfg, away + step))
        away += step;
    if (away + 1.5 * step > PI)
        return rest_at(margin, cfg, PI);
    double still = away + step;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (away + still) / 2;
        if (pushes_away(margin, cfg, middle))
            away = middle;
        else
            still = middle;
    }
    return rest_at(margin, cfg, still);
}

#include "lib/head/arrangement.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/rng.h"
#include "lib/head/minimize.h"

#define PI 3.14159265358979323846

/* C C D up to which arrangements are searched for: about half a second. */
#define MOST_WORK (1 << 20)
/* Work that one search may take, in units of C C D times an evaluation; more starts where they are cheap. */
#define WORK 30000000
#define MOST_STARTS 32
#define LEAST_STARTS 2
#define STEPS 40 /* per stage */
#define FIRST_S                                                                                              \
    8.0 /* of the stages, each of which takes 4 times the one before; some starts begin at more              \
         */
#define LAST_S 200000.0 /* of the search for the angle: leaves it 1e-4 degrees short */

struct search {
    int C, D;
    double s;
    bool farthest; /* rows are combined as for the angle, else as for the loss */
    double f0;
    double *unit, *norm; /* (C,D), (C) */
    double *p;           /* (C,C): cosines, then the weight of each */
    double *row;         /* (C): ln mean exp of each row, then its weight */
};

static void normalize(const struct search *a, const double *x)
{
    size_t D = (size_t)a->D;
    for (size_t i = 0; i < (size_t)a->C; i++) {
        double sum = 0;
        for (size_t d = 0; d < D; d++)
            sum += x[i * D + d] * x[i * D + d];
        a->norm[i] = sqrt(sum);
        for (size_t d = 0; d < D; d++)
            a->unit[i * D + d] = x[i * D + d] / a->norm[i];
    }
}

static void cosines(const struct search *a)
{
    size_t C = (size_t)a->C, D = (size_t)a->D;
    for (size_t i = 0; i < C; i++)
        for (size_t j = 0; j < i; j++) {
            double c = 0;
            for (size_t d = 0; d < D; d++)
                c += a->unit[i * D + d] * a->unit[j * D + d];
            a->p[i * C + j] = a->p[j * C + i] = c;
        }
}

/* Each row of p becomes a softmax of s c without its own class, and row[i] = ln mean exp(s c_ij). */
static void rows(const struct search *a)
{
    size_t C = (size_t)a->C;
    for (size_t i = 0; i < C; i++) {
        double *p = a->p + i * C, max = -2, sum = 0;
        for (size_t j = 0; j < C; j++)
            max = j != i && p[j] > max ? p[j] : max;
        for (size_t j = 0; j < C; j++) {
            double e = a->s * (p[j] - max);
            p[j] = j == i || e < -40 ? 0 : exp(e);
            sum += p[j];
        }
        for (size_t j = 0; j < C; j++)
            p[j] /= sum;
        a->row[i] = a->s * max + log(sum / (double)(C - 1));
    }
}

/* ln(1 + e^x) and its derivative, as logarithms: a loss may be too small for a double. */
static double ln_softplus(double x)
{
    return x < -30 ? x : x > 30 ? log(x) : log(log1p(exp(x)));
}

static double ln_sigmoid(double x)
{
    return x < -30 ? x : -log1p(exp(-x));
}

/* Combines the rows and leaves in row[i] what a change of it changes s times the result by. */
static double combine(const struct search *a)
{
    double offset = log(a->C - 1) - a->s * a->f0, max = -INFINITY, sum = 0;
    for (int i = 0; i < a->C; i++) {
        double x = a->row[i];
        max = fmax(max, a->farthest ? x : ln_softplus(x + offset));
    }
    for (int i = 0; i < a->C; i++) {
        double x = a->row[i];
        sum += exp((a->farthest ? x : ln_softplus(x + offset)) - max);
        a->row[i] = exp((a->farthest ? x : ln_sigmoid(x + offset)) - max);
    }
    for (int i = 0; i < a->C; i++)
        a->row[i] /= sum;
    return (max + log(sum / a->C)) / a->s;
}

/* Of vectors of any length, whose directions count: the gradient is across each vector. */
static double crowding(void *arg, const double *x, double *gradient)
{
    const struct search *a = arg;
    size_t C = (size_t)a->C, D = (size_t)a->D;
    normalize(a, x);
    cosines(a);
    rows(a);
    double value = combine(a);
    memset(gradient, 0, C * D * sizeof *gradient);
    for (size_t i = 0; i < C; i++) {
        double *g = gradient + i * D, along = 0;
        for (size_t j = 0; j < C; j++) {
            double weight = a->row[i] * a->p[i * C + j] + a->row[j] * a->p[j * C + i];
            if (weight < 1e-18)
                continue;
            for (size_t d = 0; d < D; d++)
                g[d] += weight * a->unit[j * D + d];
        }
        for (size_t d = 0; d < D; d++)
            along += g[d] * a->unit[i * D + d];
        for (size_t d = 0; d < D; d++)
            g[d] = (g[d] - along * a->unit[i * D + d]) / a->norm[i];
    }
    return value;
}

/* From one start through growing s up to `last`; returns what the goal is at the end: (1/s) ln of the mean
 * loss, or the largest cosine. */
static double descend(struct search *a, double *x, double *space, double first, double last)
{
    size_t n = (size_t)a->C * (size_t)a->D;
    double value = 0;
    for (double s = fmin(first, last);; s = fmin(4 * s, last)) {
        a->s = s;
        value = mt_minimize(crowding, a, x, n, s == last ? 2 * STEPS : STEPS, space);
        normalize(a, x);
        memcpy(x, a->unit, n * sizeof *x);
        if (s == last)
            break;
    }
    if (!a->farthest)
        return value;
    cosines(a);
    value = -1;
    for (int i = 0; i < a->C; i++)
        for (int j = 0; j < i; j++)
            value = fmax(value, a->p[i * a->C + j]);
    return value;
}

static int starts(int C, int D, double last)
{
    double stages = 2 + fmax(0, log(last / FIRST_S) / log(4));
    double n = WORK / ((double)C * C * (D + 16) * STEPS * stages);
    return n > MOST_STARTS ? MOST_STARTS : n < LEAST_STARTS ? LEAST_STARTS : (int)n;
}

static int search_anew(double *best, int C, int D, bool farthest, double last, double f0, struct mt_err *err)
{
    size_t c = (size_t)C, n = c * (size_t)D, count = 2 * n + 2 * c + c * c + mt_minimize_space(n);
    double *block = malloc(count * sizeof *block);
    if (!block)
        return mt_err_memory(err, "the arrangement of the classes", count * sizeof *block);
    double *x = block, *space = block + n;
    struct search a = {.C = C, .D = D, .farthest = farthest, .f0 = f0, .unit = space + mt_minimize_space(n)};
    a.norm = a.unit + n;
    a.row = a.norm + c;
    a.p = a.row + c;
    *best = INFINITY;
    for (int start = 0; start < starts(C, D, last); start++) {
        struct mt_rng rng;
        mt_rng_init(&rng, 1, MT_STREAM_PROJECT, (uint32_t)start, 0);
        for (size_t i = 0; i < n; i++)
            x[i] = mt_rng_normal(&rng);
        *best = fmin(*best, descend(&a, x, space, FIRST_S * pow(4, start % 3), last));
    }
    free(block);
    return 0;
}

static bool recall(const struct mt_arrangements *found, struct mt_arrangement *asked)
{
    for (int i = 0; i < MT_ARRANGEMENTS; i++) {
        const struct mt_arrangement *a = &found->v[i];
        if (atomic_load(&a->state) != 2)
            continue;
        if (a->C != asked->C || a->D != asked->D || a->farthest != asked->farthest)
            continue;
        if (memcmp(&a->last, &asked->last, sizeof a->last) || memcmp(&a->f0, &asked->f0, sizeof a->f0))
            continue;
        asked->best = a->best;
        return true;
    }
    return false;
}

static void keep(struct mt_arrangements *found, const struct mt_arrangement *asked)
{
    for (int i = 0; i < MT_ARRANGEMENTS; i++) {
        struct mt_arrangement *a = &found->v[i];
        int expected = 0;
        if (!atomic_compare_exchange_strong(&a->state, &expected, 1))
            continue;
        a->C = asked->C;
        a->D = asked->D;
        a->farthest = asked->farthest;
        a->last = asked->last;
        a->f0 = asked->f0;
        a->best = asked->best;
        atomic_store(&a->state, 2);
        return;
    }
}

static int search(double *best, int C, int D, bool farthest, double last, double f0,
                  struct mt_arrangements *found, struct mt_err *err)
{
    struct mt_arrangement asked = {.C = C, .D = D, .farthest = farthest, .last = last, .f0 = f0};
    if (!found || !recall(found, &asked)) {
        if (search_anew(&asked.best, C, D, farthest, last, f0, err) < 0)
            return -1;
        if (found)
            keep(found, &asked);
    }
    *best = asked.best;
    return 0;
}

/* The part of the sphere in D dimensions that a cap of this radius covers: the integral of sin^(D-2). */
static double cap(int D, double radius)
{
    double part[2];
    for (int whole = 0; whole < 2; whole++) {
        int n = 2000;
        double end = whole ? PI : radius, sum = 0;
        for (int i = 0; i <= n; i++)
            sum += pow(sin(end * i / n), D - 2) * (i == 0 || i == n ? 1 : i % 2 ? 4 : 2);
        part[whole] = sum * end / n;
    }
    return part[0] / part[1];
}

/* Caps of half the angle around C vectors do not overlap, so together they are at most the whole sphere. */
static double angle_bound(int C, int D)
{
    double low = 0, high = PI / 2;
    for (int i = 0; i < 50; i++) {
        double angle = (low + high) / 2;
        if (C * cap(D, angle / 2) > 1)
            high = angle;
        else
            low = angle;
    }
    return high;
}

static bool is_large(int C, int D)
{
    return (int64_t)C * C > MOST_WORK || (int64_t)C * C * D > MOST_WORK;
}

int mt_spread_best(struct mt_spread *out, int C, int D, struct mt_arrangements *found, struct mt_err *err)
{
    double cosine;
    *out = (struct mt_spread){.known = MT_KNOWN_EXACT};
    if (D >= C - 1)
        out->angle = acos(-1.0 / (C - 1));
    else if (D == 1)
        out->angle = 0;
    else if (D == 2)
        out->angle = 2 * PI / C;
    else if (C <= 2 * (int64_t)D)
        out->angle = PI / 2;
    else if (is_large(C, D))
        *out = (struct mt_spread){MT_KNOWN_BOUND, angle_bound(C, D)};
    else if (search(&cosine, C, D, true, LAST_S, 0, found, err) < 0)
        return -1;
    else
        *out = (struct mt_spread){MT_KNOWN_FOUND, acos(cosine)};
    return 0;
}

/* Half of the classes at each end of a line. */
static double line(int C, double s)
{
    double v = 0, half = floor(C / 2.0), far = exp(-2 * s);
    for (int side = 0; side < 2; side++) {
        double own = side ? half : C - half;
        v += own / C * (s + log((own - 1 + (C - own) * far) / (C - 1))) / s;
    }
    return v;
}

static double polygon(int C, double s)
{
    double sum = 0, near = cos(2 * PI / C);
    for (int j = 1; j < C; j++)
        sum += exp(s * (cos(2 * PI * j / C) - near));
    return near + log(sum / (C - 1)) / s;
}

int mt_crowding_best(struct mt_crowding *out, int C, int D, double s, double f0,
                     struct mt_arrangements *found, struct mt_err *err)
{
    double ln_loss;
    *out = (struct mt_crowding){.known = MT_KNOWN_EXACT};
    if (D >= C - 1) {
        out->v = -1.0 / (C - 1);
    } else if (D == 1) {
        out->v = line(C, s);
    } else if (D == 2) {
        out->v = polygon(C, s);
    } else if (is_large(C, D)) {
        *out = (struct mt_crowding){MT_KNOWN_BOUND, -1.0 / (C - 1)};
    } else {
        if (search(&ln_loss, C, D, false, s, f0, found, err) < 0)
            return -1;
        ln_loss *= s;
        double x = ln_loss < -30 ? ln_loss : log(expm1(exp(ln_loss)));
        *out = (struct mt_crowding){MT_KNOWN_FOUND, f0 + (x - log(C - 1)) / s};
    }
    return 0;
}

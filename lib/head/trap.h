/* trap.h: whether training can come to rest with all class weights alike and all embeddings far from them,
 * though that costs more than the best arrangement.
 *
 * With the weights alike, an embedding at angle theta to them has the loss
 *
 *     ln(1 + (C-1) exp(s g)), g = cos theta - f(theta)
 *
 * and descent changes theta by -(h - sin theta), up to a positive factor, h being the slope that the head
 * gives the label's logit (margin.h). It comes to rest where h - sin theta, negative below, ceases to be so:
 *
 *     psi                  at pi - m/2, g = 2 - 2 cos(m/2): about half of the g = 1 - cos m of an embedding
 * on the weights, behind a ridge of 2 sin(m/2) at pi/2 - m/2 drop, insightface    at pi - m, where f jumps:
 * descent falls back to it from both sides none, clamp          at pi, the collapsed state
 *
 * and never above pi/2 with easy, with a detached gradient (h = sin theta) or without an angular margin.
 * Around that rest the classes still part, but only within a cap of a width of about m: with C >= 3 every way
 * out is uphill. */
#ifndef MT_HEAD_TRAP_H
#define MT_HEAD_TRAP_H

#include "lib/head/head.h"

struct mt_trap {
    double theta; /* rad; NaN: there is none */
    double gap;   /* g there, on the far side where f jumps */
};

struct mt_trap mt_trap_of(const struct mt_head_margin *margin, const void *cfg);

#endif

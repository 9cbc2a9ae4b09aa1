/* weight.h: the class weights every head has: their keys, their tensor and their first values. */
#ifndef MT_HEAD_WEIGHT_H
#define MT_HEAD_WEIGHT_H

#include "lib/head/head.h"

/* Every head's configuration begins with this. */
struct mt_weight_cfg {
    int init; /* index into mt_weight_inits */
    double stddev;
};
extern const char *const mt_weight_inits[]; /* glorot_uniform, normal */

#define MT_WEIGHT_FIELDS(cfg, member)                                                                        \
    {.name = "w_init",                                                                                       \
     .type = MT_CHOICE,                                                                                      \
     .offset = offsetof(cfg, member.init),                                                                   \
     .def = "glorot_uniform",                                                                                \
     .choices = mt_weight_inits,                                                                             \
     .help =                                                                                                 \
         "First class weights: uniform in +-sqrt(6 / (dim + classes)), or normal with deviation w_stddev."}, \
    {                                                                                                        \
        .name = "w_stddev", .type = MT_REAL, .offset = offsetof(cfg, member.stddev), .def = "0.01",          \
        .min = 0, .max = 10, .flags = MT_F_ABOVE_MIN,                                                        \
        .help = "Standard deviation of the first class weights with w_init: normal."                         \
    }

/* Registers head/weight (C,D) and, when asked for, head/bias (C). */
int mt_weight_plan(struct mt_head *h, bool bias, struct mt_plan *plan, struct mt_tensors *tensors,
                   struct mt_err *err);
void mt_weight_init(struct mt_head *h, uint64_t seed);

#endif

/* workloads.h: the networks of four published notebooks, with which `bench` measures where no experiment is
 * given. */
#ifndef MT_BENCH_WORKLOADS_H
#define MT_BENCH_WORKLOADS_H

#include "lib/bench/workload.h"

struct mt_bench_workload { /* the list ends with name == NULL */
    const char *name;
    const char *help;
    const char *text; /* the experiment in YAML; its data are random */
    struct mt_bench_random random;
};

extern const struct mt_bench_workload mt_bench_workloads[];

#endif

/* bench_print.h: what `bench` found, as text and as JSON. */
#ifndef CMD_BENCH_PRINT_H
#define CMD_BENCH_PRINT_H

#include "lib/bench/workload.h"
#include "lib/core/buf.h"

#define MOST_RATES 64

struct bench_result { /* of one workload */
    const char *name;
    struct mt_bench bench;
    struct { /* with --scaling: the training rate of that many threads */
        int threads;
        struct mt_spread rate;
    } scaling[MOST_RATES];
    int n_scaling;
};

/* One result is printed with its layers, several as a table of one row each. */
void bench_print_text(const struct mt_machine *m, const struct bench_result *r, int n, struct mt_buf *out);
/* One result is an object; several stand in "workloads" of one. */
void bench_print_json(const struct mt_machine *m, const struct bench_result *r, int n, struct mt_buf *out);

#endif

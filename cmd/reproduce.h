/* reproduce.h: what `reproduce` hands to its printing: the runs of a notebook and the verdicts on its claims.
 */
#ifndef CMD_REPRODUCE_H
#define CMD_REPRODUCE_H

#include "lib/claims/claims.h"
#include "lib/compare/results.h"
#include "lib/report/table.h"

/* An experiment of the list, with a run per seed; path == NULL where there is none. */
struct reproduced {
    const struct mt_claim_experiment *experiment;
    struct mt_result *run; /* (seeds) */
};

struct reproduction {
    struct mt_claims claims;
    struct reproduced *list; /* (claims.experiments.n) */
    int seeds;
};

/* A table of the claims of one notebook ("n2") with their verdicts, and one of the figures of its
 * experiments. */
int reproduce_print_claims(const struct reproduction *r, const char *notebook, enum mt_text_format format,
                           struct mt_buf *out, struct mt_err *err);
void reproduce_print_figures(const struct reproduction *r, const char *notebook, enum mt_text_format format,
                             struct mt_buf *out);
/* Whether "n2/softmax" is of notebook "n2". */
bool reproduce_is_of(const char *run, const char *notebook);

#endif

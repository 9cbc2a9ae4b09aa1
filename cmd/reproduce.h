/* reproduce.h: what the parts of `reproduce` share: the plan, the training of one run, and the printing of
 * what came out. */
#ifndef CMD_REPRODUCE_H
#define CMD_REPRODUCE_H

#include "cmd/experiment.h"
#include "cmd/output.h"
#include "lib/claims/claims.h"
#include "lib/compare/results.h"

/* An experiment of the list, with a run per seed; path == NULL where there is none. */
struct reproduced {
    const struct mt_claim_experiment *experiment;
    bool wanted;                 /* the command line asks for its notebook */
    struct mt_settings settings; /* of its file; none where it is not wanted */
    struct mt_result *run;       /* (seeds) */
};

struct reproduction {
    struct mt_claims claims;
    struct reproduced *list; /* (claims.experiments.n) */
    int seeds;
};

struct reproduce_plan {
    const struct args *args;
    const char *out, *data, *claims;
    int64_t seeds, epochs; /* epochs 0: as the experiments say */
    enum mt_text_format format;
    struct reproduction r;
};

/* Trains the experiment in `file` into `folder`, unless it is there. A run that diverges or collapses is a
 * result. Returns 0 or the exit code, after saying why. */
int reproduce_train(const struct reproduce_plan *p, const struct mt_claim_experiment *e,
                    const struct experiment_file *x, const char *file, int64_t epochs, const char *folder,
                    int seed);

/* Appends what came out of a notebook ("n2"): the verdicts on its claims, and in text and Markdown the
 * figures of its runs and the tables that the claims ask for. Notebook NULL: the verdicts on all that were
 * asked for. */
int reproduce_print(const struct reproduction *r, const char *notebook, enum mt_text_format format,
                    struct mt_buf *out, struct mt_err *err);

/* Whether "n2/softmax" is of notebook "n2". */
bool reproduce_is_of(const char *run, const char *notebook);

#endif

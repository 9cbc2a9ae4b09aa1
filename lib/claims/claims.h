/* claims.h: published claims about experiments, and whether runs bear them out.
 *
 * A file names experiments and claims about their figures, with the tolerance and rule of each verdict,
 * before the runs that it judges. Rules:
 *
 *   equal, at_least, at_most   the mean over seeds against `reported`, give or take `tolerance`
 *   less, greater              the figure of `run` less that of `against`, paired by seed, against -+
 * tolerance state                      what has become of the runs
 *
 * With an interval over two or more seeds a claim holds when the whole interval satisfies it, fails when none
 * of it does, and is open else. One seed gives no interval, and no more than "within" or "outside". */
#ifndef MT_CLAIMS_CLAIMS_H
#define MT_CLAIMS_CLAIMS_H

#include "lib/claims/published.h"
#include "lib/claims/tables.h"
#include "lib/conf/conf.h"
#include "lib/stats/sample.h"

#define MT_CLAIM_SEEDS 1000 /* at most */

enum mt_claim_rule {
    MT_RULE_EQUAL,
    MT_RULE_AT_LEAST,
    MT_RULE_AT_MOST,
    MT_RULE_LESS,
    MT_RULE_GREATER,
    MT_RULE_STATE
};

struct mt_claim {
    char *id, *claim;
    char *run, *against; /* experiments: n2/softmax; against for less and greater alone */
    char *figure; /* a key of summary.json, or COLUMN@EPOCH or COLUMN@last of metrics.csv; unset for state */
    int rule;
    double reported; /* unset: nothing was, or the rule compares */
    double tolerance;
    char *state; /* for rule state */
    char *note;
};

/* An experiment file of the set, and what it is trained for. */
struct mt_claim_experiment {
    char *run;      /* n2/softmax: the file n2/softmax.yaml beside the claims */
    int64_t epochs; /* unset: as the file says */
};

struct mt_claims {
    struct mt_variants experiments; /* of struct mt_claim_experiment */
    struct mt_variants claims;      /* of struct mt_claim */
    struct mt_variants tables;      /* of struct mt_claim_table */
    char *published_path;           /* the file of printed figures; NULL: there is none */
    struct mt_published published;
    struct mt_conf *conf; /* owns all but `published` */
};

/* Problems come as printable text in `diag`, which the caller releases in any case. */
int mt_claims_load(struct mt_claims *c, const char *path, struct mt_diag *diag);
void mt_claims_release(struct mt_claims *c);
const struct mt_claim *mt_claim_at(const struct mt_claims *c, int i);
const struct mt_claim_experiment *mt_claim_experiment_at(const struct mt_claims *c, int i);
const struct mt_claim_table *mt_claim_table_at(const struct mt_claims *c, int i);

enum mt_verdict {
    MT_VERDICT_HOLDS,
    MT_VERDICT_FAILS,
    MT_VERDICT_OPEN,    /* the interval lies on both sides */
    MT_VERDICT_WITHIN,  /* one seed, on the claimed side */
    MT_VERDICT_OUTSIDE, /* one seed, not on it */
    MT_VERDICT_MISSING, /* no run has the figure */
};
extern const char *const mt_verdict_names[];

struct mt_ruling {
    enum mt_verdict verdict;
    struct mt_sample sample; /* of the figure, or of the paired differences; of a state, n runs and in `mean`
                                the part of them that is in it */
};

/* Judges by the figure's values of both experiments (n), paired by seed; not-a-number where a run lacks it.
 * `against` is NULL unless the claim compares. For rule state, value 1 says that a run is in the state, 0
 * that it is not. */
struct mt_ruling mt_claim_judge(const struct mt_claim *c, const double *value, const double *against, int n);

#endif

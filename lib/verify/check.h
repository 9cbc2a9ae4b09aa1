/* check.h: a run under examination. Private to lib/verify. */
#ifndef MT_VERIFY_CHECK_H
#define MT_VERIFY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/train/layout.h"
#include "lib/train/manifest.h"
#include "lib/train/rundir.h"
#include "lib/verify/verify.h"

struct mt_checkpoint_found {
    bool there, good;
    int64_t epoch, step;
};

struct mt_check {
    const char *run;
    struct mt_verdict *verdict;
    struct mt_status status;
    bool has_status, known; /* status.json is there; can be read */
    bool ended;             /* so it has a manifest, figures and an evaluation */
    struct mt_layout files;
    struct mt_manifest manifest;
    struct mt_checkpoint_found last, prev, best;
    int64_t rows; /* of metrics.csv; -1: none, or it cannot be read */
};

/* verdict.c: appends a finding. Without memory -1. */
int mt_verdict_add(struct mt_verdict *v, struct mt_err *err, const char *file, enum mt_finding_state state,
                   const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Missing or damaged. */
bool mt_finding_is_bad(const struct mt_finding *f);
/* Whether one of the first n findings is so, and of this file. */
bool mt_verdict_is_bad(const struct mt_verdict *v, int n, const char *file);
/* What a reader said of a file that it could not use: damaged, or, where the machine is at fault, -1. */
int mt_verdict_fault(struct mt_verdict *v, struct mt_err *err, const char *file, const struct mt_err *why);
/* The next of the list, for a folder; NULL without memory. */
struct mt_verdict *mt_verdicts_add(struct mt_verdicts *list, const char *path, struct mt_err *err);

/* Each returns -1 where the machine is at fault (MT_ERR_RUN) only; what is wrong is a finding. */
int mt_check_manifest(struct mt_check *c, struct mt_err *err);    /* files.c */
int mt_check_checkpoints(struct mt_check *c, struct mt_err *err); /* checkpoints.c */
int mt_check_records(struct mt_check *c, struct mt_err *err);     /* records.c */

/* run.c and sweep.c: the folder's kind is known. */
int mt_verify_run(struct mt_verdicts *list, const char *run, struct mt_err *err);
int mt_verify_sweep(struct mt_verdicts *list, const char *dir, struct mt_err *err);

#endif

/* verify.h: whether the files of a run, or of a sweep and its runs, are what was written.
 *
 * Of a run that has ended, every file that the manifest names has its size and SHA-256; of any run, every
 * checkpoint has its own checksum, and status.json, metrics.csv and summary.json agree. Folders are only
 * read, without their lock; what a manifest names is never opened for that, but looked up among the files
 * that are there. */
#ifndef MT_VERIFY_VERIFY_H
#define MT_VERIFY_VERIFY_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"

enum mt_finding_state {
    MT_FOUND_GOOD,     /* has its checksum, or says what it should */
    MT_FOUND_PRESENT,  /* there; holds times, so there is nothing to compare it with */
    MT_FOUND_UNLISTED, /* there, but not in the manifest */
    MT_FOUND_ABSENT,   /* not there, and need not be */
    MT_FOUND_MISSING,
    MT_FOUND_DAMAGED,
};
extern const char *const mt_finding_names[]; /* by state */

struct mt_finding {
    char *file;
    enum mt_finding_state state;
    char *says; /* why; "" */
};

struct mt_verdict { /* on a run folder, or on the files that a sweep folder has beside its runs */
    char *path;
    struct mt_finding *finding;
    int n, cap;
    int good, bad;        /* how many are good, and how many missing or damaged */
    uint64_t bytes;       /* compared */
    struct mt_buf about;  /* what it is, in words: "complete, 20 epochs" */
    struct mt_buf remedy; /* empty where there is nothing to be done */
};

struct mt_verdicts {
    struct mt_verdict *v;
    int n, cap;
};

/* Appends the verdict on a run folder; of a sweep folder, that on its own files and on each of its runs. A
 * damaged file is a finding; -1 is a folder that is neither, or a run folder of a later version
 * (MT_ERR_DATA), or that a file cannot be read just now (MT_ERR_RUN). */
int mt_verify(struct mt_verdicts *list, const char *path, struct mt_err *err);
void mt_verdicts_cut(struct mt_verdicts *list, int n); /* keeps the first n */
void mt_verdicts_release(struct mt_verdicts *list);

/* Aligned text: what is not good, and a line on each run. */
void mt_verdicts_text(const struct mt_verdicts *list, struct mt_buf *out);
/* An array of an object for each folder, with all its findings. */
void mt_verdicts_json(const struct mt_verdicts *list, struct mt_buf *out);

#endif

/* manifest.h: manifest.json, every file of a run with its size and SHA-256. Two runs of the same experiment
 * have the same manifest: files that hold times are only named.
 *
 *     {"files": {"NAME": {"size": BYTES, "sha256": "HEX"}, ..}, "times": ["NAME", ..]}
 *
 * Names are relative to the run folder. A name that leads out of it makes the whole manifest refused; nothing
 * is ever opened because a manifest names it. */
#ifndef MT_TRAIN_MANIFEST_H
#define MT_TRAIN_MANIFEST_H

#include "lib/train/rundir.h"

struct mt_manifest_file {
    char *name;
    bool times; /* no size and no checksum */
    uint64_t size;
    char sha256[MT_SHA256_HEX];
};

struct mt_manifest {
    struct mt_manifest_file *file; /* sorted by name */
    size_t n, cap;
};

/* Returns 1, 0 where the run has none, or -1: MT_ERR_DATA where it is damaged, names a file twice or one
 * outside of the folder. */
int mt_manifest_read(struct mt_manifest *m, const char *run, struct mt_err *err);
const struct mt_manifest_file *mt_manifest_find(const struct mt_manifest *m,
                                                const char *name); /* NULL: not named */
void mt_manifest_release(struct mt_manifest *m);

/* The last thing a run writes before status.json says that it is complete. Not in it: last.prev, and what is
 * drawn from the other files (report.html, plots/). */
int mt_manifest_write(const struct mt_rundir *rd, struct mt_err *err);
/* What is below `under` ("projections/") was written anew: its checksums are taken, all others stay as they
 * are, so that damage done to those meanwhile is seen. Does nothing where there is no manifest. */
int mt_manifest_renew(const struct mt_rundir *rd, const char *under, struct mt_err *err);

#endif

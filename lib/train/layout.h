/* layout.h: which files of a run folder are the run's, so that nothing else in it is ever touched. */
#ifndef MT_TRAIN_LAYOUT_H
#define MT_TRAIN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/err.h"

#define MT_LOCK_FILE "lock"
#define MT_STATUS_FILE "status.json"
#define MT_MANIFEST_FILE "manifest.json"

struct mt_layout_file {
    char *name;  /* relative to the run folder */
    bool varies; /* holds times: two runs of one experiment differ in it */
};

struct mt_layout {
    struct mt_layout_file *file; /* sorted by name; without lock, manifest.json, report.html, plots/, spare
                                    checkpoints and temporary files */
    size_t n, cap;
};

int mt_layout_list(struct mt_layout *l, const char *run, struct mt_err *err);
void mt_layout_release(struct mt_layout *l);

int mt_layout_sweep(const char *run, struct mt_err *err); /* removes temporary files of killed writers */
int mt_layout_clear(const char *run,
                    struct mt_err *err); /* removes all files of the run but lock and log.txt */

#endif

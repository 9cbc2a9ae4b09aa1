/* layout.h: which files of a run folder are the run's, so that nothing else in it is ever touched. */
#ifndef MT_TRAIN_LAYOUT_H
#define MT_TRAIN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/err.h"

#define MT_LOCK_FILE "lock"
#define MT_STATUS_FILE "status.json"
#define MT_MANIFEST_FILE "manifest.json"

enum mt_layout_kind {
    MT_FILE_SAME,      /* the same bytes whenever the run is repeated: what the manifest has checksums of */
    MT_FILE_VARIES,    /* holds times: two runs of one experiment differ in it */
    MT_FILE_DRAWN,     /* made from the others, at any time: report.html, plots/ */
    MT_FILE_SPARE,     /* a checkpoint that is there for safety */
    MT_FILE_TEMPORARY, /* of a writer that is at work, or was killed */
    MT_FILE_MANIFEST,
    MT_FILE_FOREIGN, /* stands in the folder, but is no file of a run's: a link or a device, or somebody's
                        notes */
};

struct mt_layout_file {
    char *name; /* relative to the run folder; of a foreign folder its own name alone */
    enum mt_layout_kind kind;
};

struct mt_layout {
    struct mt_layout_file *file; /* sorted by name */
    size_t n, cap;
};

/* All that there is but `lock`. */
int mt_layout_survey(struct mt_layout *l, const char *run, struct mt_err *err);
/* Those of the kinds SAME and VARIES: what a manifest names. */
int mt_layout_list(struct mt_layout *l, const char *run, struct mt_err *err);
void mt_layout_release(struct mt_layout *l);
const struct mt_layout_file *mt_layout_find(const struct mt_layout *l, const char *name); /* or NULL */

/* Of NAME.tmp.<digits>, a writer's temporary file: where NAME ends; else NULL. */
const char *mt_layout_temporary(const char *name);
int mt_layout_sweep(const char *run, struct mt_err *err); /* removes temporary files of killed writers */
int mt_layout_clear(const char *run,
                    struct mt_err *err); /* removes all files of the run but lock and log.txt */

#endif

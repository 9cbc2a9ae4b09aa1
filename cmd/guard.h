/* guard.h: no output goes over an input. */
#ifndef CMD_GUARD_H
#define CMD_GUARD_H

#include "cmd/command.h"
#include "lib/train/splits.h"

/* Whether what --out and the like name is one of the files that the command line names to be read, by
 * whatever path. Returns 0, or 2 after saying so. */
int guard_words(const struct args *a);
/* The same for the files that samples were read from, and the folders. */
int guard_data(const struct args *a, const struct mt_dataset *d);
int guard_sources(const struct args *a, const struct mt_splits *s);

#endif

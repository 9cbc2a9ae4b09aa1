/* child.h: this program once more, as a process of its own, for commands that train many runs: what one run
 * does to memory or dies of does not reach the next. */
#ifndef CMD_CHILD_H
#define CMD_CHILD_H

#include <stdbool.h>

#include "lib/core/err.h"

/* Runs this program with `argv` (argv[0] included, ends with NULL) and waits for its end. What it writes to
 * stdout is dropped; stderr is shared. SIGINT and SIGTERM that arrive meanwhile are handed on, and *stopped
 * is set. Returns the exit code, 128 + the signal that ended it, or -1 where it could not be started. */
int child_run(char *const argv[], bool *stopped, struct mt_err *err);

#endif

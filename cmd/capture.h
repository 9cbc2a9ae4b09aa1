/* capture.h: another program's answer. */
#ifndef CMD_CAPTURE_H
#define CMD_CAPTURE_H

#include "lib/core/buf.h"
#include "lib/core/err.h"

/* Runs the program argv[0], looked for in PATH, and waits for its end; no shell is between. What it writes to
 * stdout is appended to `out`, stderr is shared or, with `quiet`, dropped. Returns its exit code, 128 + the
 * signal that ended it, or -1 (MT_ERR_RUN) where it could not be started or said more than 16 MiB. */
int capture(char *const argv[], bool quiet, struct mt_buf *out, struct mt_err *err);

#endif

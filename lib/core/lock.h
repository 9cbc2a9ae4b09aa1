/* lock.h: a file that keeps a second process out of a folder. It goes with the process that holds it. */
#ifndef MT_CORE_LOCK_H
#define MT_CORE_LOCK_H

#include "lib/core/err.h"

/* Opens or creates a regular file; not through a link, and never waiting for a pipe's other end. Returns the
 * descriptor, or -1 (MT_ERR_RUN). */
int mt_lock_open_file(const char *path, int flags, struct mt_err *err);

/* Takes the lock `path` of the folder `what`, which messages name, and writes into it who holds it. Children
 * share the lock until they close the descriptor. A holder whose process is gone, but not yet its children,
 * is waited for a while. Returns the descriptor, or -1: MT_ERR_BUSY names the holder. */
int mt_lock_take(const char *path, const char *what, struct mt_err *err);

/* Whether the lock is still the file at `path`: 1; 0: the folder was removed, renamed or replaced, and what
 * stands there now may be somebody else's; -1 where the machine cannot tell now (MT_ERR_RUN). */
int mt_lock_stands(int fd, const char *path, struct mt_err *err);

#endif

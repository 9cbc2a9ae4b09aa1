/* file.h: whole files in, whole files out, and their checksums. */
#ifndef MT_CORE_FILE_H
#define MT_CORE_FILE_H

#include <nettle/sha2.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/err.h"

#define MT_SHA256_HEX 65 /* 64 digits and the NUL */

/* Reads a regular file of at most `limit` bytes. *data is for free() and is followed by a NUL. A FIFO or
 * device is refused, not waited for. Failures name the path: MT_ERR_DATA, or MT_ERR_RUN as mt_err_read. */
int mt_file_read(const char *path, size_t limit, char **data, size_t *len, struct mt_err *err);

/* Where a path leads that somebody named: of a link, what it leads to. For free(); NULL on failure. */
char *mt_file_behind(const char *path, struct mt_err *err);
/* None of the folders between `dir` and dir/name is a link, so that a file written there is in `dir`. Returns
 * 0, or -1 (MT_ERR_RUN). What is not there is none. */
int mt_file_within(const char *dir, const char *name, struct mt_err *err);

/* Writes a file so that it appears whole or not at all: temporary name in the same folder, fsync, rename,
 * fsync of the folder. On failure (MT_ERR_RUN, names the path) what stood there before is untouched and no
 * temporary is left. A link at the path is replaced: nothing is written to where it leads. SIGINT, SIGTERM
 * and SIGHUP wait until it is done. */
int mt_file_write(const char *path, const void *data, size_t len, struct mt_err *err);

/* SIGINT, SIGTERM and SIGHUP wait from the one to the other: ending the program in between, they would leave
 * a temporary file. Other threads must have them blocked. */
void mt_signals_hold(sigset_t *before);
void mt_signals_release(const sigset_t *before);
/* Whether one of them waits, so that long work had better end now. */
bool mt_signals_wait(void);

/* The same piece by piece: open, append, and then either commit or abort, which also free. After a failed
 * open there is nothing to abort; after a commit, abort does no harm. */
struct mt_writer {
    char *path, *tmp; /* tmp is `path`.tmp.<process id> */
    int fd;
};
int mt_writer_open(struct mt_writer *w, const char *path, struct mt_err *err);
int mt_writer_append(struct mt_writer *w, const void *data, size_t len, struct mt_err *err);
/* What stood at the path is kept under the name `keep` (NULL: not kept), once the new file is safely stored.
 * There is a file at the path at every moment where the file system can exchange two names at once, and else
 * all but one, in which `keep` is there. */
int mt_writer_commit(struct mt_writer *w, const char *keep, struct mt_err *err);
void mt_writer_abort(struct mt_writer *w);

/* Makes the folder and its parents; fine when it is there. */
int mt_file_mkdirs(const char *path, struct mt_err *err);
/* Whether there is a file: 1, 0, or -1 where that cannot be told (as mt_err_read). */
int mt_file_there(const char *path, struct mt_err *err);
/* What cannot be looked at counts as there, so that whoever opens it says why: a folder without permission,
 * or a file server that is away, must not pass for a file that nobody has written yet. */
bool mt_file_exists(const char *path);
/* The same of a file in a folder. Nothing is allocated, for want of memory must not make a file missing. */
bool mt_file_holds(const char *folder, const char *name);
/* Whether two paths lead to one regular file. */
bool mt_file_is_same(const char *a, const char *b);

/* Opens a regular file for reading, like mt_file_read. Returns the descriptor and sets *size, or -1. */
int mt_file_open(const char *path, uint64_t *size, struct mt_err *err);

/* SHA-256 as lower-case hex; in one go, or piece by piece. */
struct mt_hash {
    struct sha256_ctx ctx;
};
void mt_hash_init(struct mt_hash *h);
void mt_hash_add(struct mt_hash *h, const void *data, size_t len);
void mt_hash_hex(struct mt_hash *h, char hex[MT_SHA256_HEX]);
void mt_sha256(const void *data, size_t len, char hex[MT_SHA256_HEX]);
int mt_file_sha256(const char *path, char hex[MT_SHA256_HEX], uint64_t *size, struct mt_err *err);

/* Path texts, for free(); NULL without memory. join: `b` when it is absolute or `a` is empty or ".", else
 * a/b. dir: up to the last slash, or ".". */
char *mt_path_join(const char *a, const char *b);
char *mt_path_dir(const char *path);

double mt_clock(void); /* seconds, monotonic */

#endif

/* err.h: how setup code reports what went wrong.
 *
 * A function that can fail returns 0 or -1 and takes a `struct mt_err *` last. The text is one sentence in
 * lower case without a final full stop; where a file is at fault it starts with the file's path and ends with
 * the remedy. The kind is the exit code of the program. */
#ifndef MT_CORE_ERR_H
#define MT_CORE_ERR_H

#include <stddef.h>

enum mt_err_kind {
    MT_ERR_RUN = 1,      /* input/output, memory: whatever opens, reads or allocates may fail so */
    MT_ERR_USAGE = 2,    /* command line or experiment file */
    MT_ERR_DATA = 3,     /* data missing, corrupt or mismatched */
    MT_ERR_DIVERGED = 4, /* a loss or gradient that is not finite */
    MT_ERR_BUSY = 6,     /* the run folder is in use */
    MT_ERR_STOPPED = 75, /* stopped by a signal, checkpoint saved */
};

struct mt_err {
    enum mt_err_kind kind;
    char text[2048];
};

/* Writes the sentence and returns -1, so that `return mt_err_set(err, ...)` reads well.
 * Names and paths go in as they are: the text is one line without control characters (plain.h), and of a long
 * one the middle is left out. `err` may be NULL. */
int mt_err_set(struct mt_err *err, enum mt_err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "out of memory" for `what`, of `bytes` bytes. Returns -1. */
int mt_err_memory(struct mt_err *err, const char *what, size_t bytes);

/* "PATH: cannot WHAT: why" for a file that cannot be read, `code` being an errno. Its own fault is
 * MT_ERR_DATA; that the machine cannot read it now (EIO, no memory, no descriptors left) is MT_ERR_RUN.
 * Returns -1. */
int mt_err_read(struct mt_err *err, const char *path, const char *what, int code);

#endif

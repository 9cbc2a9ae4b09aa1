/* faults.h: what the functions that faults.so puts before those of libc ask: is this call to fail, and what
 * is the function that would have been called without us. */
#ifndef MT_FAULTS_H
#define MT_FAULTS_H

#include <stdbool.h>

/* In this order in struct counts, and in tests/torture/inject.py. */
enum mt_fault_class {
    READ,
    WRITE,
    SYNC,
    CLOSE,
    RENAME,
    OPEN,
    FOLDER,
    UNLINK,
    TRUNCATE,
    ALLOC,
    LOAD,
    MAP,
    THREAD,
    FORK,
    LOOK,
    CLASSES
};

#pragma GCC visibility push(hidden)

/* Counts a call; whether it is to fail, errno then being set. `path` is what it is about, or NULL. */
bool mt_fault_strikes(enum mt_fault_class class, const char *path);

/* The same of a file, by its path or its descriptor, unless it is one that is left alone. */
bool mt_fault_strikes_path(enum mt_fault_class class, const char *path);
bool mt_fault_strikes_fd(enum mt_fault_class class, int fd);

/* The errno of the chosen fault; 0: a short write. */
int mt_fault_code(void);

/* The next function of this name, which is kept in *found. */
void *mt_fault_real(const char *name, void **found);

/* Ends the program: the harness is at fault. */
_Noreturn void mt_fault_refuse(const char *why, const char *what);

#pragma GCC visibility pop

/* The function of this name that would have been called without us. */
#define REAL(name) ((__typeof__(&name))mt_fault_real(#name, &name##_found))
#define FOUND(name) static void *name##_found

/* With 64-bit file offsets these have names of their own; on a 64-bit machine they are the same. */
#define ALSO(name) __attribute__((alias(#name)))

#endif

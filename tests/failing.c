#include "tests/failing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    bool on, later, every;
    enum failing kind;
    int64_t n;
    int code;
    _Atomic int64_t called[FAIL_KINDS];
} failing;

void failing_begin(enum failing kind, int64_t n, bool later, bool every, int code)
{
    for (int i = 0; i < FAIL_KINDS; i++)
        failing.called[i] = 0;
    failing.kind = kind;
    failing.n = n;
    failing.later = later;
    failing.every = every;
    failing.code = code;
    failing.on = true;
}

int64_t failing_end(enum failing kind)
{
    failing.on = false;
    return failing.called[kind];
}

static bool strikes(enum failing kind)
{
    if (!failing.on)
        return false;
    int64_t at = atomic_fetch_add(&failing.called[kind], 1) + 1;
    if (!failing.n || kind != failing.kind || at < failing.n ||
        (at > failing.n && !failing.later && !failing.every) || (failing.every && (at - failing.n) % 2))
        return false;
    errno = failing.code;
    return true;
}

/* REPLACE(returned type, name, parameters, arguments, kind, what a failed call returns) */
#define REPLACE(type, name, parameters, arguments, kind, failed)                                             \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        return strikes(kind) ? (failed) : __real_##name arguments;                                           \
    }

REPLACE(ssize_t, read, (int fd, void *data, size_t len), (fd, data, len), FAIL_READ, -1)
REPLACE(ssize_t, pread64, (int fd, void *data, size_t len, off_t at), (fd, data, len, at), FAIL_READ, -1)
REPLACE(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len), FAIL_WRITE, -1)
REPLACE(int, rename, (const char *from, const char *to), (from, to), FAIL_RENAME, -1)
REPLACE(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
        (a, from, b, to, flags), FAIL_RENAME, -1)
REPLACE(int, mkdir, (const char *path, mode_t mode), (path, mode), FAIL_FOLDER, -1)
REPLACE(void *, malloc, (size_t len), (len), FAIL_ALLOC, NULL)
REPLACE(void *, calloc, (size_t n, size_t size), (n, size), FAIL_ALLOC, NULL)
REPLACE(void *, realloc, (void *old, size_t len), (old, len), FAIL_ALLOC, NULL)
REPLACE(void *, aligned_alloc, (size_t alignment, size_t len), (alignment, len), FAIL_ALLOC, NULL)
REPLACE(char *, strdup, (const char *text), (text), FAIL_ALLOC, NULL)
REPLACE(char *, strndup, (const char *text, size_t len), (text, len), FAIL_ALLOC, NULL)
REPLACE(int, vasprintf, (char **out, const char *fmt, va_list ap), (out, fmt, ap), FAIL_ALLOC, -1)

/* What is durable is not tested here, and takes time. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return strikes(FAIL_SYNC) ? -1 : 0;
}

/* As on Linux, the descriptor is gone also where it fails. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    bool fails = strikes(FAIL_CLOSE);
    int rc = __real_close(fd);
    errno = fails ? failing.code : errno;
    return fails ? -1 : rc;
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return strncmp(path, "/proc/", 6) && strikes(FAIL_OPEN) ? -1 : __real_open64(path, flags, mode);
}

int __wrap_asprintf(char **out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **out, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = strikes(FAIL_ALLOC) ? -1 : __real_vasprintf(out, fmt, ap);
    va_end(ap);
    return len;
}

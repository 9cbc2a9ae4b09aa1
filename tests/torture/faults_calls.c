/* faults_calls.c: the calls about files and processes that can be made to fail. */
#include "tests/torture/faults.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- files ---- */

FOUND(read);
ssize_t read(int fd, void *data, size_t len)
{
    return mt_fault_strikes_fd(READ, fd) ? -1 : REAL(read)(fd, data, len);
}

FOUND(pread);
ssize_t pread(int fd, void *data, size_t len, off_t at)
{
    return mt_fault_strikes_fd(READ, fd) ? -1 : REAL(pread)(fd, data, len, at);
}

/* What a write that fails still takes. */
static size_t taken(size_t len)
{
    return mt_fault_code() || len == 0 ? 0 : (len + 1) / 2;
}

FOUND(write);
ssize_t write(int fd, const void *data, size_t len)
{
    if (!mt_fault_strikes_fd(WRITE, fd))
        return REAL(write)(fd, data, len);
    return taken(len) ? REAL(write)(fd, data, taken(len)) : -1;
}

FOUND(pwrite);
ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    if (!mt_fault_strikes_fd(WRITE, fd))
        return REAL(pwrite)(fd, data, len, at);
    return taken(len) ? REAL(pwrite)(fd, data, taken(len), at) : -1;
}

FOUND(writev);
ssize_t writev(int fd, const struct iovec *v, int n)
{
    return mt_fault_strikes_fd(WRITE, fd) ? -1 : REAL(writev)(fd, v, n);
}

FOUND(fsync);
int fsync(int fd)
{
    return mt_fault_strikes_fd(SYNC, fd) ? -1 : REAL(fsync)(fd);
}

FOUND(fdatasync);
int fdatasync(int fd)
{
    return mt_fault_strikes_fd(SYNC, fd) ? -1 : REAL(fdatasync)(fd);
}

/* As on Linux, the descriptor is gone also where it fails. */
FOUND(close);
int close(int fd)
{
    bool fails = mt_fault_strikes_fd(CLOSE, fd);
    int rc = REAL(close)(fd);
    if (!fails)
        return rc;
    errno = mt_fault_code();
    return -1;
}

FOUND(rename);
int rename(const char *from, const char *to)
{
    return mt_fault_strikes_path(RENAME, to) ? -1 : REAL(rename)(from, to);
}

FOUND(renameat2);
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return mt_fault_strikes_path(RENAME, to) ? -1 : REAL(renameat2)(from_dir, from, to_dir, to, flags);
}

FOUND(link);
int link(const char *from, const char *to)
{
    return mt_fault_strikes_path(RENAME, to) ? -1 : REAL(link)(from, to);
}

FOUND(linkat);
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return mt_fault_strikes_path(RENAME, to) ? -1 : REAL(linkat)(from_dir, from, to_dir, to, flags);
}

FOUND(unlink);
int unlink(const char *path)
{
    return mt_fault_strikes_path(UNLINK, path) ? -1 : REAL(unlink)(path);
}

FOUND(unlinkat);
int unlinkat(int dir, const char *path, int flags)
{
    return mt_fault_strikes_path(UNLINK, path) ? -1 : REAL(unlinkat)(dir, path, flags);
}

FOUND(rmdir);
int rmdir(const char *path)
{
    return mt_fault_strikes_path(UNLINK, path) ? -1 : REAL(rmdir)(path);
}

FOUND(mkdir);
int mkdir(const char *path, mode_t mode)
{
    return mt_fault_strikes_path(FOLDER, path) ? -1 : REAL(mkdir)(path, mode);
}

FOUND(ftruncate);
int ftruncate(int fd, off_t len)
{
    return mt_fault_strikes_fd(TRUNCATE, fd) ? -1 : REAL(ftruncate)(fd, len);
}

static mode_t mode_of(int flags, va_list ap)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

FOUND(open);
int open(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = mode_of(flags, ap);
    va_end(ap);
    return mt_fault_strikes_path(OPEN, path) ? -1 : REAL(open)(path, flags, mode);
}

FOUND(openat);
int openat(int dir, const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = mode_of(flags, ap);
    va_end(ap);
    return mt_fault_strikes_path(OPEN, path) ? -1 : REAL(openat)(dir, path, flags, mode);
}

/* Of these a signal interrupts none on any file system we know of. */
static bool uninterrupted(bool strikes)
{
    if (!strikes || mt_fault_code() != EINTR)
        return strikes;
    errno = 0;
    return false;
}

FOUND(fopen);
FILE *fopen(const char *path, const char *mode)
{
    return uninterrupted(mt_fault_strikes_path(OPEN, path)) ? NULL : REAL(fopen)(path, mode);
}

FOUND(opendir);
DIR *opendir(const char *path)
{
    return uninterrupted(mt_fault_strikes_path(OPEN, path)) ? NULL : REAL(opendir)(path);
}

FOUND(scandir);
int scandir(const char *path, struct dirent ***list, int (*wanted)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **))
{
    return uninterrupted(mt_fault_strikes_path(OPEN, path)) ? -1 : REAL(scandir)(path, list, wanted, order);
}

FOUND(readdir);
struct dirent *readdir(DIR *dir)
{
    return uninterrupted(mt_fault_strikes_fd(READ, dirfd(dir))) ? NULL : REAL(readdir)(dir);
}

/* ---- whether there is a file, and what it is ---- */

FOUND(stat);
int stat(const char *restrict path, struct stat *restrict st)
{
    return uninterrupted(mt_fault_strikes_path(LOOK, path)) ? -1 : REAL(stat)(path, st);
}

FOUND(lstat);
int lstat(const char *restrict path, struct stat *restrict st)
{
    return uninterrupted(mt_fault_strikes_path(LOOK, path)) ? -1 : REAL(lstat)(path, st);
}

FOUND(access);
int access(const char *path, int mode)
{
    return uninterrupted(mt_fault_strikes_path(LOOK, path)) ? -1 : REAL(access)(path, mode);
}

/* ---- processes ---- */

FOUND(pthread_create);
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg)
{
    return mt_fault_strikes(THREAD, "a thread") ? mt_fault_code()
                                                : REAL(pthread_create)(thread, attributes, fn, arg);
}

FOUND(fork);
pid_t fork(void)
{
    return mt_fault_strikes(FORK, "a process") ? -1 : REAL(fork)();
}

FOUND(posix_spawn);
int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    return mt_fault_strikes(FORK, path) ? mt_fault_code()
                                        : REAL(posix_spawn)(pid, path, actions, attributes, argv, env);
}

FOUND(posix_spawnp);
int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    return mt_fault_strikes(FORK, path) ? mt_fault_code()
                                        : REAL(posix_spawnp)(pid, path, actions, attributes, argv, env);
}

int open64(const char *path, int flags, ...) ALSO(open);
int openat64(int dir, const char *path, int flags, ...) ALSO(openat);
FILE *fopen64(const char *path, const char *mode) ALSO(fopen);
ssize_t pread64(int fd, void *data, size_t len, off64_t at) ALSO(pread);
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) ALSO(pwrite);
int ftruncate64(int fd, off64_t len) ALSO(ftruncate);
struct dirent64 *readdir64(DIR *dir) ALSO(readdir);
int stat64(const char *restrict path, struct stat64 *restrict st) ALSO(stat);
int lstat64(const char *restrict path, struct stat64 *restrict st) ALSO(lstat);
int scandir64(const char *path, struct dirent64 ***list, int (*wanted)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) ALSO(scandir);

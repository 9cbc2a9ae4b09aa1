#include "lib/core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/fd.h"

int mt_file_open(const char *path, uint64_t *size, struct mt_err *err)
{
    struct stat st;
    int fd = mt_fd_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return mt_err_read(err, path, "open", errno);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a regular file", path);
    }
    *size = (uint64_t)st.st_size;
    return fd;
}

int mt_file_read(const char *path, size_t limit, char **data, size_t *len, struct mt_err *err)
{
    uint64_t bytes;
    int fd = mt_file_open(path, &bytes, err), rc = -1;
    char *buf = NULL;
    *data = NULL;
    *len = 0;
    if (fd < 0)
        return -1;
    if (bytes > limit) {
        mt_err_set(err, MT_ERR_DATA, "%s: has %llu bytes, more than the %zu allowed here", path,
                   (unsigned long long)bytes, limit);
        goto out;
    }
    size_t size = (size_t)bytes, at = 0;
    if (!(buf = malloc(size + 1))) {
        mt_err_memory(err, path, size + 1);
        goto out;
    }
    while (at < size) {
        ssize_t n = mt_fd_read(fd, buf + at, size - at);
        if (n < 0) {
            mt_err_read(err, path, "read", errno);
            goto out;
        }
        if (n == 0)
            break;
        at += (size_t)n;
    }
    buf[at] = 0;
    *data = buf;
    *len = at;
    buf = NULL;
    rc = 0;
out:
    free(buf);
    close(fd);
    return rc;
}

/* Some file systems cannot store a folder on demand, and say so: then there is no more to be done. */
static int sync_dir(const char *path)
{
    char *dir = mt_path_dir(path);
    int fd = dir ? mt_fd_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) : -1;
    free(dir);
    if (fd < 0)
        return -1;
    int rc = mt_fd_sync(fd), saved = errno;
    close(fd);
    errno = saved;
    return rc < 0 && errno != EINVAL && errno != ENOTSUP ? -1 : 0;
}

static int write_error(const struct mt_writer *w, int code, struct mt_err *err)
{
    return mt_err_set(err, MT_ERR_RUN, "%s: cannot write: %s", w->path, strerror(code));
}

/* Nothing but a file, for a device or a pipe would be lost; a link is replaced, and what it leads to is left
 * alone. */
static int check_target(const char *path, struct mt_err *err)
{
    struct stat st;
    if (lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
        return 0;
    return mt_err_set(err, MT_ERR_RUN, "%s: cannot write: %s; give the name of a file", path,
                      S_ISDIR(st.st_mode) ? "Is a directory" : "is a device or a pipe, not a file");
}

char *mt_file_behind(const char *path, struct mt_err *err)
{
    struct stat st;
    bool link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    char *target = link ? realpath(path, NULL) : strdup(path);
    if (!target && errno == ENOENT) /* leads to nothing yet */
        mt_err_set(err, MT_ERR_RUN, "%s: cannot write: is a link to what is not there; name the file itself",
                   path);
    else if (!target)
        mt_err_set(err, MT_ERR_RUN, "%s: cannot write: %s", path, strerror(errno));
    return target;
}

/* A file of this name was left by a process that was killed, or put there: it goes, and nothing is written
 * through it. */
static int create_new(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = mt_fd_open(path, flags, 0666);
    if (fd < 0 && errno == EEXIST && unlink(path) == 0)
        fd = mt_fd_open(path, flags, 0666);
    return fd;
}

int mt_writer_open(struct mt_writer *w, const char *path, struct mt_err *err)
{
    *w = (struct mt_writer){.fd = -1};
    if (check_target(path, err) < 0)
        return -1;
    w->path = strdup(path);
    if (!w->path || asprintf(&w->tmp, "%s.tmp.%ld", path, (long)getpid()) < 0)
        w->tmp = NULL;
    if (!w->tmp) {
        mt_err_memory(err, path, strlen(path));
        goto fail;
    }
    w->fd = create_new(w->tmp);
    if (w->fd < 0) {
        mt_err_set(err, MT_ERR_RUN, "%s: cannot create: %s", w->tmp, strerror(errno));
        goto fail;
    }
    return 0;
fail:
    free(w->tmp); /* not ours to remove */
    w->tmp = NULL;
    mt_writer_abort(w);
    return -1;
}

int mt_writer_append(struct mt_writer *w, const void *data, size_t len, struct mt_err *err)
{
    return mt_fd_write(w->fd, data, len) < 0 ? write_error(w, errno, err) : 0;
}

/* Both names change at once, so that there is a file at the path at any moment; then the older one, now under
 * the temporary name, becomes `keep`. Returns 0, 1 where the file system cannot exchange, or -1 with nothing
 * changed. */
static int exchange(const struct mt_writer *w, const char *keep)
{
    if (renameat2(AT_FDCWD, w->tmp, AT_FDCWD, w->path, RENAME_EXCHANGE) < 0)
        return errno == EINVAL || errno == ENOSYS || errno == ENOENT ? 1 : -1;
    if (rename(w->tmp, keep) == 0)
        return 0;
    int saved = errno;
    renameat2(AT_FDCWD, w->tmp, AT_FDCWD, w->path, RENAME_EXCHANGE);
    errno = saved;
    return -1;
}

/* The same in two steps. Killed between them, `keep` holds what stood at the path. */
static int rename_both(const struct mt_writer *w, const char *keep)
{
    bool kept = keep && rename(w->path, keep) == 0;
    if (keep && !kept && errno != ENOENT)
        return -1;
    if (rename(w->tmp, w->path) == 0)
        return 0;
    int saved = errno;
    if (kept)
        rename(keep, w->path);
    errno = saved;
    return -1;
}

/* From the stored temporary file to its place. */
static int move_into_place(const struct mt_writer *w, const char *keep)
{
    int rc = keep ? exchange(w, keep) : 1;
    return rc == 1 ? rename_both(w, keep) : rc;
}

int mt_writer_commit(struct mt_writer *w, const char *keep, struct mt_err *err)
{
    int rc = mt_fd_sync(w->fd), saved = errno;
    if (close(w->fd) < 0 && rc == 0 && errno != EINTR) {
        rc = -1;
        saved = errno;
    }
    w->fd = -1;
    if (rc == 0 && (rc = move_into_place(w, keep)) < 0)
        saved = errno;
    if (rc < 0) {
        write_error(w, saved, err);
        goto out;
    }
    free(w->tmp); /* gone to its place */
    w->tmp = NULL;
    if (sync_dir(w->path) < 0)
        rc = mt_err_set(err, MT_ERR_RUN, "%s: cannot make its folder durable: %s", w->path, strerror(errno));
out:
    mt_writer_abort(w);
    return rc;
}

void mt_writer_abort(struct mt_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->tmp)
        unlink(w->tmp);
    free(w->path);
    free(w->tmp);
    *w = (struct mt_writer){.fd = -1};
}

static int write_all(const char *path, const void *data, size_t len, struct mt_err *err)
{
    struct mt_writer w;
    if (mt_writer_open(&w, path, err) < 0)
        return -1;
    int rc = mt_writer_append(&w, data, len, err);
    if (rc == 0)
        rc = mt_writer_commit(&w, NULL, err);
    mt_writer_abort(&w);
    return rc;
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
#define ENDS (sizeof ends / sizeof *ends)

void mt_signals_hold(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ENDS; i++)
        sigaddset(&set, ends[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

bool mt_signals_wait(void)
{
    sigset_t waiting;
    bool any = false;
    if (sigpending(&waiting) < 0)
        return false;
    for (size_t i = 0; i < ENDS; i++)
        any = any || sigismember(&waiting, ends[i]) == 1;
    return any;
}

void mt_signals_release(const sigset_t *before)
{
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = saved;
}

int mt_file_write(const char *path, const void *data, size_t len, struct mt_err *err)
{
    sigset_t before;
    mt_signals_hold(&before);
    int rc = write_all(path, data, len, err);
    mt_signals_release(&before);
    return rc;
}

int mt_file_mkdirs(const char *path, struct mt_err *err)
{
    char *copy = strdup(path);
    if (!copy)
        return mt_err_memory(err, path, strlen(path));
    int rc = 0;
    for (char *p = copy + 1; rc == 0; p++) {
        if (*p != '/' && *p != 0)
            continue;
        char c = *p;
        *p = 0;
        if (mkdir(copy, 0777) < 0 && errno != EEXIST)
            rc = mt_err_set(err, MT_ERR_RUN, "%s: cannot create the folder: %s", copy, strerror(errno));
        *p = c;
        if (!c)
            break;
    }
    struct stat st;
    if (rc == 0 && stat(path, &st) < 0)
        rc = mt_err_set(err, MT_ERR_RUN, "%s: cannot look at the folder: %s", path, strerror(errno));
    else if (rc == 0 && !S_ISDIR(st.st_mode))
        rc = mt_err_set(err, MT_ERR_RUN, "%s: is not a folder", path);
    free(copy);
    return rc;
}

int mt_file_within(const char *dir, const char *name, struct mt_err *err)
{
    struct stat st;
    for (const char *slash = name; (slash = strchr(slash, '/')); slash++) {
        char *folder = NULL;
        if (asprintf(&folder, "%s/%.*s", dir, (int)(slash - name), name) < 0)
            return mt_err_memory(err, name, strlen(name));
        bool link = lstat(folder, &st) == 0 && S_ISLNK(st.st_mode);
        if (link)
            mt_err_set(err, MT_ERR_RUN,
                       "%s: is a link, and what is written here stays in %s; make it a folder", folder, dir);
        free(folder);
        if (link)
            return -1;
    }
    return 0;
}

int mt_file_there(const char *path, struct mt_err *err)
{
    if (access(path, F_OK) == 0 || errno == ELOOP)
        return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0 : mt_err_read(err, path, "look at", errno);
}

bool mt_file_exists(const char *path)
{
    return mt_file_there(path, NULL) != 0;
}

bool mt_file_holds(const char *folder, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    return len > 0 && len < (int)sizeof path && mt_file_exists(path);
}

bool mt_file_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

void mt_hash_init(struct mt_hash *h)
{
    sha256_init(&h->ctx);
}

void mt_hash_add(struct mt_hash *h, const void *data, size_t len)
{
    sha256_update(&h->ctx, len, data);
}

void mt_hash_hex(struct mt_hash *h, char hex[MT_SHA256_HEX])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&h->ctx, sizeof digest, digest);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void mt_sha256(const void *data, size_t len, char hex[MT_SHA256_HEX])
{
    struct mt_hash h;
    mt_hash_init(&h);
    mt_hash_add(&h, data, len);
    mt_hash_hex(&h, hex);
}

int mt_file_sha256(const char *path, char hex[MT_SHA256_HEX], uint64_t *size, struct mt_err *err)
{
    struct mt_hash h;
    uint8_t block[65536];
    int fd = mt_file_open(path, size, err);
    if (fd < 0)
        return -1;
    mt_hash_init(&h);
    *size = 0;
    ssize_t n;
    while ((n = mt_fd_read(fd, block, sizeof block)) > 0) {
        mt_hash_add(&h, block, (size_t)n);
        *size += (uint64_t)n;
    }
    int saved = errno;
    close(fd);
    if (n < 0)
        return mt_err_read(err, path, "read", saved);
    mt_hash_hex(&h, hex);
    return 0;
}

char *mt_path_join(const char *a, const char *b)
{
    char *path = NULL;
    if (b[0] == '/' || !*a || !strcmp(a, "."))
        return strdup(b);
    if (asprintf(&path, a[strlen(a) - 1] == '/' ? "%s%s" : "%s/%s", a, b) < 0)
        return NULL;
    return path;
}

char *mt_path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

double mt_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

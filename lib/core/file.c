#include "lib/core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int open_regular(const char *path, struct stat *st, struct mt_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
        mt_err_set(err, MT_ERR_DATA, "%s: is not a regular file", path);
        close(fd);
        return -1;
    }
    return fd;
}

static ssize_t read_some(int fd, void *data, size_t len)
{
    ssize_t n;
    do
        n = read(fd, data, len);
    while (n < 0 && errno == EINTR);
    return n;
}

int mt_file_read(const char *path, size_t limit, char **data, size_t *len, struct mt_err *err)
{
    struct stat st;
    int fd = open_regular(path, &st, err), rc = -1;
    char *buf = NULL;
    *data = NULL;
    *len = 0;
    if (fd < 0)
        return -1;
    if ((uint64_t)st.st_size > limit) {
        mt_err_set(err, MT_ERR_DATA, "%s: has %lld bytes, more than the %zu allowed here", path,
                   (long long)st.st_size, limit);
        goto out;
    }
    size_t size = (size_t)st.st_size, at = 0;
    if (!(buf = malloc(size + 1))) {
        mt_err_memory(err, path, size + 1);
        goto out;
    }
    while (at < size) {
        ssize_t n = read_some(fd, buf + at, size - at);
        if (n < 0) {
            mt_err_set(err, MT_ERR_DATA, "%s: cannot read: %s", path, strerror(errno));
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

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int sync_fd(int fd)
{
    int rc;
    do
        rc = fsync(fd);
    while (rc < 0 && errno == EINTR);
    return rc;
}

static int sync_dir(const char *path)
{
    char *dir = mt_path_dir(path);
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(dir);
    if (fd < 0)
        return -1;
    int rc = sync_fd(fd);
    close(fd);
    return rc;
}

int mt_file_write(const char *path, const void *data, size_t len, struct mt_err *err)
{
    char *tmp = NULL;
    if (asprintf(&tmp, "%s.tmp.%ld", path, (long)getpid()) < 0)
        return mt_err_memory(err, path, strlen(path));
    int rc = -1, fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) {
        mt_err_set(err, MT_ERR_RUN, "%s: cannot create: %s", tmp, strerror(errno));
        goto out;
    }
    bool ok = write_all(fd, data, len) == 0 && sync_fd(fd) == 0;
    int saved = errno;
    if (close(fd) < 0 && ok && errno != EINTR) {
        ok = false;
        saved = errno;
    }
    if (ok && (rename(tmp, path) < 0)) {
        ok = false;
        saved = errno;
    }
    if (!ok) {
        mt_err_set(err, MT_ERR_RUN, "%s: cannot write: %s", path, strerror(saved));
        unlink(tmp);
        goto out;
    }
    if (sync_dir(path) < 0) {
        mt_err_set(err, MT_ERR_RUN, "%s: cannot make its folder durable: %s", path, strerror(errno));
        goto out;
    }
    rc = 0;
out:
    free(tmp);
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
    if (rc == 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
        rc = mt_err_set(err, MT_ERR_RUN, "%s: is not a folder", path);
    free(copy);
    return rc;
}

bool mt_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void to_hex(const uint8_t digest[SHA256_DIGEST_SIZE], char hex[MT_SHA256_HEX])
{
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void mt_sha256(const void *data, size_t len, char hex[MT_SHA256_HEX])
{
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&ctx);
    sha256_update(&ctx, len, data);
    sha256_digest(&ctx, sizeof digest, digest);
    to_hex(digest, hex);
}

int mt_file_sha256(const char *path, char hex[MT_SHA256_HEX], uint64_t *size, struct mt_err *err)
{
    struct stat st;
    struct sha256_ctx ctx;
    uint8_t block[65536], digest[SHA256_DIGEST_SIZE];
    int fd = open_regular(path, &st, err);
    if (fd < 0)
        return -1;
    sha256_init(&ctx);
    *size = 0;
    ssize_t n;
    while ((n = read_some(fd, block, sizeof block)) > 0) {
        sha256_update(&ctx, (size_t)n, block);
        *size += (uint64_t)n;
    }
    int saved = errno;
    close(fd);
    if (n < 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: cannot read: %s", path, strerror(saved));
    sha256_digest(&ctx, sizeof digest, digest);
    to_hex(digest, hex);
    return 0;
}

char *mt_path_join(const char *a, const char *b)
{
    char *path = NULL;
    if (b[0] == '/' || !strcmp(a, "."))
        return strdup(b);
    if (asprintf(&path, "%s/%s", a, b) < 0)
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

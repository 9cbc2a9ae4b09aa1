#include "lib/core/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define AGAIN(rc, call)                                                                                      \
    do                                                                                                       \
        rc = (call);                                                                                         \
    while (rc < 0 && errno == EINTR)

int mt_fd_open(const char *path, int flags, mode_t mode)
{
    int fd;
    AGAIN(fd, open(path, flags, mode));
    return fd;
}

ssize_t mt_fd_read(int fd, void *data, size_t len)
{
    ssize_t n;
    AGAIN(n, read(fd, data, len));
    return n;
}

int mt_fd_write(int fd, const void *data, size_t len)
{
    for (const char *at = data; len;) {
        ssize_t n;
        AGAIN(n, write(fd, at, len));
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int mt_fd_sync(int fd)
{
    int rc;
    AGAIN(rc, fsync(fd));
    return rc;
}

int mt_fd_truncate(int fd, off_t len)
{
    int rc;
    AGAIN(rc, ftruncate(fd, len));
    return rc;
}

int mt_fd_append(int fd, const void *data, size_t len)
{
    struct stat before;
    if (fstat(fd, &before) < 0)
        return -1;
    if (mt_fd_write(fd, data, len) == 0)
        return 0;
    int saved = errno;
    mt_fd_truncate(fd, before.st_size);
    errno = saved;
    return -1;
}

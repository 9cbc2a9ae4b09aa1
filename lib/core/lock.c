#include "lib/core/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/fd.h"

#define PAUSE 20000000 /* nanoseconds between two tries */
#define TRIES 4        /* who only looks whether there is a lock holds it for a moment */
#define TRIES_GONE 250 /* where the process that took it is gone: its children are dying */

int mt_lock_open_file(const char *path, int flags, struct mt_err *err)
{
    struct stat st;
    int fd = mt_fd_open(path, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd < 0)
        return mt_err_set(err, MT_ERR_RUN, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return mt_err_set(err, MT_ERR_RUN, "%s: is not a regular file", path);
}

static void read_holder(int fd, char *text, size_t size)
{
    ssize_t n = pread(fd, text, size - 1, 0);
    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\n")] = 0;
}

static void this_host(char name[128])
{
    memset(name, 0, 128);
    if (gethostname(name, 127) < 0)
        strcpy(name, "?");
}

static bool holder_is_gone(const char *text)
{
    char host[128], here[128];
    long pid;
    this_host(here);
    return sscanf(text, "process %ld on %127s", &pid, host) == 2 && pid > 0 && !strcmp(host, here) &&
           kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static int wait_for(int fd, const char *what, struct mt_err *err)
{
    char holder[256];
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return mt_err_set(err, MT_ERR_RUN, "%s: cannot lock: %s", what, strerror(errno));
        read_holder(fd, holder, sizeof holder);
        if (tries >= (holder_is_gone(holder) ? TRIES_GONE : TRIES))
            return mt_err_set(err, MT_ERR_BUSY, "%s: is in use by %s; wait for it to end", what,
                              *holder ? holder : "another process");
        nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
    }
    return 0;
}

static int write_holder(int fd, const char *what, struct mt_err *err)
{
    char text[256], host[128];
    this_host(host);
    int len = snprintf(text, sizeof text, "process %ld on %s\n", (long)getpid(), host);
    if (mt_fd_truncate(fd, 0) == 0 && mt_fd_write(fd, text, (size_t)len) == 0)
        return 0;
    return mt_err_set(err, MT_ERR_RUN, "%s: cannot write its lock: %s", what, strerror(errno));
}

int mt_lock_stands(int fd, const char *path, struct mt_err *err)
{
    struct stat own, there;
    if (fstat(fd, &own) == 0 && stat(path, &there) == 0)
        return own.st_dev == there.st_dev && own.st_ino == there.st_ino;
    if (errno == ENOENT || errno == ENOTDIR)
        return 0;
    return mt_err_set(err, MT_ERR_RUN, "%s: cannot look at: %s", path, strerror(errno));
}

int mt_lock_take(const char *path, const char *what, struct mt_err *err)
{
    int fd = mt_lock_open_file(path, O_RDWR, err);
    if (fd < 0)
        return -1;
    if (wait_for(fd, what, err) == 0) {
        int stands = mt_lock_stands(fd, path, err);
        if (stands == 0) /* removed while it was waited for */
            mt_err_set(err, MT_ERR_BUSY, "%s: is being removed or replaced by somebody else; try again",
                       what);
        else if (stands == 1 && write_holder(fd, what, err) == 0)
            return fd;
    }
    close(fd);
    return -1;
}

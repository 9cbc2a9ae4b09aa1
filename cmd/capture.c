#include "cmd/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_BYTES (16u << 20)

extern char **environ;

static int start(pid_t *pid, char *const argv[], bool quiet, int out)
{
    posix_spawn_file_actions_t files;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    if (rc == 0 && quiet)
        rc = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawnp(pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* Reads to the end; false where it is too much. */
static bool read_all(int fd, struct mt_buf *out)
{
    char piece[4096];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && out->len < MOST_BYTES)
            mt_buf_append(out, piece, (size_t)n);
    return n == 0 && out->len < MOST_BYTES && !out->failed;
}

int capture(char *const argv[], bool quiet, struct mt_buf *out, struct mt_err *err)
{
    int ends[2], status;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return mt_err_set(err, MT_ERR_RUN, "cannot start %s: %s", argv[0], strerror(errno));
    int rc = start(&pid, argv, quiet, ends[1]);
    close(ends[1]);
    if (rc) {
        close(ends[0]);
        return mt_err_set(err, MT_ERR_RUN, "cannot start %s: %s", argv[0], strerror(rc));
    }
    bool whole = read_all(ends[0], out);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return mt_err_set(err, MT_ERR_RUN, "cannot wait for %s: %s", argv[0], strerror(errno));
    if (!whole)
        return mt_err_set(err, MT_ERR_RUN, "what %s printed could not be read", argv[0]);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#include "cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t child_pid, child_signal;

static void hand_on(int signal)
{
    child_signal = signal;
    if (child_pid > 0)
        kill((pid_t)child_pid, signal);
}

/* In a process group of its own, so that Ctrl-C reaches it once: through us. */
static int start(pid_t *pid, char *const argv[])
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t handled;
    sigemptyset(&handled);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    int rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    if ((rc = posix_spawnattr_init(&attributes)) == 0) {
        rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (rc == 0)
            rc = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawnattr_setsigdefault(&attributes, &handled);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
        if (rc == 0)
            rc = posix_spawn(pid, "/proc/self/exe", &files, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_run(char *const argv[], bool *stopped, struct mt_err *err)
{
    struct sigaction act = {.sa_handler = hand_on}, before_int, before_term;
    pid_t pid;
    *stopped = false;
    child_pid = 0;
    child_signal = 0;
    sigaction(SIGINT, &act, &before_int);
    sigaction(SIGTERM, &act, &before_term);
    int code = -1, rc = start(&pid, argv);
    if (rc) {
        mt_err_set(err, MT_ERR_RUN, "cannot start another metric-train: %s", strerror(rc));
    } else {
        child_pid = pid;
        if (child_signal) /* came before there was a child to hand it to */
            kill(pid, child_signal);
        code = wait_for(pid);
        child_pid = 0;
    }
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    *stopped = child_signal != 0;
    return code;
}

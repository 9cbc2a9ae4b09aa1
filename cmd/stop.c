#include "cmd/stop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The only state a signal handler may touch. */
static volatile sig_atomic_t stop_requested;
static char text[128];

static void on_signal(int sig)
{
    if (stop_requested)
        _exit(128 + sig);
    stop_requested = sig;
    int before = errno; /* belongs to whoever was interrupted */
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
    errno = before;
}

/* nohup, and shells for what runs behind, have some ignored. */
static void catch_signal(int sig)
{
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    sigemptyset(&sa.sa_mask);
    if (sigaction(sig, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(sig, &sa, NULL);
}

const volatile sig_atomic_t *stop_on_signal(const char *what)
{
    snprintf(text, sizeof text, "\n%s... (once more to stop now)\n", what);
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    catch_signal(SIGHUP);
    return &stop_requested;
}

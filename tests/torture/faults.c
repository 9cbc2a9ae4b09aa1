/* faults.c: a library for LD_PRELOAD that makes one chosen system call or allocation of a program fail, the
 * way SQLite tests itself: a loop around it lets the first call fail, then the second, until the program gets
 * by without a failure.
 *
 *   MT_FAULT=CLASS:N:HOW:ERROR   the N-th call of the class (from 1; 0: none) fails with errno ERROR (its
 * name, ENOSPC). HOW: once, on (it and all later ones), each (from it on, every second call: each fails once
 * and works when tried again). ERROR `short` lets a write take half of its bytes, and one at least; with
 * SIGTERM the call works, and the process gets that signal before it.
 *   MT_FAULT_COUNTS=FILE         a file of struct counts, made here: what was called how often, shared by the
 * processes that the program starts. A program killed in between leaves it, too. MT_FAULT_TRACE=1 prints
 * where the call that fails comes from, as addresses for addr2line.
 *
 * Calls count from main() on, in the program and its libraries, but not the dynamic loader's and not those
 * inside libc (printf's own write); /proc, /sys and /dev are left alone, as are standard input and error.
 * libc's allocations do count; those of dlopen and of the constructors of what it loads are a class of their
 * own, load, for no program can help what they do.
 *
 * Here stand the set-up and the choice; what is put before libc's functions stands in faults_calls.c and
 * faults_memory.c. */
#include "tests/torture/faults.h"
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEEPEST 48

static const char *const class_names[CLASSES] = {"read", "write", "sync",   "close",    "rename",
                                                 "open", "mkdir", "unlink", "truncate", "alloc",
                                                 "load", "map",   "thread", "fork",     "look"};

static const struct {
    const char *name;
    int code; /* errno; less than 0: a signal; 0: a short write */
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EMFILE", EMFILE},    {"EDQUOT", EDQUOT},
              {"EROFS", EROFS},   {"EINTR", EINTR},   {"ENOMEM", ENOMEM},    {"EAGAIN", EAGAIN},
              {"EACCES", EACCES}, {"ESTALE", ESTALE}, {"SIGTERM", -SIGTERM}, {"short", 0}};

/* The layout is known to tests/torture/inject.py. */
struct counts {
    _Atomic uint64_t called[CLASSES];
    _Atomic uint64_t failed;
    char paths[8192]; /* what the calls that failed were about, one per line, as far as there is room */
};

static struct {
    bool on; /* main() runs */
    bool chosen;
    enum mt_fault_class class;
    uint64_t n;
    char how; /* o(nce), f(rom then on), e(ach) */
    int code;
    bool trace;
    struct counts *counts;
} faults;

static struct counts private_counts;
static _Thread_local bool inside; /* our own calls do not count */

/* ---- set-up ---- */

void mt_fault_refuse(const char *why, const char *what)
{
    fprintf(stderr, "faults: %s: %s\n", why, what);
    _exit(120);
}

static void parse(const char *text)
{
    char class[16], how[8], error[16];
    unsigned long long n;
    size_t i;
    if (sscanf(text, "%15[^:]:%llu:%7[^:]:%15s", class, &n, how, error) != 4)
        mt_fault_refuse("MT_FAULT is not CLASS:N:HOW:ERROR", text);
    for (i = 0; i < CLASSES && strcmp(class, class_names[i]); i++)
        ;
    if (i == CLASSES)
        mt_fault_refuse("no such class", class);
    faults.class = (enum mt_fault_class)i;
    for (i = 0; i < sizeof errors / sizeof *errors && strcmp(error, errors[i].name); i++)
        ;
    if (i == sizeof errors / sizeof *errors)
        mt_fault_refuse("no such error", error);
    faults.code = errors[i].code;
    faults.how = !strcmp(how, "once") ? 'o' : !strcmp(how, "on") ? 'f' : !strcmp(how, "each") ? 'e' : 0;
    if (!faults.how)
        mt_fault_refuse("once, on or each", how);
    faults.n = n;
    faults.chosen = n > 0;
}

static struct counts *share(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || ftruncate(fd, sizeof(struct counts)) < 0)
        mt_fault_refuse("cannot create", path);
    void *at = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        mt_fault_refuse("cannot map", path);
    close(fd);
    return at;
}

static int (*real_main)(int, char **, char **);

static int main_after_set_up(int argc, char **argv, char **env)
{
    void *frames[2];
    const char *fault = getenv("MT_FAULT"), *counts = getenv("MT_FAULT_COUNTS");
    faults.counts = counts ? share(counts) : &private_counts;
    if (fault)
        parse(fault);
    if ((faults.trace = getenv("MT_FAULT_TRACE") != NULL))
        backtrace(frames, 2); /* loads what it needs now */
    faults.on = true;
    int rc = real_main(argc, argv, env);
    faults.on = false;
    return rc;
}

int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                 void *) = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main_fn;
    return start(main_after_set_up, argc, argv, init, fini, rtld_fini, stack_end);
}

/* ---- the choice ---- */

static void note(const char *path)
{
    void *frames[DEEPEST];
    inside = true;
    size_t used = strlen(faults.counts->paths), len = strlen(path);
    atomic_fetch_add(&faults.counts->failed, 1);
    if (used + len + 2 < sizeof faults.counts->paths) {
        memcpy(faults.counts->paths + used, path, len);
        faults.counts->paths[used + len] = '\n';
    }
    if (faults.trace) {
        dprintf(2, "faults: %s %s\n", class_names[faults.class], path);
        backtrace_symbols_fd(frames, backtrace(frames, DEEPEST), 2);
    }
    inside = false;
}

bool mt_fault_strikes(enum mt_fault_class class, const char *path)
{
    if (!faults.on || inside)
        return false;
    uint64_t at = atomic_fetch_add(&faults.counts->called[class], 1) + 1;
    if (!faults.chosen || class != faults.class || at < faults.n || (faults.how == 'o' && at > faults.n) ||
        (faults.how == 'e' && (at - faults.n) % 2))
        return false;
    note(path ? path : "");
    if (faults.code < 0) {
        kill(getpid(), -faults.code);
        return false;
    }
    errno = faults.code;
    return true;
}

static bool left_alone(const char *path)
{
    return !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5) ||
           (!strncmp(path, "/dev/", 5) && strncmp(path, "/dev/shm/", 9));
}

bool mt_fault_strikes_path(enum mt_fault_class class, const char *path)
{
    return path && !left_alone(path) && mt_fault_strikes(class, path);
}

bool mt_fault_strikes_fd(enum mt_fault_class class, int fd)
{
    char link[32], path[4096];
    if (fd == 0 || fd == 2 || !faults.on || inside)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    return !left_alone(path) && mt_fault_strikes(class, path);
}

void *mt_fault_real(const char *name, void **found)
{
    if (!*found) {
        bool was = inside;
        inside = true;
        *found = dlsym(RTLD_NEXT, name);
        inside = was;
    }
    return *found;
}

int mt_fault_code(void)
{
    return faults.code;
}

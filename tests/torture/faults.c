/* faults.c: a library for LD_PRELOAD that makes one chosen system call or allocation of a program fail, the
 * way SQLite tests itself: a loop around it lets the first call fail, then the second, until the program gets
 * by without a failure.
 *
 *   MT_FAULT=CLASS:N:HOW:ERROR   the N-th call of the class (from 1; 0: none) fails with errno ERROR (its
 * name, ENOSPC). HOW: once, on (it and all later ones), each (from it on, every second call: each fails once
 * and works when tried again). ERROR `short` lets a write take half of its bytes, and one at least.
 *   MT_FAULT_COUNTS=FILE         a file of struct counts, made here: what was called how often, shared by the
 * processes that the program starts. A program killed in between leaves it, too. MT_FAULT_TRACE=1 prints
 * where the call that fails comes from, as addresses for addr2line.
 *
 * Calls count from main() on, in the program and its libraries, but not the dynamic loader's and not those
 * inside libc (printf's own write); /proc, /sys and /dev are left alone, as are standard input and error.
 * libc's allocations do count; those of dlopen
 * and of the constructors of what it loads are a class of their own, load, for no program can help what they
 * do. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DEEPEST 48

enum class {
    READ,
    WRITE,
    SYNC,
    CLOSE,
    RENAME,
    OPEN,
    FOLDER,
    UNLINK,
    TRUNCATE,
    ALLOC,
    LOAD,
    MAP,
    THREAD,
    FORK,
    CLASSES
};

static const char *const class_names[CLASSES] = {"read", "write", "sync",   "close",    "rename",
                                                 "open", "mkdir", "unlink", "truncate", "alloc",
                                                 "load", "map",   "thread", "fork"};

static const struct {
    const char *name;
    int code;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},     {"EMFILE", EMFILE}, {"EDQUOT", EDQUOT},
              {"EROFS", EROFS},   {"EINTR", EINTR}, {"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN},
              {"EACCES", EACCES}, {"short", 0}};

/* The layout is known to tests/torture/inject.py. */
struct counts {
    _Atomic uint64_t called[CLASSES];
    _Atomic uint64_t failed;
    char paths[8192]; /* what the calls that failed were about, one per line, as far as there is room */
};

static struct {
    bool on; /* main() runs */
    bool chosen;
    enum class class;
    uint64_t n;
    char how; /* o(nce), f(rom then on), e(ach) */
    int code;
    bool trace;
    struct counts *counts;
} faults;

static struct counts private_counts;
static _Thread_local bool inside;  /* our own calls do not count */
static _Thread_local bool loading; /* in dlopen */

/* ---- set-up ---- */

static void refuse(const char *why, const char *what)
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
        refuse("MT_FAULT is not CLASS:N:HOW:ERROR", text);
    for (i = 0; i < CLASSES && strcmp(class, class_names[i]); i++)
        ;
    if (i == CLASSES)
        refuse("no such class", class);
    faults.class = (enum class)i;
    for (i = 0; i < sizeof errors / sizeof *errors && strcmp(error, errors[i].name); i++)
        ;
    if (i == sizeof errors / sizeof *errors)
        refuse("no such error", error);
    faults.code = errors[i].code;
    faults.how = !strcmp(how, "once") ? 'o' : !strcmp(how, "on") ? 'f' : !strcmp(how, "each") ? 'e' : 0;
    if (!faults.how)
        refuse("once, on or each", how);
    faults.n = n;
    faults.chosen = n > 0;
}

static struct counts *share(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || ftruncate(fd, sizeof(struct counts)) < 0)
        refuse("cannot create", path);
    void *at = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        refuse("cannot map", path);
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

/* Counts a call; whether it is to fail, errno then being set. */
static bool strikes(enum class class, const char *path)
{
    if (!faults.on || inside)
        return false;
    uint64_t at = atomic_fetch_add(&faults.counts->called[class], 1) + 1;
    if (!faults.chosen || class != faults.class || at < faults.n || (faults.how == 'o' && at > faults.n) ||
        (faults.how == 'e' && (at - faults.n) % 2))
        return false;
    note(path ? path : "");
    errno = faults.code;
    return true;
}

static bool left_alone(const char *path)
{
    return !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5) ||
           (!strncmp(path, "/dev/", 5) && strncmp(path, "/dev/shm/", 9));
}

static bool strikes_path(enum class class, const char *path)
{
    return path && !left_alone(path) && strikes(class, path);
}

static bool strikes_fd(enum class class, int fd)
{
    char link[32], path[4096];
    if (fd == 0 || fd == 2 || !faults.on || inside)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    return !left_alone(path) && strikes(class, path);
}

/* The function of this name that would have been called without us. */
#define REAL(name) ((__typeof__(&name))real(#name, &name##_found))
#define FOUND(name) static void *name##_found

static void *real(const char *name, void **found)
{
    if (!*found) {
        bool was = inside;
        inside = true;
        *found = dlsym(RTLD_NEXT, name);
        inside = was;
    }
    return *found;
}

/* ---- files ---- */

FOUND(read);
ssize_t read(int fd, void *data, size_t len)
{
    return strikes_fd(READ, fd) ? -1 : REAL(read)(fd, data, len);
}

FOUND(pread);
ssize_t pread(int fd, void *data, size_t len, off_t at)
{
    return strikes_fd(READ, fd) ? -1 : REAL(pread)(fd, data, len, at);
}

/* What a write that fails still takes. */
static size_t taken(size_t len)
{
    return faults.code || len == 0 ? 0 : (len + 1) / 2;
}

FOUND(write);
ssize_t write(int fd, const void *data, size_t len)
{
    if (!strikes_fd(WRITE, fd))
        return REAL(write)(fd, data, len);
    return taken(len) ? REAL(write)(fd, data, taken(len)) : -1;
}

FOUND(pwrite);
ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    if (!strikes_fd(WRITE, fd))
        return REAL(pwrite)(fd, data, len, at);
    return taken(len) ? REAL(pwrite)(fd, data, taken(len), at) : -1;
}

FOUND(writev);
ssize_t writev(int fd, const struct iovec *v, int n)
{
    return strikes_fd(WRITE, fd) ? -1 : REAL(writev)(fd, v, n);
}

FOUND(fsync);
int fsync(int fd)
{
    return strikes_fd(SYNC, fd) ? -1 : REAL(fsync)(fd);
}

FOUND(fdatasync);
int fdatasync(int fd)
{
    return strikes_fd(SYNC, fd) ? -1 : REAL(fdatasync)(fd);
}

/* As on Linux, the descriptor is gone also where it fails. */
FOUND(close);
int close(int fd)
{
    bool fails = strikes_fd(CLOSE, fd);
    int rc = REAL(close)(fd);
    if (!fails)
        return rc;
    errno = faults.code;
    return -1;
}

FOUND(rename);
int rename(const char *from, const char *to)
{
    return strikes_path(RENAME, to) ? -1 : REAL(rename)(from, to);
}

FOUND(renameat2);
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return strikes_path(RENAME, to) ? -1 : REAL(renameat2)(from_dir, from, to_dir, to, flags);
}

FOUND(link);
int link(const char *from, const char *to)
{
    return strikes_path(RENAME, to) ? -1 : REAL(link)(from, to);
}

FOUND(linkat);
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return strikes_path(RENAME, to) ? -1 : REAL(linkat)(from_dir, from, to_dir, to, flags);
}

FOUND(unlink);
int unlink(const char *path)
{
    return strikes_path(UNLINK, path) ? -1 : REAL(unlink)(path);
}

FOUND(unlinkat);
int unlinkat(int dir, const char *path, int flags)
{
    return strikes_path(UNLINK, path) ? -1 : REAL(unlinkat)(dir, path, flags);
}

FOUND(rmdir);
int rmdir(const char *path)
{
    return strikes_path(UNLINK, path) ? -1 : REAL(rmdir)(path);
}

FOUND(mkdir);
int mkdir(const char *path, mode_t mode)
{
    return strikes_path(FOLDER, path) ? -1 : REAL(mkdir)(path, mode);
}

FOUND(ftruncate);
int ftruncate(int fd, off_t len)
{
    return strikes_fd(TRUNCATE, fd) ? -1 : REAL(ftruncate)(fd, len);
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
    return strikes_path(OPEN, path) ? -1 : REAL(open)(path, flags, mode);
}

FOUND(openat);
int openat(int dir, const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = mode_of(flags, ap);
    va_end(ap);
    return strikes_path(OPEN, path) ? -1 : REAL(openat)(dir, path, flags, mode);
}

/* Of these a signal interrupts none on any file system we know of. */
static bool uninterrupted(bool strikes)
{
    if (!strikes || faults.code != EINTR)
        return strikes;
    errno = 0;
    return false;
}

FOUND(fopen);
FILE *fopen(const char *path, const char *mode)
{
    return uninterrupted(strikes_path(OPEN, path)) ? NULL : REAL(fopen)(path, mode);
}

FOUND(opendir);
DIR *opendir(const char *path)
{
    return uninterrupted(strikes_path(OPEN, path)) ? NULL : REAL(opendir)(path);
}

FOUND(scandir);
int scandir(const char *path, struct dirent ***list, int (*wanted)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **))
{
    return uninterrupted(strikes_path(OPEN, path)) ? -1 : REAL(scandir)(path, list, wanted, order);
}

FOUND(readdir);
struct dirent *readdir(DIR *dir)
{
    return uninterrupted(strikes_fd(READ, dirfd(dir))) ? NULL : REAL(readdir)(dir);
}

FOUND(dlopen);
void *dlopen(const char *path, int flags)
{
    loading = true;
    void *library = REAL(dlopen)(path, flags);
    loading = false;
    return library;
}

/* ---- processes ---- */

FOUND(pthread_create);
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg)
{
    return strikes(THREAD, "a thread") ? faults.code : REAL(pthread_create)(thread, attributes, fn, arg);
}

FOUND(fork);
pid_t fork(void)
{
    return strikes(FORK, "a process") ? -1 : REAL(fork)();
}

FOUND(posix_spawn);
int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    return strikes(FORK, path) ? faults.code : REAL(posix_spawn)(pid, path, actions, attributes, argv, env);
}

FOUND(posix_spawnp);
int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    return strikes(FORK, path) ? faults.code : REAL(posix_spawnp)(pid, path, actions, attributes, argv, env);
}

/* ---- memory ----
 *
 * What dlsym and the loader ask for before the real functions are known comes from a block of our own, which
 * is never given back. */

static _Alignas(64) char early[1 << 20];
static size_t early_used;
static bool finding;

static bool is_early(const void *at)
{
    return (const char *)at >= early && (const char *)at < early + sizeof early;
}

static void *take_early(size_t len)
{
    size_t at = (early_used + 63) / 64 * 64;
    if (at + len > sizeof early)
        refuse("too much is asked for", "before main");
    early_used = at + len;
    return early + at;
}

FOUND(malloc);
FOUND(calloc);
FOUND(realloc);
FOUND(free);
FOUND(posix_memalign);
FOUND(aligned_alloc);
FOUND(memalign);
FOUND(mmap);
void *memalign(size_t alignment, size_t len);

static bool started;

/* By now a sanitizer, whose malloc would be the real one, has set itself up. */
__attribute__((constructor)) static void start(void)
{
    started = true;
}

/* Whether the real functions are known. */
static bool ready(void)
{
    if (!started)
        return false;
    if (malloc_found)
        return !finding;
    if (finding)
        return false;
    finding = true;
    real("calloc", &calloc_found);
    real("realloc", &realloc_found);
    real("free", &free_found);
    real("posix_memalign", &posix_memalign_found);
    real("aligned_alloc", &aligned_alloc_found);
    real("memalign", &memalign_found);
    real("malloc", &malloc_found);
    finding = false;
    return true;
}

static bool memory_strikes(enum class class)
{
    return strikes(loading ? LOAD : class, "memory");
}

void *malloc(size_t len)
{
    if (!ready())
        return take_early(len);
    return memory_strikes(ALLOC) ? NULL : REAL(malloc)(len);
}

void *calloc(size_t n, size_t size)
{
    if (!ready())
        return take_early(n * size);
    return memory_strikes(ALLOC) ? NULL : REAL(calloc)(n, size);
}

void *realloc(void *old, size_t len)
{
    if (!ready() || is_early(old)) {
        void *at = take_early(len);
        return old ? memmove(at, old, len) : at;
    }
    return memory_strikes(ALLOC) ? NULL : REAL(realloc)(old, len);
}

void free(void *at)
{
    if (at && !is_early(at) && ready())
        REAL(free)(at);
}

int posix_memalign(void **out, size_t alignment, size_t len)
{
    if (!ready())
        return (*out = take_early(len)) ? 0 : ENOMEM;
    return memory_strikes(ALLOC) ? ENOMEM : REAL(posix_memalign)(out, alignment, len);
}

void *aligned_alloc(size_t alignment, size_t len)
{
    if (!ready())
        return take_early(len);
    return memory_strikes(ALLOC) ? NULL : REAL(aligned_alloc)(alignment, len);
}

void *memalign(size_t alignment, size_t len)
{
    if (!ready())
        return take_early(len);
    return memory_strikes(ALLOC) ? NULL : REAL(memalign)(alignment, len);
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    return memory_strikes(MAP) ? MAP_FAILED : REAL(mmap)(at, len, prot, flags, fd, offset);
}

/* With 64-bit file offsets these have names of their own; on a 64-bit machine they are the same. */
#define ALSO(name) __attribute__((alias(#name)))
int open64(const char *path, int flags, ...) ALSO(open);
int openat64(int dir, const char *path, int flags, ...) ALSO(openat);
FILE *fopen64(const char *path, const char *mode) ALSO(fopen);
ssize_t pread64(int fd, void *data, size_t len, off64_t at) ALSO(pread);
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) ALSO(pwrite);
int ftruncate64(int fd, off64_t len) ALSO(ftruncate);
void *mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset) ALSO(mmap);
struct dirent64 *readdir64(DIR *dir) ALSO(readdir);
int scandir64(const char *path, struct dirent64 ***list, int (*wanted)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) ALSO(scandir);

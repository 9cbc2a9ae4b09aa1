/* faults_memory.c: allocations and mappings that can be made to fail.
 *
 * What dlsym and the loader ask for before the real functions are known comes from a block of our own, which
 * is never given back. */
#include "tests/torture/faults.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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
        mt_fault_refuse("too much is asked for", "before main");
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
    mt_fault_real("calloc", &calloc_found);
    mt_fault_real("realloc", &realloc_found);
    mt_fault_real("free", &free_found);
    mt_fault_real("posix_memalign", &posix_memalign_found);
    mt_fault_real("aligned_alloc", &aligned_alloc_found);
    mt_fault_real("memalign", &memalign_found);
    mt_fault_real("malloc", &malloc_found);
    finding = false;
    return true;
}

static _Thread_local bool loading; /* in dlopen */

FOUND(dlopen);
void *dlopen(const char *path, int flags)
{
    loading = true;
    void *library = REAL(dlopen)(path, flags);
    loading = false;
    return library;
}

static bool memory_strikes(enum mt_fault_class class)
{
    return mt_fault_strikes(loading ? LOAD : class, "memory");
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

void *mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset) ALSO(mmap);

/* memory.h: how much memory this process may use. */
#ifndef MT_CORE_MEMORY_H
#define MT_CORE_MEMORY_H

#include <stdint.h>

#include "lib/core/err.h"

/* Bytes of the machine, or what the control groups that the process is in (version 2 and 1) and its own
 * limits (ulimit -v, -d) allow, whichever is least. */
uint64_t mt_memory_total(void);

/* The same without limits of its own, with every file looked for under `root` instead of "", and a machine of
 * `machine` bytes. */
uint64_t mt_memory_total_under(const char *root, uint64_t machine);

/* What keeps this process from more memory, now. */
struct mt_memory_there {
    uint64_t left;            /* bytes that it may take on top of those that it holds */
    uint64_t real;            /* both together */
    uint64_t addresses;       /* bytes that it may still map; UINT64_MAX without a limit */
    const char *real_by;      /* who has the last word: the machine, or a control group */
    const char *addresses_by; /* the limit's name */
};

/* Caches of files count as free, as the kernel drops them first. */
void mt_memory_there(struct mt_memory_there *m);

/* The same with every file looked for under `root`, and these limits of its own; UINT64_MAX: none. */
void mt_memory_there_under(struct mt_memory_there *m, const char *root, uint64_t ulimit_v, uint64_t ulimit_d);

/* Fails, with the numbers, when there is no room for `bytes` more: of memory, or, with `reserved` that are
 * never touched, of addresses. `what` needs them; `remedy` ends the message. */
int mt_memory_check(const struct mt_memory_there *m, uint64_t bytes, uint64_t reserved, const char *what,
                    const char *remedy, struct mt_err *err);

/* The largest resident set that the process has had so far, in bytes. */
uint64_t mt_memory_peak(void);

#endif

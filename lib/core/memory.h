/* memory.h: how much memory this process may use. */
#ifndef MT_CORE_MEMORY_H
#define MT_CORE_MEMORY_H

#include <stdint.h>

/* Bytes of the machine, or what the control groups that the process is in allow (version 2 and 1), whichever
 * is less. */
uint64_t mt_memory_total(void);

/* The same with every file looked for under `root` instead of "", and a machine of `machine` bytes. */
uint64_t mt_memory_total_under(const char *root, uint64_t machine);

/* The largest resident set that the process has had so far, in bytes. */
uint64_t mt_memory_peak(void);

#endif

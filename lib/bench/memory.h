/* memory.h: how much of the machine's memory this process holds (Linux). */
#ifndef MT_BENCH_MEMORY_H
#define MT_BENCH_MEMORY_H

#include <stddef.h>

/* Bytes in memory now, and at most since the start or the last reset; 0 where the system does not tell. */
size_t mt_rss_now(void);
size_t mt_rss_peak(void);
void mt_rss_reset(void); /* the peak becomes what is held now; where the system refuses, it stays */

#endif

/* version.h: what a run records about the program. */
#ifndef MT_CORE_VERSION_H
#define MT_CORE_VERSION_H

#define MT_VERSION "0.1.0"

/* Part of the run id: goes up whenever the same config, data and seed give other numbers than before. */
#define MT_NUMERICS_VERSION 5

/* Of the run folder: goes up when an earlier program would misread one. Folders without a number are of
 * format 1, and all formats up to this one are read. */
#define MT_RUN_FORMAT 1

#endif

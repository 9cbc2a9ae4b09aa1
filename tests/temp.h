/* temp.h: a folder for the files of one test, removed with all that is in it. */
#ifndef MT_TESTS_TEMP_H
#define MT_TESTS_TEMP_H

#include <ftw.h>
#include <unistd.h>

#include "tests/test.h"

static char temp_dir[64];

static inline int temp_setup(void **state)
{
    (void)state;
    strcpy(temp_dir, "/tmp/metric-train-test-XXXXXX");
    return mkdtemp(temp_dir) ? 0 : -1;
}

static inline int temp_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int temp_teardown(void **state)
{
    (void)state;
    return nftw(temp_dir, temp_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in the folder; the last four results stay valid. */
static inline const char *temp_path(const char *name)
{
    static char path[4][256];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%s", temp_dir, name);
    return path[at];
}

#endif

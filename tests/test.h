/* test.h: cmocka with the headers it wants before it, and where the larger data is. */
#ifndef MT_TESTS_TEST_H
#define MT_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The path of a file of the larger data sets under $METRIC_TRAIN_DATA, else datasets/; NULL when it is not there (skip()).
 * The result is static. */
static inline const char *test_data(const char *name)
{
    static char path[4096];
    const char *root = getenv("METRIC_TRAIN_DATA");
    snprintf(path, sizeof path, "%s/%s", root ? root : "datasets", name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fclose(f);
    return path;
}

#endif

/* fuzz_folder.h: a folder with one file in it, which is a link to a file in memory. */
#ifndef MT_TESTS_FUZZ_FOLDER_H
#define MT_TESTS_FUZZ_FOLDER_H

#include <errno.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

#define FUZZ_FOLDER_FILES 16

static struct {
    char path[64], file[FUZZ_FOLDER_FILES][128];
    int n;
    long owner;
} fuzz_run;

static void fuzz_folder_remove(void)
{
    static const char *const inner[] = {"eval/test", "eval", "embeddings", "checkpoints", "projections"};
    char path[192];
    if (fuzz_run.owner != (long)getpid())
        return;
    for (int i = 0; i < fuzz_run.n; i++)
        unlink(fuzz_run.file[i]);
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_run.path, inner[i]);
        rmdir(path);
    }
    rmdir(fuzz_run.path);
}

static inline void fuzz_folder_begin(void)
{
    static const char *const inner[] = {"eval", "eval/test", "embeddings", "checkpoints", "projections"};
    char path[192];
    if (fuzz_run.owner == (long)getpid())
        return;
    fuzz_run.owner = (long)getpid();
    fuzz_run.n = 0;
    strcpy(fuzz_run.path, "/tmp/metric-train-fuzz-XXXXXX");
    FUZZ_CHECK(mkdtemp(fuzz_run.path));
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_run.path, inner[i]);
        FUZZ_CHECK(mkdir(path, 0777) == 0);
    }
    atexit(fuzz_folder_remove);
}

/* The path of a folder whose file `name` holds these bytes. */
static inline const char *fuzz_folder(const char *name, const void *data, size_t size)
{
    char path[128];
    const char *file = fuzz_file(FUZZ_FIRST, data, size);
    fuzz_folder_begin();
    snprintf(path, sizeof path, "%s/%s", fuzz_run.path, name);
    for (int i = 0; i < fuzz_run.n; i++)
        if (!strcmp(fuzz_run.file[i], path))
            return fuzz_run.path;
    FUZZ_CHECK(fuzz_run.n < FUZZ_FOLDER_FILES && symlink(file, path) == 0);
    strcpy(fuzz_run.file[fuzz_run.n++], path);
    return fuzz_run.path;
}

#endif

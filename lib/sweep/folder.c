#include "lib/sweep/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/file.h"
#include "lib/core/lock.h"
#include "lib/sweep/sweep.h"
#include "lib/train/layout.h"
#include "lib/train/rundir.h"

static int open_files(struct mt_sweep_folder *f, struct mt_err *err)
{
    char *lock = mt_path_join(f->dir, "lock"), *log = mt_path_join(f->dir, "log.txt");
    int rc = lock && log ? 0 : mt_err_memory(err, f->dir, strlen(f->dir));
    if (rc == 0 && ((f->lock_fd = mt_lock_take(lock, f->dir, err)) < 0 ||
                    (f->log_fd = mt_lock_open_file(log, O_WRONLY | O_APPEND, err)) < 0))
        rc = -1;
    free(lock);
    free(log);
    return rc;
}

/* By its name, of a process that is gone. A `sweep collect` on another machine, whose processes are not known
 * here, would lose what it is writing at this very moment, and say so. */
static bool is_left_over(const char *name)
{
    static const char *const own[] = {MT_SWEEP_FILE, MT_SWEEP_TASKS, MT_SWEEP_INDEX, MT_SWEEP_HALVING,
                                      "results.csv", "results.json", "results.md",   "effects.csv",
                                      "heatmap.svg", "report.html"};
    const char *end = mt_layout_temporary(name);
    for (size_t i = 0; end && i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == (size_t)(end - name) && !strncmp(own[i], name, strlen(own[i])))
            return kill((pid_t)strtol(end + strlen(".tmp."), NULL, 10), 0) < 0 && errno == ESRCH;
    return false;
}

/* What killed writers left. It is in nobody's way, so that a folder that cannot be tidied is no error. */
static void tidy(const char *dir)
{
    DIR *list = opendir(dir);
    for (struct dirent *e; list && (e = readdir(list));)
        if (is_left_over(e->d_name))
            unlinkat(dirfd(list), e->d_name, 0);
    if (list)
        closedir(list);
}

int mt_sweep_folder_open(struct mt_sweep_folder *f, const char *dir, struct mt_err *err)
{
    *f = (struct mt_sweep_folder){strdup(dir), -1, -1};
    if (!f->dir)
        return mt_err_memory(err, dir, strlen(dir));
    if (mt_file_mkdirs(dir, err) == 0 && open_files(f, err) == 0) {
        tidy(dir);
        return 0;
    }
    mt_sweep_folder_close(f);
    return -1;
}

void mt_sweep_folder_close(struct mt_sweep_folder *f)
{
    if (f->log_fd >= 0)
        close(f->log_fd);
    if (f->lock_fd >= 0)
        close(f->lock_fd);
    free(f->dir);
    *f = (struct mt_sweep_folder){.lock_fd = -1, .log_fd = -1};
}

int mt_sweep_folder_check(const struct mt_sweep_folder *f, struct mt_err *err)
{
    char *lock = mt_path_join(f->dir, "lock");
    if (!lock)
        return mt_err_memory(err, f->dir, strlen(f->dir));
    int same = mt_lock_stands(f->lock_fd, lock, err);
    free(lock);
    if (same)
        return same < 0 ? -1 : 0;
    return mt_err_set(err, MT_ERR_RUN,
                      "%s: is no longer the folder in which the sweep began: it, or its file lock, was "
                      "removed, renamed or replaced",
                      f->dir);
}

int mt_sweep_folder_log(const struct mt_sweep_folder *f, const char *line, struct mt_err *err)
{
    return mt_log_append(f->log_fd, f->dir, line, err);
}

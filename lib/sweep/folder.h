/* folder.h: who may write to a sweep folder, and its log.txt. */
#ifndef MT_SWEEP_FOLDER_H
#define MT_SWEEP_FOLDER_H

#include "lib/core/err.h"

struct mt_sweep_folder {
    char *dir;
    int lock_fd, log_fd;
};

/* Creates the folder where it is missing, locks it, and removes temporary files that killed writers left;
 * children keep it locked until they have ended. MT_ERR_BUSY names who holds the lock. To be closed on
 * success only. */
int mt_sweep_folder_open(struct mt_sweep_folder *f, const char *dir, struct mt_err *err);
void mt_sweep_folder_close(struct mt_sweep_folder *f);

/* Fails where the folder was removed, renamed or replaced since: what goes there now would be lost, or stand
 * beside what another process writes. */
int mt_sweep_folder_check(const struct mt_sweep_folder *f, struct mt_err *err);

/* Appends a line to log.txt, with the time in front. */
int mt_sweep_folder_log(const struct mt_sweep_folder *f, const char *line, struct mt_err *err);

#endif

/* rundir.h: the folder that a run leaves behind, and who may write to it.
 *
 * <dir>/<name>-<first 8 hex of the run id>/ with config.yaml, status.json, metrics.csv, timing.csv,
 * summary.json, environment.json, data.json, manifest.json, log.txt, checkpoints/ and what evaluation adds.
 * Every file appears whole or not at all, but log.txt grows line by line. Times stand in
 * timing.csv, status.json, environment.json, log.txt and report.html, nowhere else. */
#ifndef MT_TRAIN_RUNDIR_H
#define MT_TRAIN_RUNDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"
#include "lib/core/file.h"

#define MT_TIME_TEXT 32
void mt_time_text(char out[MT_TIME_TEXT]); /* now, UTC, ISO 8601 */

struct mt_rundir {
    char *path;
    char run_id[MT_SHA256_HEX]; /* "" for a folder opened by its path */
    int lock_fd, log_fd;
};

/* An experiment's name as that of a folder: characters other than letters, digits and ._=- become '-', and it
 * does not begin with one of ".-=". */
void mt_rundir_tame(char *name);
/* The run folder's name in `out`: the same, of at most 100 bytes, with the digits of the run id. */
#define MT_RUNDIR_NAME 101
void mt_rundir_name(char out[MT_RUNDIR_NAME], const char *name, const char *run_id);

/* Creates the run's folder under `dir` where it is missing (with checkpoints/), locks it and removes
 * temporary files that a killed process left. MT_ERR_BUSY names who holds the lock. */
int mt_rundir_open(struct mt_rundir **out, const char *dir, const char *name, const char *run_id,
                   struct mt_err *err);
/* The same for a run folder that must exist already (eval, embed). */
int mt_rundir_open_path(struct mt_rundir **out, const char *path, struct mt_err *err);
void mt_rundir_close(struct mt_rundir *rd); /* gives up the lock */

/* Whether the folder is still there, and the one that was locked: what took its place is not to be written
 * to. */
int mt_rundir_check(const struct mt_rundir *rd, struct mt_err *err);

/* Path of a file in the folder, for free(); NULL without memory. */
char *mt_rundir_file(const struct mt_rundir *rd, const char *name);
/* Writes a file of the folder, and the folders between where they are missing. */
int mt_rundir_write(const struct mt_rundir *rd, const char *name, const void *data, size_t len,
                    struct mt_err *err);
/* Removes what an earlier start wrote (--force): the files of the layout above, and no others. */
int mt_rundir_clear(const struct mt_rundir *rd, struct mt_err *err);

/* Appends a line to log.txt, with the time in front. */
int mt_rundir_log(struct mt_rundir *rd, const char *line, struct mt_err *err);
/* The same for the log.txt of any folder, open with O_APPEND. */
int mt_log_append(int fd, const char *dir, const char *line, struct mt_err *err);

/* metrics.csv: header and rows (history.h). */
int mt_rundir_write_metrics(const struct mt_rundir *rd, const struct mt_buf *rows, struct mt_err *err);
/* timing.csv: one row, in which a rate that is not finite is left empty; the rows of an earlier start up to an epoch, none where there is no such file; and
 * header and rows to the file. */
void mt_timing_row(int64_t epoch, double seconds, double images_per_s, struct mt_buf *rows);
int mt_rundir_read_timing(const struct mt_rundir *rd, int64_t last_epoch, struct mt_buf *rows,
                          struct mt_err *err);
int mt_rundir_write_timing(const struct mt_rundir *rd, const struct mt_buf *rows, struct mt_err *err);

/* --- status.json --- */

enum mt_run_state {
    MT_RUN_RUNNING,
    MT_RUN_COMPLETE,
    MT_RUN_INTERRUPTED,
    MT_RUN_FAILED,
    MT_RUN_DIVERGED,
    MT_RUN_COLLAPSED
};
extern const char *const mt_run_state_names[]; /* ends with NULL */

struct mt_status {
    int64_t format; /* of the run folder: MT_RUN_FORMAT, or that of an older version */
    enum mt_run_state state;
    char reason[512];
    char run_id[MT_SHA256_HEX];
    int64_t epochs_done, epochs; /* planned */
    char monitor[32];
    double best; /* value of the monitor; NaN: none yet */
    int64_t best_epoch;
    int64_t exit_code;                               /* -1 while running */
    char started[MT_TIME_TEXT], ended[MT_TIME_TEXT]; /* ended is empty while running */
};

int mt_status_write(const struct mt_rundir *rd, const struct mt_status *s, struct mt_err *err);
/* Reads the status of any run folder, without its lock. Returns 1, 0 when it has none, -1 on error; a folder
 * of a later format (s->format) is an error that names both. Where it says `running` but nobody holds the
 * lock, the process was killed: the state is then interrupted, with a reason that says so. */
int mt_status_read(const char *run_path, struct mt_status *s, struct mt_err *err);

/* Refuses (-1, MT_ERR_DATA) a run folder of a later format, or fails where the machine cannot tell; what else
 * may be wrong with it is told by who reads it. */
int mt_run_check_format(const char *run_path, struct mt_err *err);
/* "metric-train 9.9", by environment.json, or "another version of metric-train". */
#define MT_RUN_WRITER 64
void mt_run_writer(const char *run_path, char out[MT_RUN_WRITER]);

#endif

#include "lib/train/rundir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/fd.h"
#include "lib/core/lock.h"
#include "lib/train/history.h"
#include "lib/train/layout.h"

#define ID_DIGITS 8
#define TIMING "timing.csv"
#define TIMING_HEADER "epoch,seconds,images_per_second\n"
#define MOST_TIMING ((size_t)64 << 20) /* bytes of it that are read */

void mt_rundir_tame(char *name)
{
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._=-", *p))
            *p = '-';
    if (*name && strchr("-.=", *name))
        *name = '_'; /* no option, not hidden, and no formula in a spreadsheet */
}

void mt_rundir_name(char out[MT_RUNDIR_NAME], const char *name, const char *run_id)
{
    int room = MT_RUNDIR_NAME - 1 - ID_DIGITS - 1;
    snprintf(out, MT_RUNDIR_NAME, "%.*s-%.*s", room, *name ? name : "run", ID_DIGITS, run_id);
    mt_rundir_tame(out);
}

char *mt_rundir_file(const struct mt_rundir *rd, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", rd->path, name) < 0 ? NULL : path;
}

/* --- opening --- */

static int lock(struct mt_rundir *rd, struct mt_err *err)
{
    char *path = mt_rundir_file(rd, MT_LOCK_FILE);
    rd->lock_fd = path ? mt_lock_take(path, rd->path, err) : mt_err_memory(err, rd->path, strlen(rd->path));
    free(path);
    return rd->lock_fd < 0 ? -1 : 0;
}

static int open_log(struct mt_rundir *rd, struct mt_err *err)
{
    char *path = mt_rundir_file(rd, "log.txt");
    rd->log_fd = path ? mt_lock_open_file(path, O_WRONLY | O_APPEND, err)
                      : mt_err_memory(err, rd->path, strlen(rd->path));
    free(path);
    return rd->log_fd < 0 ? -1 : 0;
}

static bool is_empty(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    if (dir)
        closedir(dir);
    return dir && n == 0;
}

/* A link that leads to what is neither a run nor empty was put there for other files to be overwritten. */
static int check_link(const char *path, struct mt_err *err)
{
    struct stat st;
    if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode))
        return 0;
    char *owner = mt_path_join(path, MT_LOCK_FILE);
    bool fits = owner && (mt_file_exists(owner) || is_empty(path));
    free(owner);
    if (fits)
        return 0;
    return mt_err_set(err, MT_ERR_RUN,
                      "%s: is a link to what is no run folder; remove it, or let it lead to an empty folder",
                      path);
}

/* Takes `path` over. */
static int open_at(struct mt_rundir **out, char *path, const char *run_id, struct mt_err *err)
{
    struct mt_rundir *rd = calloc(1, sizeof *rd);
    *out = NULL;
    if (!rd || !path) {
        free(rd);
        free(path);
        return mt_err_memory(err, "the run folder", sizeof *rd);
    }
    rd->path = path;
    rd->lock_fd = rd->log_fd = -1;
    snprintf(rd->run_id, sizeof rd->run_id, "%s", run_id);
    char *checkpoints = mt_rundir_file(rd, "checkpoints");
    int rc = checkpoints ? check_link(path, err) : mt_err_memory(err, path, strlen(path));
    if (rc == 0)
        rc = mt_file_within(path, "checkpoints/", err);
    if (rc == 0)
        rc = mt_file_mkdirs(checkpoints, err);
    free(checkpoints);
    if (rc < 0 || lock(rd, err) < 0 || open_log(rd, err) < 0 || mt_layout_sweep(rd->path, err) < 0) {
        mt_rundir_close(rd);
        return -1;
    }
    *out = rd;
    return 0;
}

int mt_rundir_open(struct mt_rundir **out, const char *dir, const char *name, const char *run_id,
                   struct mt_err *err)
{
    char folder[MT_RUNDIR_NAME];
    mt_rundir_name(folder, name, run_id);
    return open_at(out, mt_path_join(dir, folder), run_id, err);
}

int mt_rundir_open_path(struct mt_rundir **out, const char *path, struct mt_err *err)
{
    *out = NULL;
    char *status = mt_path_join(path, MT_STATUS_FILE);
    if (!status)
        return mt_err_memory(err, path, strlen(path));
    int is_run = mt_file_there(status, err);
    free(status);
    if (is_run < 0)
        return -1;
    if (!is_run)
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a run folder: it has no " MT_STATUS_FILE, path);
    return mt_run_check_format(path, err) < 0 ? -1 : open_at(out, strdup(path), "", err);
}

void mt_rundir_close(struct mt_rundir *rd)
{
    if (!rd)
        return;
    if (rd->log_fd >= 0)
        close(rd->log_fd);
    if (rd->lock_fd >= 0)
        close(rd->lock_fd);
    free(rd->path);
    free(rd);
}

/* --- writing --- */

int mt_rundir_check(const struct mt_rundir *rd, struct mt_err *err)
{
    char *path = mt_rundir_file(rd, MT_LOCK_FILE);
    if (!path)
        return mt_err_memory(err, rd->path, strlen(rd->path));
    int stands = rd->lock_fd < 0 ? 1 : mt_lock_stands(rd->lock_fd, path, err);
    free(path);
    if (stands)
        return stands < 0 ? -1 : 0;
    return mt_err_set(
        err, MT_ERR_RUN,
        "%s: is no longer the folder that was opened: it, or its file lock, was removed, renamed "
        "or replaced; nothing more is written there",
        rd->path);
}

int mt_rundir_write(const struct mt_rundir *rd, const char *name, const void *data, size_t len,
                    struct mt_err *err)
{
    char *path = mt_rundir_file(rd, name), *dir = path ? mt_path_dir(path) : NULL;
    int rc = dir ? mt_rundir_check(rd, err) : mt_err_memory(err, name, strlen(name));
    if (rc == 0)
        rc = mt_file_within(rd->path, name, err);
    if (rc == 0 && (rc = mt_file_mkdirs(dir, err)) == 0)
        rc = mt_file_write(path, data, len, err);
    free(path);
    free(dir);
    return rc;
}

int mt_rundir_clear(const struct mt_rundir *rd, struct mt_err *err)
{
    if (mt_fd_truncate(rd->log_fd, 0) < 0)
        return mt_err_set(err, MT_ERR_RUN, "%s/log.txt: cannot empty: %s", rd->path, strerror(errno));
    return mt_layout_clear(rd->path, err);
}

int mt_log_append(int fd, const char *dir, const char *line, struct mt_err *err)
{
    struct mt_buf b = {0};
    char now[MT_TIME_TEXT];
    int rc = 0;
    mt_time_text(now);
    mt_buf_printf(&b, "%s ", now);
    mt_buf_plain(&b, line);
    mt_buf_puts(&b, "\n");
    if (b.failed)
        rc = mt_err_memory(err, "log.txt", strlen(line));
    else if (mt_fd_append(fd, b.data, b.len) < 0)
        rc = mt_err_set(err, MT_ERR_RUN, "%s/log.txt: cannot write: %s", dir, strerror(errno));
    mt_buf_release(&b);
    return rc;
}

int mt_rundir_log(struct mt_rundir *rd, const char *line, struct mt_err *err)
{
    return mt_log_append(rd->log_fd, rd->path, line, err);
}

static int write_table(const struct mt_rundir *rd, const char *name, struct mt_buf *header,
                       const struct mt_buf *rows, struct mt_err *err)
{
    mt_buf_append(header, rows->data, rows->len);
    int rc = header->failed || rows->failed ? mt_err_memory(err, name, header->len)
                                            : mt_rundir_write(rd, name, header->data, header->len, err);
    mt_buf_release(header);
    return rc;
}

int mt_rundir_write_metrics(const struct mt_rundir *rd, const struct mt_buf *rows, struct mt_err *err)
{
    struct mt_buf b = {0};
    mt_metrics_header(&b);
    return write_table(rd, "metrics.csv", &b, rows, err);
}

int mt_rundir_write_timing(const struct mt_rundir *rd, const struct mt_buf *rows, struct mt_err *err)
{
    struct mt_buf b = {0};
    mt_buf_puts(&b, TIMING_HEADER);
    return write_table(rd, TIMING, &b, rows, err);
}

void mt_timing_row(int64_t epoch, double seconds, double images_per_s, struct mt_buf *rows)
{
    mt_buf_printf(rows, "%lld,%.6g,", (long long)epoch, seconds);
    if (isfinite(images_per_s))
        mt_buf_printf(rows, "%.6g", images_per_s);
    mt_buf_puts(rows, "\n");
}

/* A damaged file, or none, has no rows; one that cannot be read just now has, and they must not be lost. */
int mt_rundir_read_timing(const struct mt_rundir *rd, int64_t last_epoch, struct mt_buf *rows,
                          struct mt_err *err)
{
    char *path = mt_rundir_file(rd, TIMING), *text = NULL;
    size_t len;
    struct mt_err why;
    int rc = path ? mt_file_read(path, MOST_TIMING, &text, &len, &why)
                  : mt_err_memory(&why, rd->path, strlen(rd->path));
    char *line = rc == 0 ? strchr(text, '\n') : NULL, *end;
    while (line && (end = strchr(++line, '\n')) && strtoll(line, NULL, 10) <= last_epoch) {
        mt_buf_append(rows, line, (size_t)(end + 1 - line));
        line = end;
    }
    free(text);
    free(path);
    return rc < 0 && why.kind == MT_ERR_RUN ? mt_err_set(err, why.kind, "%s", why.text) : 0;
}

void mt_time_text(char out[MT_TIME_TEXT])
{
    time_t now = time(NULL);
    struct tm tm;
    out[0] = 0;
    if (gmtime_r(&now, &tm))
        strftime(out, MT_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

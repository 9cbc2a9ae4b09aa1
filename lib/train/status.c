/* status.c: status.json, what has become of a run, and which format its folder has. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/core/fd.h"
#include "lib/core/json.h"
#include "lib/core/version.h"
#include "lib/train/layout.h"
#include "lib/train/rundir.h"

#define LONGEST 65536                 /* bytes of a status.json that is read */
#define LONGEST_ENVIRONMENT (1 << 22) /* with the command line */

const char *const mt_run_state_names[] = {"running",  "complete",  "interrupted", "failed",
                                          "diverged", "collapsed", NULL};

enum type { STATE, TEXT, WHOLE, REAL };

static const struct row {
    const char *key;
    enum type type;
    size_t offset, size; /* size of a TEXT */
} rows[] = {
#define AT(member) offsetof(struct mt_status, member)
#define SIZE(member) sizeof(((struct mt_status *)0)->member)
    {"format", WHOLE, AT(format), 0},
    {"state", STATE, AT(state), 0},
    {"reason", TEXT, AT(reason), SIZE(reason)},
    {"run_id", TEXT, AT(run_id), SIZE(run_id)},
    {"epochs_done", WHOLE, AT(epochs_done), 0},
    {"epochs", WHOLE, AT(epochs), 0},
    {"monitor", TEXT, AT(monitor), SIZE(monitor)},
    {"best", REAL, AT(best), 0},
    {"best_epoch", WHOLE, AT(best_epoch), 0},
    {"exit_code", WHOLE, AT(exit_code), 0},
    {"started", TEXT, AT(started), SIZE(started)},
    {"ended", TEXT, AT(ended), SIZE(ended)},
#undef AT
#undef SIZE
};
#define ROWS (sizeof rows / sizeof *rows)

int mt_status_write(const struct mt_rundir *rd, const struct mt_status *status, struct mt_err *err)
{
    struct mt_buf b = {0};
    struct mt_status s = *status;
    s.format = MT_RUN_FORMAT;
    for (size_t i = 0; i < ROWS; i++) {
        const void *at = (const char *)&s + rows[i].offset;
        mt_buf_printf(&b, "%s  \"%s\": ", i ? ",\n" : "{\n", rows[i].key);
        if (rows[i].type == STATE)
            mt_buf_json_string(&b, mt_run_state_names[*(const enum mt_run_state *)at]);
        else if (rows[i].type == TEXT)
            mt_buf_json_string(&b, at);
        else if (rows[i].type == WHOLE)
            mt_buf_printf(&b, "%lld", (long long)*(const int64_t *)at);
        else
            mt_buf_json_number(&b, *(const double *)at, 17);
    }
    mt_buf_puts(&b, "\n}\n");
    int rc = b.failed ? mt_err_memory(err, MT_STATUS_FILE, b.len)
                      : mt_rundir_write(rd, MT_STATUS_FILE, b.data, b.len, err);
    mt_buf_release(&b);
    return rc;
}

static void read_state(struct mt_json *j, enum mt_run_state *state)
{
    char *text = mt_json_string(j);
    int i = 0;
    while (text && mt_run_state_names[i] && strcmp(mt_run_state_names[i], text))
        i++;
    if (text && mt_run_state_names[i])
        *state = (enum mt_run_state)i;
    else
        mt_json_fail(j, "an unknown state");
    free(text);
}

static void read_value(struct mt_json *j, const struct row *row, void *at)
{
    double number;
    char *text;
    if (row->type == STATE) {
        read_state(j, at);
    } else if (row->type == TEXT) {
        if ((text = mt_json_string(j)))
            snprintf(at, row->size, "%s", text);
        free(text);
    } else if (mt_json_real(j, &number)) {
        if (row->type == REAL)
            *(double *)at = number;
        else if (fabs(number) < 9e15)
            *(int64_t *)at = (int64_t)number;
        else
            mt_json_fail(j, "a whole number is expected");
    }
}

static int parse(const char *path, const char *text, size_t len, struct mt_status *s, struct mt_err *err)
{
    struct mt_json j;
    char *key;
    bool any_state = false;
    mt_json_init(&j, text, len);
    mt_json_take(&j, '{');
    for (bool more = false; mt_json_member(&j, &more, &key); free(key)) {
        size_t i = 0;
        while (i < ROWS && strcmp(rows[i].key, key))
            i++;
        if (i < ROWS)
            read_value(&j, &rows[i], (char *)s + rows[i].offset);
        else
            mt_json_skip(&j);
        any_state |= i < ROWS && rows[i].type == STATE;
    }
    if (mt_json_end(&j) && !any_state)
        mt_json_fail(&j, "it has no state");
    if (s->format > MT_RUN_FORMAT || !j.problem)
        return 0;
    if (j.memory)
        return mt_err_memory(err, path, len);
    return mt_err_set(err, MT_ERR_DATA, "%s: cannot be read: byte %zu: %s; remove it to run again", path,
                      mt_json_offset(&j), j.problem);
}

/* Whether a process holds the run's lock: 1 or 0, or -1 where the machine cannot tell now. */
static int is_locked(const char *run_path, struct mt_err *err)
{
    struct mt_err why = {.kind = MT_ERR_DATA};
    char *path = mt_path_join(run_path, MT_LOCK_FILE);
    if (!path)
        return mt_err_memory(err, run_path, strlen(run_path));
    int fd = mt_fd_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        mt_err_read(&why, path, "open", errno);
    free(path);
    if (fd < 0)
        return why.kind == MT_ERR_RUN ? mt_err_set(err, why.kind, "%s", why.text) : 0;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) < 0;
    close(fd);
    return locked;
}

/* What a later version says otherwise is not looked at, so that this is what the user reads. */
static int check_format(const char *run_path, const struct mt_status *s, struct mt_err *err)
{
    char writer[MT_RUN_WRITER];
    if (s->format >= 1 && s->format <= MT_RUN_FORMAT)
        return 0;
    mt_run_writer(run_path, writer);
    return mt_err_set(err, MT_ERR_DATA,
                      "%s: is a run folder of format %lld, written by %s; this is metric-train " MT_VERSION
                      ", which reads format %d: use that version, or a later one",
                      run_path, (long long)s->format, writer, MT_RUN_FORMAT);
}

int mt_status_read(const char *run_path, struct mt_status *s, struct mt_err *err)
{
    size_t len;
    char *text = NULL, *path = mt_path_join(run_path, MT_STATUS_FILE);
    int rc;
    *s = (struct mt_status){.format = 1, .best = NAN, .exit_code = -1};
    if (!path)
        return mt_err_memory(err, run_path, strlen(run_path));
    if ((rc = mt_file_there(path, err)) <= 0) {
        free(path);
        return rc;
    }
    rc = mt_file_read(path, LONGEST, &text, &len, err);
    if (rc == 0)
        rc = parse(path, text, len, s, err);
    if (rc == 0)
        rc = check_format(run_path, s, err);
    free(text);
    free(path);
    int locked = rc == 0 && s->state == MT_RUN_RUNNING ? is_locked(run_path, err) : 1;
    if (locked < 0)
        return -1;
    if (!locked) {
        s->state = MT_RUN_INTERRUPTED;
        snprintf(s->reason, sizeof s->reason, "the process ended without a word; the same command goes on");
    }
    return rc < 0 ? -1 : 1;
}

int mt_run_check_format(const char *run_path, struct mt_err *err)
{
    struct mt_status s;
    struct mt_err why;
    if (mt_status_read(run_path, &s, &why) >= 0 || (s.format <= MT_RUN_FORMAT && why.kind != MT_ERR_RUN))
        return 0;
    return mt_err_set(err, why.kind, "%s", why.text);
}

/* The text of a string of environment.json that a version can have. */
static void read_version(struct mt_json *j, char out[MT_RUN_WRITER])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-~";
    char *text = mt_json_string(j);
    if (text && strlen(text) <= 32 && strspn(text, letters) == strlen(text))
        snprintf(out, MT_RUN_WRITER, "metric-train %s", text);
    free(text);
}

void mt_run_writer(const char *run_path, char out[MT_RUN_WRITER])
{
    struct mt_json j;
    size_t len;
    char *key, *text = NULL, *path = mt_path_join(run_path, "environment.json");
    snprintf(out, MT_RUN_WRITER, "another version of metric-train");
    if (path && mt_file_read(path, LONGEST_ENVIRONMENT, &text, &len, NULL) == 0) {
        mt_json_init(&j, text, len);
        mt_json_take(&j, '{');
        for (bool more = false; mt_json_member(&j, &more, &key); free(key))
            if (!strcmp(key, "version") && mt_json_next(&j, '"'))
                read_version(&j, out);
            else
                mt_json_skip(&j);
    }
    free(text);
    free(path);
}

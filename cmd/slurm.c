#include "cmd/slurm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/capture.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "lib/core/file.h"

#define USUAL_MAX_ARRAY 1001 /* Slurm's own default */
#define MOST_JOBS_BYTES (1 << 20)

struct job {
    char id[MT_SLURM_ID];
    const char *tasks; /* "": the collector */
};

struct submission {
    struct mt_slurm_request request;
    struct mt_slurm_arrays arrays;
    struct job *job; /* (n_jobs) submitted so far: the arrays, the collector */
    int n_jobs;
    char program[4096];
};

/* --- what is asked of Slurm --- */

static int ask_max_array(int64_t *max, bool quiet, struct mt_err *err)
{
    char *argv[] = {"scontrol", "show", "config", NULL};
    struct mt_buf out = {0};
    int rc = capture(argv, quiet, &out, err);
    if (rc > 0)
        rc = mt_err_set(err, MT_ERR_RUN, "scontrol cannot say what this cluster takes (exit code %d)", rc);
    else if (rc == 0 && (*max = mt_slurm_config_number(out.data, "MaxArraySize")) < 0)
        rc = mt_err_set(err, MT_ERR_RUN, "scontrol show config does not say MaxArraySize");
    mt_buf_release(&out);
    return rc;
}

/* The ids of the last submission with a comma between them. */
static int read_jobs(const char *dir, struct mt_buf *ids, struct mt_err *err)
{
    char *path = mt_path_join(dir, MT_SLURM_JOBS), *text = NULL;
    size_t len;
    if (!path)
        return mt_err_memory(err, dir, strlen(dir));
    int rc = mt_file_exists(path) ? mt_file_read(path, MOST_JOBS_BYTES, &text, &len, err) : 0;
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        int digits = (int)strspn(line, "0123456789");
        if (digits > 0 && digits < MT_SLURM_ID)
            mt_buf_printf(ids, "%s%.*s", ids->len ? "," : "", digits, line);
    }
    free(text);
    free(path);
    return ids->failed ? mt_err_memory(err, MT_SLURM_JOBS, ids->len) : rc;
}

/* Fails with MT_ERR_BUSY while jobs of the last submission wait or run. squeue knows nothing of jobs that are
 * long over, and then fails. */
static int check_queue(const char *dir, struct mt_err *err)
{
    struct mt_buf ids = {0}, out = {0};
    int rc = read_jobs(dir, &ids, err);
    if (rc == 0 && ids.len) {
        char *argv[] = {"squeue", "-h", "-o", "%i", "-j", ids.data, NULL};
        int code = capture(argv, true, &out, err);
        if (code < 0)
            rc = -1;
        else if (code == 0 && out.len)
            rc = mt_err_set(
                err, MT_ERR_BUSY,
                "jobs of this sweep are still queued: see 'squeue -j %.500s'; wait for them, or take them "
                "back with scancel",
                ids.data);
    }
    mt_buf_release(&ids);
    mt_buf_release(&out);
    return rc;
}

/* --- submitting --- */

static int submit_one(struct submission *s, char **argv, const char *tasks, struct mt_err *err)
{
    struct mt_buf out = {0};
    struct job *job = &s->job[s->n_jobs];
    int rc = argv ? capture(argv, false, &out, err) : mt_err_memory(err, "the arguments of sbatch", 1);
    if (rc > 0)
        rc = mt_err_set(err, MT_ERR_RUN, "sbatch refused the job (exit code %d)", rc);
    if (rc == 0)
        rc = mt_slurm_job_id(job->id, out.data ? out.data : "", err);
    if (rc == 0) {
        job->tasks = tasks;
        s->n_jobs++;
    }
    mt_buf_release(&out);
    mt_slurm_argv_release(argv);
    return rc;
}

static int submit_all(struct submission *s, struct mt_err *err)
{
    struct mt_buf after = {0};
    int rc = 0;
    for (int i = 0; i < s->arrays.n && rc == 0; i++) {
        rc = submit_one(s, mt_slurm_task_argv(&s->request, &s->arrays.v[i]), s->arrays.v[i].tasks, err);
        if (rc == 0)
            mt_buf_printf(&after, "%s%s", i ? ":" : "", s->job[i].id);
    }
    if (rc == 0)
        rc = after.failed ? mt_err_memory(err, "the jobs", after.len)
                          : submit_one(s, mt_slurm_collect_argv(&s->request, after.data), "", err);
    mt_buf_release(&after);
    return rc;
}

static void take_back(const struct submission *s)
{
    struct mt_err err;
    for (int i = 0; i < s->n_jobs; i++) {
        char *argv[] = {"scancel", (char *)s->job[i].id, NULL};
        struct mt_buf out = {0};
        if (capture(argv, false, &out, &err) != 0)
            say_line("warning: job %s could not be taken back; 'scancel %s' does it", s->job[i].id,
                     s->job[i].id);
        mt_buf_release(&out);
    }
}

/* --- files --- */

static int write_file(const char *dir, const char *folder, const char *name, struct mt_buf *b,
                      struct mt_err *err)
{
    char *in = mt_path_join(dir, folder), *path = in ? mt_path_join(in, name) : NULL;
    int rc = !path || b->failed ? mt_err_memory(err, name, b->len) : mt_file_mkdirs(in, err);
    if (rc == 0)
        rc = mt_file_write(path, b->data, b->len, err);
    free(path);
    free(in);
    mt_buf_release(b);
    return rc;
}

static int write_scripts(const struct mt_slurm_request *r, struct mt_err *err)
{
    struct mt_buf b = {0};
    mt_slurm_task_script(r, &b);
    if (write_file(r->dir, MT_SLURM_FOLDER, MT_SLURM_TASK_SCRIPT, &b, err) < 0)
        return -1;
    mt_slurm_collect_script(r, &b);
    return write_file(r->dir, MT_SLURM_FOLDER, MT_SLURM_COLLECT_SCRIPT, &b, err);
}

static void put_jobs(const struct submission *s, enum mt_text_format format, struct mt_buf *out)
{
    static const struct mt_text_column column[] = {{.title = "job"}, {.title = "tasks"}};
    struct mt_text_table t = {.column = column, .n_columns = 2};
    for (int i = 0; i < s->n_jobs; i++) {
        mt_text_table_string(&t, s->job[i].id);
        mt_text_table_string(&t, s->job[i].tasks);
    }
    mt_text_table_print(&t, format, out);
    mt_text_table_release(&t);
}

/* All jobs and jobs.csv, or none. A wish to stop waits until it is settled, in sbatch too: it could have
 * submitted a job and be ended before it tells which. */
static int submit_and_note(struct submission *s, struct mt_err *err)
{
    struct mt_buf jobs = {0};
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP);
    sigaddset(&stop, SIGQUIT);
    sigprocmask(SIG_BLOCK, &stop, &before);
    int rc = submit_all(s, err);
    if (rc == 0) {
        put_jobs(s, MT_TEXT_CSV, &jobs);
        rc = write_file(s->request.dir, ".", MT_SLURM_JOBS, &jobs, err);
    }
    if (rc < 0)
        take_back(s);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* --- the two ways --- */

static int open_submission(struct submission *s, const struct slurm_launch *l, int64_t max_array,
                           struct mt_err *err)
{
    s->request = l->request;
    if (!s->request.program) {
        ssize_t n = readlink("/proc/self/exe", s->program, sizeof s->program - 1);
        if (n < 0 || (size_t)n == sizeof s->program - 1)
            return mt_err_set(err, MT_ERR_RUN, "cannot find this program's own file");
        s->program[n] = 0;
        s->request.program = s->program;
    }
    if (strchr(s->request.dir, '\\'))
        return mt_err_set(
            err, MT_ERR_USAGE,
            "sbatch cannot write logs to a folder with a backslash in its name; choose another with -o");
    if (mt_slurm_arrays_cut(&s->arrays, l->task, l->n_tasks, max_array, err) < 0)
        return -1;
    s->job = calloc((size_t)s->arrays.n + 1, sizeof *s->job);
    return s->job ? 0 : mt_err_memory(err, "the jobs", (size_t)s->arrays.n);
}

static void close_submission(struct submission *s)
{
    mt_slurm_arrays_release(&s->arrays);
    free(s->job);
}

static void print_argv(char **argv, struct mt_buf *out)
{
    out->failed |= !argv;
    for (char **v = argv; v && *v; v++) {
        if (v > argv)
            mt_buf_puts(out, " ");
        mt_buf_shell_word(out, *v);
    }
    mt_buf_puts(out, "\n");
    mt_slurm_argv_release(argv);
}

int slurm_print(const struct slurm_launch *l)
{
    struct submission s = {0};
    struct mt_buf out = {0}, after = {0};
    struct mt_err err;
    int64_t max_array;
    int rc = 0;
    if (ask_max_array(&max_array, true, &err) < 0) {
        max_array = USUAL_MAX_ARRAY;
        fprintf(stderr, "note: no Slurm answers here; arrays are cut at the usual %d tasks\n",
                USUAL_MAX_ARRAY);
    }
    if (open_submission(&s, l, max_array, &err) < 0) {
        rc = say_error(&err);
        goto out;
    }
    mt_buf_puts(&out, "==> " MT_SLURM_FOLDER "/" MT_SLURM_TASK_SCRIPT " <==\n");
    mt_slurm_task_script(&s.request, &out);
    mt_buf_puts(&out, "\n==> " MT_SLURM_FOLDER "/" MT_SLURM_COLLECT_SCRIPT " <==\n");
    mt_slurm_collect_script(&s.request, &out);
    mt_buf_puts(&out, "\n==> jobs <==\n");
    for (int i = 0; i < s.arrays.n; i++) {
        print_argv(mt_slurm_task_argv(&s.request, &s.arrays.v[i]), &out);
        mt_buf_printf(&after, "%sJOB%d", i ? ":" : "", i + 1);
    }
    print_argv(after.failed ? NULL : mt_slurm_collect_argv(&s.request, after.data), &out);
    rc = print_result(&out);
out:
    mt_buf_release(&after);
    close_submission(&s);
    return rc;
}

int slurm_submit(const struct slurm_launch *l, enum mt_text_format format)
{
    struct submission s = {0};
    struct mt_buf jobs = {0};
    struct mt_err err;
    int64_t max_array;
    int rc = 0;
    if (ask_max_array(&max_array, false, &err) < 0 || check_queue(l->request.dir, &err) < 0 ||
        open_submission(&s, l, max_array, &err) < 0 || write_scripts(&s.request, &err) < 0) {
        rc = say_error(&err);
        goto out;
    }
    if (submit_and_note(&s, &err) < 0) {
        rc = say_error(&err);
        goto out;
    }
    say_line("submitted %d tasks; 'squeue -j %s' shows when the answer is collected", l->n_tasks,
             s.job[s.n_jobs - 1].id);
    put_jobs(&s, format, &jobs);
    rc = print_result(&jobs);
out:
    close_submission(&s);
    return rc;
}

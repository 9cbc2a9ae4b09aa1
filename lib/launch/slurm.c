#include "lib/launch/slurm.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNAL_AHEAD 120 /* seconds before the time limit, for saving */
#define COLLECT_MEMORY "1024M"
#define MOST_ELEMENTS 10000 /* of one array: its list of indexes is one argument, of at most 128 KiB */

/* --- arrays --- */

/* Ascending numbers, less `offset`, as 0-3,7. */
static char *list_of(const int *number, int n, int offset)
{
    struct mt_buf list = {0};
    for (int i = 0, first; i < n; i++) {
        for (first = i; i + 1 < n && number[i + 1] == number[i] + 1;)
            i++;
        mt_buf_printf(&list, "%s%d", first ? "," : "", number[first] - offset);
        if (i > first)
            mt_buf_printf(&list, "-%d", number[i] - offset);
    }
    if (!list.failed)
        return list.data;
    mt_buf_release(&list);
    return NULL;
}

/* The array that begins with task[0]; false without memory. */
static bool cut_one(struct mt_slurm_array *a, const int *task, int n_tasks, int64_t max_size)
{
    a->offset = (int)(task[0] / max_size * max_size);
    while (a->n < n_tasks && a->n < MOST_ELEMENTS && task[a->n] - a->offset < max_size)
        a->n++;
    a->indexes = list_of(task, a->n, a->offset);
    a->tasks = list_of(task, a->n, 0);
    return a->indexes && a->tasks;
}

int mt_slurm_arrays_cut(struct mt_slurm_arrays *out, const int *task, int n_tasks, int64_t max_size,
                        struct mt_err *err)
{
    *out = (struct mt_slurm_arrays){0};
    if (max_size < 1)
        return mt_err_set(err, MT_ERR_USAGE, "this Slurm takes no job arrays (its MaxArraySize is %lld)",
                          (long long)max_size);
    for (int done = 0; done < n_tasks;) {
        struct mt_slurm_array *v = realloc(out->v, (size_t)(out->n + 1) * sizeof *v);
        if (v) {
            out->v = v;
            v += out->n++;
            *v = (struct mt_slurm_array){0};
        }
        if (!v || !cut_one(v, task + done, n_tasks - done, max_size)) {
            mt_slurm_arrays_release(out);
            return mt_err_memory(err, "the job arrays", (size_t)n_tasks);
        }
        done += v->n;
    }
    return 0;
}

void mt_slurm_arrays_release(struct mt_slurm_arrays *a)
{
    for (int i = 0; i < a->n; i++) {
        free(a->v[i].indexes);
        free(a->v[i].tasks);
    }
    free(a->v);
    *a = (struct mt_slurm_arrays){0};
}

/* --- arguments --- */

struct arguments {
    char **v;
    int n;
    bool failed;
};

static void add(struct arguments *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct arguments *a, const char *fmt, ...)
{
    va_list args;
    char **v = a->failed ? NULL : realloc(a->v, (size_t)(a->n + 2) * sizeof *v), *text = NULL;
    va_start(args, fmt);
    if (!v || vasprintf(&text, fmt, args) < 0) {
        a->failed = true;
    } else {
        v[a->n++] = text;
        v[a->n] = NULL;
    }
    va_end(args);
    if (v)
        a->v = v;
}

static char **finish(struct arguments *a)
{
    if (!a->failed)
        return a->v;
    for (int i = 0; i < a->n; i++)
        free(a->v[i]);
    free(a->v);
    return NULL;
}

/* Half of a short time limit, so that there is time to get somewhere before. */
static int64_t signal_ahead(const char *time)
{
    int64_t limit = time ? mt_slurm_seconds(time) : -1;
    return limit >= 0 && limit < 2 * SIGNAL_AHEAD ? limit / 2 : SIGNAL_AHEAD;
}

/* Other people's terminals show it. */
static void add_name(struct arguments *a, const char *name)
{
    char plain[100];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof plain; n++)
        plain[n] = isalnum((unsigned char)name[n]) || strchr("._=-", name[n]) ? name[n] : '-';
    plain[n] = 0;
    add(a, "--job-name=%s", plain);
}

/* The job's control group also holds the script's shell, Slurm's own process for the step, and the kernel's
 * tables. */
static void add_mem(struct arguments *a, const struct mt_slurm_request *r)
{
    const uint64_t unit = 1 << 20, beside = 64 * unit;
    uint64_t bytes = r->memory ? r->memory + r->memory / 4 + beside : 0;
    if (r->section->mem)
        add(a, "--mem=%s", r->section->mem);
    else if (bytes)
        add(a, "--mem=%lluM", (unsigned long long)((bytes + unit - 1) / unit));
}

/* What the user's section asks for; whatever is added later wins over it. */
static void add_section(struct arguments *a, const struct mt_slurm_section *s, bool time)
{
    if (s->partition)
        add(a, "--partition=%s", s->partition);
    if (time && s->time)
        add(a, "--time=%s", s->time);
    for (int i = 0; i < s->extra.n; i++)
        add(a, "%s", s->extra.v[i]);
}

/* FOLDER/slurm/NAME, where sbatch reads a % of the folder's name as itself; NAME may hold its patterns. */
static void add_output(struct arguments *a, const char *dir, const char *name)
{
    struct mt_buf b = {0};
    for (; *dir; dir++)
        mt_buf_printf(&b, *dir == '%' ? "%%%%" : "%c", *dir);
    if (b.failed)
        a->failed = true;
    else
        add(a, "--output=%s/%s/%s", b.data, MT_SLURM_FOLDER, name);
    mt_buf_release(&b);
}

static void add_script(struct arguments *a, const struct mt_slurm_request *r, const char *name)
{
    add(a, "--parsable");
    add(a, "--chdir=%s", r->dir);
    add(a, "%s/%s/%s", r->dir, MT_SLURM_FOLDER, name);
}

char **mt_slurm_task_argv(const struct mt_slurm_request *r, const struct mt_slurm_array *array)
{
    struct arguments a = {0};
    char log[32] = "task-%a.log", parallel[24] = "";
    if (array->offset)
        snprintf(log, sizeof log, "task-%%a+%d.log", array->offset);
    if (r->parallel)
        snprintf(parallel, sizeof parallel, "%%%lld", (long long)r->parallel);
    add(&a, "sbatch");
    add_name(&a, r->name);
    add_output(&a, r->dir, log);
    add(&a, "--signal=B:TERM@%lld", (long long)signal_ahead(r->section->time));
    add(&a, "--cpus-per-task=%lld", (long long)r->threads);
    add_mem(&a, r);
    add_section(&a, r->section, true);
    add(&a, "--requeue");
    add(&a, "--open-mode=append");
    add(&a, "--array=%s%s", array->indexes, parallel);
    add_script(&a, r, MT_SLURM_TASK_SCRIPT);
    add(&a, "%d", array->offset);
    return finish(&a);
}

char **mt_slurm_collect_argv(const struct mt_slurm_request *r, const char *after)
{
    struct arguments a = {0};
    add(&a, "sbatch");
    add_name(&a, r->name);
    add_output(&a, r->dir, "collect.log");
    add(&a, "--mem=%s", COLLECT_MEMORY);
    add_section(&a, r->section, false);
    add(&a, "--requeue");
    add(&a, "--open-mode=truncate");
    add(&a, "--dependency=afterany:%s", after);
    add_script(&a, r, MT_SLURM_COLLECT_SCRIPT);
    return finish(&a);
}

void mt_slurm_argv_release(char **argv)
{
    for (char **v = argv; v && *v; v++)
        free(*v);
    free(argv);
}

/* --- what Slurm's programs print --- */

int64_t mt_slurm_config_number(const char *config, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = config; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        if (strncmp(line, name, len) != 0)
            continue;
        const char *value = line + len + strspn(line + len, " \t");
        char *end;
        if (*value++ != '=')
            continue;
        long long number = strtoll(value, &end, 10);
        return end > value && number >= 0 ? number : -1;
    }
    return -1;
}

int mt_slurm_job_id(char id[MT_SLURM_ID], const char *printed, struct mt_err *err)
{
    size_t len = strspn(printed, "0123456789");
    if (len == 0 || len >= MT_SLURM_ID || !strchr(";\n", printed[len]))
        return mt_err_set(err, MT_ERR_RUN, "sbatch printed no job id but '%.200s'", printed);
    memcpy(id, printed, len);
    id[len] = 0;
    return 0;
}

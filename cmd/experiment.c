#include "cmd/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/core/version.h"
#include "lib/train/rundir.h"
#include "lib/train/stages.h"

/* The file's name without folder and ending, in the conf's own memory: the experiment's name where none is
 * given. */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    return strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

int experiment_problems(struct experiment_file *x)
{
    int rc = say_problems(&x->diag);
    if (x->diag.errors)
        say_line("%d error%s; nothing was trained.", x->diag.errors, x->diag.errors == 1 ? "" : "s");
    return rc;
}

/* Binds the document, as far as there is one, so that all problems are reported at once. */
static int bind(struct experiment_file *x, const char *path)
{
    struct mt_err err;
    const char *key;
    if (x->conf)
        mt_conf_bind(x->conf, mt_experiment_fields, &x->e, &x->diag);
    if (x->diag.errors == 0 && mt_stages_settle(&x->e, &key, &err) < 0)
        mt_conf_error(x->conf, key, &x->diag, "%s", err.text);
    if (x->diag.errors == 0 && !x->e.name)
        x->e.name = x->own_name = name_of(path);
    if (x->diag.errors == 0 && !x->e.name) {
        mt_err_memory(&err, "the experiment's name", strlen(path));
        return say_error(&err);
    }
    return experiment_problems(x);
}

int experiment_load(struct experiment_file *x, const char *path, const struct args *a)
{
    const char *set[MAX_VALUES];
    int n = args_all(a, "set", set);
    return experiment_load_set(x, path, set, n);
}

/* What another version wrote may have keys that this one does not know. */
static void say_writer(const char *run)
{
    char writer[MT_RUN_WRITER];
    mt_run_writer(run, writer);
    if (strcmp(writer, "metric-train " MT_VERSION))
        say_line("note: %s was written by %s; this is metric-train " MT_VERSION, run, writer);
}

int experiment_load_set(struct experiment_file *x, const char *path, const char *const *set, int n)
{
    struct stat st;
    struct mt_err err;
    bool is_run = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    memset(x, 0, sizeof *x);
    if (is_run && mt_run_check_format(path, &err) < 0)
        return say_error(&err);
    char *inside = is_run ? mt_path_join(path, "config.yaml") : strdup(path);
    if (!inside) {
        mt_err_memory(&err, "a path", strlen(path));
        return say_error(&err);
    }
    mt_conf_load(&x->conf, inside, set, n, &x->diag);
    int rc = bind(x, inside);
    if (rc && is_run)
        say_writer(path);
    free(inside);
    return rc;
}

int experiment_load_text(struct experiment_file *x, const char *name, const char *text, const struct args *a)
{
    const char *set[MAX_VALUES];
    int n = args_all(a, "set", set);
    memset(x, 0, sizeof *x);
    mt_conf_load_text(&x->conf, name, ".", text, strlen(text), set, n, &x->diag);
    return bind(x, name);
}

void experiment_release(struct experiment_file *x)
{
    free(x->own_name);
    mt_conf_free(x->conf);
    mt_diag_release(&x->diag);
    memset(x, 0, sizeof *x);
}

int experiment_error(struct experiment_file *x, const char *key, const struct mt_err *err)
{
    if (!key || !x->conf)
        return say_error(err);
    mt_diag_release(&x->diag);
    mt_conf_error(x->conf, key, &x->diag, "%s", err->text);
    experiment_problems(x);
    return (int)err->kind;
}

#include "lib/compare/results.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/compare/data_id.h"
#include "lib/compare/order.h"
#include "lib/core/json.h"
#include "lib/core/version.h"
#include "lib/train/experiment.h"

#define LONGEST_SUMMARY ((size_t)1 << 20) /* bytes */
#define MOST_FIGURES 4096

/* --- summary.json --- */

static int add_figure(struct mt_result *r, char *key, double value)
{
    if (r->n_figures % 64 == 0) {
        struct mt_figure *grown = realloc(r->figure, (size_t)(r->n_figures + 64) * sizeof *grown);
        if (!grown)
            return -1;
        r->figure = grown;
    }
    r->figure[r->n_figures++] = (struct mt_figure){key, value};
    return 0;
}

/* Takes the numbers of a flat object, and whether validation was test; passes over the rest. */
static int parse_figures(struct mt_result *r, struct mt_json *j)
{
    char *key;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &key);) {
        double value;
        r->validation_is_test |= mt_json_next(j, 't') && !strcmp(key, "validation_is_test");
        if (mt_json_next(j, '"') || mt_json_next(j, '{') || mt_json_next(j, '[') || mt_json_next(j, 't') ||
            mt_json_next(j, 'f')) {
            mt_json_skip(j);
        } else if (mt_json_real(j, &value)) {
            if (r->n_figures == MOST_FIGURES)
                mt_json_fail(j, "there are too many figures");
            else if (add_figure(r, key, value) == 0)
                continue;
            else
                mt_json_no_memory(j);
        }
        free(key);
    }
    return mt_json_end(j) ? 0 : -1;
}

static int read_figures(struct mt_result *r, struct mt_err *err)
{
    struct mt_json j;
    char *text = NULL, *path = mt_path_join(r->path, "summary.json");
    size_t len;
    int rc = -1;
    if (!path)
        return mt_err_memory(err, r->path, strlen(r->path));
    if (mt_file_read(path, LONGEST_SUMMARY, &text, &len, err) == 0) {
        mt_json_init(&j, text, len);
        rc = parse_figures(r, &j);
        if (rc < 0 && j.memory)
            mt_err_memory(err, path, len);
        else if (rc < 0)
            mt_err_set(err, MT_ERR_DATA, "%s: cannot be read: byte %zu: %s; train the run again with --force",
                       path, mt_json_offset(&j), j.problem);
    }
    free(text);
    free(path);
    return rc;
}

int mt_figures_read(const char *run, struct mt_figure **list, int *n, struct mt_err *err)
{
    struct mt_result r = {.path = strdup(run)};
    int rc = r.path ? read_figures(&r, err) : mt_err_memory(err, run, strlen(run));
    free(r.path);
    *list = r.figure;
    *n = r.n_figures;
    return rc;
}

double mt_result_figure(const struct mt_result *r, const char *key)
{
    for (int i = 0; i < r->n_figures; i++)
        if (!strcmp(r->figure[i].key, key))
            return r->figure[i].value;
    return NAN;
}

bool mt_result_has_figure(const struct mt_result *r, const char *key)
{
    for (int i = 0; i < r->n_figures; i++)
        if (!strcmp(r->figure[i].key, key))
            return true;
    return false;
}

int mt_result_add_figure(struct mt_result *r, const char *key, double value, struct mt_err *err)
{
    char *copy = strdup(key);
    if (copy && add_figure(r, copy, value) == 0)
        return 0;
    free(copy);
    return mt_err_memory(err, r->path, strlen(key));
}

bool mt_result_has_ended(const struct mt_result *r)
{
    return r->status.state == MT_RUN_COMPLETE || r->status.state == MT_RUN_COLLAPSED;
}

/* --- config.yaml --- */

static void drop_seed(struct mt_settings *s)
{
    int kept = 0;
    for (int i = 0; i < s->n; i++) {
        if (!strcmp(s->v[i].key, "seed")) {
            free(s->v[i].key);
            free(s->v[i].value);
        } else {
            s->v[kept++] = s->v[i];
        }
    }
    s->n = kept;
}

/* The first line of the problems found. */
static int config_error(const struct mt_diag *diag, const struct mt_result *r, const char *config,
                        struct mt_err *err)
{
    const char *text = diag->text.data;
    char writer[MT_RUN_WRITER];
    if (!text)
        return mt_err_memory(err, config, 1);
    if (diag->kind == MT_ERR_RUN) /* nothing is wrong with the file */
        return mt_err_set(err, diag->kind, "%.*s", (int)strcspn(text, "\n"), text);
    mt_run_writer(r->path, writer);
    if (!strcmp(writer, "metric-train " MT_VERSION))
        return mt_err_set(err, MT_ERR_DATA,
                          "%.*s; it was damaged, or changed by hand: train the run again with --force",
                          (int)strcspn(text, "\n"), text);
    return mt_err_set(err, MT_ERR_DATA,
                      "%.*s; the folder was written by %s, and this is metric-train " MT_VERSION,
                      (int)strcspn(text, "\n"), text, writer);
}

static int take_experiment(struct mt_result *r, const struct mt_experiment *e, struct mt_err *err)
{
    const char *slash = strrchr(r->path, '/');
    r->seed = e->seed;
    r->name = strdup(e->name ? e->name : slash ? slash + 1 : r->path);
    if (!r->name)
        return mt_err_memory(err, r->path, strlen(r->path));
    if (mt_conf_settings(mt_experiment_fields, e, &r->settings, err) < 0)
        return -1;
    drop_seed(&r->settings);
    if (e->train.init_from && mt_settings_add(&r->settings, "train.init_from", e->train.init_from) < 0)
        return mt_err_memory(err, r->path, strlen(r->path));
    return mt_data_id_add(&r->settings, e, r->path, mt_result_has_ended(r), err);
}

static int read_experiment(struct mt_result *r, struct mt_err *err)
{
    struct mt_conf *conf = NULL;
    struct mt_experiment e = {0};
    struct mt_diag diag = {0};
    char *config = mt_path_join(r->path, "config.yaml");
    int rc;
    if (!config)
        return mt_err_memory(err, r->path, strlen(r->path));
    if (mt_conf_load(&conf, config, NULL, 0, &diag) < 0 ||
        mt_conf_bind(conf, mt_experiment_fields, &e, &diag) < 0)
        rc = config_error(&diag, r, config, err);
    else
        rc = take_experiment(r, &e, err);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    free(config);
    return rc;
}

/* --- a run, and folders of them --- */

/* What cannot be looked at does, and is found out when it is read. */
static bool holds(const char *folder, const char *name)
{
    struct stat st;
    char file[PATH_MAX]; /* one that had to be allocated would be missed for want of memory */
    int len = snprintf(file, sizeof file, "%s/%s", folder, name);
    if (len <= 0 || len >= (int)sizeof file)
        return false;
    return stat(file, &st) == 0 ? S_ISREG(st.st_mode) : mt_file_exists(file);
}

static bool is_run(const char *path)
{
    return holds(path, "config.yaml");
}

/* A copy without the slashes that a shell's completion puts behind a folder; NULL without memory. */
static char *folder_path(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return strndup(path, len);
}

int mt_result_read(struct mt_result *r, const char *path, struct mt_err *err)
{
    memset(r, 0, sizeof *r);
    if (!is_run(path))
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a run folder, for it holds no config.yaml", path);
    if (!(r->path = folder_path(path)))
        return mt_err_memory(err, path, strlen(path));
    int rc = mt_status_read(path, &r->status, err);
    if (rc == 0) {
        r->status.state = MT_RUN_INTERRUPTED;
        strcpy(r->status.reason, "it has no status.json");
    }
    if (rc < 0 || read_experiment(r, err) < 0 || (mt_result_has_ended(r) && read_figures(r, err) < 0)) {
        mt_result_release(r);
        return -1;
    }
    return 0;
}

void mt_result_release(struct mt_result *r)
{
    for (int i = 0; i < r->n_figures; i++)
        free(r->figure[i].key);
    free(r->figure);
    mt_settings_release(&r->settings);
    free(r->path);
    free(r->name);
    memset(r, 0, sizeof *r);
}

static int add_run(struct mt_results *list, const char *path, struct mt_err *err)
{
    if (list->n == list->cap) {
        int cap = list->cap ? 2 * list->cap : 16;
        struct mt_result *grown = realloc(list->v, (size_t)cap * sizeof *grown);
        if (!grown)
            return mt_err_memory(err, "runs", (size_t)cap * sizeof *grown);
        list->v = grown;
        list->cap = cap;
    }
    if (mt_result_read(&list->v[list->n], path, err) < 0)
        return -1;
    list->n++;
    return 0;
}

static int add_if_run(struct mt_results *list, const char *folder, const char *name, struct mt_err *err)
{
    char *path = mt_path_join(folder, name);
    if (!path)
        return mt_err_memory(err, folder, strlen(folder));
    int rc = is_run(path) ? add_run(list, path, err) : 0;
    free(path);
    return rc;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct mt_results *list, const char *path, struct mt_err *err)
{
    struct dirent **entry;
    int before = list->n, rc = 0, n = scandir(path, &entry, NULL, by_name);
    if (n < 0 && (errno == ENOENT || errno == ENOTDIR))
        return mt_err_set(err, MT_ERR_DATA, "%s: is no folder; give run folders, or a folder of them", path);
    if (n < 0)
        return mt_err_read(err, path, "open the folder of runs", errno);
    for (int i = 0; i < n; i++) {
        if (rc == 0 && entry[i]->d_name[0] != '.')
            rc = add_if_run(list, path, entry[i]->d_name, err);
        free(entry[i]);
    }
    free(entry);
    if (rc == 0 && list->n == before)
        rc = mt_err_set(err, MT_ERR_DATA, "%s: is neither a run folder nor a folder of runs", path);
    mt_results_order(list->v + before, list->n - before);
    return rc;
}

static int add_sweep(struct mt_results *list, const char *path, struct mt_err *err)
{
    char *runs = mt_path_join(path, "runs");
    int rc = runs ? add_folder(list, runs, err) : mt_err_memory(err, path, strlen(path));
    free(runs);
    return rc;
}

int mt_results_add(struct mt_results *list, const char *path, struct mt_err *err)
{
    if (is_run(path))
        return add_run(list, path, err);
    return holds(path, "tasks.csv") ? add_sweep(list, path, err) : add_folder(list, path, err);
}

void mt_results_release(struct mt_results *list)
{
    for (int i = 0; i < list->n; i++)
        mt_result_release(&list->v[i]);
    free(list->v);
    memset(list, 0, sizeof *list);
}

/* plan_folder.c: a plan as sweep.yaml and tasks.csv. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/tree.h"
#include "lib/core/file.h"
#include "lib/sweep/plan.h"
#include "lib/sweep/tasks.h"

/* {head.m: 0.5}: the baseline by the values that its runs have. */
static void print_baseline(const struct mt_sweep_plan *p, const struct mt_node *map, struct mt_buf *out)
{
    int t = 0;
    while (p->task[t].cell != p->baseline)
        t++;
    mt_buf_puts(out, "{");
    for (int i = 0; i < mt_tree_count(map); i++) {
        const char *key = mt_tree_text(mt_tree_key(map, i));
        for (int k = 0; k < p->n_parameters; k++)
            if (!strcmp(p->parameter[k], key)) {
                mt_buf_puts(out, i ? ", " : "");
                mt_buf_yaml_string(out, key);
                mt_buf_printf(out, ": %s", p->task[t].value[k]);
            }
    }
    mt_buf_puts(out, "}");
}

/* The section with all parameters, wherever they came from, and with absolute paths. */
static int print_section(const struct mt_sweep_plan *p, struct mt_buf *out)
{
    struct mt_sweep_section section = *(const struct mt_sweep_section *)p->sweep->cfg;
    struct mt_experiment e = {.sweep = {p->sweep->kind, &section}};
    struct mt_field fields[2] = {{0}};
    struct mt_diag diag = {0};
    for (const struct mt_field *f = mt_experiment_fields; f->name; f++)
        if (!strcmp(f->name, "sweep"))
            fields[0] = *f;
    section.parameters = mt_conf_parse(p->conf, "sweep", p->parameters, &diag);
    if (section.baseline) {
        struct mt_buf text = {0};
        print_baseline(p, section.baseline, &text);
        section.baseline = text.failed ? NULL : mt_conf_parse(p->conf, "sweep", text.data, &diag);
        mt_buf_release(&text);
    }
    mt_conf_print(NULL, fields, &e, false, out);
    int rc = diag.errors || out->failed ? -1 : 0;
    mt_diag_release(&diag);
    return rc;
}

static int print_experiment(const struct mt_sweep_plan *p, struct mt_buf *out)
{
    mt_buf_puts(out, "# A sweep's experiment, for `metric-train sweep task`; its runs are in " MT_SWEEP_TASKS
                     ".\n");
    if (!mt_tree_text(mt_conf_node(p->conf, "name"))) {
        mt_buf_puts(out, "name: ");
        mt_buf_yaml_string(out, p->name);
        mt_buf_puts(out, "\n");
    }
    mt_conf_print_written(p->conf, "sweep", out);
    return print_section(p, out);
}

static int write_file(const char *dir, const char *name, struct mt_buf *text, struct mt_err *err)
{
    char *path = mt_path_join(dir, name);
    int rc = !path || text->failed ? mt_err_memory(err, name, text->len)
                                   : mt_file_write(path, text->data, text->len, err);
    free(path);
    mt_buf_release(text);
    return rc;
}

/* Of an earlier plan. */
static int remove_file(const char *dir, const char *name, struct mt_err *err)
{
    char *path = mt_path_join(dir, name);
    if (path)
        unlink(path);
    int rc = path ? 0 : mt_err_memory(err, name, strlen(name));
    free(path);
    return rc;
}

int mt_sweep_plan_write(const struct mt_sweep_plan *p, const char *dir, struct mt_err *err)
{
    struct mt_buf experiment = {0}, tasks = {0};
    char *runs = mt_path_join(dir, MT_SWEEP_RUNS);
    int rc = runs ? mt_file_mkdirs(runs, err) : mt_err_memory(err, "a path", strlen(dir));
    free(runs);
    if (rc == 0 && print_experiment(p, &experiment) < 0)
        rc = mt_err_memory(err, MT_SWEEP_FILE, experiment.len);
    if (rc == 0)
        rc = write_file(dir, MT_SWEEP_FILE, &experiment, err);
    else
        mt_buf_release(&experiment);
    mt_tasks_print(p, &tasks);
    if (rc == 0 && !mt_sweep_is_halving(p->sweep))
        rc = remove_file(dir, MT_SWEEP_HALVING, err);
    if (rc == 0)
        return write_file(dir, MT_SWEEP_TASKS, &tasks, err);
    mt_buf_release(&tasks);
    return rc;
}

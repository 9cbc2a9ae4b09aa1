/* reproduce_train.c: trains one experiment with one seed, in a process of its own. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/child.h"
#include "cmd/reproduce.h"
#include "cmd/say.h"
#include "lib/train/stages.h"

#define MOST_ARGUMENTS 64

struct command_line {
    char *argv[MOST_ARGUMENTS + 1];
    int n;
    bool failed;
};

static void add(struct command_line *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct command_line *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = NULL;
    int rc = c->n < MOST_ARGUMENTS ? vasprintf(&text, fmt, ap) : -1;
    va_end(ap);
    if (rc < 0)
        c->failed = true;
    else
        c->argv[c->n++] = text;
}

static void release(struct command_line *c)
{
    for (int i = 0; i < c->n; i++)
        free(c->argv[i]);
}

/* --data: what an experiment takes from a folder datasets/ comes from there instead. */
static void add_data(struct command_line *c, const struct mt_variant *source, const char *key,
                     const char *dir)
{
    for (const struct mt_field *f = source->kind ? source->kind->fields : NULL; f && f->name; f++) {
        const char *path =
            f->type == MT_PATH ? *(char *const *)((const char *)source->cfg + f->offset) : NULL;
        const char *inside = path ? strstr(path, "datasets/") : NULL;
        if (!inside)
            continue;
        add(c, "--set");
        add(c, "%s.%s=\"%s/%s\"", key, f->name, dir, inside + strlen("datasets/"));
    }
}

/* Of stages, each keeps at least one epoch and gives up what the whole has too much, the last one first. */
static void add_epochs(struct command_line *c, const struct mt_experiment *x, int64_t epochs)
{
    int64_t excess = x->train.epochs - epochs;
    if (excess <= 0 && x->train.stages.n)
        return;
    add(c, "--set");
    if (!x->train.stages.n) {
        add(c, "train.epochs=%lld", (long long)epochs);
        return;
    }
    add(c, "train.epochs=null");
    for (int i = x->train.stages.n - 1; i >= 0 && excess > 0; i--) {
        const struct mt_stage_cfg *s = x->train.stages.v[i].cfg;
        int64_t less = excess < s->epochs - 1 ? excess : s->epochs - 1;
        add(c, "--set");
        add(c, "train.stages[%d].epochs=%lld", i, (long long)(s->epochs - less));
        excess -= less;
    }
}

int reproduce_train(const struct reproduce_plan *p, const struct mt_claim_experiment *e,
                    const struct experiment_file *x, const char *file, int64_t epochs, const char *folder,
                    int seed)
{
    struct command_line c = {0};
    struct mt_err err;
    const char *set[MAX_VALUES];
    bool stopped;
    int n = args_all(p->args, "set", set), code = 1;
    add(&c, "metric-train");
    add(&c, "train");
    add(&c, "%s", file);
    add(&c, "--no-report"); /* what is printed at the end says it all */
    add(&c, "--out");
    add(&c, "%s", folder);
    add(&c, "--set");
    add(&c, "seed=%d", seed);
    add_epochs(&c, &x->e, epochs);
    if (p->data) {
        add_data(&c, &x->e.data.train, "data.train", p->data);
        add_data(&c, &x->e.data.validation, "data.validation", p->data);
        add_data(&c, &x->e.data.test, "data.test", p->data);
    }
    for (int i = 0; i < n; i++) {
        add(&c, "--set");
        add(&c, "%s", set[i]);
    }
    if (args_get(p->args, "threads"))
        add(&c, "--threads=%s", args_get(p->args, "threads"));
    say_line("--- %s, seed %d, %lld epochs at most", e->run, seed, (long long)epochs);
    if (c.failed) {
        mt_err_memory(&err, "a command line", 1);
        code = say_error(&err);
    } else if ((code = child_run(c.argv, &stopped, &err)) < 0) {
        code = say_error(&err);
    } else if (stopped && code == 0) {
        code = 75;
    }
    if (code == MT_ERR_DATA)
        fputs("metric-train reproduce: datasets/README.md says where the data comes from; "
              "'scripts/fetch-datasets all' brings what can be fetched, --data names another folder\n",
              stderr);
    release(&c);
    return code == 4 ? 0 : code; /* diverged or collapsed: a result */
}

/* experiment.h: loads the experiment file that a command names, with its --set options, and prints what is
 * wrong with it. */
#ifndef CMD_EXPERIMENT_H
#define CMD_EXPERIMENT_H

#include "cmd/command.h"
#include "lib/conf/conf.h"
#include "lib/train/experiment.h"

#define OPTION_SET                                                                                           \
    {                                                                                                        \
        "set", 's', "KEY=VALUE", "Set a key, for instance head.m=0.3; repeatable."                           \
    }

struct experiment_file {
    struct mt_conf *conf;
    struct mt_experiment e;
    struct mt_diag diag;
    char *own_name; /* e.name where the file gives none */
};

/* Returns 0, or the exit code after printing every problem to stderr. To be released in both cases. `path`
 * may be a run folder: its config.yaml is meant. */
int experiment_load(struct experiment_file *x, const char *path, const struct args *a);
int experiment_load_set(struct experiment_file *x, const char *path, const char *const *set, int n_set);
/* The same from text; `name` stands for the file in messages. */
int experiment_load_text(struct experiment_file *x, const char *name, const char *text, const struct args *a);
void experiment_release(struct experiment_file *x);

/* Prints what x->diag holds and returns the exit code: 0 without errors. */
int experiment_problems(struct experiment_file *x);

/* Prints the problem at the key's place in the file (key may be NULL) and returns the exit code of the kind.
 */
int experiment_error(struct experiment_file *x, const char *key, const struct mt_err *err);

#endif

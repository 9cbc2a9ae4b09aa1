/* space.h: the combinations that a `sweep` section asks for. Private to lib/sweep. */
#ifndef MT_SWEEP_SPACE_H
#define MT_SWEEP_SPACE_H

#include "lib/conf/tree.h"
#include "lib/train/experiment.h"

#define MT_SWEEP_MOST_RUNS 100000

struct mt_distribution;

struct mt_space_parameter {
    const struct mt_node *key; /* a scalar, the dotted key */
    struct mt_node **value;    /* (n) */
    int n;
    const struct mt_distribution *distribution; /* of numbers; NULL: the values */
    double min, max, step;                      /* step 0: none */
};

struct mt_space_row {
    int cell;
    struct mt_node **value; /* (n_parameters); NULL: the base experiment's */
};

struct mt_space {
    struct mt_space_parameter *parameter;
    int n_parameters, seed; /* seed: index of the key `seed`, or -1 */
    struct mt_space_row *row;
    int n_rows, cap, n_cells;
};

/* Reads the section of a bound experiment, and what the command line adds: texts KEY=VALUES. Problems go to
 * diag; the space then is not complete. Its nodes belong to `conf`. Released in both cases. */
int mt_space_new(struct mt_space *space, struct mt_conf *conf, const struct mt_variant *sweep,
                 const char *const *add, int n_add, struct mt_diag *diag);
void mt_space_release(struct mt_space *space);

/* The parts, one file each. */
int mt_space_parameters(struct mt_space *space, struct mt_conf *conf, const struct mt_node *parameters,
                        const char *const *add, int n_add, struct mt_diag *diag);
/* Refuses a key that does not change results. */
int mt_space_check_key(const struct mt_node *key, struct mt_diag *diag);
/* Refuses a key that one of the parameters from `first` on has under another name: head.margin beside head.m.
 */
int mt_space_check_spelling(const struct mt_space *space, int first, const struct mt_node *key,
                            struct mt_diag *diag);
bool mt_space_excludes(const struct mt_space *space, const struct mt_node *exclude,
                       struct mt_node *const *value);
/* Appends a row with the space's next values; copies the array. */
int mt_space_add(struct mt_space *space, int cell, struct mt_node *const *value, struct mt_diag *diag);

int mt_space_find(const struct mt_space *space, const char *key); /* -1: no such parameter */

/* A map whose keys have to be parameters; a list of such maps. NULL is fine. */
int mt_space_check_names(const struct mt_space *space, const struct mt_node *map, const char *what,
                         struct mt_diag *diag);
int mt_space_check_exclude(const struct mt_space *space, const struct mt_node *exclude, struct mt_diag *diag);

/* Whether a value of a tasks table, as text, is what a node says: the same text or number; a list of several
 * values stands for any of them. */
bool mt_value_matches(const char *text, const struct mt_node *node);
/* Whether a combination as text has every value that a map names. */
bool mt_values_agree(const struct mt_node *map, char *const *key, int n, char *const *value);

#endif

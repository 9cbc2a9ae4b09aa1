/* map.h: the reported metric over the two parameters with the most values: one map for every combination of
 * the other parameters, while they are few; else one map of means over them. Private to lib/answer. */
#ifndef MT_ANSWER_MAP_H
#define MT_ANSWER_MAP_H

#include "lib/answer/answer.h"

struct mt_map_axis {
    int parameter;     /* -1: there is none */
    int *value;        /* (cells) */
    const char **text; /* (n) */
    int n;
};

struct mt_place {    /* one square of a map */
    int cells, cell; /* how many there are, and the first */
    double mean;     /* not-a-number: none */
};

struct mt_map {
    const struct mt_answer *a;
    struct mt_map_axis x, y;
    int *rest;    /* (cells) which map */
    char **title; /* (maps) label of a cell of that map; NULL where there is one map */
    int n_maps;
    bool averaged;          /* over the other parameters */
    struct mt_place *place; /* (maps, y.n, x.n) */
    double low, high;       /* of the means */
};

/* Returns 1; 0 where the cells make no map: one value, too many, or more gaps than cells (draws of a random
 * search meet nowhere); -1 without memory. To be released in any case. */
int mt_map_make(struct mt_map *m, const struct mt_answer *a, struct mt_err *err);
void mt_map_release(struct mt_map *m);

struct mt_place *mt_place_at(const struct mt_map *m, int map, int y, int x);
bool mt_place_holds(const struct mt_map *m, const struct mt_place *p, int cell); /* false for cell -1 */
/* Runs of the place's cells by state. */
void mt_place_states(const struct mt_map *m, const struct mt_place *p, int in_state[MT_TASK_STATES]);

#endif

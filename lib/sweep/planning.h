/* planning.h: a plan in the making. Private to lib/sweep. */
#ifndef MT_SWEEP_PLANNING_H
#define MT_SWEEP_PLANNING_H

#include "lib/sweep/pace.h"
#include "lib/sweep/plan.h"
#include "lib/sweep/problems.h"
#include "lib/sweep/space.h"

struct mt_shape_pace { /* runs that cost the same per step */
    char *shape;
    struct mt_pace pace;
};

struct mt_planning {
    struct mt_sweep_plan *plan;
    const struct mt_sweep_plan_options *options;
    const struct mt_experiment *base;
    struct mt_space space;
    struct mt_problems problems;
    char **data; /* (tasks) the data section of each run as text; NULL: it has a problem, or is done with */
    struct mt_arrangements *arrangements; /* that runs looked at before have found */
    struct mt_shape_pace *pace;
    int n_paces;
};

/* A run as an experiment. */
struct mt_bound {
    struct mt_conf *conf;
    struct mt_experiment e;
};

/* Binds run `t` and writes down its values; to be released in both cases. Returns -1 after noting its
 * problems. */
int mt_planning_bind(struct mt_planning *g, int t, struct mt_bound *b);
void mt_bound_release(struct mt_bound *b);
/* All runs, one after the other; fills plan->task and data. */
int mt_planning_bind_all(struct mt_planning *g);

/* Notes what a run's diag holds; a problem at a key of it; that memory ran out. The last returns -1. */
void mt_planning_problem(struct mt_planning *g, int t, const struct mt_diag *diag);
void mt_planning_problem_at(struct mt_planning *g, int t, const struct mt_bound *b, const char *key,
                            const struct mt_err *err);
int mt_planning_no_memory(struct mt_planning *g);

/* Opens every data section once and checks all runs over it: shapes, classes, batches; names them and looks
 * ahead. */
int mt_planning_check_all(struct mt_planning *g, struct mt_diag *diag);

/* The section's metric is a figure that runs will have. */
int mt_sweep_check_metric(const struct mt_conf *conf, const struct mt_experiment *base, struct mt_diag *diag);

/* Successive halving: the metric is one that epochs have, and all runs can be compared at every rung. */
int mt_halving_check_metric(const struct mt_conf *conf, const struct mt_experiment *base, struct mt_diag *diag);
int mt_planning_check_halving(const struct mt_planning *g, struct mt_diag *diag);

/* Takes runs out that are the same as an earlier one. */
int mt_planning_drop_doubles(struct mt_sweep_plan *p);
void mt_planned_release(const struct mt_sweep_plan *p, struct mt_planned *task);

#endif

/* space.c: combinations of values: grids and lists. */
#include "lib/sweep/space.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sweep/draw.h"
#include "lib/train/sweep_section.h"

int mt_space_add(struct mt_space *space, int cell, struct mt_node *const *value, struct mt_diag *diag)
{
    size_t bytes = ((size_t)space->n_parameters + 1) * sizeof *value;
    if (space->n_rows == space->cap) {
        int cap = space->cap ? 2 * space->cap : 64;
        struct mt_space_row *grown = realloc(space->row, (size_t)cap * sizeof *grown);
        if (!grown)
            return mt_diag_memory(diag);
        space->row = grown;
        space->cap = cap;
    }
    struct mt_space_row row = {cell, malloc(bytes)};
    if (!row.value)
        return mt_diag_memory(diag);
    memcpy(row.value, value, bytes - sizeof *value);
    space->row[space->n_rows++] = row;
    return 0;
}

/* --- combinations --- */

/* How many there are, "4 x 5 x 3" in words; refuses what nobody can wait for. */
static int check_size(const struct mt_space *space, int lists, int64_t run_cap, const struct mt_node *at,
                      struct mt_diag *diag)
{
    double all = lists;
    struct mt_buf words = {0};
    if (lists > 1)
        mt_buf_printf(&words, "%d", lists);
    for (int i = 0; i < space->n_parameters; i++) {
        if (space->parameter[i].n == 0)
            continue;
        all *= space->parameter[i].n;
        mt_buf_printf(&words, "%s%d", words.len ? " x " : "", space->parameter[i].n);
    }
    int rc = 0;
    if (all > MT_SWEEP_MOST_RUNS)
        rc = mt_tree_error(at, diag,
                           "sweep: %s = %.10g runs, and a sweep may have %d; use fewer values, or method: "
                           "random with a run_cap",
                           words.data ? words.data : "", all, MT_SWEEP_MOST_RUNS);
    else if (run_cap != MT_UNSET_INT && space->n_rows > run_cap)
        rc = mt_tree_error(at, diag, "sweep.run_cap: the sweep has %d runs (%s), more than run_cap, %lld",
                           space->n_rows, words.data ? words.data : "", (long long)run_cap);
    mt_buf_release(&words);
    return rc;
}

/* Counts `at` up like the figures of a number, the last first but for the seed, which is the very last one.
 * Returns whether the seed alone moved, or -1 past the end. */
static int next_combination(const struct mt_space *space, int first, int *at)
{
    int seed = space->seed;
    if (seed >= first && ++at[seed] < space->parameter[seed].n)
        return 1;
    if (seed >= first)
        at[seed] = 0;
    for (int i = space->n_parameters - 1; i >= first; i--) {
        if (i == seed)
            continue;
        if (++at[i] < space->parameter[i].n)
            return 0;
        at[i] = 0;
    }
    return -1;
}

/* All combinations of the parameters from `first` on; value[0..first) stays. */
static int add_grid(struct mt_space *space, int first, struct mt_node **value, const struct mt_node *exclude,
                    struct mt_diag *diag)
{
    int *at = calloc((size_t)space->n_parameters + 1, sizeof *at), moved, rc = at ? 0 : -1,
        begin = space->n_rows;
    for (moved = 0; rc == 0 && moved >= 0; moved = next_combination(space, first, at)) {
        if (!moved && space->n_rows > begin) { /* another combination: the cell before has a run */
            space->n_cells++;
            begin = space->n_rows;
        }
        for (int i = first; i < space->n_parameters; i++)
            value[i] = space->parameter[i].value[at[i]];
        if (!mt_space_excludes(space, exclude, value))
            rc = mt_space_add(space, space->n_cells, value, diag);
    }
    space->n_cells += space->n_rows > begin;
    free(at);
    return rc;
}

/* The parameters that a list of runs gives stand before the others. */
static int list_keys(struct mt_space *space, const struct mt_node *runs, struct mt_diag *diag)
{
    int others = space->n_parameters, own = 0, most = 0;
    for (int i = 0; i < mt_tree_count(runs); i++)
        most += mt_tree_count(mt_tree_item(runs, i));
    struct mt_space_parameter *all = calloc((size_t)(others + most) + 1, sizeof *all);
    if (!all)
        return mt_diag_memory(diag);
    for (int i = 0; i < mt_tree_count(runs); i++) {
        const struct mt_node *map = mt_tree_item(runs, i);
        for (int k = 0; k < mt_tree_count(map); k++) {
            const struct mt_node *key = mt_tree_key(map, k);
            int known = 0;
            while (known < own && strcmp(mt_tree_text(all[known].key), mt_tree_text(key)) != 0)
                known++;
            if (known == own)
                all[own++].key = key;
        }
    }
    if (others)
        memcpy(all + own, space->parameter, (size_t)others * sizeof *all);
    free(space->parameter);
    space->parameter = all;
    space->n_parameters = own + others;
    return own;
}

static int check_list(const struct mt_node *runs, const struct mt_node *at, struct mt_diag *diag)
{
    if (!mt_tree_is_list(runs) || mt_tree_count(runs) == 0)
        return mt_tree_error(runs ? runs : at, diag,
                             "sweep.runs: expected a list of maps, one for each combination, as [{head.type: "
                             "softmax}, {head.type: arcface}]");
    for (int i = 0; i < mt_tree_count(runs); i++)
        if (!mt_tree_is_map(mt_tree_item(runs, i)) || mt_tree_count(mt_tree_item(runs, i)) == 0)
            return mt_tree_error(mt_tree_item(runs, i), diag,
                                 "sweep.runs[%d]: expected keys with values, as {head.type: softmax}", i);
    return 0;
}

static int check_keys_of_list(const struct mt_space *space, int own, struct mt_diag *diag)
{
    int rc = 0;
    for (int i = 0; i < own; i++) {
        if (mt_space_check_key(space->parameter[i].key, diag) < 0 ||
            mt_space_check_spelling(space, i + 1, space->parameter[i].key, diag) < 0)
            rc = -1;
        for (int k = own; k < space->n_parameters; k++)
            if (!strcmp(mt_tree_text(space->parameter[i].key), mt_tree_text(space->parameter[k].key)))
                rc = mt_tree_error(space->parameter[k].key, diag, "'%s' stands in sweep.runs, too; keep one",
                                   mt_tree_text(space->parameter[k].key));
    }
    return rc;
}

static int add_list(struct mt_space *space, const struct mt_node *runs, int own, struct mt_diag *diag)
{
    struct mt_node **value = calloc((size_t)space->n_parameters + 1, sizeof *value);
    int rc = value ? 0 : mt_diag_memory(diag);
    for (int i = 0; rc == 0 && i < mt_tree_count(runs); i++) {
        for (int k = 0; k < own; k++)
            value[k] = mt_tree_get(mt_tree_item(runs, i), mt_tree_text(space->parameter[k].key));
        rc = add_grid(space, own, value, NULL, diag);
    }
    free(value);
    return rc;
}

static int find_seed(struct mt_space *space, int own, struct mt_diag *diag)
{
    space->seed = mt_space_find(space, "seed");
    if (space->seed >= 0 && space->seed < own)
        return mt_tree_error(
            space->parameter[space->seed].key, diag,
            "the seed belongs to sweep.parameters, so that every entry of runs has the same seeds");
    if (space->seed >= 0 && space->parameter[space->seed].distribution)
        return mt_tree_error(space->parameter[space->seed].key, diag,
                             "seed: takes values, as 0..4; every combination is run with each of them");
    return 0;
}

static int need_values(const struct mt_space *space, int first, struct mt_diag *diag)
{
    int rc = 0;
    for (int i = first; i < space->n_parameters; i++)
        if (space->parameter[i].distribution)
            rc = mt_tree_error(space->parameter[i].key, diag,
                               "%s: a distribution is drawn from with method: random; a grid needs values",
                               mt_tree_text(space->parameter[i].key));
    return rc;
}

static int fill(struct mt_space *space, struct mt_conf *conf, const struct mt_sweep_section *section,
                bool random, const struct mt_node *at, struct mt_diag *diag)
{
    int own = 0;
    if (section->runs) {
        if (check_list(section->runs, at, diag) < 0 || (own = list_keys(space, section->runs, diag)) < 0 ||
            check_keys_of_list(space, own, diag) < 0)
            return -1;
    }
    if (find_seed(space, own, diag) < 0 || mt_space_check_exclude(space, section->exclude, diag) < 0)
        return -1;
    if (section->baseline && mt_space_check_names(space, section->baseline, "sweep.baseline", diag) < 0)
        return -1;
    if (random && space->n_parameters == (space->seed >= 0))
        return mt_tree_error(
            at, diag,
            "sweep: nothing but the seed takes values, so that there is nothing to draw; use method: grid");
    if (random)
        return mt_space_draw(space, conf, section->exclude, section->run_cap, section->seed, diag);
    if (need_values(space, own, diag) < 0 ||
        check_size(space, own ? mt_tree_count(section->runs) : 1, MT_UNSET_INT, at, diag) < 0)
        return -1;
    struct mt_node **value = calloc((size_t)space->n_parameters + 1, sizeof *value);
    int rc = !value ? mt_diag_memory(diag)
             : own  ? add_list(space, section->runs, own, diag)
                    : add_grid(space, 0, value, section->exclude, diag);
    free(value);
    return rc < 0 ? -1
                  : check_size(space, own ? mt_tree_count(section->runs) : 1, section->run_cap, at, diag);
}

int mt_space_new(struct mt_space *space, struct mt_conf *conf, const struct mt_variant *sweep,
                 const char *const *add, int n_add, struct mt_diag *diag)
{
    const struct mt_sweep_section *section = sweep->cfg;
    bool random = !strcmp(sweep->kind->name, "random"), list = !strcmp(sweep->kind->name, "list");
    const struct mt_node *at = mt_conf_node(conf, "sweep");
    *space = (struct mt_space){.seed = -1};
    if (mt_space_parameters(space, conf, section->parameters, add, n_add, diag) < 0)
        return -1;
    if (list && !section->runs)
        return check_list(NULL, at, diag);
    if (!list && space->n_parameters == 0)
        return mt_tree_error(
            at, diag,
            "sweep: no key takes several values; give sweep.parameters, or on the command line "
            "-s head.m=0.1,0.3");
    if (fill(space, conf, section, random, at, diag) < 0)
        return -1;
    if (space->n_rows == 0)
        return mt_tree_error(at, diag, "sweep: every combination is excluded");
    return 0;
}

void mt_space_release(struct mt_space *space)
{
    for (int i = 0; i < space->n_parameters; i++)
        free(space->parameter[i].value);
    for (int i = 0; i < space->n_rows; i++)
        free(space->row[i].value);
    free(space->parameter);
    free(space->row);
    *space = (struct mt_space){0};
}

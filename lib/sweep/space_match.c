/* space_match.c: maps of keys and values that stand for combinations: `exclude` and `baseline`. */
#include <stdlib.h>
#include <string.h>

#include "lib/sweep/space.h"
#include "lib/sweep/values.h"

static bool same_value(const char *a, const char *b)
{
    double x, y;
    return !strcmp(a, b) || (mt_value_number(a, &x) && mt_value_number(b, &y) && !(x < y) && !(x > y));
}

bool mt_value_matches(const char *text, const struct mt_node *node)
{
    struct mt_buf own = {0};
    mt_tree_print(node, &own);
    bool same = !own.failed && own.data && same_value(text, own.data);
    mt_buf_release(&own);
    for (int i = 0; !same && mt_tree_is_list(node) && i < mt_tree_count(node); i++)
        same = mt_value_matches(text, mt_tree_item(node, i));
    return same;
}

int mt_space_find(const struct mt_space *space, const char *key)
{
    for (int i = 0; i < space->n_parameters; i++)
        if (!strcmp(mt_tree_text(space->parameter[i].key), key))
            return i;
    return -1;
}

/* Whether a combination has every value that a map names. */
static bool agrees(const struct mt_space *space, const struct mt_node *map, struct mt_node *const *value)
{
    bool same = mt_tree_count(map) > 0;
    for (int i = 0; same && i < mt_tree_count(map); i++) {
        struct mt_buf text = {0};
        int p = mt_space_find(space, mt_tree_text(mt_tree_key(map, i)));
        if (p >= 0 && value[p])
            mt_tree_print(value[p], &text);
        same = text.data && mt_value_matches(text.data, mt_tree_item(map, i));
        mt_buf_release(&text);
    }
    return same;
}

bool mt_space_excludes(const struct mt_space *space, const struct mt_node *exclude,
                       struct mt_node *const *value)
{
    for (int i = 0; i < mt_tree_count(exclude); i++)
        if (agrees(space, mt_tree_item(exclude, i), value))
            return true;
    return false;
}

/* A map whose keys are parameters. */
int mt_space_check_names(const struct mt_space *space, const struct mt_node *map, const char *what,
                         struct mt_diag *diag)
{
    if (!mt_tree_is_map(map) || mt_tree_count(map) == 0)
        return mt_tree_error(map, diag, "%s: expected keys with values, as {head.m: 0.5, head.s: 8}", what);
    for (int i = 0; i < mt_tree_count(map); i++) {
        const struct mt_node *key = mt_tree_key(map, i);
        if (mt_space_find(space, mt_tree_text(key)) >= 0)
            continue;
        struct mt_nearest near = mt_nearest_to(mt_tree_text(key));
        char meant[MT_NEAREST_TEXT];
        for (int p = 0; p < space->n_parameters; p++)
            mt_nearest_try(&near, mt_tree_text(space->parameter[p].key));
        mt_tree_error(key, diag, "%s: '%s' is none of the sweep's parameters%s", what, mt_tree_text(key),
                      mt_nearest_text(&near, meant));
        return -1;
    }
    return 0;
}

int mt_space_check_exclude(const struct mt_space *space, const struct mt_node *exclude, struct mt_diag *diag)
{
    int rc = 0;
    if (!exclude)
        return 0;
    if (!mt_tree_is_list(exclude))
        return mt_tree_error(exclude, diag,
                             "sweep.exclude: expected a list of maps, as [{head.m: 0.5, head.s: 8}]");
    for (int i = 0; i < mt_tree_count(exclude); i++)
        if (mt_space_check_names(space, mt_tree_item(exclude, i), "sweep.exclude", diag) < 0)
            rc = -1;
    return rc;
}

bool mt_values_agree(const struct mt_node *map, char *const *key, int n, char *const *value)
{
    bool same = mt_tree_count(map) > 0;
    for (int i = 0; same && i < mt_tree_count(map); i++) {
        int at = 0;
        while (at < n && strcmp(key[at], mt_tree_text(mt_tree_key(map, i))) != 0)
            at++;
        same = at < n && mt_value_matches(value[at], mt_tree_item(map, i));
    }
    return same;
}

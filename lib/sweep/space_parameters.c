/* space_parameters.c: the keys of a sweep and the values they take, from `sweep.parameters` and the command
 * line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sweep/draw.h"
#include "lib/sweep/key.h"
#include "lib/sweep/space.h"
#include "lib/sweep/values.h"

struct reading {
    struct mt_space *space;
    struct mt_conf *conf;
    struct mt_diag *diag;
};

/* --- keys --- */

/* The top-level groups and data keys that say nothing about results are no parameters. */
static bool changes_results(const char *key)
{
    const struct mt_field *fields = mt_experiment_fields;
    while (fields) {
        size_t len = strcspn(key, ".[");
        const struct mt_field *f = fields;
        while (f->name && (strlen(f->name) != len || strncmp(f->name, key, len) != 0))
            f++;
        if (!f->name)
            return true; /* a row's own, or unknown: binding says so */
        if (f->flags & MT_F_NOT_IN_ID)
            return false;
        fields = f->type == MT_MAP && key[len] == '.' ? f->map : NULL;
        key += len + 1;
    }
    return true;
}

int mt_space_check_key(const struct mt_node *key, struct mt_diag *diag)
{
    const char *text = mt_tree_text(key);
    if (!changes_results(text))
        return mt_tree_error(
            key, diag, "'%s' does not change results, so that its values would all be the same run", text);
    return 0;
}

int mt_space_check_spelling(const struct mt_space *space, int first, const struct mt_node *key,
                            struct mt_diag *diag)
{
    const char *text = mt_tree_text(key);
    for (int i = first; i < space->n_parameters; i++) {
        const char *other = mt_tree_text(space->parameter[i].key);
        if (space->parameter[i].key != key && strcmp(other, text) != 0 && mt_key_same(other, text))
            return mt_tree_error(key, diag, "'%s' is another name of '%s', which takes values, too; keep one",
                                 text, other);
    }
    return 0;
}

/* The parameter of this key, however it is spelled; NULL: there is none. */
static struct mt_space_parameter *find_parameter(const struct mt_space *s, const char *key)
{
    for (int i = 0; i < s->n_parameters; i++)
        if (mt_key_same(mt_tree_text(s->parameter[i].key), key))
            return &s->parameter[i];
    return NULL;
}

/* The same, new at the end where there is none; NULL without memory. */
static struct mt_space_parameter *parameter(const struct reading *r, const struct mt_node *key)
{
    struct mt_space *s = r->space;
    struct mt_space_parameter *known = find_parameter(s, mt_tree_text(key));
    if (known)
        return known;
    struct mt_space_parameter *grown = realloc(s->parameter, ((size_t)s->n_parameters + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    s->parameter = grown;
    grown[s->n_parameters] = (struct mt_space_parameter){.key = key};
    return &grown[s->n_parameters++];
}

/* --- values --- */

static int set_values(const struct reading *r, struct mt_space_parameter *p, int n)
{
    free(p->value);
    *p = (struct mt_space_parameter){.key = p->key, .n = n};
    p->value = calloc((size_t)n + 1, sizeof *p->value);
    return p->value ? 0 : mt_diag_memory(r->diag);
}

static int values_of_list(const struct reading *r, struct mt_space_parameter *p, const struct mt_node *list)
{
    int n = mt_tree_count(list);
    if (n == 0)
        return mt_tree_error(list, r->diag, "%s: the list of values is empty", mt_tree_text(p->key));
    if (set_values(r, p, n) < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        p->value[i] = mt_tree_item(list, i);
        const char *text = mt_tree_text(p->value[i]);
        if (text && !*text)
            return mt_tree_error(list, r->diag, "%s: value %d is empty", mt_tree_text(p->key), i + 1);
    }
    return 0;
}

/* `8:64:x2` in a file; its numbers stand where it does. */
static int values_of_text(const struct reading *r, struct mt_space_parameter *p, struct mt_node *text)
{
    struct mt_values values;
    struct mt_err err;
    if (!mt_values_are_many(mt_tree_text(text))) {
        if (!*mt_tree_text(text))
            return mt_tree_error(p->key, r->diag, "%s: has no values", mt_tree_text(p->key));
        if (set_values(r, p, 1) < 0)
            return -1;
        p->value[0] = text;
        return 0;
    }
    if (mt_values_split(&values, mt_tree_text(text), &err) < 0)
        return err.kind == MT_ERR_RUN
                   ? mt_diag_memory(r->diag)
                   : mt_tree_error(text, r->diag, "%s: %s", mt_tree_text(p->key), err.text);
    int rc = set_values(r, p, values.n);
    for (int i = 0; rc == 0 && i < values.n; i++)
        if (!(p->value[i] = mt_conf_scalar(r->conf, values.v[i], text)))
            rc = mt_diag_memory(r->diag);
    mt_values_release(&values);
    return rc;
}

/* --- distributions --- */

static int number_of(const struct reading *r, const struct mt_space_parameter *p, const struct mt_node *map,
                     const char *key, double *out)
{
    const struct mt_node *node = mt_tree_get(map, key);
    const char *text = mt_tree_text(node);
    if (!node)
        return mt_tree_error(p->key, r->diag, "%s: %s is missing; a distribution has min and max",
                             mt_tree_text(p->key), key);
    if (!text || !mt_value_number(text, out))
        return mt_tree_error(node, r->diag, "%s.%s: expected a number", mt_tree_text(p->key), key);
    return 0;
}

static int check_distribution(const struct reading *r, const struct mt_space_parameter *p,
                              const struct mt_node *map)
{
    const struct mt_distribution *d = p->distribution;
    const char *key = mt_tree_text(p->key);
    if (!(p->min < p->max))
        return mt_tree_error(map, r->diag, "%s: min, %g, is not below max, %g", key, p->min, p->max);
    if (d->log && p->min <= 0)
        return mt_tree_error(map, r->diag, "%s: %s needs a min above 0", key, d->name);
    if (d->whole &&
        (p->min != floor(p->min) || p->max != floor(p->max) || fabs(p->min) > 1e15 || fabs(p->max) > 1e15))
        return mt_tree_error(map, r->diag, "%s: %s goes from one whole number to another", key, d->name);
    if (p->step < 0 || p->step > p->max - p->min)
        return mt_tree_error(map, r->diag, "%s: the step has to be above 0 and at most max - min", key);
    return 0;
}

static int distribution(const struct reading *r, struct mt_space_parameter *p, const struct mt_node *map)
{
    const struct mt_node *word = mt_tree_get(map, "distribution");
    const char *name = word ? mt_tree_text(word) : "uniform";
    struct mt_buf known = {0};
    free(p->value);
    *p = (struct mt_space_parameter){.key = p->key, .distribution = name ? mt_distribution_find(name) : NULL};
    if (!p->distribution) {
        for (const struct mt_distribution *d = mt_distributions; d->name; d++)
            mt_buf_printf(&known, "%s%s", d == mt_distributions ? "" : ", ", d->name);
        mt_tree_error(word, r->diag, "%s.distribution: expected one of %s", mt_tree_text(p->key),
                      known.data ? known.data : "");
        mt_buf_release(&known);
        return -1;
    }
    if (number_of(r, p, map, "min", &p->min) < 0 || number_of(r, p, map, "max", &p->max) < 0 ||
        (mt_tree_get(map, "step") && number_of(r, p, map, "step", &p->step) < 0))
        return -1;
    return check_distribution(r, p, map);
}

/* --- the section and the command line --- */

static int check_words(const struct reading *r, const struct mt_space_parameter *p, const struct mt_node *map)
{
    static const char *const words[] = {"values", "min", "max", "distribution", "step"};
    int rc = 0;
    for (int i = 0; i < mt_tree_count(map); i++) {
        const struct mt_node *key = mt_tree_key(map, i);
        struct mt_nearest near = mt_nearest_to(mt_tree_text(key));
        char meant[MT_NEAREST_TEXT];
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            mt_nearest_try(&near, words[w]);
        if (near.best && near.distance == 0)
            continue;
        rc =
            mt_tree_error(key, r->diag, "unknown key '%s' in '%s'%s", mt_tree_text(key), mt_tree_text(p->key),
                          near.best ? mt_nearest_text(&near, meant)
                                    : "; known: values, or min, max, distribution and step");
    }
    if (rc == 0 && mt_tree_get(map, "values") && mt_tree_count(map) > 1)
        rc = mt_tree_error(map, r->diag, "%s: takes either values or a distribution", mt_tree_text(p->key));
    return rc;
}

static int one_parameter(const struct reading *r, const struct mt_node *key, struct mt_node *spec)
{
    if (mt_space_check_spelling(r->space, 0, key, r->diag) < 0)
        return -1;
    struct mt_space_parameter *p = parameter(r, key);
    if (!p)
        return mt_diag_memory(r->diag);
    if (mt_space_check_key(key, r->diag) < 0)
        return -1;
    struct mt_node *values = mt_tree_is_map(spec) ? mt_tree_get(spec, "values") : spec;
    if (mt_tree_is_map(spec) && check_words(r, p, spec) < 0)
        return -1;
    if (mt_tree_is_list(values))
        return values_of_list(r, p, values);
    if (mt_tree_text(values))
        return values_of_text(r, p, values);
    if (values || mt_tree_count(spec) == 0)
        return mt_tree_error(spec, r->diag, "%s: expected {values: [...]} or {min: A, max: B}",
                             mt_tree_text(key));
    return distribution(r, p, spec);
}

/* KEY=VALUES takes the place of what the file says of the key. */
static int from_line(const struct reading *r, const char *text)
{
    struct mt_values values;
    struct mt_err err;
    struct mt_buf name = {0};
    const char *equal = strchr(text, '=');
    if (!equal)
        return 0;
    mt_buf_puts(&name, "--set ");
    mt_buf_puts(&name, text);
    char *word = strndup(text, (size_t)(equal - text));
    if (!word || name.failed) {
        free(word);
        mt_buf_release(&name);
        return mt_diag_memory(r->diag);
    }
    struct mt_node *key = mt_conf_word(r->conf, name.data, word, r->diag);
    int rc = key ? 0 : -1;
    struct mt_space_parameter *p = rc == 0 ? parameter(r, key) : NULL;
    if (!p || mt_space_check_key(key, r->diag) < 0)
        rc = -1;
    if (rc == 0 && mt_values_split(&values, equal + 1, &err) < 0)
        rc = err.kind == MT_ERR_RUN ? mt_diag_memory(r->diag) : mt_tree_error(key, r->diag, "%s", err.text);
    if (rc == 0) {
        rc = set_values(r, p, values.n);
        for (int i = 0; rc == 0 && i < values.n; i++)
            rc = (p->value[i] = mt_conf_parse(r->conf, name.data, values.v[i], r->diag)) ? 0 : -1;
        mt_values_release(&values);
    }
    free(word);
    mt_buf_release(&name);
    return rc;
}

static bool is_parameter(const struct mt_space *space, const char *text)
{
    char *key = strndup(text, strcspn(text, "="));
    bool known = key && find_parameter(space, key);
    free(key);
    return known;
}

int mt_space_parameters(struct mt_space *space, struct mt_conf *conf, const struct mt_node *parameters,
                        const char *const *add, int n_add, struct mt_diag *diag)
{
    struct reading r = {space, conf, diag};
    int rc = 0;
    if (parameters && !mt_tree_is_map(parameters))
        return mt_tree_error(parameters, diag,
                             "sweep.parameters: expected keys, as head.m: {values: [0.1, 0.3]}");
    for (int i = 0; i < mt_tree_count(parameters); i++)
        if (one_parameter(&r, mt_tree_key(parameters, i), mt_tree_item(parameters, i)) < 0)
            rc = -1;
    for (int i = 0; i < n_add; i++) {
        const char *equal = strchr(add[i], '=');
        bool many = equal && mt_values_are_many(equal + 1);
        if ((many || is_parameter(space, add[i])) && from_line(&r, add[i]) < 0)
            rc = -1;
    }
    return rc;
}

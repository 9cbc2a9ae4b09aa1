/* label.c: what a group of runs is called. */
#include <stdlib.h>
#include <string.h>

#include "lib/compare/group.h"

#define LONGEST_LABEL 60 /* of a label made of settings */

/* The experiment's name, where all runs of the group and no other run have it. */
static const char *own_name(const struct mt_comparison *c, int at)
{
    const char *name = c->group[at].run[0]->name;
    for (int i = 0; i < c->n_groups; i++)
        for (int k = 0; k < c->group[i].n_runs; k++)
            if (!strcmp(c->group[i].run[k]->name, name) != (i == at))
                return NULL;
    return *name ? name : NULL;
}

/* The last part of a key where no other key ends in it, else all of it. */
static const char *short_key(const struct mt_comparison *c, const char *key)
{
    const char *dot = strrchr(key, '.');
    for (int i = 0; dot && i < c->n_keys; i++) {
        const char *other = strrchr(c->key[i], '.');
        if (c->key[i] != key && other && !strcmp(other, dot))
            return key;
    }
    return dot ? dot + 1 : key;
}

/* Whether which row of a table it is (head.type) tells this group from others, so that keys of the row may be
 * absent. */
static bool has_row(const struct mt_comparison *c, const char *key)
{
    const char *dot = strrchr(key, '.');
    size_t len = dot ? (size_t)(dot + 1 - key) : 0;
    for (int i = 0; dot && i < c->n_keys; i++) {
        const char *other = c->key[i];
        if (other != key && !strncmp(other, key, len) &&
            (!strcmp(other + len, "type") || !strcmp(other + len, "format")))
            return true;
    }
    return false;
}

static bool has_one_value(const struct mt_comparison *c, const char *key)
{
    const char *value = NULL;
    for (int i = 0; i < c->n_groups; i++) {
        const char *own = mt_group_setting(&c->group[i], key);
        if (own && value && strcmp(own, value))
            return false;
        value = own ? own : value;
    }
    return true;
}

/* "arcface m=0.1" */
static void settings_label(const struct mt_comparison *c, const struct mt_run_group *g, struct mt_buf *out)
{
    for (int i = 0; i < c->n_keys; i++) {
        const char *value = mt_group_setting(g, c->key[i]), *name = short_key(c, c->key[i]);
        if (has_row(c, c->key[i]) && (!value || has_one_value(c, c->key[i])))
            continue;
        mt_buf_puts(out, out->len ? " " : "");
        if (strcmp(name, "type") || !value)
            mt_buf_printf(out, "%s=", name);
        mt_buf_puts(out, value ? value : "unset");
    }
}

int mt_group_label(struct mt_comparison *c, int at, struct mt_err *err)
{
    struct mt_buf text = {0};
    const char *name = own_name(c, at);
    if (name)
        mt_buf_puts(&text, name);
    else
        settings_label(c, &c->group[at], &text);
    bool taken = text.len == 0 || (!name && text.len > LONGEST_LABEL);
    for (int i = 0; i < at && !taken; i++)
        taken = !text.failed && !strcmp(c->group[i].label, text.data);
    if (taken) {
        mt_buf_clear(&text);
        mt_buf_printf(&text, "group %d", at + 1);
    }
    c->group[at].label = text.failed ? NULL : strdup(text.data);
    mt_buf_release(&text);
    return c->group[at].label ? 0 : mt_err_memory(err, "labels", LONGEST_LABEL);
}

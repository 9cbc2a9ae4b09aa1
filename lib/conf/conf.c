/* conf.c: a document from its files and overrides, and the place of a dotted key in it. */
#include "lib/conf/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/find.h"
#include "lib/conf/load.h"
#include "lib/conf/set.h"

static int finish(struct mt_conf **out, struct mt_conf *conf, const char *const *set, int n_set,
                  int errors_before, struct mt_diag *diag)
{
    for (int i = 0; conf->root && i < n_set; i++)
        mt_set(conf, set[i], diag);
    if (conf->root) {
        *out = conf;
    } else {
        mt_conf_free(conf);
        *out = NULL;
    }
    return diag->errors > errors_before ? -1 : 0;
}

static struct mt_conf *new_conf(struct mt_diag *diag)
{
    struct mt_conf *conf = calloc(1, sizeof *conf);
    if (!conf)
        mt_diag_memory(diag);
    return conf;
}

int mt_conf_load(struct mt_conf **out, const char *path, const char *const *set, int n_set,
                 struct mt_diag *diag)
{
    int before = diag->errors;
    struct mt_conf *conf = *out = new_conf(diag);
    if (!conf)
        return -1;
    conf->root = mt_load_file(conf, path, MT_NODE_MAP, NULL, diag);
    return finish(out, conf, set, n_set, before, diag);
}

int mt_conf_load_text(struct mt_conf **out, const char *name, const char *dir, const char *text, size_t len,
                      const char *const *set, int n_set, struct mt_diag *diag)
{
    int before = diag->errors;
    struct mt_conf *conf = *out = new_conf(diag);
    if (!conf)
        return -1;
    conf->root = mt_load_text(conf, name, dir, text, len, MT_NODE_MAP, diag);
    return finish(out, conf, set, n_set, before, diag);
}

void mt_conf_free(struct mt_conf *conf)
{
    if (!conf)
        return;
    mt_arena_release(&conf->arena);
    free(conf);
}

static void problem(const struct mt_conf *conf, const char *key, struct mt_diag *diag, enum mt_err_kind kind,
                    const char *fmt, va_list ap)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0) {
        mt_diag_memory(diag);
        return;
    }
    const struct mt_place *at = conf ? mt_find_place(conf, key ? key : "") : NULL;
    if (key && *key)
        mt_diag_add(diag, kind, at, "%s: %s", key, text);
    else
        mt_diag_add(diag, kind, at, "%s", text);
    free(text);
}

void mt_conf_error(const struct mt_conf *conf, const char *key, struct mt_diag *diag, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    problem(conf, key, diag, MT_ERR_USAGE, fmt, ap);
    va_end(ap);
}

void mt_conf_warn(const struct mt_conf *conf, const char *key, struct mt_diag *diag, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    problem(conf, key, diag, 0, fmt, ap);
    va_end(ap);
}

#include "lib/check/setting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct mt_field *mt_setting_field(const struct mt_kind *kind, const char *key)
{
    for (const struct mt_field *f = kind->fields; f && f->name; f++)
        if (!strcmp(f->name, key))
            return f;
    return NULL;
}

/* "3", "3,2" or "[3, 2]". */
static bool set_ints(struct mt_ints *list, const char *text)
{
    free(list->v);
    *list = (struct mt_ints){0};
    while (text && *text) {
        char *end;
        int64_t value = strtoll(text + strspn(text, "[, "), &end, 10);
        if (end == text + strspn(text, "[, "))
            return false;
        int64_t *v = realloc(list->v, (size_t)(list->n + 1) * sizeof *v);
        if (!v)
            return false;
        list->v = v;
        list->v[list->n++] = value;
        text = end + strspn(end, "] ");
    }
    return true;
}

/* An unset value when text is NULL. */
static bool set_field(const struct mt_field *f, void *cfg, const char *text)
{
    void *at = (char *)cfg + f->offset;
    char *end = NULL;
    switch (f->type) {
    case MT_BOOL:
        *(bool *)at = text && !strcmp(text, "true");
        return true;
    case MT_INT:
        *(int64_t *)at = text ? strtoll(text, &end, 10) : MT_UNSET_INT;
        return !text || (end != text && *end == 0);
    case MT_REAL:
        if (text && f->flags & MT_F_AUTO && !strcmp(text, "auto")) {
            *(double *)at = MT_AUTO;
            return true;
        }
        *(double *)at = text ? strtod(text, &end) : (double)NAN;
        return !text || (end != text && *end == 0);
    case MT_CHOICE:
        *(int *)at = -1;
        for (int i = 0; text && f->choices[i]; i++)
            if (!strcmp(f->choices[i], text))
                *(int *)at = i;
        return !text || *(int *)at >= 0;
    case MT_INTS:
        return set_ints(at, text);
    default:
        return false;
    }
}

void mt_setting_defaults(const struct mt_kind *kind, void *cfg)
{
    memset(cfg, 0, kind->cfg_size);
    for (const struct mt_field *f = kind->fields; f && f->name; f++)
        set_field(f, cfg, f->def);
}

void mt_setting_release(const struct mt_kind *kind, void *cfg)
{
    for (const struct mt_field *f = kind->fields; cfg && f && f->name; f++)
        if (f->type == MT_INTS)
            set_ints((struct mt_ints *)(void *)((char *)cfg + f->offset), NULL);
    free(cfg);
}

bool mt_setting_set(const struct mt_kind *kind, void *cfg, const char *key, const char *text)
{
    const struct mt_field *f = mt_setting_field(kind, key);
    return f && set_field(f, cfg, text);
}

bool mt_setting_set_all(const struct mt_kind *kind, void *cfg, const char *settings)
{
    char text[256], *save = NULL;
    if (snprintf(text, sizeof text, "%s", settings) >= (int)sizeof text)
        return false;
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(word, '=');
        if (!equals)
            return false;
        *equals = 0;
        if (!mt_setting_set(kind, cfg, word, equals + 1))
            return false;
    }
    return true;
}

double mt_setting_real(const struct mt_kind *kind, const void *cfg, const char *key)
{
    const struct mt_field *f = mt_setting_field(kind, key);
    return f && f->type == MT_REAL ? *(const double *)((const char *)cfg + f->offset) : (double)NAN;
}

const char *mt_setting_choice(const struct mt_kind *kind, const void *cfg, const char *key)
{
    const struct mt_field *f = mt_setting_field(kind, key);
    int i = f && f->type == MT_CHOICE ? *(const int *)((const char *)cfg + f->offset) : -1;
    return i < 0 ? "" : f->choices[i];
}

int64_t mt_setting_int(const struct mt_kind *kind, const void *cfg, const char *key, int i)
{
    const struct mt_field *f = mt_setting_field(kind, key);
    const void *at = f ? (const char *)cfg + f->offset : NULL;
    if (f && f->type == MT_INT)
        return *(const int64_t *)at;
    const struct mt_ints *list = f && f->type == MT_INTS ? at : NULL;
    return list && list->n ? list->v[i < list->n ? i : list->n - 1] : MT_UNSET_INT;
}

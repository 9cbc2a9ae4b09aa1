#include "lib/check/setting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct mt_field *mt_setting_field(const struct mt_kind *kind, const char *key)
{
    for (const struct mt_field *f = kind->fields; f && f->name; f++)
        if (!strcmp(f->name, key))
            return f;
    return NULL;
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
        *(double *)at = text ? strtod(text, &end) : (double)NAN;
        return !text || (end != text && *end == 0);
    case MT_CHOICE:
        *(int *)at = -1;
        for (int i = 0; text && f->choices[i]; i++)
            if (!strcmp(f->choices[i], text))
                *(int *)at = i;
        return !text || *(int *)at >= 0;
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

bool mt_setting_set(const struct mt_kind *kind, void *cfg, const char *key, const char *text)
{
    const struct mt_field *f = mt_setting_field(kind, key);
    return f && set_field(f, cfg, text);
}

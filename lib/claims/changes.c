#include "lib/claims/changes.h"

#include <string.h>

static bool is_checksum(const char *key)
{
    size_t len = strlen(key), end = strlen(".sha256");
    return len > end && !strcmp(key + len - end, ".sha256");
}

void mt_claim_changes(const struct mt_settings *experiment, const struct mt_result *run, struct mt_buf *out)
{
    for (int i = 0; i < run->settings.n; i++) {
        const struct mt_setting *s = &run->settings.v[i];
        const char *own = mt_settings_get(experiment, s->key);
        if (!is_checksum(s->key) && (!own || strcmp(own, s->value) != 0))
            mt_buf_printf(out, "%s%s=%s", out->len ? ", " : "", s->key, s->value);
    }
}

bool mt_claim_validates_on_test(const struct mt_result *run)
{
    if (!run->path)
        return false;
    if (mt_result_has_ended(run))
        return run->validation_is_test;
    const char *allowed = mt_settings_get(&run->settings, "data.allow_test_as_validation");
    return allowed && !strcmp(allowed, "true");
}

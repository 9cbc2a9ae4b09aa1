#include "lib/claims/figure.h"

#include <stdlib.h>
#include <string.h>

#include "lib/compare/epochs.h"

static int from_metrics(const struct mt_result *r, const char *figure, const char *at, double *value,
                        struct mt_err *err)
{
    int64_t epoch = MT_EPOCH_LAST;
    if (strcmp(at + 1, "last")) {
        char *end;
        epoch = strtol(at + 1, &end, 10);
        if (*end || epoch < 1)
            return mt_err_set(err, MT_ERR_USAGE, "figure '%s': expected COLUMN@EPOCH or COLUMN@last", figure);
    }
    char *column = strndup(figure, (size_t)(at - figure));
    if (!column)
        return mt_err_memory(err, figure, strlen(figure));
    int rc = mt_epochs_at(r->path, epoch, column, value, err);
    free(column);
    return rc < 0 ? -1 : 0;
}

int mt_claim_figure(const struct mt_result *r, const char *figure, double *value, struct mt_err *err)
{
    const char *at = strchr(figure, '@');
    if (at)
        return from_metrics(r, figure, at, value, err);
    *value = mt_result_figure(r, figure);
    return 0;
}

#include "lib/claims/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/train/history.h"

#define LONGEST ((size_t)64 << 20) /* bytes of a metrics.csv that is read */

/* The field at `index` of a line of numbers and plain words; an empty text where there is none. */
static const char *field_at(const char *line, int index, size_t *len)
{
    for (; index > 0; index--) {
        line += strcspn(line, ",\n");
        if (*line != ',')
            break;
        line++;
    }
    *len = index ? 0 : strcspn(line, ",\r\n");
    return line;
}

static int column_of(const char *header, const char *name, size_t n)
{
    size_t len = 1;
    for (int i = 0; len; i++) {
        const char *at = field_at(header, i, &len);
        if (len == n && !strncmp(at, name, n))
            return i;
    }
    return -1;
}

static double number_at(const char *line, int column)
{
    char text[64], *end;
    size_t len;
    const char *at = field_at(line, column, &len);
    if (len == 0 || len >= sizeof text)
        return NAN;
    memcpy(text, at, len);
    text[len] = 0;
    double value = strtod(text, &end);
    return *end ? NAN : value;
}

/* epoch < 0: the last one. */
static double look_up(const char *text, const char *name, size_t n, long epoch)
{
    int column = column_of(text, name, n), epochs = column_of(text, "epoch", 5);
    double value = NAN;
    if (column < 0 || epochs < 0)
        return NAN;
    for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n'))
        if (epoch < 0 || number_at(line + 1, epochs) == (double)epoch)
            value = number_at(line + 1, column);
    return value;
}

static int from_metrics(const struct mt_result *r, const char *figure, const char *at, double *value,
                        struct mt_err *err)
{
    char *path = mt_path_join(r->path, "metrics.csv"), *text = NULL, *end;
    size_t len;
    long epoch = -1;
    *value = NAN;
    if (strcmp(at + 1, "last")) {
        epoch = strtol(at + 1, &end, 10);
        if (*end || epoch < 1) {
            free(path);
            return mt_err_set(err, MT_ERR_USAGE, "figure '%s': expected COLUMN@EPOCH or COLUMN@last", figure);
        }
    }
    if (!path)
        return mt_err_memory(err, "a path", strlen(r->path));
    int rc = mt_file_exists(path) ? mt_file_read(path, LONGEST, &text, &len, err) : 0;
    if (rc == 0 && text)
        *value = look_up(text, figure, (size_t)(at - figure), epoch);
    free(text);
    free(path);
    return rc;
}

int mt_claim_figure(const struct mt_result *r, const char *figure, double *value, struct mt_err *err)
{
    const char *at = strchr(figure, '@');
    if (at)
        return from_metrics(r, figure, at, value, err);
    *value = mt_result_figure(r, figure);
    return 0;
}

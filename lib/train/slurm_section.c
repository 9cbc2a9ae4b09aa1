#include "lib/train/slurm_section.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

/* Up to `max` numbers with a colon between them; returns how many, 0 where the text is anything else. */
static int read_numbers(const char *text, int64_t *number, int max)
{
    for (int n = 0; n < max;) {
        size_t len = strspn(text, DIGITS);
        if (len == 0 || len > 9)
            return 0;
        number[n++] = strtoll(text, NULL, 10);
        text += len;
        if (!*text)
            return n;
        if (*text++ != ':')
            return 0;
    }
    return 0;
}

int64_t mt_slurm_seconds(const char *time)
{
    int64_t v[3] = {0, 0, 0}, days;
    size_t len = strspn(time, DIGITS);
    if (time[len] == '-') {
        if (len == 0 || len > 9 || !read_numbers(time + len + 1, v, 3))
            return -1;
        days = strtoll(time, NULL, 10);
        return ((days * 24 + v[0]) * 60 + v[1]) * 60 + v[2];
    }
    switch (read_numbers(time, v, 3)) {
    case 1:
    case 2:
        return v[0] * 60 + v[1];
    case 3:
        return (v[0] * 60 + v[1]) * 60 + v[2];
    default:
        return -1;
    }
}

int mt_slurm_section_check(const struct mt_slurm_section *s, const char **key, struct mt_err *err)
{
    *key = "slurm.partition";
    if (s->partition && !s->partition[0])
        return mt_err_set(err, MT_ERR_USAGE,
                          "the partition has no name; leave the key out for the cluster's default");
    *key = "slurm.time";
    if (s->time && mt_slurm_seconds(s->time) < 60)
        return mt_err_set(err, MT_ERR_USAGE,
                          "'%s' is no time limit of at least a minute; write minutes, H:M:S or D-H:M:S",
                          s->time);
    *key = "slurm.mem";
    if (s->mem) {
        size_t len = strspn(s->mem, DIGITS);
        const char *unit = s->mem + len;
        if (len == 0 || len > 15 || (unit[0] && (!strchr("KMGT", unit[0]) || unit[1])))
            return mt_err_set(
                err, MT_ERR_USAGE,
                "'%s' is no amount of memory as sbatch reads it; write a number and K, M, G or T", s->mem);
    }
    *key = "slurm.extra";
    for (int i = 0; i < s->extra.n; i++)
        if (s->extra.v[i][0] != '-' || !s->extra.v[i][strspn(s->extra.v[i], "-")])
            return mt_err_set(
                err, MT_ERR_USAGE,
                "'%s' is no option of sbatch; each entry is one option with its value: --account=NAME",
                s->extra.v[i]);
    *key = NULL;
    return 0;
}

/* format_table.c: the table of every format. A new one is a file of its own and a row here. */
#include "lib/data/formats.h"

#include <math.h>

static int check_split(const void *cfg, const char **key, struct mt_err *err)
{
    const struct mt_split_cfg *split = cfg;
    bool last = split->last != MT_UNSET_INT, fraction = !isnan(split->fraction);
    *key = last ? "fraction" : "last";
    if (last == fraction)
        return mt_err_set(err, MT_ERR_USAGE,
                          "a part of the training data is given by last: N or by fraction: F, %s",
                          last ? "not by both" : "and neither is there");
    return 0;
}

#define AT(member) offsetof(struct mt_split_cfg, member)
static const char *const froms[] = {"train", NULL};

static const struct mt_field split_fields[] = {
    {.name = "from",
     .type = MT_CHOICE,
     .offset = AT(from),
     .flags = MT_F_REQUIRED,
     .choices = froms,
     .help = "The source that samples are taken from, and which no longer has them."},
    {.name = "last",
     .type = MT_INT,
     .offset = AT(last),
     .min = 1,
     .max = INT32_MAX,
     .unit = "samples",
     .help = "Takes the last N samples in the order of the source."},
    {.name = "fraction",
     .type = MT_REAL,
     .offset = AT(fraction),
     .min = 0,
     .max = 1,
     .flags = MT_F_ABOVE_MIN | MT_F_BELOW_MAX,
     .help = "Takes this part of every class, drawn by split_seed; a class of one sample stays where it is."},
    {0}};

const struct mt_kind mt_split_kind = {
    .name = "split",
    .help = "A part of the training samples, taken out of them.",
    .cfg_size = sizeof(struct mt_split_cfg),
    .fields = split_fields,
    .check = check_split,
};

static const struct mt_kind *const rows[] = {
    &mt_format_idx.kind, &mt_format_csv.kind, &mt_format_images.kind, &mt_split_kind, NULL,
};

const struct mt_table mt_format_table = {"format", rows};

#include "lib/claims/tables.h"

#include <stddef.h>

static const char *const shows[] = {[MT_SHOW_FIGURES] = "figures",
                                    [MT_SHOW_LOG] = "log",
                                    [MT_SHOW_CLASSES] = "classes",
                                    [MT_SHOW_CONFUSION] = "confusion",
                                    NULL};

#define AT(member) offsetof(struct mt_claim_table, member)

static const struct mt_field fields[] = {
    {.name = "notebook",
     .type = MT_STRING,
     .offset = AT(notebook),
     .flags = MT_F_REQUIRED,
     .help = "What stands before the slash in its experiments."},
    {.name = "title", .type = MT_STRING, .offset = AT(title), .flags = MT_F_REQUIRED, .help = "Its heading."},
    {.name = "show",
     .type = MT_CHOICE,
     .offset = AT(show),
     .flags = MT_F_REQUIRED,
     .choices = shows,
     .help = "What it shows."},
    {.name = "figures",
     .type = MT_STRINGS,
     .offset = AT(figures),
     .help = "Its columns, where it shows figures."},
    {0}};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct mt_claim_table *t = cfg;
    bool wanted = t->show == MT_SHOW_FIGURES;
    *key = "figures";
    if (wanted == (t->figures.n > 0))
        return 0;
    return mt_err_set(err, MT_ERR_USAGE, wanted ? "show: figures needs some" : "are for show: figures alone");
}

static const struct mt_kind kind = {.name = "table",
                                    .help = "One table.",
                                    .cfg_size = sizeof(struct mt_claim_table),
                                    .fields = fields,
                                    .check = check};
static const struct mt_kind *const rows[] = {&kind, NULL};
const struct mt_table mt_claim_tables = {"table", rows};

#include "lib/claims/claims.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/train/rundir.h"

const char *const mt_verdict_names[] = {"holds", "fails", "open", "within", "outside", "not run", NULL};

static const char *const rules[] = {"equal", "at_least", "at_most", "less", "greater", "state", NULL};

#define AT(member) offsetof(struct mt_claim, member)

static const struct mt_field claim_fields[] = {
    {.name = "id", .type = MT_STRING, .offset = AT(id), .flags = MT_F_REQUIRED, .help = "Short name."},
    {.name = "claim",
     .type = MT_STRING,
     .offset = AT(claim),
     .flags = MT_F_REQUIRED,
     .help = "What is claimed."},
    {.name = "run", .type = MT_STRING, .offset = AT(run), .flags = MT_F_REQUIRED, .help = "The experiment."},
    {.name = "against",
     .type = MT_STRING,
     .offset = AT(against),
     .help = "The experiment it is compared with."},
    {.name = "figure", .type = MT_STRING, .offset = AT(figure), .help = "What is looked at."},
    {.name = "rule",
     .type = MT_CHOICE,
     .offset = AT(rule),
     .flags = MT_F_REQUIRED,
     .choices = rules,
     .help = "How it is judged."},
    {.name = "reported",
     .type = MT_REAL,
     .offset = AT(reported),
     .min = -1e30,
     .max = 1e30,
     .help = "What was published."},
    {.name = "tolerance",
     .type = MT_REAL,
     .offset = AT(tolerance),
     .def = "0",
     .min = 0,
     .max = 1e30,
     .help = "Give or take."},
    {.name = "state",
     .type = MT_STRING,
     .offset = AT(state),
     .help = "For rule state: what has become of the runs, as status.json says it."},
    {.name = "note", .type = MT_STRING, .offset = AT(note), .help = "What to know about the verdict."},
    {0}};

static int need(bool there, const char *field, const struct mt_claim *c, const char **key, struct mt_err *err)
{
    if (there)
        return 0;
    *key = NULL;
    return mt_err_set(err, MT_ERR_USAGE, "rule %s needs %s", rules[c->rule], field);
}

static bool is_state(const char *word)
{
    for (int i = 0; mt_run_state_names[i]; i++)
        if (!strcmp(word, mt_run_state_names[i]))
            return true;
    return false;
}

static int check_claim(const void *cfg, const char **key, struct mt_err *err)
{
    const struct mt_claim *c = cfg;
    bool compares = c->rule == MT_RULE_LESS || c->rule == MT_RULE_GREATER;
    if (c->rule == MT_RULE_STATE) {
        if (need(c->state != NULL, "state", c, key, err) < 0)
            return -1;
        *key = "state";
        return is_state(c->state) ? 0
                                  : mt_err_set(err, MT_ERR_USAGE,
                                               "'%s' is no state; status.json knows complete, "
                                               "diverged, collapsed, failed",
                                               c->state);
    }
    if (need(c->figure != NULL, "figure", c, key, err) < 0)
        return -1;
    return compares ? need(c->against != NULL, "against", c, key, err)
                    : need(!isnan(c->reported), "reported", c, key, err);
}

static const struct mt_kind claim_kind = {.name = "claim",
                                          .help = "One claim.",
                                          .cfg_size = sizeof(struct mt_claim),
                                          .fields = claim_fields,
                                          .check = check_claim};

static const struct mt_field experiment_fields[] = {
    {.name = "run",
     .type = MT_STRING,
     .offset = offsetof(struct mt_claim_experiment, run),
     .flags = MT_F_REQUIRED,
     .help = "The experiment file beside this one, without .yaml."},
    {.name = "epochs",
     .type = MT_INT,
     .offset = offsetof(struct mt_claim_experiment, epochs),
     .min = 1,
     .max = 1e6,
     .unit = "epochs",
     .help = "Instead of what the file says."},
    {0}};

static const struct mt_kind experiment_kind = {.name = "experiment",
                                               .help = "One experiment.",
                                               .cfg_size = sizeof(struct mt_claim_experiment),
                                               .fields = experiment_fields};

static const struct mt_kind *const claim_rows[] = {&claim_kind, NULL};
static const struct mt_kind *const experiment_rows[] = {&experiment_kind, NULL};
static const struct mt_table claim_table = {"claim", claim_rows};
static const struct mt_table experiment_table = {"experiment", experiment_rows};

static const struct mt_field fields[] = {{.name = "experiments",
                                          .type = MT_RECORDS,
                                          .offset = offsetof(struct mt_claims, experiments),
                                          .flags = MT_F_REQUIRED,
                                          .table = &experiment_table,
                                          .help = "What is trained."},
                                         {.name = "claims",
                                          .type = MT_RECORDS,
                                          .offset = offsetof(struct mt_claims, claims),
                                          .flags = MT_F_REQUIRED,
                                          .table = &claim_table,
                                          .help = "What is judged."},
                                         {.name = "tables",
                                          .type = MT_RECORDS,
                                          .offset = offsetof(struct mt_claims, tables),
                                          .table = &mt_claim_tables,
                                          .help = "What else is shown."},
                                         {.name = "published",
                                          .type = MT_PATH,
                                          .offset = offsetof(struct mt_claims, published_path),
                                          .help = "The file of printed figures."},
                                         {0}};

static bool knows(const struct mt_claims *c, const char *run)
{
    for (int i = 0; i < c->experiments.n; i++)
        if (!strcmp(mt_claim_experiment_at(c, i)->run, run))
            return true;
    return false;
}

static void check_name(const struct mt_claims *c, const char *where, const char *run, struct mt_diag *diag)
{
    if (!knows(c, run))
        mt_conf_error(c->conf, "claims", diag, "%s names '%s', which is no experiment of the list", where,
                      run);
}

static void check_notebook(const struct mt_claims *c, const struct mt_claim_table *t, struct mt_diag *diag)
{
    size_t len = strlen(t->notebook);
    for (int i = 0; i < c->experiments.n; i++) {
        const char *run = mt_claim_experiment_at(c, i)->run;
        if (!strncmp(run, t->notebook, len) && run[len] == '/')
            return;
    }
    mt_conf_error(c->conf, "tables", diag, "table '%s' is of '%s', of which there is no experiment", t->title,
                  t->notebook);
}

static int check_names(const struct mt_claims *c, struct mt_diag *diag)
{
    char where[128];
    for (int i = 0; i < c->claims.n; i++) {
        const struct mt_claim *claim = mt_claim_at(c, i);
        snprintf(where, sizeof where, "claim %s", claim->id);
        check_name(c, where, claim->run, diag);
        if (claim->against)
            check_name(c, where, claim->against, diag);
    }
    for (int i = 0; i < c->published.epochs.n; i++)
        check_name(c, c->published_path, mt_published_epoch_at(&c->published, i)->run, diag);
    for (int i = 0; i < c->published.classes.n; i++)
        check_name(c, c->published_path, mt_published_class_at(&c->published, i)->run, diag);
    for (int i = 0; i < c->tables.n; i++)
        check_notebook(c, mt_claim_table_at(c, i), diag);
    return diag->errors ? -1 : 0;
}

int mt_claims_load(struct mt_claims *c, const char *path, struct mt_diag *diag)
{
    memset(c, 0, sizeof *c);
    if (mt_conf_load(&c->conf, path, NULL, 0, diag) < 0 || mt_conf_bind(c->conf, fields, c, diag) < 0 ||
        (c->published_path && mt_published_load(&c->published, c->published_path, diag) < 0) ||
        check_names(c, diag) < 0) {
        mt_claims_release(c);
        return -1;
    }
    return 0;
}

void mt_claims_release(struct mt_claims *c)
{
    mt_published_release(&c->published);
    mt_conf_free(c->conf);
    memset(c, 0, sizeof *c);
}

const struct mt_claim *mt_claim_at(const struct mt_claims *c, int i)
{
    return c->claims.v[i].cfg;
}

const struct mt_claim_experiment *mt_claim_experiment_at(const struct mt_claims *c, int i)
{
    return c->experiments.v[i].cfg;
}

const struct mt_claim_table *mt_claim_table_at(const struct mt_claims *c, int i)
{
    return c->tables.v[i].cfg;
}

/* list.c: `list [WHAT]`: what an experiment can be made of, from the tables that also check it: keys, heads,
 * layers, ... Without a word, an overview; as Markdown, the whole reference page (docs/reference.md). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/say.h"
#include "lib/conf/conf.h"
#include "lib/data/dataset.h"
#include "lib/eval/projection.h"
#include "lib/head/head.h"
#include "lib/nn/layer.h"
#include "lib/optim/optim.h"
#include "lib/train/stages.h"
#include "lib/train/sweep_section.h"

static const struct listing {
    const char *word;
    const struct mt_table *table; /* NULL: the keys */
    const char *where;            /* what names its rows */
} listings[] = {
    {"keys", NULL, ""},
    {"formats", &mt_format_table,
     "the key `format` of `data.train`, `data.validation` and `data.test`; without it, `split` is meant"},
    {"transforms", &mt_transform_table, "the items of `data.augment`"},
    {"layers", &mt_layer_table, "the items of `model.backbone`"},
    {"heads", &mt_head_table, "the key `type` of `head`"},
    {"optimizers", &mt_optim_table, "the key `type` of `train.optimizer`"},
    {"schedules", &mt_schedule_table, "the key `type` of `train.schedule`"},
    {"stages", &mt_stage_table, "the items of `train.stages`"},
    {"methods", &mt_sweep_table, "the key `method` of `sweep`"},
    {"projections", &mt_projection_table,
     "the option `--method` of `metric-train project`; their keys are its options"},
};
enum { LISTINGS = sizeof listings / sizeof listings[0] };

static const struct option_row options[] = {
    {"json", 0, NULL, "Print JSON."},
    {"csv", 0, NULL, "Print CSV."},
    {"markdown", 0, NULL, "Print Markdown; without a word, the reference page."},
    {"json-schema", 0, NULL, "Print a JSON Schema of the experiment file, for editors."},
    {0},
};

static void print_one(const struct listing *l, enum mt_doc_style style, struct mt_buf *b)
{
    if (l->table)
        mt_conf_doc_table(l->table, style, b);
    else
        mt_conf_doc_keys(mt_experiment_fields, style, b);
}

static void print_overview(struct mt_buf *b)
{
    for (int i = 0; i < LISTINGS; i++) {
        const struct listing *l = &listings[i];
        if (l->table && !l->table->row[0])
            continue;
        mt_buf_printf(b, "%-11s ", l->word);
        for (int k = 0; l->table && l->table->row[k]; k++)
            mt_buf_printf(b, "%s%s", k ? ", " : "", l->table->row[k]->name);
        mt_buf_puts(b, l->table ? "\n" : "every key of an experiment file\n");
    }
    mt_buf_puts(b, "\n'metric-train list heads' shows the heads with their keys, and so on.\n");
}

/* What `list` prints for programs when no word is given: an object with every listing. */
static void print_all_json(struct mt_buf *b)
{
    mt_buf_puts(b, "{");
    for (int i = 0; i < LISTINGS; i++) {
        mt_buf_printf(b, "%s\"%s\": ", i ? ",\n" : "\n", listings[i].word);
        print_one(&listings[i], MT_DOC_JSON, b);
    }
    mt_buf_puts(b, "}\n");
}

static void print_reference(struct mt_buf *b)
{
    mt_buf_puts(b, "<!-- Printed by `metric-train list --markdown > docs/reference.md`; do not edit. -->\n"
                   "# Reference\n\n"
                   "Everything that an experiment file may say, printed from the tables that the program "
                   "checks a file with. "
                   "How to write one is told in [config.md](config.md).\n");
    for (int i = 0; i < LISTINGS; i++) {
        const struct listing *l = &listings[i];
        if (l->table && !l->table->row[0])
            continue;
        mt_buf_printf(b, "\n## %c%s\n\n", toupper((unsigned char)l->word[0]), l->word + 1);
        if (l->table)
            mt_buf_printf(b, "Named by %s.\n", l->where);
        print_one(l, MT_DOC_MARKDOWN, b);
    }
}

static const struct listing *find(const char *word)
{
    struct mt_nearest near = mt_nearest_to(word);
    char meant[MT_NEAREST_TEXT];
    for (int i = 0; i < LISTINGS; i++) {
        if (!strcmp(word, listings[i].word))
            return &listings[i];
        mt_nearest_try(&near, listings[i].word);
    }
    say_line("metric-train list: error: nothing is called '%s'%s", word,
             near.best ? mt_nearest_text(&near, meant) : "; known:");
    for (int i = 0; !near.best && i < LISTINGS; i++)
        say_line("  %s", listings[i].word);
    return NULL;
}

static int run(const struct args *a)
{
    static const struct {
        const char *option;
        enum mt_doc_style style;
    } styles[] = {{"json", MT_DOC_JSON}, {"csv", MT_DOC_CSV}, {"markdown", MT_DOC_MARKDOWN}};
    enum mt_doc_style style = MT_DOC_TEXT;
    struct mt_buf b = {0};
    int given = 0;
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++)
        if (args_has(a, styles[i].option)) {
            style = styles[i].style;
            given++;
        }
    if (given > 1) {
        fputs("metric-train list: error: --json, --csv and --markdown exclude one another\n", stderr);
        return 2;
    }
    if (args_has(a, "json-schema")) {
        mt_conf_doc_schema(mt_experiment_fields, &b);
        return print_result(&b);
    }
    const struct listing *l = a->n_words ? find(a->word[0]) : NULL;
    if (a->n_words && !l)
        return 2;
    if (!l && style == MT_DOC_CSV) {
        fputs("metric-train list: error: --csv prints one listing; name it, for instance: metric-train list "
              "heads --csv\n",
              stderr);
        return 2;
    }
    if (l)
        print_one(l, style, &b);
    else if (style == MT_DOC_JSON)
        print_all_json(&b);
    else if (style == MT_DOC_MARKDOWN)
        print_reference(&b);
    else
        print_overview(&b);
    return print_result(&b);
}

const struct command command_list = {
    .name = "list",
    .usage = "[keys|formats|transforms|layers|heads|optimizers|schedules|stages|methods|projections]",
    .help = "Show what an experiment can be made of, with every key, range and default.",
    .example = "metric-train list heads",
    .options = options,
    .max_words = 1,
    .run = run,
};

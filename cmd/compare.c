/* compare.c: `compare RUN...`: what runs say about their settings, with intervals over seeds. */
#include "lib/compare/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/say.h"

static const struct option_row options[] = {
    {"by", 0, "KEYS",
     "Group runs by these keys alone, as head.m or head; the rest is averaged within a seed."},
    {"baseline", 0, "NAME",
     "What differences are taken from: a group, or one of its run folders. Default: the first."},
    {"metric", 0, "KEYS",
     "Figures of summary.json, as test_accuracy,test_loss. Default: accuracies, loss, angles."},
    {"force", 0, NULL, "Compare runs that were judged on different samples, and mark them."},
    {"out", 'o', "FILE", "Write to FILE; default stdout."},
    OPTION_JSON,
    OPTION_CSV,
    OPTION_MARKDOWN,
    {0},
};

/* The words of a list between commas, of all uses of the option. */
struct words {
    char *text[MAX_VALUES];
    const char *word[MAX_VALUES];
    int n_texts, n;
};

static void words_release(struct words *w)
{
    for (int i = 0; i < w->n_texts; i++)
        free(w->text[i]);
}

static int words_take(struct words *w, const struct args *a, const char *option)
{
    const char *value[MAX_VALUES];
    int n = args_all(a, option, value);
    memset(w, 0, sizeof *w);
    for (int i = 0; i < n; i++) {
        char *rest, *word = strdup(value[i]);
        if (!word) {
            fprintf(stderr, "metric-train compare: error: out of memory\n");
            return 1;
        }
        w->text[w->n_texts++] = word;
        for (word = strtok_r(word, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
            if (w->n == MAX_VALUES) {
                say_line("metric-train compare: error: --%s: more than %d keys", option, MAX_VALUES);
                return 2;
            }
            w->word[w->n++] = word;
        }
        if (w->n == 0) {
            say_line("metric-train compare: error: --%s: names no key", option);
            return 2;
        }
    }
    return 0;
}

/* A CSV has no room for notes. */
static void say_notes(const struct mt_comparison *c)
{
    struct mt_buf text = {0};
    for (int i = 0; i < c->n_notes; i++) {
        mt_buf_puts(&text, "metric-train compare: note: ");
        mt_buf_plain(&text, c->note[i]);
        mt_buf_puts(&text, "\n");
    }
    fputs(text.data ? text.data : "", stderr);
    mt_buf_release(&text);
}

static int print(const struct mt_comparison *c, enum mt_text_format format, const char *file)
{
    struct mt_buf out = {0};
    if (format == MT_TEXT_CSV) {
        mt_comparison_csv(c, &out);
        say_notes(c);
        return output_write_csv(file, &out);
    }
    if (format == MT_TEXT_JSON)
        mt_comparison_json(c, &out);
    else
        mt_comparison_text(c, format, &out);
    return output_write(file, &out);
}

static int compare(const struct args *a, const struct mt_compare_options *o, enum mt_text_format format)
{
    struct mt_results results = {0};
    struct mt_comparison c;
    struct mt_err err;
    int rc = 0;
    for (int i = 0; i < a->n_words && rc == 0; i++)
        rc = mt_results_add(&results, a->word[i], &err);
    if (rc == 0 && (rc = mt_compare(&c, &results, o, &err)) == 0) {
        rc = print(&c, format, args_get(a, "out"));
        mt_comparison_release(&c);
    } else {
        rc = say_error(&err);
    }
    mt_results_release(&results);
    return rc;
}

static int run(const struct args *a)
{
    enum mt_text_format format;
    struct words metric, by;
    int rc = output_format(a, &format);
    if (rc)
        return rc;
    memset(&by, 0, sizeof by);
    if ((rc = words_take(&metric, a, "metric")) == 0 && (rc = words_take(&by, a, "by")) == 0) {
        struct mt_compare_options o = {.metric = metric.word,
                                       .n_metrics = metric.n,
                                       .by = by.word,
                                       .n_by = by.n,
                                       .baseline = args_get(a, "baseline"),
                                       .force = args_has(a, "force")};
        rc = compare(a, &o, format);
    }
    words_release(&metric);
    words_release(&by);
    return rc;
}

const struct command command_compare = {
    .name = "compare",
    .usage = "RUN...",
    .help = "Compare runs: means and differences with intervals over seeds.",
    .detail = "Runs that differ in nothing but their seed are a group. A RUN may be a folder of run folders "
              "or of a sweep, "
              "which are "
              "only read.\nDifferences are paired by seed. Where there is one seed there is no interval over "
              "seeds; "
              "one over the samples judged\non is given instead, and called so. docs/statistics.md says how "
              "all of it "
              "is computed.",
    .example = "metric-train compare runs --by head.type --metric test_accuracy,test_angle_within",
    .options = options,
    .min_words = 1,
    .max_words = -1,
    .run = run,
};

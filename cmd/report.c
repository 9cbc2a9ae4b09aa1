/* report.c: `report RUN...`: one HTML file that shows what runs came to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/present/page.h"
#include "lib/present/plots.h"

static const struct option_row options[] = {
    {"out", 'o', "FILE",
     "Write to FILE, - for stdout. Default: report.html in the folder of one run or sweep, else here."},
    {"no-images", 0, NULL, "Leave the images of mistakes out; then the data is not read."},
    {0},
};

static void write_report(const char *dir)
{
    struct mt_page_input in = {.run = &dir, .n_runs = 1, .images = true};
    struct mt_buf out = {0};
    struct mt_err err;
    char *file = mt_path_join(dir, REPORT_FILE);
    int rc = file ? mt_page(&out, &in, &err) : mt_err_memory(&err, dir, strlen(dir));
    if (rc == 0)
        rc = mt_file_write(file, out.data, out.len, &err);
    if (rc < 0)
        say_line("metric-train: warning: no report was written: %s", err.text);
    mt_buf_release(&out);
    free(file);
}

static int draw_charts(const char *dir)
{
    struct mt_err err;
    int rc = mt_plots_write(dir, NULL, NULL, NULL, &err);
    if (rc < 0)
        say_line("metric-train: warning: the charts could not be drawn: %s", err.text);
    return rc;
}

void report_draw(const char *dir)
{
    if (draw_charts(dir) == 0)
        write_report(dir);
}

void report_renew(const char *dir)
{
    if (mt_file_holds(dir, "plots"))
        draw_charts(dir);
    if (mt_file_holds(dir, REPORT_FILE))
        write_report(dir);
}

/* Where the page goes without --out: into the folder of one run or sweep, else here. For free(); NULL without
 * memory. */
static char *default_file(const struct args *a)
{
    return a->n_words == 1 ? mt_path_join(a->word[0], REPORT_FILE) : strdup(REPORT_FILE);
}

static int write_page(const struct mt_page_input *in, const struct args *a)
{
    struct mt_buf out = {0};
    struct mt_err err;
    char *own = default_file(a);
    const char *file = args_get(a, "out") ? args_get(a, "out") : own;
    int rc = own ? mt_page(&out, in, &err) : mt_err_memory(&err, "a path", 1);
    if (rc < 0) {
        mt_buf_release(&out);
        rc = say_error(&err);
    } else if ((rc = file == own ? output_write_at(own, &out) : output_write(file, &out)) == 0 &&
               strcmp(file, "-") != 0) {
        struct mt_buf name = {0};
        mt_buf_printf(&name, "%s\n", file);
        rc = print_result(&name);
    }
    free(own);
    return rc;
}

static int run(const struct args *a)
{
    struct mt_page_input in = {.run = a->word, .n_runs = a->n_words, .images = !args_has(a, "no-images")};
    struct mt_page_runs runs = {0};
    struct mt_err err;
    if (a->n_words > MT_PAGE_MOST_RUNS) {
        fprintf(stderr, "metric-train report: error: %d runs; a page shows %d at most\n", a->n_words,
                MT_PAGE_MOST_RUNS);
        return 2;
    }
    if (a->n_words == 1 && mt_page_is_sweep(a->word[0])) {
        if (mt_page_sweep_runs(&runs, a->word[0], &err) < 0)
            return say_error(&err);
        in.sweep = a->word[0];
        in.run = (const char *const *)runs.run;
        in.n_runs = runs.n;
    }
    int rc = write_page(&in, a);
    mt_page_runs_release(&runs);
    return rc;
}

const struct command command_report = {
    .name = "report",
    .usage = "RUN...|SWEEP",
    .help = "Write one HTML file that shows what runs came to.",
    .detail = "The file needs no network and no other file. It shows runs side by side: results, settings "
              "that differ, embeddings "
              "in 3-D,\ntraining curves, angles, confusion matrices, classes and the worst mistakes. "
              "docs/report.md says more.",
    .example = "metric-train report runs/quickstart-softmax-b65c7ba2 runs/quickstart-arcface-3f9c1a2b -o "
               "report.html",
    .options = options,
    .min_words = 1,
    .max_words = -1,
    .run = run,
};

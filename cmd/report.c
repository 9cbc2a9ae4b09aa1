/* report.c: `report RUN...`: one HTML file that shows what runs came to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "lib/core/file.h"
#include "lib/present/page.h"

static const struct option_row options[] = {
    {"out", 'o', "FILE",
     "Write to FILE, - for stdout. Default: report.html in the folder of one run or sweep, else here."},
    {"no-images", 0, NULL, "Leave the images of mistakes out; then the data is not read."},
    {0},
};

void report_run(const char *dir)
{
    struct mt_page_input in = {.run = &dir, .n_runs = 1, .images = true};
    struct mt_buf out = {0};
    struct mt_err err;
    char *file = mt_path_join(dir, REPORT_FILE);
    int rc = file ? mt_page(&out, &in, &err) : mt_err_memory(&err, dir, strlen(dir));
    if (rc == 0)
        rc = mt_file_write(file, out.data, out.len, &err);
    if (rc < 0)
        fprintf(stderr, "metric-train: warning: no report was written: %s\n", err.text);
    mt_buf_release(&out);
    free(file);
}

static int run(const struct args *a)
{
    struct mt_page_input in = {.run = a->word, .n_runs = a->n_words, .images = !args_has(a, "no-images")};
    struct mt_buf out = {0};
    struct mt_err err;
    const char *file = args_get(a, "out");
    char *own = NULL;
    if (mt_page(&out, &in, &err) < 0) {
        mt_buf_release(&out);
        return say_error(&err);
    }
    if (!file && a->n_words == 1)
        own = mt_path_join(a->word[0], REPORT_FILE);
    if (!file && !(file = own))
        file = REPORT_FILE;
    int rc = output_write(file, &out);
    if (rc == 0 && strcmp(file, "-"))
        printf("%s\n", file);
    free(own);
    return rc;
}

const struct command command_report = {
    .name = "report",
    .usage = "RUN...",
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

/* plot.c: `plot RUN`: draws a run's charts from the files of its folder. */
#include "cmd/commands.h"
#include "lib/present/plots.h"

static const struct option_row options[] = {
    {"out", 'o', "DIR", "Write into DIR instead of RUN/plots."},
    {0},
};

static void list_path(void *arg, const char *path)
{
    mt_buf_printf(arg, "%s\n", path);
}

static int run(const struct args *a)
{
    struct mt_buf list = {0};
    struct mt_err err;
    if (mt_plots_write(a->word[0], args_get(a, "out"), list_path, &list, &err) < 0) {
        mt_buf_release(&list);
        return say_error(&err);
    }
    return print_result(&list);
}

const struct command command_plot = {
    .name = "plot",
    .usage = "RUN",
    .help = "Draw a run's charts as SVG; prints the files.",
    .detail =
        "`train` draws them at its end. What is drawn: embeddings of two or three dimensions, projections "
        "(see project), training\ncurves, the confusion matrix, and the angles to the centers of the "
        "classes.",
    .example = "metric-train plot runs/quickstart-arcface-3f9c1a2b -o figures",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

/* train.c: `train CONFIG`: trains an experiment, or goes on where it was stopped. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/experiment.h"
#include "cmd/progress.h"
#include "cmd/report.h"
#include "cmd/say.h"
#include "cmd/stop.h"
#include "lib/core/file.h"
#include "lib/train/run.h"

static const struct option_row options[] = {
    OPTION_SET,
    {"out", 'o', "DIR", "Create the run folder in DIR instead of output.dir."},
    {"threads", 'j', "N", "Threads to use; results do not depend on it. Default: one per processor."},
    {"force", 0, NULL, "Start over, even where the run is complete or can be resumed."},
    {"force-memory", 0, NULL, "Train even when the run needs more memory than there is."},
    {"strict", 0, NULL, "Exit with 4 when the run has collapsed, instead of 0 with a warning."},
    {"mix-kernels", 0, NULL,
     "Resume although the run was begun with other kernels; its bytes are then nobody else's."},
    {"cpu", 0, "SET", "Use at most these kernels: avx512, avx2 or c."},
    {"save-every", 0, "SECONDS",
     "Save where training stands this often: what a power cut or kill may cost. 0: after every batch. "
     "Default: 10."},
    {"trace", 0, "FILE", "Write loss, gradient norm and learning rate of every step to FILE (CSV)."},
    {"no-report", 0, NULL, "Write no report.html and draw no charts (plots/*.svg) when the run is complete."},
    {"progress", 0, "MODE", "auto, bar, lines, none or json (events on stderr)."},
    {"quiet", 'q', NULL, "Print errors and warnings only."},
    {0},
};

static void print_collapse(const struct mt_run_result *r, bool strict)
{
    fprintf(stderr,
            "\n%s: THE RUN HAS COLLAPSED: %s.\n"
            "Its loss says nothing and its embeddings are of no use; 'metric-train check' shows what the "
            "head's settings "
            "ask for.\n\n",
            strict ? "error" : "warning", r->collapsed);
}

static void print_next(const char *run)
{
    char *report = mt_path_join(run, REPORT_FILE);
    if (report && mt_file_exists(report))
        say_line("to look at: %s", report);
    struct mt_buf command = {0}; /* somebody will paste it into a shell */
    mt_buf_puts(&command, *run == '-' ? "metric-train eval -- " : "metric-train eval ");
    mt_buf_shell_word(&command, run);
    if (!command.failed)
        say_line("next: %s", command.data);
    mt_buf_release(&command);
    free(report);
}

static int print_end(const struct mt_run_result *r, bool quiet, bool strict)
{
    struct mt_buf out = {0};
    if (r->end == MT_RUN_END_INTERRUPTED) {
        if (!quiet)
            fprintf(stderr, "interrupted after %lld epochs; the same command goes on\n",
                    (long long)r->epochs);
    } else if (!quiet) {
        const char *what = r->end == MT_RUN_END_ALREADY ? "already complete" : "done";
        fprintf(stderr, "%s: %lld epochs", what, (long long)r->epochs);
        if (!isnan(r->test_accuracy))
            fprintf(stderr, ", test accuracy %.4f", r->test_accuracy);
        fputs(r->end == MT_RUN_END_ALREADY ? "; use --force to start over\n" : "\n", stderr);
        print_next(r->dir);
    }
    if (r->collapsed[0])
        print_collapse(r, strict);
    mt_buf_printf(&out, "%s\n", r->dir);
    int rc = print_result(&out);
    return rc ? rc : r->end == MT_RUN_END_INTERRUPTED ? 75 : strict && r->collapsed[0] ? MT_ERR_DIVERGED : 0;
}

/* A run that was killed between its end and its report is complete without one. */
static bool needs_report(const struct mt_run_result *r)
{
    if (r->end != MT_RUN_END_ALREADY)
        return r->end == MT_RUN_END_COMPLETE;
    char *report = mt_path_join(r->dir, REPORT_FILE);
    bool missing = report && !mt_file_exists(report);
    free(report);
    return missing;
}

static int run(const struct args *a)
{
    struct experiment_file x = {0};
    struct progress progress;
    struct mt_run_result result = {0};
    struct mt_err err;
    const char *key;
    int64_t threads, save_every;
    bool quiet = args_has(a, "quiet");
    int rc = args_int(a, "threads", 0, 1, 1024, &threads);
    if (rc || (rc = args_int(a, "save-every", 10, 0, 86400, &save_every)) ||
        (rc = progress_init(&progress, args_get(a, "progress"), quiet)))
        return rc;
    if ((rc = experiment_load(&x, a->word[0], a)) != 0)
        goto out;
    if (x.e.sweep.kind && !quiet)
        fputs("note: this trains the experiment alone; 'metric-train sweep' makes the runs of its section "
              "'sweep'\n",
              stderr);
    struct mt_run_options o = {
        .setup = {.threads = (int)threads, .cpu_limit = args_get(a, "cpu"), .training = true},
        .dir = args_get(a, "out"),
        .force = args_has(a, "force"),
        .force_memory = args_has(a, "force-memory"),
        .strict = args_has(a, "strict"),
        .mix_kernels = args_has(a, "mix-kernels"),
        .save_every = save_every ? (double)save_every : -1,
        .trace = args_get(a, "trace"),
        .argc = a->argc,
        .argv = a->argv,
        .stop = stop_on_signal("stopping after this batch, saving"),
        .talker = progress_talker(&progress),
    };
    int failed = mt_run(&x.e, &o, &result, &key, &err);
    progress_clear(&progress);
    if (!failed && !args_has(a, "no-report") && needs_report(&result))
        report_draw(result.dir);
    rc = failed ? experiment_error(&x, key, &err) : print_end(&result, quiet, o.strict);
out:
    free(result.dir);
    experiment_release(&x);
    return rc;
}

const struct command command_train = {
    .name = "train",
    .usage = "CONFIG",
    .help = "Train an experiment, or go on where it was stopped; prints the run folder.",
    .detail = "A complete run is not repeated, an interrupted one goes on. The run folder's name is the "
              "experiment's name and the\n"
              "first 8 digits of a hash over everything that results depend on, so another config gets "
              "another folder.",
    .example = "metric-train train configs/quickstart/arcface.yaml --set head.m=0.3 --set seed=1",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

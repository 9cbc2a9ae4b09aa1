/* bench.c: `bench [CONFIG]`: how fast this machine trains, and how fast it could. Never writes a run folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bench_print.h"
#include "cmd/commands.h"
#include "cmd/experiment.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "lib/bench/workloads.h"

#define MOST_WORKLOADS 16
#define MACHINE_SHARE 0.15 /* of the time goes to the machine */

static const struct option_row options[] = {
    {"workload", 'w', "NAME", "Measure n0, n1, n2 or n4 alone."},
    {"seconds", 0, "S", "How long to measure in all, about; default: 10."},
    {"scaling", 0, NULL, "Also the training rate with 1, 2, ... threads, a quarter of the time for each."},
    {"random", 0, "N", "Train on N random 8-bit images instead of the data."},
    {"shape", 0, "CxHxW", "Shape of the random images; default: that of the data."},
    {"classes", 0, "N", "Classes of the random images; default: those of the data."},
    OPTION_SET,
    {"threads", 'j', "N", "Threads to use; default: one per processor."},
    {"cpu", 0, "SET", "Use at most these kernels: avx512, avx2 or c."},
    OPTION_JSON,
    {0},
};

struct job {
    const struct args *args;
    struct mt_bench_options options; /* seconds: of one workload */
    struct progress progress;
    bool scaling;
    struct mt_machine machine;
    struct bench_result result[MOST_WORKLOADS];
    char *name[MOST_WORKLOADS]; /* of the results */
    int n;
};

/* ---- options ---- */

static int usage(const char *text, const char *got)
{
    say_line("metric-train bench: error: %s%s%s%s", text, got ? ", got '" : "", got ? got : "",
             got ? "'" : "");
    return 2;
}

static int parse_shape(const char *text, struct mt_shape *shape)
{
    int used = 0;
    *shape = (struct mt_shape){0};
    if (!text)
        return 0;
    bool read = sscanf(text, "%5dx%5dx%5d%n", &shape->c, &shape->h, &shape->w, &used) == 3 && !text[used];
    if (!read || shape->c < 1 || shape->h < 1 || shape->w < 1)
        return usage("--shape: expected channels, height and width such as 1x28x28", text);
    return 0;
}

static const struct mt_bench_workload *find_workload(const char *name)
{
    const struct mt_bench_workload *w = mt_bench_workloads;
    while (w->name && strcmp(w->name, name))
        w++;
    return w->name ? w : NULL;
}

static int parse(struct job *job)
{
    const struct args *a = job->args;
    struct mt_bench_options *o = &job->options;
    int64_t threads, classes;
    int rc = args_int(a, "threads", 0, 1, 1024, &threads);
    if (rc == 0)
        rc = args_real(a, "seconds", 10, 0.01, 86400, &o->seconds);
    if (rc == 0)
        rc = args_int(a, "random", 0, 1, 100000000, &o->random.n);
    if (rc == 0)
        rc = args_int(a, "classes", 0, 2, 16777216, &classes);
    if (rc == 0)
        rc = parse_shape(args_get(a, "shape"), &o->random.shape);
    if (rc)
        return rc;
    if (a->n_words && args_has(a, "workload"))
        return usage("an experiment and --workload exclude each other", NULL);
    if (a->n_words && !o->random.n && (args_has(a, "shape") || args_has(a, "classes")))
        return usage("--shape and --classes describe random images; add --random N", NULL);
    if (args_has(a, "workload") && !find_workload(args_get(a, "workload")))
        return usage("--workload: expected n0, n1, n2 or n4", args_get(a, "workload"));
    o->random.classes = (int)classes;
    o->threads = (int)threads;
    o->cpu_limit = args_get(a, "cpu");
    job->scaling = args_has(a, "scaling");
    return 0;
}

/* ---- measuring ---- */

static int measure_machine(struct job *job, double seconds)
{
    const struct mt_kernels *kernels = mt_kernels_pick(job->options.cpu_limit);
    struct mt_pool *pool;
    struct mt_err err;
    int threads = job->options.threads ? job->options.threads : mt_pool_cpus();
    if (!kernels)
        return usage("--cpu: expected avx512, avx2 or c", job->options.cpu_limit);
    say_line("the machine: %s kernels, %d threads", kernels->name, threads);
    if (mt_pool_new(&pool, threads, &err) < 0)
        return say_error(&err);
    int rc = mt_machine_measure(&job->machine, kernels, pool, seconds, &err) < 0 ? say_error(&err) : 0;
    mt_pool_free(pool);
    return rc;
}

/* 1, 2, 3, 4, then doubling, and all. */
static int next_threads(int threads, int all)
{
    int next = threads < 4 ? threads + 1 : 2 * threads;
    return threads < all && next > all ? all : next;
}

static int measure_scaling(struct job *job, const struct mt_experiment *e, struct bench_result *r,
                           struct mt_bench_options o, const char **key, struct mt_err *err)
{
    struct mt_talker talker = progress_talker(&job->progress);
    int all = r->bench.threads;
    o.seconds /= 4;
    for (o.threads = 1; o.threads <= all && r->n_scaling < MOST_RATES;
         o.threads = next_threads(o.threads, all)) {
        say_line("%s: %d thread%s", r->name, o.threads, o.threads == 1 ? "" : "s");
        if (mt_bench_train_rate(&r->scaling[r->n_scaling].rate, e, &o, &talker, key, err) < 0)
            return -1;
        r->scaling[r->n_scaling++].threads = o.threads;
    }
    return 0;
}

static int measure(struct job *job, struct experiment_file *x, const struct mt_bench_random *random)
{
    struct bench_result *r = &job->result[job->n];
    struct mt_bench_options o = job->options;
    struct mt_talker talker = progress_talker(&job->progress);
    struct mt_err err;
    const char *key = NULL;
    if (random) {
        o.random.n = o.random.n ? o.random.n : random->n;
        o.random.shape = o.random.shape.c ? o.random.shape : random->shape;
        o.random.classes = o.random.classes ? o.random.classes : random->classes;
    }
    if (!(job->name[job->n] = strdup(x->e.name))) {
        mt_err_memory(&err, "a name", strlen(x->e.name));
        return say_error(&err);
    }
    r->name = job->name[job->n++];
    say_line("%s: training, inference, layers", r->name);
    if (mt_bench_run(&r->bench, &x->e, &o, &talker, &key, &err) < 0 ||
        (job->scaling && measure_scaling(job, &x->e, r, o, &key, &err) < 0))
        return experiment_error(x, key, &err);
    return 0;
}

static int measure_file(struct job *job, const char *path)
{
    struct experiment_file x;
    int rc = experiment_load(&x, path, job->args);
    if (rc == 0)
        rc = measure(job, &x, NULL);
    experiment_release(&x);
    return rc;
}

static int measure_workload(struct job *job, const struct mt_bench_workload *w)
{
    struct experiment_file x;
    int rc = experiment_load_text(&x, w->name, w->text, job->args);
    if (rc == 0)
        rc = measure(job, &x, &w->random);
    experiment_release(&x);
    return rc;
}

static int measure_workloads(struct job *job)
{
    const char *only = args_get(job->args, "workload");
    int n = 0, rc = 0;
    if (only)
        return measure_workload(job, find_workload(only));
    for (const struct mt_bench_workload *w = mt_bench_workloads; w->name; w++)
        n++;
    job->options.seconds /= n;
    for (const struct mt_bench_workload *w = mt_bench_workloads; w->name && rc == 0; w++)
        rc = measure_workload(job, w);
    return rc;
}

static int print(const struct job *job)
{
    struct mt_buf out = {0};
    if (args_has(job->args, "json"))
        bench_print_json(&job->machine, job->result, job->n, &out);
    else
        bench_print_text(&job->machine, job->result, job->n, &out);
    return print_result(&out);
}

static int run(const struct args *a)
{
    struct job *job = calloc(1, sizeof *job);
    struct mt_err err;
    if (!job) {
        mt_err_memory(&err, "the measurements", sizeof *job);
        return say_error(&err);
    }
    job->args = a;
    int rc = progress_init(&job->progress, "lines", false);
    if (rc == 0)
        rc = parse(job);
    if (rc == 0)
        rc = measure_machine(job, job->options.seconds * MACHINE_SHARE);
    job->options.seconds *= 1 - MACHINE_SHARE;
    if (rc == 0)
        rc = a->n_words ? measure_file(job, a->word[0]) : measure_workloads(job);
    if (rc == 0)
        rc = print(job);
    for (int i = 0; i < job->n; i++) {
        mt_bench_release(&job->result[i].bench);
        free(job->name[i]);
    }
    free(job);
    return rc;
}

const struct command command_bench = {
    .name = "bench",
    .usage = "[CONFIG]",
    .help = "Measure this machine and how fast it trains: rates, share of the peak, time per layer, memory.",
    .detail =
        "Measured are the processor's float32 multiply-adds and memory, then the training loop itself, "
        "inference, and each layer.\n"
        "Without CONFIG four networks of published notebooks are trained on random images; with it, your own "
        "experiment on its\n"
        "own data. Nothing is written. Operations are counted as a direct convolution does them, whatever "
        "the "
        "kernels do.",
    .example = "metric-train bench --workload n2 --scaling",
    .options = options,
    .min_words = 0,
    .max_words = 1,
    .run = run,
};

/* project.c: `project RUN|FILE`: embeddings drawn in two or three dimensions, as CSV. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/report.h"
#include "cmd/say.h"
#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "lib/core/memory.h"
#include "lib/eval/projection.h"
#include "lib/eval/trust.h"
#include "lib/math/gemm.h"
#include "lib/present/cloud.h"
#include "lib/present/run_data.h"
#include "lib/train/manifest.h"

#define TRUST_NEIGHBORS 12
#define TELL_EVERY 5.0 /* seconds between two lines of progress */

static const struct option_row options[] = {
    {"method", 'm', "NAME", "How: pca, tsne or umap; default pca."},
    {"dim", 'd', "N", "Dimensions to draw in, 2 or 3; default 2."},
    {"split", 0, "SPLIT",
     "Of a run: test, validation or train. Default: the first of these that it embedded."},
    {"limit", 'n', "N", "At most N embeddings, drawn by the seed."},
    {"seed", 0, "N", "Seed of what is random; default 0."},
    {"metric", 0, "NAME", "What is near: by distance (euclidean) or by angle (cosine)."},
    {"perplexity", 0, "N", "t-SNE: how many neighbors a point has, roughly."},
    {"iterations", 0, "N", "t-SNE: steps of gradient descent."},
    {"exaggeration", 0, "F", "t-SNE: what affinities are multiplied by in the first steps."},
    {"exaggerated", 0, "N", "t-SNE: how many steps that are."},
    {"learning-rate", 0, "F", "t-SNE: size of a step."},
    {"neighbors", 0, "N", "UMAP: how many neighbors of each point are looked at."},
    {"min-dist", 0, "F", "UMAP: how far apart neighbors are drawn at least."},
    {"spread", 0, "F", "UMAP: the scale on which points drawn apart stop to be neighbors."},
    {"epochs", 0, "N", "UMAP: turns of descent."},
    {"negatives", 0, "N", "UMAP: random points that an end of an edge moves away from."},
    {"out", 'o', "FILE",
     "Write to FILE, - for stdout. Default: projections/METHOD.csv of a run; else stdout."},
    {"threads", 'j', "N", "Threads to use; results do not depend on it. Default: one per processor."},
    {"cpu", 0, "SET", "Use at most these kernels: avx512, avx2 or c."},
    {"quiet", 'q', NULL, "Print errors and warnings only."},
    OPTION_JSON,
    OPTION_CSV,
    {0},
};

struct task {
    const struct args *a;
    const char *input;
    const char *split; /* of a run; NULL: the input is a file */
    bool first_split;  /* the one taken when none is named */
    const struct mt_projection_method *method;
    const void *cfg;
    int64_t seed, limit;
    struct mt_cloud points;
    int64_t of; /* points of the file */
    struct mt_projection_job job;
    float *y; /* (n, axes) */
    double measure, trust;
    int64_t judged;
    struct progress progress;
    double told;
};

/* --- the method and its keys --- */

struct choice {
    struct mt_variant method;
};
static const struct mt_field choice_fields[] = {{.name = "options",
                                                 .type = MT_VARIANT,
                                                 .offset = offsetof(struct choice, method),
                                                 .table = &mt_projection_table,
                                                 .tag = "method",
                                                 .tag_default = "pca",
                                                 .help = "How to project."},
                                                {0}};

/* Appends every option that is a key of some method, once. */
static void put_keys(const struct args *a, struct mt_buf *text)
{
    for (const struct option_row *o = options; o->name; o++) {
        char key[64];
        bool known = false;
        snprintf(key, sizeof key, "%s", o->name);
        for (char *p = key; (p = strchr(p, '-'));)
            *p = '_';
        for (const struct mt_kind *const *k = mt_projection_table.row; *k; k++)
            for (const struct mt_field *f = (*k)->fields; f->name; f++)
                known = known || !strcmp(f->name, key);
        if (known && args_has(a, o->name))
            mt_buf_printf(text, "  %s: %s\n", key, args_get(a, o->name));
    }
}

/* The options as a document, so that they are checked as every key is. To be freed in both cases. */
static int choose(struct task *t, struct mt_conf **conf)
{
    struct choice c = {0};
    struct mt_diag diag = {0};
    struct mt_buf text = {0};
    const char *name = args_get(t->a, "method");
    mt_buf_printf(&text, "options:\n  method: %s\n", name ? name : "pca");
    put_keys(t->a, &text);
    if (text.failed)
        mt_diag_memory(&diag);
    else if (mt_conf_load_text(conf, "command line", ".", text.data, text.len, NULL, 0, &diag) == 0)
        mt_conf_bind(*conf, choice_fields, &c, &diag);
    mt_buf_release(&text);
    int rc = say_problems(&diag);
    mt_diag_release(&diag);
    t->method = (const struct mt_projection_method *)(const void *)c.method.kind;
    t->cfg = c.method.cfg;
    return rc;
}

/* --- the embeddings --- */

static bool is_split(const char *name)
{
    return !strcmp(name, "test") || !strcmp(name, "validation") || !strcmp(name, "train");
}

/* Sets t->split. Returns the path to read, for free(), or NULL with err set. */
static char *find_split(struct task *t, struct mt_err *err)
{
    const char *named = args_get(t->a, "split"), *first = mt_run_split(t->input);
    char file[64];
    t->split = named ? named : first;
    t->first_split = first && !strcmp(t->split, first);
    if (named && !is_split(named)) {
        mt_err_set(err, MT_ERR_USAGE, "--split: expected test, validation or train, got '%s'", named);
        return NULL;
    }
    if (!t->split) {
        mt_err_set(err, MT_ERR_DATA,
                   "%s: holds no embeddings/test.csv, validation.csv or train.csv; train the run first, with "
                   "output.embeddings",
                   t->input);
        return NULL;
    }
    snprintf(file, sizeof file, "embeddings/%s.csv", t->split);
    char *path = mt_path_join(t->input, file);
    if (!path) {
        mt_err_memory(err, "a path", strlen(t->input));
    } else if (!mt_file_exists(path)) {
        mt_err_set(
            err, MT_ERR_DATA,
            "%s: holds no %s; write it with metric-train embed RUN --split %s -o FILE, and project FILE",
            t->input, file, t->split);
        free(path);
        path = NULL;
    }
    return path;
}

static int read_points(struct task *t, struct mt_err *err)
{
    struct stat st;
    bool folder = stat(t->input, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder && mt_run_check_format(t->input, err) < 0)
        return -1;
    char *inside = folder ? find_split(t, err) : NULL;
    if (folder && !inside)
        return -1;
    int rc = mt_cloud_read(&t->points, folder ? inside : t->input, err);
    free(inside);
    if (rc < 0)
        return -1;
    t->of = t->points.n;
    return t->limit && t->limit < t->of ? mt_cloud_draw(&t->points, t->limit, (uint64_t)t->seed, err) : 0;
}

/* --- talk --- */

static void tell(void *arg, int64_t step, int64_t steps)
{
    struct task *t = arg;
    double now = mt_clock();
    bool bar = t->progress.mode == PROGRESS_BAR;
    if (t->progress.quiet || now - t->told < (bar ? 0.1 : TELL_EVERY))
        return;
    t->told = now;
    fprintf(stderr, "%s%s: %" PRId64 " of %" PRId64 "%s", bar ? "\r\033[K" : "", t->method->kind.name, step,
            steps, bar ? "" : "\n");
    t->progress.drawn = bar;
}

static const struct mt_text_column columns[] = {
    {.title = "method"},
    {.title = "points", .right = true},
    {.title = "of", .right = true},
    {.title = "from", .key = "dimensions", .right = true},
    {.title = "to", .key = "axes", .right = true},
    {.title = "seed", .right = true},
    {.title = "measure"},
    {.title = "value", .right = true, .digits = 4},
    {.title = "trustworthiness", .right = true, .digits = 4},
    {.title = "k", .right = true},
    {.title = "judged", .right = true},
};

static void print_figures(const struct task *t, enum mt_text_format format, struct mt_buf *out)
{
    struct mt_text_table table = {.column = columns, .n_columns = sizeof columns / sizeof *columns};
    mt_text_table_string(&table, t->method->kind.name);
    mt_text_table_int(&table, t->points.n);
    mt_text_table_int(&table, t->of);
    mt_text_table_int(&table, t->points.dim);
    mt_text_table_int(&table, t->job.axes);
    mt_text_table_int(&table, t->seed);
    mt_text_table_string(&table, t->method->measures);
    mt_text_table_real(&table, t->measure);
    mt_text_table_real(&table, t->trust);
    mt_text_table_int(&table, TRUST_NEIGHBORS);
    mt_text_table_int(&table, t->judged);
    mt_text_table_print(&table, format, out);
    mt_text_table_release(&table);
}

/* --- results --- */

/* Into the run folder, whose manifest has it then; and its charts and report are drawn anew. */
static int write_to_run(const struct task *t, struct mt_buf *csv)
{
    struct mt_rundir *folder = NULL;
    struct mt_err err;
    char name[128];
    int rc = csv->failed ? mt_err_memory(&err, "the projection", csv->len) : 0;
    snprintf(name, sizeof name, "projections/%s%s%s.csv", t->method->kind.name, t->first_split ? "" : "-",
             t->first_split ? "" : t->split);
    if (rc == 0 && (rc = mt_rundir_open_path(&folder, t->input, &err)) == 0) {
        rc = mt_rundir_write(folder, name, csv->data, csv->len, &err);
        if (rc == 0)
            rc = mt_manifest_renew(folder, "projections/", &err);
    }
    if (rc == 0 && !t->progress.quiet)
        say_line("written: %s/%s", t->input, name);
    mt_rundir_close(folder);
    mt_buf_release(csv);
    if (rc == 0 && t->first_split)
        report_renew(t->input);
    return rc < 0 ? say_error(&err) : 0;
}

/* The figures go to stdout unless the points do. */
static int deliver(const struct task *t, enum mt_text_format format)
{
    const char *file = args_get(t->a, "out");
    bool to_run = !file && t->split, to_stdout = !to_run && (!file || !strcmp(file, "-"));
    struct mt_buf csv = {0}, figures = {0};
    mt_cloud_csv(&t->points, t->y, t->job.axes, &csv);
    int rc = to_run ? write_to_run(t, &csv) : output_write_csv(file, &csv);
    if (rc)
        return rc;
    print_figures(t, format, &figures);
    if (!to_stdout)
        return print_result(&figures);
    if (!t->progress.quiet && figures.data)
        fputs(figures.data, stderr);
    mt_buf_release(&figures);
    return 0;
}

static int check_memory(const struct task *t, struct mt_err *err)
{
    const struct mt_cloud *p = &t->points;
    const int threads = mt_pool_threads(t->job.pool);
    const uint64_t drawing = mt_projection_bytes(t->method, t->cfg, &t->job);
    const uint64_t judging = mt_trustworthiness_bytes(p->n, p->dim, TRUST_NEIGHBORS, threads);
    struct mt_memory_there there;
    mt_memory_there(&there);
    return mt_memory_check(&there, drawing > judging ? drawing : judging, mt_gemm_workspace(threads),
                           "the projection",
                           "draw some of the embeddings with --limit, or use fewer --threads", err);
}

static int project(struct task *t, struct mt_err *err)
{
    const struct mt_cloud *p = &t->points;
    t->job.x = p->x;
    t->job.n = p->n;
    t->job.dim = p->dim;
    t->job.seed = (uint64_t)t->seed;
    t->job.tell = tell;
    t->job.tell_arg = t;
    if (check_memory(t, err) < 0)
        return -1;
    t->y = malloc((size_t)p->n * (size_t)t->job.axes * sizeof *t->y);
    if (!t->y)
        return mt_err_memory(err, "the projection", (size_t)p->n * (size_t)t->job.axes * sizeof *t->y);
    if (mt_project(t->method, t->cfg, &t->job, t->y, &t->measure, err) < 0 ||
        mt_trustworthiness(p->x, p->dim, t->y, t->job.axes, p->n, TRUST_NEIGHBORS, t->job.pool, &t->trust,
                           &t->judged, err) < 0)
        return -1;
    progress_clear(&t->progress);
    return 0;
}

static int read_options(struct task *t, enum mt_text_format *format, int64_t *threads)
{
    int64_t axes;
    const char *out = args_get(t->a, "out");
    int rc = output_format(t->a, format);
    if (rc || (rc = args_int(t->a, "dim", 2, 2, 3, &axes)) ||
        (rc = args_int(t->a, "limit", 0, 1, INT32_MAX, &t->limit)) ||
        (rc = args_int(t->a, "seed", 0, 0, INT64_MAX, &t->seed)) ||
        (rc = args_int(t->a, "threads", mt_pool_cpus(), 1, 1024, threads)) ||
        (rc = progress_init(&t->progress, NULL, args_has(t->a, "quiet"))))
        return rc;
    t->job.axes = (int)axes;
    t->told = mt_clock();
    if (!(t->job.kernels = mt_kernels_pick(args_get(t->a, "cpu")))) {
        say_line("metric-train project: error: --cpu: expected avx512, avx2 or c, got '%s'",
                 args_get(t->a, "cpu"));
        return 2;
    }
    struct stat st;
    bool folder = stat(t->input, &st) == 0 && S_ISDIR(st.st_mode);
    if (*format != MT_TEXT_PLAIN && (out ? !strcmp(out, "-") : !folder)) {
        fprintf(stderr, "metric-train project: error: --json and --csv print figures to stdout, where the "
                        "points go; write them to a file with -o FILE\n");
        return 2;
    }
    return 0;
}

static int run(const struct args *a)
{
    struct task t = {.a = a, .input = a->word[0], .measure = NAN, .trust = NAN};
    struct mt_conf *conf = NULL;
    struct mt_err err;
    enum mt_text_format format;
    int64_t threads;
    int rc = read_options(&t, &format, &threads);
    if (rc == 0 && (rc = choose(&t, &conf)) == 0) {
        if (read_points(&t, &err) < 0 || mt_gemm_open(&err) < 0 ||
            mt_pool_new(&t.job.pool, (int)threads, &err) < 0 ||
            mt_gemm_check_memory((int)threads, &err) < 0 || project(&t, &err) < 0)
            rc = say_error(&err);
        else
            rc = deliver(&t, format);
    }
    mt_pool_free(t.job.pool);
    mt_cloud_release(&t.points);
    mt_conf_free(conf);
    free(t.y);
    return rc;
}

const struct command command_project = {
    .name = "project",
    .usage = "RUN|FILE",
    .help = "Draw embeddings in two or three dimensions: PCA, t-SNE or UMAP, as CSV.",
    .detail =
        "FILE is a CSV of `embed`, or any with columns x,y or x,y,z or e0,e1,...\nColumns of what is "
        "written: index,label,label_name,pred,x,y[,z]. A run gets it as projections/METHOD.csv, of another\n"
        "split as projections/METHOD-SPLIT.csv; its plots and its report.html, where it has them, are made "
        "anew. Printed is how far the picture can be trusted "
        "(trustworthiness at\nk = 12; 1 is best). Options that only one method has: 'metric-train list "
        "projections'.",
    .example = "metric-train project runs/quickstart-arcface-3f9c1a2b --method tsne",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

/* gradcheck.c: `gradcheck [NAME...]`: every head and layer against finite differences of a double-precision
 * forward pass, on this machine and its kernels; prints the worst error of each rule and mode. */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "lib/check/gradcheck.h"
#include "lib/head/head.h"
#include "lib/math/gemm.h"
#include "lib/nn/layer.h"
#include "lib/report/table.h"

static const struct option_row options[] = {
    {"all", 'a', NULL, "Print every case, not the worst of each rule and mode."},
    {"threads", 'j', "N", "Threads to use; default: one per processor."},
    OPTION_JSON,
    OPTION_CSV,
    {0},
};

static const struct mt_text_column columns[] = {
    {.title = "what"},
    {.title = "rule"},
    {.title = "mode"},
    {.title = "cases", .right = true},
    {.title = "error", .right = true},
    {.title = "tolerance", .right = true},
    {.title = "not finite", .key = "nonfinite", .right = true},
    {.title = "result"},
    {.title = "worst with", .key = "setting"},
    {.title = "at", .key = "case"},
};

/* Those named, or all. */
static int check(struct mt_gradcheck *g, const struct args *a, struct mt_pool *pool, struct mt_err *err)
{
    if (a->n_words == 0)
        return mt_gradcheck_heads(g, pool, err) < 0 ? -1 : mt_gradcheck_layers(g, pool, err);
    for (int i = 0; i < a->n_words; i++) {
        const struct mt_kind *head = mt_table_find(&mt_head_table, a->word[i]);
        const struct mt_kind *layer = mt_table_find(&mt_layer_table, a->word[i]);
        if (!head && !layer)
            return mt_err_set(
                err, MT_ERR_USAGE,
                "no head or layer is named '%s'; see `metric-train list heads` and `list layers`",
                a->word[i]);
        if ((head && mt_gradcheck_head(g, (const struct mt_head_type *)head, pool, err) < 0) ||
            (layer && mt_gradcheck_layer(g, (const struct mt_layer_type *)layer, pool, err) < 0))
            return -1;
    }
    return 0;
}

/* Rows of one line: the same formula with other keys. */
static bool same_line(const struct mt_gradcheck_row *a, const struct mt_gradcheck_row *b)
{
    return !strcmp(a->what, b->what) && !strcmp(a->rule, b->rule) && !strcmp(a->mode, b->mode);
}

static void add_error(struct mt_text_table *t, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.1e", value);
    mt_text_table_string(t, text);
}

static void add_row(struct mt_text_table *t, const struct mt_gradcheck_row *r, int cases, bool plain)
{
    mt_text_table_string(t, r->what);
    mt_text_table_string(t, *r->rule ? r->rule : NULL);
    mt_text_table_string(t, *r->mode ? r->mode : NULL);
    mt_text_table_int(t, cases);
    if (plain) {
        add_error(t, r->error);
        add_error(t, r->tolerance);
    } else {
        mt_text_table_real(t, r->error);
        mt_text_table_real(t, r->tolerance);
    }
    mt_text_table_int(t, r->nonfinite);
    mt_text_table_string(t, r->pass ? "pass" : "FAIL");
    mt_text_table_string(t, *r->setting ? r->setting : NULL);
    mt_text_table_string(t, r->at);
}

/* The worst of the cases of row `first`'s line, with what is not finite in all of them; nothing when an
 * earlier row has shown it. */
static void add_line(struct mt_text_table *t, const struct mt_gradcheck *g, int first, bool plain)
{
    struct mt_gradcheck_row worst = g->row[first];
    int cases = 0, nonfinite = 0;
    for (int i = 0; i < g->n; i++) {
        const struct mt_gradcheck_row *r = &g->row[i];
        if (!same_line(&g->row[first], r))
            continue;
        if (i < first)
            return;
        cases++;
        nonfinite += r->nonfinite;
        if ((worst.pass && !r->pass) || (worst.pass == r->pass && r->error > worst.error))
            worst = *r;
    }
    worst.nonfinite = nonfinite;
    add_row(t, &worst, cases, plain);
}

static void summary(const struct mt_gradcheck *g, struct mt_buf *out)
{
    int failed = 0, nonfinite = 0;
    for (int i = 0; i < g->n; i++) {
        failed += !g->row[i].pass;
        nonfinite += g->row[i].nonfinite;
    }
    mt_buf_printf(out, "\n%d checks, %d failed, %d numbers not finite\n", g->n, failed, nonfinite);
}

static int print(const struct mt_gradcheck *g, const struct args *a, enum mt_text_format format)
{
    struct mt_text_table t = {.column = columns, .n_columns = (int)(sizeof columns / sizeof *columns)};
    struct mt_buf out = {0};
    bool plain = format == MT_TEXT_PLAIN;
    for (int i = 0; i < g->n; i++) {
        if (args_has(a, "all"))
            add_row(&t, &g->row[i], 1, plain);
        else
            add_line(&t, g, i, plain);
    }
    mt_text_table_print(&t, format, &out);
    mt_text_table_release(&t);
    if (plain)
        summary(g, &out);
    return print_result(&out);
}

static int run(const struct args *a)
{
    struct mt_gradcheck g = {0};
    struct mt_pool *pool = NULL;
    enum mt_text_format format;
    struct mt_err err;
    int64_t threads;
    int rc = output_format(a, &format);
    if (rc == 0)
        rc = args_int(a, "threads", mt_pool_cpus(), 1, 1024, &threads);
    if (rc)
        return rc;
    if (mt_gemm_open(&err) < 0 || mt_pool_new(&pool, (int)threads, &err) < 0 || check(&g, a, pool, &err) < 0)
        rc = say_error(&err);
    else if ((rc = print(&g, a, format)) == 0)
        rc = mt_gradcheck_passed(&g) ? 0 : 1;
    mt_gradcheck_release(&g);
    mt_pool_free(pool);
    return rc;
}

const struct command command_gradcheck = {
    .name = "gradcheck",
    .usage = "[NAME...]",
    .help = "Check the gradients of heads and layers against finite differences.",
    .detail =
        "Each head, with every rule and gradient mode, and each layer, on every kernel set of this "
        "processor, is compared\n"
        "with differences of a forward pass in double precision that shares no code with it: at angles 0, pi "
        "and pi - m,\n"
        "beside jumps, for embeddings and weights of length 0, for equal weights, for two classes. A "
        "detached gradient is\n"
        "compared with the loss whose margin is held constant. The exit code is 0 when all pass, else 1.",
    .example = "metric-train gradcheck arcface curricularface --all",
    .options = options,
    .min_words = 0,
    .max_words = -1,
    .run = run,
};

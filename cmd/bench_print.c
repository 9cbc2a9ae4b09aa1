#include "cmd/bench_print.h"

#include <stdio.h>

#include "lib/math/gemm.h"
#include "lib/report/table.h"

#define MIB 1048576.0

static double gflops(double flops, double seconds)
{
    return seconds > 0 ? flops / seconds * 1e-9 : 0;
}

static double planned(const struct mt_bench *b)
{
    double sum = (double)(b->needs.program + b->needs.samples + b->needs.lists);
    for (int a = 0; a < MT_AREAS; a++)
        sum += (double)b->planned[a];
    return sum;
}

static double layer_gflops(const struct mt_bench *b, const struct mt_bench_layer *l)
{
    return gflops((l->forward_flops + l->backward_flops) * b->batch,
                  l->forward_seconds + l->backward_seconds);
}

/* What a step at least moves of weights W, gradients G and moments: W is read forward and backward, G
 * written, read for its norm, and read by the optimizer, which reads and writes W and the moments. GB/s. */
static double weight_traffic(const struct mt_bench *b)
{
    double bytes = 7.0 * (double)b->parameters * sizeof(float) + 2.0 * (double)b->planned[MT_AREA_MOMENT];
    return bytes * b->train.median / b->batch * 1e-9;
}

/* ---- text ---- */

static void print_machine(const struct mt_machine *m, const struct mt_bench *b, struct mt_buf *out)
{
    mt_buf_printf(out,
                  "machine: %s kernels, OpenBLAS for %s, %d thread%s: %.1f GFLOP/s of float32 multiply-adds "
                  "(one thread: %.1f), "
                  "%.1f of bf16 by %s (one thread: %.1f); "
                  "memory %.1f GB/s (one thread: %.1f), a = b + 3 c over %.0f MiB, cache %.0f MiB\n\n",
                  b->kernels->name, mt_gemm_core(), b->threads, b->threads == 1 ? "" : "s", m->fma_all,
                  m->fma_one, m->bf16_all, m->bf16->name, m->bf16_one, m->bandwidth_all, m->bandwidth_one,
                  (double)m->array_bytes / MIB, (double)m->cache_bytes / MIB);
}

static void spread_text(const struct mt_spread *s, char text[48])
{
    snprintf(text, 48, "%.0f..%.0f", s->min, s->max);
}

/* In percent; of a float32 run nothing. */
static void bf16_share(struct mt_text_table *t, const struct mt_machine *m, bool bf16, double rate)
{
    if (bf16)
        mt_text_table_real(t, 100 * rate / m->bf16_all);
    else
        mt_text_table_empty(t);
}

static void print_rates(const struct mt_machine *m, const struct bench_result *r, int n, struct mt_buf *out)
{
    static const struct mt_text_column columns[] = {
        {.title = "network"},
        {.title = "batch", .right = true},
        {.title = "train img/s", .right = true},
        {.title = "min..max", .right = true},
        {.title = "GFLOP/s", .right = true, .digits = 1},
        {.title = "of peak %", .right = true, .digits = 1},
        {.title = "of bf16 %", .right = true, .digits = 1},
        {.title = "infer img/s", .right = true},
        {.title = "min..max", .right = true},
        {.title = "memory MiB", .right = true, .digits = 1},
        {.title = "planned MiB", .right = true, .digits = 1},
    };
    struct mt_text_table t = {.column = columns, .n_columns = (int)(sizeof columns / sizeof *columns)};
    for (int i = 0; i < n; i++) {
        const struct mt_bench *b = &r[i].bench;
        double rate = b->train.median * b->train_flops * 1e-9;
        char text[48];
        mt_text_table_string(&t, r[i].name);
        mt_text_table_int(&t, b->batch);
        mt_text_table_int(&t, (int64_t)(b->train.median + 0.5));
        spread_text(&b->train, text);
        mt_text_table_string(&t, text);
        mt_text_table_real(&t, rate);
        mt_text_table_real(&t, 100 * rate / m->fma_all);
        bf16_share(&t, m, b->bf16, rate);
        mt_text_table_int(&t, (int64_t)(b->infer.median + 0.5));
        spread_text(&b->infer, text);
        mt_text_table_string(&t, text);
        mt_text_table_real(&t, (double)b->peak / MIB);
        mt_text_table_real(&t, planned(b) / MIB);
    }
    mt_text_table_print(&t, MT_TEXT_PLAIN, out);
    mt_text_table_release(&t);
}

static void print_scaling(const struct bench_result *r, int n, struct mt_buf *out)
{
    static const struct mt_text_column columns[] = {
        {.title = "network"},
        {.title = "threads", .right = true},
        {.title = "train img/s", .right = true},
        {.title = "min..max", .right = true},
        {.title = "times one", .right = true, .digits = 2},
    };
    struct mt_text_table t = {.column = columns, .n_columns = (int)(sizeof columns / sizeof *columns)};
    char text[48];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < r[i].n_scaling; j++) {
            mt_text_table_string(&t, r[i].name);
            mt_text_table_int(&t, r[i].scaling[j].threads);
            mt_text_table_int(&t, (int64_t)(r[i].scaling[j].rate.median + 0.5));
            spread_text(&r[i].scaling[j].rate, text);
            mt_text_table_string(&t, text);
            mt_text_table_real(&t, r[i].scaling[j].rate.median / r[i].scaling[0].rate.median);
        }
    }
    if (t.n_cells) {
        mt_buf_puts(out, "\n");
        mt_text_table_print(&t, MT_TEXT_PLAIN, out);
    }
    mt_text_table_release(&t);
}

static void print_layers(const struct mt_machine *m, const struct mt_bench *b, struct mt_buf *out)
{
    static const struct mt_text_column columns[] = {
        {.title = "layer"},
        {.title = "type"},
        {.title = "kernel"},
        {.title = "forward ms", .right = true, .digits = 3},
        {.title = "backward ms", .right = true, .digits = 3},
        {.title = "MFLOP/img", .right = true, .digits = 3},
        {.title = "GFLOP/s", .right = true, .digits = 1},
        {.title = "of peak %", .right = true, .digits = 1},
        {.title = "of bf16 %", .right = true, .digits = 1},
    };
    struct mt_text_table t = {.column = columns, .n_columns = (int)(sizeof columns / sizeof *columns)};
    double forward = 0, backward = 0;
    for (int i = 0; i < b->n_layers; i++) {
        const struct mt_bench_layer *l = &b->layer[i];
        mt_text_table_string(&t, l->name);
        mt_text_table_string(&t, l->type);
        mt_text_table_string(&t, l->kernel);
        mt_text_table_real(&t, l->forward_seconds * 1e3);
        mt_text_table_real(&t, l->backward_seconds * 1e3);
        forward += l->forward_seconds;
        backward += l->backward_seconds;
        if (l->forward_flops > 0) {
            mt_text_table_real(&t, (l->forward_flops + l->backward_flops) * 1e-6);
            mt_text_table_real(&t, layer_gflops(b, l));
            mt_text_table_real(&t, 100 * layer_gflops(b, l) / m->fma_all);
            bf16_share(&t, m, l->bf16, layer_gflops(b, l));
        } else {
            for (int empty = 0; empty < 4; empty++)
                mt_text_table_empty(&t);
        }
    }
    mt_text_table_string(&t, "step");
    mt_text_table_empty(&t);
    mt_text_table_empty(&t);
    mt_text_table_real(&t, forward * 1e3);
    mt_text_table_real(&t, backward * 1e3);
    mt_text_table_real(&t, b->train_flops * 1e-6);
    mt_text_table_real(&t, gflops(b->train_flops * b->batch, forward + backward));
    mt_text_table_real(&t, 100 * gflops(b->train_flops * b->batch, forward + backward) / m->fma_all);
    bf16_share(&t, m, b->bf16, gflops(b->train_flops * b->batch, forward + backward));
    mt_buf_printf(out, "\na step of %d images:\n", b->batch);
    mt_text_table_print(&t, MT_TEXT_PLAIN, out);
    mt_text_table_release(&t);
}

static void print_memory(const struct mt_machine *m, const struct mt_bench *b, struct mt_buf *out)
{
    mt_buf_printf(out, "\nmemory in MiB: program %.1f, samples %.1f, lists %.1f",
                  (double)b->needs.program / MIB, (double)b->needs.samples / MIB,
                  (double)b->needs.lists / MIB);
    for (int a = 0; a < MT_AREAS; a++)
        if (b->planned[a])
            mt_buf_printf(out, ", %s %.1f", mt_area_name((enum mt_area)a), (double)b->planned[a] / MIB);
    mt_buf_printf(out, "; planned in all %.1f, in use at most %.1f\n", planned(b) / MIB,
                  (double)b->peak / MIB);
    mt_buf_printf(out,
                  "weights, gradients and moments move at %.2f GB/s at least, %.1f %% of the memory's rate\n",
                  weight_traffic(b), 100 * weight_traffic(b) / m->bandwidth_all);
}

void bench_print_text(const struct mt_machine *m, const struct bench_result *r, int n, struct mt_buf *out)
{
    print_machine(m, &r[0].bench, out);
    print_rates(m, r, n, out);
    print_scaling(r, n, out);
    if (n == 1) {
        print_layers(m, &r[0].bench, out);
        print_memory(m, &r[0].bench, out);
    }
}

/* ---- JSON ---- */

static void spread(struct mt_buf *out, const char *key, const struct mt_spread *s)
{
    mt_buf_printf(out, ", \"%s\": ", key);
    mt_buf_json_number(out, s->median, 9);
    mt_buf_printf(out, ", \"%s_min\": ", key);
    mt_buf_json_number(out, s->min, 9);
    mt_buf_printf(out, ", \"%s_max\": ", key);
    mt_buf_json_number(out, s->max, 9);
    mt_buf_printf(out, ", \"%s_repeats\": %d", key, s->n);
}

static void json_layers(const struct mt_machine *m, const struct mt_bench *b, struct mt_buf *out)
{
    mt_buf_puts(out, ", \"layers\": [");
    for (int i = 0; i < b->n_layers; i++) {
        const struct mt_bench_layer *l = &b->layer[i];
        mt_buf_puts(out, i ? ", {\"name\": " : "{\"name\": ");
        mt_buf_json_string(out, l->name);
        mt_buf_puts(out, ", \"type\": ");
        mt_buf_json_string(out, l->type);
        mt_buf_puts(out, ", \"kernel\": ");
        mt_buf_json_string(out, l->kernel);
        mt_buf_json_real(out, "forward_ms", l->forward_seconds * 1e3, 9);
        mt_buf_json_real(out, "backward_ms", l->backward_seconds * 1e3, 9);
        mt_buf_json_real(out, "forward_mflop_per_image", l->forward_flops * 1e-6, 9);
        mt_buf_json_real(out, "backward_mflop_per_image", l->backward_flops * 1e-6, 9);
        mt_buf_json_real(out, "gflops", layer_gflops(b, l), 9);
        mt_buf_json_real(out, "share_of_peak", layer_gflops(b, l) / m->fma_all, 9);
        if (l->bf16)
            mt_buf_json_real(out, "share_of_bf16_peak", layer_gflops(b, l) / m->bf16_all, 9);
        mt_buf_puts(out, "}");
    }
    mt_buf_puts(out, "]");
}

static void json_memory(const struct mt_bench *b, struct mt_buf *out)
{
    mt_buf_json_real(out, "peak_rss_mib", (double)b->peak / MIB, 9);
    mt_buf_json_real(out, "planned_mib", planned(b) / MIB, 9);
    mt_buf_printf(out, ", \"bytes\": {\"program\": %llu, \"samples\": %llu, \"lists\": %llu",
                  (unsigned long long)b->needs.program, (unsigned long long)b->needs.samples,
                  (unsigned long long)b->needs.lists);
    for (int a = 0; a < MT_AREAS; a++)
        mt_buf_printf(out, ", \"%s\": %zu", mt_area_name((enum mt_area)a), b->planned[a]);
    mt_buf_puts(out, "}");
}

static void json_scaling(const struct bench_result *r, struct mt_buf *out)
{
    mt_buf_puts(out, ", \"scaling\": [");
    for (int i = 0; i < r->n_scaling; i++) {
        mt_buf_printf(out, "%s{\"threads\": %d", i ? ", " : "", r->scaling[i].threads);
        spread(out, "train_images_per_s", &r->scaling[i].rate);
        mt_buf_puts(out, "}");
    }
    mt_buf_puts(out, "]");
}

/* Members, without the braces. */
static void json_result(const struct mt_machine *m, const struct bench_result *r, struct mt_buf *out)
{
    const struct mt_bench *b = &r->bench;
    double rate = b->train.median * b->train_flops * 1e-9;
    mt_buf_puts(out, "\"name\": ");
    mt_buf_json_string(out, r->name);
    mt_buf_printf(
        out,
        ", \"images\": %lld, \"batch_size\": %d, \"shape\": [%d, %d, %d], \"dim\": %d, \"classes\": "
        "%d, \"parameters\": %zu",
        (long long)b->images, b->batch, b->shape.c, b->shape.h, b->shape.w, b->dim, b->classes,
        b->parameters);
    spread(out, "train_images_per_s", &b->train);
    spread(out, "infer_images_per_s", &b->infer);
    mt_buf_json_real(out, "train_mflop_per_image", b->train_flops * 1e-6, 9);
    mt_buf_json_real(out, "infer_mflop_per_image", b->infer_flops * 1e-6, 9);
    mt_buf_json_real(out, "train_gflops", rate, 9);
    mt_buf_json_real(out, "infer_gflops", b->infer.median * b->infer_flops * 1e-9, 9);
    mt_buf_json_real(out, "share_of_peak", rate / m->fma_all, 9);
    if (b->bf16)
        mt_buf_json_real(out, "share_of_bf16_peak", rate / m->bf16_all, 9);
    mt_buf_json_real(out, "weight_traffic_gbytes_per_s", weight_traffic(b), 9);
    mt_buf_json_real(out, "share_of_bandwidth", weight_traffic(b) / m->bandwidth_all, 9);
    json_memory(b, out);
    json_layers(m, b, out);
    if (r->n_scaling)
        json_scaling(r, out);
}

void bench_print_json(const struct mt_machine *m, const struct bench_result *r, int n, struct mt_buf *out)
{
    mt_buf_printf(out, "{\"kernels\": \"%s\", \"openblas_core\": \"%s\", \"threads\": %d",
                  r[0].bench.kernels->name, mt_gemm_core(), r[0].bench.threads);
    mt_buf_json_real(out, "fma_peak_gflops", m->fma_all, 9);
    mt_buf_json_real(out, "fma_peak_one_thread_gflops", m->fma_one, 9);
    mt_buf_printf(out, ", \"bf16\": \"%s\"", m->bf16->name);
    mt_buf_json_real(out, "bf16_peak_gflops", m->bf16_all, 9);
    mt_buf_json_real(out, "bf16_peak_one_thread_gflops", m->bf16_one, 9);
    mt_buf_json_real(out, "bandwidth_gbytes_per_s", m->bandwidth_all, 9);
    mt_buf_json_real(out, "bandwidth_one_thread_gbytes_per_s", m->bandwidth_one, 9);
    mt_buf_printf(out, ", \"bandwidth_bytes\": %zu, \"cache_bytes\": %zu", m->array_bytes, m->cache_bytes);
    mt_buf_puts(out, n == 1 ? ", " : ", \"workloads\": [");
    for (int i = 0; i < n; i++) {
        mt_buf_puts(out, n == 1 ? "" : i ? ", {" : "{");
        json_result(m, &r[i], out);
        mt_buf_puts(out, n == 1 ? "" : "}");
    }
    mt_buf_puts(out, n == 1 ? "}\n" : "]}\n");
}

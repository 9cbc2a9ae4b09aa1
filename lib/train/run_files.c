/* run_files.c: what a run writes about itself when it begins, and the evaluation when it ends. */
#include <gnu/libc-version.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/version.h"
#include "lib/math/gemm.h"
#include "lib/train/opposite.h"
#include "lib/train/outputs.h"
#include "lib/train/record.h"
#include "lib/train/run_state.h"

#ifdef __clang__
#define COMPILER __VERSION__ /* names itself */
#else
#define COMPILER "gcc " __VERSION__
#endif

static int put(struct mt_run *r, const char *name, struct mt_buf *b, struct mt_err *err)
{
    int rc =
        b->failed ? mt_err_memory(err, name, b->len) : mt_rundir_write(r->folder, name, b->data, b->len, err);
    mt_buf_release(b);
    return rc;
}

static int write_data(struct mt_run *r, struct mt_err *err)
{
    struct mt_buf b = {0};
    if (mt_record_write(&r->setup.splits, &b, err) < 0)
        return -1;
    return put(r, MT_RECORD, &b, err);
}

/* "model name : ..." of /proc/cpuinfo, where there is one. */
static void cpu_model(char *text, size_t size)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "re");
    snprintf(text, size, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (!strncmp(line, "model name", 10) && colon) {
            snprintf(text, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (f)
        fclose(f);
}

static int write_environment(struct mt_run *r, struct mt_err *err)
{
    struct mt_buf b = {0};
    char cpu[256], now[MT_TIME_TEXT];
    cpu_model(cpu, sizeof cpu);
    mt_time_text(now);
    mt_buf_printf(&b, "{\n  \"version\": \"" MT_VERSION "\",\n  \"numerics\": %d,\n  \"compiler\": ",
                  MT_NUMERICS_VERSION);
    mt_buf_json_string(&b, COMPILER);
    mt_buf_printf(&b, ",\n  \"c_library\": \"glibc %s\"", gnu_get_libc_version());
    mt_buf_puts(&b, ",\n  \"cpu\": ");
    mt_buf_json_string(&b, cpu);
    mt_buf_printf(&b, ",\n  \"kernels\": \"%s\",\n  \"bf16\": ", r->setup.kernels->name);
    if (r->setup.bf16)
        mt_buf_json_string(&b, r->setup.bf16->name);
    else
        mt_buf_puts(&b, "null");
    mt_buf_puts(&b, ",\n  \"openblas\": ");
    mt_buf_json_string(&b, mt_gemm_version());
    mt_buf_puts(&b, ",\n  \"openblas_core\": ");
    mt_buf_json_string(&b, mt_gemm_core());
    mt_buf_printf(&b,
                  ",\n  \"mixed_kernels\": %s,\n  \"threads\": %d,\n  \"model_bytes\": %zu,\n  \"time\": "
                  "\"%s\",\n  \"command\": [",
                  r->resume.mixed ? "true" : "false", mt_pool_threads(r->setup.pool),
                  mt_plan_total(&r->setup.model->plan), now);
    for (int i = 0; i < r->options->argc; i++) {
        mt_buf_puts(&b, i ? ", " : "");
        mt_buf_json_string(&b, r->options->argv[i]);
    }
    mt_buf_puts(&b, "]\n}\n");
    return put(r, "environment.json", &b, err);
}

int mt_run_write_head(struct mt_run *r, struct mt_err *err)
{
    struct mt_experiment single = *r->e;
    struct mt_buf b = {0};
    single.sweep = (struct mt_variant){0};
    single.slurm = (struct mt_slurm_section){0};
    mt_buf_printf(&b, "# Resolved experiment: `metric-train train` on this file gives the same run.\n");
    mt_conf_print(NULL, mt_experiment_fields, &single, false, &b);
    if (put(r, "config.yaml", &b, err) < 0)
        return -1;
    mt_model_summary(r->setup.model, &b);
    if (put(r, "model.txt", &b, err) < 0 || write_data(r, err) < 0)
        return -1;
    mt_foresight_json(&r->foresight, r->setup.model, &b);
    mt_buf_puts(&b, "\n");
    if (put(r, "feasibility.json", &b, err) < 0)
        return -1;
    return write_environment(r, err);
}

static void string(struct mt_buf *b, const char *key, const char *value)
{
    mt_buf_printf(b, "  \"%s\": ", key);
    mt_buf_json_string(b, value);
    mt_buf_puts(b, ",\n");
}

static void summary_head(const struct mt_run *r, struct mt_buf *b)
{
    mt_buf_puts(b, "{\n");
    string(b, "name", r->e->name);
    string(b, "run_id", r->folder->run_id);
    string(b, "head", r->e->head.kind->name);
    mt_buf_printf(b, "  \"seed\": %lld,\n  \"epochs\": %lld,\n  \"best_epoch\": %lld,\n",
                  (long long)r->e->seed, (long long)r->trainer.epoch, (long long)r->monitor.best_epoch);
    mt_buf_printf(b, "  \"best_%s\": ", mt_monitor_names[r->monitor.what]);
    mt_buf_json_number(b, r->monitor.any ? r->monitor.best : NAN, 9);
    if (r->setup.splits.validation_is_test)
        mt_buf_puts(b, ",\n  \"validation_is_test\": true");
    mt_buf_printf(b, ",\n  \"collapsed\": %s,\n  \"parameters\": %zu",
                  r->collapse.reason[0] ? "true" : "false", mt_tensors_count(&r->setup.model->tensors, true));
}

/* Judges one split, writes its files and adds its figures to the summary. */
static int judge_split(struct mt_run *r, const struct mt_reference *ref, enum mt_split_bit which,
                       struct mt_buf *summary, struct mt_run_result *result, struct mt_err *err)
{
    const struct mt_view *v = mt_splits_view(&r->setup.splits, which);
    const char *name = mt_split_name(which);
    struct mt_embedded own = {0};
    struct mt_judgement j;
    char prefix[32];
    if (v->n == 0)
        return 0;
    if (which != MT_SPLIT_TRAIN && mt_embed_view(&own, r->setup.model, v, &r->setup.splits.scale, err) < 0)
        return -1;
    const struct mt_embedded *em = which == MT_SPLIT_TRAIN ? &ref->train : &own;
    int rc = (r->e->output.embeddings & which) ? mt_write_embeddings(r->folder, em, name, err) : 0;
    if (rc == 0 && which != MT_SPLIT_TRAIN && (rc = mt_judge(&j, ref, em, r->setup.pool, err)) == 0) {
        rc = mt_write_judgement(r->folder, &j, name, err);
        snprintf(prefix, sizeof prefix, "%s_", name);
        mt_buf_puts(summary, ",\n");
        mt_judgement_json(&j, prefix, summary);
        if (which == MT_SPLIT_TEST)
            result->test_accuracy = j.accuracy;
        mt_judgement_release(&j);
    }
    mt_embedded_release(&own);
    return rc;
}

/* A trained head's classes that it cannot predict are said aloud, and counted in the summary. */
static int look_for_opposite(struct mt_run *r, const struct mt_reference *ref, struct mt_buf *summary,
                             struct mt_err *err)
{
    const struct mt_model *m = r->setup.model;
    struct mt_buf words = {0};
    int n = mt_opposite_classes(m->head, &ref->centers,
                                (const char *const *)ref->train.view->data->class_name, &words);
    if (m->head->type->margin)
        mt_buf_printf(summary, ",\n  \"opposite_classes\": %d", n);
    if (n && words.data)
        mt_talk_text(&r->talker, MT_TALK_WARNING, "%s", words.data);
    int rc = words.failed ? mt_err_memory(err, "a warning", words.len) : 0;
    mt_buf_release(&words);
    return rc;
}

int mt_run_finish(struct mt_run *r, struct mt_run_result *result, struct mt_err *err)
{
    struct mt_reference ref;
    struct mt_buf summary = {0};
    mt_trainer_enter(
        &r->trainer); /* numbers as `eval` has them, also where an early stop cut annealing short */
    if (mt_reference_init(&ref, r->setup.model, &r->setup.splits, r->e, err) < 0)
        return -1;
    summary_head(r, &summary);
    int rc = look_for_opposite(r, &ref, &summary, err);
    if (rc == 0)
        rc = mt_write_centers(r->folder, &ref, err);
    for (int bit = MT_SPLIT_TRAIN; rc == 0 && bit <= MT_SPLIT_TEST; bit *= 2)
        rc = judge_split(r, &ref, (enum mt_split_bit)bit, &summary, result, err);
    mt_reference_release(&ref);
    mt_buf_puts(&summary, "\n}\n");
    if (rc < 0) {
        mt_buf_release(&summary);
        return -1;
    }
    return put(r, "summary.json", &summary, err);
}

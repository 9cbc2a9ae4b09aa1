#include "lib/train/identity.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/conf/conf.h"
#include "lib/core/version.h"
#include "lib/math/gemm.h"

static void add_sources(struct mt_buf *text, const char *split, const struct mt_dataset *d)
{
    for (int i = 0; i < d->n_sources; i++)
        mt_buf_printf(text, "%s %s\n", split, d->source[i].sha256);
}

int mt_run_id(char id[MT_SHA256_HEX], const struct mt_experiment *e, const struct mt_splits *s,
              struct mt_err *err)
{
    struct mt_buf text = {0};
    mt_conf_canonical(mt_experiment_fields, e, &text);
    mt_buf_printf(&text, "numerics %d\n", MT_NUMERICS_VERSION);
    add_sources(&text, "train", &s->train_data);
    add_sources(&text, "validation", &s->validation_data);
    add_sources(&text, "test", &s->test_data);
    int rc = 0;
    if (e->train.init_from) {
        char sha[MT_SHA256_HEX];
        uint64_t size;
        char *file = mt_checkpoint_find(e->train.init_from, err);
        rc = file ? mt_file_sha256(file, sha, &size, err) : -1;
        if (rc == 0)
            mt_buf_printf(&text, "init_from %s\n", sha);
        free(file);
    }
    if (rc == 0 && text.failed)
        rc = mt_err_memory(err, "the run id", text.len);
    if (rc == 0)
        mt_sha256(text.data, text.len, id);
    mt_buf_release(&text);
    return rc;
}

void mt_resume_origin(struct mt_resume *r, const char *run_id, const struct mt_setup *s)
{
    snprintf(r->run_id, sizeof r->run_id, "%s", run_id);
    snprintf(r->numerics, sizeof r->numerics, "%d", MT_NUMERICS_VERSION);
    if (s->bf16)
        snprintf(r->kernels, sizeof r->kernels, "%s, bf16 %s", s->kernels->name, s->bf16->order);
    else
        snprintf(r->kernels, sizeof r->kernels, "%s", s->kernels->name);
    snprintf(r->openblas, sizeof r->openblas, "%.30s %.30s", mt_gemm_version(), mt_gemm_core());
}

/* session.h: a trainer on the bundled digits, without files. */
#ifndef TESTS_SESSION_H
#define TESTS_SESSION_H

#include "tests/test.h"

#include "lib/conf/conf.h"
#include "lib/train/setup.h"
#include "lib/train/trainer.h"

struct session {
    struct mt_conf *conf;
    struct mt_experiment e;
    struct mt_setup setup;
    struct mt_trainer trainer;
};

/* The bundled digits, transformed, one layer list and one head, in flow style. */
static void session_open_augmented(struct session *s, const char *augment, const char *layers,
                                   const char *head, const char *train)
{
    struct mt_buf text = {0};
    struct mt_diag diag = {0};
    struct mt_setup_options options = {.threads = 2, .training = true};
    struct mt_talker silent = {0};
    struct mt_err err;
    const char *key;
    memset(s, 0, sizeof *s);
    mt_buf_printf(&text,
                  "name: test\n"
                  "data: {train: {format: csv, file: datasets/digits/digits.csv.gz, shape: [8, 8]}, max: 16, "
                  "augment: %s}\n"
                  "model: {backbone: %s}\nhead: %s\ntrain: %s\n",
                  augment, layers, head, train);
    if (mt_conf_load_text(&s->conf, "test", ".", text.data, text.len, NULL, 0, &diag) < 0 ||
        mt_conf_bind(s->conf, mt_experiment_fields, &s->e, &diag) < 0)
        fail_msg("%s", diag.text.data);
    if (mt_stages_settle(&s->e, &key, &err) < 0 ||
        mt_setup_open(&s->setup, &s->e, &options, &silent, &key, &err) < 0 ||
        mt_model_commit(s->setup.model, &err) < 0 ||
        mt_trainer_init(&s->trainer, &s->e, &s->setup.splits, s->setup.model, &err) < 0)
        fail_msg("%s", err.text);
    mt_model_init(s->setup.model, 0);
    assert_int_equal(mt_trainer_begin_epoch(&s->trainer, NULL), 0);
    mt_buf_release(&text);
    mt_diag_release(&diag);
}

static inline void session_open(struct session *s, const char *layers, const char *head, const char *train)
{
    session_open_augmented(s, "[]", layers, head, train);
}

static void session_close(struct session *s)
{
    mt_trainer_release(&s->trainer);
    mt_setup_release(&s->setup);
    mt_conf_free(s->conf);
}

/* All tensors one behind the other; for free(). */
static inline float *copy_tensors(const struct mt_tensors *ts)
{
    float *copy = calloc(mt_tensors_count(ts, false), sizeof *copy), *at = copy;
    assert_non_null(copy);
    for (int i = 0; i < ts->n; at += ts->list[i++]->count)
        memcpy(at, ts->list[i]->data, ts->list[i]->count * sizeof *at);
    return copy;
}

#endif

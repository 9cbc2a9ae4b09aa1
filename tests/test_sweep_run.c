/* Tests of what the runs of a sweep rest on: samples that are opened once, runs that pause, random numbers
 * that cells with the same seed share. */
#include "tests/image_folder.h"
#include "tests/session.h"

#include "lib/train/run.h"
#include "lib/train/rundir.h"

/* ---- whole runs ---- */

struct config {
    const char *train, *augment; /* the source, and transforms */
    const char *memory;          /* data.memory */
    int seed;
};

static const char digits[] = "{format: csv, file: datasets/digits/digits.csv.gz, shape: [8, 8]}";

static struct mt_conf *read_config(const struct config *c, struct mt_experiment *e)
{
    struct mt_buf text = {0};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct mt_err err;
    const char *key;
    mt_buf_printf(&text,
                  "name: s\nseed: %d\n"
                  "data:\n  train: %s\n  validation: {from: train, fraction: 0.2}\n"
                  "  test: {from: train, fraction: 0.2}\n  scale: standardize\n  augment: %s\n  memory: %s\n"
                  "model:\n  backbone: [{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu, flatten, "
                  "{dropout: {rate: 0.2}}, {dense: {units: 3}}]\n"
                  "head: {type: arcface, s: 8, m: 0.1}\ntrain: {epochs: 3, batch_size: 5}\n",
                  c->seed, c->train, c->augment, c->memory);
    if (mt_conf_load_text(&conf, "test", ".", text.data, text.len, NULL, 0, &diag) < 0 ||
        mt_conf_bind(conf, mt_experiment_fields, e, &diag) < 0)
        fail_msg("%s", diag.text.data);
    if (mt_stages_settle(e, &key, &err) < 0)
        fail_msg("%s", err.text);
    mt_buf_release(&text);
    mt_diag_release(&diag);
    return conf;
}

/* Trains; the folder of the run is for free(). */
static char *train(const struct config *c, const char *out, const struct mt_run_options *options)
{
    struct mt_experiment e = {0};
    struct mt_conf *conf = read_config(c, &e);
    struct mt_run_options o = *options;
    struct mt_run_result result;
    struct mt_err err;
    const char *key;
    o.setup.training = true;
    o.setup.threads = 2;
    o.dir = test_path(out);
    if (mt_run(&e, &o, &result, &key, &err) < 0)
        fail_msg("%s: %s", key ? key : "", err.text);
    mt_conf_free(conf);
    return result.dir;
}

static char *read_file(const char *dir, const char *name)
{
    struct mt_err err;
    char *text, *path = mt_path_join(dir, name);
    size_t len;
    if (mt_file_read(path, 1 << 24, &text, &len, &err) < 0)
        fail_msg("%s", err.text);
    free(path);
    return text;
}

/* The manifest holds the checksum of every file but those with times. */
static void expect_same_run(char *a, char *b)
{
    char *x = read_file(a, "manifest.json"), *y = read_file(b, "manifest.json");
    assert_string_equal(strrchr(a, '/'), strrchr(b, '/'));
    assert_string_equal(x, y);
    free(x);
    free(y);
    free(a);
    free(b);
}

/* ---- shared samples ---- */

/* Runs with two seeds on samples that were opened for a third. */
static void expect_sharing_changes_nothing(const struct config *config, const char *name)
{
    struct mt_experiment e = {0};
    struct config c = *config;
    struct mt_conf *conf = read_config(&c, &e);
    struct mt_pool *pool;
    struct mt_splits splits;
    struct mt_err err;
    const char *key;
    char alone[64], shared[64];
    assert_int_equal(mt_pool_new(&pool, 2, &err), 0);
    if (mt_splits_open(&splits, &e, pool, &key, &err) < 0)
        fail_msg("%s: %s", key, err.text);
    mt_pool_free(pool);
    const struct mt_run_options own = {0}, lent = {.setup.splits = &splits};
    snprintf(alone, sizeof alone, "%s-alone", name);
    snprintf(shared, sizeof shared, "%s-shared", name);
    for (c.seed = 0; c.seed < 2; c.seed++)
        expect_same_run(train(&c, alone, &own), train(&c, shared, &lent));
    mt_splits_release(&splits);
    mt_conf_free(conf);
}

static void shared_samples_give_the_same_run(void **state)
{
    (void)state;
    expect_sharing_changes_nothing(&(struct config){digits, "[]", "100000000", 7}, "plain");
}

static void each_run_draws_its_own_transforms(void **state)
{
    (void)state;
    char source[600];
    snprintf(source, sizeof source, "{format: images, dir: '%s', height: 8, width: 8}",
             make_folder("memory"));
    expect_sharing_changes_nothing(
        &(struct config){source, "[equalize, {rotate: 20}, {shift: 0.2}]", "100000000", 7}, "augmented");
}

static void streamed_samples_are_shared_too(void **state)
{
    (void)state;
    char source[600];
    snprintf(source, sizeof source, "{format: images, dir: '%s', height: 8, width: 8}",
             make_folder("stream"));
    expect_sharing_changes_nothing(&(struct config){source, "[equalize, {rotate: 20}]", "1", 7}, "streamed");
}

/* ---- pauses ---- */

static struct mt_status status_of(const char *dir)
{
    struct mt_status status;
    assert_int_equal(mt_status_read(dir, &status, NULL), 1);
    return status;
}

static void pauses_change_nothing(void **state)
{
    (void)state;
    const struct config c = {digits, "[]", "100000000", 0};
    const struct mt_run_options straight = {0};
    for (int epoch = 1; epoch <= 2; epoch++) {
        struct mt_run_options pause = {.pause_after = epoch, .pause_reason = "paused"};
        char *dir = train(&c, "paused", &pause);
        struct mt_status status = status_of(dir);
        assert_int_equal(status.state, MT_RUN_INTERRUPTED);
        assert_string_equal(status.reason, "paused");
        assert_int_equal(status.epochs_done, epoch);
        assert_int_equal(status.exit_code, MT_ERR_STOPPED);
        free(dir);
    }
    expect_same_run(train(&c, "straight", &straight), train(&c, "paused", &straight));
}

static void a_pause_at_the_end_is_none(void **state)
{
    (void)state;
    const struct config c = {digits, "[]", "100000000", 1};
    char *dir = train(&c, "late", &(struct mt_run_options){.pause_after = 3, .pause_reason = "paused"});
    assert_int_equal(status_of(dir).state, MT_RUN_COMPLETE);
    free(dir);
}

static void another_folder_than_planned_is_refused(void **state)
{
    (void)state;
    struct mt_experiment e = {0};
    struct mt_conf *conf = read_config(&(struct config){digits, "[]", "100000000", 0}, &e);
    struct mt_run_options o = {
        .setup = {.threads = 1, .training = true}, .dir = test_path("planned"), .folder = "s-00000000"};
    struct mt_run_result result;
    struct mt_err err;
    const char *key;
    assert_int_equal(mt_run(&e, &o, &result, &key, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_non_null(strstr(err.text, "s-00000000"));
    assert_false(mt_file_exists(test_path("planned")));
    mt_conf_free(conf);
}

/* ---- paired random numbers ---- */

#define LAYERS                                                                                               \
    "[{conv2d: {filters: 4, kernel: 3}}, relu, flatten, {dropout: {rate: 0.5}}, {dense: {units: 16}}, "      \
    "{dropout: {rate: 0.3}}]"

/* The embeddings of a batch of the second epoch, as training sees them: they depend on first weights, order,
 * transforms and dropout. For free(). */
static float *embed_batch(struct session *s, const char *head, int seed, size_t *bytes)
{
    struct mt_err err;
    char text[128];
    enum { N = 20, BATCH = 2 };
    snprintf(text, sizeof text, "{epochs: 3, batch_size: %d}", N);
    session_open_augmented(s, "[{rotate: 20}, {shift: 0.2}]", LAYERS, head, text);
    struct mt_model *m = s->setup.model;
    mt_model_stop_feeding(m); /* its threads read the seed */
    s->e.seed = seed;
    s->setup.splits.augment.seed = (uint64_t)seed;
    mt_model_init(m, (uint64_t)seed);
    s->trainer.epoch = 1;
    s->trainer.batch = BATCH;
    assert_int_equal(mt_trainer_begin_epoch(&s->trainer, &err), 0);
    const int32_t *index = s->trainer.order + (size_t)BATCH * N;
    struct mt_pass pass = {.training = true, .n = N, .seed = (uint64_t)seed, .epoch = 1, .sample = index};
    assert_int_equal(mt_model_load(m, s->setup.splits.train.data, &s->setup.splits.scale, index, N, &err), 0);
    const float *x = mt_net_forward(m->net, &pass);
    *bytes = (size_t)N * (size_t)m->dim * sizeof *x;
    float *copy = malloc(*bytes);
    assert_non_null(copy);
    memcpy(copy, x, *bytes);
    return copy;
}

static const struct mt_tensor *tensor(const struct session *s, const char *name)
{
    for (int i = 0; i < s->setup.model->tensors.n; i++)
        if (!strcmp(s->setup.model->tensors.list[i]->name, name))
            return s->setup.model->tensors.list[i];
    fail_msg("no tensor %s", name);
    return NULL;
}

static bool same_tensor(const struct session *a, const struct session *b, const char *name)
{
    const struct mt_tensor *x = tensor(a, name), *y = tensor(b, name);
    assert_int_equal(x->count, y->count);
    return memcmp(x->data, y->data, x->count * sizeof *x->data) == 0;
}

static void cells_share_their_random_numbers(void **state)
{
    (void)state;
    static const char *const heads[] = {"{type: softmax}", "{type: cosface, s: 30, m: 0.4}",
                                        "{type: arcface, s: 8, m: 0.1}",
                                        "{type: curricularface, s: 8, m: 0.1}"};
    struct session first, other;
    size_t bytes, n;
    float *x = embed_batch(&first, heads[0], 5, &bytes);
    for (size_t i = 1; i < sizeof heads / sizeof *heads; i++) {
        float *y = embed_batch(&other, heads[i], 5, &n);
        assert_int_equal(n, bytes);
        assert_memory_equal(x, y, bytes);
        assert_true(same_tensor(&first, &other, "head/weight"));
        free(y);
        session_close(&other);
    }
    float *y = embed_batch(&other, heads[0], 6, &n);
    assert_memory_not_equal(x, y, bytes);
    assert_false(same_tensor(&first, &other, "head/weight"));
    free(y);
    session_close(&other);
    free(x);
    session_close(&first);
}

/* Layers behind a difference have the same first weights where they have the same name and shape. */
static void backbones_share_what_they_can(void **state)
{
    (void)state;
    struct session a, b;
    const char *head = "{type: softmax}", *train = "{epochs: 1, batch_size: 20}";
    session_open(&a, "[{conv2d: {filters: 4, kernel: 3}}, relu, flatten, {dense: {units: 16, name: embed}}]",
                 head, train);
    session_open(&b,
                 "[{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu, {dropout: {rate: 0.5}}, flatten, "
                 "{dense: {units: 16, name: embed}}]",
                 head, train);
    assert_true(same_tensor(&a, &b, "conv1/kernel"));
    assert_true(same_tensor(&a, &b, "embed/kernel"));
    assert_true(same_tensor(&a, &b, "head/weight"));
    session_close(&a);
    session_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_samples_give_the_same_run),
        cmocka_unit_test(each_run_draws_its_own_transforms),
        cmocka_unit_test(streamed_samples_are_shared_too),
        cmocka_unit_test(pauses_change_nothing),
        cmocka_unit_test(a_pause_at_the_end_is_none),
        cmocka_unit_test(another_folder_than_planned_is_refused),
        cmocka_unit_test(cells_share_their_random_numbers),
        cmocka_unit_test(backbones_share_what_they_can),
    };
    return cmocka_run_group_tests_name("sweep_run", tests, NULL, remove_files);
}

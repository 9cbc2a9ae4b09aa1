/* Tests of whole runs on a folder of images that is streamed: the files are those of a run with everything in
 * memory, and a run that loses an image can go on. */
#include "tests/image_folder.h"

#include <signal.h>

#include "lib/conf/conf.h"
#include "lib/core/buf.h"
#include "lib/train/needs.h"
#include "lib/train/run.h"
#include "lib/train/trainer.h"

struct outcome {
    int rc;
    struct mt_err err;
    char dir[512];
};

/* Renames a file once the first epoch is over; asks to stop after so many steps. */
struct thief {
    const char *from, *to;
    int steps;
    volatile sig_atomic_t stop;
};

static void steal(void *arg, const struct mt_talk *talk)
{
    struct thief *t = arg;
    if (talk->kind == MT_TALK_STEP && t->steps && --t->steps == 0)
        t->stop = 1;
    if (t->from && talk->kind == MT_TALK_EPOCH && talk->epoch == 1)
        assert_int_equal(rename(t->from, t->to), 0);
}

#define ALL_TRANSFORMS                                                                                       \
    "[{crop: {top: 1}}, {rotate: 30}, {clahe: {tiles: 2}}, flip, {random_crop: {padding: 1, fill: 7}}, "     \
    "{random_crop: 0.5}, equalize, {shift: 0.2}, brightness, contrast]"

static struct mt_conf *read_experiment(struct mt_experiment *e, const char *images, const char *memory,
                                       const char *augment)
{
    struct mt_buf text = {0};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    mt_buf_printf(
        &text,
        "name: s\nseed: 3\n"
        "data:\n  train: {format: images, dir: '%s', height: 8, width: 8}\n"
        "  validation: {from: train, fraction: 0.2}\n  test: {from: train, fraction: 0.2}\n"
        "  scale: standardize\n  augment: %s\n%s%s\n"
        "model:\n  backbone: [{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu, flatten, {dropout: {rate: "
        "0.2}}, {dense: {units: 3}}]\n  normalize: true\n"
        "head: {type: curricularface, s: 8, m: 0.1}\n"
        "train: {epochs: 3, batch_size: 5}\noutput: {embeddings: [train, validation, test]}\n",
        images, augment, *memory ? "  memory: " : "", memory);
    if (mt_conf_load_text(&conf, "test", ".", text.data, text.len, NULL, 0, &diag) < 0 ||
        mt_conf_bind(conf, mt_experiment_fields, e, &diag) < 0)
        fail_msg("%s", diag.text.data);
    mt_buf_release(&text);
    mt_diag_release(&diag);
    return conf;
}

static void train(struct outcome *o, const char *images, const char *out, const char *memory,
                  const char *augment, int threads, struct thief *thief)
{
    struct mt_experiment e = {0};
    struct mt_conf *conf = read_experiment(&e, images, memory, augment);
    struct mt_run_result result;
    const char *key;
    struct thief none = {0};
    struct mt_run_options options = {.setup = {.threads = threads, .training = true},
                                     .dir = out,
                                     .stop = thief ? &thief->stop : NULL,
                                     .talker = {.say = steal, .arg = thief ? thief : &none}};
    o->rc = mt_run(&e, &options, &result, &key, &o->err);
    snprintf(o->dir, sizeof o->dir, "%s", result.dir ? result.dir : "");
    free(result.dir);
    mt_conf_free(conf);
}

static void expect_same_file(const struct outcome *a, const struct outcome *b, const char *name)
{
    char *text[2], path[700];
    size_t len[2];
    const struct outcome *o[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct mt_err err;
        snprintf(path, sizeof path, "%s/%s", o[i]->dir, name);
        if (mt_file_read(path, 1 << 24, &text[i], &len[i], &err) < 0)
            fail_msg("%s", err.text);
    }
    if (len[0] != len[1] || memcmp(text[0], text[1], len[0]))
        fail_msg("%s differs", name);
    free(text[0]);
    free(text[1]);
}

static void expect_same_run(const struct outcome *a, const struct outcome *b)
{
    static const char *const names[] = {"checkpoints/last.safetensors",
                                        "checkpoints/best.safetensors",
                                        "metrics.csv",
                                        "data.json",
                                        "embeddings/train.csv",
                                        "embeddings/test.csv",
                                        "embeddings/centers.csv",
                                        "summary.json",
                                        "embeddings/validation.csv",
                                        "eval/test/predictions.csv",
                                        "eval/validation/metrics.json"};
    assert_string_equal(strrchr(a->dir, '/'), strrchr(b->dir, '/')); /* the same run id */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect_same_file(a, b, names[i]);
}

static void train_well(struct outcome *o, const char *images, const char *name, const char *memory,
                       const char *augment, int threads)
{
    char out[512];
    strcpy(out, test_path(name));
    train(o, images, out, memory, augment, threads, NULL);
    if (o->rc < 0)
        fail_msg("%s", o->err.text);
}

static void the_same_files_streamed_or_not(void **state)
{
    (void)state;
    struct outcome whole, streamed;
    char *images = make_folder("images"), name[32];
    train_well(&whole, images, "whole", "", "[]", 2);
    for (int threads = 1; threads <= 3; threads++) {
        snprintf(name, sizeof name, "streamed%d", threads);
        train_well(&streamed, images, name, threads == 3 ? "1KiB" : "1", "[]", threads);
        expect_same_run(&whole, &streamed);
    }
}

/* And transformed as well, with any number of threads. */
static void the_same_files_augmented(void **state)
{
    (void)state;
    struct outcome first, again;
    char *images = make_folder("augmented"), name[32];
    train_well(&first, images, "augmented0", "", ALL_TRANSFORMS, 2);
    for (int k = 1; k <= 4; k++) {
        snprintf(name, sizeof name, "augmented%d", k);
        train_well(&again, images, name, k % 2 ? "1" : "", ALL_TRANSFORMS, k);
        expect_same_run(&first, &again);
    }
}

/* Sample 1/07 is a training, a validation or a test sample: in each case it is missed, and named. */
static void lose_an_image(const char *folder, const char *augment)
{
    struct outcome whole, cut;
    char *images = make_folder(folder), whole_dir[512], cut_dir[512], from[600], to[600];
    snprintf(whole_dir, sizeof whole_dir, "%s-whole", images);
    snprintf(cut_dir, sizeof cut_dir, "%s-cut", images);
    snprintf(from, sizeof from, "%s/1/07", images);
    snprintf(to, sizeof to, "%s", test_path("stolen"));
    struct thief thief = {.from = from, .to = to};
    train(&whole, images, whole_dir, "1", augment, 2, NULL);
    if (whole.rc < 0)
        fail_msg("%s", whole.err.text);
    train(&cut, images, cut_dir, "1", augment, 2, &thief);
    assert_int_equal(cut.rc, -1);
    assert_int_equal(cut.err.kind, MT_ERR_DATA);
    assert_contains(cut.err.text, "/1/07: cannot open");
    assert_contains(cut.err.text, "run again to go on");
    assert_int_equal(rename(to, from), 0);
    train(&cut, images, cut_dir, "", augment, 1, NULL); /* goes on, in memory this time */
    if (cut.rc < 0)
        fail_msg("%s", cut.err.text);
    expect_same_run(&whole, &cut);
}

/* Samples are being prepared when the list of them goes. */
static void a_trainer_goes_in_the_middle_of_loading(void **state)
{
    (void)state;
    struct mt_experiment e = {0};
    struct mt_conf *conf = read_experiment(&e, make_folder("leaving"), "1", "[]");
    struct mt_setup_options options = {.threads = 3, .training = true};
    struct mt_talker silent = {0};
    struct mt_err err;
    const char *key;
    e.train.batch_size = 10;
    for (int round = 0; round < 10; round++) {
        struct mt_setup setup;
        struct mt_trainer trainer;
        if (mt_setup_open(&setup, &e, &options, &silent, &key, &err) < 0 ||
            mt_model_commit(setup.model, &err) < 0 ||
            mt_trainer_init(&trainer, &e, &setup.splits, setup.model, &err) < 0 ||
            mt_trainer_begin_epoch(&trainer, &err) < 0)
            fail_msg("%s", err.text);
        if (round % 2)
            assert_int_equal(mt_trainer_begin_epoch(&trainer, &err), 0);
        mt_trainer_release(&trainer);
        usleep(2000); /* a loader that went on would read the list */
        mt_setup_release(&setup);
    }
    mt_conf_free(conf);
}

static void a_run_that_is_stopped_can_go_on(void **state)
{
    (void)state;
    struct outcome whole, cut;
    char *images = make_folder("stopping"), whole_dir[512], cut_dir[512];
    strcpy(whole_dir, test_path("stop-whole"));
    strcpy(cut_dir, test_path("stop-cut"));
    train(&whole, images, whole_dir, "", ALL_TRANSFORMS, 2, NULL);
    for (int steps = 1; steps <= 4; steps++) {
        struct thief thief = {.steps = steps};
        train(&cut, images, cut_dir, "1", ALL_TRANSFORMS, 3, &thief);
        if (cut.rc < 0)
            fail_msg("%s", cut.err.text);
    }
    train(&cut, images, cut_dir, "1", ALL_TRANSFORMS, 2, NULL);
    if (cut.rc < 0)
        fail_msg("%s", cut.err.text);
    expect_same_run(&whole, &cut);
}

static void a_run_beyond_the_memory_is_refused(void **state)
{
    (void)state;
    static const struct mt_needs needs = {.program = 5 << 20,
                                          .model = 70 << 20,
                                          .samples = 20 << 20,
                                          .lists = 2 << 20,
                                          .copies = 1 << 20,
                                          .evaluation = 2 << 20,
                                          .reserved = 264 << 20,
                                          .threads = 2};
    struct mt_err err;
    assert_true(mt_needs_peak(&needs) == 100 << 20);
    struct mt_memory_there there = {
        .real = 100 << 20, .addresses = 337 << 20, .real_by = "the machine", .addresses_by = "ulimit -v"};
    assert_int_equal(mt_needs_check(&needs, &there, "buy more", &err), 0);
    there.addresses--;
    assert_int_equal(mt_needs_check(&needs, &there, "buy more", &err), -1);
    assert_contains(err.text,
                    "the run needs 337.0 MiB of address space more, and ulimit -v leaves 337.0 MiB");
    assert_contains(err.text, "for 2 threads 264.0 MiB; raise the limit, buy more");
    there.real--;
    assert_int_equal(mt_needs_check(&needs, &there, "buy more", &err), -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_contains(err.text, "model 70.0 MiB, samples 20.0 MiB");
    assert_contains(err.text, "in all about 100.0 MiB");
    assert_contains(err.text, "that the machine has for it");
    assert_contains(err.text, "; buy more");
}

static void a_run_that_loses_an_image_can_go_on(void **state)
{
    (void)state;
    lose_an_image("losing", "[]");
    lose_an_image("losing-augmented", ALL_TRANSFORMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_files_streamed_or_not),
        cmocka_unit_test(the_same_files_augmented),
        cmocka_unit_test(a_run_that_loses_an_image_can_go_on),
        cmocka_unit_test(a_trainer_goes_in_the_middle_of_loading),
        cmocka_unit_test(a_run_that_is_stopped_can_go_on),
        cmocka_unit_test(a_run_beyond_the_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

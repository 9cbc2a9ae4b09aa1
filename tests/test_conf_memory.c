/* Tests of lib/conf without memory: each allocation of loading, binding and printing fails in turn, of the
 * arena's and of the heap's. Whatever then claims to have gone well has to have the very result; everything
 * else says so. */
#include "tests/test.h"

#include <errno.h>

#include "lib/conf/arena.h"
#include "lib/conf/tree.h"
#include "lib/core/file.h"
#include "tests/conf_schema.h"
#include "tests/failing.h"
#include "tests/temp.h"

/* --- the arena's allocations, of which only few reach the heap --- */

static int64_t arena_calls, arena_fails; /* the call that fails, from 1; 0: none */

void *__real_mt_arena_alloc(struct mt_arena *arena, size_t count, size_t size);
void *__wrap_mt_arena_alloc(struct mt_arena *arena, size_t count, size_t size);
void *__wrap_mt_arena_alloc(struct mt_arena *arena, size_t count, size_t size)
{
    return ++arena_calls == arena_fails ? NULL : __real_mt_arena_alloc(arena, count, size);
}

char *__real_mt_arena_copy(struct mt_arena *arena, const char *text, size_t len);
char *__wrap_mt_arena_copy(struct mt_arena *arena, const char *text, size_t len);
char *__wrap_mt_arena_copy(struct mt_arena *arena, const char *text, size_t len)
{
    return ++arena_calls == arena_fails ? NULL : __real_mt_arena_copy(arena, text, len);
}

/* --- everything that is done with a document --- */

static void put(const char *name, const char *text)
{
    struct mt_err err;
    assert_int_equal(mt_file_write(temp_path(name), text, strlen(text), &err), 0);
}

static void put_files(void)
{
    put("layers.yaml", "- conv2d: {filters: 8, kernel: [3, 3]}\n- max_pool: 2\n- dropout: .5\n- flatten\n");
    put("base.yaml", "head: arcface\nlayers: layers.yaml\ntrain: {epochs: 3, early_stop: &s {mode: max}}\n");
    put("run.yaml",
        "extends: [base.yaml]\nname: \"a: b\"\nhead: {s: 20}\ntest: {format: idx, images: x}\n"
        "rates: [0.5, 1]\nwords: [a, \"b c\"]\ntrain: {lr: 0.5, init_from: q}\nsplits: [test, train]\n");
    put("wrong.yaml",
        "sead: 1\nhead: {type: arcfase}\nlayers: [flaten, {conv2d: {s: 1}}, [], flatten: 3]\n"
        "train: {epochs: x, patience: 1, early_stop: 3}\nsplits: [tests]\ntest: {imges: 1}\nwords: 1\n"
        "rates: {a: 1}\nname: [a]\n");
}

static bool print_all(const struct mt_conf *conf, struct doc *doc, struct mt_buf *out)
{
    struct mt_settings settings;
    struct mt_err err;
    mt_conf_print(conf, doc_fields, doc, true, out);
    mt_conf_print_json(conf, doc_fields, doc, true, out);
    mt_conf_canonical(doc_fields, doc, out);
    mt_conf_print_written(conf, "name", out);
    mt_tree_print_json(mt_conf_node(conf, "rates"), out);
    if (mt_conf_settings(doc_fields, doc, &settings, &err) < 0)
        return false;
    for (int i = 0; i < settings.n; i++)
        mt_buf_printf(out, "%s=%s\n", settings.v[i].key, settings.v[i].value);
    mt_settings_release(&settings);
    return !out->failed;
}

/* Lays values over a copy, as sweeps do. */
static bool lay_all(const struct mt_conf *conf, struct mt_buf *out, struct mt_diag *diag)
{
    struct mt_conf *copy = mt_conf_copy(conf, "name");
    struct doc doc = {0};
    bool good = copy != NULL;
    struct mt_node *key = good ? mt_conf_word(copy, "sweep", "head.m", diag) : NULL,
                   *value = key ? mt_conf_parse(copy, "sweep", "0.125", diag) : NULL,
                   *laid = value ? mt_conf_lay(copy, key, value, diag) : NULL;
    good = laid && mt_conf_take_paths(copy, value, laid) == 0 &&
           mt_conf_set(copy, "head.type=curricularface", diag) == 0 &&
           mt_conf_set(copy, "head.m=0.1", diag) == 0 &&
           mt_conf_bind(copy, doc_fields, &doc, diag) == -1; /* curricularface here has no m */
    mt_buf_append(out, diag->text.data, diag->text.len);
    mt_conf_free(copy);
    return good && !out->failed && !diag->text.failed && !strstr(diag->text.data, "out of memory");
}

/* Appends all results to *out; false when it was said that something is missing. */
static bool do_all(struct mt_buf *out)
{
    static const char *const set[] = {"head.m=0.25", "layers[2].rate=0.25", "layers[0].conv2d.filters=4",
                                      "rates[1]=0"};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct doc doc = {0};
    bool good = mt_conf_load(&conf, temp_path("run.yaml"), set, 4, &diag) == 0 &&
                mt_conf_bind(conf, doc_fields, &doc, &diag) == 0 && print_all(conf, &doc, out) &&
                lay_all(conf, out, &diag);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    return good;
}

/* What is wrong with a document; its messages, or that there is no memory for them. */
static bool complain(struct mt_buf *out)
{
    static const char *const set[] = {"head.mm=1", "a[", "name=[",   "layers[9]=1",
                                      "extends=x", "=",  "seed[0]=1"};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct doc doc = {0};
    mt_conf_load(&conf, temp_path("wrong.yaml"), set, 7, &diag);
    if (conf) {
        mt_conf_bind(conf, doc_fields, &doc, &diag);
        mt_conf_error(conf, "train.epochs", &diag, "%s", "is wrong");
        mt_conf_warn(conf, "layers[1].conv2d", &diag, "%s", "looks odd");
    }
    assert_true(diag.errors > 0);
    mt_buf_append(out, diag.text.data, diag.text.len);
    bool good = conf && !out->failed && !diag.text.failed && !strstr(out->data, "out of memory");
    mt_conf_free(conf);
    mt_diag_release(&diag);
    return good;
}

static bool document(struct mt_buf *out)
{
    for (int style = MT_DOC_TEXT; style <= MT_DOC_MARKDOWN; style++)
        mt_conf_doc_keys(doc_fields, (enum mt_doc_style)style, out);
    mt_conf_doc_schema(doc_fields, out);
    return !out->failed;
}

/* --- the loops --- */

typedef bool task(struct mt_buf *out);

/* One run in which allocation n fails. Returns how many there were. */
static int64_t fail_one(task *what, bool arena, int64_t n, struct mt_buf *out, bool *good)
{
    arena_calls = 0;
    arena_fails = arena ? n : 0;
    failing_begin(FAIL_ALLOC, arena ? 0 : n, false, false, ENOMEM);
    *good = what(out);
    int64_t heap = failing_end(FAIL_ALLOC);
    arena_fails = 0;
    return arena ? arena_calls : heap;
}

static void fail_each(task *what, bool arena)
{
    struct mt_buf expected = {0};
    bool good;
    int64_t calls = fail_one(what, arena, 0, &expected, &good);
    assert_true(good && expected.len > 1000);
    for (int64_t n = 1; n <= calls; n++) {
        struct mt_buf out = {0};
        fail_one(what, arena, n, &out, &good);
        if (good && (out.len != expected.len || memcmp(out.data, expected.data, out.len) != 0))
            fail_msg("allocation %d of %d failed, and this is called good:\n%s", (int)n, (int)calls,
                     out.data);
        mt_buf_release(&out);
    }
    mt_buf_release(&expected);
}

static void reading_and_printing(void **state)
{
    (void)state;
    put_files();
    fail_each(do_all, true);
    fail_each(do_all, false);
}

static void complaining(void **state)
{
    (void)state;
    put_files();
    fail_each(complain, true);
    fail_each(complain, false);
}

static void documenting(void **state)
{
    (void)state;
    fail_each(document, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_and_printing),
        cmocka_unit_test(complaining),
        cmocka_unit_test(documenting),
    };
    return cmocka_run_group_tests(tests, temp_setup, temp_teardown);
}

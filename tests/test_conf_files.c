/* Tests of lib/conf on files: extends, lists in files of their own, paths, and what wins over what. */
#include "tests/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "tests/conf_schema.h"

#define T "train: {epochs: 3}\n"

static char root[64]; /* the folder of a test's files */

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/mt-conf-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[2][160];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

static void put(const char *name, const char *text)
{
    struct mt_err err;
    char *dir = mt_path_dir(path_of(name));
    assert_int_equal(mt_file_mkdirs(dir, &err), 0);
    assert_int_equal(mt_file_write(path_of(name), text, strlen(text), &err), 0);
    free(dir);
}

struct loaded {
    struct mt_conf *conf;
    struct mt_diag diag;
    struct doc doc;
    char *problems; /* first lines, without the root's name */
};

static void load(struct loaded *x, const char *name, int n_set, const char *const *set)
{
    memset(x, 0, sizeof *x);
    mt_conf_load(&x->conf, path_of(name), set, n_set, &x->diag);
    if (x->conf)
        mt_conf_bind(x->conf, doc_fields, &x->doc, &x->diag);
    x->problems = calloc(1, 65536);
    for (char *p = x->diag.errors ? x->diag.text.data : NULL; p && *p; p = strchr(p, '\n') + 1) {
        if (*p == ' ')
            continue;
        char *to = x->problems + strlen(x->problems);
        for (char *q = p; *q != '\n'; q++) {
            while (!strncmp(q, root, strlen(root)))
                q += strlen(root) + 1;
            *to++ = *q;
        }
        *to = '\n';
    }
}

static void release(struct loaded *x)
{
    free(x->problems);
    mt_conf_free(x->conf);
    mt_diag_release(&x->diag);
}

static void expect_problems(const char *name, const char *expected)
{
    struct loaded x;
    load(&x, name, 0, NULL);
    assert_string_equal(x.problems, expected);
    release(&x);
}

static const struct arc_cfg *arc(const struct loaded *x)
{
    assert_string_equal(x->doc.head.kind->name, "arcface");
    return x->doc.head.cfg;
}

static void maps_merge_and_lists_replace(void **state)
{
    (void)state;
    struct loaded x;
    put("base.yaml",
        "head: {type: arcface, s: 8, margin: 0.1}\nrates: [0.1, 0.2]\ntrain: {epochs: 3, lr: 2}\n");
    put("sub/run.yaml",
        "extends: ../base.yaml\nhead: {m: 0.3}\nrates: [1]\ntrain: {lr: 5, early_stop: {mode: min}}\n");
    load(&x, "sub/run.yaml", 0, NULL);
    assert_string_equal(x.problems, "");
    assert_true(arc(&x)->s == 8 && arc(&x)->m == 0.3);
    assert_true(x.doc.rates.n == 1 && x.doc.rates.v[0] == 1);
    assert_true(x.doc.train.epochs == 3 && x.doc.train.lr == 5 && x.doc.train.stop.mode == 1);
    release(&x);
}

static void the_command_line_wins(void **state)
{
    (void)state;
    struct loaded x;
    static const char *const set[] = {"head.margin=0.7", "train.lr=9", "train.lr=7", "head.scale=5"};
    put("base.yaml", "head: {type: arcface, s: 8, m: 0.1}\n" T);
    put("run.yaml", "extends: base.yaml\nhead: {scale: 20}\ntrain: {lr: 5}\n");
    load(&x, "run.yaml", 0, NULL);
    assert_string_equal(x.problems, "");
    assert_true(arc(&x)->s == 20); /* the alias above holds over the name below */
    release(&x);
    load(&x, "run.yaml", 4, set);
    assert_string_equal(x.problems, "");
    assert_true(arc(&x)->s == 5 && arc(&x)->m == 0.7 && x.doc.train.lr == 7);
    release(&x);
}

static void another_kind_replaces(void **state)
{
    (void)state;
    struct loaded x;
    static const char *const set[] = {"head.s=9", "head.type=curricularface"};
    put("base.yaml", "head: {type: curricularface, t_rule: paper, s: 8}\ntest: {from: train, last: 5}\n" T);
    put("run.yaml", "extends: base.yaml\nhead: {type: arcface, m: 0.2}\ntest: {format: idx, images: a.gz}\n");
    load(&x, "run.yaml", 0, NULL);
    assert_string_equal(x.problems, "");
    assert_true(arc(&x)->s == 30 && arc(&x)->m == 0.2);
    assert_string_equal(x.doc.test.kind->name, "idx");
    release(&x);
    load(&x, "run.yaml", 2, set);
    assert_string_equal(x.problems, "");
    assert_string_equal(x.doc.head.kind->name, "curricularface");
    assert_true(((const struct curricular_cfg *)x.doc.head.cfg)->s == 9);
    release(&x);
    put("base.yaml", "head: arcface\n" T);
    put("run.yaml", "extends: base.yaml\nhead: {m: 0.2}\n");
    load(&x, "run.yaml", 0, NULL);
    assert_string_equal(x.problems, "");
    assert_true(arc(&x)->m == 0.2);
    release(&x);
    put("run.yaml", "extends: base.yaml\nhead: null\n");
    load(&x, "run.yaml", 0, NULL);
    assert_string_equal(x.doc.head.kind->name, "softmax"); /* back to the default */
    release(&x);
}

static void several_bases_in_order(void **state)
{
    (void)state;
    struct loaded x;
    put("a.yaml", "seed: 1\nname: a\n" T);
    put("b.yaml", "extends: c.yaml\nseed: 2\n");
    put("c.yaml", "seed: 3\nsplits: [train]\nname: c\n");
    put("run.yaml", "extends: [a.yaml, b.yaml]\n");
    load(&x, "run.yaml", 0, NULL);
    assert_string_equal(x.problems, "");
    assert_int_equal(x.doc.seed, 2);
    assert_string_equal(x.doc.name, "c");
    assert_int_equal(x.doc.splits, 1);
    release(&x);
}

static void says_which_file_cannot_be_extended(void **state)
{
    (void)state;
    put("a.yaml", "extends: b.yaml\n" T);
    put("b.yaml", "seed: 1\nextends: sub/c.yaml\n");
    put("sub/c.yaml", "extends: [../a.yaml]\n");
    expect_problems("a.yaml", "sub/c.yaml:1:11: error: extends: a cycle: a.yaml leads back to itself here\n");
    put("run.yaml", "extends: b.yaml\n" T);
    put("sub/c.yaml", "extends: [../b.yaml]\n");
    expect_problems("run.yaml",
                    "sub/c.yaml:1:11: error: extends: a cycle: b.yaml is extended by run.yaml:1 already\n");
    put("run.yaml", "extends: [no.yaml, '']\n" T "sed: 3\n");
    expect_problems("run.yaml",
                    "run.yaml:1:11: error: no.yaml: cannot open: No such file or directory\n"
                    "run.yaml:1:20: error: extends: expected the path of a file, or a list of paths\n"
                    "run.yaml:3:1: error: unknown key 'sed'; did you mean 'seed'?\n");
    put("run.yaml", "extends: no.yaml\n"); /* what is required may stand in there */
    expect_problems("run.yaml", "run.yaml:1:10: error: no.yaml: cannot open: No such file or directory\n");
    put("run.yaml", "extends: list.yaml\n" T);
    put("list.yaml", "- a\n");
    expect_problems("run.yaml",
                    "list.yaml:1:1: error: expected keys with values, such as 'seed: 0', got a list\n");
    put("run.yaml", "extends: {a: 3}\n" T);
    expect_problems("run.yaml",
                    "run.yaml:1:10: error: extends: expected the path of a file, or a list of paths\n");
    expect_problems("nowhere.yaml", "error: nowhere.yaml: cannot open: No such file or directory\n");
    expect_problems(".", "error: .: is not a regular file\n");
}

/* What is no file is not opened as one: nothing is waited for, and nothing endless is read. */
static void extends_files_alone(void **state)
{
    (void)state;
    static const char *const keys[] = {"extends", "layers"};
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    assert_int_equal(mkdir(path_of("folder"), 0700), 0);
    assert_int_equal(symlink("loop2", path_of("loop1")), 0);
    assert_int_equal(symlink("loop1", path_of("loop2")), 0);
    assert_int_equal(symlink("/dev/zero", path_of("zero")), 0);
    put("large", T);
    assert_int_equal(truncate(path_of("large"), 1 << 30), 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        static const struct {
            const char *name, *problem;
        } cases[] = {{"fifo", "fifo: is not a regular file"},
                     {"folder", "folder: is not a regular file"},
                     {"loop1", "loop1: cannot open: Too many levels of symbolic links"},
                     {"zero", "zero: is not a regular file"},
                     {"/dev/zero", "/dev/zero: is not a regular file"},
                     {"large", "large: is larger than 1 MiB; an experiment file has a few hundred lines"},
                     {"\"a\\nb\"", "a\ufffdb: cannot open: No such file or directory"}};
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            char text[128], expected[256];
            snprintf(text, sizeof text, T "%s: %s\n", keys[i], cases[k].name);
            snprintf(expected, sizeof expected, "run.yaml:2:%zu: error: %s\n", strlen(keys[i]) + 3,
                     cases[k].problem);
            put("run.yaml", text);
            expect_problems("run.yaml", expected);
        }
    }
    unlink(path_of("large"));
    put("self.yaml", "extends: [other.yaml, self.yaml]\n" T);
    put("other.yaml", "seed: 1\n");
    expect_problems("self.yaml",
                    "self.yaml:1:23: error: extends: a cycle: self.yaml leads back to itself here\n");
}

static void kind_of_the_first_error(void **state)
{
    (void)state;
    struct loaded x;
    load(&x, "nowhere.yaml", 0, NULL);
    assert_int_equal(x.diag.kind, MT_ERR_DATA);
    assert_null(x.conf);
    release(&x);
    put("run.yaml", "sed: 3\n" T);
    load(&x, "run.yaml", 0, NULL);
    assert_int_equal(x.diag.kind, MT_ERR_USAGE);
    release(&x);
}

/* Two files that each extend the next twice: 2^16 readings without a limit. */
static void files_are_counted(void **state)
{
    (void)state;
    struct loaded x;
    char name[32], text[64];
    for (int i = 0; i < 15; i++) {
        snprintf(name, sizeof name, "f%d.yaml", i);
        snprintf(text, sizeof text, "extends: [f%d.yaml, f%d.yaml]\n", i + 1, i + 1);
        put(name, text);
    }
    put("f15.yaml", T);
    load(&x, "f0.yaml", 0, NULL);
    assert_non_null(strstr(x.problems, "more than 64 files make up this experiment"));
    release(&x);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "g%d.yaml", i);
        snprintf(text, sizeof text, "extends: g%d.yaml\n", i + 1);
        put(name, text);
    }
    put("g20.yaml", T);
    load(&x, "g0.yaml", 0, NULL);
    assert_non_null(strstr(x.problems, "more than 16 deep"));
    release(&x);
}

static void lists_come_from_files(void **state)
{
    (void)state;
    struct loaded x;
    static const char *const set[] = {"layers[1].size=5"};
    put("nets/small.yaml", "- conv2d: {filters: 4}\n- max_pool: 2\n- flatten\n");
    put("run.yaml", "layers: nets/small.yaml\n" T);
    load(&x, "run.yaml", 0, NULL);
    assert_string_equal(x.problems, "");
    assert_int_equal(x.doc.layers.n, 3);
    assert_int_equal(((const struct conv_cfg *)x.doc.layers.v[0].cfg)->filters, 4);
    assert_null(x.doc.layers.v[2].cfg);
    mt_conf_warn(x.conf, "layers[0].filters", &x.diag, "text");
    assert_non_null(strstr(x.diag.text.data, "nets/small.yaml:1:21: warning"));
    release(&x);

    load(&x, "run.yaml", 1, set);
    assert_string_equal(x.problems, "");
    assert_int_equal(((const struct pool_cfg *)x.doc.layers.v[1].cfg)->size.v[0], 5);
    release(&x);

    put("nets/small.yaml", "- conv2d: {filter: 4}\n- dropout: 2\n");
    expect_problems(
        "run.yaml",
        "nets/small.yaml:1:12: error: unknown key 'filter' in 'layers[0]'; did you mean 'filters'?\n"
        "nets/small.yaml:2:12: error: layers[1].rate: expected a number in [0, 1), got 2\n");
    put("nets/small.yaml", "a: 3\n");
    expect_problems("run.yaml",
                    "nets/small.yaml:1:1: error: expected a list, one '- item' per line, got keys\n");
}

static void paths_follow_the_file_that_says_them(void **state)
{
    (void)state;
    struct loaded x;
    char expected[160];
    static const char *const set[] = {"train.init_from=w.bin"};
    put("sub/base.yaml", "test: {format: idx, images: ../data/a.gz, labels: /abs/b.gz}\ntrain: {epochs: 1, "
                         "init_from: m.bin}\n");
    put("run.yaml", "extends: sub/base.yaml\n");
    load(&x, "run.yaml", 0, NULL);
    const struct idx_source_cfg *test = x.doc.test.cfg;
    snprintf(expected, sizeof expected, "%s/sub/../data/a.gz", root);
    assert_string_equal(test->images, expected);
    assert_string_equal(test->labels, "/abs/b.gz");
    release(&x);
    load(&x, "run.yaml", 1, set);
    assert_string_equal(x.doc.train.init, "w.bin");
    release(&x);
}

static void prints_where_values_come_from(void **state)
{
    (void)state;
    struct loaded x;
    struct mt_buf out = {0};
    static const char *const set[] = {"seed=4"};
    put("base.yaml", "train: {epochs: 3}\nhead: {type: arcface, scale: 7}\n");
    put("run.yaml", "extends: base.yaml\nlayers:\n- max_pool: 2\n- flatten\n");
    load(&x, "run.yaml", 1, set);
    mt_conf_print(x.conf, doc_fields, &x.doc, true, &out);
    static const char *const lines[] = {
        "seed: 4 # --set\n",        "type: arcface # base.yaml:2\n", "s: 7 # base.yaml:2\n",
        "m: 0.5 # default\n",       "- max_pool: # run.yaml:3\n",    "size: [2] # run.yaml:3\n",
        "- flatten # run.yaml:4\n", "epochs: 3 # base.yaml:1\n",     "lr: 0.001 # default\n"};
    struct mt_buf squeezed = {0}; /* one space before each comment, no folder */
    for (const char *p = out.data; *p; p++) {
        while (!strncmp(p, root, strlen(root)))
            p += strlen(root) + 1;
        if (*p != ' ' || p[1] != ' ')
            mt_buf_append(&squeezed, p, 1);
    }
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!strstr(squeezed.data, lines[i]))
            print_error("%s%s", lines[i], squeezed.data);
        assert_non_null(strstr(squeezed.data, lines[i]));
    }
    mt_buf_release(&squeezed);
    mt_buf_release(&out);
    release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_merge_and_lists_replace),
        cmocka_unit_test(the_command_line_wins),
        cmocka_unit_test(another_kind_replaces),
        cmocka_unit_test(several_bases_in_order),
        cmocka_unit_test(says_which_file_cannot_be_extended),
        cmocka_unit_test(extends_files_alone),
        cmocka_unit_test(kind_of_the_first_error),
        cmocka_unit_test(files_are_counted),
        cmocka_unit_test(lists_come_from_files),
        cmocka_unit_test(paths_follow_the_file_that_says_them),
        cmocka_unit_test(prints_where_values_come_from),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}

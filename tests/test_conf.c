/* Tests of lib/conf on single texts: what is read, what is refused and in which words. Every case names all
 * problems that are found, with their places. */
#include "tests/test.h"

#include "lib/conf/conf.h"
#include "tests/conf_schema.h"

struct text_case {
    const char *text, *set, *expected;
};

/* Loads and binds `text`; the first lines of all problems, one per line and without "t.yaml:". */
static char *problems(const char *text, const char *set)
{
    struct mt_diag diag = {0};
    struct mt_conf *conf = NULL;
    struct doc doc = {0};
    char *got = calloc(1, 65536);
    mt_conf_load_text(&conf, "t.yaml", ".", text, strlen(text), &set, set != NULL, &diag);
    if (conf)
        mt_conf_bind(conf, doc_fields, &doc, &diag);
    for (char *line = diag.errors ? strtok(diag.text.data, "\n") : NULL; line; line = strtok(NULL, "\n"))
        if (line[0] != ' ')
            sprintf(got + strlen(got), "%s%s", *got ? "\n" : "",
                    strncmp(line, "t.yaml:", 7) ? line : line + 7);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    return got;
}

static void check_all(const struct text_case *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = problems(c[i].text, c[i].set);
        if (strcmp(got, c[i].expected) != 0)
            print_error("case %zu:\n%s\n", i, c[i].text);
        assert_string_equal(got, c[i].expected);
        free(got);
    }
}

/* --- YAML --- */

#define T "train: {epochs: 3}\n"

static const struct text_case yaml_cases[] = {
    {T, NULL, ""},
    {"\xef\xbb\xbf" T, NULL, ""},
    {"# first\n---\n" T "...\n", NULL, ""},
    {"%YAML 1.1\n---\n" T, NULL, ""},
    {"train:\r\n  epochs: 3\r\n", NULL, ""},
    {"train: {epochs: 3,}\n", NULL, ""},
    {"a: &a {epochs: 3}\ntrain: *a\n", NULL,
     "1:1: error: unknown key 'a'; known here: name, seed, head, test, layers, train, splits, rates, words"},
    {"train: &t {epochs: 3}\nname: &n x\nwords: [*n, *n]\n", NULL, ""},
    {"train:\n  early_stop: &s {mode: max}\n  <<: {epochs: 3, lr: 2}\n", NULL, ""},
    {"test: &t {from: train}\ntrain: {<<: [{epochs: 3}, {epochs: 4}]}\n", NULL, ""},
    {"", NULL, "1:1: error: expected keys with values, such as 'seed: 0', got nothing"},
    {"# nothing\n\n", NULL, "3:1: error: expected keys with values, such as 'seed: 0', got nothing"},
    {"---\n", NULL, "2:1: error: expected keys with values, such as 'seed: 0', got nothing"},
    {"- a\n", NULL, "1:1: error: expected keys with values, such as 'seed: 0', got a list"},
    {"just text\n", NULL, "1:1: error: expected keys with values, such as 'seed: 0', got text"},
    {T "---\n" T, NULL, "2:1: error: a second document begins here; a file holds one"},
    {T "train: {epochs: 4}\n", NULL, "2:1: error: duplicate key 'train', first on line 1"},
    {"train: {epochs: 3, lr: 1, epochs: 4}\n", NULL, "1:27: error: duplicate key 'epochs', first on line 1"},
    {"train:\n  <<: {epochs: 3}\n  <<: {lr: 4}\n", NULL, "3:3: error: duplicate key '<<', first on line 2"},
    {"train:\n  <<: 3\n  epochs: 3\n", NULL,
     "2:3: error: '<<' takes a map or a list of maps, written as aliases"},
    {"train:\n\tepochs: 3\n", NULL, "2:1: error: tab used for indentation; use spaces"},
    {"train:\n  epochs: 3\n lr: 4\n", NULL,
     "3:2: error: expected a key; check the indentation, and quotes and brackets above; the map begins on "
     "line 1"},
    {"train: epochs: 3\n", NULL,
     "1:14: error: a ':' is not allowed here; quote the value, or put the key on a line of its own with the "
     "same indentation as its neighbors"},
    {"train:\n  epochs 3\n  lr: 4\n", NULL,
     "3:5: error: a ':' is not allowed here; quote the value, or put the key on a line of its own with the "
     "same indentation as its neighbors"},
    {"name: \"abc\n", NULL, "2:1: error: the quote is never closed; the quoted text begins on line 1"},
    {"rates: [1, 2\nname: x\n", NULL, "2:5: error: expected ',' or ']'; the list begins on line 1"},
    {"train: {epochs: 3\n", NULL, "2:1: error: expected ',' or '}'; the map begins on line 1"},
    {"name: !str x\n", NULL, "1:7: error: tags ('!str') are not allowed; values are typed by their key"},
    {"name: !!str x\n", NULL,
     "1:7: error: tags ('tag:yaml.org,2002:str') are not allowed; values are typed by their key"},
    {"name: !e!x y\n", NULL, "1:7: error: tags ('!...') are not allowed; values are typed by their key"},
    {"a: &a [*a]\n", NULL, "1:8: error: alias '*a' stands inside the value that it stands for"},
    {"a: *b\n", NULL, "1:4: error: alias '*b' stands for nothing: no '&b' before it"},
    {"? [a]\n: 3\n", NULL, "1:3: error: a key is one word, without anchor, alias or tag"},
    {"&k name: 3\n", NULL, "1:1: error: a key is one word, without anchor, alias or tag"},
    {"name: \"a\\0b\"\n", NULL, "1:7: error: the value holds a NUL character"},
    {"name: a\x01z\n", NULL, "1:8: error: control character U+0001 is not allowed; remove it"},
    {T "name: \xc3\x28\n", NULL, "2:7: error: byte 0xc3 is not UTF-8; save the file as UTF-8"},
    {"name: \xed\xa0\x80\n", NULL, "1:7: error: byte 0xed is not UTF-8; save the file as UTF-8"},
    {"name: \xe9t\xe9\n", NULL, "1:7: error: byte 0xe9 is not UTF-8; save the file as UTF-8"},
    {"\xff\xfen", NULL, " error: is UTF-16 text; save it as UTF-8"},
    {"[[[[[[[[[[[[[[[[[[", NULL, "1:17: error: nested deeper than 16 levels"},
    {"name: @x\n", NULL, "1:7: error: a value cannot begin with this character; put it in quotes"},
};

static void reads_yaml(void **state)
{
    (void)state;
    check_all(yaml_cases, sizeof yaml_cases / sizeof *yaml_cases);
}

/* --- binding --- */

#define HEAD "train: {epochs: 3}\nhead: "

static const struct text_case bind_cases[] = {
    /* numbers */
    {"train: {epochs: +3, lr: .5}", NULL, ""},
    {"train: {epochs: 3, lr: 1e-4}", NULL, ""},
    {"train: {epochs: '3', lr: \"5E+1\"}", NULL, ""},
    {"train: {epochs: ten}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 'ten'"},
    {"train: {epochs: 0}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 0"},
    {"train: {epochs: 1e3}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 1e3; write it in digits "
     "alone"},
    {"train: {epochs: 3.0}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 3.0; write it in digits "
     "alone"},
    {"train: {epochs: 60_000}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got '60_000'; write it without "
     "underscores"},
    {"train: {epochs: 010}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 010; write it without "
     "leading zeros"},
    {"train: {epochs: 0x10}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got '0x10'; write it in "
     "decimal"},
    {"train: {epochs: 99999999999999999999}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 99999999999999999999"},
    {"train: {epochs: [3]}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got a list"},
    {"train: {epochs: {a: 3}}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got keys"},
    {"train: {epochs: ''}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got nothing"},
    {"train: {epochs: }", NULL, "1:9: error: train.epochs: has no value; leave the key out for the default"},
    {T "seed: 9007199254740993", NULL,
     "2:7: error: seed: expected an integer in [0, 9007199254740992], got 9007199254740993"},
    {"train: {epochs: 3, lr: 0}", NULL, "1:24: error: train.lr: expected a number in (0, 1000], got 0"},
    {"train: {epochs: 3, lr: -3}", NULL, "1:24: error: train.lr: expected a number in (0, 1000], got -3"},
    {"train: {epochs: 3, lr: nan}", NULL,
     "1:24: error: train.lr: expected a number in (0, 1000], got 'nan'; write a finite number"},
    {"train: {epochs: 3, lr: .inf}", NULL,
     "1:24: error: train.lr: expected a number in (0, 1000], got '.inf'; write a finite number"},
    {"train: {epochs: 3, lr: 0x1p3}", NULL,
     "1:24: error: train.lr: expected a number in (0, 1000], got '0x1p3'"},
    {"train: {epochs: 3, lr: 1e}", NULL, "1:24: error: train.lr: expected a number in (0, 1000], got '1e'"},
    {"train: {epochs: 3, clip: 1e999}", NULL, "1:26: error: train.clip: expected a number > 0, got 1e999"},
    {"train:\n  epochs: 3\n  lr: 0,5\n", NULL,
     "3:7: error: train.lr: expected a number in (0, 1000], got '0,5'; write the decimal point as '.'"},
    {"train:\n  epochs: 3\n  lr: 1 2\n", NULL,
     "3:7: error: train.lr: expected a number in (0, 1000], got '1 2'"},
    {T "rates: [0, 1.5]", NULL,
     "2:12: error: rates[1]: expected a number in [0, 1] or a list of them, got 1.5"},
    {T "rates: 0.5", NULL, ""},
    /* booleans, words, lists */
    {"train: {epochs: 3, shuffle: false}", NULL, ""},
    {"train: {epochs: 3, shuffle: yes}", NULL,
     "1:29: error: train.shuffle: expected true or false, got 'yes'; write true"},
    {"train: {epochs: 3, shuffle: False}", NULL,
     "1:29: error: train.shuffle: expected true or false, got 'False'; write false"},
    {"train: {epochs: 3, early_stop: {mode: mx}}", NULL,
     "1:39: error: train.early_stop.mode: expected one of max, min, got 'mx'; did you mean 'max'?"},
    {"train: {epochs: 3, early_stop: 3}", NULL, "1:32: error: train.early_stop: expected keys with values"},
    {"train:\n  epochs: 3\n  early_stop:\n", NULL, ""},
    {"train: {epochs: 3, init_from: ''}", NULL, "1:31: error: train.init_from: expected a path, got nothing"},
    {T "splits: test", NULL, ""},
    {T "splits: []", NULL, ""},
    {T "splits: [test, tests]", NULL,
     "2:16: error: splits[1]: expected one of train, validation, test, got 'tests'; did you mean 'test'?"},
    {T "splits: {test: 1}", NULL, "2:9: error: splits: expected a list of train, validation, test, got keys"},
    {T "words: [[a]]", NULL, "2:9: error: words[0]: expected a list of words, got a list"},
    {T "name: [a]", NULL, "2:7: error: name: expected text, got a list"},
    {T "name: null\nseed: ~", NULL, ""},
    {"train: {epochs: null}", NULL,
     "1:9: error: missing required key 'train.epochs' (an integer in [1, 1000000] epochs)"},
    /* unknown and missing keys */
    {"name: x\n", NULL,
     "1:1: error: missing required key 'train.epochs' (an integer in [1, 1000000] epochs)"},
    {"name: x\ntrain: {}\n", NULL,
     "2:1: error: missing required key 'train.epochs' (an integer in [1, 1000000] epochs)"},
    {T "sead: 3", NULL, "2:1: error: unknown key 'sead'; did you mean 'seed'?"},
    {T "patience: 3", NULL, "2:1: error: unknown key 'patience'; did you mean 'train.early_stop.patience'?"},
    {"train: {epoch: 3}", NULL, "1:9: error: unknown key 'epoch' in 'train'; did you mean 'epochs'?"},
    {HEAD "{type: arcface, marign: 0.5}", NULL,
     "2:23: error: unknown key 'marign' in 'head'; did you mean 'margin' (alias of 'm')?"},
    {HEAD "{type: arcface, t_rule: paper}", NULL,
     "2:23: error: 't_rule' is a key of head type curricularface, not arcface"},
    {HEAD "{type: softmax, s: 3}", NULL,
     "2:23: error: 's' is a key of head type arcface, curricularface, not softmax"},
    {HEAD "{s: 3}", NULL,
     "2:8: error: 's' is a key of head type arcface, curricularface, not softmax, which is meant because "
     "'type' is missing"},
    {HEAD "{typ: arcface}", NULL, "2:8: error: unknown key 'typ' in 'head'; did you mean 'type'?"},
    {HEAD "{type: softmax, zzz: 3}", NULL, "2:23: error: unknown key 'zzz' in 'head'; known here: type"},
    /* rows of tables */
    {HEAD "arcface", NULL, ""},
    {HEAD "{type: arcface, scale: 3, margin: 0.1}", NULL, ""},
    {HEAD "{type: arcface, s: 3, scale: 3}", NULL,
     "2:29: error: 'scale' is an alias of 's', which is given, too; keep one"},
    {HEAD "acrface", NULL, "2:7: error: head: unknown head 'acrface'; did you mean 'arcface'?"},
    {HEAD "{type: triplet}", NULL,
     "2:14: error: head: unknown head 'triplet'; known: softmax, arcface, curricularface"},
    {HEAD "{type: [a]}", NULL, "2:14: error: head.type: expected one of softmax, arcface, curricularface"},
    {HEAD "[arcface]", NULL, "2:7: error: head: expected one head, not a list"},
    {HEAD "{type: arcface, s: 0.1, m: 0.5}", NULL, "2:34: error: head.m: m is larger than s = 0.1"},
    {HEAD "{type: arcface, s: 0.1}", NULL, "2:1: error: head.m: m is larger than s = 0.1"},
    {HEAD "{type: arcface, s: 0.1, m: 3.14159}", NULL,
     "2:34: error: head.m: expected a number in [0, 3.14159) rad, got 3.14159"},
    {T "test: {from: train, last: 5}", NULL, ""},
    {T "test: {format: idx}", NULL, "2:1: error: missing required key 'test.images' (a path)"},
    {T "test: {images: a}", NULL,
     "2:8: error: 'images' is a key of format idx, not split, which is meant because 'format' is missing\n"
     "2:1: error: missing required key 'test.from' (one of train)"},
    {T "layers:\n- conv2d: {filters: 8}\n- max_pool: 2\n- max_pool: [2, 3]\n- flatten\n- flatten:\n- "
       "flatten: {}\n- dropout: .5\n",
     NULL, ""},
    {T "layers: [conv2d]", NULL,
     "2:10: error: missing required key 'layers[0].filters' (an integer in [1, 4096])"},
    {T "layers:\n- conv2d:\n  filters: 8\n", NULL,
     "4:3: error: layers[0]: 'filters' stands beside 'conv2d'; keys of a layer are indented further than its "
     "name"},
    {T "layers: [{}]", NULL, "2:10: error: layers[0]: expected the name of a layer"},
    {T "layers: [[flatten]]", NULL,
     "2:10: error: layers[0]: expected a layer: its name, or its name with keys below"},
    {T "layers: [flaten]", NULL, "2:10: error: layers[0]: unknown layer 'flaten'; did you mean 'flatten'?"},
    {T "layers: [flatten: 3]", NULL, "2:19: error: layers[0]: takes no value"},
    {T "layers: [{flatten: {rate: 3}}]", NULL, "2:21: error: 'rate' is a key of layer dropout, not flatten"},
    {T "layers: [{conv2d: {filters: 8, kernel: [3, x]}}]", NULL,
     "2:44: error: layers[0].kernel[1]: expected an integer in [1, 64] pixels or a list of them, got 'x'"},
    {T "layers: {conv2d: 3}", NULL,
     "2:9: error: layers: expected a list of layers, or the path of a file that holds one"},
    {T "layers: /nonexistent/n.yaml", NULL,
     "2:9: error: /nonexistent/n.yaml: cannot open: No such file or directory"},
    /* several at once, in the order of the text */
    {"seed: -1\ntrain: {epochs: x, lr: y}\nnme: z\n", NULL,
     "1:7: error: seed: expected an integer in [0, 9007199254740992], got -1\n"
     "2:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 'x'\n"
     "2:24: error: train.lr: expected a number in (0, 1000], got 'y'\n"
     "3:1: error: unknown key 'nme'; did you mean 'name'?"},
};

static void binds(void **state)
{
    (void)state;
    check_all(bind_cases, sizeof bind_cases / sizeof *bind_cases);
}

/* --- --set --- */

#define LAYERS T "layers:\n- conv2d: {filters: 8}\n- dropout: 0.5\n- flatten\n"

static const struct text_case set_cases[] = {
    {T, "train.epochs=5", ""},
    {T, "head.type=arcface", ""},
    {T, "head={type: arcface, scale: 3}", ""},
    {T, "rates=[0.1, 0.2]", ""},
    {HEAD "{type: arcface, s: 3}", "head.scale=4", ""},
    {HEAD "{type: arcface, s: 3}", "head.type=softmax", ""},
    {HEAD "{type: arcface, s: 3}", "head=softmax", ""},
    {HEAD "arcface", "head.s=3", ""},
    {LAYERS, "layers[0].filters=9", ""},
    {LAYERS, "layers[0].conv2d.filters=9", ""},
    {LAYERS, "layers[1].rate=0.1", ""},
    {LAYERS, "layers[1]=flatten", ""},
    {HEAD "{type: arcface}", "head.mm=3",
     "--set head.mm=3: error: unknown key 'head.mm'; did you mean 'head.m'?"},
    {HEAD "{type: arcface}", "head.marign=3",
     "--set head.marign=3: error: unknown key 'head.marign'; did you mean 'head.margin' (alias of 'm')?"},
    {T, "sed=3", "--set sed=3: error: unknown key 'sed'; did you mean 'seed'?"},
    {T, "seed=x", "--set seed=x: error: seed: expected an integer in [0, 9007199254740992], got 'x'"},
    {T, "seed=", "--set seed=: error: seed: has no value; leave the key out for the default"},
    {T, "seed", "--set seed: error: expected KEY=VALUE, for instance head.m=0.5"},
    {T, "=3", "--set =3: error: expected KEY=VALUE, for instance head.m=0.5"},
    {T, "a..b=3", "--set a..b=3: error: a part of the path is empty; write it as head.m=0.5"},
    {T, "a.=3", "--set a.=3: error: the path ends in a dot"},
    {T, "a[x]=3", "--set a[x]=3: error: expected [N] with N = 0, 1, ... in the path"},
    {T, "[0]=3", "--set [0]=3: error: a part of the path is empty; write it as head.m=0.5"},
    {T, "seed[0]=3", "--set seed[0]=3: error: [0] stands behind something that is not a list"},
    {LAYERS, "layers[3]=flatten", "--set layers[3]=flatten: error: the list has 3 items, [0] to [2]"},
    {LAYERS, "layers[0].filters=0",
     "--set layers[0].filters=0: error: layers[0].filters: expected an integer in [1, 4096], got 0"},
    {T, "train=3", "--set train=3: error: train: expected keys with values"},
    {T, "name=[a", "--set name=[a: error: expected ',' or ']'"},
    {T, "extends=a.yaml", "--set extends=a.yaml: error: 'extends' can only stand in a file"},
    {T, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=3",
     "--set a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=3: error: the path has more than 16 parts"},
};

static void sets(void **state)
{
    (void)state;
    check_all(set_cases, sizeof set_cases / sizeof *set_cases);
}

/* --- how a problem looks --- */

static void shows_the_source(void **state)
{
    (void)state;
    static const char text[] = "train: {epochs: 3}\nhead:\n  type: arcface\n  marign:\t0.5 # \xc3\xa9\n";
    static const char expected[] =
        "t.yaml:4:3: error: unknown key 'marign' in 'head'; did you mean 'margin' (alias of 'm')?\n"
        "    4 |   marign:\t0.5 # \xc3\xa9\n"
        "      |   ^~~~~~\n";
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct doc doc = {0};
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, strlen(text), NULL, 0, &diag), 0);
    assert_int_equal(mt_conf_bind(conf, doc_fields, &doc, &diag), -1);
    assert_string_equal(diag.text.data, expected);
    assert_int_equal(diag.errors, 1);
    assert_int_equal(diag.kind, MT_ERR_USAGE);
    mt_conf_free(conf);
    mt_diag_release(&diag);
}

static void later_problems_find_their_place(void **state)
{
    (void)state;
    static const char text[] = "head: {type: arcface, margin: 1}\nlayers:\n- conv2d: {filters: 8}\n- "
                               "max_pool: 2\ntrain: {epochs: 3}\n";
    static const struct {
        const char *key, *place;
    } cases[] = {
        {"head.m", "t.yaml:1:31: warning: head.m: text"},
        {"head.s", "t.yaml:1:1: warning: head.s: text"},
        {"layers[0].filters", "t.yaml:3:21: warning: "},
        {"layers[0].kernel", "t.yaml:3:3: warning: "},
        {"layers[1].size", "t.yaml:4:3: warning: "},
        {"layers[7]", "t.yaml:2:1: warning: "},
        {"train.early_stop.mode", "t.yaml:5:1: warning: "},
        {"nothing.such", "t.yaml:1:1: warning: "},
        {NULL, "t.yaml:1:1: warning: text"},
    };
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct doc doc = {0};
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, strlen(text), NULL, 0, &diag), 0);
    assert_int_equal(mt_conf_bind(conf, doc_fields, &doc, &diag), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mt_conf_warn(conf, cases[i].key, &diag, "%s", "text");
        diag.text.data[strlen(cases[i].place)] = 0;
        assert_string_equal(diag.text.data, cases[i].place);
        mt_diag_release(&diag);
    }
    mt_conf_free(conf);
}

static void shows_twenty_and_counts_the_rest(void **state)
{
    (void)state;
    char text[4096] = T;
    for (int i = 0; i < 25; i++)
        sprintf(text + strlen(text), "k%d: 0\n", i);
    char *got = problems(text, NULL), *last = strrchr(got, '\n');
    assert_string_equal(last + 1, "... and 5 more");
    int lines = 0;
    for (char *p = got; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 20);
    free(got);
}

/* Each would take minutes or gigabytes without the limits. */
static void bombs_are_refused(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    size_t len = 1 << 20;
    char *text = malloc(len + 1);
    static const char *const repeated[] = {"[",   "{a: ", "- ", "? ", "&a ", "'",      "a: &a\n",
                                           "*a ", "#\n",  "a,", "!",  "\n",  "- - a: "};
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        size_t n = strlen(repeated[i]);
        for (size_t at = 0; at < len; at++)
            text[at] = repeated[i][at % n];
        assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, len, NULL, 0, &diag), -1);
        assert_null(conf);
        assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, len + 1, NULL, 0, &diag), -1);
    }
    char *p = text + sprintf(text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++)
        p += sprintf(p, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
                     i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, (size_t)(p - text), NULL, 0, &diag), -1);
    p = text + sprintf(text, "a0: &a0 {k: x}\n");
    for (int i = 1; i < 20; i++)
        p += sprintf(p, "a%d: &a%d {k: *a%d}\n", i, i, i - 1);
    mt_diag_release(&diag);
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, (size_t)(p - text), NULL, 0, &diag), -1);
    assert_non_null(strstr(diag.text.data, "nested deeper than 16 levels"));
    mt_diag_release(&diag);
    p = text;
    for (int i = 0; i < 30000; i++) /* each is compared with all before it */
        p += sprintf(p, "%%TAG !%d! tag:%d\n", i, i);
    p += sprintf(p, "---\nseed: 1\n");
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, (size_t)(p - text), NULL, 0, &diag), -1);
    assert_non_null(strstr(diag.text.data, "more than 4 lines begin with '%'"));
    mt_diag_release(&diag);
    free(text);
}

/* Keys, values and options of any length are not repeated at theirs. */
static void long_words_are_cut(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "%s: 1\n",      "seed: %s\n",          "seed: !%s 1\n",   "seed: *%s\n",
        "head: %s\n",   "head: {type: %s}\n",  "head: {%s: 1}\n", "extends: %s\n",
        "splits: %s\n", "a: {%s: 1, %s: 2}\n", "seed: \"%s"};
    size_t len = 100000;
    char *word = malloc(len + 1), *text = malloc(2 * len + 100);
    memset(word, 'w', len);
    word[len] = 0;
    for (size_t i = 0; i < 2 * sizeof texts / sizeof *texts; i++) {
        bool set = i >= sizeof texts / sizeof *texts;
        struct mt_diag diag = {0};
        struct mt_conf *conf = NULL;
        struct doc doc = {0};
        char *option = NULL;
        sprintf(text, texts[i % (sizeof texts / sizeof *texts)], word, word);
        assert_true(asprintf(&option, "%s=%s", i % 2 ? "name" : word, text) > 0);
        const char *options[] = {option};
        mt_conf_load_text(&conf, "t.yaml", ".", set ? T : text, strlen(set ? T : text), options, set, &diag);
        if (conf)
            mt_conf_bind(conf, doc_fields, &doc, &diag);
        assert_true(diag.errors > 0);
        assert_true(diag.text.len < 12000);
        mt_conf_free(conf);
        mt_diag_release(&diag);
        free(option);
    }
    free(word);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_yaml),
        cmocka_unit_test(binds),
        cmocka_unit_test(sets),
        cmocka_unit_test(shows_the_source),
        cmocka_unit_test(later_problems_find_their_place),
        cmocka_unit_test(shows_twenty_and_counts_the_rest),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(long_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

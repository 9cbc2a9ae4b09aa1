/* Tests of lib/conf that loop over the tables: every field of the experiment and of every row of every table,
 * so that what is added is tested unasked. */
#include "tests/conf_bind.h"

#include <math.h>

#include "lib/conf/conf.h"
#include "lib/data/dataset.h"
#include "lib/head/head.h"
#include "lib/nn/layer.h"
#include "lib/optim/optim.h"
#include "lib/train/stages.h"
#include "lib/train/sweep_section.h"
#include "tests/conf_generate.h"
#include "tests/conf_schema.h"

static const struct mt_table *const tables[] = {&mt_head_table,   &mt_layer_table,
                                                &mt_optim_table,  &mt_schedule_table,
                                                &mt_format_table, &mt_transform_table,
                                                &mt_stage_table,  &mt_sweep_table,
                                                &heads,           &layers,
                                                &sources};

/* --- every field --- */

typedef void each_field(const struct mt_field *f);

/* Also of every row of every table that a field names: what is added to one is met here unasked. */
static void for_fields(const struct mt_field *fields, each_field *each)
{
    for (const struct mt_field *f = fields; f && f->name; f++) {
        if (f->type == MT_MAP)
            for_fields(f->map, each);
        else
            each(f);
        for (const struct mt_kind *const *k = f->table ? f->table->row : NULL; k && *k; k++)
            for_fields((*k)->fields, each);
    }
}

static void for_all(each_field *each)
{
    for_fields(mt_experiment_fields, each);
    for_fields(doc_fields, each);
}

static void check_bound(const struct mt_field *f, double bound, bool open, double outwards)
{
    bool integer = f->type == MT_INT || f->type == MT_INTS || f->type == MT_BYTES;
    double beyond = integer ? bound + outwards : nextafter(bound, outwards * INFINITY);
    double within = integer ? bound - outwards : nextafter(bound, -outwards * INFINITY);
    const struct {
        double value;
        bool taken;
    } cases[] = {{beyond, false}, {bound, !open}, {within, true}};
    for (int i = 0; i < 3; i++) {
        char text[64];
        double got = 0;
        int64_t got_int = 0;
        bool one_value = f->max == f->min && i == 2;
        snprintf(text, sizeof text, integer ? "%.0f" : "%.17g", cases[i].value);
        if (one_value || (integer && fabs(bound) > 9e15 && i == 0))
            continue; /* the next integer is no double */
        bool taken = takes(f, text, integer ? (void *)&got_int : &got);
        if (taken != cases[i].taken)
            print_error("%s: %s\n", f->name, text);
        assert_int_equal(taken, cases[i].taken);
        if (taken && (f->type == MT_INT || f->type == MT_BYTES))
            assert_true((double)got_int == cases[i].value);
        if (taken && f->type == MT_REAL)
            assert_true(got == cases[i].value);
    }
}

static void check_range(const struct mt_field *f)
{
    if ((f->type != MT_INT && f->type != MT_REAL && f->type != MT_BYTES && f->type != MT_INTS &&
         f->type != MT_REALS) ||
        (f->min == 0 && f->max == 0))
        return;
    if (f->min > MT_NO_MIN)
        check_bound(f, f->min, f->flags & MT_F_ABOVE_MIN, -1);
    if (f->max < MT_NO_MAX)
        check_bound(f, f->max, f->flags & MT_F_BELOW_MAX, 1);
    static const char *const never[] = {".nan",   ".inf", "-.inf", "nan", "inf",    "1e400",
                                        "-1e400", "x",    "0x10",  "''",  "1,5",    "1_0",
                                        "{a: 1}", "1 2",  "1e",    "--1", "\u0661", "+"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (takes(f, never[i], NULL))
            fail_msg("%s: %s", f->name, never[i]);
}

/* A table in place of one that was forgotten would make the tests over all fields pass. */
static int met;
static void count_field(const struct mt_field *f)
{
    met += f->type != MT_MAP;
}

static void all_fields_are_met(void **state)
{
    (void)state;
    met = 0;
    for_fields(mt_experiment_fields, count_field);
    assert_true(met > 300);
}

static void ranges_hold_to_the_last_bit(void **state)
{
    (void)state;
    for_all(check_range);
}

static void check_default(const struct mt_field *f)
{
    bool absent = f->table && !f->table->row[0];
    if (!absent)
        assert_int_equal(takes(f, NULL, NULL), !(f->flags & MT_F_REQUIRED) || f->def != NULL);
}

static void defaults_are_allowed(void **state)
{
    (void)state;
    for_all(check_default);
}

static void check_field(const struct mt_field *f)
{
    assert_true(strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(f->name));
    if (!f->help || f->help[strlen(f->help) - 1] != '.')
        print_error("the help of %s is not a sentence\n", f->name);
    assert_true(f->help && f->help[strlen(f->help) - 1] == '.');
    assert_int_equal(f->type == MT_CHOICE || f->type == MT_CHOICES, f->choices != NULL);
    assert_int_equal(f->type == MT_VARIANT || f->type == MT_VARIANTS || f->type == MT_RECORDS,
                     f->table != NULL);
    assert_int_equal(f->type == MT_VARIANT, f->tag != NULL);
    assert_true(f->min <= f->max);
    int n = 0;
    while (f->choices && f->choices[n])
        n++;
    assert_true(f->type != MT_CHOICES || n <= 32);
    for (int i = 0; f->tag && f->table->row[i]; i++)
        for (const struct mt_field *g = f->table->row[i]->fields; g && g->name; g++)
            assert_string_not_equal(g->name, f->tag);
}

static void check_names(const struct mt_field *fields)
{
    for (const struct mt_field *f = fields; f && f->name; f++) {
        if (f->type == MT_MAP)
            check_names(f->map);
        for (const struct mt_field *g = fields; g->name; g++) {
            assert_true(f == g || strcmp(f->name, g->name) != 0);
            assert_true(!f->alias || strcmp(f->alias, g->name) != 0);
            assert_true(f == g || !f->alias || !g->alias || strcmp(f->alias, g->alias) != 0);
        }
    }
}

static void tables_are_sound(void **state)
{
    (void)state;
    for_all(check_field);
    check_names(mt_experiment_fields);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct mt_kind *const *k = tables[t]->row; *k; k++) {
            assert_ptr_equal(mt_table_find(tables[t], (*k)->name), *k); /* no second one of its name */
            assert_true((*k)->help && (*k)->help[strlen((*k)->help) - 1] == '.');
            check_names((*k)->fields);
            for (const struct mt_field *f = (*k)->fields; f && f->name; f++)
                assert_true(f->type == MT_MAP || f->offset < (*k)->cfg_size);
        }
}

/* --- mutations --- */

/* Changes a few bytes, or takes out or repeats a piece. */
static size_t mutate(uint64_t *r, char *text, size_t len, size_t cap)
{
    static const char bytes[] = "{}[]:,-#&*!|>'\"%@`?~<. \n\t\rabe0159_=\\\xc3\xa9\xef\xff";
    for (uint32_t n = 1 + draw(r, 4); n > 0 && len > 1; n--) {
        size_t at = draw(r, (uint32_t)len), piece = 1 + draw(r, 12);
        if (piece > len - at)
            piece = len - at;
        switch (draw(r, 4)) {
        case 0:
            text[at] = bytes[draw(r, sizeof bytes - 1)];
            break;
        case 1:
            memmove(text + at, text + at + piece, len - at - piece);
            len -= piece;
            break;
        case 2:
            if (len + piece > cap)
                break;
            memmove(text + at + piece, text + at, len - at);
            len += piece;
            break;
        default:
            text[at] ^= (char)(1u << draw(r, 8));
        }
    }
    return len;
}

static void mutations_are_answered(void **state)
{
    (void)state;
    static const char *const seeds[] = {"name: a\nhead: {type: arcface, s: 30, margin: 0.4}\ntrain:\n  "
                                        "epochs: 3\n  lr: 1e-3\n  early_stop: {mode: min}\n",
                                        "layers:\n  - conv2d: {filters: 8, kernel: [3, 3]}\n  - max_pool: "
                                        "2\n  - flatten\n  - dropout: .5\ntrain: {epochs: 1}\n",
                                        "a: &a {epochs: 3, lr: 2}\ntrain: {<<: *a, shuffle: false}\nwords: "
                                        "[x, 'y z', \"q\\n\"]\nsplits: [test, train]\n",
                                        "test: {format: idx, images: ../a b/c.gz}\nrates: [0, .5, 1]\n# "
                                        "text\ntrain: {epochs: 9, init_from: x}\nseed: 7\n"};
    static struct bound x;
    uint64_t r = 2;
    int taken = 0;
    for (int i = 0; i < 20000; i++) {
        char text[1024];
        size_t len = strlen(seeds[i % 4]);
        memcpy(text, seeds[i % 4], len);
        len = mutate(&r, text, len, sizeof text);
        struct mt_diag diag = {0};
        memset(x.room, 0, sizeof x.room);
        int rc = mt_conf_load_text(&x.conf, "t.yaml", ".", text, len, NULL, 0, &diag);
        if (x.conf && mt_conf_bind(x.conf, doc_fields, x.room, &diag) == 0 && rc == 0)
            taken++;
        else
            assert_true(diag.errors > 0 && diag.text.len > 0);
        mt_conf_free(x.conf);
        mt_diag_release(&diag);
    }
    assert_in_range(taken, 100, 19900);
}

static void bytes_come_with_units(void **state)
{
    (void)state;
    static const struct mt_field field = {
        .name = "memory", .type = MT_BYTES, .min = 1, .max = 0x1p60, .help = "Memory."};
    static const struct {
        const char *text;
        int64_t bytes; /* 0: refused */
    } cases[] = {
        {"1", 1},
        {"123456789012345678", 123456789012345678},
        {"100B", 100},
        {"3KB", 3000},
        {"3KiB", 3072},
        {"2GiB", INT64_C(1) << 31},
        {"2 GiB", INT64_C(1) << 31},
        {"1.5MiB", 1572864},
        {"0.5TB", 500000000000},
        {"1TiB", INT64_C(1) << 40},
        {"0", 0},
        {"0.0GiB", 0},
        {"-1GiB", 0},
        {"2G", 0},
        {"2gib", 0},
        {"2GiBs", 0},
        {"2  GiB", 0},
        {"'2 '", 0},
        {"GiB", 0},
        {"1.5", 0},
        {"1e9", 0},
        {"1.2.3MiB", 0},
        {"9999999999999TiB", 0},
        {"0x10KiB", 0},
        {"[1]", 0},
        {"''", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t got = 0;
        if (takes(&field, cases[i].text, &got) != (cases[i].bytes > 0) ||
            (cases[i].bytes && got != cases[i].bytes))
            fail_msg("%s: %lld", cases[i].text, (long long)got);
    }
    int64_t unset = 0;
    assert_true(takes(&field, NULL, &unset) && unset == MT_UNSET_INT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_are_met),     cmocka_unit_test(ranges_hold_to_the_last_bit),
        cmocka_unit_test(defaults_are_allowed),   cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(mutations_are_answered), cmocka_unit_test(bytes_come_with_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

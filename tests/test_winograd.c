/* Convolutions by Winograd's minimal filtering: every kernel set against the definition in double precision
 * over random and edge shapes, the same bytes for both fused sets and any number of threads, and the direct
 * ones wherever it does not apply. */
#include "tests/test.h"

#include "tests/conv_fixture.h"

static const char *const functions[] = {"linear", "relu", "leaky_relu", "tanh"};
static const char *const pools[] = {"", "max_pool", "avg_pool"};
static const enum mt_conv_algorithm tiles[] = {MT_CONV_WINOGRAD_2X2, MT_CONV_WINOGRAD_4X4};

static void random_shapes(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 2, MT_STREAM_TEST, 2, 0);
    for (int done = 0; done < 24;) {
        struct conv_case c = {.C = random_between(&rng, 1, done % 3 ? 9 : 70),
                              .O = random_between(&rng, 1, done % 4 ? 14 : 70),
                              .H = random_between(&rng, 1, 30),
                              .W = random_between(&rng, 1, 30),
                              .kh = 3,
                              .kw = 3,
                              .sy = 1,
                              .sx = 1,
                              .same = random_between(&rng, 0, 1),
                              .bias = random_between(&rng, 0, 3),
                              .layer = random_between(&rng, 0, 1),
                              .activation = functions[random_between(&rng, 0, 3)],
                              .pool = pools[random_between(&rng, 0, 2)],
                              .ph = random_between(&rng, 1, 4),
                              .pw = random_between(&rng, 1, 4),
                              .n = random_between(&rng, 1, 70),
                              .conv = tiles[done % 2]};
        int before, oh = conv_reference_out(c.H, 3, 1, c.same, &before),
                    ow = conv_reference_out(c.W, 3, 1, c.same, &before);
        const double work = (double)c.C * c.O * 9 * oh * ow * c.n;
        if (oh < 1 || ow < 1 || (c.pool[0] && (oh < c.ph || ow < c.pw)) || work > 5e5)
            continue;
        check_case(&c);
        done++;
    }
}

static void chosen_shapes(void **state)
{
    (void)state;
    static const struct conv_case cases[] = {
        /* the smallest planes; one tile, hardly filled */
        {1, 1, 1, 1, 3, 3, 1, 1, true, true, false, "linear", "", 1, 1, 1, MT_CONV_DIRECT},
        {2, 1, 9, 3, 3, 3, 1, 1, true, true, false, "relu", "", 1, 1, 3, MT_CONV_DIRECT},
        {3, 3, 3, 5, 3, 3, 1, 1, false, true, false, "relu", "", 1, 1, 17, MT_CONV_DIRECT},
        {2, 7, 3, 2, 3, 3, 1, 1, false, false, false, "relu", "max_pool", 2, 1, 5, MT_CONV_DIRECT},
        /* windows that leave rows and columns over, and strips of several rows of tiles */
        {3, 11, 9, 7, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 3, 2, 18, MT_CONV_DIRECT},
        {3, 15, 5, 4, 3, 3, 1, 1, true, true, false, "tanh", "max_pool", 5, 5, 2, MT_CONV_DIRECT},
        {3, 14, 13, 4, 3, 3, 1, 1, true, true, false, "relu", "avg_pool", 7, 3, 2, MT_CONV_DIRECT},
        /* more filters than one group, more channels than one vector */
        {33, 5, 6, 67, 3, 3, 1, 1, true, true, false, "relu", "", 1, 1, 2, MT_CONV_DIRECT},
        {64, 8, 8, 67, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 2, MT_CONV_DIRECT},
        /* more blocks than shards, a last block of one sample */
        {2, 4, 4, 3, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 593, MT_CONV_DIRECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++) {
            struct conv_case c = cases[i];
            c.conv = tiles[t];
            check_case(&c);
        }
    }
}

/* The layers of a network that are by Winograd where it is faster: the same numbers but for rounding; the
 * very same where it does not apply. */
static void chosen_by_shape(void **state)
{
    (void)state;
    static const struct {
        struct conv_case c;
        bool same;
    } cases[] = {
        {{16, 8, 9, 16, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 5, MT_CONV_WINOGRAD}, false},
        {{16, 8, 9, 16, 3, 3, 2, 1, true, true, false, "relu", "max_pool", 2, 2, 5, MT_CONV_WINOGRAD}, true},
        {{16, 8, 9, 16, 3, 5, 1, 1, true, true, false, "relu", "", 1, 1, 5, MT_CONV_WINOGRAD}, true},
        {{16, 8, 9, 16, 1, 1, 1, 1, true, true, false, "relu", "", 1, 1, 5, MT_CONV_WINOGRAD}, true},
        {{1, 8, 9, 16, 3, 3, 1, 1, true, true, false, "relu", "", 1, 1, 5, MT_CONV_WINOGRAD}, true},
        {{16, 2, 2, 16, 3, 3, 1, 1, true, true, false, "relu", "", 1, 1, 5, MT_CONV_WINOGRAD}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct conv_case c = cases[i].c;
        struct fixture f;
        struct mt_buf direct = {0}, winograd = {0};
        check_case(&c);
        run(&f, &c, "", mt_kernels_pick(NULL), 1, false, true);
        gather(&f, &winograd);
        fixture_release(&f);
        c.conv = MT_CONV_DIRECT;
        run(&f, &c, "", mt_kernels_pick(NULL), 1, false, true);
        gather(&f, &direct);
        fixture_release(&f);
        assert_int_equal(direct.len, winograd.len);
        assert_int_equal(memcmp(direct.data, winograd.data, direct.len) == 0, cases[i].same);
        mt_buf_release(&direct);
        mt_buf_release(&winograd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_shapes),
        cmocka_unit_test(chosen_shapes),
        cmocka_unit_test(chosen_by_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

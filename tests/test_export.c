/* Tests of lib/report's ways out: NumPy's arrays and zips, the files of TensorBoard's projector. */
#include "tests/test.h"

#include <math.h>
#include <zlib.h>

#include "lib/report/npy.h"
#include "lib/report/projector.h"

static uint64_t le(const char *p, int bytes)
{
    uint64_t v = 0;
    for (int i = bytes - 1; i >= 0; i--)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

/* The header is that of numpy.lib.format, ends in a line break, and the data begins at a multiple of 64. */
static void check_npy(const char *data, size_t len, const char *dict, const void *values, size_t bytes)
{
    char text[256] = {0};
    assert_true(len >= 10);
    assert_memory_equal(data, "\x93NUMPY\x01\x00", 8);
    size_t header = le(data + 8, 2);
    assert_int_equal((10 + header) % 64, 0);
    assert_int_equal(len, 10 + header + bytes);
    memcpy(text, data + 10, header);
    assert_int_equal(text[header - 1], '\n');
    text[header - 1] = 0;
    assert_memory_equal(text, dict, strlen(dict));
    assert_int_equal(strspn(text + strlen(dict), " "), header - 1 - strlen(dict));
    assert_memory_equal(data + 10 + header, values, bytes);
}

static const float x[] = {1, -2.5f, 3, 4, 5, 6};
static const int32_t label[] = {7, -1};
static const int64_t number[] = {1, INT64_MAX};

static void arrays_are_as_numpy_has_them(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    mt_npy_write(&b, &(struct mt_npy){"x", MT_NPY_FLOAT32, 2, 3, x});
    check_npy(b.data, b.len, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", x, sizeof x);
    mt_buf_clear(&b);
    mt_npy_write(&b, &(struct mt_npy){"n", MT_NPY_INT64, 2, 0, number});
    check_npy(b.data, b.len, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", number,
              sizeof number);
    mt_buf_clear(&b);
    mt_npy_write(&b, &(struct mt_npy){"n", MT_NPY_INT32, 0, 0, label});
    check_npy(b.data, b.len, "{'descr': '<i4', 'fortran_order': False, 'shape': (0,), }", label, 0);
    mt_buf_release(&b);
}

static void zips_hold_every_array(void **state)
{
    (void)state;
    static const char *const name[] = {"embeddings.npy", "labels.npy"};
    const struct mt_npy a[] = {{"embeddings", MT_NPY_FLOAT32, 2, 3, x},
                               {"labels", MT_NPY_INT32, 2, 0, label}};
    struct mt_buf b = {0}, again = {0}, npy = {0};
    struct mt_err err;
    assert_int_equal(mt_npz_write(&b, a, 2, &err), 0);
    const char *end = b.data + b.len - 22;
    assert_memory_equal(end, "PK\5\6", 4);
    assert_int_equal(le(end + 10, 2), 2);
    const char *entry = b.data + le(end + 16, 4);
    assert_ptr_equal(entry + le(end + 12, 4), end);
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(entry, "PK\1\2", 4);
        assert_memory_equal(entry + 46, name[i], strlen(name[i]));
        const char *local = b.data + le(entry + 42, 4);
        size_t size = le(local + 18, 4), len = strlen(name[i]);
        assert_memory_equal(local, "PK\3\4", 4);
        assert_memory_equal(local + 4, entry + 6, 26); /* both tell the same */
        assert_memory_equal(local + 30, name[i], len);
        assert_int_equal(le(local + 14, 4),
                         crc32(0, (const unsigned char *)local + 30 + len, (unsigned)size));
        mt_buf_clear(&npy);
        mt_npy_write(&npy, &a[i]);
        assert_int_equal(size, npy.len);
        assert_memory_equal(local + 30 + len, npy.data, size);
        entry += 46 + len;
    }
    assert_int_equal(mt_npz_write(&again, a, 2, &err), 0);
    assert_int_equal(again.len, b.len);
    assert_memory_equal(again.data, b.data, b.len);
    mt_buf_release(&b);
    mt_buf_release(&again);
    mt_buf_release(&npy);
}

static void four_gigabytes_are_refused(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct mt_err err;
    const struct mt_npy a[] = {{"labels", MT_NPY_INT32, 2, 0, label},
                               {"embeddings", MT_NPY_FLOAT32, (int64_t)1 << 28, 4, x}};
    assert_int_equal(mt_npz_write(&b, a, 2, &err), -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_non_null(strstr(err.text, "32-bit"));
    assert_int_equal(b.len, 0);
    mt_buf_release(&b);
}

static void vectors_leave_no_cell_empty(void **state)
{
    (void)state;
    static const float v[] = {1.5f, NAN, -INFINITY, 1e-30f};
    struct mt_buf b = {0};
    mt_projector_vectors(&b, v, 2, 2);
    double first, second, third, fourth;
    assert_int_equal(sscanf(b.data, "%lf\t%lf\n%lf\t%lf\n", &first, &second, &third, &fourth), 4);
    assert_true(first == 1.5 && isnan(second) && third == -INFINITY && (float)fourth == 1e-30f);
    mt_buf_release(&b);
}

static void expect_cell(const char *text, const char *want)
{
    struct mt_buf b = {0};
    mt_projector_text(&b, text, false);
    assert_int_equal(b.data[b.len - 1], '\t');
    b.data[b.len - 1] = 0;
    assert_string_equal(b.data, want);
    mt_buf_clear(&b);
    mt_projector_text(&b, text, true);
    assert_int_equal(b.data[b.len - 1], '\n');
    mt_buf_release(&b);
}

static void names_stay_in_their_cell(void **state)
{
    (void)state;
    expect_cell("a\tb\nc\rd", "a\\tb\\nc\\rd");
    expect_cell(NULL, "?");
    expect_cell("", "?");
    expect_cell("  ", "?");
    expect_cell("日本 é", "日本 é");
    expect_cell("\x01\xff\xc2\x85\xe2\x80\xa8", "\ufffd\ufffd\ufffd\ufffd");
    struct mt_buf b = {0};
    mt_projector_number(&b, 12, false);
    mt_projector_number(&b, -1, true);
    assert_string_equal(b.data, "12\t?\n");
    mt_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_as_numpy_has_them), cmocka_unit_test(zips_hold_every_array),
        cmocka_unit_test(four_gigabytes_are_refused),   cmocka_unit_test(vectors_leave_no_cell_empty),
        cmocka_unit_test(names_stay_in_their_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

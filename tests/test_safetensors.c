/* Tests of lib/train/safetensors: what is written is read back, no byte can change unnoticed, and the rules
 * of the format hold. */
#include "tests/temp.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "lib/core/buf.h"
#include "lib/core/file.h"
#include "lib/train/safetensors.h"

static const float weights[6] = {1, -2.5F, 3e-30F, 4, 0, -0.0F};
static const char text[] = "1,2\n3,4\n";

/* Two arrays, an empty one and a scalar. */
static void write_sample(const char *path, const char *keep)
{
    struct mt_array arrays[] = {
        {.name = "conv1/kernel", .dtype = MT_F32, .ndim = 2, .dim = {2, 3}, .data = weights},
        {.name = "resume/history", .dtype = MT_U8, .ndim = 1, .dim = {sizeof text - 1}, .data = text},
        {.name = "a/none", .dtype = MT_F32, .ndim = 2, .dim = {0, 7}, .data = weights},
        {.name = "head/t", .dtype = MT_F32, .ndim = 0, .data = weights + 1},
    };
    struct mt_note notes[] = {{"epoch", "12"}, {"odd \"key\"\n", "\xc3\xa4 \\ \x01 text"}};
    struct mt_err err;
    assert_int_equal(mt_safetensors_write(path, keep, arrays, 4, notes, 2, &err), 0);
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    struct mt_safetensors st;
    struct mt_err err;
    float got[6], t;
    char got_text[sizeof text] = {0};
    write_sample(temp_path("a.safetensors"), NULL);
    assert_int_equal(mt_safetensors_open(&st, temp_path("a.safetensors"), true, &err), 0);
    assert_int_equal(st.n_arrays, 4);
    assert_int_equal(st.data_at % 64, 0);
    const struct mt_array *a = mt_safetensors_find(&st, "conv1/kernel");
    assert_non_null(a);
    assert_true(a->dtype == MT_F32 && a->ndim == 2 && a->dim[0] == 2 && a->dim[1] == 3);
    assert_int_equal(mt_safetensors_read(&st, a, got, &err), 0);
    assert_memory_equal(got, weights, sizeof weights);
    assert_int_equal(mt_safetensors_read(&st, mt_safetensors_find(&st, "resume/history"), got_text, &err), 0);
    assert_string_equal(got_text, text);
    assert_int_equal(mt_safetensors_find(&st, "head/t")->ndim, 0);
    assert_int_equal(mt_safetensors_read(&st, mt_safetensors_find(&st, "head/t"), &t, &err), 0);
    assert_true(t == weights[1]);
    assert_non_null(mt_safetensors_find(&st, "a/none"));
    assert_null(mt_safetensors_find(&st, "conv1"));
    assert_string_equal(mt_safetensors_note(&st, "epoch"), "12");
    assert_string_equal(mt_safetensors_note(&st, "odd \"key\"\n"), "\xc3\xa4 \\ \x01 text");
    assert_null(mt_safetensors_note(&st, "none"));
    mt_safetensors_close(&st);
}

static void same_input_same_bytes(void **state)
{
    (void)state;
    struct mt_err err;
    char a[MT_SHA256_HEX], b[MT_SHA256_HEX];
    uint64_t size;
    write_sample(temp_path("same.safetensors"), NULL);
    assert_int_equal(mt_file_sha256(temp_path("same.safetensors"), a, &size, &err), 0);
    write_sample(temp_path("same.safetensors"), temp_path("kept.safetensors"));
    assert_int_equal(mt_file_sha256(temp_path("same.safetensors"), b, &size, &err), 0);
    assert_string_equal(a, b);
    assert_int_equal(mt_file_sha256(temp_path("kept.safetensors"), b, &size, &err), 0);
    assert_string_equal(a, b);
}

static void put_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void assert_refused(const char *path, bool ours)
{
    struct mt_safetensors st;
    struct mt_err err = {0};
    assert_int_equal(mt_safetensors_open(&st, path, ours, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_true(strlen(err.text) > strlen(path) + 10);
    assert_int_equal(st.fd, -1);
}

/* Every bit, one at a time, and every other length, whether or not a checkpoint of ours is asked for. */
static void no_byte_changes_unnoticed(void **state)
{
    (void)state;
    const char *path = temp_path("flip.safetensors");
    write_sample(path, NULL);
    int fd = open(path, O_RDWR);
    off_t len = lseek(fd, 0, SEEK_END);
    assert_true(len > 400);
    for (off_t i = 0; i < len; i++) {
        unsigned char good, bad;
        assert_int_equal(pread(fd, &good, 1, i), 1);
        for (int bit = 0; bit < 8; bit++) {
            bad = (unsigned char)(good ^ 1 << bit);
            assert_int_equal(pwrite(fd, &bad, 1, i), 1);
            assert_refused(path, true);
            assert_refused(path, false);
        }
        assert_int_equal(pwrite(fd, &good, 1, i), 1);
    }
    assert_int_equal(ftruncate(fd, len + 1), 0);
    assert_refused(path, false);
    while (len--) {
        assert_int_equal(ftruncate(fd, len), 0);
        assert_refused(path, true);
        assert_refused(path, false);
    }
    close(fd);
}

static void put_header(const char *path, const char *header, size_t data_len)
{
    struct mt_buf b = {0};
    char zeros[64] = {0};
    uint64_t n = strlen(header);
    for (int i = 0; i < 8; i++)
        mt_buf_append(&b, (char[]){(char)(n >> 8 * i)}, 1);
    mt_buf_puts(&b, header);
    mt_buf_append(&b, zeros, data_len);
    put_file(path, b.data, b.len);
    mt_buf_release(&b);
}

#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"

/* Headers of other programs, with how many bytes of data. */
static const struct {
    const char *header;
    size_t data;
} good[] =
    {
        {"{}", 0},
        {"{" A "}   ", 8},
        {"{ \"__metadata__\" : {} , " A " }", 8},
        {"{" A ",\"b\":{\"data_offsets\":[8,11],\"shape\":[3,1],\"dtype\":\"U8\"}}", 11},
        {"{\"b\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[8,16]}," A "}", 16},
        {"{\"z\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[8,8]}," A "}", 8},
        {"{\"\\u00e4\\ud83d\\ude00\\n\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4},
},
  bad[] = {
      {"", 0},
      {" {}", 0},
      {"{", 0},
      {"{}}", 0},
      {"[]", 0},
      {"{}", 1},
      {"{" A "}", 7},
      {"{" A "}", 9},
      {"{" A ",}", 8},
      {"{" A "," A "}", 8},
      {"{" A ",\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]}}", 8},
      {"{" A ",\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[9,10]}}", 10},
      {"{" A ",\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[7,8]}}", 8},
      {"{" A ",\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", 0},
      {"{\"__metadata__\":{\"a\":1}}", 0},
      {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0},
      {"{\"__metadata__\":[]}", 0},
      {"{\"__metadata__\":{\"metric_train_sha256\":\"00\"}}", 0},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"shape\":[2],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8},
      {"{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,0]}}", 0},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[18446744073709551615],\"data_offsets\":[1,0]}}", 0},
      {"{\"\\u0000\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0},
      {"{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0},
      {"{\"\xff\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0},
      {"{\"a\n\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0},
      {"{a:{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0},
      {"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[", 0},
};

static void rules_of_the_format(void **state)
{
    (void)state;
    struct mt_safetensors st;
    struct mt_err err;
    const char *path = temp_path("rules.safetensors");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        put_header(path, good[i].header, good[i].data);
        if (mt_safetensors_open(&st, path, false, &err) < 0)
            fail_msg("%s", err.text);
        mt_safetensors_close(&st);
        assert_refused(path, true);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(path, bad[i].header, bad[i].data);
        if (mt_safetensors_open(&st, path, false, &err) == 0)
            fail_msg("accepted: %s with %zu bytes", bad[i].header, bad[i].data);
        assert_int_equal(err.kind, MT_ERR_DATA);
    }
}

static void put_text(struct mt_buf *b, const char *path, size_t data_len)
{
    put_header(path, b->data, data_len);
    mt_buf_release(b);
}

/* As many arrays as a header of 16 MiB can name are read, and not so many notes. */
static void many_small_things(void **state)
{
    (void)state;
    enum { ARRAYS = 100000, NOTES = 10000 };
    struct mt_safetensors st;
    struct mt_err err;
    struct mt_buf b = {0};
    const char *path = temp_path("many.safetensors");
    char name[32];
    for (int i = 0; i < ARRAYS; i++)
        mt_buf_printf(&b, "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}", i ? ',' : '{',
                      i, i, i + 1);
    mt_buf_puts(&b, "}");
    put_text(&b, path, 64);
    assert_refused(path, false);
    assert_int_equal(truncate(path, 0), 0);
    for (int data = 0; data < 2; data++) { /* of arrays without an element, and with one */
        for (int i = 0; i < ARRAYS; i++)
            mt_buf_printf(&b, "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[%d,%d]}",
                          i ? ',' : '{', i, data && i < 64, data ? i < 64 ? i : 64 : 0,
                          data ? i < 64 ? i + 1 : 64 : 0);
        mt_buf_puts(&b, "}");
        put_text(&b, path, data ? 64 : 0);
        if (mt_safetensors_open(&st, path, false, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(st.n_arrays, ARRAYS);
        for (int i = 0; i < ARRAYS; i += 997) {
            snprintf(name, sizeof name, "%d", i);
            assert_non_null(mt_safetensors_find(&st, name));
        }
        mt_safetensors_close(&st);
    }
    for (int more = 0; more < 2; more++) {
        mt_buf_puts(&b, "{\"__metadata__\":{");
        for (int i = 0; i < NOTES + more; i++)
            mt_buf_printf(&b, "%s\"%d\":\"\"", i ? "," : "", i);
        mt_buf_puts(&b, "}}");
        put_text(&b, path, 0);
        int rc = mt_safetensors_open(&st, path, false, &err);
        assert_int_equal(rc, more ? -1 : 0);
        if (more)
            assert_non_null(strstr(err.text, "more than 10000 keys"));
        else
            mt_safetensors_close(&st);
    }
}

/* Nested far deeper than the format, where each level could cost a stack frame. */
static void deep_headers(void **state)
{
    (void)state;
    static const char *const begins[] = {"", "{\"a\":", "{\"a\":{\"shape\":", "{\"__metadata__\":{\"a\":"};
    const char *path = temp_path("deep.safetensors");
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        for (int c = 0; c < 2; c++) {
            struct mt_buf b = {0};
            mt_buf_puts(&b, begins[i]);
            for (int depth = 0; depth < 1000000; depth++)
                mt_buf_puts(&b, c ? "{\"a\":" : "[");
            put_text(&b, path, 0);
            assert_refused(path, false);
        }
}

/* What is another format behind its first bytes, or begins as one. */
static void other_formats(void **state)
{
    (void)state;
    static const char *const begins[] = {"",
                                         "PK\3\4",
                                         "\x80\2}q",
                                         "\x89HDF\r\n\x1a\n",
                                         "GIF89a;{}",
                                         "\177ELF\2\1",
                                         "%PDF-1.7\n",
                                         "\x93NUMPY\1"};
    const char *path = temp_path("other.safetensors");
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        char bytes[600] = {0};
        memcpy(bytes, begins[i], strlen(begins[i]));
        put_file(path, bytes, i ? sizeof bytes : 0);
        assert_refused(path, false);
    }
    put_header(path, "{" A "}", 8); /* a good file with an archive behind it */
    FILE *f = fopen(path, "ab");
    fputs("PK\3\4", f);
    assert_int_equal(fclose(f), 0);
    assert_refused(path, false);
}

/* Lengths that lie: more than the file has, more than is read, and one that wraps when 8 is added. */
static void header_lengths(void **state)
{
    (void)state;
    const char *path = temp_path("length.safetensors");
    static const uint64_t length[] = {3, 1 << 20, 17 << 20, UINT64_MAX, UINT64_MAX - 7};
    for (int i = 0; i < 5; i++) {
        unsigned char bytes[10] = "........{}";
        for (int k = 0; k < 8; k++)
            bytes[k] = (unsigned char)(length[i] >> 8 * k);
        put_file(path, bytes, 10);
        assert_refused(path, false);
    }
    assert_refused(temp_path("missing.safetensors"), false);
    assert_refused(temp_dir, false);
}

/* tests/check_safetensors.py knows the format from its specification alone. */
static void another_reader_agrees(void **state)
{
    (void)state;
    struct mt_buf all = {0};
    char name[32];
    if (system("python3 -c 'import hashlib, json, math' 2>/dev/null") != 0)
        skip();
    mt_buf_puts(&all, "python3 tests/check_safetensors.py >/dev/null");
    write_sample(temp_path("peer"), NULL);
    mt_buf_printf(&all, " %s", temp_path("peer"));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(name, sizeof name, "peer%zu", i);
        put_header(temp_path(name), good[i].header, good[i].data);
        mt_buf_printf(&all, " %s", temp_path(name));
    }
    assert_int_equal(system(all.data), 0);
    put_header(temp_path("peer0"), "{" A "}", 9);
    assert_int_not_equal(system(all.data), 0);
    mt_buf_release(&all);
}

static void two_arrays_of_one_name(void **state)
{
    (void)state;
    struct mt_array arrays[] = {
        {.name = "a", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = weights},
        {.name = "a", .dtype = MT_F32, .ndim = 1, .dim = {2}, .data = weights},
    };
    struct mt_err err;
    assert_int_equal(mt_safetensors_write(temp_path("twice"), NULL, arrays, 2, NULL, 0, &err), -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_false(mt_file_exists(temp_path("twice")));
}

/* A write that fails, here for a limit on file sizes, leaves what stood there and nothing else. */
static void failed_write_changes_nothing(void **state)
{
    (void)state;
    struct mt_array array = {.name = "a", .dtype = MT_F32, .ndim = 1, .dim = {6}, .data = weights};
    struct rlimit old, low;
    struct mt_err err = {0};
    char tmp[300], before[MT_SHA256_HEX], after[MT_SHA256_HEX];
    uint64_t size;
    char path[256];
    snprintf(path, sizeof path, "%s", temp_path("limit.safetensors"));
    write_sample(path, NULL);
    assert_int_equal(mt_file_sha256(path, before, &size, &err), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (rlim_t most = 0; most < 256 + 24; most += 40) {
        low = (struct rlimit){most, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &low);
        int rc = mt_safetensors_write(path, temp_path("limit.prev"), &array, 1, NULL, 0, &err);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(rc, -1);
        assert_int_equal(err.kind, MT_ERR_RUN);
        assert_non_null(strstr(err.text, path));
        assert_int_equal(mt_file_sha256(path, after, &size, &err), 0);
        assert_string_equal(before, after);
        assert_false(mt_file_exists(temp_path("limit.prev")));
        snprintf(tmp, sizeof tmp, "%s.tmp.%ld", path, (long)getpid());
        assert_false(mt_file_exists(tmp));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(same_input_same_bytes),
        cmocka_unit_test(no_byte_changes_unnoticed),
        cmocka_unit_test(rules_of_the_format),
        cmocka_unit_test(another_reader_agrees),
        cmocka_unit_test(header_lengths),
        cmocka_unit_test(two_arrays_of_one_name),
        cmocka_unit_test(many_small_things),
        cmocka_unit_test(deep_headers),
        cmocka_unit_test(other_formats),
        cmocka_unit_test(failed_write_changes_nothing),
    };
    return cmocka_run_group_tests_name("safetensors", tests, temp_setup, temp_teardown);
}

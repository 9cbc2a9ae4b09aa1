/* Tests of lib/data/reader.c: gzip, whole, cut and damaged, and a file that ends before its size. */
#include "tests/idx_load.h"

static void gzip_is_read(void **state)
{
    (void)state;
    uint8_t gz[512];
    size_t n = ten_images(gz, sizeof gz);
    struct mt_dataset d;
    struct mt_err err;
    assert_int_equal(load_images(put_file("ten.gz", gz, n), &d, &err), 0);
    assert_int_equal(d.n, 10);
    for (int k = 0; k < 160; k++)
        assert_int_equal(((uint8_t *)d.pixels)[k], (uint8_t)(k * k));
    mt_dataset_release(&d);
    assert_int_equal(load_images(put_file("ten-without-suffix", gz, n), &d, &err), 0);
    mt_dataset_release(&d);
}

static void gzip_cut_anywhere_is_refused(void **state)
{
    (void)state;
    uint8_t gz[512];
    size_t n = ten_images(gz, sizeof gz);
    for (size_t cut = 0; cut < n; cut++) {
        struct mt_dataset d;
        struct mt_err err;
        assert_int_equal(load_images(put_file("cut.gz", gz, cut), &d, &err), -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
    }
}

static void gzip_damage_is_refused(void **state)
{
    (void)state;
    uint8_t gz[1024], file[512];
    size_t n = ten_images(gz, sizeof gz);
    gz[n - 6] ^= 1;
    refuse(put_file("crc.gz", gz, n), "damaged");
    gz[n - 6] ^= 1;
    gz[n - 1] ^= 1;
    refuse(put_file("length.gz", gz, n), "damaged");
    gz[n - 1] ^= 1;
    gz[n] = 'x';
    refuse(put_file("junk.gz", gz, n + 1), "1 bytes follow the end of the gzip data");
    memcpy(gz + n, gz, n);
    refuse(put_file("twice.gz", gz, 2 * n), "follow the end of the gzip data");
    refuse(put_file("plain.gz", "\0\0\x08\x01\0\0\0\x01x", 9), "is not gzip although");

    size_t len = idx_head(file, 0x08, (uint32_t[]){10, 4, 4, 0});
    memset(file + len, 7, 161);
    n = gzip_bytes(file, len + 161, gz, sizeof gz);
    refuse(put_file("long.gz", gz, n), "more data than its header says");
    n = gzip_bytes(file, len + 159, gz, sizeof gz);
    refuse(put_file("short.gz", gz, n), "ends too early");
    len =
        idx_head(file, 0x08, (uint32_t[]){1 << 20, 1 << 10, 0}); /* more than 40 bytes of deflate can hold */
    n = gzip_bytes(file, len + 100, gz, sizeof gz);
    refuse(put_file("bomb.gz", gz, n), "counts more elements");
}

/* What a file system of the kernel says of the size of its files, and what can be read of them, differ. */
static void a_file_that_shrinks(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_err err;
    char path[] = "/sys/devices/system/cpu/online";
    struct stat st;
    if (stat(path, &st) < 0 || st.st_size < 100) {
        print_message("skipped: %s is not there, or not larger than what it holds\n", path);
        skip();
    }
    assert_int_equal(load_images(path, &d, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_contains(err.text, "online: became shorter while it was read; start again");
}

/* The optional fields of gzip's header are passed over. */
static void gzip_headers(void **state)
{
    (void)state;
    uint8_t gz[512], file[600];
    size_t n = ten_images(gz, sizeof gz);
    static const struct {
        uint8_t flags;
        const char *fields;
        size_t len;
    } t[] = {{4, "\3\0abc", 5}, {8, "name.idx", 9}, {16, "a comment", 10}, {12, "\1\0xname", 8}};
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct mt_dataset d;
        struct mt_err err;
        memcpy(file, gz, 10);
        file[3] = t[i].flags;
        memcpy(file + 10, t[i].fields, t[i].len);
        memcpy(file + 10 + t[i].len, gz + 10, n - 10);
        assert_int_equal(load_images(put_file("fields.gz", file, n + t[i].len), &d, &err), 0);
        assert_int_equal(d.n, 10);
        mt_dataset_release(&d);
        for (size_t cut = 2; cut < 10 + t[i].len; cut++)
            refuse(put_file("fields.gz", file, cut), "ends too early");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_read),           cmocka_unit_test(gzip_cut_anywhere_is_refused),
        cmocka_unit_test(gzip_damage_is_refused), cmocka_unit_test(gzip_headers),
        cmocka_unit_test(a_file_that_shrinks),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

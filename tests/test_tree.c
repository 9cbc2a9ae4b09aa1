/* Tests of what stands where a file or folder is looked for: links, pipes, devices, sockets, what may not be
 * read, names of any bytes, and very many of them. Nothing waits, and what is at fault is named. */
#include "tests/image_files.h"

#include <locale.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/data/tree.h"

/* A test that waits for a pipe would wait for ever: it ends here. */
static int watch(void **state)
{
    (void)state;
    alarm(60);
    return 0;
}

static void make_dir(const char *name)
{
    assert_int_equal(mkdir(test_path(name), 0777), 0);
}

static void put_png(const char *name, uint16_t v)
{
    struct mt_buf b = {0};
    png_file(&b, &(struct png_spec){.w = 1, .h = 1, .depth = 8, .sample = &v});
    put_file(name, b.data, b.len);
    mt_buf_release(&b);
}

static void put_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, test_path(name)), 0);
}

static void put_socket(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s", test_path(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    close(fd);
}

static void refuse_tree(const char *name, const char *part)
{
    struct mt_tree t;
    struct mt_err err;
    char path[512];
    strcpy(path, test_path(name));
    assert_int_equal(mt_tree_scan(&t, path, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_contains(err.text, part);
    assert_contains(err.text, path);
    assert_null(t.name);
}

/* What may stand in a class folder and is no image. */
static void strange_files(void **state)
{
    (void)state;
    make_dir("strange");
    make_dir("strange/k");
    put_png("strange/k/1.png", 1);
    char *odd = test_path("strange/k/x");
    assert_int_equal(mkfifo(odd, 0600), 0);
    refuse_tree("strange", "strange/k/x: is neither a file nor a folder");
    unlink(test_path("strange/k/x"));
    put_socket("strange/k/x");
    refuse_tree("strange", "strange/k/x: is neither a file nor a folder");
    unlink(test_path("strange/k/x"));
    static const char *const devices[] = {"/dev/zero", "/dev/null", "/dev/tty", "/dev/stdin"};
    for (int i = 0; i < 4; i++) {
        struct stat st;
        put_link(devices[i], "strange/k/x");
        if (stat(devices[i], &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            refuse_tree("strange", "strange/k/x: is neither a file nor a folder");
        unlink(test_path("strange/k/x"));
    }
    /* Beside the class folders they are notes at most. */
    put_link("/dev/zero", "strange/zero");
    assert_int_equal(mkfifo(test_path("strange/fifo"), 0600), 0);
    put_socket("strange/socket");
    put_file("strange/empty", "", 0);
    struct mt_tree t;
    assert_int_equal(mt_tree_scan(&t, test_path("strange"), NULL), 0);
    assert_true(t.n == 1 && t.classes == 1);
    mt_tree_release(&t);
    put_link("nowhere", "strange/gone"); /* but a link that leads nowhere may have been a class */
    refuse_tree("strange", "strange/gone: is a link to something that is not there");
}

static void links(void **state)
{
    (void)state;
    make_dir("links");
    make_dir("links/a");
    make_dir("links/a/b");
    put_png("links/a/b/1.png", 1);
    static const struct {
        const char *target, *name, *part;
    } t[] = {
        {"..", "links/a/b/up", "links/a/b/up: is a folder that was read already"},
        {"../..", "links/a/b/top", "links/a/b/top: is a folder that was read already"},
        {".", "links/a/b/here", "links/a/b/here: is a folder that was read already"},
        {"b", "links/a/c", "links/a/c: is a folder that was read already"},
        {"a", "links/z", "links/z: is a folder that was read already"},
        {"z", "links/z", "links/z: is a link that leads back to itself"},
        {"../z", "links/a/y", "links/a/y: is a link to something that is not there"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        put_link(t[i].target, t[i].name);
        refuse_tree("links", t[i].part);
        unlink(test_path(t[i].name));
    }
    /* Links that lead to something new are followed, once. */
    make_dir("elsewhere");
    put_png("elsewhere/2.png", 2);
    put_link("../elsewhere", "links/other");
    put_link("b/1.png", "links/a/again.png");
    struct mt_tree tree;
    assert_int_equal(mt_tree_scan(&tree, test_path("links"), NULL), 0);
    assert_int_equal(tree.n, 3);
    assert_string_equal(tree.name[0], "a/again.png");
    assert_string_equal(tree.name[2], "other/2.png");
    mt_tree_release(&tree);
}

/* The superuser may read everything, so the test becomes somebody else for a while. */
static void unreadable(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    make_dir("locked");
    make_dir("locked/k");
    put_png("locked/k/1.png", 1);
    chmod(test_dir(), 0755);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    struct mt_tree t;
    struct mt_err err;
    int fine = mt_tree_scan(&t, test_path("locked"), &err);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(fine, 0);
    mt_tree_release(&t);

    static const struct {
        const char *path, *part;
        mode_t mode;
    } cases[] = {
        {"locked/k", "locked/k: cannot open the folder: Permission denied", 0},
        {"locked/k", "locked/k/1.png: cannot be read: Permission denied", 0444},
        {"locked", "locked: cannot open the folder: Permission denied", 0},
        {"locked/k/1.png", "locked/k/1.png: cannot open: Permission denied", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_images_cfg cfg = {
            .dir = test_path("locked"), .height = MT_UNSET_INT, .width = MT_UNSET_INT};
        struct mt_variant v = {&mt_format_images.kind, &cfg};
        struct mt_load_options options = {.labels = true};
        struct mt_dataset d;
        chmod(test_path(cases[i].path), cases[i].mode);
        if (root)
            assert_int_equal(seteuid(65534), 0);
        int rc = mt_dataset_load(&v, &options, &d, &err);
        if (root)
            assert_int_equal(seteuid(0), 0);
        chmod(test_path(cases[i].path), 0755);
        assert_int_equal(rc, -1);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_contains(err.text, cases[i].part);
    }
}

/* The same as single files, for every reader of files. */
static void no_files(void **state)
{
    (void)state;
    make_dir("files");
    make_dir("files/folder");
    assert_int_equal(mkfifo(test_path("files/fifo"), 0600), 0);
    put_socket("files/socket");
    put_link("loop", "files/loop");
    put_link("nowhere", "files/dangling");
    put_link("/dev/zero", "files/zero");
    put_file("files/empty", "", 0);
    put_file("files/short", "x", 1);
    static const struct {
        const char *name, *part;
    } t[] = {
        {"files/folder", "is not a regular file"},
        {"files/fifo", "is not a regular file"},
        {"files/socket", "cannot open: No such device"},
        {"files/zero", "is not a regular file"},
        {"files/loop", "cannot open: Too many levels"},
        {"files/dangling", "cannot open: No such file"},
        {"files/missing", "cannot open: No such file"},
        {"files/empty", "is empty"},
        {"files/short", ""},
        {"files/empty/x", "cannot open: Not a directory"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        char path[512];
        strcpy(path, test_path(t[i].name));
        struct mt_idx_cfg idx = {.images = path, .labels = path, .classes = MT_UNSET_INT};
        struct mt_csv_cfg csv = {.file = path, .classes = MT_UNSET_INT};
        struct mt_variant v[2] = {{&mt_format_idx.kind, &idx}, {&mt_format_csv.kind, &csv}};
        struct mt_load_options options = {.labels = true};
        struct mt_dataset d;
        struct mt_err err;
        for (int k = 0; k < 3; k++) {
            const char *one = path;
            int rc = k < 2 ? mt_dataset_load(&v[k], &options, &d, &err)
                           : mt_images_load_files(&one, 1, (struct mt_shape){1, 1, 1}, &options, &d, &err);
            assert_int_equal(rc, -1);
            assert_int_equal(err.kind, MT_ERR_DATA);
            assert_contains(err.text, t[i].part);
            assert_contains(err.text, path);
        }
        mt_format_guess(path, &err); /* a guess from the first bytes does not wait either */
    }
}

/* Any bytes but a slash and a NUL make a name. */
static void names(void **state)
{
    (void)state;
    static const char *const name[] = {"\n",  "\x1b[31m", " ",  "\"",       "'",        "*",
                                       "-rf", "=1+1",     "\\", "\xff\xfe", "\xc3\xa4", "~"};
    enum { N = sizeof name / sizeof name[0] };
    char longest[256];
    memset(longest, 'n', 255);
    longest[255] = 0;
    make_dir("names");
    for (int i = 0; i <= N; i++) {
        const char *class = i < N ? name[i] : longest;
        char path[600];
        snprintf(path, sizeof path, "%s/names/%s", test_dir(), class);
        assert_int_equal(mkdir(path, 0777), 0);
        snprintf(path, sizeof path, "names/x");
        put_png(path, (uint16_t)i);
        char from[512], to[1024];
        strcpy(from, test_path("names/x"));
        snprintf(to, sizeof to, "%s/names/%s/%s", test_dir(), class, class);
        assert_int_equal(rename(from, to), 0);
    }
    struct mt_images_cfg cfg = {.dir = test_path("names"), .height = MT_UNSET_INT, .width = MT_UNSET_INT};
    struct mt_variant v = {&mt_format_images.kind, &cfg};
    struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    const char *locales[] = {"C", "de_DE.UTF-8", "C.UTF-8"};
    for (int l = 0; l < 3; l++) { /* those that are not there change nothing */
        setlocale(LC_ALL, locales[l]);
        int rc = mt_dataset_load(&v, &options, &d, &err);
        setlocale(LC_ALL, "C");
        assert_int_equal(rc, 0);
        assert_int_equal(d.classes, N + 1);
        for (int c = 1; c < d.classes; c++)
            assert_true(strcmp(d.class_name[c - 1], d.class_name[c]) < 0);
        for (int i = 0; i < (int)d.n; i++) {
            const char *slash = strchr(d.sample_name[i], '/');
            assert_string_equal(slash + 1, d.class_name[d.label[i]]);
            int made = ((const uint8_t *)d.pixels)[i];
            assert_string_equal(d.class_name[d.label[i]], made < N ? name[made] : longest);
        }
        mt_dataset_release(&d);
    }
}

/* A path that is too long for the system is named, and so is the depth at which a tree ends. */
static void long_paths(void **state)
{
    (void)state;
    char path[6000], part[256];
    memset(part, 'd', 255);
    part[255] = 0;
    strcpy(path, test_dir());
    for (int i = 0; i < 20; i++) {
        strcat(path, "/");
        strcat(path, part);
    }
    struct mt_tree t;
    struct mt_err err;
    assert_int_equal(mt_tree_scan(&t, path, &err), -1);
    assert_contains(err.text, "ddd");
    assert_int_equal(err.kind, MT_ERR_DATA);
}

/* As many folders as files: nothing in the walk may be quadratic. */
static void very_many(void **state)
{
    (void)state;
    enum { N = 3000 };
    make_dir("many");
    for (int i = 0; i < N; i++) {
        char name[64];
        snprintf(name, sizeof name, "many/%06d", i * 7919 % N);
        make_dir(name);
        strcat(name, "/x");
        FILE *f = fopen(test_path(name), "w");
        assert_non_null(f);
        fclose(f);
    }
    struct mt_tree t;
    assert_int_equal(mt_tree_scan(&t, test_path("many"), NULL), 0);
    assert_true(t.n == N && t.classes == N);
    for (int i = 0; i < N; i++) {
        char name[64];
        snprintf(name, sizeof name, "%06d/x", i);
        assert_string_equal(t.name[i], name);
        assert_int_equal(t.label[i], i);
    }
    mt_tree_release(&t);
}

/* Without descriptors a folder cannot be opened, which is no fault of the data. */
static void no_descriptors(void **state)
{
    (void)state;
    struct rlimit old, none;
    struct mt_tree t;
    struct mt_err err;
    make_dir("closed");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = (struct rlimit){3, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = mt_tree_scan(&t, test_path("closed"), &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(err.kind, MT_ERR_RUN);
    assert_contains(err.text, "closed: cannot open the folder: Too many open files");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(strange_files, watch), cmocka_unit_test_setup(links, watch),
        cmocka_unit_test_setup(unreadable, watch),    cmocka_unit_test_setup(no_files, watch),
        cmocka_unit_test_setup(names, watch),         cmocka_unit_test_setup(long_paths, watch),
        cmocka_unit_test_setup(very_many, watch),     cmocka_unit_test_setup(no_descriptors, watch),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

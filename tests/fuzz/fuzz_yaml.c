/* fuzz_yaml.c: YAML text to a tree, and nothing else of the configuration. A tree that is printed on one line
 * has to be read as the same. */
#include "lib/conf/tree.h"
#include "lib/conf/yaml.h"
#include "tests/fuzz/fuzz.h"

#define MOST_EVENTS 2000 /* of a tree that is printed: aliases multiply */

/* Fills *text with the tree on one line; returns false where there is none. */
static bool read_text(const char *in, size_t len, struct mt_diag *diag, struct mt_buf *text)
{
    struct mt_arena arena = {0};
    struct mt_source src = {.kind = MT_SOURCE_FILE, .name = "fuzz.yaml", .dir = ".", .text = in, .len = len};
    long events = 0;
    struct mt_node *root = mt_yaml_parse(&arena, &src, &events, diag);
    bool good = root && diag->errors == 0;
    FUZZ_CHECK(root || diag->errors > 0);
    FUZZ_CHECK(events >= 0 && events <= MT_YAML_MAX_EVENTS);
    FUZZ_CHECK(!root || root->height <= MT_YAML_MAX_DEPTH);
    if (good && events <= MOST_EVENTS)
        mt_tree_print(root, text);
    mt_arena_release(&arena);
    return good && events <= MOST_EVENTS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_diag diag = {0};
    struct mt_buf once = {0}, twice = {0};
    char *in = malloc(size + 1); /* a text ends in a NUL */
    memcpy(in, data, size);
    in[size] = 0;
    if (size <= MT_YAML_MAX_BYTES && read_text(in, size, &diag, &once)) {
        FUZZ_CHECK(read_text(once.data, once.len, &diag, &twice));
        FUZZ_CHECK(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
    }
    mt_diag_release(&diag);
    mt_buf_release(&once);
    mt_buf_release(&twice);
    free(in);
    return 0;
}

/* fuzz_json.c: JSON of any shape, as numbers and strings are read. Strings that are written again are read as
 * the same. */
#include <math.h>

#include "lib/core/buf.h"
#include "lib/core/json.h"
#include "tests/fuzz/fuzz.h"

static void check_string(const char *text)
{
    struct mt_buf b = {0};
    struct mt_json j;
    mt_buf_json_string(&b, text);
    mt_json_init(&j, b.data, b.len);
    char *again = mt_json_string(&j);
    FUZZ_CHECK(again && mt_json_end(&j) && !strcmp(again, text));
    free(again);
    mt_buf_release(&b);
}

static void check_number(double value)
{
    struct mt_buf b = {0};
    struct mt_json j;
    double again;
    mt_buf_json_number(&b, value, 17);
    mt_json_init(&j, b.data, b.len);
    FUZZ_CHECK(mt_json_real(&j, &again) && mt_json_end(&j));
    FUZZ_CHECK(again == value || (!isfinite(value) && isnan(again)));
    mt_buf_release(&b);
}

/* Reads a value with the function that fits it; returns how many there are. */
static int walk(struct mt_json *j, int depth)
{
    char *text;
    double value;
    int n = 1;
    bool more = false;
    if (depth < 12 && mt_json_next(j, '{')) {
        mt_json_take(j, '{');
        for (; mt_json_member(j, &more, &text); free(text))
            n += walk(j, depth + 1);
    } else if (depth < 12 && mt_json_next(j, '[')) {
        mt_json_take(j, '[');
        while (mt_json_element(j, &more))
            n += walk(j, depth + 1);
    } else if (mt_json_next(j, '"')) {
        if ((text = mt_json_string(j)))
            check_string(text);
        free(text);
    } else if (mt_json_next(j, 't') || mt_json_next(j, 'f') || mt_json_next(j, '{') || mt_json_next(j, '[')) {
        mt_json_skip(j);
    } else if (mt_json_real(j, &value)) {
        check_number(value);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_json j, skipped;
    uint64_t whole;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = 0;
    mt_json_init(&j, text, size);
    mt_json_init(&skipped, text, size);
    walk(&j, 0);
    bool good = mt_json_end(&j), skip = mt_json_skip(&skipped) && mt_json_end(&skipped);
    FUZZ_CHECK(mt_json_offset(&j) <= size && mt_json_offset(&skipped) <= size);
    FUZZ_CHECK(good == skip || !strcmp(skip ? j.problem : skipped.problem, "nested too deeply"));
    mt_json_init(&j, text, size);
    if (mt_json_whole(&j, &whole) && mt_json_end(&j))
        FUZZ_CHECK(good);
    free(text);
    return 0;
}

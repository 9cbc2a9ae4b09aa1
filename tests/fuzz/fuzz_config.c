/* fuzz_config.c: an experiment file through the whole binder. What is accepted is printed, and the print has
 * to bind to the same experiment: the same run id, the same print. The document as it was written likewise.
 *
 * Input: the file's text, then values for --set, each behind a NUL. */
#include "lib/conf/tree.h"
#include "lib/core/json.h"
#include "lib/train/experiment.h"
#include "tests/fuzz/fuzz.h"

#define MOST_SETS 8
#define FOLDER "/nonexistent" /* what paths are relative to */

struct bound {
    struct mt_conf *conf;
    struct mt_experiment e;
    bool good;
};

static void bind(struct bound *b, const char *text, size_t len, const char *const *set, int n_set,
                 struct mt_diag *diag)
{
    memset(b, 0, sizeof *b);
    int rc = mt_conf_load_text(&b->conf, "fuzz.yaml", FOLDER, text, len, set, n_set, diag);
    FUZZ_CHECK(rc == 0 || diag->errors > 0);
    if (b->conf && mt_conf_bind(b->conf, mt_experiment_fields, &b->e, diag) < 0)
        FUZZ_CHECK(diag->errors > 0);
    b->good = diag->errors == 0;
}

static void print(const struct bound *b, struct mt_buf *yaml, struct mt_buf *id)
{
    mt_conf_print(b->conf, mt_experiment_fields, &b->e, false, yaml);
    mt_conf_canonical(mt_experiment_fields, &b->e, id);
    FUZZ_CHECK(!yaml->failed && !id->failed);
}

static bool same(const struct mt_buf *a, const struct mt_buf *b)
{
    return a->len == b->len && (a->len == 0 || !memcmp(a->data, b->data, a->len));
}

/* `text` stands for the experiment that printed `yaml` and `id`. */
static void check_text(const struct mt_buf *text, const struct mt_buf *yaml, const struct mt_buf *id)
{
    struct mt_diag diag = {0};
    struct mt_buf again = {0}, again_id = {0};
    struct bound b;
    bind(&b, text->data ? text->data : "", text->len, NULL, 0, &diag);
    if (!b.good)
        fprintf(stderr, "%s\n%s\n", text->data, diag.text.data);
    FUZZ_CHECK(b.good);
    print(&b, &again, &again_id);
    if (!same(yaml, &again))
        fprintf(stderr, "%s\n---\n%s\n---\n%s\n", text->data, yaml->data, again.data);
    FUZZ_CHECK(same(yaml, &again) && same(id, &again_id));
    mt_conf_free(b.conf);
    mt_buf_release(&again);
    mt_buf_release(&again_id);
    mt_diag_release(&diag);
}

static void check_json(const struct bound *b)
{
    struct mt_buf text = {0};
    struct mt_json j;
    mt_conf_print_json(b->conf, mt_experiment_fields, &b->e, true, &text);
    mt_json_init(&j, text.data, text.len);
    bool whole = mt_json_skip(&j) && mt_json_end(&j);
    FUZZ_CHECK(whole || !strcmp(j.problem, "nested too deeply"));
    mt_buf_release(&text);
}

static void check(const struct bound *b)
{
    struct mt_buf yaml = {0}, id = {0}, written = {0}, listing = {0};
    struct mt_settings settings = {0};
    struct mt_err err;
    print(b, &yaml, &id);
    check_text(&yaml, &yaml, &id);
    mt_conf_print_written(b->conf, NULL, &written);
    check_text(&written, &yaml, &id);
    check_json(b);
    mt_conf_print(b->conf, mt_experiment_fields, &b->e, true, &listing);
    if (mt_conf_settings(mt_experiment_fields, &b->e, &settings, &err) == 0)
        mt_settings_release(&settings);
    mt_buf_release(&yaml);
    mt_buf_release(&id);
    mt_buf_release(&written);
    mt_buf_release(&listing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_diag diag = {0};
    struct bound b;
    const char *set[MOST_SETS];
    int n_set = 0;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = 0;
    size_t len = strlen(text);
    for (size_t at = len + 1; at < size && n_set < MOST_SETS; at += strlen(text + at) + 1)
        set[n_set++] = text + at;
    bind(&b, text, len, set, n_set, &diag);
    FUZZ_CHECK(diag.errors == 0 || diag.text.len > 0);
    if (b.good)
        check(&b);
    mt_conf_free(b.conf);
    mt_diag_release(&diag);
    free(text);
    return 0;
}

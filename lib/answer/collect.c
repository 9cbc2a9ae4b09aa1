#include "lib/answer/collect.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/answer/answer.h"
#include "lib/core/file.h"

static int write_file(const struct mt_sweep *sweep, const char *name, struct mt_buf *b, struct mt_err *err)
{
    char *path = mt_sweep_path(sweep, name);
    int rc = b->failed || !path ? mt_err_memory(err, name, b->len) : 0;
    if (rc == 0 && b->len)
        rc = mt_file_write(path, b->data, b->len, err);
    else if (rc == 0)
        unlink(path); /* an earlier plan had something to say */
    free(path);
    mt_buf_clear(b);
    return rc;
}

static int write_files(const struct mt_answer *a, struct mt_err *err)
{
    const struct mt_sweep *s = a->sweep;
    struct mt_buf b = {0};
    mt_answer_csv(a, &b);
    int rc = write_file(s, "results.csv", &b, err);
    if (rc == 0) {
        mt_answer_effects_csv(a, &b);
        rc = write_file(s, "effects.csv", &b, err);
    }
    if (rc == 0) {
        mt_answer_json(a, &b);
        rc = write_file(s, "results.json", &b, err);
    }
    if (rc == 0) {
        mt_answer_text(a, MT_TEXT_MARKDOWN, &b);
        rc = write_file(s, "results.md", &b, err);
    }
    if (rc == 0 && (rc = mt_answer_heatmap(a, &b, err)) == 0)
        rc = write_file(s, "heatmap.svg", &b, err);
    mt_buf_release(&b);
    return rc;
}

static void print(const struct mt_answer *a, enum mt_text_format format, struct mt_buf *out)
{
    if (format == MT_TEXT_CSV)
        mt_answer_csv(a, out);
    else if (format == MT_TEXT_JSON)
        mt_answer_json(a, out);
    else
        mt_answer_text(a, format, out);
}

int mt_sweep_collect(const struct mt_sweep *sweep, enum mt_text_format format, struct mt_buf *out,
                     struct mt_err *err)
{
    struct mt_sweep_runs runs;
    struct mt_answer answer;
    if (mt_sweep_runs_read(&runs, sweep, err) < 0)
        return -1;
    int rc = mt_answer_find(&answer, sweep, &runs, err);
    if (rc == 0) {
        print(&answer, format, out);
        rc = write_files(&answer, err);
        mt_answer_release(&answer);
    }
    mt_sweep_runs_release(&runs);
    return rc;
}

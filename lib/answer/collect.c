#include "lib/answer/collect.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/answer/answer.h"
#include "lib/core/file.h"

static int write_file(void *arg, const char *name, struct mt_buf *b, struct mt_err *err)
{
    const struct mt_sweep *sweep = arg;
    char *path = mt_sweep_path(sweep, name);
    int rc = b->failed || !path ? mt_err_memory(err, name, b->len) : 0;
    if (rc == 0 && b->len)
        rc = mt_file_write(path, b->data, b->len, err);
    else if (rc == 0)
        unlink(path); /* an earlier plan had something to say */
    free(path);
    return rc;
}

static void print_markdown(const struct mt_answer *a, struct mt_buf *out)
{
    mt_answer_text(a, MT_TEXT_MARKDOWN, out);
}

static int each_file(const struct mt_answer *a,
                     int (*take)(void *arg, const char *name, struct mt_buf *text, struct mt_err *err),
                     void *arg, struct mt_err *err)
{
    static const struct {
        const char *name;
        void (*print)(const struct mt_answer *a, struct mt_buf *out);
    } files[] = {{"results.csv", mt_answer_csv},
                 {"effects.csv", mt_answer_effects_csv},
                 {"results.json", mt_answer_json},
                 {"results.md", print_markdown}};
    struct mt_buf b = {0};
    int rc = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++) {
        files[i].print(a, &b);
        rc = take(arg, files[i].name, &b, err);
        mt_buf_clear(&b);
    }
    if (rc == 0 && (rc = mt_answer_heatmap(a, &b, err)) == 0)
        rc = take(arg, "heatmap.svg", &b, err);
    mt_buf_release(&b);
    return rc;
}

/* An answer, and the runs that it is about. */
struct found {
    struct mt_sweep_runs runs;
    struct mt_answer answer;
};

static int find(struct found *f, const struct mt_sweep *sweep, struct mt_err *err)
{
    if (mt_sweep_runs_read(&f->runs, sweep, err) < 0)
        return -1;
    if (mt_answer_find(&f->answer, sweep, &f->runs, err) == 0)
        return 0;
    mt_sweep_runs_release(&f->runs);
    return -1;
}

static void release(struct found *f)
{
    mt_answer_release(&f->answer);
    mt_sweep_runs_release(&f->runs);
}

int mt_sweep_answer_files(const struct mt_sweep *sweep,
                          int (*take)(void *arg, const char *name, struct mt_buf *text, struct mt_err *err),
                          void *arg, struct mt_err *err)
{
    struct found f;
    if (find(&f, sweep, err) < 0)
        return -1;
    int rc = each_file(&f.answer, take, arg, err);
    release(&f);
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
    struct found f;
    if (find(&f, sweep, err) < 0)
        return -1;
    print(&f.answer, format, out);
    int rc = each_file(&f.answer, write_file, (void *)sweep, err);
    int damaged = f.answer.in_state[MT_TASK_DAMAGED];
    release(&f);
    return rc < 0 ? -1 : damaged;
}

/* sweep_collect.c: `sweep collect DIR`: what the runs of a sweep say, so far as they have ended. */
#include <stdbool.h>

#include "cmd/output.h"
#include "cmd/say.h"
#include "cmd/sweep.h"
#include "lib/answer/collect.h"
#include "lib/launch/index.h"

#define EXIT_SOME_FAILED 5

static int write_index(const struct mt_sweep *sweep, struct mt_err *err)
{
    struct mt_sweep_index index;
    if (mt_sweep_index_open(&index, sweep, err) < 0)
        return -1;
    int rc = mt_sweep_index_write(&index, err);
    mt_sweep_index_release(&index);
    return rc;
}

static int tell_damage(int damaged, const char *dir)
{
    if (!damaged)
        return 0;
    say_line("%d run%s cannot be read, and the answer is without %s; 'metric-train verify' on %s says more",
             damaged, damaged == 1 ? "" : "s", damaged == 1 ? "it" : "them", dir);
    return EXIT_SOME_FAILED;
}

int sweep_answer(const struct args *a, const struct mt_sweep *sweep)
{
    enum mt_text_format format;
    struct mt_buf out = {0};
    struct mt_err err;
    int rc = output_format(a, &format);
    if (rc)
        return rc;
    int damaged = mt_sweep_collect(sweep, format, &out, &err);
    bool written = damaged >= 0 && write_index(sweep, &err) == 0;
    if (written || out.len) /* whoever may only read the folder gets the answer, too */
        rc = format == MT_TEXT_CSV ? output_write_csv(NULL, &out) : print_result(&out);
    if (!written)
        rc = say_error(&err);
    return rc ? rc : tell_damage(damaged, sweep->dir);
}

/* 5 where a run failed, as `sweep CONFIG` says it: whoever waits for a cluster's jobs learns it from this
 * one. */
static int tell_failures(const struct mt_sweep *sweep)
{
    struct mt_sweep_index index;
    struct mt_err err;
    int rc = 0;
    if (mt_sweep_index_open(&index, sweep, &err) < 0)
        return say_error(&err);
    for (int i = 0; i < sweep->n_tasks; i++)
        if (index.row[i].begun && index.row[i].status.state == MT_RUN_FAILED)
            rc = EXIT_SOME_FAILED;
    mt_sweep_index_release(&index);
    return rc;
}

int sweep_collect(const struct args *a, const char *dir)
{
    struct mt_sweep sweep;
    struct mt_err err;
    if (mt_sweep_open(&sweep, dir, &err) < 0)
        return say_error(&err);
    int rc = sweep_answer(a, &sweep);
    rc = rc ? rc : tell_failures(&sweep);
    mt_sweep_release(&sweep);
    return rc;
}

#include "lib/launch/outcome.h"

#include <stdio.h>
#include <string.h>

#include "lib/launch/task.h"

static void signal_text(int signal, char text[64])
{
    const char *name = sigabbrev_np(signal);
    snprintf(text, 64, "was ended by signal %d%s%s%s", signal, name ? " (SIG" : "", name ? name : "",
             name ? ")" : "");
}

/* Whether a run has failed: diverged and collapsed are results, and being stopped or left alone is neither.
 */
static bool has_failed(int code)
{
    return code != 0 && code != MT_ERR_DIVERGED && code != MT_ERR_STOPPED && code != MT_ERR_BUSY;
}

/* Says for a run that could not say it itself why it failed. */
static void speak_for(const struct mt_sweep *s, struct mt_job_end *end)
{
    struct mt_err ignored;
    char text[64];
    if (end->signal)
        signal_text(end->signal, text);
    else
        snprintf(text, sizeof text, "ended with exit code %d", end->code);
    mt_err_set(&end->err, MT_ERR_RUN, "%s", text);
    mt_sweep_task_failed(s, end->job, end->code, text, &ignored);
}

/* What its status.json could not be made to say stands in the index alone. */
static int note_failure(struct mt_sweep_index *ix, struct mt_job_end *end, struct mt_err *err)
{
    struct mt_sweep_row *row = &ix->row[end->job];
    if (end->signal || !*end->err.text)
        speak_for(ix->sweep, end);
    if (mt_sweep_index_update(ix, end->job, err) < 0)
        return -1;
    if (row->begun && row->status.state == MT_RUN_FAILED)
        return 0;
    row->begun = true;
    row->status.state = MT_RUN_FAILED;
    row->status.exit_code = end->code;
    snprintf(row->status.reason, sizeof row->status.reason, "%.500s", end->err.text);
    return 0;
}

/* A run may say that it is over, and its figures cannot be read. */
int mt_sweep_note_end(struct mt_sweep_index *ix, struct mt_job_end *end, bool *failed, struct mt_err *err)
{
    const struct mt_sweep_row *row = &ix->row[end->job];
    if ((*failed = has_failed(end->code)))
        return note_failure(ix, end, err);
    if (mt_sweep_index_update(ix, end->job, err) < 0)
        return -1;
    *failed = end->code == 0 && row->begun && row->status.state == MT_RUN_FAILED;
    if (*failed)
        mt_err_set(&end->err, MT_ERR_DATA, "%s", row->status.reason);
    return 0;
}

/* Whether its folder says so already; what a collapsed run had to say follows there. */
static bool is_marked(const struct mt_status *s, int64_t epochs)
{
    char reason[64];
    int n = snprintf(reason, sizeof reason, MT_SWEEP_DROPPED "%lld", (long long)epochs);
    return !strncmp(s->reason, reason, (size_t)n) && (s->reason[n] == 0 || s->reason[n] == ';');
}

int mt_sweep_note_dropped(struct mt_sweep_index *ix, const struct mt_halving *h, struct mt_err *err)
{
    for (int t = 0; t < ix->sweep->n_tasks; t++) {
        const struct mt_sweep_row *row = &ix->row[t];
        int64_t epochs = mt_halving_dropped(h, ix->sweep->task[t].cell);
        if (!epochs || mt_sweep_row_has_ended(row) || is_marked(&row->status, epochs))
            continue;
        if (mt_sweep_task_dropped(ix->sweep, t, epochs, err) < 0 || mt_sweep_index_update(ix, t, err) < 0)
            return -1;
    }
    return 0;
}

#include "lib/train/trace.h"

#include <errno.h>
#include <string.h>

int mt_trace_open(struct mt_trace *t, const char *path, bool resumed, struct mt_err *err)
{
    t->path = path;
    t->file = NULL;
    if (!path)
        return 0;
    if (!(t->file = fopen(path, resumed ? "ae" : "we")))
        return mt_err_set(err, MT_ERR_RUN, "%s: cannot create: %s", path, strerror(errno));
    if (!resumed || ftell(t->file) == 0)
        fputs("step,epoch,batch,loss,grad_norm,lr\n", t->file);
    return 0;
}

int mt_trace_step(struct mt_trace *trace, const struct mt_trainer *t, struct mt_err *err)
{
    if (!trace->file)
        return 0;
    if (fprintf(trace->file, "%lld,%lld,%lld,%.9g,%.9g,%.9g\n", (long long)t->step, (long long)t->epoch + 1,
                (long long)t->batch, t->last_loss, t->last_norm, t->sums.lr) < 0)
        return mt_err_set(err, MT_ERR_RUN, "%s: cannot write: %s", trace->path, strerror(errno));
    return 0;
}

int mt_trace_close(struct mt_trace *t, struct mt_err *err)
{
    FILE *file = t->file;
    t->file = NULL;
    if (file && fclose(file) != 0)
        return mt_err_set(err, MT_ERR_RUN, "%s: cannot write: %s", t->path, strerror(errno));
    return 0;
}

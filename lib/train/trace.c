#include "lib/train/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/file.h"

/* How many bytes of the trace, as far as there is one, are about steps 1..step, the header included. */
static int bytes_until(const char *path, int64_t step, size_t *bytes, struct mt_err *err)
{
    char *text, *line, *end;
    size_t len;
    struct mt_err why;
    *bytes = 0;
    if (mt_file_read(path, SIZE_MAX - 1, &text, &len, &why) < 0)
        return why.kind == MT_ERR_RUN ? mt_err_set(err, why.kind, "%s", why.text) : 0;
    end = strchr(text, '\n');
    for (line = end ? end + 1 : text; end && (end = strchr(line, '\n')); line = end + 1)
        if (strtoll(line, NULL, 10) > step)
            break;
    *bytes = (size_t)(line - text);
    free(text);
    return 0;
}

int mt_trace_open(struct mt_trace *t, const char *path, int64_t step, struct mt_err *err)
{
    t->path = path;
    t->file = NULL;
    if (!path)
        return 0;
    size_t kept = 0;
    if (step > 0 && bytes_until(path, step, &kept, err) < 0)
        return -1;
    if (!(t->file = fopen(path, kept ? "ae" : "we")))
        return mt_err_set(err, MT_ERR_RUN, "%s: cannot create: %s", path, strerror(errno));
    setvbuf(t->file, NULL, _IOLBF, BUFSIZ); /* a checkpoint may be saved after any row */
    if (kept && ftruncate(fileno(t->file), (off_t)kept) < 0)
        return mt_err_set(err, MT_ERR_RUN, "%s: cannot cut: %s", path, strerror(errno));
    if (!kept)
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

#include "lib/core/err.h"

#include <stdarg.h>

#include "lib/core/plain.h"

int mt_err_set(struct mt_err *err, enum mt_err_kind kind, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        mt_plain_format(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        err->kind = kind;
    }
    return -1;
}

int mt_err_memory(struct mt_err *err, const char *what, size_t bytes)
{
    return mt_err_set(err, MT_ERR_RUN, "out of memory: %s needs %.1f MiB", what, (double)bytes / 1048576.0);
}

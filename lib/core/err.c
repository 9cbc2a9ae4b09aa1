#include "lib/core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

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

static bool machine_is_at_fault(int code)
{
    static const int codes[] = {EIO, EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, EINTR, ENOSPC, EDQUOT,
                                /* a file server that is away */
                                ESTALE, ETIMEDOUT, EHOSTDOWN, ENOTCONN, EREMOTEIO};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

int mt_err_read(struct mt_err *err, const char *path, const char *what, int code)
{
    return mt_err_set(err, machine_is_at_fault(code) ? MT_ERR_RUN : MT_ERR_DATA, "%s: cannot %s: %s", path,
                      what, strerror(code));
}

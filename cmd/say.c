#include "cmd/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/core/plain.h"

void say_line(const char *fmt, ...)
{
    char line[8192];
    va_list ap;
    va_start(ap, fmt);
    mt_plain_format(line, sizeof line, fmt, ap);
    va_end(ap);
    fprintf(stderr, "%s\n", line);
}

int say_problems(const struct mt_diag *diag)
{
    fputs(diag->text.data ? diag->text.data : "", stderr);
    if (diag->text.failed)
        fputs("\nmetric-train: error: out of memory: not all problems are shown\n", stderr);
    return diag->errors ? (int)diag->kind : 0;
}

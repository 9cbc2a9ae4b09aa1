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

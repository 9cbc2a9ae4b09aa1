#include "cmd/output.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/file.h"

int output_format(const struct args *a, enum mt_text_format *format)
{
    bool json = args_has(a, "json"), csv = args_has(a, "csv");
    *format = json ? MT_TEXT_JSON : csv ? MT_TEXT_CSV : MT_TEXT_PLAIN;
    if (!json || !csv)
        return 0;
    fprintf(stderr, "metric-train %s: error: --json and --csv exclude each other\n", a->command->name);
    return 2;
}

int output_write(const char *file, struct mt_buf *b)
{
    struct mt_err err;
    if (!file || !strcmp(file, "-"))
        return print_result(b);
    int rc = b->failed ? mt_err_memory(&err, file, b->len)
                       : mt_file_write(file, b->data ? b->data : "", b->len, &err);
    mt_buf_release(b);
    return rc < 0 ? say_error(&err) : 0;
}

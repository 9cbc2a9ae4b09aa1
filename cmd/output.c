#include "cmd/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/report/formula.h"

int output_format(const struct args *a, enum mt_text_format *format)
{
    static const struct {
        const char *option;
        enum mt_text_format format;
    } forms[] = {{"json", MT_TEXT_JSON}, {"csv", MT_TEXT_CSV}, {"markdown", MT_TEXT_MARKDOWN}};
    const char *first = NULL;
    *format = MT_TEXT_PLAIN;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!args_has(a, forms[i].option))
            continue;
        if (first) {
            say_line("metric-train %s: error: --%s and --%s exclude each other", a->command->name, first,
                     forms[i].option);
            return 2;
        }
        first = forms[i].option;
        *format = forms[i].format;
    }
    return 0;
}

int output_write_at(const char *file, struct mt_buf *b)
{
    struct mt_err err;
    int rc = b->failed ? mt_err_memory(&err, file, b->len)
                       : mt_file_write(file, b->data ? b->data : "", b->len, &err);
    mt_buf_release(b);
    return rc < 0 ? say_error(&err) : 0;
}

int output_write(const char *file, struct mt_buf *b)
{
    struct mt_err err;
    if (!file || !strcmp(file, "-"))
        return print_result(b);
    char *target = mt_file_behind(file, &err);
    int rc = target ? output_write_at(target, b) : say_error(&err);
    free(target);
    mt_buf_release(b);
    return rc;
}

static void warn_of_formulas(const char *csv)
{
    struct mt_formulas found = {0};
    struct mt_buf words = {0};
    if (mt_formulas_scan(&found, csv) == 0 && found.n) {
        mt_formulas_text(&found, "the field", &words);
        say_line("warning: %s", words.data ? words.data : "some fields look like formulas");
    }
    mt_buf_release(&words);
}

int output_write_csv(const char *file, struct mt_buf *b)
{
    if (b->len)
        warn_of_formulas(b->data);
    return output_write(file, b);
}

/* output.h: where a command's result goes and in which form. */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "cmd/command.h"
#include "lib/report/table.h"

#define OPTION_JSON                                                                                          \
    {                                                                                                        \
        "json", 0, NULL, "Print JSON."                                                                       \
    }
#define OPTION_CSV                                                                                           \
    {                                                                                                        \
        "csv", 0, NULL, "Print CSV."                                                                         \
    }

#define OPTION_MARKDOWN                                                                                      \
    {                                                                                                        \
        "markdown", 0, NULL, "Print Markdown."                                                               \
    }

/* What --json, --csv or --markdown ask for. Returns 0, or 2 after saying that two of them were given. */
int output_format(const struct args *a, enum mt_text_format *format);

/* Writes the result to `file` (whole or not at all), to stdout for "-" and NULL. Returns 0, or the exit code
 * after saying what went wrong. Releases the buffer. */
int output_write(const char *file, struct mt_buf *b);
/* The same to a path that nobody named: a link there is replaced. */
int output_write_at(const char *file, struct mt_buf *b);
/* output_write of a CSV, after warning of fields that a spreadsheet would take for formulas. */
int output_write_csv(const char *file, struct mt_buf *b);

#endif

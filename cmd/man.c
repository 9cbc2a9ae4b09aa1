/* man.c: the manual page (man(7) macros), from the command table: `help --man`. */
#include <string.h>

#include "cmd/args.h"
#include "lib/core/version.h"

/* Running text: a backslash and a hyphen are escaped, and a line that begins with a control character is
 * protected. */
static void put_text(struct mt_buf *b, const char *text)
{
    bool start = true;
    for (const char *p = text; *p; p++) {
        if (start && (*p == '.' || *p == '\''))
            mt_buf_puts(b, "\\&");
        start = *p == '\n';
        if (*p == '\\')
            mt_buf_puts(b, "\\e");
        else if (*p == '-')
            mt_buf_puts(b, "\\-");
        else
            mt_buf_printf(b, "%c", *p);
    }
}

static void put_option(struct mt_buf *b, const struct option_row *o)
{
    mt_buf_puts(b, ".TP\n.B ");
    if (o->letter)
        mt_buf_printf(b, "\\-%c\\fR, \\fB", o->letter);
    mt_buf_puts(b, "\\-\\-");
    put_text(b, o->name);
    if (o->arg)
        mt_buf_printf(b, " \\fI%s", o->arg);
    mt_buf_puts(b, "\n");
    put_text(b, o->help);
    mt_buf_puts(b, "\n");
}

static void put_command(struct mt_buf *b, const struct command *c)
{
    mt_buf_puts(b, ".SS \"");
    put_text(b, c->name);
    if (*c->usage) {
        mt_buf_puts(b, " ");
        put_text(b, c->usage);
    }
    mt_buf_puts(b, "\"\n");
    put_text(b, c->help);
    mt_buf_puts(b, "\n");
    if (c->detail) {
        mt_buf_puts(b, ".PP\n");
        put_text(b, c->detail);
        mt_buf_puts(b, "\n");
    }
    for (const struct option_row *o = c->options; o && o->name; o++)
        put_option(b, o);
    mt_buf_puts(b, ".PP\nExample:\n.br\n.B ");
    put_text(b, c->example);
    mt_buf_puts(b, "\n");
}

static const struct {
    int code;
    const char *meaning;
} exit_codes[] = {
    {0, "Done, or the run was complete already."},
    {1, "Failed while running: input or output, memory."},
    {2, "Wrong command line or experiment file."},
    {3, "Data are missing, broken, or do not fit."},
    {4, "The loss or a gradient was not finite."},
    {6, "Another process uses the run folder."},
    {75, "Stopped by a signal; a checkpoint is saved, and the same command goes on. A second signal stops at "
         "once, with 130 "
         "or 143."},
};

void print_man(struct mt_buf *b)
{
    mt_buf_puts(
        b,
        ".TH METRIC\\-TRAIN 1 \"\" \"metric\\-train " MT_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nmetric\\-train \\- train embeddings with metric\\-learning heads on the CPU\n"
        ".SH SYNOPSIS\n.B metric\\-train\n.I COMMAND\n.RI [ WORDS ]\n.RI [ OPTIONS ]\n.br\n"
        ".B metric\\-train\n.I CONFIG.yaml\n.RI [ OPTIONS ]\n"
        ".SH DESCRIPTION\n"
        "Reads an experiment in YAML, trains a small convolutional network with a loss head such as softmax, "
        "center loss,\n"
        "SphereFace, CosFace, ArcFace or CurricularFace, and leaves a run folder with weights, and with "
        "embeddings,\n"
        "predictions and metrics as CSV. Results go to standard output, everything else to standard error.\n"
        ".PP\nOptions may stand before or after the words. A file name alone means\n.B train\\fR.\n"
        ".SH COMMANDS\n");
    for (int i = 0; commands[i]; i++)
        put_command(b, commands[i]);
    mt_buf_puts(b, ".SH \"EXIT STATUS\"\n");
    for (size_t i = 0; i < sizeof exit_codes / sizeof *exit_codes; i++) {
        mt_buf_printf(b, ".TP\n.B %d\n", exit_codes[i].code);
        put_text(b, exit_codes[i].meaning);
        mt_buf_puts(b, "\n");
    }
    mt_buf_puts(b, ".SH ENVIRONMENT\n"
                   ".TP\n.B OPENBLAS_CORETYPE\nThe kernels OpenBLAS uses; metric\\-train picks them itself "
                   "when this is not set.\n"
                   ".SH FILES\n"
                   "An experiment's keys are listed by\n.B metric\\-train list keys\\fR.\n"
                   "Examples stand in\n.IR configs/ .\n");
}

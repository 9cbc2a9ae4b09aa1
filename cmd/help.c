/* help.c: `help [COMMAND]`, and the texts of --help, all from the command table. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/say.h"

void print_overview(struct mt_buf *b)
{
    mt_buf_puts(b, "metric-train trains a small convolutional network with a metric-learning head on the "
                   "CPU, from a YAML experiment\n"
                   "to embeddings and metrics in CSV.\n\n"
                   "usage: metric-train COMMAND [WORDS] [OPTIONS]\n"
                   "       metric-train CONFIG.yaml        the same as: metric-train train CONFIG.yaml\n\n"
                   "commands:\n");
    for (int i = 0; commands[i]; i++)
        mt_buf_printf(b, "  %-11s %s\n", commands[i]->name, commands[i]->help);
    mt_buf_puts(b, "\nOptions may stand before or after the words. 'metric-train COMMAND --help' tells more; "
                   "'metric-train --version'\n"
                   "prints the version.\n\n"
                   "example: metric-train train configs/quickstart/arcface.yaml --set head.m=0.3\n");
}

static void print_option(struct mt_buf *b, char letter, const char *name, const char *arg, const char *help)
{
    char left[64];
    if (letter)
        snprintf(left, sizeof left, "-%c, --%s%s%s", letter, name, arg ? " " : "", arg ? arg : "");
    else
        snprintf(left, sizeof left, "    --%s%s%s", name, arg ? " " : "", arg ? arg : "");
    mt_buf_printf(b, "  %-26s %s\n", left, help);
}

void print_command_help(const struct command *c, struct mt_buf *b)
{
    mt_buf_printf(b, "%s\n\nusage: metric-train %s%s%s [OPTIONS]\n", c->help, c->name, *c->usage ? " " : "",
                  c->usage);
    if (c->detail)
        mt_buf_printf(b, "\n%s\n", c->detail);
    mt_buf_puts(b, "\noptions:\n");
    for (const struct option_row *o = c->options; o && o->name; o++)
        print_option(b, o->letter, o->name, o->arg, o->help);
    print_option(b, 'h', "help", NULL, "Print this help.");
    mt_buf_printf(b, "\nexample: %s\n", c->example);
}

static const struct option_row options[] = {
    {"man", 0, NULL, "Print the manual page (troff)."},
    {0},
};

static int run(const struct args *a)
{
    struct mt_buf b = {0};
    if (args_has(a, "man")) {
        print_man(&b);
        return print_result(&b);
    }
    if (a->n_words == 0) {
        print_overview(&b);
        return print_result(&b);
    }
    const struct command *c = find_command(a->word[0]);
    if (!c) {
        const char *near = nearest_command(a->word[0]);
        say_line("metric-train help: error: no command '%s'%s%s%s", a->word[0],
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        return 2;
    }
    print_command_help(c, &b);
    return print_result(&b);
}

const struct command command_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .help = "Explain a command.",
    .example = "metric-train help train",
    .options = options,
    .max_words = 1,
    .run = run,
};

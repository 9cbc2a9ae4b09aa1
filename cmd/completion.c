/* completion.c: `completion bash|zsh|fish`: a script for the shell, from the command table. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/say.h"

/* A command whose usage is a choice of words ("bash|zsh", "[heads|layers]") completes those; capitals stand
 * for something else ("CONFIG|RUN"), and others complete file names. */
static bool takes_choice(const struct command *c)
{
    return strchr(c->usage, '|') && !strpbrk(c->usage, ". ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static void put_choices(struct mt_buf *b, const char *usage, const char *between)
{
    for (const char *p = usage; *p; p++)
        if (*p == '|')
            mt_buf_puts(b, between);
        else if (*p != '[' && *p != ']')
            mt_buf_append(b, p, 1);
}

static void put_names(struct mt_buf *b, const char *between)
{
    for (int i = 0; commands[i]; i++)
        mt_buf_printf(b, "%s%s", i ? between : "", commands[i]->name);
}

/* Text inside single quotes of a shell; characters in `also` get a backslash. */
static void put_quoted(struct mt_buf *b, const char *text, const char *also)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            mt_buf_puts(b, "'\\''");
        else
            mt_buf_printf(b, "%s%c", strchr(also, *p) ? "\\" : "", *p);
    }
}

/* --- bash --- */

static void print_bash(struct mt_buf *b)
{
    mt_buf_puts(b, "# bash completion of metric-train\n"
                   "_metric_train()\n{\n"
                   "    local cur=${COMP_WORDS[COMP_CWORD]} command='' words='' i\n"
                   "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                   "        case ${COMP_WORDS[i]} in\n"
                   "        ");
    put_names(b, " | ");
    mt_buf_puts(b, ")\n            command=${COMP_WORDS[i]}\n            break\n            ;;\n"
                   "        esac\n    done\n"
                   "    case $command:$cur in\n"
                   "    :-*) words='--help --version' ;;\n"
                   "    :*) words='");
    put_names(b, " ");
    mt_buf_puts(b, "' ;;\n");
    for (int i = 0; commands[i]; i++) {
        const struct command *c = commands[i];
        mt_buf_printf(b, "    %s:-*) words='--help", c->name);
        for (const struct option_row *o = c->options; o && o->name; o++)
            mt_buf_printf(b, " --%s", o->name);
        mt_buf_puts(b, "' ;;\n");
        if (takes_choice(c)) {
            mt_buf_printf(b, "    %s:*) words='", c->name);
            put_choices(b, c->usage, " ");
            mt_buf_puts(b, "' ;;\n");
        }
    }
    mt_buf_puts(b, "    help:*) words='");
    put_names(b, " ");
    mt_buf_puts(b, "' ;;\n    esac\n"
                   "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                   "}\n"
                   "# What is no word of ours is a file name.\n"
                   "complete -o bashdefault -o default -F _metric_train metric-train\n");
}

/* --- zsh --- */

static void print_zsh_option(struct mt_buf *b, const struct option_row *o)
{
    mt_buf_puts(b, " \\\n            ");
    if (o->letter)
        mt_buf_printf(b, "'*'{-%c,--%s}'[", o->letter, o->name);
    else
        mt_buf_printf(b, "'*--%s[", o->name);
    put_quoted(b, o->help, "[]:");
    mt_buf_puts(b, "]");
    if (o->arg)
        mt_buf_printf(b, ":%s:%s", o->arg, !strcmp(o->arg, "FILE") || !strcmp(o->arg, "DIR") ? "_files" : "");
    mt_buf_puts(b, "'");
}

static void print_zsh(struct mt_buf *b)
{
    mt_buf_puts(b, "#compdef metric-train\n"
                   "_metric_train()\n{\n"
                   "    local -a commands\n"
                   "    commands=(\n");
    for (int i = 0; commands[i]; i++) {
        mt_buf_printf(b, "        '%s:", commands[i]->name);
        put_quoted(b, commands[i]->help, ":");
        mt_buf_puts(b, "'\n");
    }
    mt_buf_puts(b, "    )\n"
                   "    if (( CURRENT == 2 )); then\n"
                   "        _describe command commands\n"
                   "        _files -g '*.y(a|)ml'\n"
                   "        return\n"
                   "    fi\n"
                   "    shift words\n"
                   "    (( CURRENT-- ))\n"
                   "    case $words[1] in\n");
    for (int i = 0; commands[i]; i++) {
        const struct command *c = commands[i];
        mt_buf_printf(b, "    %s)\n        _arguments '--help[Print this help.]'", c->name);
        for (const struct option_row *o = c->options; o && o->name; o++)
            print_zsh_option(b, o);
        mt_buf_puts(b, " \\\n            '");
        if (takes_choice(c)) {
            mt_buf_puts(b, "1:word:(");
            put_choices(b, c->usage, " ");
            mt_buf_puts(b, ")'\n        ;;\n");
        } else {
            mt_buf_puts(b, "*:file:_files'\n        ;;\n");
        }
    }
    mt_buf_puts(b, "    *) _files ;;\n    esac\n}\n_metric_train \"$@\"\n");
}

/* --- fish --- */

static void print_fish(struct mt_buf *b)
{
    mt_buf_puts(b, "# fish completion of metric-train\n");
    for (int i = 0; commands[i]; i++) {
        const struct command *c = commands[i];
        mt_buf_printf(b, "complete -c metric-train -n __fish_use_subcommand -a %s -d '", c->name);
        put_quoted(b, c->help, "");
        mt_buf_puts(b, "'\n");
        for (const struct option_row *o = c->options; o && o->name; o++) {
            mt_buf_printf(b, "complete -c metric-train -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                          o->name);
            if (o->letter)
                mt_buf_printf(b, " -s %c", o->letter);
            mt_buf_printf(b, "%s -d '", o->arg ? " -r" : "");
            put_quoted(b, o->help, "");
            mt_buf_puts(b, "'\n");
        }
        if (takes_choice(c)) {
            mt_buf_printf(b, "complete -c metric-train -f -n '__fish_seen_subcommand_from %s' -a '", c->name);
            put_choices(b, c->usage, " ");
            mt_buf_puts(b, "'\n");
        }
    }
}

static const struct {
    const char *shell;
    void (*print)(struct mt_buf *b);
} writers[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

static int run(const struct args *a)
{
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (!strcmp(writers[i].shell, a->word[0])) {
            struct mt_buf b = {0};
            writers[i].print(&b);
            return print_result(&b);
        }
    }
    say_line("metric-train completion: error: expected bash, zsh or fish, got '%s'", a->word[0]);
    return 2;
}

const struct command command_completion = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .help = "Print a script that completes metric-train's words in a shell.",
    .detail = "For the running bash: source <(metric-train completion bash)",
    .example = "metric-train completion bash >~/.local/share/bash-completion/completions/metric-train",
    .min_words = 1,
    .max_words = 1,
    .run = run,
};

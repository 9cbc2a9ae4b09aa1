#include "cmd/args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/say.h"
#include "lib/core/fd.h"
#include "lib/core/fields.h"

static const struct option_row help_row = {"help", 'h', NULL, "Print this help."};

static const struct option_row *find_option(const struct command *c, const char *name, size_t len)
{
    if (len == strlen(help_row.name) && !strncmp(help_row.name, name, len))
        return &help_row;
    for (const struct option_row *o = c->options; o && o->name; o++)
        if (strlen(o->name) == len && !strncmp(o->name, name, len))
            return o;
    return NULL;
}

static const struct option_row *find_letter(const struct command *c, char letter)
{
    if (letter == help_row.letter)
        return &help_row;
    for (const struct option_row *o = c->options; o && o->name; o++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

static int unknown_option(const struct command *c, const char *word, const char *name)
{
    struct mt_nearest near = mt_nearest_to(name);
    for (const struct option_row *o = c->options; o && o->name; o++)
        mt_nearest_try(&near, o->name);
    say_line("metric-train %s: error: unknown option '%s'%s%s%s", c->name, word,
             near.best ? "; did you mean '--" : "", near.best ? near.best : "", near.best ? "'?" : "");
    say_line("try 'metric-train %s --help'", c->name);
    return 2;
}

static int add(struct args *a, const struct option_row *row, const char *value)
{
    if (a->n_given == MAX_VALUES) {
        say_line("metric-train %s: error: more than %d options", a->command->name, MAX_VALUES);
        return 2;
    }
    a->given[a->n_given].row = row;
    a->given[a->n_given++].value = value;
    return 0;
}

/* Handles argv[*i]; takes argv[*i + 1] too where the option's argument stands there. */
static int parse_option(struct args *a, int *i)
{
    const struct command *c = a->command;
    const char *word = a->argv[*i], *value = NULL;
    const struct option_row *row;
    if (word[1] == '-') {
        const char *name = word + 2, *equals = strchr(name, '=');
        char text[64];
        size_t len = equals ? (size_t)(equals - name) : strlen(name);
        snprintf(text, sizeof text, "%.*s", (int)(len < 63 ? len : 63), name);
        if (!(row = find_option(c, name, len)))
            return unknown_option(c, word, text);
        value = equals ? equals + 1 : NULL;
    } else {
        if (!(row = find_letter(c, word[1])))
            return unknown_option(c, word, word + 1);
        value = word[2] ? word + 2 : NULL;
    }
    if (!row->arg && value) {
        say_line("metric-train %s: error: option '--%s' takes no value", c->name, row->name);
        return 2;
    }
    if (row->arg && !value && !(value = *i + 1 < a->argc ? a->argv[++*i] : NULL)) {
        say_line("metric-train %s: error: option '--%s' needs a value: --%s %s", c->name, row->name,
                 row->name, row->arg);
        return 2;
    }
    return add(a, row, row->arg ? value : "");
}

int args_parse(struct args *a, const struct command *command, int argc, char **argv, int first)
{
    memset(a, 0, sizeof *a);
    a->command = command;
    a->argc = argc;
    a->argv = argv;
    if (!(a->word = calloc((size_t)argc + 1, sizeof *a->word))) {
        fprintf(stderr, "metric-train: error: out of memory\n");
        return 1;
    }
    bool options = true;
    for (int i = first; i < argc; i++) {
        if (options && !strcmp(argv[i], "--")) {
            options = false;
        } else if (options && argv[i][0] == '-' && argv[i][1]) {
            int rc = parse_option(a, &i);
            if (rc)
                return rc;
        } else {
            a->word[a->n_words++] = argv[i];
        }
    }
    if (args_has(a, "help"))
        return 0;
    if (a->n_words < command->min_words || (command->max_words >= 0 && a->n_words > command->max_words)) {
        const char *what = a->n_words < command->min_words ? "needs more words" : "takes fewer words";
        say_line("metric-train %s: error: %s: metric-train %s %s", command->name, what, command->name,
                 command->usage);
        return 2;
    }
    return 0;
}

void args_release(struct args *a)
{
    free(a->word);
    memset(a, 0, sizeof *a);
}

bool args_has(const struct args *a, const char *name)
{
    return args_get(a, name) != NULL;
}

const char *args_get(const struct args *a, const char *name)
{
    for (int i = a->n_given - 1; i >= 0; i--)
        if (!strcmp(a->given[i].row->name, name))
            return a->given[i].value;
    return NULL;
}

int args_all(const struct args *a, const char *name, const char *value[MAX_VALUES])
{
    int n = 0;
    for (int i = 0; i < a->n_given; i++)
        if (!strcmp(a->given[i].row->name, name))
            value[n++] = a->given[i].value;
    return n;
}

int args_int(const struct args *a, const char *name, int64_t def, int64_t min, int64_t max, int64_t *out)
{
    const char *text = args_get(a, name);
    *out = def;
    if (!text)
        return 0;
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max) {
        say_line("metric-train %s: error: --%s: expected an integer from %lld to %lld, got '%s'",
                 a->command->name, name, (long long)min, (long long)max, text);
        return 2;
    }
    *out = v;
    return 0;
}

int args_real(const struct args *a, const char *name, double def, double min, double max, double *out)
{
    const char *text = args_get(a, name);
    *out = def;
    if (!text)
        return 0;
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= min && v <= max)) {
        say_line("metric-train %s: error: --%s: expected a number from %g to %g, got '%s'", a->command->name,
                 name, min, max, text);
        return 2;
    }
    *out = v;
    return 0;
}

const struct command *find_command(const char *name)
{
    for (int i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

const char *nearest_command(const char *word)
{
    struct mt_nearest near = mt_nearest_to(word);
    for (int i = 0; commands[i]; i++)
        mt_nearest_try(&near, commands[i]->name);
    return near.best;
}

int say_error(const struct mt_err *err)
{
    say_line("metric-train: error: %s", err->text);
    return (int)err->kind;
}

/* Names stay what they are where another program reads them; a terminal would act on what is in them. */
static void tame(struct mt_buf *b)
{
    struct mt_buf tamed = {.failed = b->failed};
    if (b->len)
        mt_buf_tame(&tamed, b->data, b->data + b->len);
    mt_buf_release(b);
    *b = tamed;
}

int print_result(struct mt_buf *b)
{
    if (isatty(STDOUT_FILENO))
        tame(b);
    bool failed = b->failed;
    int rc = failed ? -1 : mt_fd_write(STDOUT_FILENO, b->data, b->len), saved = errno;
    mt_buf_release(b);
    if (rc == 0)
        return 0;
    if (failed) {
        say_line("metric-train: error: out of memory: what is to be printed");
        return 1;
    }
    if (saved == EPIPE)
        return 141; /* the reader has seen enough: as if stopped by SIGPIPE, without a word */
    say_line("metric-train: error: standard output cannot be written: %s", strerror(saved));
    return 1;
}

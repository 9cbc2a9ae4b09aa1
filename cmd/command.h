/* command.h: what a command is. One command per file with one const struct; commands.c holds the table of
 * all. The main program parses the options by the table, so that --help, completion and the man page come
 * from the same rows. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"

struct option_row {   /* the table ends with name == NULL */
    const char *name; /* long name without dashes */
    char letter;      /* short form, or 0 */
    const char *arg;  /* name of its argument ("N", "FILE"), or NULL for a switch */
    const char *help;
};

#define MAX_VALUES 256

struct args {
    const struct command *command;
    const char **word; /* positional words */
    int n_words;
    struct {
        const struct option_row *row;
        const char *value; /* "" for a switch */
    } given[MAX_VALUES];
    int n_given;
    int argc; /* the whole command line, for environment.json */
    char **argv;
};

struct command {
    const char *name;
    const char *usage;   /* words after the name: "CONFIG" */
    const char *help;    /* one sentence */
    const char *detail;  /* more lines for --help, or NULL */
    const char *example; /* one line */
    const struct option_row *options;
    int min_words, max_words;            /* max -1: any number */
    int (*run)(const struct args *args); /* returns the exit code */
};

extern const struct command *const commands[]; /* ends with NULL */

bool args_has(const struct args *a, const char *name);
const char *args_get(const struct args *a, const char *name); /* the last value given, or NULL */
/* An integer option in [min, max]; `def` when absent. Returns 0, or 2 after printing what is wrong. */
int args_int(const struct args *a, const char *name, int64_t def, int64_t min, int64_t max, int64_t *out);
/* A number in [min, max], likewise. */
int args_real(const struct args *a, const char *name, double def, double min, double max, double *out);
/* All values of a repeatable option; returns how many, at most MAX_VALUES. */
int args_all(const struct args *a, const char *name, const char *value[MAX_VALUES]);

/* Prints "metric-train: error: TEXT" to stderr and returns the exit code of the kind. */
int say_error(const struct mt_err *err);
/* Writes a result to stdout; returns 0, or 1 after saying that stdout could not be written. Releases the
 * buffer. */
int print_result(struct mt_buf *b);

#endif

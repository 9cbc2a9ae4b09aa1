/* args.h: from argv to struct args, by the command's option table. */
#ifndef CMD_ARGS_H
#define CMD_ARGS_H

#include "cmd/command.h"

/* argv[first..] are the words and options of `command`, in any order; "--" ends the options. Returns 0, or 2
 * after printing what is wrong. a->word is allocated; args_release frees it. */
int args_parse(struct args *a, const struct command *command, int argc, char **argv, int first);
void args_release(struct args *a);

/* The name of the command closest to a mistyped word, or NULL. */
const char *nearest_command(const char *word);
const struct command *find_command(const char *name);

void print_overview(struct mt_buf *b);                              /* metric-train --help */
void print_command_help(const struct command *c, struct mt_buf *b); /* metric-train train --help */
void print_man(struct mt_buf *b);                                   /* metric-train help --man */

#endif

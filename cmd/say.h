/* say.h: what the program says on stderr. Names and paths in it are hostile text: each line stays one line,
 * and no control character reaches the terminal (lib/core/plain.h). */
#ifndef CMD_SAY_H
#define CMD_SAY_H

#include "lib/conf/conf.h"

/* One line; the format has no line break. */
void say_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The problems of a document, and whether there was memory for all. Returns the exit code: 0 without errors. */
int say_problems(const struct mt_diag *diag);

#endif

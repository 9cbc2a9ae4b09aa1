/* stop.h: Ctrl-C and its like ask a command to save and end; once more ends it at once. */
#ifndef CMD_STOP_H
#define CMD_STOP_H

#include <signal.h>

/* From now on SIGINT, SIGTERM and SIGHUP set what is returned to their number, and `what` happens is said on
 * stderr. A signal that whoever started the program had it ignore stays ignored. */
const volatile sig_atomic_t *stop_on_signal(const char *what);

#endif

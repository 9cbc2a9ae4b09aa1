/* progress.h: a run's talk on stderr. On a terminal one redrawn line with the time left; otherwise one line
 * per epoch and a sign of life every 30 s. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/train/talk.h"

enum progress_mode { PROGRESS_NONE, PROGRESS_LINES, PROGRESS_BAR, PROGRESS_JSON };

struct progress {
    enum progress_mode mode;
    bool quiet;     /* errors and warnings only */
    bool drawn;     /* a redrawn line stands on the terminal */
    double last;    /* when it was drawn, or the last line was printed */
    double rate;    /* seconds per step, exponential mean */
    double step_at; /* when the last step ended */
    long steps_seen;
};

/* mode: auto, bar, lines, none or json. Returns 0, or 2 after printing what is wrong. */
int progress_init(struct progress *p, const char *mode, bool quiet);
struct mt_talker progress_talker(struct progress *p);
void progress_clear(struct progress *p); /* takes the redrawn line away before something else is printed */

int progress_columns(void); /* of the terminal that stderr is, else 80 */
/* "2.5 s", "1m20s", "3h05m" */
void progress_time(double seconds, char *text, size_t size);

#endif

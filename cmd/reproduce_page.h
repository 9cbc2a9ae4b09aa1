/* reproduce_page.h: what the tables of `reproduce` share. */
#ifndef CMD_REPRODUCE_PAGE_H
#define CMD_REPRODUCE_PAGE_H

#include "cmd/reproduce.h"

/* What is printed, of which notebook (NULL: of all that are wanted), how and where to. */
struct reproduce_page {
    const struct reproduction *r;
    const char *notebook;
    enum mt_text_format format;
    struct mt_buf *out;
};

bool reproduce_shows(const struct reproduce_page *p, const struct reproduced *e);
const struct reproduced *reproduce_find(const struct reproduction *r, const char *run);
int reproduce_runs(const struct reproduction *r, const struct reproduced *e); /* how many there are */

/* A heading; a paragraph of one sentence; and a line of a list. */
void reproduce_heading(const struct reproduce_page *p, const char *text);
void reproduce_say(const struct reproduce_page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void reproduce_item(const struct reproduce_page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints and releases a table, and leaves a line free. */
void reproduce_table(const struct reproduce_page *p, struct mt_text_table *t);

#define REPRODUCE_CELL 96
/* "0.9855 +- 0.0020" with so many decimals (-1: by size); empty where no value is a number. */
void reproduce_mean(const double *value, int n, int digits, char text[REPRODUCE_CELL]);
int reproduce_digits(double x); /* decimals that a number of this size makes sense with */

/* Whether a figure ("val_loss@10") is one of the validation samples; and whether these are the test samples
 * in any run of the experiment. */
bool reproduce_is_validation(const char *figure);
bool reproduce_on_test(const struct reproduction *r, const struct reproduced *e);

#endif

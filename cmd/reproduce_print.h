/* reproduce_print.h: the parts of a page of `reproduce`. */
#ifndef CMD_REPRODUCE_PRINT_H
#define CMD_REPRODUCE_PRINT_H

#include "cmd/reproduce_page.h"

int reproduce_claims(const struct reproduce_page *p, struct mt_err *err);
int reproduce_figures(const struct reproduce_page *p, struct mt_err *err);
int reproduce_asked_figures(const struct reproduce_page *p, const struct mt_claim_table *t,
                            struct mt_err *err);
int reproduce_log(const struct reproduce_page *p, struct mt_err *err);
int reproduce_classes(const struct reproduce_page *p, struct mt_err *err);
int reproduce_confusion(const struct reproduce_page *p, struct mt_err *err);

#endif

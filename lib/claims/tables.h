/* tables.h: which tables a file of claims asks for, beside its verdicts. */
#ifndef MT_CLAIMS_TABLES_H
#define MT_CLAIMS_TABLES_H

#include "lib/core/fields.h"

enum mt_claim_show {
    MT_SHOW_FIGURES,   /* figures of every experiment of the notebook */
    MT_SHOW_LOG,       /* the printed lines of a training log beside the runs' */
    MT_SHOW_CLASSES,   /* precision, recall and F1 per class, printed and over seeds */
    MT_SHOW_CONFUSION, /* confusion matrices, summed over seeds */
};

struct mt_claim_table {
    char *notebook; /* n2 */
    char *title;
    int show;
    struct mt_strings figures; /* as claims name them; for MT_SHOW_FIGURES alone */
};

extern const struct mt_table mt_claim_tables; /* of its one kind of row */

#endif

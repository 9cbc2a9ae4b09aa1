/* changes.h: what a run was trained with that its experiment does not say. */
#ifndef MT_CLAIMS_CHANGES_H
#define MT_CLAIMS_CHANGES_H

#include "lib/compare/results.h"

/* Appends KEY=VALUE for each setting of the run that the experiment's own settings do not have so, with
 * commas between; nothing where there are none. Which samples there were, and the seed, are not looked at. */
void mt_claim_changes(const struct mt_settings *experiment, const struct mt_result *run, struct mt_buf *out);

/* Whether what the run calls validation are the test samples. */
bool mt_claim_validates_on_test(const struct mt_result *run);

#endif

/* projector.h: vectors for TensorBoard's embedding projector, which reads a folder of three files:
 *
 * vectors.tsv             one vector per line, its numbers between tabs; no header
 * metadata.tsv            a header and one line per vector: two columns, since a file of one has no header
 * projector_config.pbtxt  names both
 *
 * Its parsers split lines at every tab and pass over lines that are blank, so no cell is left empty (a
 * missing one is "?"), tabs and line breaks in names are written as \t and \n, and other control characters
 * and bytes that are not valid UTF-8 become U+FFFD. */
#ifndef MT_REPORT_PROJECTOR_H
#define MT_REPORT_PROJECTOR_H

#include <stdint.h>

#include "lib/core/buf.h"

#define MT_PROJECTOR_VECTORS "vectors.tsv"
#define MT_PROJECTOR_METADATA "metadata.tsv"
#define MT_PROJECTOR_CONFIG "projector_config.pbtxt"

void mt_projector_vectors(struct mt_buf *b, const float *x, int64_t n, int dim); /* x (n, D) */
void mt_projector_config(struct mt_buf *b);

/* A cell of metadata.tsv, and what follows it: a tab or a line break. */
void mt_projector_text(struct mt_buf *b, const char *text, bool last);
void mt_projector_number(struct mt_buf *b, int64_t value, bool last); /* < 0: missing */

#endif

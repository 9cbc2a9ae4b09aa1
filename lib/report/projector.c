#include "lib/report/projector.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lib/core/plain.h"
#include "lib/report/csv.h"

void mt_projector_vectors(struct mt_buf *b, const float *x, int64_t n, int dim)
{
    for (int64_t i = 0; i < n; i++)
        for (int d = 0; d < dim; d++) {
            float v = x[i * dim + d];
            if (isnan(v))
                mt_buf_puts(b, "nan");
            else
                mt_csv_float(b, v);
            mt_buf_puts(b, d + 1 < dim ? "\t" : "\n");
        }
}

void mt_projector_config(struct mt_buf *b)
{
    mt_buf_puts(b, "embeddings {\n"
                   "  tensor_path: \"" MT_PROJECTOR_VECTORS "\"\n"
                   "  metadata_path: \"" MT_PROJECTOR_METADATA "\"\n"
                   "}\n");
}

static bool is_blank(const char *text)
{
    for (; *text; text++)
        if (*text != ' ')
            return false;
    return true;
}

void mt_projector_text(struct mt_buf *b, const char *text, bool last)
{
    if (!text || is_blank(text))
        text = "?";
    while (*text) {
        int n = mt_utf8_len(text);
        char piece[5] = {0};
        memcpy(piece, text, n ? (size_t)n : 1);
        if (*text == '\t' || *text == '\n' || *text == '\r')
            mt_buf_puts(b, *text == '\t' ? "\\t" : *text == '\n' ? "\\n" : "\\r");
        else
            mt_buf_plain(b, piece);
        text += n ? n : 1;
    }
    mt_buf_puts(b, last ? "\n" : "\t");
}

void mt_projector_number(struct mt_buf *b, int64_t value, bool last)
{
    if (value < 0)
        mt_projector_text(b, NULL, last);
    else
        mt_buf_printf(b, "%" PRId64 "%s", value, last ? "\n" : "\t");
}

/* page_points.c: the points of all runs as JSON inside a script element, for lib/present/page/data.js, which
 * says what it holds. Arrays are base64 of little-endian numbers. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/present/page_parts.h"
#include "lib/report/palette.h"

/* Within a script element only "<" could end it or begin a comment, and U+2028 is no line break of JSON but
 * was one of JavaScript; both are written as escapes, which JSON reads alike. */
void mt_page_json_string(struct mt_buf *b, const char *text)
{
    struct mt_buf plain = {0};
    mt_buf_json_string(&plain, text);
    for (const char *at = plain.data; at && *at;) {
        if (strchr("<>&", *at)) {
            mt_buf_printf(b, "\\u%04x", (unsigned)*at++);
        } else if (!strncmp(at, "\xe2\x80\xa8", 3) || !strncmp(at, "\xe2\x80\xa9", 3)) {
            mt_buf_puts(b, at[2] == '\xa8' ? "\\u2028" : "\\u2029");
            at += 3;
        } else {
            mt_buf_append(b, at++, 1);
        }
    }
    b->failed |= plain.failed;
    mt_buf_release(&plain);
}

void mt_page_base64(struct mt_buf *b, const void *data, size_t len)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *byte = data;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = 0;
        char four[4];
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < len ? byte[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            four[k] = i + k > len ? '=' : digit[group >> (18 - 6 * k) & 63];
        mt_buf_append(b, four, sizeof four);
    }
}

/* Numbers of 32 bits, little-endian. */
static void array(struct mt_buf *b, const char *key, const void *data, int64_t n)
{
    uint32_t *word = malloc((size_t)n * sizeof *word + 1);
    b->failed |= !word;
    if (word) {
        memcpy(word, data, (size_t)n * sizeof *word);
        for (int64_t i = 0; i < n; i++)
            word[i] = htole32(word[i]);
        mt_buf_printf(b, ",\"%s\":\"", key);
        mt_page_base64(b, word, (size_t)n * sizeof *word);
        mt_buf_puts(b, "\"");
    }
    free(word);
}

static void put_samples(struct mt_buf *b, const struct mt_page_samples *s)
{
    array(b, "index", s->index, s->n);
    array(b, "label", s->class, s->n);
    array(b, "pred", s->pred, s->n);
}

static void put_run(const struct mt_page *p, const struct mt_page_run *r)
{
    struct mt_buf *b = p->out;
    mt_buf_puts(b, "{\"name\":");
    mt_page_json_string(b, r->label);
    put_samples(b, &r->samples);
    mt_buf_puts(b, ",\"views\":[");
    for (int i = 0; i < r->n_views; i++) {
        const struct mt_page_view *v = &r->view[i];
        mt_buf_printf(b, "%s{\"title\":\"%s\",\"dim\":%d,\"embeddings\":%s,\"unit\":%s", i ? "," : "",
                      v->title, v->dim, v->axes ? "true" : "false", v->unit ? "true" : "false");
        array(b, "x", v->x, mt_page_samples_of(r, v)->n * v->dim);
        array(b, "centers", v->center ? v->center : v->x, v->center ? (int64_t)p->n_classes * v->dim : 0);
        if (v->own.n)
            put_samples(b, &v->own);
        mt_buf_puts(b, "}");
    }
    mt_buf_puts(b, "]}");
}

void mt_page_points(const struct mt_page *p)
{
    struct mt_buf *b = p->out;
    mt_buf_puts(b, "<script type=\"application/json\" id=report-data>{\"classes\":[");
    for (int k = 0; k < p->n_classes; k++) {
        mt_buf_puts(b, k ? ",{\"name\":" : "{\"name\":");
        mt_page_json_string(b, p->class_name[k]);
        mt_buf_printf(b, ",\"color\":\"%s\"}", mt_palette_class(k));
    }
    mt_buf_puts(b, "],\"runs\":[");
    for (int i = 0; i < p->n_runs; i++) {
        mt_buf_puts(b, i ? ",\n" : "\n");
        put_run(p, &p->run[i]);
    }
    mt_buf_puts(b, "]}</script>\n");
}

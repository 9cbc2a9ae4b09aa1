/* diag.c: problems in the style of a compiler, so that editors jump to them:
 *
 *     mnist.yaml:7:3: error: unknown key 'marign' in 'head'; did you mean 'margin' (alias of 'm')?
 *         7 |   marign: 0.5
 *           |   ^~~~~~
 */
#include "lib/conf/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/quote.h"
#include "lib/core/plain.h"

#define MOST_SHOWN 20
#define WINDOW 120   /* characters of a source line that are shown */
#define LONGEST 2000 /* bytes of a message that are shown: words of the document may stand in it */

void mt_diag_release(struct mt_diag *d)
{
    mt_buf_release(&d->text);
    memset(d, 0, sizeof *d);
}

/* Length of the line break at p, 0 where there is none: those that YAML 1.1 counts lines by. */
static size_t break_len(const char *p, const char *end)
{
    size_t left = (size_t)(end - p);
    if (*p == '\n')
        return 1;
    if (*p == '\r')
        return left > 1 && p[1] == '\n' ? 2 : 1;
    if (!(*p & 0x80))
        return 0;
    if (left > 1 && !memcmp(p, "\xc2\x85", 2))
        return 2;
    if (left > 2 && (!memcmp(p, "\xe2\x80\xa8", 3) || !memcmp(p, "\xe2\x80\xa9", 3)))
        return 3;
    return 0;
}

static int char_len(const char *p)
{
    bool plain;
    return mt_plain_char(p, &plain);
}

static void show_source(struct mt_buf *b, const struct mt_place *at)
{
    const char *p = at->src->text, *end = p + at->src->len;
    for (int line = 1; line < at->line && p < end;) {
        size_t n = break_len(p, end);
        line += n > 0;
        p += n ? n : 1;
    }
    int col = at->col;
    bool cut = col > WINDOW - 20;
    for (int skip = cut ? col - WINDOW / 2 : 0; skip > 0 && p < end && !break_len(p, end); skip--, col--)
        p += char_len(p);
    const char *stop = p;
    int shown = 0;
    for (; stop < end && shown < WINDOW && !break_len(stop, end); shown++)
        stop += char_len(stop);

    mt_buf_printf(b, "%5d | %s", at->line, cut ? "..." : "");
    mt_buf_tame(b, p, stop);
    mt_buf_printf(b, "\n      | %s", cut ? "   " : "");
    for (int i = 1; i < col; i++) { /* tabs under tabs, so that the caret stands right at any tab width */
        mt_buf_puts(b, p < stop && *p == '\t' ? "\t" : " ");
        p += p < stop ? char_len(p) : 0;
    }
    mt_buf_puts(b, "^");
    for (int i = 1; i < at->width && col + i <= shown; i++)
        mt_buf_puts(b, "~");
    mt_buf_puts(b, "\n");
}

static void show(struct mt_buf *b, const char *word, const struct mt_place *at, const char *text)
{
    bool line = at && at->src->kind == MT_SOURCE_FILE && at->line > 0;
    if (at) {
        mt_buf_plain(b, at->src->name);
        if (line)
            mt_buf_printf(b, ":%d:%d", at->line, at->col);
        mt_buf_puts(b, ": ");
    }
    mt_buf_printf(b, "%s: ", word);
    mt_buf_plain(b, text);
    mt_buf_puts(b, "\n");
    if (line)
        show_source(b, at);
}

static int add(struct mt_diag *diag, enum mt_err_kind kind, const struct mt_place *at, const char *fmt,
               va_list ap)
{
    if (kind) {
        if (!diag->errors++)
            diag->kind = kind;
    } else {
        diag->warnings++;
    }
    int more = diag->errors + diag->warnings - MOST_SHOWN;
    if (more > 0) {
        if (more == 1)
            diag->shown = diag->text.len;
        if (!diag->text.failed) {
            diag->text.len = diag->shown;
            mt_buf_printf(&diag->text, "... and %d more\n", more);
        }
        return -1;
    }
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    size_t len = text ? mt_cut(text, LONGEST) : 0;
    if (text && strlen(text + len) > 3)
        strcpy(text + len, "...");
    show(&diag->text, kind ? "error" : "warning", at, text ? text : "out of memory");
    free(text);
    return -1;
}

int mt_diag_add(struct mt_diag *diag, enum mt_err_kind kind, const struct mt_place *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = add(diag, kind, at, fmt, ap);
    va_end(ap);
    return rc;
}

int mt_diag_error(struct mt_diag *diag, const struct mt_place *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = add(diag, MT_ERR_USAGE, at, fmt, ap);
    va_end(ap);
    return rc;
}

bool mt_diag_full(const struct mt_diag *diag)
{
    return diag->errors + diag->warnings >= MOST_SHOWN;
}

int mt_diag_memory(struct mt_diag *diag)
{
    return mt_diag_add(diag, MT_ERR_RUN, NULL, "out of memory");
}

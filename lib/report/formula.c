#include "lib/report/formula.h"

#include <stdio.h>
#include <string.h>

static const char *skip_digits(const char *p)
{
    return p + strspn(p, "0123456789");
}

/* -1, +.5, -1.5e-3: what the program itself writes. */
static bool is_number(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+'), *whole = p;
    bool any = (p = skip_digits(p)) > whole;
    if (*p == '.') {
        const char *part = ++p;
        any |= (p = skip_digits(p)) > part;
    }
    if (any && (*p == 'e' || *p == 'E')) {
        const char *power = p + 1 + (p[1] == '-' || p[1] == '+');
        p = skip_digits(power);
        any = p > power;
    }
    return any && *p == 0;
}

bool mt_is_formula(const char *text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    if (*text && strchr("=@\t\r", *text))
        return true;
    if (*text == '+' || *text == '-')
        return !is_number(text);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (!strncmp(text, wide[i], 3))
            return true;
    return false;
}

void mt_formulas_add(struct mt_formulas *f, const char *text)
{
    if (mt_is_formula(text) && f->n++ == 0)
        snprintf(f->first, sizeof f->first, "%s", text);
}

/* The text of the field at *csv into `field`; moves behind it and what ends it. */
static void take_field(const char **csv, struct mt_buf *field)
{
    const char *p = *csv;
    mt_buf_clear(field);
    bool quoted = *p == '"';
    p += quoted;
    while (*p && (quoted || !strchr(",\n", *p))) {
        if (quoted && *p == '"' && *++p != '"') {
            quoted = false;
            continue;
        }
        mt_buf_append(field, p++, 1);
    }
    *csv = p + (*p != 0);
}

int mt_formulas_scan(struct mt_formulas *f, const char *csv)
{
    struct mt_buf field = {0};
    while (*csv) {
        if (!strchr("\"=+-@\t\r\xef", *csv)) { /* most fields: nothing to look at */
            csv += strcspn(csv, ",\n");
            csv += *csv != 0;
            continue;
        }
        take_field(&csv, &field);
        if (field.data)
            mt_formulas_add(f, field.data);
    }
    int rc = field.failed ? -1 : 0;
    mt_buf_release(&field);
    return rc;
}

void mt_formulas_text(const struct mt_formulas *f, const char *what, struct mt_buf *out)
{
    mt_buf_printf(out, "%s \"", what);
    mt_buf_plain(out, f->first);
    mt_buf_puts(out, "\"");
    if (f->n > 1)
        mt_buf_printf(out, " and %lld more", (long long)f->n - 1);
    mt_buf_puts(out, f->n > 1 ? " look like formulas" : " looks like a formula");
    mt_buf_puts(
        out,
        " to a spreadsheet; CSV files keep such text as it is: import the column as text (docs/data.md)");
}

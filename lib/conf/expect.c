#include "lib/conf/expect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/conf/number.h"

static void bound(char text[MT_REAL_TEXT], double value)
{
    if (value == M_PI)
        strcpy(text, "pi");
    else
        mt_format_short(text, value);
}

const char *mt_range_text(const struct mt_field *f, char text[MT_RANGE_TEXT])
{
    char min[MT_REAL_TEXT], max[MT_REAL_TEXT];
    bool above = f->flags & MT_F_ABOVE_MIN, below = f->flags & MT_F_BELOW_MAX;
    bool low = f->min > MT_NO_MIN, high = f->max < MT_NO_MAX;
    text[0] = 0;
    if ((f->min == 0 && f->max == 0) || (!low && !high))
        return text;
    bound(min, f->min);
    bound(max, f->max);
    if (low && high)
        snprintf(text, MT_RANGE_TEXT, "in %c%s, %s%c", above ? '(' : '[', min, max, below ? ')' : ']');
    else if (low)
        snprintf(text, MT_RANGE_TEXT, "%s %s", above ? ">" : ">=", min);
    else
        snprintf(text, MT_RANGE_TEXT, "%s %s", below ? "<" : "<=", max);
    return text;
}

struct words {
    char *text;
    size_t len;
};

static void say(struct words *w, const char *before, const char *word)
{
    if (w->len >= MT_EXPECT_TEXT - 1)
        return;
    int n = snprintf(w->text + w->len, MT_EXPECT_TEXT - w->len, "%s%s", before, word);
    w->len += n > 0 ? (size_t)n : 0;
}

static void say_number(struct words *w, const struct mt_field *f, const char *what, const char *behind)
{
    char range[MT_RANGE_TEXT];
    mt_range_text(f, range);
    say(w, what, "");
    say(w, *range ? " " : "", range);
    say(w, f->unit ? " " : "", f->unit ? f->unit : "");
    say(w, behind, "");
}

static void say_choices(struct words *w, const struct mt_field *f, const char *what)
{
    say(w, what, "");
    for (int i = 0; f->choices[i]; i++)
        say(w, i ? ", " : " ", f->choices[i]);
}

static void say_rows(struct words *w, const struct mt_table *table)
{
    say(w, "one of", table->row[0] ? "" : " nothing");
    for (const struct mt_kind *const *k = table->row; *k; k++)
        say(w, k == table->row ? " " : ", ", (*k)->name);
}

const char *mt_expect_text(const struct mt_field *f, char text[MT_EXPECT_TEXT])
{
    struct words w = {text, 0};
    text[0] = 0;
    switch (f->type) {
    case MT_BOOL:
        say(&w, "true or false", "");
        break;
    case MT_INT:
        say_number(&w, f, "an integer", "");
        break;
    case MT_REAL:
        say_number(&w, f, "a number", f->flags & MT_F_AUTO ? " or auto" : "");
        break;
    case MT_BYTES:
        say_number(&w, f, "bytes like 2GiB or 512MiB,", "");
        break;
    case MT_STRING:
        say(&w, "text", "");
        break;
    case MT_PATH:
        say(&w, "a path", "");
        break;
    case MT_CHOICE:
        say_choices(&w, f, "one of");
        break;
    case MT_CHOICES:
        say_choices(&w, f, "a list of");
        break;
    case MT_INTS:
        say_number(&w, f, "an integer", " or a list of them");
        break;
    case MT_REALS:
        say_number(&w, f, "a number", " or a list of them");
        break;
    case MT_STRINGS:
        say(&w, "a list of words", "");
        break;
    case MT_MAP:
        say(&w, "keys with values", "");
        break;
    case MT_VARIANT:
        say_rows(&w, f->table);
        break;
    case MT_VARIANTS:
        say(&w, "a list of ", f->table->what);
        say(&w, "s, or the path of a file that holds one", "");
        break;
    case MT_RECORDS:
        say(&w, "a list of ", f->table->what);
        say(&w, "s, each with its keys", "");
        break;
    case MT_TREE:
        say(&w, "YAML of any shape", "");
        break;
    }
    return text;
}

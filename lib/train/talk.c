#include "lib/train/talk.h"

#include <stdarg.h>

#include "lib/core/plain.h"

void mt_talk_text(const struct mt_talker *t, enum mt_talk_kind kind, const char *fmt, ...)
{
    char text[4096];
    if (!t->say)
        return;
    va_list ap;
    va_start(ap, fmt);
    mt_plain_format(text, sizeof text, fmt, ap);
    va_end(ap);
    struct mt_talk talk = {.kind = kind, .text = text};
    t->say(t->arg, &talk);
}

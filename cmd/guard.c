#include "cmd/guard.h"

#include <string.h>

#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/train/setup.h"

static bool is_output(const struct option_row *row)
{
    static const char *const outputs[] = {"out", "export", "sheet", "trace"};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (!strcmp(row->name, outputs[i]))
            return true;
    return false;
}

static int check(const struct args *a, const char *input, const char *what)
{
    for (int i = 0; i < a->n_given; i++)
        if (is_output(a->given[i].row) && mt_file_is_same(a->given[i].value, input)) {
            say_line("metric-train %s: error: --%s: %s is %s, %s, which would be lost; name another file",
                     a->command->name, a->given[i].row->name, a->given[i].value, what, input);
            return 2;
        }
    return 0;
}

int guard_words(const struct args *a)
{
    int rc = 0;
    for (int i = 0; i < a->n_words && rc == 0; i++)
        rc = check(a, a->word[i], "an input");
    for (int i = 0; i < a->n_given && rc == 0; i++)
        if (a->given[i].row->arg && !is_output(a->given[i].row))
            rc = check(a, a->given[i].value, "an input");
    return rc;
}

int guard_data(const struct args *a, const struct mt_dataset *d)
{
    struct mt_err err;
    for (int i = 0; i < a->n_given; i++)
        if (is_output(a->given[i].row) && mt_setup_check_source(d, a->given[i].value, &err) < 0) {
            say_line("metric-train %s: error: --%s: %s", a->command->name, a->given[i].row->name, err.text);
            return 2;
        }
    return 0;
}

int guard_sources(const struct args *a, const struct mt_splits *s)
{
    int rc = guard_data(a, &s->train_data);
    rc = rc ? rc : guard_data(a, &s->validation_data);
    return rc ? rc : guard_data(a, &s->test_data);
}

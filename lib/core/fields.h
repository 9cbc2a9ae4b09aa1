/* fields.h: one table of fields describes a configuration struct, and everything else follows from it.
 *
 * YAML binding, ranges, defaults, unknown-key suggestions, `list`, the reference page and shell completion are all driven
 * by these rows, so a key exists exactly when its row does. A registered thing (head, layer, optimizer, ...) starts with
 * a `struct mt_kind`; rows of one sort stand in a `struct mt_table`. */
#ifndef MT_CORE_FIELDS_H
#define MT_CORE_FIELDS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/err.h"

struct mt_field;

/* What every registered struct begins with. */
struct mt_kind {
    const char *name;
    const char *help;              /* one sentence */
    size_t cfg_size;               /* of the struct that `fields` fills; 0 when there are none */
    const struct mt_field *fields; /* ends with a row whose name is NULL; may be NULL */
    /* Rules between fields of one struct, after each is in range. `*key` names the field at fault. May be NULL. */
    int (*check)(const void *cfg, const char **key, struct mt_err *err);
    /* Gives unset keys the value they stand for where that hangs on other keys, so that whatever is printed and recorded
     * says it. May be NULL. */
    void (*settle)(void *cfg);
};

struct mt_table {
    const char *what;                 /* "head", "layer": for messages */
    const struct mt_kind *const *row; /* ends with NULL */
};

/* A row of a table together with its filled struct. kind is NULL where the key was optional and absent. */
struct mt_variant {
    const struct mt_kind *kind;
    void *cfg; /* zeroed and filled with defaults, then with what the file says; NULL when cfg_size is 0 */
};
struct mt_variants {
    struct mt_variant *v;
    int n;
};
struct mt_ints {
    int64_t *v;
    int n;
};
struct mt_reals {
    double *v;
    int n;
};
struct mt_strings {
    char **v;
    int n;
};

enum mt_field_type {
    MT_BOOL,     /* bool: true | false */
    MT_INT,      /* int64_t; unset: MT_UNSET_INT */
    MT_REAL,     /* double; unset: NaN */
    MT_BYTES,    /* int64_t, written with a unit: 2GiB, 512MiB, 500MB, or bytes alone; unset: MT_UNSET_INT */
    MT_STRING,   /* char *; unset: NULL */
    MT_PATH,     /* char *, an input path, resolved against the file that says it; unset: NULL */
    MT_CHOICE,   /* int, an index into `choices`; unset: -1 */
    MT_CHOICES,  /* unsigned, bits for entries of `choices`; written as a list */
    MT_INTS,     /* struct mt_ints, written as a list; a single number is a list of one; def NULL: n = 0 */
    MT_REALS,    /* struct mt_reals */
    MT_STRINGS,  /* struct mt_strings */
    MT_MAP,      /* a group of keys described by `map`, whose offsets count from the same struct as this row's */
    MT_VARIANT,  /* struct mt_variant: a map whose key `tag` names a row of `table`; the row's fields stand beside it */
    MT_VARIANTS, /* struct mt_variants: a list of one-key maps `row-name: {fields}`, or bare row names; where the value is a
                    scalar it is the path of a YAML file that holds the list */
    MT_RECORDS,  /* struct mt_variants: a list of maps, each with the fields of the only row of `table` */
    MT_TREE,     /* struct mt_node *: YAML of any shape, kept as it was written (conf/tree.h); unset: NULL */
};

#define MT_UNSET_INT INT64_MIN
#define MT_NO_MIN (-MT_NO_MAX)
#define MT_NO_MAX ((double)INFINITY)

enum { /* field flags */
    MT_F_REQUIRED = 1,   /* an error when absent (and no default) */
    MT_F_ABOVE_MIN = 2,  /* min itself is not allowed */
    MT_F_BELOW_MAX = 4,  /* max itself is not allowed */
    MT_F_NOT_IN_ID = 8,  /* does not change results: left out of the run id (as all MT_PATH are) */
    MT_F_AUTO = 16,      /* MT_REAL: the word auto is allowed too, and means MT_AUTO until whoever owns the struct knows enough to
                            put a number in its place */
};
#define MT_AUTO ((double)INFINITY)

struct mt_field {
    const char *name;
    enum mt_field_type type;
    size_t offset;
    const char *def; /* the default as one would write it in YAML; NULL: unset when absent (or required) */
    double min, max; /* MT_INT, MT_REAL, MT_BYTES and the elements of lists: inclusive unless flagged; both 0 means no range */
    unsigned flags;
    const char *unit; /* "epochs", "rad", ... or NULL */
    const char *help; /* one sentence */
    const char *alias;
    const char *const *choices;   /* ends with NULL */
    const struct mt_field *map;   /* MT_MAP */
    const struct mt_table *table; /* MT_VARIANT, MT_VARIANTS, MT_RECORDS */
    const char *tag;              /* MT_VARIANT: "type" or "format" */
    const char *tag_default;      /* MT_VARIANT: the row meant when the tag is absent; NULL: the tag is required */
};

const struct mt_kind *mt_table_find(const struct mt_table *table, const char *name);
int mt_fields_count(const struct mt_field *fields);

/* Number of single-character edits (insert, delete, replace, swap neighbors) from a to b; used for "did you mean". */
int mt_edit_distance(const char *a, const char *b);

/* The nearest of some words to one that is not known, for "did you mean": near enough to be a slip of the
 * keys, which for longer words allows more of them. Of equally near ones the first. */
struct mt_nearest {
    const char *word, *best; /* best: NULL while none is near */
    int distance;            /* a candidate has to be nearer than this */
};
struct mt_nearest mt_nearest_to(const char *word);
/* Looks at a candidate, which must stay. Returns whether it is the nearest so far. */
bool mt_nearest_try(struct mt_nearest *n, const char *candidate);
/* "; did you mean 'margin'?", or "" where nothing is near; cut at the buffer's end. */
#define MT_NEAREST_TEXT 160
const char *mt_nearest_text(const struct mt_nearest *n, char text[MT_NEAREST_TEXT]);

#endif

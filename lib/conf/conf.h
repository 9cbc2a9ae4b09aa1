/* conf.h: from YAML text and field tables to filled structs, with the place every value came from.
 *
 * A document is loaded (with what it extends and what the command line sets), bound to a struct through its
 * field table, and can be printed back. All problems are collected, each with file:line:col, the source line
 * and a caret. */
#ifndef MT_CONF_CONF_H
#define MT_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"
#include "lib/core/fields.h"

struct mt_conf; /* a loaded document; owns every struct and string that bind hands out */

/* The problems found so far, ready to print: compiler style, at most 20 shown. */
struct mt_diag {
    struct mt_buf text;
    int errors, warnings;
    enum mt_err_kind kind; /* of the first error: usage, or data for a file that is missing */
    size_t shown;          /* length of text before the line that counts the rest */
};
void mt_diag_release(struct mt_diag *d);
int mt_diag_memory(struct mt_diag *diag); /* out of memory, MT_ERR_RUN; returns -1 */

/* Reads `path`, merges what it extends (its own keys win; maps merge, lists replace) and applies `set`
 * ("a.b=c", the last wins). Returns 0, or -1 with problems in diag; *out may then still hold a partial
 * document for more checks, or NULL. */
int mt_conf_load(struct mt_conf **out, const char *path, const char *const *set, int n_set,
                 struct mt_diag *diag);
/* The same from text (tests, resolved configs in checkpoints); `name` stands for the file in messages, `dir`
 * is what paths are relative to. */
int mt_conf_load_text(struct mt_conf **out, const char *name, const char *dir, const char *text, size_t len,
                      const char *const *set, int n_set, struct mt_diag *diag);
void mt_conf_free(struct mt_conf *conf);

/* Fills `out` (zeroed by the caller, of the size the table describes) with defaults and values. Unknown keys,
 * wrong types, values out of range, missing required keys and the kinds' own check rules become problems in
 * diag. Returns 0 when there were none. */
int mt_conf_bind(struct mt_conf *conf, const struct mt_field *fields, void *out, struct mt_diag *diag);

/* Adds a problem found later (shapes, files) at the place of a dotted key such as "head.m" or
 * "model.backbone[3].filters"; falls back to the nearest parent that the document has. */
void mt_conf_error(const struct mt_conf *conf, const char *key, struct mt_diag *diag, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void mt_conf_warn(const struct mt_conf *conf, const char *key, struct mt_diag *diag, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Prints a bound struct as YAML that binds to the same struct again: every key in table order, defaults
 * included, unset keys left out, paths absolute. With origin, each line ends in `# file:line`, `# --set` or
 * `# default`; `conf` may be NULL without it. */
void mt_conf_print(const struct mt_conf *conf, const struct mt_field *fields, const void *in, bool origin,
                   struct mt_buf *out);
/* The canonical text whose hash is the run id: that of mt_conf_print without MT_PATH and MT_F_NOT_IN_ID
 * fields, so one `key: value` per line in table order, defaults included, unset keys and empty groups left
 * out, real numbers with the fewest digits that read back as the same double. */
void mt_conf_canonical(const struct mt_field *fields, const void *in, struct mt_buf *out);
/* The same as JSON, unset keys as null. With origin, each value becomes {"value": ..., "origin":
 * "file:line"}. */
void mt_conf_print_json(const struct mt_conf *conf, const struct mt_field *fields, const void *in,
                        bool origin, struct mt_buf *out);

/* The same as a list: each leaf with its dotted key and its value as YAML writes it. A row of a table adds
 * its name under its tag ("head.type"), or in a list under its place ("model.backbone[2]"). Released by the
 * caller on success only. */
struct mt_setting {
    char *key, *value;
};
struct mt_settings {
    struct mt_setting *v;
    int n, cap;
};
int mt_conf_settings(const struct mt_field *fields, const void *in, struct mt_settings *out,
                     struct mt_err *err);
int mt_settings_add(struct mt_settings *s, const char *key, const char *value); /* -1 without memory */
const char *mt_settings_get(const struct mt_settings *s, const char *key);      /* NULL: is not there */
void mt_settings_release(struct mt_settings *s);

/* Documentation from the tables. Keys are dotted; rows of a table appear as `head{type=arcface}.m`. */
enum mt_doc_style { MT_DOC_TEXT, MT_DOC_JSON, MT_DOC_CSV, MT_DOC_MARKDOWN };
void mt_conf_doc_keys(const struct mt_field *fields, enum mt_doc_style style, struct mt_buf *out);
void mt_conf_doc_table(const struct mt_table *table, enum mt_doc_style style, struct mt_buf *out);
/* A JSON Schema of the document, for editors. */
void mt_conf_doc_schema(const struct mt_field *fields, struct mt_buf *out);

#endif

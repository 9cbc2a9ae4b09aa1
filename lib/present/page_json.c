#include "lib/present/page_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/file.h"
#include "lib/core/json.h"

#define LONGEST ((size_t)8 << 20) /* bytes: data.json names every class */
#define MOST_ROWS 1024
#define MOST_ELEMENTS 12
#define DEEPEST 8

static void walk(struct mt_settings *out, struct mt_json *j, const char *key, int depth);

/* A string without its quotes, another scalar as it is written. */
static void scalar(struct mt_buf *b, struct mt_json *j)
{
    if (mt_json_next(j, '"')) {
        char *text = mt_json_string(j);
        mt_buf_puts(b, text ? text : "");
        free(text);
    } else {
        const char *from = j->at; /* past the white space, after mt_json_next */
        if (mt_json_skip(j))
            mt_buf_append(b, from, (size_t)(j->at - from));
    }
}

static void add(struct mt_settings *out, struct mt_json *j, const char *key, const struct mt_buf *value)
{
    if (out->n >= MOST_ROWS)
        mt_json_fail(j, "there are too many values");
    else if (value->failed || mt_settings_add(out, key, value->data ? value->data : "") < 0)
        mt_json_no_memory(j);
}

static void list(struct mt_settings *out, struct mt_json *j, const char *key, int depth)
{
    struct mt_buf words = {0};
    int n = 0;
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more); n++) {
        if (mt_json_next(j, '{')) {
            struct mt_buf place = {0};
            mt_buf_printf(&place, "%s[%d]", key, n);
            if (place.failed)
                mt_json_no_memory(j);
            else
                walk(out, j, place.data, depth + 1);
            mt_buf_release(&place);
        } else if (n < MOST_ELEMENTS) {
            mt_buf_puts(&words, n ? ", " : "");
            scalar(&words, j);
        } else {
            mt_json_skip(j);
        }
    }
    if (n > MOST_ELEMENTS && words.len)
        mt_buf_printf(&words, ", ... (%d)", n);
    if ((words.len || words.failed) && !j->problem)
        add(out, j, key, &words);
    mt_buf_release(&words);
}

static void object(struct mt_settings *out, struct mt_json *j, const char *key, int depth)
{
    char *name;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &name); free(name)) {
        struct mt_buf place = {0};
        mt_buf_printf(&place, "%s%s%s", key, *key ? "." : "", name);
        if (place.failed)
            mt_json_no_memory(j);
        else
            walk(out, j, place.data, depth + 1);
        mt_buf_release(&place);
    }
}

static void walk(struct mt_settings *out, struct mt_json *j, const char *key, int depth)
{
    if (depth > DEEPEST) {
        mt_json_fail(j, "it is nested too deeply");
    } else if (mt_json_next(j, '{')) {
        object(out, j, key, depth);
    } else if (mt_json_next(j, '[')) {
        list(out, j, key, depth);
    } else {
        struct mt_buf value = {0};
        scalar(&value, j);
        if (!j->problem)
            add(out, j, key, &value);
        mt_buf_release(&value);
    }
}

int mt_page_json(struct mt_settings *out, const char *run, const char *file, struct mt_err *err)
{
    char *text = NULL, *path = mt_path_join(run, file);
    size_t len;
    int rc = -1;
    if (!path)
        return mt_err_memory(err, run, strlen(run));
    if (!mt_file_exists(path)) {
        rc = 0;
    } else if (mt_file_read(path, LONGEST, &text, &len, err) == 0) {
        struct mt_json j;
        mt_json_init(&j, text, len);
        walk(out, &j, "", 0);
        rc = mt_json_end(&j) ? 0
             : j.memory      ? mt_err_memory(err, path, len)
                             : mt_err_set(err, MT_ERR_DATA, "%s: cannot be read: byte %zu: %s", path,
                                          mt_json_offset(&j), j.problem);
    }
    free(text);
    free(path);
    return rc;
}

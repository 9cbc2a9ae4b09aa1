#include "lib/compare/data_id.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/core/json.h"
#include "lib/data/dataset.h"
#include "lib/train/record.h"

#define DIGITS 12

enum split { TRAIN, VALIDATION, TEST, SPLITS };
static const char *const names[SPLITS] = {"train", "validation", "test"};

struct ids {
    bool there[SPLITS];
    struct mt_hash hash[SPLITS];
};

static void add_text(struct mt_hash *h, const char *text)
{
    mt_hash_add(h, text, strlen(text) + 1);
}

static void read_counts(struct mt_json *j, struct mt_hash *h)
{
    uint64_t count;
    char text[32];
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more);)
        if (mt_json_whole(j, &count)) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)count);
            add_text(h, text);
        }
}

static void read_sources(struct mt_json *j, struct mt_hash *h)
{
    char *key, *sha;
    mt_json_take(j, '[');
    for (bool source = false; mt_json_element(j, &source);) {
        mt_json_take(j, '{');
        for (bool more = false; mt_json_member(j, &more, &key); free(key)) {
            if (strcmp(key, "sha256")) {
                mt_json_skip(j);
            } else if ((sha = mt_json_string(j))) {
                add_text(h, sha);
                free(sha);
            }
        }
    }
}

static void read_split(struct mt_json *j, struct mt_hash *h)
{
    char *key;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &key); free(key)) {
        if (!strcmp(key, "per_class"))
            read_counts(j, h);
        else if (!strcmp(key, "sources"))
            read_sources(j, h);
        else
            mt_json_skip(j);
    }
}

static void read_splits(struct mt_json *j, struct ids *ids)
{
    char *key;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &key); free(key)) {
        int i = 0;
        while (i < SPLITS && strcmp(names[i], key))
            i++;
        if (i == SPLITS || ids->there[i]) {
            mt_json_fail(j, "an unknown split, or one twice");
        } else {
            ids->there[i] = true;
            read_split(j, &ids->hash[i]);
        }
    }
}

static int parse(struct ids *ids, const char *path, const char *text, size_t len, struct mt_err *err)
{
    struct mt_json j;
    char *key;
    mt_json_init(&j, text, len);
    mt_json_take(&j, '{');
    for (bool more = false; mt_json_member(&j, &more, &key); free(key)) {
        if (!strcmp(key, "splits"))
            read_splits(&j, ids);
        else
            mt_json_skip(&j);
    }
    if (mt_json_end(&j) && ids->there[TRAIN])
        return 0;
    if (j.memory)
        return mt_err_memory(err, path, len);
    return mt_err_set(err, MT_ERR_DATA, "%s: cannot be read: byte %zu: %s; train the run again with --force",
                      path, mt_json_offset(&j), j.problem ? j.problem : "it names no training data");
}

/* How a part was cut out of the training source; nothing for a source of its own. */
static void add_cut(struct mt_hash *h, const struct mt_variant *source, int64_t split_seed)
{
    char text[96];
    if (source->kind != &mt_split_kind)
        return;
    const struct mt_split_cfg *cut = source->cfg;
    if (isnan(cut->fraction))
        snprintf(text, sizeof text, "last %lld", (long long)cut->last);
    else
        snprintf(text, sizeof text, "fraction %.17g seed %lld", cut->fraction, (long long)split_seed);
    add_text(h, text);
}

/* Test is cut first, then validation from what is left; train is the rest, or a part of it. */
static void add_cuts(struct ids *ids, const struct mt_experiment *e)
{
    for (int i = TRAIN; i <= TEST; i++)
        add_cut(&ids->hash[i], &e->data.test, e->data.split_seed);
    for (int i = TRAIN; i <= VALIDATION; i++)
        add_cut(&ids->hash[i], &e->data.validation, e->data.split_seed);
    if (!isnan(e->data.train_fraction)) {
        char text[80];
        snprintf(text, sizeof text, "part %.17g seed %lld", e->data.train_fraction,
                 (long long)e->data.split_seed);
        mt_hash_add(&ids->hash[TRAIN], text, strlen(text));
    }
}

static int put(struct ids *ids, struct mt_settings *out)
{
    for (int i = 0; i < SPLITS; i++) {
        char key[64], hex[MT_SHA256_HEX];
        if (!ids->there[i])
            continue;
        snprintf(key, sizeof key, "data.%s.sha256", names[i]);
        mt_hash_hex(&ids->hash[i], hex);
        hex[DIGITS] = 0;
        if (mt_settings_add(out, key, hex) < 0)
            return -1;
    }
    return 0;
}

int mt_data_id_add(struct mt_settings *out, const struct mt_experiment *e, const char *run, bool needed,
                   struct mt_err *err)
{
    struct ids ids = {0};
    char *text = NULL, *path = mt_path_join(run, MT_RECORD);
    size_t len;
    int rc = 0;
    if (!path)
        return mt_err_memory(err, run, strlen(run));
    for (int i = 0; i < SPLITS; i++)
        mt_hash_init(&ids.hash[i]);
    if (needed || mt_file_exists(path)) {
        rc = mt_file_read(path, MT_RECORD_MAX_BYTES, &text, &len, err);
        if (rc == 0)
            rc = parse(&ids, path, text, len, err);
        if (rc == 0) {
            add_cuts(&ids, e);
            rc = put(&ids, out) < 0 ? mt_err_memory(err, run, strlen(run)) : 0;
        }
    }
    free(text);
    free(path);
    return rc;
}

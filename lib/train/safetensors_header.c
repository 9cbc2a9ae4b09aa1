#include "lib/train/safetensors_header.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/core/json.h"

#define META "__metadata__"
#define MOST_NOTES 10000 /* a pair takes 7 bytes of the file, and far more of memory */

static const struct dtype {
    const char *name;
    unsigned bits;
    enum mt_dtype dtype;
} dtypes[] = {
    {"F32", 32, MT_F32},
    {"U8", 8, MT_U8},
    {"BOOL", 8, MT_DTYPE_OTHER},
    {"I8", 8, MT_DTYPE_OTHER},
    {"F8_E4M3", 8, MT_DTYPE_OTHER},
    {"F8_E5M2", 8, MT_DTYPE_OTHER},
    {"I16", 16, MT_DTYPE_OTHER},
    {"U16", 16, MT_DTYPE_OTHER},
    {"F16", 16, MT_DTYPE_OTHER},
    {"BF16", 16, MT_DTYPE_OTHER},
    {"I32", 32, MT_DTYPE_OTHER},
    {"U32", 32, MT_DTYPE_OTHER},
    {"I64", 64, MT_DTYPE_OTHER},
    {"U64", 64, MT_DTYPE_OTHER},
    {"F64", 64, MT_DTYPE_OTHER},
};

static const struct dtype *find_dtype(const char *name)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (!strcmp(dtypes[i].name, name))
            return &dtypes[i];
    return NULL;
}

static bool array_bytes(const struct mt_array *a, unsigned bits, uint64_t *bytes)
{
    *bytes = bits / 8;
    for (int i = 0; i < a->ndim; i++)
        if (__builtin_mul_overflow(*bytes, a->dim[i], bytes))
            return false;
    return true;
}

/* --- reading --- */

struct parser {
    struct mt_json j;
    struct mt_safetensors *st;
    size_t cap_arrays, cap_notes;
    size_t digits_at;
    bool seen_meta;
};

static void *grow(struct mt_json *j, void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    size_t more = *cap ? *cap * 2 : 64;
    void *grown = realloc(list, more * size);
    if (grown)
        *cap = more;
    else
        mt_json_no_memory(j);
    return grown;
}

static bool add_note(struct parser *p, char *key)
{
    struct mt_safetensors *st = p->st;
    mt_json_next(&p->j, '"');
    size_t at = mt_json_offset(&p->j) + 1;
    char *value = mt_json_string(&p->j);
    if (st->n_notes == MOST_NOTES)
        mt_json_fail(&p->j, META " has more than 10000 keys");
    struct mt_note *list =
        value && !p->j.problem ? grow(&p->j, st->note, st->n_notes, &p->cap_notes, sizeof *list) : NULL;
    if (!list) {
        free(value);
        free(key);
        return false;
    }
    if (!strcmp(key, MT_KEY_SHA256)) {
        if (mt_json_offset(&p->j) - at != MT_SHA256_HEX || strlen(value) != MT_SHA256_HEX - 1)
            mt_json_fail(&p->j, "the checksum is not 64 digits");
        p->digits_at = at;
    }
    st->note = list;
    list[st->n_notes++] = (struct mt_note){key, value};
    return !p->j.problem;
}

static bool metadata(struct parser *p)
{
    char *key;
    if (p->seen_meta)
        return mt_json_fail(&p->j, "a second " META);
    p->seen_meta = true;
    mt_json_take(&p->j, '{');
    for (bool more = false; mt_json_member(&p->j, &more, &key);)
        add_note(p, key);
    return !p->j.problem;
}

static void shape(struct mt_json *j, struct mt_array *a)
{
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more); a->ndim++) {
        if (a->ndim == MT_SAFETENSORS_DIMS) {
            mt_json_fail(j, "a shape has more than 8 dimensions");
            return;
        }
        mt_json_whole(j, &a->dim[a->ndim]);
    }
}

static void offsets(struct mt_json *j, struct mt_array *a)
{
    mt_json_take(j, '[');
    mt_json_whole(j, &a->begin);
    mt_json_take(j, ',');
    mt_json_whole(j, &a->end);
    mt_json_take(j, ']');
}

/* dtype, shape and data_offsets, each once, in any order. */
static bool array_value(struct parser *p, struct mt_array *a)
{
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    struct mt_json *j = &p->j;
    const struct dtype *type = NULL;
    unsigned seen = 0;
    uint64_t bytes;
    char *key;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &key); free(key)) {
        int k = 0;
        while (k < 3 && strcmp(key, keys[k]))
            k++;
        if (k == 3 || seen & 1U << k) {
            mt_json_fail(j, k == 3 ? "an array has an unknown key" : "an array has a key twice");
            continue;
        }
        seen |= 1U << k;
        if (k == 0) {
            char *name = mt_json_string(j);
            if (name && !(type = find_dtype(name)))
                mt_json_fail(j, "an array has an unknown dtype");
            free(name);
        } else if (k == 1) {
            shape(j, a);
        } else {
            offsets(j, a);
        }
    }
    if (!j->problem && seen != 7)
        mt_json_fail(j, "an array lacks dtype, shape or data_offsets");
    if (j->problem)
        return false;
    a->dtype = type->dtype;
    if (a->begin > a->end || !array_bytes(a, type->bits, &bytes) || bytes != a->end - a->begin)
        return mt_json_fail(j, "an array's shape and dtype do not fill its data_offsets");
    return true;
}

static bool add_array(struct parser *p, char *name)
{
    struct mt_safetensors *st = p->st;
    struct mt_array *list = grow(&p->j, st->array, st->n_arrays, &p->cap_arrays, sizeof *list);
    if (!list) {
        free(name);
        return false;
    }
    st->array = list;
    struct mt_array *a = &list[st->n_arrays++];
    *a = (struct mt_array){.name = name};
    return array_value(p, a);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mt_array *)a)->name, ((const struct mt_array *)b)->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct mt_note *)a)->key, ((const struct mt_note *)b)->key);
}

static int by_place(const void *a, const void *b)
{
    const struct mt_array *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* Arrays lie end to end over all of the data. */
static const char *check_places(struct mt_array *list, size_t n, uint64_t data_len)
{
    uint64_t at = 0;
    if (n)
        qsort(list, n, sizeof *list, by_place);
    for (size_t i = 0; i < n; i++) {
        if (list[i].begin != at)
            return list[i].begin > at ? "there is a gap between two arrays" : "two arrays overlap";
        at = list[i].end;
    }
    if (at == data_len)
        return NULL;
    return at > data_len ? "the file ends before its arrays do" : "there are bytes behind the last array";
}

/* Sorts by name, and finds names that stand twice. */
static const char *check_names(struct mt_safetensors *st)
{
    if (st->n_arrays)
        qsort(st->array, st->n_arrays, sizeof *st->array, by_name);
    if (st->n_notes)
        qsort(st->note, st->n_notes, sizeof *st->note, by_key);
    for (size_t i = 1; i < st->n_arrays; i++)
        if (!by_name(&st->array[i - 1], &st->array[i]))
            return "two arrays have the same name";
    for (size_t i = 1; i < st->n_notes; i++)
        if (!by_key(&st->note[i - 1], &st->note[i]))
            return "two keys of " META " are the same";
    return NULL;
}

int mt_safetensors_parse(struct mt_safetensors *st, const char *path, const char *text, size_t len,
                         uint64_t data_len, size_t *digits_at, struct mt_err *err)
{
    struct parser p = {.st = st};
    const char *problem;
    char *key;
    mt_json_init(&p.j, text, len);
    if (len == 0 || text[0] != '{')
        mt_json_fail(&p.j, "it does not begin with '{'");
    mt_json_take(&p.j, '{');
    for (bool more = false; mt_json_member(&p.j, &more, &key);) {
        if (strcmp(key, META)) {
            add_array(&p, key);
            continue;
        }
        free(key);
        metadata(&p);
    }
    if (!mt_json_end(&p.j) && p.j.memory)
        return mt_err_memory(err, path, len);
    if (p.j.problem)
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a good safetensors file: header, byte %zu: %s", path,
                          mt_json_offset(&p.j), p.j.problem);
    if ((problem = check_places(st->array, st->n_arrays, data_len)) || (problem = check_names(st)))
        return mt_err_set(err, MT_ERR_DATA, "%s: is not a good safetensors file: %s", path, problem);
    *digits_at = p.digits_at;
    return 0;
}

/* --- writing --- */

static const char *dtype_name(enum mt_dtype dtype)
{
    return dtype == MT_F32 ? "F32" : "U8";
}

static void print_note(struct mt_buf *out, const char *key, const char *value, bool first)
{
    mt_buf_puts(out, first ? "" : ",");
    mt_buf_json_string(out, key);
    mt_buf_puts(out, ":");
    mt_buf_json_string(out, value);
}

static void print_array(struct mt_buf *out, const struct mt_array *a)
{
    mt_buf_puts(out, ",");
    mt_buf_json_string(out, a->name);
    mt_buf_printf(out, ":{\"dtype\":\"%s\",\"shape\":[", dtype_name(a->dtype));
    for (int i = 0; i < a->ndim; i++)
        mt_buf_printf(out, "%s%llu", i ? "," : "", (unsigned long long)a->dim[i]);
    mt_buf_printf(out, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)a->begin,
                  (unsigned long long)a->end);
}

static void place(struct mt_array *arrays, size_t n)
{
    uint64_t at = 0, bytes;
    for (size_t i = 0; i < n; i++) {
        array_bytes(&arrays[i], arrays[i].dtype == MT_F32 ? 32 : 8, &bytes);
        arrays[i].begin = at;
        arrays[i].end = at += bytes;
    }
}

int mt_safetensors_print(struct mt_buf *out, struct mt_array *arrays, size_t n_arrays,
                         const struct mt_note *notes, size_t n_notes, size_t *digits_at, struct mt_err *err)
{
    char zeros[MT_SHA256_HEX] = {0};
    size_t start = out->len;
    memset(zeros, '0', sizeof zeros - 1);
    place(arrays, n_arrays);
    mt_buf_puts(out, "{\"" META "\":{");
    print_note(out, MT_KEY_FORMAT, MT_SAFETENSORS_FORMAT, true);
    print_note(out, MT_KEY_SHA256, zeros, false);
    *digits_at = out->failed ? 0 : out->len - sizeof zeros;
    for (size_t i = 0; i < n_notes; i++)
        print_note(out, notes[i].key, notes[i].value, false);
    mt_buf_puts(out, "}");
    for (size_t i = 0; i < n_arrays; i++)
        print_array(out, &arrays[i]);
    mt_buf_puts(out, "}");
    while ((out->len - start + 8) % 64 && !out->failed)
        mt_buf_puts(out, " ");
    if (out->failed)
        return mt_err_memory(err, "a checkpoint's header", out->len);
    if (out->len - start > MT_SAFETENSORS_HEADER)
        return mt_err_set(err, MT_ERR_RUN, "a checkpoint's header would have more than %d bytes",
                          MT_SAFETENSORS_HEADER);
    return 0;
}

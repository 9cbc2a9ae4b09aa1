/* fuzz_safetensors.c: a safetensors file as such. */
#include "lib/core/buf.h"
#include "tests/fuzz/fuzz_safetensors.h"

/* The rules of the format hold, and every array can be found and read. */
static void check(const struct mt_safetensors *st, size_t size)
{
    struct mt_err err;
    uint64_t total = 0;
    FUZZ_CHECK(st->data_at <= size);
    for (size_t i = 0; i < st->n_arrays; i++) {
        const struct mt_array *a = &st->array[i];
        FUZZ_CHECK(a->begin <= a->end && a->end <= size - st->data_at);
        FUZZ_CHECK(mt_safetensors_find(st, a->name) == a);
        total += a->end - a->begin;
        uint8_t *bytes = malloc((size_t)(a->end - a->begin) + 1);
        FUZZ_CHECK(mt_safetensors_read(st, a, bytes, &err) == 0);
        free(bytes);
    }
    FUZZ_CHECK(total == size - st->data_at);
    for (size_t i = 0; i < st->n_notes; i++)
        FUZZ_CHECK(mt_safetensors_note(st, st->note[i].key) == st->note[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_safetensors st;
    struct mt_err err = {.kind = 0};
    const char *path = fuzz_file(FUZZ_FIRST, data, size);
    bool any = mt_safetensors_open(&st, path, false, &err) == 0;
    bool marked = any && mt_safetensors_note(&st, "metric_train_format");
    FUZZ_CHECK(any || (err.kind == MT_ERR_DATA && err.text[0]));
    if (any) {
        check(&st, size);
        mt_safetensors_close(&st);
    }
    bool ours = any && mt_safetensors_open(&st, path, true, &err) == 0;
    FUZZ_CHECK(!any || ours == marked);
    if (ours)
        mt_safetensors_close(&st);
    return 0;
}

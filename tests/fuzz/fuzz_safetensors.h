/* fuzz_safetensors.h: changes safetensors files for a harness. In half of them the checksum fits again, so
 * that what lies behind it is reached. */
#ifndef MT_TESTS_FUZZ_SAFETENSORS_H
#define MT_TESTS_FUZZ_SAFETENSORS_H

#include "lib/core/file.h"
#include "lib/train/safetensors.h"
#include "tests/fuzz/fuzz.h"

/* Makes the header's length fit the JSON text where one is there, and the checksum fit all. A file without
 * room for them stays as it is. */
static inline void fuzz_seal(uint8_t *data, size_t size)
{
    static const char key[] = "\"metric_train_sha256\":\"";
    char hex[MT_SHA256_HEX];
    uint8_t *at = size > 8 ? memmem(data + 8, size - 8, key, sizeof key - 1) : NULL;
    if (!at || (size_t)(data + size - at) < sizeof key - 1 + 64)
        return;
    at += sizeof key - 1;
    memset(at, '0', 64);
    mt_sha256(data, size, hex);
    memcpy(at, hex, 64);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, room);
    if (seed % 2)
        fuzz_seal(data, size);
    return size;
}

#endif

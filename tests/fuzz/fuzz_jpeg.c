/* fuzz_jpeg.c: a JPEG file. Input: options, then the file. */
#include "tests/fuzz/fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t options = fuzz_byte(&data, &size);
    fuzz_image(data, size, options & 1 ? 3 : 1, MT_ALPHA_BLACK);
    return 0;
}

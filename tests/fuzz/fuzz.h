/* fuzz.h: what the harnesses share.
 *
 * A harness is a file fuzz_TARGET.c with one LLVMFuzzerTestOneInput: bytes in, and nothing may go wrong that
 * a sanitizer, a time limit or FUZZ_CHECK sees. Built with -Dfuzz=true each is a program of libFuzzer's; in
 * the ordinary build they are linked into test_fuzz.c, which runs them over what tests/fuzz/corpus and
 * tests/fuzz/findings hold.
 *
 * The readers take paths, so inputs stand in files in memory: /proc/self/fd/N of a memfd leads to a regular
 * file that was never on a disk. */
#ifndef MT_TESTS_FUZZ_H
#define MT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Changes data, of which `room` bytes may be used, and returns its new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* What has to hold for every input. */
#define FUZZ_CHECK(what)                                                                                     \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

enum fuzz_slot { FUZZ_FIRST, FUZZ_SECOND, FUZZ_SLOTS };

/* The path of a file that holds these bytes until the next call for the slot. */
static inline const char *fuzz_file(enum fuzz_slot slot, const void *data, size_t size)
{
    static struct {
        int fd;
        bool open;
        char path[40];
    } file[FUZZ_SLOTS];
    if (!file[slot].open) {
        file[slot].fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(file[slot].path, sizeof file[slot].path, "/proc/self/fd/%d", file[slot].fd);
        file[slot].open = true;
    }
    FUZZ_CHECK(ftruncate(file[slot].fd, 0) == 0);
    FUZZ_CHECK(pwrite(file[slot].fd, data, size, 0) == (ssize_t)size);
    return file[slot].path;
}

/* Takes one byte of control off the front; 0 where there is none. */
static inline uint8_t fuzz_byte(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    --*size;
    return *(*data)++;
}

#endif

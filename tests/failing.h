/* failing.h: makes the n-th call of one of these functions fail that the library under test makes, in this
 * process; the linker puts __wrap_NAME in the place of NAME (-Wl,--wrap=NAME, see meson.build). Calls inside
 * libc do not count. */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stdbool.h>
#include <stdint.h>

enum failing {
    FAIL_OPEN,
    FAIL_READ,
    FAIL_WRITE,
    FAIL_SYNC,
    FAIL_CLOSE,
    FAIL_RENAME,
    FAIL_FOLDER,
    FAIL_ALLOC,
    FAIL_KINDS
};

/* From now on calls count, from 1, and call `n` of the kind fails with errno `code`: alone, or with all later
 * ones, or (every) with each second one. n = 0: none fails. */
void failing_begin(enum failing kind, int64_t n, bool later, bool every, int code);
int64_t failing_end(enum failing kind); /* calls of the kind since; no call fails any more */

#endif

/* fuzz.h - what the fuzz targets share.
 *
 * A target is one file with one function that takes any bytes. tools/fuzz links it with libFuzzer,
 * which looks for inputs that reach new code; the tests link it with replay.c, which tries the
 * seeds and what is left of them when they are cut short. What must not happen ends the program:
 * an assertion, a sanitizer's finding, a limit of time or memory.
 *
 * Inputs come from outside, so a target does nothing that depends on an input before. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

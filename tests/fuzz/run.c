/* run.c - what the loader takes can be run, comes out the same twice, and is judged in words. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/running.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_text((const char *)data, size);
    return 0;
}

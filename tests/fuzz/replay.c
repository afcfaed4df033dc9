/* replay.c - gives files to a fuzz target, whole and cut short, without libFuzzer.
 *
 *   fuzz-TARGET FILE...            each file is an input
 *   fuzz-TARGET --lines FILE...    each line of the files is one
 *
 * It prints how many inputs there were. Where one of them breaks something, the program ends
 * there; its name is the last one said on stderr. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUTS = 6 };

static uint8_t *read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;

    *size = 0;
    if (file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    for (size_t got = 1; got > 0; *size += got) {
        data = realloc(data, *size + BUFSIZ);
        assert(data != NULL);
        got = fread(data + *size, 1, BUFSIZ, file);
    }
    fclose(file);
    return data;
}

/* Whole, and cut at places that depend on the input alone. */
static unsigned long try(const uint8_t *data, size_t size)
{
    LLVMFuzzerTestOneInput(data, size);
    for (size_t i = 1; i <= CUTS; i++)
        LLVMFuzzerTestOneInput(data, size * (i * 37 % 101) / 101);
    return 1 + CUTS;
}

static unsigned long try_lines(const uint8_t *data, size_t size)
{
    unsigned long count = 0;

    for (size_t start = 0, end; start < size; start = end + 1) {
        const uint8_t *stop = memchr(data + start, '\n', size - start);

        end = stop == NULL ? size : (size_t)(stop - data);
        count += try(data + start, end - start);
    }
    return count;
}

int main(int argc, char **argv)
{
    const bool lines = argc > 1 && strcmp(argv[1], "--lines") == 0;
    unsigned long count = 0;

    for (int i = lines ? 2 : 1; i < argc; i++) {
        size_t size;
        uint8_t *data = read_all(argv[i], &size);

        fprintf(stderr, "%s\n", argv[i]);
        count += lines ? try_lines(data, size) : try(data, size);
        free(data);
    }
    printf("%lu inputs\n", count);
    return count > 0 ? 0 : 2;
}

#include "sim/observe/output.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { FLUSH_ABOVE = 1 << 16, DIGITS = 20 };

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536"
    "37383940414243444546474849505152535455565758596061626364656667686970717273"
    "7475767778798081828384858687888990919293949596979899";
static const char hex_digits[] = "0123456789abcdef";

void sim_output_init(struct sim_output *output, FILE *file)
{
    *output = (struct sim_output){ .file = file };
}

void sim_output_finish(struct sim_output *output)
{
    sim_free(output->bytes);
    *output = (struct sim_output){ 0 };
}

void sim_output_reserve(struct sim_output *output, size_t count)
{
    output->bytes = sim_grow(output->bytes, &output->capacity, output->used + count, 1);
}

void sim_output_natural(struct sim_output *output, uint64_t value)
{
    char digits[DIGITS];
    size_t at = DIGITS;

    while (value >= 100) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * value, 2);
    } else {
        digits[--at] = (char)('0' + value);
    }
    sim_output_bytes(output, digits + at, DIGITS - at);
}

void sim_output_integer(struct sim_output *output, int64_t value)
{
    if (value < 0) {
        sim_output_bytes(output, "-", 1);
        sim_output_natural(output, 0 - (uint64_t)value);
    } else {
        sim_output_natural(output, (uint64_t)value);
    }
}

void sim_output_hex(struct sim_output *output, uint64_t value)
{
    char digits[16];

    for (unsigned i = 0; i < 16; i++)
        digits[i] = hex_digits[value >> (60 - 4 * i) & 15];
    sim_output_bytes(output, digits, sizeof(digits));
}

static void escape(struct sim_output *output, unsigned char c)
{
    char escaped[] = "\\u0000";

    if (c == '"' || c == '\\') {
        escaped[1] = (char)c;
        sim_output_bytes(output, escaped, 2);
    } else if (c == '\n') {
        sim_output_bytes(output, "\\n", 2);
    } else if (c == '\t') {
        sim_output_bytes(output, "\\t", 2);
    } else {
        escaped[4] = hex_digits[c >> 4];
        escaped[5] = hex_digits[c & 15];
        sim_output_bytes(output, escaped, 6);
    }
}

void sim_output_string(struct sim_output *output, const char *text)
{
    const char *start = text;

    sim_output_bytes(output, "\"", 1);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        sim_output_bytes(output, start, (size_t)(text - start));
        escape(output, c);
        start = text + 1;
    }
    sim_output_bytes(output, start, (size_t)(text - start));
    sim_output_bytes(output, "\"", 1);
}

void sim_output_flush(struct sim_output *output)
{
    assert(output->file != NULL);
    if (output->error == 0 && output->used > 0) {
        errno = 0;
        if (fwrite(output->bytes, 1, output->used, output->file) != output->used ||
            fflush(output->file) != 0)
            output->error = errno != 0 ? errno : EIO;
        else
            output->written += output->used;
    }
    output->used = 0;
}

void sim_output_end_line(struct sim_output *output)
{
    sim_output_bytes(output, "\n", 1);
    if (output->used > FLUSH_ABOVE)
        sim_output_flush(output);
}

const char *sim_output_error(const struct sim_output *output)
{
    return output->error != 0 ? strerror(output->error) : NULL;
}

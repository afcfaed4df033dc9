/* time.c - see time.h. */
#include "sim/core/time.h"

#include <stddef.h>

struct unit {
    uint64_t size;
    const char *name;
};

static const struct unit units[] = {
    { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" }
};

static char *put_text(char *at, const char *text)
{
    while (*text != '\0')
        *at++ = *text++;
    *at = '\0';
    return at;
}

static char *put_number(char *at, uint64_t number)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

/* FRACTION of SIZE as decimals without trailing zeros. */
static char *put_decimals(char *at, uint64_t fraction, uint64_t size)
{
    *at++ = '.';
    for (; fraction > 0; fraction %= size) {
        size /= 10;
        *at++ = (char)('0' + fraction / size);
    }
    return at;
}

const char *sim_time_text(char text[SIM_TIME_TEXT], sim_time t)
{
    /* Unsigned, because -INT64_MIN is no int64_t. */
    uint64_t size = t < 0 ? 0 - (uint64_t)t : (uint64_t)t;
    const struct unit *unit = units;
    char *at = text;

    if (t == SIM_TIME_NEVER) {
        put_text(text, "never");
        return text;
    }
    if (t == 0) {
        put_text(text, "0s");
        return text;
    }
    if (t < 0)
        *at++ = '-';
    while (size < unit->size)
        unit++;
    at = put_number(at, size / unit->size);
    if (size % unit->size != 0)
        at = put_decimals(at, size % unit->size, unit->size);
    put_text(at, unit->name);
    return text;
}

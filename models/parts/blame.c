#include "models/parts/blame.h"

#include <assert.h>
#include <string.h>

const char *blame_item(char text[160], const char *name, uint32_t item, const char *why)
{
    static const char head[] = "item ";
    const size_t length = strlen(why);
    char digits[12];
    size_t count = 0, at = sizeof head - 1;

    memcpy(text, head, at);
    for (uint32_t left = item + 1; left > 0; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    while (count > 0)
        text[at++] = digits[--count];
    assert(at + length + 2 < 160);
    memcpy(text + at, ": ", 2);
    memcpy(text + at + 2, why, length + 1);
    return name;
}

#include "tools/orrery/bytes.h"
#include "sim/core/mem.h"

#include <string.h>

void bytes_finish(struct bytes *bytes)
{
    sim_free(bytes->data);
    *bytes = (struct bytes){ 0 };
}

void bytes_put(struct bytes *bytes, const void *data, size_t count)
{
    if (count == 0)
        return;
    bytes->data = sim_grow(bytes->data, &bytes->capacity, bytes->used + count, 1);
    memcpy(bytes->data + bytes->used, data, count);
    bytes->used += count;
}

void bytes_put_number(struct bytes *bytes, uint64_t number)
{
    bytes_put(bytes, &number, sizeof(number));
}

void bytes_put_text(struct bytes *bytes, const char *text)
{
    size_t count = text ? strlen(text) + 1 : 0; /* with the end; 0: NULL */

    bytes_put_number(bytes, count);
    bytes_put(bytes, text, count);
}

/* COUNT bytes, or NULL. */
static const char *take(struct bytes_reader *reader, size_t count)
{
    const char *taken = reader->data;

    if (count > reader->left) {
        reader->wrong = true;
        return NULL;
    }
    reader->data += count;
    reader->left -= count;
    return taken;
}

void bytes_take(struct bytes_reader *reader, void *data, size_t count)
{
    const char *taken = count > 0 ? take(reader, count) : NULL;

    if (taken)
        memcpy(data, taken, count);
    else if (count > 0)
        memset(data, 0, count);
}

uint64_t bytes_number(struct bytes_reader *reader)
{
    uint64_t number;

    bytes_take(reader, &number, sizeof(number));
    return number;
}

const char *bytes_text(struct bytes_reader *reader)
{
    size_t count = (size_t)bytes_number(reader);
    const char *text = count > 0 ? take(reader, count) : NULL;

    if (text && text[count - 1] != '\0') {
        reader->wrong = true;
        return NULL;
    }
    return text;
}

/* bytes.h - values on their way through a pipe between two processes of this program.
 *
 * Both ends are the same program on the same machine, so numbers travel as they lie in memory. A
 * text is its length and its bytes; NULL is a text of its own.
 *
 * Ownership: init by zeroes, freed by bytes_finish. What a reader gives points into the buffer.
 * Errors: a reader that is asked for more than there is says so in `wrong` and gives zeroes. */
#ifndef TOOLS_ORRERY_BYTES_H
#define TOOLS_ORRERY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    char *data;
    size_t used, capacity;
};

void bytes_finish(struct bytes *bytes);
void bytes_put(struct bytes *bytes, const void *data, size_t count);
void bytes_put_number(struct bytes *bytes, uint64_t number);
void bytes_put_text(struct bytes *bytes, const char *text); /* or NULL */

struct bytes_reader {
    const char *data;
    size_t left;
    bool wrong;
};

/* COUNT bytes into DATA; zeroes if there are fewer. */
void bytes_take(struct bytes_reader *reader, void *data, size_t count);
uint64_t bytes_number(struct bytes_reader *reader);
const char *bytes_text(struct bytes_reader *reader);

#endif

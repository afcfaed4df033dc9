/* input.h - text on its way from a stream or from memory: long files in little memory, with places.
 *
 * A reader walks over `bytes`, which end with a NUL that is not part of the text: so it needs one
 * test per byte, and asks for more only where it meets that NUL. What it still looks at is moved to
 * the front and stays in one piece; the rest is forgotten, except for a little that an error
 * message shows. Lines end with LF, CR LF or CR; columns count characters (of UTF-8), not bytes.
 *
 * Ownership: the stream and the memory are the caller's. Errors: what a stream reports ends the
 * text, and is kept in `error`. Determinism: what is read does not depend on the sizes of pieces.
 */
#ifndef SIM_OBSERVE_INPUT_H
#define SIM_OBSERVE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    SIM_INPUT_PIECE = 1 << 18, /* read at a time */
    SIM_INPUT_CONTEXT = 512,   /* bytes kept before what is in use */
};

struct sim_input_place {
    uint64_t line, column; /* from 1 */
    bool after_cr;         /* a LF that follows belongs to the CR */
};

struct sim_input {
    FILE *file;         /* NULL: from memory */
    const char *memory; /* what is left of it */
    size_t left;
    char *bytes; /* bytes[used] is NUL */
    size_t used, capacity;
    size_t piece;                 /* SIM_INPUT_PIECE; less in tests */
    struct sim_input_place place; /* of bytes[placed] */
    size_t placed;
    bool ended;
    int error; /* errno */
};

void sim_input_init_file(struct sim_input *input, FILE *file);
void sim_input_init_memory(struct sim_input *input, const char *bytes, size_t count);
void sim_input_finish(struct sim_input *input);

/* Appends at least one byte. What lies before *KEEP (at least `placed`) may go; *KEEP becomes its
 * new offset. False: there is no more. */
bool sim_input_more(struct sim_input *input, size_t *keep);

/* NULL, or what the stream reported. */
const char *sim_input_error(const struct sim_input *input);

/* Moves `place` on to OFFSET, which grows from call to call. */
void sim_input_advance(struct sim_input *input, size_t offset);
/* Of OFFSET, at or behind `placed`. */
struct sim_input_place sim_input_place_of(const struct sim_input *input, size_t offset);
/* Characters in COUNT bytes, none of which is a line's end. */
size_t sim_input_characters(const char *bytes, size_t count);

#endif

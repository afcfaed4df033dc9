#include "sim/observe/input.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void init(struct sim_input *input)
{
    *input = (struct sim_input){ .piece = SIM_INPUT_PIECE, .place = { .line = 1, .column = 1 } };
    input->bytes = sim_grow(NULL, &input->capacity, SIM_INPUT_CONTEXT, 1);
}

void sim_input_init_file(struct sim_input *input, FILE *file)
{
    init(input);
    input->file = file;
}

void sim_input_init_memory(struct sim_input *input, const char *bytes, size_t count)
{
    init(input);
    input->memory = bytes;
    input->left = count;
}

void sim_input_finish(struct sim_input *input)
{
    sim_free(input->bytes);
    input->bytes = NULL;
}

/* -- places ------------------------------------------------------------------------------------ */

size_t sim_input_characters(const char *bytes, size_t count)
{
    size_t characters = 0;

    for (size_t i = 0; i < count; i++)
        characters += ((unsigned char)bytes[i] & 0xc0) != 0x80; /* not a continuation */
    return characters;
}

/* With carriage returns, byte by byte. */
static void walk_returns(struct sim_input_place *place, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '\r' || (c == '\n' && !place->after_cr)) {
            place->line++;
            place->column = 1;
        } else if (c != '\n' && (c & 0xc0) != 0x80) {
            place->column++;
        }
        place->after_cr = c == '\r';
    }
}

static void walk(struct sim_input_place *place, const char *bytes, size_t count)
{
    const char *at = bytes, *end = bytes + count, *feed;

    if (count == 0)
        return;
    if (place->after_cr || memchr(bytes, '\r', count) != NULL) {
        walk_returns(place, bytes, count);
        return;
    }
    while ((feed = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        place->line++;
        place->column = 1;
        at = feed + 1;
    }
    place->column += sim_input_characters(at, (size_t)(end - at));
}

void sim_input_advance(struct sim_input *input, size_t offset)
{
    assert(offset >= input->placed);
    assert(offset <= input->used);
    walk(&input->place, input->bytes + input->placed, offset - input->placed);
    input->placed = offset;
}

struct sim_input_place sim_input_place_of(const struct sim_input *input, size_t offset)
{
    struct sim_input_place place = input->place;

    assert(offset >= input->placed);
    assert(offset <= input->used);
    walk(&place, input->bytes + input->placed, offset - input->placed);
    return place;
}

/* -- pieces ------------------------------------------------------------------------------------ */

static size_t take(struct sim_input *input, char *to, size_t room)
{
    size_t got;

    if (input->file == NULL) {
        got = input->left < room ? input->left : room;
        if (got > 0)
            memcpy(to, input->memory, got);
        input->memory += got;
        input->left -= got;
    } else {
        errno = 0;
        got = fread(to, 1, room, input->file);
        if (got == 0 && ferror(input->file))
            input->error = errno != 0 ? errno : EIO;
    }
    return got;
}

bool sim_input_more(struct sim_input *input, size_t *keep)
{
    size_t from, got;

    sim_input_advance(input, *keep);
    if (input->ended)
        return false;
    from = *keep > SIM_INPUT_CONTEXT ? *keep - SIM_INPUT_CONTEXT : 0;
    /* Moving costs a copy of what is in use; a long form is moved only when that pays. */
    if (from > input->used / 2) {
        memmove(input->bytes, input->bytes + from, input->used - from);
        input->used -= from;
        input->placed -= from;
        *keep -= from;
    }
    if (input->capacity - input->used <= input->piece)
        input->bytes = sim_grow(input->bytes, &input->capacity, input->used + input->piece + 1, 1);
    got = take(input, input->bytes + input->used, input->piece);
    input->used += got;
    input->bytes[input->used] = '\0';
    input->ended = got == 0;
    return got > 0;
}

const char *sim_input_error(const struct sim_input *input)
{
    return input->error != 0 ? strerror(input->error) : NULL;
}

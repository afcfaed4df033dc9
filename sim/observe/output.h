/* output.h - text on its way to a stream: JSON Lines at the speed of the simulation.
 *
 * Numbers and strings are written by hand because printf took most of the time of a traced run.
 * What is written gathers in memory, and leaves for the stream only between lines
 * (sim_output_end_line), so that a line which turns out to be one too many can be taken back.
 *
 * Ownership: the stream is the caller's. Errors: the first that the stream reports is kept, and
 * nothing is written after. Determinism: no locale. */
#ifndef SIM_OBSERVE_OUTPUT_H
#define SIM_OBSERVE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sim_output {
    FILE *file;
    char *bytes; /* that wait */
    size_t used, capacity;
    uint64_t written; /* handed to the stream */
    int error;        /* errno of the first failure */
};

void sim_output_init(struct sim_output *output, FILE *file);
void sim_output_finish(struct sim_output *output); /* does not flush */

/* Room for COUNT more bytes behind those that wait. */
void sim_output_reserve(struct sim_output *output, size_t count);

/* Inline, because most of a line is literals whose length the compiler knows. */
static inline void sim_output_bytes(struct sim_output *output, const char *bytes, size_t count)
{
    if (output->capacity - output->used < count)
        sim_output_reserve(output, count);
    memcpy(output->bytes + output->used, bytes, count);
    output->used += count;
}

static inline void sim_output_text(struct sim_output *output, const char *text)
{
    sim_output_bytes(output, text, strlen(text));
}

void sim_output_integer(struct sim_output *output, int64_t value);
void sim_output_natural(struct sim_output *output, uint64_t value);
void sim_output_hex(struct sim_output *output, uint64_t value); /* 16 digits */
void sim_output_string(struct sim_output *output,
                       const char *text); /* in quotes, escaped as JSON wants it */

void sim_output_end_line(struct sim_output *output);
void sim_output_flush(struct sim_output *output);
/* NULL, or what the stream reported first. */
const char *sim_output_error(const struct sim_output *output);

#endif

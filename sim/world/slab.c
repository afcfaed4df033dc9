#include "sim/world/kernel.h"

#include <string.h>

enum { SLAB_CHUNK = 1 << SLAB_BITS };

void slab_init(struct slab *slab, size_t size)
{
    *slab = (struct slab){ .size = size, .used = 1 };
}

void slab_finish(struct slab *slab)
{
    for (size_t i = 0; i < slab->chunk_count; i++)
        sim_free(slab->chunks[i]);
    sim_free(slab->chunks);
}

uint32_t slab_extend(struct slab *slab)
{
    uint32_t slot = slab->used++;

    if ((slot >> SLAB_BITS) >= slab->chunk_count) {
        slab->chunks =
            sim_grow(slab->chunks, &slab->chunk_capacity, slab->chunk_count + 1, sizeof(char *));
        slab->chunks[slab->chunk_count++] = sim_alloc(SLAB_CHUNK * slab->size);
    }
    return slot;
}

void fifo_push(struct fifo *fifo, const struct sim_event *event)
{
    if (fifo->count == fifo->capacity) {
        size_t capacity = fifo->capacity ? 2 * fifo->capacity : 16;
        struct sim_event *events = sim_alloc_array(capacity, sizeof(*events));

        for (size_t i = 0; i < fifo->count; i++)
            events[i] = fifo->events[(fifo->head + i) & (fifo->capacity - 1)];
        sim_free(fifo->events);
        fifo->events = events;
        fifo->capacity = capacity;
        fifo->head = 0;
    }
    fifo->events[(fifo->head + fifo->count++) & (fifo->capacity - 1)] = *event;
}

struct sim_event fifo_pop(struct fifo *fifo)
{
    struct sim_event event = fifo->events[fifo->head];

    fifo->head = (fifo->head + 1) & (fifo->capacity - 1);
    fifo->count--;
    return event;
}

#include "sim/check/relation.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

enum { CYCLES_TRIED = 64 };

void sim_relation_init(struct sim_relation *relation, uint32_t count)
{
    *relation = (struct sim_relation){ .count = count };
}

void sim_relation_finish(struct sim_relation *relation)
{
    sim_free(relation->edges);
    sim_free(relation->first);
    sim_free(relation->next);
    sim_free(relation->sorted);
    sim_free(relation->before);
    *relation = (struct sim_relation){ 0 };
}

void sim_relation_add(struct sim_relation *relation, uint32_t from, uint32_t to, uint32_t why)
{
    assert(from < relation->count);
    assert(to < relation->count);
    if (relation->edge_count == relation->capacity)
        relation->edges = sim_grow(relation->edges, &relation->capacity, relation->edge_count + 1,
                                   sizeof(*relation->edges));
    relation->edges[relation->edge_count++] = (struct sim_relation_edge){ from, to, why };
}

static void index_edges(struct sim_relation *relation)
{
    uint32_t *place = sim_alloc_array(relation->count + 1u, sizeof(*place));

    assert(relation->edge_count < UINT32_MAX);
    sim_free(relation->first);
    sim_free(relation->next);
    relation->first = sim_alloc_array(relation->count + 2u, sizeof(*relation->first));
    relation->next = sim_alloc_array(relation->edge_count, sizeof(*relation->next));
    for (size_t i = 0; i < relation->edge_count; i++)
        relation->first[relation->edges[i].from + 1]++;
    for (uint32_t i = 0; i < relation->count; i++) {
        relation->first[i + 1] += relation->first[i];
        place[i] = relation->first[i];
    }
    for (size_t i = 0; i < relation->edge_count; i++)
        relation->next[place[relation->edges[i].from]++] = (uint32_t)i;
    sim_free(place);
}

bool sim_relation_order(struct sim_relation *relation, struct sim_relation_budget *budget)
{
    uint32_t *waits = sim_alloc_array(relation->count, sizeof(*waits));
    uint32_t done = 0;

    index_edges(relation);
    sim_free(relation->sorted);
    relation->sorted = sim_alloc_array(relation->count, sizeof(*relation->sorted));
    relation->sorted_count = 0;
    for (size_t i = 0; i < relation->edge_count; i++)
        waits[relation->edges[i].to]++;
    for (uint32_t i = 0; i < relation->count; i++)
        if (waits[i] == 0)
            relation->sorted[relation->sorted_count++] = i;
    while (done < relation->sorted_count) {
        uint32_t at = relation->sorted[done++];

        for (uint32_t e = relation->first[at]; e < relation->first[at + 1]; e++) {
            uint32_t to = relation->edges[relation->next[e]].to;

            if (--waits[to] == 0)
                relation->sorted[relation->sorted_count++] = to;
        }
    }
    sim_free(waits);
    budget->steps += relation->edge_count + relation->count;
    return relation->sorted_count == relation->count;
}

enum sim_relation_state sim_relation_close(struct sim_relation *relation,
                                           struct sim_relation_budget *budget)
{
    size_t words = (relation->count + 63u) / 64u;
    uint64_t bytes = (uint64_t)relation->count * words * sizeof(uint64_t);
    uint64_t steps = (uint64_t)relation->edge_count * words;

    if (!sim_relation_order(relation, budget))
        return SIM_RELATION_CYCLIC;
    if (bytes > budget->bytes_most || steps > budget->steps_most ||
        budget->steps > budget->steps_most - steps)
        return SIM_RELATION_TOO_MUCH;
    budget->steps += steps;
    sim_free(relation->before);
    relation->words = words;
    relation->before = sim_alloc_array((size_t)relation->count * words, sizeof(uint64_t));
    for (uint32_t i = 0; i < relation->count; i++) {
        uint32_t at = relation->sorted[i];
        const uint64_t *mine = relation->before + at * words;

        for (uint32_t e = relation->first[at]; e < relation->first[at + 1]; e++) {
            uint32_t to = relation->edges[relation->next[e]].to;
            uint64_t *row = relation->before + to * words;

            for (size_t w = 0; w < words; w++)
                row[w] |= mine[w];
            row[at / 64] |= (uint64_t)1 << at % 64;
        }
    }
    return SIM_RELATION_CLOSED;
}

/* -- paths ------------------------------------------------------------------------------------- */

struct search {
    uint32_t *by; /* the edge by which each thing was reached, plus one */
    uint32_t *queue;
};

/* The edge that reaches TO from FROM first, plus one; 0: none does. */
static uint32_t reach(const struct sim_relation *relation, struct search *search, uint32_t from,
                      uint32_t to)
{
    uint32_t head = 0, tail = 0;

    memset(search->by, 0, relation->count * sizeof(*search->by));
    search->queue[tail++] = from;
    while (head < tail) {
        uint32_t at = search->queue[head++];

        for (uint32_t e = relation->first[at]; e < relation->first[at + 1]; e++) {
            uint32_t edge = relation->next[e], next = relation->edges[edge].to;

            if (next == to)
                return edge + 1;
            if (search->by[next] != 0 || next == from)
                continue;
            search->by[next] = edge + 1;
            search->queue[tail++] = next;
        }
    }
    return 0;
}

/* Backwards from LAST; the path's length, of which the last MOST edges are kept. */
static size_t trace(const struct sim_relation *relation, const struct search *search, uint32_t from,
                    uint32_t last, struct sim_relation_edge *edges, size_t most)
{
    size_t length = 0, kept;

    for (uint32_t e = last; e != 0; length++)
        e = relation->edges[e - 1].from == from ? 0 : search->by[relation->edges[e - 1].from];
    kept = length < most ? length : most;
    for (size_t i = kept; i > 0; i--) {
        edges[i - 1] = relation->edges[last - 1];
        last = search->by[edges[i - 1].from];
    }
    return length;
}

size_t sim_relation_path(const struct sim_relation *relation, uint32_t from, uint32_t to,
                         struct sim_relation_edge *edges, size_t most)
{
    struct search search = { sim_alloc_array(relation->count, sizeof(uint32_t)),
                             sim_alloc_array(relation->count, sizeof(uint32_t)) };
    uint32_t last = reach(relation, &search, from, to);
    size_t length = last == 0 ? 0 : trace(relation, &search, from, last, edges, most);

    sim_free(search.by);
    sim_free(search.queue);
    return length < most ? length : most;
}

size_t sim_relation_cycle(const struct sim_relation *relation, struct sim_relation_edge *edges,
                          size_t most)
{
    struct search search = { sim_alloc_array(relation->count, sizeof(uint32_t)),
                             sim_alloc_array(relation->count, sizeof(uint32_t)) };
    bool *sorted = sim_alloc_array(relation->count, sizeof(*sorted));
    struct sim_relation_edge *found = sim_alloc_array(most, sizeof(*found));
    size_t best = SIZE_MAX;
    uint32_t tried = 0;

    for (uint32_t i = 0; i < relation->sorted_count; i++)
        sorted[relation->sorted[i]] = true;
    for (uint32_t i = 0; i < relation->count && (tried < CYCLES_TRIED || best == SIZE_MAX); i++) {
        uint32_t last = sorted[i] ? 0 : reach(relation, &search, i, i);
        size_t length = last == 0 ? 0 : trace(relation, &search, i, last, found, most);

        tried += sorted[i] ? 0 : 1;
        if (length == 0 || length >= best)
            continue;
        best = length;
        memcpy(edges, found, (length < most ? length : most) * sizeof(*found));
    }
    sim_free(search.by);
    sim_free(search.queue);
    sim_free(sorted);
    sim_free(found);
    assert(best != SIZE_MAX);
    return best < most ? best : most;
}

/* quorum_versions.c - which version of a value follows which, and how versions travel.
 *
 * By a wall clock the later one follows, whatever its writer had seen. By a hybrid clock (Kulkarni
 * et al., 2014) a node that has heard of a version writes after it. By counters a write asks for
 * the highest one first and takes the next (Lynch and Shvartsman, "Robust Emulation of Shared
 * Memory Using Dynamic Quorum-Acknowledged Broadcasts", FTCS 1997), so that it follows all that was
 * acknowledged before it began. These three order any two versions, and the later one stays.
 *
 * By vector clocks (DeCandia et al., section 4.4) a version follows those that its coordinator held
 * when it was written, and no others; what does not follow stays beside it, as siblings. The
 * requests of the interface carry no context of what their client has seen: what its coordinator
 * holds stands for it. */
#include "models/replication/quorum/quorum.h"

#include <assert.h>
#include <string.h>

enum { WORDS = 5 }; /* of a version in a blob, before its vector clock */

static bool is_vector(const struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    return p->stamp == VECTOR;
}

/* Not of vector clocks: the order of a list then. */
static int compare(const struct version *a, const struct version *b)
{
    if (a->ticks != b->ticks)
        return a->ticks < b->ticks ? -1 : 1;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    if (a->member != b->member)
        return a->member < b->member ? -1 : 1;
    return 0;
}

static enum sim_vector_order order(const struct sim_seat *me, const struct version *a,
                                   const struct version *b)
{
    int sign;

    if (is_vector(me))
        return sim_vector_clock_order(a->clock, b->clock, sim_members(me));
    sign = compare(a, b);
    return sign == 0 ? SIM_VECTOR_SAME : sign < 0 ? SIM_VECTOR_BEFORE : SIM_VECTOR_AFTER;
}

static void drop_clock(struct sim_seat *me, const struct version *version)
{
    sim_drop(me, (void *)(uintptr_t)version->clock, sim_members(me) * sizeof(int64_t));
}

static void put(struct sim_seat *me, struct held *held, const struct version *version)
{
    uint32_t at = held->count;
    struct version copy = *version;

    if (version->clock != NULL) {
        int64_t *clock = sim_new(me, sim_members(me) * sizeof(int64_t));

        memcpy(clock, version->clock, sim_members(me) * sizeof(int64_t));
        copy.clock = clock;
    }
    if (held->count == held->capacity) {
        uint32_t more = held->capacity == 0 ? 1 : 2 * held->capacity;

        held->items = sim_regrow(me, held->items, held->capacity * sizeof(struct version),
                                 more * sizeof(struct version));
        held->capacity = more;
    }
    while (at > 0 && compare(&held->items[at - 1], version) > 0)
        at--;
    memmove(&held->items[at + 1], &held->items[at], (held->count - at) * sizeof(struct version));
    held->items[at] = copy;
    held->count++;
}

bool held_merge(struct sim_seat *me, struct held *held, const struct version *version)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < held->count; i++) {
        enum sim_vector_order how = order(me, version, &held->items[i]);

        if (how == SIM_VECTOR_SAME || how == SIM_VECTOR_BEFORE)
            return false; /* and then it follows none of the others */
    }
    for (uint32_t i = 0; i < held->count; i++) {
        if (order(me, version, &held->items[i]) == SIM_VECTOR_AFTER)
            drop_clock(me, &held->items[i]);
        else
            held->items[kept++] = held->items[i];
    }
    held->count = kept;
    put(me, held, version);
    return true;
}

void held_finish(struct sim_seat *me, struct held *held)
{
    for (uint32_t i = 0; i < held->count; i++)
        drop_clock(me, &held->items[i]);
    sim_drop(me, held->items, held->capacity * sizeof(struct version));
    *held = (struct held){ 0 };
}

uint64_t held_hash(const struct sim_seat *me, const struct held *held)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < held->count; i++) {
        const struct version *v = &held->items[i];
        uint64_t hash = sim_mix(sim_mix((uint64_t)v->value, (uint64_t)v->ticks),
                                sim_mix((uint64_t)v->count, (uint64_t)v->member));

        for (uint32_t k = 0; v->clock != NULL && k < sim_members(me); k++)
            hash = sim_mix(hash, (uint64_t)v->clock[k]);
        sum += hash;
    }
    return sum;
}

/* -- blobs ------------------------------------------------------------------------------------- */

static size_t words_of(const struct sim_seat *me)
{
    return WORDS + (is_vector(me) ? sim_members(me) : 0);
}

const struct sim_blob *held_blob(struct sim_seat *me, const struct held *held)
{
    int64_t *words;
    struct sim_blob *blob = sim_blob_make(me, held->count * words_of(me), &words);

    for (uint32_t i = 0; i < held->count; i++) {
        const struct version *v = &held->items[i];
        const int64_t stamp[WORDS] = { v->value, v->at, v->ticks, v->count, v->member };

        memcpy(words, stamp, sizeof stamp);
        if (v->clock != NULL)
            memcpy(words + WORDS, v->clock, sim_members(me) * sizeof(int64_t));
        words += words_of(me);
    }
    return blob;
}

uint32_t held_count(const struct sim_seat *me, const struct sim_blob *blob)
{
    size_t count;

    sim_blob_words(blob, &count);
    assert(count % words_of(me) == 0);
    return (uint32_t)(count / words_of(me));
}

struct version held_read(const struct sim_seat *me, const struct sim_blob *blob, uint32_t number)
{
    size_t count;
    const int64_t *words = sim_blob_words(blob, &count) + number * words_of(me);

    return (struct version){ words[0], words[1], words[2],
                             words[3], words[4], is_vector(me) ? words + WORDS : NULL };
}

/* -- new ones ---------------------------------------------------------------------------------- */

/* Not used before, in no life of this node. */
static int64_t new_number(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    const struct disk *d = sim_disk(me);

    return d->starts * INT64_C(1000000000000) + ++s->sequence;
}

static void follow_all(struct sim_seat *me, const struct held *held, int64_t *clock)
{
    memset(clock, 0, sim_members(me) * sizeof(int64_t));
    for (uint32_t i = 0; i < held->count; i++)
        for (uint32_t k = 0; k < sim_members(me); k++)
            if (held->items[i].clock[k] > clock[k])
                clock[k] = held->items[i].clock[k];
    clock[sim_self(me)] = new_number(me);
}

struct version quorum_next(struct sim_seat *me, const struct held *held, int64_t value,
                           int64_t *clock)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct version v = { value, sim_wall(me), 0, 0, sim_self(me), NULL };

    switch (p->stamp) {
    case WALL:
        v.ticks = v.at;
        v.count = new_number(me);
        break;
    case HYBRID:
        sim_hlc_tick(&s->hlc, v.at);
        v.ticks = s->hlc.l;
        v.count = s->hlc.c;
        break;
    case COUNTER:
        v.ticks = held->count > 0 ? held->items[held->count - 1].ticks + 1 : 1;
        v.count = new_number(me);
        break;
    default:
        follow_all(me, held, clock);
        v.ticks = v.at;
        v.count = clock[sim_self(me)];
        v.clock = clock;
    }
    return v;
}

void quorum_learn(struct sim_seat *me, const struct version *version)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (p->stamp == HYBRID)
        sim_hlc_receive(&s->hlc, (struct sim_hlc){ version->ticks, version->count }, sim_wall(me));
}

/* shrink_lists.c - lists of what happens, by delta debugging; and for how long it does.
 *
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002: parts
 * of the list are taken out, half of it, a quarter, down to single entries, until no single one can
 * go. Of their ddmin only the complements are tried: what is left of a run without nearly all of
 * its faults seldom fails, and the entries do not stand next to each other. */
#include "sim/world/fault_kind.h"
#include "tools/orrery/shrink.h"

#include <string.h>

static const char *const faults_key[] = { "faults", NULL };

/* -- parts of a list --------------------------------------------------------------------------- */

struct chunks {
    const char *const *keys;
    uint32_t size, skipped; /* SKIPPED: entries before the first chunk */
};

static struct sim_tree *without_chunk(struct shrink *shrink, void *context, size_t index)
{
    const struct chunks *chunks = context;
    struct sim_tree *list = edit_get(shrink->best, chunks->keys);

    return shrink_with_list(shrink, shrink->best, chunks->keys,
                            edit_cut(shrink->arena, list,
                                     chunks->skipped + (uint32_t)index * chunks->size,
                                     chunks->size));
}

/* One way through the list by chunks of SIZE. */
static bool take_chunks(struct shrink *shrink, const char *const *keys, uint32_t size,
                        unsigned lucks)
{
    struct chunks chunks = { keys, size, 0 };
    bool any = false;

    while (shrink_count(shrink->best, keys) > chunks.skipped) {
        const uint32_t left = shrink_count(shrink->best, keys) - chunks.skipped;
        const struct shrink_pass pass = { without_chunk, &chunks, (left + size - 1) / size };
        size_t found = shrink_first(shrink, &pass, 0, lucks);

        if (found == SIZE_MAX)
            break;
        chunks.skipped += (uint32_t)found * size;
        any = true;
    }
    return any;
}

/* So many chunks, each worth less the more there are of them. */
static unsigned lucks_of(const struct shrink *shrink, uint32_t count, uint32_t size, uint64_t worth)
{
    enum { FULL = 8, LONG = 32 };
    const uint32_t chunks = (count + size - 1) / size;

    if (count > LONG) /* where luck seldom helps, and all has to be read again for each */
        worth /= FULL;
    return shrink_lucks(shrink, chunks > FULL ? worth * FULL / chunks : worth);
}

/* Down to single entries, until none of them can go. */
static bool take_list(struct shrink *shrink, const char *const *keys, uint64_t worth)
{
    bool any = false;

    for (uint32_t size = shrink_count(shrink->best, keys); size > 0;) {
        const uint32_t count = shrink_count(shrink->best, keys);
        const bool some = take_chunks(shrink, keys, size, lucks_of(shrink, count, size, worth));

        any = any || some;
        if (some && worth > 0 && shrink->end == SHRINK_WHOLE)
            take_list(shrink, keys, 0); /* which costs next to nothing */
        if ((size == 1 && !some) || shrink->end != SHRINK_WHOLE)
            break;
        size = size > 1 ? size / 2 : 1;
    }
    return any;
}

bool shrink_list(struct shrink *shrink, const char *const *keys, uint64_t worth)
{
    bool any = take_list(shrink, keys, 0);

    if (worth > 0)
        any |= take_list(shrink, keys, worth);
    return any;
}

/* -- all faults of a kind ---------------------------------------------------------------------- */

static bool is_kind(const struct sim_tree *entry, const char *name)
{
    return sim_tree_get(entry, name) != NULL;
}

static struct sim_tree *without_kind(struct shrink *shrink, void *context, size_t index)
{
    struct sim_tree *list = edit_get(shrink->best, faults_key), *left = list;
    uint32_t at = 0;

    (void)context;
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_kind(list->items[i], sim_fault_kinds[index]->name))
            left = edit_cut(shrink->arena, left, at, 1);
        else
            at++;
    }
    return left != list ? shrink_with_list(shrink, shrink->best, faults_key, left) : NULL;
}

bool shrink_fault_kinds(struct shrink *shrink, uint64_t worth)
{
    struct shrink_pass pass = { without_kind, NULL, 0 };
    bool any = false;
    size_t found = 0;

    while (sim_fault_kinds[pass.count] != NULL)
        pass.count++;
    while (shrink_count(shrink->best, faults_key) > 0) {
        found = shrink_first(shrink, &pass, found, shrink_lucks(shrink, worth));
        if (found == SIZE_MAX)
            break;
        any = true;
    }
    return any;
}

/* -- for how long ------------------------------------------------------------------------------ */

static const sim_time lengths[] = {
    SIM_MILLISECOND,       10 * SIM_MILLISECOND,  20 * SIM_MILLISECOND,  50 * SIM_MILLISECOND,
    100 * SIM_MILLISECOND, 200 * SIM_MILLISECOND, 500 * SIM_MILLISECOND, SIM_SECOND,
    2 * SIM_SECOND,        5 * SIM_SECOND,        10 * SIM_SECOND,
};
enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };

static struct sim_tree *with_length(struct shrink *shrink, void *context, size_t index)
{
    static const char *const keys[] = { "for", NULL };
    struct sim_tree *list = edit_get(shrink->best, faults_key), *entry;
    const sim_time length = lengths[index % LENGTHS];
    sim_time now;

    (void)context;
    entry = list->items[index / LENGTHS];
    if (!shrink_read_time(edit_get(entry, keys), &now) || length >= now)
        return NULL;
    entry = edit_set(shrink->arena, entry, "for", shrink_time(shrink, length));
    return shrink_with_list(shrink, shrink->best, faults_key,
                            edit_item(shrink->arena, list, (uint32_t)(index / LENGTHS), entry));
}

bool shrink_fault_lengths(struct shrink *shrink, uint64_t worth)
{
    const struct shrink_pass pass = { with_length, NULL,
                                      shrink_count(shrink->best, faults_key) * LENGTHS };
    bool any = false;
    size_t found = 0;

    while ((found = shrink_first(shrink, &pass, found, shrink_lucks(shrink, worth))) != SIZE_MAX) {
        found += LENGTHS - found % LENGTHS; /* the shorter ones were tried before it */
        any = true;
    }
    return any;
}

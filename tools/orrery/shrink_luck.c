/* shrink_luck.c - luck made plain, or written down as few decisions.
 *
 * Up to here what was left is left under a seed, which says nothing to who reads it. Of a run that
 * is small luck can go: first all of it is tried to be plain, then one source of it after the
 * other, under other seeds if need be; and what links and models still draw is written out, message
 * by message and draw by draw, and reduced as any other list. When that leaves more than a person
 * reads, the seed says it shorter, and stays. */
#include "tools/orrery/shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_MOST = 20000, /* of a run that is small */
    WRITTEN_MOST = 2000, /* decisions to begin with */
    DECISIONS_MOST = 12, /* that are left to be read */
};

static const char *const seed_key[] = { "luck", "seed", NULL };
static const char *const draws_key[] = { "luck", "draws", NULL };
static const char *const messages_key[] = { "luck", "messages", NULL };
/* What cannot be written out comes first: it has to be plain. */
static const char *const sources[] = { "streams", "disks", "processors", "messages", "draws" };
enum { SOURCES = sizeof(sources) / sizeof(sources[0]), UNWRITTEN = 3 };

bool shrink_is_seeded(const struct sim_tree *tree)
{
    return edit_get(tree, seed_key) != NULL;
}

uint32_t shrink_count_decisions(const struct sim_tree *tree)
{
    return shrink_count(tree, draws_key) + shrink_count(tree, messages_key);
}

static bool is_text(const struct sim_tree *tree, const char *text)
{
    return tree->kind == SIM_SCALAR && strcmp(tree->text, text) == 0;
}

/* What a scenario that has `luck:` says of sources that are drawn anyway. */
static void forget_drawn(struct shrink *shrink)
{
    for (size_t i = 0; i < SOURCES; i++) {
        const char *const keys[] = { "luck", sources[i], NULL };
        const struct sim_tree *source = edit_get(shrink->best, keys);

        if (source != NULL && is_text(source, "drawn"))
            shrink->best = edit_set_deep(shrink->arena, shrink->best, keys, NULL);
    }
}

/* -- plain ------------------------------------------------------------------------------------- */

static struct sim_tree *all_plain(struct shrink *shrink)
{
    struct sim_tree *luck = edit_empty(shrink->arena, SIM_MAPPING);

    for (size_t i = 0; i < SOURCES; i++)
        luck = edit_set(shrink->arena, luck, sources[i], edit_scalar(shrink->arena, "plain"));
    return luck;
}

/* Where it is disks that make one member later than the other, links can do so as well, and what
 * they do can be written out. */
static struct sim_tree *with_plain(struct shrink *shrink, void *context, size_t index)
{
    const size_t source = index / SHRINK_SPREADS;
    const char *const keys[] = { "luck", sources[source], NULL };
    struct sim_tree *tree = shrink->best;

    (void)context;
    if (edit_get(tree, keys) != NULL || (source >= UNWRITTEN && index % SHRINK_SPREADS > 0))
        return NULL;
    tree = edit_set_deep(shrink->arena, tree, keys, edit_scalar(shrink->arena, "plain"));
    return shrink_spread(shrink, tree, index % SHRINK_SPREADS);
}

/* Of what is left to the seed, one source after the other. */
static bool make_plain(struct shrink *shrink, uint64_t worth)
{
    const struct shrink_pass pass = { with_plain, NULL, SOURCES * SHRINK_SPREADS };
    bool any = false;
    size_t found = 0;

    while (shrink_is_seeded(shrink->best) &&
           (found = shrink_first(shrink, &pass, found, shrink_lucks(shrink, worth))) != SIZE_MAX) {
        found += SHRINK_SPREADS - found % SHRINK_SPREADS;
        any = true;
    }
    return any;
}

/* What is plain although there is nothing to draw. */
static struct sim_tree *without_source(struct shrink *shrink, void *context, size_t index)
{
    const char *const keys[] = { "luck", sources[index], NULL };

    (void)context;
    if (edit_get(shrink->best, keys) == NULL)
        return NULL;
    return edit_set_deep(shrink->arena, shrink->best, keys, NULL);
}

static bool drop_sources(struct shrink *shrink)
{
    /* the others say how lists are to be understood */
    const struct shrink_pass pass = { without_source, NULL, UNWRITTEN };
    bool any = false;
    size_t found = 0;

    while ((found = shrink_first(shrink, &pass, found, 0)) != SIZE_MAX) {
        found++;
        any = true;
    }
    return any;
}

/* -- written out ------------------------------------------------------------------------------- */

static uint64_t nth_of(const struct sim_tree *entry)
{
    const struct sim_tree *nth = sim_tree_get(entry, "nth");

    return nth != NULL ? strtoull(nth->text, NULL, 10) : 1;
}

/* ENTRY, a message's, with its FATE alone. */
static struct sim_tree *with_fate(struct shrink *shrink, struct sim_tree *entry,
                                  struct sim_tree *fate)
{
    if (fate->kind == SIM_MAPPING) {
        for (uint32_t i = 0; i < fate->count; i++)
            entry = edit_set(shrink->arena, entry, fate->keys[i], fate->items[i]);
        return entry;
    }
    if (is_text(fate, "lost") || is_text(fate, "corrupted"))
        return edit_set(shrink->arena, entry, fate->text, edit_scalar(shrink->arena, "true"));
    return edit_set(shrink->arena, entry, "delay", fate);
}

/* The entries of LIST, each of which says many in a row under MANY, one by one. */
static struct sim_tree *one_by_one(struct shrink *shrink, struct sim_tree *list, const char *many)
{
    struct sim_tree *all;
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++)
        count += sim_tree_get(list->items[i], many)->count;
    all = edit_list(shrink->arena, count);
    for (uint32_t i = 0; i < list->count; i++) {
        struct sim_tree *of_all = list->items[i];
        const struct sim_tree *row = sim_tree_get(of_all, many);
        const uint64_t first = nth_of(of_all);

        for (uint32_t k = 0; k < row->count; k++) {
            struct sim_tree *entry = edit_set(shrink->arena, of_all, many, NULL);

            if (is_text(row->items[k], "plain"))
                continue;
            entry = edit_set(shrink->arena, entry, "nth", edit_number(shrink->arena, first + k));
            if (strcmp(many, "fates") == 0)
                entry = with_fate(shrink, entry, row->items[k]);
            else
                entry = edit_set(shrink->arena, entry, "value", row->items[k]);
            edit_push(all, entry);
        }
    }
    return all;
}

/* The same run with what was drawn in it in place of the seed; NULL: it says too much. */
static struct sim_tree *written_out(struct shrink *shrink)
{
    static const char *const *const lists[] = { draws_key, messages_key };
    static const char *const many[] = { "values", "fates" };
    struct sim_tree *written = shrink_ask_decisions(shrink);
    struct sim_tree *tree = edit_set(shrink->arena, shrink->best, "luck", all_plain(shrink));

    if (written == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        struct sim_tree *list = edit_get(written, lists[i]);

        if (list == NULL || list->kind != SIM_SEQUENCE)
            continue;
        list = one_by_one(shrink, list, many[i]);
        if (list->count > WRITTEN_MOST)
            return NULL;
        if (list->count > 0)
            tree = edit_set_deep(shrink->arena, tree, lists[i], list);
    }
    return tree;
}

/* An empty list says what `plain` says. */
static void call_it_plain(struct shrink *shrink, const char *const *keys)
{
    const struct sim_tree *list = edit_get(shrink->best, keys);

    if (list != NULL && list->kind == SIM_SEQUENCE && list->count == 0)
        shrink->best =
            edit_set_deep(shrink->arena, shrink->best, keys, edit_scalar(shrink->arena, "plain"));
}

bool shrink_decisions(struct shrink *shrink)
{
    bool any = false, some;

    if (shrink_count_decisions(shrink->best) == 0)
        return false;
    do {
        some = shrink_list(shrink, messages_key, 0);
        some |= shrink_list(shrink, draws_key, 0);
        any = any || some;
    } while (some && shrink->end == SHRINK_WHOLE);
    call_it_plain(shrink, draws_key);
    call_it_plain(shrink, messages_key);
    return any;
}

/* True: they are few, and stand in place of the seed. */
static bool write_out(struct shrink *shrink)
{
    struct sim_tree *const seeded = shrink->best;
    const struct shrink_run run = shrink->run;

    if (shrink_take(shrink, written_out(shrink), 0)) {
        shrink_decisions(shrink);
        if (shrink_count_decisions(shrink->best) <= DECISIONS_MOST)
            return true;
    }
    shrink->best = seeded;
    shrink->run = run;
    return false;
}

bool shrink_luck(struct shrink *shrink, uint64_t worth)
{
    bool any;

    forget_drawn(shrink);
    if (shrink->target.death || shrink->run.events > EVENTS_MOST || !shrink_is_seeded(shrink->best))
        return false;
    any = shrink_take(shrink, edit_set(shrink->arena, shrink->best, "luck", all_plain(shrink)), 0);
    if (!any) {
        any = make_plain(shrink, worth);
        any |= write_out(shrink);
    }
    if (!shrink_is_seeded(shrink->best))
        drop_sources(shrink);
    return any;
}

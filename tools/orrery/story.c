#include "tools/orrery/story.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

/* -- the past ---------------------------------------------------------------------------------- */

/* By moment of the chronicle: 1 for those in the past of the targets. For the caller to free. */
static unsigned char *find_past(const struct chronicle *chronicle, const struct sim_names *names,
                                const size_t *targets, size_t count)
{
    unsigned char *past = sim_alloc(chronicle->count + 1);
    size_t *before = sim_alloc_array(chronicle->count + 1, sizeof(*before)); /* on its node, + 1 */
    size_t *last = sim_alloc_array(sim_names_nodes(names), sizeof(*last));
    const struct moment_kept *moments = chronicle->moments;

    for (size_t i = 0; i < chronicle->count; i++) {
        if (moments[i].node == SIM_NO_GROUP)
            continue;
        before[i] = last[moments[i].node];
        last[moments[i].node] = i + 1;
    }
    for (size_t i = 0; i < count; i++)
        past[targets[i]] = 1;
    for (size_t i = chronicle->count; i-- > 0;) {
        if (!past[i])
            continue;
        if (before[i] > 0)
            past[before[i] - 1] = 1;
        size_t cause =
            moments[i].cause == 0 ? chronicle->count : chronicle_find(chronicle, moments[i].cause);
        for (; cause < i && moments[cause].id == moments[i].cause; cause++)
            past[cause] = 1; /* also a fault's others: it hit several nodes at once */
    }
    sim_free(before);
    sim_free(last);
    return past;
}

/* -- what is told ------------------------------------------------------------------------------ */

static bool is_fault(const struct moment_kept *moment)
{
    return moment->kind == SIM_HAPPENED_FAULT || moment->kind == SIM_HAPPENED_HEAL ||
           moment->kind == SIM_HAPPENED_ACTION || moment->kind == SIM_HAPPENED_HALT ||
           moment->kind == SIM_HAPPENED_COMMAND;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Of one kind and name: faults of one label, notes of one name. */
static bool is_same_sort(const struct moment_kept *a, const struct moment_kept *b)
{
    return a->kind == b->kind && is_same_text(a->what, b->what) &&
           (!is_fault(a) || is_same_text(a->reason, b->reason));
}

static void add_item(struct story *story, size_t moment)
{
    if (story->count == story->capacity)
        story->items =
            sim_grow(story->items, &story->capacity, story->count + 1, sizeof(*story->items));
    story->items[story->count++] = (struct story_item){
        .moment = moment, .first = moment, .count = 1, .ends = SIM_TIME_NEVER
    };
}

/* Whether a fault that ENDS is the one that item told. */
static bool is_end_of(const struct story *story, const struct story_item *item,
                      const struct moment_kept *ends)
{
    const struct moment_kept *began = &story->chronicle->moments[item->first];

    return began->kind == SIM_HAPPENED_FAULT && item->ends == SIM_TIME_NEVER &&
           is_same_text(began->what, ends->what) && is_same_text(began->reason, ends->reason) &&
           began->node == ends->node;
}

/* An end is told where the fault begins: the first node of those that it hit stands for all. */
static void tell_end(struct story *story, size_t moment)
{
    const struct moment_kept *moments = story->chronicle->moments;

    if (moment > 0 && moments[moment - 1].id == moments[moment].id &&
        is_same_sort(&moments[moment - 1], &moments[moment]))
        return;
    for (size_t i = story->count; i-- > 0;) {
        if (!is_end_of(story, &story->items[i], &moments[moment]))
            continue;
        story->items[i].ends = moments[moment].time;
        return;
    }
}

/* Adds MOMENT, or widens the last item by it: a fault hits many nodes, a leader commits again and
 * again. */
static void tell(struct story *story, size_t moment, bool is_apart)
{
    const struct moment_kept *moments = story->chronicle->moments, *now = &moments[moment];
    struct story_item *item = story->count > 0 ? &story->items[story->count - 1] : NULL;
    const struct moment_kept *then = item ? &moments[item->moment] : NULL;

    if (now->kind == SIM_HAPPENED_HEAL) {
        tell_end(story, moment);
    } else if (then && is_fault(now) && then->id == now->id && is_same_sort(then, now)) {
        item->count++;
    } else if (then && now->kind == SIM_HAPPENED_NOTE && is_same_sort(then, now) &&
               then->node == now->node && item->is_apart == is_apart) {
        item->moment = moment;
        item->count++;
    } else {
        add_item(story, moment);
        story->items[story->count - 1].is_apart = is_apart;
    }
}

/* -- room -------------------------------------------------------------------------------------- */

enum { SORTS_MAX = 64 };

struct sorts {
    const struct moment_kept *example[SORTS_MAX];
    size_t left[SORTS_MAX];   /* items that are still told */
    size_t oldest[SORTS_MAX]; /* before which none of them is */
    uint32_t count;
};

/* The last stands for all that are too many to tell apart. */
static uint32_t sort_of(struct sorts *sorts, const struct moment_kept *moment)
{
    for (uint32_t i = 0; i < sorts->count; i++) {
        if (is_same_sort(sorts->example[i], moment))
            return i;
    }
    if (sorts->count == SORTS_MAX)
        return SORTS_MAX - 1;
    sorts->example[sorts->count] = moment;
    return sorts->count++;
}

/* Takes out what there is no room for; PINNED by moment stays. */
static void make_room(struct story *story, const size_t *pinned, size_t pinned_count, size_t room)
{
    struct sorts sorts = { .count = 0 };
    size_t movable = 0, pin = 0;

    for (size_t i = 0; i < story->count; i++) {
        struct story_item *item = &story->items[i];

        item->sort = SORTS_MAX;
        while (pin < pinned_count && pinned[pin] < item->moment)
            pin++;
        if (pin < pinned_count && pinned[pin] == item->moment)
            continue;
        item->sort = sort_of(&sorts, &story->chronicle->moments[item->moment]);
        sorts.left[item->sort]++;
        movable++;
    }
    for (; movable > room; movable--) {
        uint32_t most = 0;

        for (uint32_t s = 1; s < sorts.count; s++)
            most = sorts.left[s] > sorts.left[most] ? s : most;
        while (story->items[sorts.oldest[most]].count == 0 ||
               story->items[sorts.oldest[most]].sort != most)
            sorts.oldest[most]++;
        story->items[sorts.oldest[most]].count = 0;
        sorts.left[most]--;
        story->left_out++;
    }
    size_t kept = 0;
    for (size_t i = 0; i < story->count; i++) {
        if (story->items[i].count > 0)
            story->items[kept++] = story->items[i];
    }
    story->count = kept;
}

/* ---------------------------------------------------------------------------------------------- */

void story_tell(struct story *story, const struct chronicle *chronicle,
                const struct sim_names *names, const size_t *targets, size_t target_count,
                size_t room)
{
    size_t end = target_count > 0 ? targets[target_count - 1] + 1 : chronicle->count, target = 0;
    unsigned char *past =
        target_count > 0 ? find_past(chronicle, names, targets, target_count) : NULL;

    *story = (struct story){ .chronicle = chronicle, .names = names };
    for (size_t i = 0; i < end; i++) {
        const struct moment_kept *moment = &chronicle->moments[i];

        if (target < target_count && targets[target] == i) {
            add_item(story, i);
            target++;
        } else if (is_fault(moment)) {
            tell(story, i, false);
        } else if (moment->kind == SIM_HAPPENED_NOTE) {
            tell(story, i, past && !past[i]);
        }
    }
    sim_free(past);
    make_room(story, targets, target_count, room);
}

void story_causes(struct story *story, const struct chronicle *chronicle,
                  const struct sim_names *names, size_t target, size_t room)
{
    *story = (struct story){ .chronicle = chronicle, .names = names };
    for (size_t at = target; at < chronicle->count;) {
        uint64_t cause = chronicle->moments[at].cause;

        if (story->count < room)
            add_item(story, at);
        else
            story->left_out++;
        size_t next = cause == 0 ? chronicle->count : chronicle_find(chronicle, cause);
        at = next < at ? next : chronicle->count; /* what happened in no event has no cause */
    }
    for (size_t i = 0; i < story->count / 2; i++) {
        struct story_item item = story->items[i];

        story->items[i] = story->items[story->count - 1 - i];
        story->items[story->count - 1 - i] = item;
    }
}

void story_finish(struct story *story)
{
    sim_free(story->items);
}

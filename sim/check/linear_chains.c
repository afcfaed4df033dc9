/* linear_chains.c - lists that only grow, and sets that only grow, in one pass.
 *
 * A read of a list to which every element is appended once tells the order of the appends: all
 * reads are beginnings of the longest one. Reads of a set that only grows are subsets of each
 * other, and tell between which of them each element came first. So every operation has a step that
 * it belongs to, and steps follow each other; within a step all are free. The order exists iff no
 * operation was invoked after one of a later step had returned.
 *
 * An insertion of an element that is there already may wait: it has no earlier step than that
 * element's first one, but any later. */
#include "sim/check/linear_private.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <string.h>

#define NONE SIM_LINEAR_NONE

struct chain {
    struct sim_linear_case *one;
    struct sim_linear_table elements;
    uint32_t *step; /* by member; NONE: took no effect, or told nothing */
    bool *idle;     /* by member: may have a later step too */
    size_t step_count;
    uint32_t shows;                  /* a read that tells the order, or NONE */
    uint32_t *writer, *level, *seen; /* by element */
};

static const struct sim_linear_operation *member(const struct chain *chain, uint32_t index)
{
    return sim_linear_member(chain->one, index);
}

static bool refuse(struct chain *chain, uint32_t a, uint32_t b, const char *reason)
{
    sim_linear_blame(chain->one, a);
    if (b != NONE)
        sim_linear_blame(chain->one, b);
    chain->one->reason = reason;
    return false;
}

/* Only reads and operations of KIND, of which at least one, on what began as nothing. */
static bool is_fit(const struct sim_linear_case *one, enum sim_linear_kind kind)
{
    size_t found = 0;

    for (size_t i = 0; i < one->count; i++) {
        enum sim_linear_kind other = sim_linear_member(one, i)->kind;

        if (other != SIM_LINEAR_READ && other != kind)
            return false;
        found += other == kind;
    }
    return found > 0 && one->initial == SIM_NIL;
}

static void chain_init(struct chain *chain, struct sim_linear_case *one)
{
    *chain = (struct chain){ .one = one, .shows = NONE };
    chain->step = sim_alloc_array(one->count, sizeof(*chain->step));
    chain->idle = sim_alloc_array(one->count, sizeof(*chain->idle));
    chain->writer = sim_alloc_array(one->count, sizeof(*chain->writer));
    chain->level = sim_alloc_array(one->count, sizeof(*chain->level));
    chain->seen = sim_alloc_array(one->count, sizeof(*chain->seen));
    for (size_t i = 0; i < one->count; i++)
        chain->step[i] = chain->writer[i] = chain->level[i] = chain->seen[i] = NONE;
}

static void chain_finish(struct chain *chain)
{
    sim_linear_table_finish(&chain->elements);
    sim_free(chain->step);
    sim_free(chain->idle);
    sim_free(chain->writer);
    sim_free(chain->level);
    sim_free(chain->seen);
}

static uint32_t element_of(const struct chain *chain, int64_t value)
{
    return sim_linear_table_find(&chain->elements, (struct sim_linear_triple){ value, 0, 0 });
}

/* A read that gave a number, where there are none. */
static bool is_number(const struct sim_linear_operation *operation)
{
    return operation->items == NULL && operation->value != SIM_NIL;
}

/* -- steps ------------------------------------------------------------------------------------- */

/* Members by step, those of one step in order of invocation; FIRST has one entry more than steps.
 */
static uint32_t *by_step(const struct chain *chain, size_t *first)
{
    size_t total = 0;
    uint32_t *sorted;

    for (size_t i = 0; i < chain->one->count; i++) {
        if (chain->step[i] != NONE)
            first[chain->step[i] + 1]++;
    }
    for (size_t i = 0; i < chain->step_count; i++)
        first[i + 1] += first[i];
    total = first[chain->step_count];
    sorted = sim_alloc_array(total, sizeof(*sorted));
    for (size_t i = 0; i < chain->one->count; i++) {
        if (chain->step[i] != NONE)
            sorted[first[chain->step[i]]++] = (uint32_t)i;
    }
    for (size_t i = chain->step_count; i > 0; i--)
        first[i] = first[i - 1];
    first[0] = 0;
    return sorted;
}

/* A read that tells that EARLIER comes before LATER, or NONE if they tell it themselves. */
static uint32_t shown_by(const struct chain *chain, uint32_t earlier, uint32_t later,
                         const uint32_t *sorted, const size_t *first)
{
    if (member(chain, earlier)->kind == SIM_LINEAR_READ &&
        member(chain, later)->kind == SIM_LINEAR_READ)
        return NONE;
    /* of a list the longest; of a set any between the two steps */
    return chain->shows != NONE ? chain->shows : sorted[first[chain->step[earlier] + 1]];
}

static bool is_in_time(struct chain *chain, const uint32_t *sorted, const size_t *first)
{
    uint32_t latest = NONE; /* of earlier steps */

    for (size_t step = 0; step < chain->step_count; step++) {
        uint32_t next = latest;

        for (size_t i = first[step]; i < first[step + 1]; i++) {
            uint32_t at = sorted[i];

            if (latest != NONE && member(chain, at)->returned < member(chain, latest)->invoked) {
                sim_linear_blame(chain->one, at);
                return refuse(chain, latest, shown_by(chain, latest, at, sorted, first),
                              "what was read allows one order only, and it was not the order in "
                              "time");
            }
            if (!chain->idle[at] && (next == NONE || at > next))
                next = at;
        }
        latest = next;
    }
    return true;
}

/* The first member invoked after the return of member AT. */
static uint32_t invoked_after(const struct chain *chain, uint32_t at)
{
    uint64_t returned = member(chain, at)->returned;
    uint32_t low = at + 1, high = (uint32_t)chain->one->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (member(chain, middle)->invoked > returned)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* In the order of steps; the idle ones as late as they can stand, since nobody sees them. */
static void write_order(struct chain *chain, const uint32_t *sorted, size_t total)
{
    struct sim_linear_case *one = chain->one;
    /* the least place in SORTED of what was invoked at or after each member */
    uint32_t *place = sim_alloc_array(one->count + 1, sizeof(*place));
    uint32_t *waiting = sim_alloc_array(total + 1, sizeof(*waiting));
    uint32_t *next = sim_alloc_array(one->count, sizeof(*next));

    for (size_t i = 0; i <= one->count; i++)
        place[i] = (uint32_t)total;
    for (size_t i = 0; i <= total; i++)
        waiting[i] = NONE;
    for (uint32_t i = 0; i < total; i++) {
        if (!chain->idle[sorted[i]])
            place[sorted[i]] = i;
    }
    for (size_t i = one->count; i-- > 0;)
        place[i] = place[i] < place[i + 1] ? place[i] : place[i + 1];
    for (size_t i = one->count; i-- > 0;) {
        uint32_t before;

        if (chain->step[i] == NONE || !chain->idle[i])
            continue;
        before = place[invoked_after(chain, (uint32_t)i)];
        next[i] = waiting[before];
        waiting[before] = (uint32_t)i;
    }
    for (size_t i = 0; i <= total; i++) {
        for (uint32_t at = waiting[i]; at != NONE; at = next[at])
            one->order[one->order_count++] = one->members[at];
        if (i < total && !chain->idle[sorted[i]])
            one->order[one->order_count++] = one->members[sorted[i]];
    }
    sim_free(place);
    sim_free(waiting);
    sim_free(next);
}

static bool judge_steps(struct chain *chain)
{
    size_t *first = sim_alloc_array(chain->step_count + 2, sizeof(*first));
    uint32_t *sorted = by_step(chain, first);
    bool legal = is_in_time(chain, sorted, first);

    if (legal && chain->one->witness)
        write_order(chain, sorted, first[chain->step_count]);
    sim_free(first);
    sim_free(sorted);
    return legal;
}

/* -- lists ------------------------------------------------------------------------------------- */

/* False: an element is appended twice. */
static bool find_appends(struct chain *chain)
{
    for (uint32_t i = 0; i < chain->one->count; i++) {
        struct sim_linear_triple element = { member(chain, i)->argument, 0, 0 };
        size_t before = chain->elements.count;

        if (member(chain, i)->kind == SIM_LINEAR_READ)
            continue;
        chain->writer[before] = i;
        if (sim_linear_table_add(&chain->elements, element) != before)
            return false;
    }
    return true;
}

/* The longest read, the first of them; false if a read gave what no list is. */
static bool find_longest(struct chain *chain)
{
    for (uint32_t i = 0; i < chain->one->count; i++) {
        const struct sim_linear_operation *operation = member(chain, i);

        if (operation->kind != SIM_LINEAR_READ || !sim_linear_tells(operation))
            continue;
        if (is_number(operation))
            return refuse(chain, i, NONE, "nobody wrote what was read");
        if (chain->shows == NONE || operation->item_count > member(chain, chain->shows)->item_count)
            chain->shows = i;
    }
    return true;
}

/* Steps: 2 * length of a read, 2 * place + 1 of an append; those that nobody saw come last. */
static bool number_list(struct chain *chain)
{
    const struct sim_linear_operation *longest =
        chain->shows == NONE ? NULL : member(chain, chain->shows);
    uint32_t length = longest == NULL ? 0 : longest->item_count;

    for (uint32_t i = 0; i < length; i++) {
        uint32_t element = element_of(chain, longest->items[i]);

        if (element == NONE)
            return refuse(chain, chain->shows, NONE, "nobody appended one of the elements read");
        if (chain->step[chain->writer[element]] != NONE)
            return refuse(chain, chain->shows, chain->writer[element],
                          "an element that was appended once was read twice");
        chain->step[chain->writer[element]] = 2 * i + 1;
    }
    for (uint32_t i = 0; i < chain->one->count; i++) {
        const struct sim_linear_operation *operation = member(chain, i);

        if (operation->kind == SIM_LINEAR_READ && sim_linear_tells(operation)) {
            if (operation->item_count > 0 && operation->items != longest->items &&
                memcmp(operation->items, longest->items, operation->item_count * sizeof(int64_t)) !=
                    0)
                return refuse(chain, i, chain->shows, "neither list is a beginning of the other");
            chain->step[i] = 2 * operation->item_count;
        } else if (operation->kind == SIM_LINEAR_APPEND && chain->step[i] == NONE &&
                   operation->returned != SIM_LINEAR_OPEN) {
            chain->step[i] = 2 * length + 1;
        }
    }
    chain->step_count = 2 * (size_t)length + 2;
    return true;
}

bool sim_linear_lists(struct sim_linear_case *one, enum sim_linear_status *status)
{
    struct chain chain;
    bool fit = is_fit(one, SIM_LINEAR_APPEND);

    if (!fit)
        return false;
    chain_init(&chain, one);
    fit = find_appends(&chain);
    if (fit) {
        bool legal = find_longest(&chain) && number_list(&chain) && judge_steps(&chain);

        *status = legal ? SIM_LINEAR_YES : SIM_LINEAR_NO;
        one->steps += one->count;
    }
    chain_finish(&chain);
    return fit;
}

/* -- sets -------------------------------------------------------------------------------------- */

/* The first insertion of each element, which may be one whose outcome is unknown. */
static void find_inserts(struct chain *chain)
{
    for (uint32_t i = 0; i < chain->one->count; i++) {
        struct sim_linear_triple element = { member(chain, i)->argument, 0, 0 };
        uint32_t number;

        if (member(chain, i)->kind == SIM_LINEAR_READ)
            continue;
        number = sim_linear_table_add(&chain->elements, element);
        if (chain->writer[number] == NONE)
            chain->writer[number] = i;
    }
}

struct sized {
    uint32_t member, size;
};

static int compare_sizes(const void *left, const void *right)
{
    const struct sized *a = left, *b = right;

    return (a->size > b->size) - (a->size < b->size);
}

/* Looks at read AT, which is no smaller than those before; KNOWN elements came in LEVEL levels, of
 * which BEFORE is a read of the last. */
static bool grow_set(struct chain *chain, uint32_t at, uint32_t before, uint32_t *known,
                     uint32_t *level)
{
    const struct sim_linear_operation *operation = member(chain, at);
    uint32_t shared = 0, fresh = 0;

    for (uint32_t i = 0; i < operation->item_count; i++) {
        uint32_t element = element_of(chain, operation->items[i]);

        if (element == NONE)
            return refuse(chain, at, NONE, "nobody inserted one of the elements read");
        if (chain->seen[element] == at)
            return refuse(chain, at, NONE, "an element was read twice, which no set gives");
        chain->seen[element] = at;
        shared += chain->level[element] != NONE;
        if (chain->level[element] == NONE && fresh++ == 0)
            ++*level;
        if (chain->level[element] == NONE)
            chain->level[element] = *level;
    }
    if (shared < *known)
        return refuse(chain, at, before, "neither set holds the other");
    *known += fresh;
    chain->step[at] = 2 * *level;
    return true;
}

static bool number_reads(struct chain *chain, uint32_t *levels)
{
    struct sized *reads = sim_alloc_array(chain->one->count, sizeof(*reads));
    uint32_t known = 0, before = NONE;
    size_t count = 0;
    bool legal = true;

    for (uint32_t i = 0; i < chain->one->count && legal; i++) {
        const struct sim_linear_operation *operation = member(chain, i);

        if (operation->kind != SIM_LINEAR_READ || !sim_linear_tells(operation))
            continue;
        if (is_number(operation))
            legal = refuse(chain, i, NONE, "nobody wrote what was read");
        reads[count++] = (struct sized){ i, operation->item_count };
    }
    sim_sort(reads, count, sizeof(*reads), compare_sizes);
    for (size_t i = 0; i < count && legal; i++) {
        legal = grow_set(chain, reads[i].member, before, &known, levels);
        before = reads[i].member;
    }
    sim_free(reads);
    return legal;
}

/* Steps: 2 * level of a read, 2 * level - 1 of the insertions that lead to it. */
static void number_inserts(struct chain *chain, uint32_t levels)
{
    for (uint32_t i = 0; i < chain->one->count; i++) {
        const struct sim_linear_operation *operation = member(chain, i);
        uint32_t element, level;

        if (operation->kind == SIM_LINEAR_READ)
            continue;
        element = element_of(chain, operation->argument);
        level = chain->level[element];
        chain->idle[i] = level == NONE || chain->writer[element] != i;
        if (chain->idle[i] && operation->returned == SIM_LINEAR_OPEN)
            continue;
        chain->step[i] = 2 * (level == NONE ? levels + 1 : level) - 1;
    }
    chain->step_count = 2 * (size_t)levels + 2;
}

bool sim_linear_sets(struct sim_linear_case *one, enum sim_linear_status *status)
{
    struct chain chain;
    uint32_t levels = 0;
    bool legal;

    if (!is_fit(one, SIM_LINEAR_INSERT))
        return false;
    chain_init(&chain, one);
    find_inserts(&chain);
    legal = number_reads(&chain, &levels);
    if (legal) {
        number_inserts(&chain, levels);
        legal = judge_steps(&chain);
    }
    *status = legal ? SIM_LINEAR_YES : SIM_LINEAR_NO;
    one->steps += one->count;
    chain_finish(&chain);
    return true;
}

/* linear_contradiction.c - few operations that contradict each other, taken out of many.
 *
 * Leaving out an operation that only reads can never make a good history bad. Nor can leaving out
 * a write whose value nobody needs who is left, nor one that was certainly overwritten before the
 * first of those began. So choose a few that need values (the witnesses, near the place where the
 * search got stuck), take the writes of these values that may matter to them, as plain writes, and
 * the last write that surely came before: if these have no order, the history has none. That is a
 * proof as well, and often a cheap one.
 *
 * Other objects than registers (what an add finds depends on everything before it) keep all that
 * changes their state, and lose reads only. */
#include "sim/check/linear_machine.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

#define NONE SIM_LINEAR_NONE

enum {
    WITNESSES_MAX = 64, /* to look for a proof */
    STEPS_PER_TRY = 100000,
    STEPS_TOTAL = 2000000,
    CHANGES_MAX = 256, /* of an object that is no register */
};

/* What an operation on a register needs to find and leaves behind. */
struct effect {
    bool needs, writes;
    int64_t need, write;
};

struct proof {
    struct sim_linear_case *one;
    bool is_register;
    struct effect *effects;  /* by member */
    uint64_t *latest_return; /* by member: of it and those before it, without open ones */
    uint32_t *crashed;       /* writers with an unknown outcome */
    size_t crashed_count;
    uint32_t *base_of; /* by place among the returns: the writer invoked last among those so far */
    uint64_t *returns; /* of the completed writers, ascending */
    size_t return_count;

    uint32_t *witnesses;
    size_t witness_count;
    uint32_t *chosen; /* what WITNESSES lead to, in order of invocation */
    size_t chosen_count;
    uint32_t base; /* the write that surely came before the witnesses, or NONE */
    uint64_t steps, steps_most, steps_per_try;
};

static const struct sim_linear_operation *member(const struct proof *proof, uint32_t index)
{
    return sim_linear_member(proof->one, index);
}

/* -- effects ----------------------------------------------------------------------------------- */

/* False: not one of a register. */
static bool effect_of(const struct sim_linear_operation *operation, struct effect *effect)
{
    int64_t a = operation->argument, b = operation->second;
    bool told = sim_linear_tells(operation);

    switch (operation->kind) {
    case SIM_LINEAR_READ:
        *effect = (struct effect){ told, false, operation->value, 0 };
        if (operation->items != NULL)
            effect->need = SIM_NIL;
        return operation->items == NULL || operation->item_count == 0;
    case SIM_LINEAR_WRITE:
        *effect = (struct effect){ false, true, 0, a };
        return true;
    case SIM_LINEAR_CAS:
        *effect = (struct effect){ true, true, a, b };
        return true;
    case SIM_LINEAR_CAS_NOT:
        *effect = (struct effect){ false, false, 0, 0 };
        return true;
    case SIM_LINEAR_DELETE:
        *effect = (struct effect){ false, true, 0, SIM_NIL };
        return true;
    case SIM_LINEAR_ADD: /* an add to 0 may have found nothing */
        b = (int64_t)((uint64_t)operation->value - (uint64_t)a);
        *effect = (struct effect){ true, true, b, operation->value };
        return told && b != 0;
    default:
        return false;
    }
}

/* A mutex is a register of two values, if nothing else is done to it. */
static bool mutex_effect_of(const struct sim_linear_operation *operation, struct effect *effect)
{
    bool acquires = operation->kind == SIM_LINEAR_ACQUIRE;

    *effect = acquires ? (struct effect){ true, true, SIM_NIL, 1 }
                       : (struct effect){ true, true, 1, SIM_NIL };
    return acquires || operation->kind == SIM_LINEAR_RELEASE;
}

static bool find_effects(struct proof *proof)
{
    bool is_register = true, is_mutex = proof->one->initial == SIM_NIL;

    for (uint32_t i = 0; i < proof->one->count && is_mutex; i++)
        is_mutex = mutex_effect_of(member(proof, i), &proof->effects[i]);
    for (uint32_t i = 0; i < proof->one->count && !is_mutex && is_register; i++)
        is_register = effect_of(member(proof, i), &proof->effects[i]);
    return is_register;
}

static bool is_witness(const struct proof *proof, uint32_t index)
{
    const struct sim_linear_operation *operation = member(proof, index);

    if (operation->returned == SIM_LINEAR_OPEN)
        return false;
    if (proof->is_register)
        return proof->effects[index].needs;
    return operation->kind == SIM_LINEAR_CAS_NOT || sim_linear_tells(operation);
}

static bool changes(const struct proof *proof, uint32_t index)
{
    enum sim_linear_kind kind = member(proof, index)->kind;

    return kind != SIM_LINEAR_READ && kind != SIM_LINEAR_CAS_NOT;
}

static void proof_init(struct proof *proof, const struct sim_linear_machine *machine)
{
    struct sim_linear_case *one = machine->one;
    uint64_t latest = 0;
    uint32_t base = NONE;

    *proof = (struct proof){ .one = one, .base = NONE, .steps_per_try = STEPS_PER_TRY };
    proof->steps_most =
        one->steps_most - (one->steps < one->steps_most ? one->steps : one->steps_most);
    if (proof->steps_most > STEPS_TOTAL)
        proof->steps_most = STEPS_TOTAL;
    if (proof->steps_per_try > proof->steps_most / 4)
        proof->steps_per_try = proof->steps_most / 4;
    proof->effects = sim_alloc_array(one->count, sizeof(*proof->effects));
    proof->latest_return = sim_alloc_array(one->count, sizeof(*proof->latest_return));
    proof->crashed = sim_alloc_array(one->count, sizeof(*proof->crashed));
    proof->base_of = sim_alloc_array(one->count, sizeof(*proof->base_of));
    proof->returns = sim_alloc_array(one->count, sizeof(*proof->returns));
    proof->witnesses = sim_alloc_array(one->count, sizeof(*proof->witnesses));
    proof->chosen = sim_alloc_array(one->count + 1, sizeof(*proof->chosen));
    proof->is_register = find_effects(proof);
    for (uint32_t i = 0; i < one->count; i++) {
        uint64_t returned = member(proof, i)->returned;

        if (returned != SIM_LINEAR_OPEN && returned > latest)
            latest = returned;
        proof->latest_return[i] = latest;
        if (returned == SIM_LINEAR_OPEN && proof->effects[i].writes)
            proof->crashed[proof->crashed_count++] = i;
    }
    for (size_t i = 0; i < machine->event_count; i++) {
        uint32_t index = machine->ops[machine->events[i] / 2].member;

        if (machine->events[i] % 2 == 0 || !proof->effects[index].writes)
            continue;
        base = base == NONE || index > base ? index : base;
        proof->base_of[proof->return_count] = base;
        proof->returns[proof->return_count++] = member(proof, index)->returned;
    }
}

static void proof_finish(struct proof *proof)
{
    sim_free(proof->effects);
    sim_free(proof->latest_return);
    sim_free(proof->crashed);
    sim_free(proof->base_of);
    sim_free(proof->returns);
    sim_free(proof->witnesses);
    sim_free(proof->chosen);
}

/* -- choice ------------------------------------------------------------------------------------ */

static bool is_chosen_witness(const struct proof *proof, uint32_t index)
{
    for (size_t i = 0; i < proof->witness_count; i++) {
        if (proof->witnesses[i] == index)
            return true;
    }
    return false;
}

static bool is_needed(const struct proof *proof, int64_t value)
{
    for (size_t i = 0; i < proof->witness_count; i++) {
        if (proof->effects[proof->witnesses[i]].need == value)
            return true;
    }
    return false;
}

/* The writer invoked last among those that returned before PLACE. */
static uint32_t base_before(const struct proof *proof, uint64_t place)
{
    size_t low = 0, high = proof->return_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (proof->returns[middle] < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NONE : proof->base_of[low - 1];
}

static void choose_member(struct proof *proof, uint32_t index, uint64_t since)
{
    const struct effect *effect = &proof->effects[index];

    if (is_chosen_witness(proof, index) || index == proof->base ||
        (effect->writes && is_needed(proof, effect->write) &&
         member(proof, index)->returned >= since))
        proof->chosen[proof->chosen_count++] = index;
}

/* What the witnesses lead to, for a register. */
static void choose_writes(struct proof *proof, uint64_t from, uint64_t to)
{
    uint64_t since;
    uint32_t first, next = 0;

    proof->base = base_before(proof, from);
    since = proof->base == NONE ? 0 : member(proof, proof->base)->invoked;
    first = proof->base == NONE ? 0 : proof->base;
    while (first > 0 && proof->latest_return[first - 1] >= since)
        first--;
    while (next < proof->crashed_count && proof->crashed[next] < first)
        choose_member(proof, proof->crashed[next++], since);
    for (uint32_t i = first; i < proof->one->count && member(proof, i)->invoked <= to; i++)
        choose_member(proof, i, since);
}

static void choose(struct proof *proof)
{
    uint64_t from = UINT64_MAX, to = 0;

    for (size_t i = 0; i < proof->witness_count; i++) {
        const struct sim_linear_operation *operation = member(proof, proof->witnesses[i]);

        from = operation->invoked < from ? operation->invoked : from;
        to = operation->returned > to ? operation->returned : to;
    }
    proof->chosen_count = 0;
    if (proof->is_register) {
        choose_writes(proof, from, to);
        return;
    }
    for (uint32_t i = 0; i < proof->one->count && member(proof, i)->invoked <= to; i++) {
        if (changes(proof, i) || is_chosen_witness(proof, i))
            proof->chosen[proof->chosen_count++] = i;
    }
}

/* Have the chosen no order? RELAXED: those that are no witnesses tell nothing and find anything. */
static bool contradicts(struct proof *proof, bool relaxed)
{
    struct sim_linear_operation *operations =
        sim_alloc_array(proof->chosen_count, sizeof(*operations));
    uint32_t *members = sim_alloc_array(proof->chosen_count, sizeof(*members));
    struct sim_linear_machine machine;
    struct sim_linear_case part = {
        .operations = operations,
        .members = members,
        .count = proof->chosen_count,
        .initial = proof->one->initial,
        .bytes_most = proof->one->bytes_most,
    };
    bool died;

    for (uint32_t i = 0; i < proof->chosen_count; i++) {
        uint32_t index = proof->chosen[i];

        members[i] = i;
        operations[i] = *member(proof, index);
        if (!relaxed || is_chosen_witness(proof, index))
            continue;
        operations[i].answered = false;
        if (proof->is_register) {
            operations[i].kind = SIM_LINEAR_WRITE;
            operations[i].argument = proof->effects[index].write;
        }
    }
    for (uint32_t i = 0; i < proof->chosen_count && proof->is_register; i++) {
        const struct effect *effect = &proof->effects[proof->chosen[i]];

        if (operations[i].kind != SIM_LINEAR_ACQUIRE && operations[i].kind != SIM_LINEAR_RELEASE)
            continue;
        operations[i].kind = SIM_LINEAR_CAS;
        operations[i].argument = effect->need;
        operations[i].second = effect->write;
    }
    sim_linear_machine_init(&machine, &part);
    died = sim_linear_machine_run(&machine, (struct sim_linear_beam){ 0, 0 }, false,
                                  proof->steps_per_try) == SIM_LINEAR_DIED;
    sim_linear_machine_finish(&machine);
    sim_free(operations);
    sim_free(members);
    proof->steps += part.steps;
    return died;
}

/* -- proof ------------------------------------------------------------------------------------- */

/* Up to COUNT witnesses whose returns are the last before event AT, itself included. */
static void take_witnesses(struct proof *proof, const struct sim_linear_machine *machine, size_t at,
                           size_t count)
{
    proof->witness_count = 0;
    for (size_t i = at + 1; i-- > 0 && proof->witness_count < count;) {
        uint32_t index = machine->ops[machine->events[i] / 2].member;

        if (machine->events[i] % 2 == 1 && is_witness(proof, index))
            proof->witnesses[proof->witness_count++] = index;
    }
}

/* Leaves out every group of SIZE witnesses that is not wanted. */
static void drop_witnesses(struct proof *proof, size_t size)
{
    uint32_t *kept = sim_alloc_array(proof->witness_count, sizeof(*kept));

    for (size_t end = proof->witness_count; end > 0 && proof->witness_count > size;) {
        size_t begin = end > size ? end - size : 0, count = proof->witness_count;

        memcpy(kept, proof->witnesses, count * sizeof(*kept));
        memmove(&proof->witnesses[begin], &proof->witnesses[end], (count - end) * sizeof(*kept));
        proof->witness_count -= end - begin;
        choose(proof);
        if (proof->steps > proof->steps_most || !contradicts(proof, true)) {
            proof->witness_count = count;
            memcpy(proof->witnesses, kept, count * sizeof(*kept));
        }
        end = begin;
    }
    sim_free(kept);
    choose(proof);
}

static bool find_proof(struct proof *proof, const struct sim_linear_machine *machine, size_t at,
                       size_t most)
{
    for (size_t count = 1; count <= most && proof->steps <= proof->steps_most; count *= 2) {
        take_witnesses(proof, machine, at, count);
        if (proof->witness_count == 0)
            return false;
        choose(proof);
        if (contradicts(proof, true)) {
            for (size_t size = proof->witness_count / 2; size > 0; size /= 2)
                drop_witnesses(proof, size);
            return true;
        }
        if (proof->witness_count < count)
            return false;
    }
    return false;
}

/* -- culprits ---------------------------------------------------------------------------------- */

static size_t writers_chosen(const struct proof *proof, int64_t value)
{
    size_t count = 0;

    for (size_t i = 0; i < proof->chosen_count; i++) {
        const struct effect *effect = &proof->effects[proof->chosen[i]];

        count += effect->writes && effect->write == value;
    }
    return count;
}

/* Too many to show: leaves out other writes of values that somebody else wrote too, as long as
 * what is left contradicts itself. */
static void thin_out(struct proof *proof)
{
    for (size_t i = 0; i < proof->chosen_count && proof->chosen_count > SIM_LINEAR_CULPRITS_MAX;) {
        uint32_t index = proof->chosen[i];

        if (is_chosen_witness(proof, index) ||
            writers_chosen(proof, proof->effects[index].write) < 2) {
            i++;
            continue;
        }
        memmove(&proof->chosen[i], &proof->chosen[i + 1],
                (proof->chosen_count - i - 1) * sizeof(*proof->chosen));
        proof->chosen_count--;
        if (contradicts(proof, false))
            continue;
        memmove(&proof->chosen[i + 1], &proof->chosen[i],
                (proof->chosen_count - i) * sizeof(*proof->chosen));
        proof->chosen[i++] = index;
        proof->chosen_count++;
    }
}

/* A value that was needed but that nobody chosen wrote: its last writer before them, which was
 * overwritten, or its first behind. */
static void blame_writer(const struct proof *proof, int64_t value)
{
    uint32_t found = NONE, edge = proof->chosen[proof->chosen_count - 1];

    if (writers_chosen(proof, value) > 0)
        return;
    for (uint32_t i = 0; i < proof->one->count && (i <= edge || found == NONE); i++) {
        if (proof->effects[i].writes && proof->effects[i].write == value)
            found = i;
    }
    if (found != NONE && member(proof, found)->returned != SIM_LINEAR_OPEN)
        sim_linear_blame(proof->one, found);
}

static void blame_chosen(struct proof *proof)
{
    struct sim_linear_case *one = proof->one;

    one->culprit_count = 0;
    one->more_culprits = false;
    one->reason = "no order explains all of these";
    if (proof->is_register)
        thin_out(proof);
    for (size_t i = 0; i < proof->witness_count; i++)
        sim_linear_blame(one, proof->witnesses[i]);
    for (size_t i = proof->chosen_count; i-- > 0;) /* the nearest first */
        sim_linear_blame(one, proof->chosen[i]);
    for (size_t i = 0; i < proof->witness_count && proof->is_register; i++)
        blame_writer(proof, proof->effects[proof->witnesses[i]].need);
}

/* The last to return before event AT, if nothing better is known. */
static void blame_last(const struct sim_linear_machine *machine, size_t at)
{
    struct sim_linear_case *one = machine->one;

    one->reason = "no order explains the operations up to the last of these";
    for (size_t i = at + 1; i-- > 0 && one->culprit_count < SIM_LINEAR_CULPRITS_MAX;) {
        if (machine->events[i] % 2 == 1)
            sim_linear_blame(one, machine->ops[machine->events[i] / 2].member);
    }
}

bool sim_linear_contradiction(const struct sim_linear_machine *machine, size_t at, bool certain)
{
    struct proof proof;
    bool found = false;

    proof_init(&proof, machine);
    if (proof.is_register || machine->op_count <= CHANGES_MAX)
        found = find_proof(&proof, machine, at, WITNESSES_MAX);
    if (found)
        blame_chosen(&proof);
    else if (certain)
        blame_last(machine, at);
    machine->one->steps += proof.steps;
    proof_finish(&proof);
    return found;
}

/* linear_machine.c - the history of one key as events, and configurations carried along them. */
#include "sim/check/linear_machine.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>
#include <string.h>

#define NONE SIM_LINEAR_NONE

enum { WORD = 64, COMPARISONS_PER_STEP = 16, LOG_LEAST = 1 << 20 };

/* -- the history ------------------------------------------------------------------------------- */

static void see(struct sim_linear_machine *machine, struct sim_linear_op *op,
                const struct sim_linear_operation *operation, bool sets)
{
    op->role = SIM_LINEAR_SEES;
    if (operation->items == NULL) {
        op->needs[0] = sim_linear_states_number(&machine->states, operation->value);
        return;
    }
    op->needs[0] =
        sim_linear_states_list(&machine->states, operation->items, operation->item_count);
    if (sets)
        op->needs[1] =
            sim_linear_states_set(&machine->states, operation->items, operation->item_count);
}

/* The kin of what changes the state; numbers them by what makes them the same. */
static uint32_t kin_of(struct sim_linear_machine *machine, struct sim_linear_table *names,
                       const struct sim_linear_operation *operation)
{
    bool tells = sim_linear_tells(operation);
    struct sim_linear_triple name = { (int64_t)operation->kind * 2 + tells, operation->argument,
                                      tells ? operation->value : operation->second };
    struct sim_linear_kin *kin;
    uint32_t number;

    if (operation->kind == SIM_LINEAR_DELETE || operation->kind == SIM_LINEAR_ACQUIRE ||
        operation->kind == SIM_LINEAR_RELEASE)
        name.b = 0;
    if (operation->kind != SIM_LINEAR_CAS && !tells)
        name.c = 0;
    number = sim_linear_table_add(names, name);
    if (number < machine->kin_count)
        return number;
    kin = &machine->kins[machine->kin_count++];
    *kin = (struct sim_linear_kin){ .sample = operation, .head = NONE, .to = NONE, .from = NONE };
    kin->role = SIM_LINEAR_CHANGES;
    if (operation->kind == SIM_LINEAR_WRITE || operation->kind == SIM_LINEAR_DELETE) {
        kin->role = SIM_LINEAR_OVERWRITES;
        kin->to = sim_linear_states_after(&machine->states, SIM_LINEAR_NOTHING, operation);
    } else if (operation->kind == SIM_LINEAR_CAS) {
        kin->from = sim_linear_states_number(&machine->states, operation->argument);
        kin->to = sim_linear_states_number(&machine->states, operation->second);
    }
    return number;
}

/* False: OPERATION says nothing. */
static bool translate(struct sim_linear_machine *machine, struct sim_linear_table *names,
                      const struct sim_linear_operation *operation, bool sets,
                      struct sim_linear_op *op)
{
    bool open = operation->returned == SIM_LINEAR_OPEN;

    op->needs[0] = op->needs[1] = op->kin = op->next = NONE;
    op->crashed = open;
    if (operation->kind == SIM_LINEAR_READ) {
        if (!sim_linear_tells(operation))
            return false;
        see(machine, op, operation, sets);
    } else if (operation->kind == SIM_LINEAR_CAS_NOT) {
        op->role = SIM_LINEAR_DIFFERS;
        op->needs[0] = sim_linear_states_number(&machine->states, operation->argument);
        return !open;
    } else if (operation->kind == SIM_LINEAR_CAS && operation->argument == operation->second) {
        op->role = SIM_LINEAR_SEES;
        op->needs[0] = sim_linear_states_number(&machine->states, operation->argument);
        return !open;
    } else {
        op->kin = kin_of(machine, names, operation);
        op->role = machine->kins[op->kin].role;
    }
    return true;
}

struct place {
    uint64_t at;
    uint32_t event;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return (a->at > b->at) - (a->at < b->at);
}

/* Returns are sorted; invocations are already. */
static void find_events(struct sim_linear_machine *machine)
{
    struct place *returns = sim_alloc_array(machine->op_count, sizeof(*returns));
    size_t count = 0, next = 0;

    for (uint32_t i = 0; i < machine->op_count; i++) {
        if (!machine->ops[i].crashed)
            returns[count++] =
                (struct place){ sim_linear_member(machine->one, machine->ops[i].member)->returned,
                                i * 2 + 1 };
    }
    sim_sort(returns, count, sizeof(*returns), compare_places);
    machine->events = sim_alloc_array(machine->op_count * 2, sizeof(*machine->events));
    for (uint32_t i = 0; i < machine->op_count; i++) {
        uint64_t invoked = sim_linear_member(machine->one, machine->ops[i].member)->invoked;

        while (next < count && returns[next].at < invoked)
            machine->events[machine->event_count++] = returns[next++].event;
        machine->events[machine->event_count++] = i * 2;
    }
    while (next < count)
        machine->events[machine->event_count++] = returns[next++].event;
    sim_free(returns);
}

static void assign_slots(struct sim_linear_machine *machine)
{
    uint32_t *free_slots = NULL;
    size_t free_count = 0, capacity = 0;

    for (size_t i = 0; i < machine->event_count; i++) {
        struct sim_linear_op *op = &machine->ops[machine->events[i] / 2];

        if (machine->events[i] % 2 == 0) {
            op->slot = free_count > 0 ? free_slots[--free_count] : (uint32_t)machine->slot_count++;
            continue;
        }
        if (free_count == capacity)
            free_slots = sim_grow(free_slots, &capacity, free_count + 1, sizeof(*free_slots));
        free_slots[free_count++] = op->slot;
    }
    sim_free(free_slots);
    machine->width = (machine->slot_count + WORD - 1) / WORD;
    machine->width += machine->width == 0;
}

void sim_linear_machine_init(struct sim_linear_machine *machine, struct sim_linear_case *one)
{
    struct sim_linear_table names = { 0 };
    bool sets = false;

    *machine = (struct sim_linear_machine){ .one = one, .log_limit = LOG_LEAST };
    sim_linear_states_init(&machine->states);
    machine->initial = sim_linear_states_number(&machine->states, one->initial);
    machine->ops = sim_alloc_array(one->count, sizeof(*machine->ops));
    machine->kins = sim_alloc_array(one->count, sizeof(*machine->kins));
    for (size_t i = 0; i < one->count; i++)
        sets |= sim_linear_member(one, i)->kind == SIM_LINEAR_INSERT;
    for (uint32_t i = 0; i < one->count; i++) {
        struct sim_linear_op *op = &machine->ops[machine->op_count];

        op->member = i;
        machine->op_count += translate(machine, &names, sim_linear_member(one, i), sets, op);
    }
    sim_linear_table_finish(&names);
    find_events(machine);
    assign_slots(machine);
    machine->active = sim_alloc_array(machine->kin_count, sizeof(*machine->active));
    machine->differs = sim_alloc_array(machine->width, sizeof(uint64_t));
    machine->overwrites = sim_alloc_array(machine->width, sizeof(uint64_t));
    machine->scratch = sim_alloc_array(1 + 2 * machine->width, sizeof(uint64_t));
    machine->scratch2 = sim_alloc_array(1 + 2 * machine->width, sizeof(uint64_t));
}

/* -- bags -------------------------------------------------------------------------------------- */

static size_t stride_of(const struct sim_linear_machine *machine)
{
    return 1 + 2 * machine->width;
}

static uint64_t *config_at(const struct sim_linear_machine *machine,
                           const struct sim_linear_bag *bag, size_t index)
{
    return &bag->words[index * stride_of(machine)];
}

static uint32_t state_of(const uint64_t *config)
{
    return (uint32_t)config[0];
}

static uint32_t mark_of(const uint64_t *config)
{
    return (uint32_t)(config[0] >> 32);
}

static void set_state(uint64_t *config, uint32_t state, uint32_t mark)
{
    config[0] = state | (uint64_t)mark << 32;
}

static void bag_finish(struct sim_linear_bag *bag)
{
    sim_free(bag->words);
    sim_free(bag->next);
    sim_free(bag->dead);
    sim_free(bag->heads);
    sim_free(bag->touched);
    *bag = (struct sim_linear_bag){ 0 };
}

static void bag_clear(struct sim_linear_bag *bag)
{
    for (size_t i = 0; i < bag->touched_count; i++)
        bag->heads[bag->touched[i]] = 0;
    bag->touched_count = bag->count = bag->alive = 0;
}

static void bag_grow(const struct sim_linear_machine *machine, struct sim_linear_bag *bag)
{
    size_t stride = stride_of(machine) * sizeof(uint64_t), old = bag->capacity;
    size_t capacity = old == 0 ? 64 : old * 2;

    bag->words = sim_resize(bag->words, old * stride, capacity * stride);
    bag->next = sim_resize(bag->next, old * sizeof(uint32_t), capacity * sizeof(uint32_t));
    bag->dead = sim_resize(bag->dead, old * sizeof(bool), capacity * sizeof(bool));
    bag->capacity = capacity;
}

/* Does A, of the same state, cover B? */
static bool covers(const struct sim_linear_machine *machine, const uint64_t *a, const uint64_t *b)
{
    size_t width = machine->width;
    uint64_t bad = 0;

    for (size_t i = 1; i <= width; i++)
        bad |= (a[i] & ~b[i]) | (b[width + i] & ~a[width + i]);
    return bad == 0;
}

static bool bag_covers(struct sim_linear_machine *machine, const struct sim_linear_bag *bag,
                       const uint64_t *config)
{
    uint32_t state = state_of(config);

    if (state >= bag->head_count)
        return false;
    for (uint32_t i = bag->heads[state]; i != 0; i = bag->next[i - 1]) {
        machine->compared++;
        if (covers(machine, config_at(machine, bag, i - 1), config))
            return true;
    }
    return false;
}

/* Adds CONFIG unless it is covered, and drops what it covers. Returns its place, or NONE. */
static uint32_t bag_add(struct sim_linear_machine *machine, struct sim_linear_bag *bag,
                        const uint64_t *config)
{
    uint32_t state = state_of(config), *link;

    if (state >= bag->head_count)
        bag->heads = sim_grow(bag->heads, &bag->head_count, state + 1, sizeof(*bag->heads));
    link = &bag->heads[state];
    if (*link == 0) {
        if (bag->touched_count == bag->touched_capacity)
            bag->touched = sim_grow(bag->touched, &bag->touched_capacity, bag->touched_count + 1,
                                    sizeof(*bag->touched));
        bag->touched[bag->touched_count++] = state;
    }
    while (*link != 0) {
        uint32_t at = *link - 1;
        const uint64_t *other = config_at(machine, bag, at);

        machine->compared++;
        if (covers(machine, other, config))
            return NONE;
        if (covers(machine, config, other)) {
            bag->dead[at] = true;
            bag->alive--;
            *link = bag->next[at];
        } else {
            link = &bag->next[at];
        }
    }
    if (bag->count == bag->capacity)
        bag_grow(machine, bag);
    memcpy(config_at(machine, bag, bag->count), config, stride_of(machine) * sizeof(uint64_t));
    bag->dead[bag->count] = false;
    bag->next[bag->count] = bag->heads[state];
    bag->heads[state] = (uint32_t)++bag->count;
    bag->alive++;
    return (uint32_t)bag->count - 1;
}

void sim_linear_machine_finish(struct sim_linear_machine *machine)
{
    sim_linear_table_finish(&machine->states);
    bag_finish(&machine->front);
    bag_finish(&machine->seen);
    bag_finish(&machine->out);
    sim_free(machine->ops);
    sim_free(machine->events);
    sim_free(machine->kins);
    sim_free(machine->active);
    sim_free(machine->settled);
    sim_free(machine->spared);
    sim_free(machine->differs);
    sim_free(machine->overwrites);
    sim_free(machine->scratch);
    sim_free(machine->scratch2);
    sim_free(machine->log);
}

/* -- bits -------------------------------------------------------------------------------------- */

static bool get(const uint64_t *bits, uint32_t slot)
{
    return (bits[slot / WORD] >> slot % WORD & 1) != 0;
}

static void put(uint64_t *bits, uint32_t slot, bool value)
{
    uint64_t bit = (uint64_t)1 << slot % WORD;

    bits[slot / WORD] = value ? bits[slot / WORD] | bit : bits[slot / WORD] & ~bit;
}

/* Masks exist for every state that is known. */
static void make_masks(struct sim_linear_machine *machine, uint32_t state)
{
    size_t old = machine->state_capacity, size = machine->width * sizeof(uint64_t);
    size_t capacity = old == 0 ? 16 : old;

    while (capacity <= state)
        capacity *= 2;
    if (capacity == old)
        return;
    machine->settled = sim_resize(machine->settled, old * size, capacity * size);
    machine->spared = sim_resize(machine->spared, old * size, capacity * size);
    machine->state_capacity = capacity;
}

static void put_mask(struct sim_linear_machine *machine, uint64_t **masks, uint32_t state,
                     uint32_t slot, bool value)
{
    make_masks(machine, state);
    put(&(*masks)[state * machine->width], slot, value);
}

/* What the state itself does for the open operations. */
static void settle(struct sim_linear_machine *machine, uint64_t *config)
{
    size_t width = machine->width, state = state_of(config);

    make_masks(machine, (uint32_t)state);
    for (size_t i = 0; i < width; i++)
        config[1 + i] &= ~(machine->settled[state * width + i] |
                           (machine->differs[i] & ~machine->spared[state * width + i]));
}

static void mark_open(struct sim_linear_machine *machine, const struct sim_linear_op *op, bool open)
{
    switch (op->role) {
    case SIM_LINEAR_SEES:
        for (int i = 0; i < 2; i++) {
            if (op->needs[i] != NONE)
                put_mask(machine, &machine->settled, op->needs[i], op->slot, open);
        }
        break;
    case SIM_LINEAR_DIFFERS:
        put(machine->differs, op->slot, open);
        put_mask(machine, &machine->spared, op->needs[0], op->slot, open);
        break;
    case SIM_LINEAR_OVERWRITES:
        put(machine->overwrites, op->slot, open);
        put_mask(machine, &machine->settled, machine->kins[op->kin].to, op->slot, open);
        break;
    case SIM_LINEAR_CHANGES:
        break;
    }
}

static uint64_t return_of(const struct sim_linear_machine *machine, uint32_t op)
{
    return sim_linear_member(machine->one, machine->ops[op].member)->returned;
}

static void open_op(struct sim_linear_machine *machine, uint32_t index)
{
    struct sim_linear_op *op = &machine->ops[index];
    bool changes = op->kin != NONE;

    mark_open(machine, op, true);
    if (changes) {
        struct sim_linear_kin *kin = &machine->kins[op->kin];
        uint32_t *link = &kin->head;

        if (kin->head == NONE) {
            kin->at = (uint32_t)machine->active_count;
            machine->active[machine->active_count++] = op->kin;
        }
        while (*link != NONE && return_of(machine, *link) <= return_of(machine, index))
            link = &machine->ops[*link].next;
        op->next = *link;
        *link = index;
    }
    for (size_t i = 0; i < machine->front.count; i++) {
        uint64_t *config = config_at(machine, &machine->front, i);

        put(&config[1], op->slot, !op->crashed);
        put(&config[1 + machine->width], op->slot, changes);
        settle(machine, config);
    }
}

/* An operation that returns is the first of its kin. */
static void close_op(struct sim_linear_machine *machine, uint32_t index)
{
    struct sim_linear_op *op = &machine->ops[index];
    struct sim_linear_kin *kin;

    mark_open(machine, op, false);
    if (op->kin == NONE)
        return;
    kin = &machine->kins[op->kin];
    assert(kin->head == index);
    kin->head = op->next;
    if (kin->head == NONE) {
        uint32_t last = machine->active[--machine->active_count];

        machine->active[kin->at] = last;
        machine->kins[last].at = kin->at;
    }
}

/* -- log --------------------------------------------------------------------------------------- */

static uint32_t log_step(struct sim_linear_machine *machine, uint32_t before, uint32_t op)
{
    if (!machine->one->witness)
        return 0;
    if (machine->log_count == machine->log_capacity)
        machine->log = sim_grow(machine->log, &machine->log_capacity, machine->log_count + 1,
                                sizeof(*machine->log));
    machine->log[machine->log_count] = (struct sim_linear_step){ before, op, machine->event };
    return (uint32_t)machine->log_count++;
}

/* Keeps what leads to the front; the others' steps are most of the log. */
static void log_compact(struct sim_linear_machine *machine)
{
    uint32_t *moved, kept = 1;

    if (machine->log_count < machine->log_limit)
        return;
    moved = sim_alloc_array(machine->log_count, sizeof(*moved));
    for (size_t i = 0; i < machine->front.count; i++) {
        uint32_t at = mark_of(config_at(machine, &machine->front, i));

        for (; at != 0 && moved[at] == 0; at = machine->log[at].before)
            moved[at] = 1;
    }
    for (size_t i = 1; i < machine->log_count; i++) {
        if (moved[i] == 0)
            continue;
        moved[i] = kept;
        machine->log[kept] = machine->log[i];
        machine->log[kept++].before = moved[machine->log[i].before];
    }
    for (size_t i = 0; i < machine->front.count; i++) {
        uint64_t *config = config_at(machine, &machine->front, i);

        set_state(config, state_of(config), moved[mark_of(config)]);
    }
    machine->log_count = kept;
    machine->log_limit = kept > LOG_LEAST / 2 ? 2 * (size_t)kept : LOG_LEAST;
    sim_free(moved);
}

/* -- moves ------------------------------------------------------------------------------------- */

/* The first of KIN that CONFIG may still use, or NONE. */
static uint32_t candidate(const struct sim_linear_machine *machine,
                          const struct sim_linear_kin *kin, const uint64_t *config)
{
    uint32_t op = kin->head;

    while (op != NONE && !get(&config[1 + machine->width], machine->ops[op].slot))
        op = machine->ops[op].next;
    return op;
}

static uint32_t target(struct sim_linear_machine *machine, const struct sim_linear_kin *kin,
                       uint32_t state)
{
    if (kin->role == SIM_LINEAR_OVERWRITES)
        return kin->to;
    if (kin->sample->kind == SIM_LINEAR_CAS)
        return kin->from == state ? kin->to : NONE;
    return sim_linear_states_after(&machine->states, state, kin->sample);
}

/* TO becomes what FROM is after OP took effect. */
static void move(struct sim_linear_machine *machine, const uint64_t *from, uint32_t index,
                 uint32_t state, uint64_t *to)
{
    const struct sim_linear_op *op = &machine->ops[index];
    size_t width = machine->width;

    memcpy(to, from, stride_of(machine) * sizeof(uint64_t));
    set_state(to, state, mark_of(from));
    put(&to[1], op->slot, false);
    if (!machine->relaxed || !op->crashed)
        put(&to[1 + width], op->slot, false);
    if (op->role == SIM_LINEAR_OVERWRITES) {
        for (size_t i = 0; i < width; i++) /* each of them can sit just before this one */
            to[1 + i] &= ~machine->overwrites[i];
    }
    settle(machine, to);
}

/* CONFIG was reached by OP (NONE: by nothing) on the way to the effect of RETURNING. */
static void offer(struct sim_linear_machine *machine, uint64_t *config, uint32_t returning,
                  uint32_t op)
{
    const struct sim_linear_op *goal = &machine->ops[returning];
    uint64_t *usable = &config[1 + machine->width];
    uint32_t mark = mark_of(config), place;
    bool owes = get(&config[1], goal->slot), logged = op == NONE;

    machine->steps++;
    if (owes && bag_covers(machine, &machine->out, config))
        return;
    if (owes || (goal->role == SIM_LINEAR_OVERWRITES && get(usable, goal->slot))) {
        place = bag_add(machine, &machine->seen, config);
        if (place == NONE)
            return; /* whatever it leads to is on its way */
        if (!logged) {
            mark = log_step(machine, mark, op);
            set_state(config_at(machine, &machine->seen, place), state_of(config), mark);
            logged = true;
        }
    }
    if (owes)
        return;
    put(usable, goal->slot, false);
    place = bag_add(machine, &machine->out, config);
    if (place == NONE)
        return;
    if (!logged)
        mark = log_step(machine, mark, op);
    set_state(config_at(machine, &machine->out, place), state_of(config), mark);
}

static uint64_t steps_of(const struct sim_linear_machine *machine)
{
    return machine->steps + machine->compared / COMPARISONS_PER_STEP;
}

static uint64_t bytes_of(const struct sim_linear_machine *machine)
{
    uint64_t configs = machine->front.capacity + machine->seen.capacity + machine->out.capacity;

    return configs * (stride_of(machine) * sizeof(uint64_t) + 5) +
           machine->log_capacity * sizeof(*machine->log) +
           machine->state_capacity * machine->width * 2 * sizeof(uint64_t);
}

static bool is_exhausted(const struct sim_linear_machine *machine)
{
    return steps_of(machine) > machine->steps_limit || bytes_of(machine) > machine->one->bytes_most;
}

/* All moves of what was seen, until RETURNING took effect. False: the budget ran out. */
static bool expand(struct sim_linear_machine *machine, uint32_t returning)
{
    uint64_t *config = machine->scratch, *moved = machine->scratch2;
    size_t bytes = stride_of(machine) * sizeof(uint64_t);

    bag_clear(&machine->seen);
    bag_clear(&machine->out);
    for (size_t i = 0; i < machine->front.count; i++) {
        memcpy(config, config_at(machine, &machine->front, i), bytes);
        if (!machine->front.dead[i])
            offer(machine, config, returning, NONE);
    }
    for (size_t i = 0; i < machine->seen.count; i++) {
        if (machine->seen.dead[i])
            continue;
        if (machine->beam.look != 0 && i >= machine->beam.look) {
            machine->dropped = true;
            break;
        }
        if (is_exhausted(machine))
            return false;
        memcpy(config, config_at(machine, &machine->seen, i), bytes);
        for (size_t k = 0; k < machine->active_count; k++) {
            const struct sim_linear_kin *kin = &machine->kins[machine->active[k]];
            uint32_t state = target(machine, kin, state_of(config));
            uint32_t op = state == NONE ? NONE : candidate(machine, kin, config);

            if (op == NONE)
                continue;
            move(machine, config, op, state, moved);
            offer(machine, moved, returning, op);
        }
    }
    return true;
}

/* -- beam -------------------------------------------------------------------------------------- */

static size_t count_bits(uint64_t word)
{
    return (size_t)__builtin_popcountll(word);
}

/* Less is better: what is owed, and what was used up. From 0 to twice the number of slots. */
static size_t cost_of(const struct sim_linear_machine *machine, const uint64_t *config)
{
    size_t cost = machine->slot_count;

    for (size_t i = 1; i <= machine->width; i++)
        cost += count_bits(config[i]) - count_bits(config[machine->width + i]);
    return cost;
}

/* Of those that came out only the cheapest. */
static void narrow(struct sim_linear_machine *machine, struct sim_linear_bag *bag)
{
    size_t *by_cost, limit = 0, below = 0, room;

    if (machine->beam.width == 0 || bag->alive <= machine->beam.width)
        return;
    machine->dropped = true;
    by_cost = sim_alloc_array(2 * machine->slot_count + 1, sizeof(*by_cost));
    for (size_t i = 0; i < bag->count; i++) {
        if (!bag->dead[i])
            by_cost[cost_of(machine, config_at(machine, bag, i))]++;
    }
    while (below + by_cost[limit] <= machine->beam.width)
        below += by_cost[limit++];
    room = machine->beam.width - below; /* for those that cost the limit */
    for (size_t i = 0; i < bag->count; i++) {
        size_t cost;

        if (bag->dead[i])
            continue;
        cost = cost_of(machine, config_at(machine, bag, i));
        if (cost > limit || (cost == limit && room == 0)) {
            bag->dead[i] = true;
            bag->alive--;
        } else if (cost == limit) {
            room--;
        }
    }
    sim_free(by_cost);
}

/* -- runs -------------------------------------------------------------------------------------- */

/* Drops the dead of a front, whose chains nobody reads. */
static void pack(struct sim_linear_machine *machine, struct sim_linear_bag *bag)
{
    size_t kept = 0, bytes = stride_of(machine) * sizeof(uint64_t);

    for (size_t i = 0; i < bag->count; i++) {
        if (bag->dead[i])
            continue;
        if (kept != i)
            memmove(config_at(machine, bag, kept), config_at(machine, bag, i), bytes);
        bag->dead[kept++] = false;
    }
    bag->count = kept;
}

/* Does the return of OP change nothing in any configuration? */
static bool is_settled(const struct sim_linear_machine *machine, const struct sim_linear_op *op)
{
    for (size_t i = 0; i < machine->front.count; i++) {
        const uint64_t *config = config_at(machine, &machine->front, i);

        if (get(&config[1], op->slot) || get(&config[1 + machine->width], op->slot))
            return false;
    }
    return true;
}

static enum sim_linear_run return_op(struct sim_linear_machine *machine, uint32_t index)
{
    if (!is_settled(machine, &machine->ops[index])) {
        struct sim_linear_bag front = machine->front;

        if (!expand(machine, index))
            return SIM_LINEAR_EXHAUSTED;
        if (machine->out.alive == 0)
            return SIM_LINEAR_DIED;
        narrow(machine, &machine->out);
        machine->front = machine->out;
        machine->out = front;
        pack(machine, &machine->front);
    }
    close_op(machine, index);
    if (machine->one->witness)
        log_compact(machine);
    return SIM_LINEAR_SURVIVED;
}

static void begin(struct sim_linear_machine *machine)
{
    size_t bytes = machine->width * sizeof(uint64_t);

    for (size_t i = 0; i < machine->kin_count; i++)
        machine->kins[i].head = NONE;
    machine->active_count = 0;
    if (machine->state_capacity > 0) {
        memset(machine->settled, 0, machine->state_capacity * bytes);
        memset(machine->spared, 0, machine->state_capacity * bytes);
    }
    memset(machine->differs, 0, bytes);
    memset(machine->overwrites, 0, bytes);
    memset(machine->scratch, 0, stride_of(machine) * sizeof(uint64_t));
    bag_clear(&machine->front);
    set_state(machine->scratch, machine->initial, 0);
    bag_add(machine, &machine->front, machine->scratch);
    machine->log_count = 0;
    log_step(machine, 0, NONE);
}

enum sim_linear_run sim_linear_machine_run(struct sim_linear_machine *machine,
                                           struct sim_linear_beam beam, bool relaxed,
                                           uint64_t steps)
{
    uint64_t before = steps_of(machine);
    enum sim_linear_run run = SIM_LINEAR_SURVIVED;

    machine->beam = beam;
    machine->relaxed = relaxed;
    machine->dropped = false;
    machine->steps_limit = steps > UINT64_MAX - before ? UINT64_MAX : before + steps;
    begin(machine);
    for (size_t i = 0; i < machine->event_count && run == SIM_LINEAR_SURVIVED; i++) {
        uint32_t op = machine->events[i] / 2;

        machine->event = (uint32_t)i;
        machine->steps++;
        if (machine->events[i] % 2 == 0)
            open_op(machine, op);
        else
            run = return_op(machine, op);
    }
    machine->one->steps += steps_of(machine) - before;
    return run;
}

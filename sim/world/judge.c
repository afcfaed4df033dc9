/* judge.c - when a watched field changed: tells the triggers, and runs the group's invariants. */
#include "sim/world/kernel.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bit n: the n-th watched field differs from its shadow, which is brought up to date. */
static inline uint64_t changed(const struct sim_seat *seat)
{
    const struct class *class = seat->class;
    const char *state = (const char *)(seat + 1);
    int64_t *shadow = (int64_t *)(void *)((char *)(uintptr_t)seat + class->shadow_offset);
    uint64_t differs = 0;

    for (uint32_t i = 0; i < class->watched_count; i++) {
        int64_t value;

        memcpy(&value, state + class->watched[i], sizeof(value));
        if (value != shadow[i]) { /* few do */
            differs |= (uint64_t)1 << i;
            shadow[i] = value;
        }
    }
    return differs;
}

static __attribute__((noinline)) void judge(struct sim_seat *seat, uint64_t differs)
{
    const struct class *class = seat->class;

    seat->flags &= ~(uint32_t)SEAT_STARTED;
    if (class->heard)
        hear_state(class->world, seat, differs);
    if (class->judge)
        class->model->invariant.check(class->judge, seat->member);
}

void judge_check(struct sim_seat *seat)
{
    const uint64_t differs = changed(seat);

    /* after a start also when nothing watched changed: what a restart lost is seen only here */
    if (differs != 0 || (seat->flags & SEAT_STARTED))
        judge(seat, differs);
}

void judge_forget(struct sim_seat *seat)
{
    memset((char *)seat + seat->class->shadow_offset, 0,
           seat->class->watched_count * sizeof(int64_t));
}

void *sim_judge_memory(struct sim_judge *judge)
{
    return judge->memory;
}

uint32_t sim_judge_members(const struct sim_judge *judge)
{
    return judge->class->count;
}

const void *sim_judge_params(const struct sim_judge *judge)
{
    return judge->class->params;
}

bool sim_judge_up(const struct sim_judge *judge, uint32_t member)
{
    assert(member < judge->class->count);
    return !(seat_at(judge->class, member)->flags & SEAT_DOWN);
}

const void *sim_judge_state(const struct sim_judge *judge, uint32_t member)
{
    assert(member < judge->class->count);
    return seat_state(seat_at(judge->class, member));
}

const struct sim_seat *sim_judge_seat(const struct sim_judge *judge, uint32_t member)
{
    assert(member < judge->class->count);
    return seat_at(judge->class, member);
}

const char *sim_judge_name(const struct sim_judge *judge, uint32_t member, char text[64])
{
    return sim_world_node_name(judge->world, judge->class->first_node + member, text);
}

static bool declares(const struct sim_model *model, const char *invariant)
{
    for (size_t i = 0; i < SIM_INVARIANTS_MAX && model->invariant.names[i] != NULL; i++) {
        if (strcmp(model->invariant.names[i], invariant) == 0)
            return true;
    }
    return false;
}

void sim_violated(struct sim_judge *judge, const char *invariant, const char *format, ...)
{
    struct sim_world *world = judge->world;
    char text[512];
    va_list arguments;

    assert(declares(judge->class->model, invariant)); /* scenarios are checked against the names */
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (is_traced(world, SIM_HAPPENED_VIOLATION))
        tell(world, SIM_HAPPENED_VIOLATION, world->event, SIM_NO_GROUP, SIM_NO_GROUP, invariant,
             text, NULL, NULL, NULL);
    if (world->observer.violated)
        world->observer.violated(world->observer.context, world->now, world->event,
                                 judge->class->index, invariant, text);
    world->stopped = true;
    world->end = SIM_END_VIOLATED;
}

/* effects_oracle.c - see effects_oracle.h. The comments are the words of docs/checkers.md. */
#include "tests/lib/effects_oracle.h"

/* Nodes that are down are asked if their model tells from its disk alone. */
static bool is_asked(const struct effects_case *one, uint32_t node)
{
    return one->of[node / 2] && (!one->down[node] || one->on_disk[node / 2]);
}

static bool somebody_is_hidden(const struct effects_case *one)
{
    for (uint32_t node = 0; node < EFFECTS_NODES; node++)
        if (one->of[node / 2] && !is_asked(one, node))
            return true;
    return false;
}

static bool is_told(const struct effects_case *one, int64_t about, int64_t action)
{
    for (size_t i = 0; i < one->count; i++)
        if (is_asked(one, one->told[i].node) && one->told[i].about == about &&
            one->told[i].action == action)
            return true;
    return false;
}

/* D(about, action) */
static int64_t done(const struct effects_case *one, int64_t about, int64_t action)
{
    int64_t sum = 0;

    for (size_t i = 0; i < one->count; i++)
        if (is_asked(one, one->told[i].node) && one->told[i].about == about &&
            one->told[i].action == action)
            sum += one->told[i].done;
    return sum;
}

/* U(about, action) */
static int64_t undone(const struct effects_case *one, int64_t about, int64_t action)
{
    int64_t sum = 0;

    for (size_t i = 0; i < one->count; i++)
        if (is_asked(one, one->told[i].node) && one->told[i].about == about &&
            one->told[i].action == action)
            sum += one->told[i].undone;
    return sum;
}

/* The last invocation of all (without any, the start of the run) lies at least `rest` before its
 * end. */
static bool is_at_rest(const struct effects_case *one)
{
    for (size_t i = 0; i < one->invoked_count; i++)
        if (one->ended - one->invoked[i] < one->rest)
            return false;
    return one->ended >= one->rest;
}

enum sim_verdict_status effects_oracle_once(const struct effects_case *one)
{
    bool any = false, broken = false, beyond_repair = false;

    for (size_t i = 0; i < one->count; i++) {
        const int64_t a = one->told[i].about, c = one->told[i].action;

        if (!is_told(one, a, c))
            continue;
        any = true;
        broken |= done(one, a, c) > 1 || undone(one, a, c) > done(one, a, c);
        beyond_repair |= done(one, a, c) > 1 || undone(one, a, c) > 1;
    }
    if (somebody_is_hidden(one))
        return beyond_repair ? SIM_BROKEN : SIM_UNDECIDED;
    if (!any)
        return SIM_UNDECIDED;
    if (broken)
        return SIM_BROKEN;
    return one->stopped ? SIM_UNDECIDED : SIM_HOLDS;
}

/* Whether C is one of the actions of A. */
static bool is_action(const struct effects_case *one, int64_t a, int64_t c)
{
    if (one->action_count == 0)
        return is_told(one, a, c);
    for (size_t i = 0; i < one->action_count; i++)
        if (one->actions[i] == c)
            return true;
    return false;
}

enum { ALL_ACTIONS = 8, ALL_ABOUTS = 8 }; /* numbers in cases are smaller */

enum sim_verdict_status effects_oracle_atomic(const struct effects_case *one, unsigned counts[3])
{
    counts[0] = counts[1] = counts[2] = 0;
    for (int64_t a = 0; a < ALL_ABOUTS; a++) {
        bool counted = false, all_done = true, all_undone = true;

        for (int64_t c = 0; c < ALL_ACTIONS; c++) {
            const int64_t n = done(one, a, c) - undone(one, a, c);

            if (!is_action(one, a, c))
                continue;
            counted |= is_told(one, a, c);
            all_done &= n >= 1;
            all_undone &= n == 0;
        }
        if (counted)
            counts[all_done ? 0 : all_undone ? 1 : 2]++;
    }
    if (!is_at_rest(one) || somebody_is_hidden(one))
        return SIM_UNDECIDED;
    if (counts[0] + counts[1] + counts[2] == 0 && !(one->clients && one->ok > 0))
        return SIM_UNDECIDED;
    if (counts[2] > 0 || (one->clients && counts[0] < one->ok))
        return SIM_BROKEN;
    return one->stopped ? SIM_UNDECIDED : SIM_HOLDS;
}

enum sim_verdict_status effects_oracle_conserved(const struct effects_case *one)
{
    int64_t sum = 0, at_start = 0;

    for (size_t t = 0; t < one->term_count; t++)
        for (uint32_t node = 0; node < EFFECTS_NODES; node++) {
            if (node / 2 != one->terms[t].of)
                continue;
            if (!one->terms[t].is_disk && one->down[node])
                return SIM_UNDECIDED; /* a node is down whose state would count */
            sum += one->terms[t].times *
                   (one->terms[t].is_disk ? one->values[node].disk : one->values[node].state);
            at_start +=
                one->terms[t].times * (one->terms[t].is_disk ? one->values[node].started_disk
                                                             : one->values[node].started);
        }
    if (!is_at_rest(one))
        return SIM_UNDECIDED;
    if (sum != (one->equals_start ? at_start : one->equals))
        return SIM_BROKEN;
    return one->stopped ? SIM_UNDECIDED : SIM_HOLDS;
}

static int64_t answered(const struct goodput_case *one, int64_t from, int64_t to)
{
    int64_t count = 0;

    for (size_t i = 0; i < one->count; i++)
        count += from <= one->ok[i] && one->ok[i] < to;
    return count;
}

enum sim_verdict_status goodput_oracle(const struct goodput_case *one, int64_t *recovered)
{
    const int64_t before = one->from > one->warmup ? answered(one, one->warmup, one->from) : 0;
    bool seen = false;

    *recovered = 0;
    if (one->from == GOODPUT_NEVER || one->to == GOODPUT_NEVER || before == 0)
        return SIM_UNDECIDED;
    for (int64_t i = 0; one->to + (i + 1) * one->every <= one->ended; i++) {
        const int64_t start = one->to + i * one->every;
        const int64_t a = answered(one, start, start + one->every);

        if (100 * a * (one->from - one->warmup) < one->at_least * before * one->every)
            *recovered = (i + 1) * one->every;
        seen |= start >= one->to + one->within;
    }
    if (*recovered > one->within)
        return SIM_BROKEN;
    return seen && !one->stopped ? SIM_HOLDS : SIM_UNDECIDED;
}

#include "tests/lib/age_oracle.h"
#include "tests/lib/consistency_oracle.h"

enum { NONE = -1 };

static bool is_answered_read(const struct sim_linear_operation *op)
{
    return op->kind == SIM_LINEAR_READ && op->answered;
}

static bool is_acknowledged_write(const struct sim_linear_operation *op)
{
    return (op->kind == SIM_LINEAR_WRITE || op->kind == SIM_LINEAR_DELETE) &&
           op->returned != SIM_LINEAR_OPEN;
}

/* The write that READ saw; NONE: the initial value, or what nobody wrote. */
static int source(const struct sim_linear_operation *ops, size_t count, size_t read)
{
    for (size_t i = 0; i < count; i++) {
        bool writes = ops[i].kind == SIM_LINEAR_WRITE || ops[i].kind == SIM_LINEAR_DELETE;
        int64_t written = ops[i].kind == SIM_LINEAR_DELETE ? SIM_NIL : ops[i].argument;

        if (writes && ops[i].key == ops[read].key && written == ops[read].value)
            return (int)i;
    }
    return NONE;
}

/* ret(VERSION) < inv(WRITE), where the initial value returned before everything. */
static bool is_older(const struct sim_linear_operation *ops, int version, size_t write)
{
    return version == NONE || ops[version].returned < ops[write].invoked;
}

struct age_oracle age_oracle(const struct sim_linear_operation *ops, size_t count, size_t read,
                             int64_t initial)
{
    struct age_oracle oracle = { .judged = false };
    int version = NONE, first = NONE, latest = NONE;

    oracle.judged = is_answered_read(&ops[read]) &&
                    consistency_oracle_is_plain(ops, count, ops[read].key, initial);
    if (!oracle.judged)
        return oracle;
    version = source(ops, count, read);
    oracle.thin_air = version == NONE && ops[read].value != initial;
    for (size_t w = 0; w < count; w++) {
        if (ops[w].key != ops[read].key || !is_acknowledged_write(&ops[w]) ||
            ops[w].returned >= ops[read].invoked)
            continue;
        if (latest == NONE || ops[w].returned > ops[latest].returned)
            latest = (int)w;
        if (!is_older(ops, version, w))
            continue;
        oracle.versions++;
        if (first == NONE || ops[w].returned < ops[first].returned)
            first = (int)w;
    }
    if (first != NONE)
        oracle.age = ops[read].time_invoked - ops[first].time_returned;
    oracle.has_latest = latest != NONE;
    if (latest != NONE) {
        oracle.since = ops[read].time_invoked - ops[latest].time_returned;
        oracle.sees_latest = !is_older(ops, version, (size_t)latest);
    }
    return oracle;
}

size_t age_oracle_left_out(const struct sim_linear_operation *ops, size_t count, int64_t initial)
{
    size_t left_out = 0;

    for (size_t i = 0; i < count; i++)
        left_out += is_answered_read(&ops[i]) &&
                    !consistency_oracle_is_plain(ops, count, ops[i].key, initial);
    return left_out;
}

/* -- counting ---------------------------------------------------------------------------------- */

enum sim_linear_status age_oracle_unique_ids(const struct sim_linear_operation *ops, size_t count,
                                             bool each_key)
{
    size_t ids = 0;

    for (size_t i = 0; i < count; i++) {
        if (ops[i].kind != SIM_LINEAR_ADD || !ops[i].answered || ops[i].returned == SIM_LINEAR_OPEN)
            continue;
        ids++;
        for (size_t j = 0; j < i; j++)
            if (ops[j].kind == SIM_LINEAR_ADD && ops[j].answered &&
                ops[j].returned != SIM_LINEAR_OPEN && ops[j].value == ops[i].value &&
                (!each_key || ops[j].key == ops[i].key))
                return SIM_LINEAR_NO;
    }
    return ids == 0 ? SIM_LINEAR_UNDECIDED : SIM_LINEAR_YES;
}

enum sim_linear_status age_oracle_fencing(const struct sim_linear_operation *ops, size_t count,
                                          int64_t texts)
{
    size_t tokens = 0, others = 0;

    for (size_t b = 0; b < count; b++) {
        if (ops[b].kind != SIM_LINEAR_WRITE || ops[b].returned == SIM_LINEAR_OPEN ||
            ops[b].argument == SIM_NIL)
            continue;
        tokens += ops[b].argument > texts;
        others += ops[b].argument <= texts;
        for (size_t a = 0; a < count; a++)
            if (ops[a].kind == SIM_LINEAR_WRITE && ops[a].key == ops[b].key &&
                ops[a].returned < ops[b].invoked && ops[b].argument > texts &&
                ops[a].argument > ops[b].argument)
                return SIM_LINEAR_NO;
    }
    return tokens == 0 || others > 0 ? SIM_LINEAR_UNDECIDED : SIM_LINEAR_YES;
}

enum sim_linear_status age_oracle_siblings(const struct sim_linear_operation *ops, size_t count,
                                           uint64_t percent, uint32_t most)
{
    uint64_t reads = 0, found = 0;
    bool too_many = false;

    for (size_t i = 0; i < count; i++) {
        bool appended = false;

        for (size_t j = 0; j < count; j++)
            appended |= ops[j].kind == SIM_LINEAR_APPEND && ops[j].key == ops[i].key;
        if (!is_answered_read(&ops[i]) || appended)
            continue;
        reads++;
        if (ops[i].items == NULL)
            continue;
        found += ops[i].item_count > 1;
        too_many |= ops[i].item_count > most;
    }
    if (too_many || found * 100 > percent * reads)
        return SIM_LINEAR_NO;
    return reads == 0 ? SIM_LINEAR_UNDECIDED : SIM_LINEAR_YES;
}

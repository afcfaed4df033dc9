/* linearizable.c - from a history to its keys, to a method for each, and back to one result. */
#include "sim/check/linearizable.h"

#include "sim/check/linear_private.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define STEPS_DEFAULT 100000000u
#define BYTES_DEFAULT ((uint64_t)1 << 30)

bool sim_linear_tells(const struct sim_linear_operation *operation)
{
    return operation->answered && operation->returned != SIM_LINEAR_OPEN &&
           (operation->kind == SIM_LINEAR_READ || operation->kind == SIM_LINEAR_ADD);
}

void sim_linear_blame(struct sim_linear_case *one, uint32_t member)
{
    uint32_t index = one->members[member];

    for (uint32_t i = 0; i < one->culprit_count; i++) {
        if (one->culprits[i] == index)
            return;
    }
    if (one->culprit_count < SIM_LINEAR_CULPRITS_MAX)
        one->culprits[one->culprit_count++] = index;
    else
        one->more_culprits = true;
}

/* -- keys -------------------------------------------------------------------------------------- */

struct keyed {
    int64_t key;
    uint32_t first, count; /* of members */
};

struct keys {
    struct keyed *keys; /* ascending */
    size_t count;
    uint32_t *members; /* by key, each in order of invocation */
};

static int compare_keys(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;

    return (a->key > b->key) - (a->key < b->key);
}

static void keys_init(struct keys *keys, const struct sim_linear_operation *operations,
                      size_t count)
{
    struct sim_linear_table table = { 0 };
    uint32_t *key_of = sim_alloc_array(count, sizeof(*key_of)), *place, at = 0;

    for (size_t i = 0; i < count; i++)
        key_of[i] =
            sim_linear_table_add(&table, (struct sim_linear_triple){ operations[i].key, 0, 0 });
    keys->count = table.count;
    keys->keys = sim_alloc_array(keys->count, sizeof(*keys->keys));
    keys->members = sim_alloc_array(count, sizeof(*keys->members));
    place = sim_alloc_array(keys->count, sizeof(*place));
    for (size_t i = 0; i < keys->count; i++)
        keys->keys[i].key = table.entries[i].a;
    for (size_t i = 0; i < count; i++)
        keys->keys[key_of[i]].count++;
    for (size_t i = 0; i < keys->count; i++) {
        keys->keys[i].first = place[i] = at;
        at += keys->keys[i].count;
    }
    for (size_t i = 0; i < count; i++)
        keys->members[place[key_of[i]]++] = (uint32_t)i;
    sim_sort(keys->keys, keys->count, sizeof(*keys->keys), compare_keys);
    sim_linear_table_finish(&table);
    sim_free(key_of);
    sim_free(place);
}

static void keys_finish(struct keys *keys)
{
    sim_free(keys->keys);
    sim_free(keys->members);
}

/* -- one key ----------------------------------------------------------------------------------- */

static enum sim_linear_status judge_case(struct sim_linear_case *one)
{
    enum sim_linear_status status;

    if (sim_linear_zones(one, &status) || sim_linear_lists(one, &status) ||
        sim_linear_sets(one, &status))
        return status;
    one->reason = NULL;
    one->culprit_count = 0;
    one->more_culprits = false;
    return sim_linear_configurations(one);
}

/* Culprits in order of invocation. */
static void sort_culprits(struct sim_linear_case *one)
{
    for (uint32_t i = 1; i < one->culprit_count; i++) {
        uint32_t index = one->culprits[i], at = i;

        for (; at > 0 && one->culprits[at - 1] > index; at--)
            one->culprits[at] = one->culprits[at - 1];
        one->culprits[at] = index;
    }
}

/* Is STATUS news after what earlier keys gave? NO goes before UNDECIDED. */
static bool is_worse(enum sim_linear_status status, enum sim_linear_status before)
{
    return status == SIM_LINEAR_NO ? before != SIM_LINEAR_NO
                                   : status == SIM_LINEAR_UNDECIDED && before == SIM_LINEAR_YES;
}

static void take(struct sim_linear_result *result, struct sim_linear_case *one,
                 enum sim_linear_status status, int64_t key)
{
    result->steps += one->steps;
    result->order_count += one->order_count;
    if (!is_worse(status, result->status))
        return;
    result->status = status;
    result->key = key;
    if (status == SIM_LINEAR_UNDECIDED)
        one->culprit_count = 0;
    sort_culprits(one);
    memcpy(result->culprits, one->culprits, sizeof(result->culprits));
    result->culprit_count = one->culprit_count;
    sim_linear_words(one, status, result->text);
}

void sim_linear_judge(const struct sim_linear_operation *operations, size_t count,
                      const struct sim_linear_options *options, struct sim_linear_result *result)
{
    struct keys keys;

    assert(count < SIM_LINEAR_NONE);
    for (size_t i = 1; i < count; i++)
        assert(operations[i - 1].invoked < operations[i].invoked);
    *result = (struct sim_linear_result){ .status = SIM_LINEAR_YES };
    keys_init(&keys, operations, count);
    if (options->witness)
        result->order = sim_alloc_array(count, sizeof(*result->order));
    for (size_t i = 0; i < keys.count && result->status != SIM_LINEAR_NO; i++) {
        struct sim_linear_case one = {
            .operations = operations,
            .members = &keys.members[keys.keys[i].first],
            .count = keys.keys[i].count,
            .initial = options->initial,
            .steps_most = options->steps != 0 ? options->steps : STEPS_DEFAULT,
            .bytes_most = options->bytes != 0 ? options->bytes : BYTES_DEFAULT,
            .witness = options->witness,
            .options = options,
            .order = options->witness ? &result->order[result->order_count] : NULL,
        };

        take(result, &one, judge_case(&one), keys.keys[i].key);
    }
    if (result->status != SIM_LINEAR_YES) {
        sim_free(result->order);
        result->order = NULL;
        result->order_count = 0;
    }
    keys_finish(&keys);
}

void sim_linear_result_finish(struct sim_linear_result *result)
{
    sim_free(result->order);
    result->order = NULL;
    result->order_count = 0;
}

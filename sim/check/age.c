/* age.c - the age of each read. */
#include "sim/check/consistency_private.h"
#include "sim/check/linear_private.h"
#include "sim/check/staleness.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct returned {
    uint64_t place;
    uint32_t write;
};

static int compare_returned(const void *left, const void *right)
{
    const struct returned *a = left, *b = right;

    return (a->place > b->place) - (a->place < b->place);
}

/* The acknowledged writes of each key by return, at the places of its writes by invocation; the
 * open ones are last. */
static struct returned *sort_returns(const struct sim_plain *plain)
{
    struct returned *all = sim_alloc_array(plain->count, sizeof(*all));

    for (uint32_t key = 0; key < plain->keys; key++) {
        uint32_t first = plain->first_write[key], end = plain->first_write[key + 1];

        for (uint32_t i = first; i < end; i++)
            all[i] = (struct returned){ plain->nodes[plain->writes[i]].returned, plain->writes[i] };
        sim_sort(all + first, end - first, sizeof(*all), compare_returned);
    }
    return all;
}

/* The first write of KEY, in `writes`, that was invoked after PLACE. */
static uint32_t first_after(const struct sim_plain *plain, uint32_t key, uint64_t place)
{
    uint32_t low = plain->first_write[key], high = plain->first_write[key + 1];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (plain->nodes[plain->writes[middle]].invoked > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint32_t last_returned(const struct sim_plain *plain, const struct returned *returns,
                              uint32_t key, uint64_t place)
{
    uint32_t low = plain->first_write[key], high = plain->first_write[key + 1], first = low;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (returns[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low == first ? SIM_NODE_NONE : returns[low - 1].write;
}

static struct sim_read_age age_of(const struct sim_plain *plain, const struct returned *returns,
                                  const struct sim_node *read)
{
    const struct sim_node *from = read->from == SIM_NODE_NONE ? NULL : &plain->nodes[read->from];
    uint32_t end = plain->first_write[read->key + 1], newer = SIM_NODE_NONE, latest;
    uint32_t at = from == NULL                     ? plain->first_write[read->key]
                  : from->returned < read->invoked ? first_after(plain, read->key, from->returned)
                                                   : end;
    struct sim_read_age age = { .read = read->operation,
                                .from = from == NULL ? SIM_STALENESS_NONE : from->operation,
                                .newer = SIM_STALENESS_NONE,
                                .latest = SIM_STALENESS_NONE };
    const struct sim_linear_operation *all = plain->operations, *it = &all[read->operation];

    for (; at < end && plain->nodes[plain->writes[at]].invoked < read->invoked; at++) {
        const struct sim_node *write = &plain->nodes[plain->writes[at]];

        if (write->returned > read->invoked)
            continue;
        age.versions++;
        if (newer == SIM_NODE_NONE || write->returned < plain->nodes[newer].returned)
            newer = plain->writes[at];
    }
    if (newer != SIM_NODE_NONE) {
        age.newer = plain->nodes[newer].operation;
        age.age = it->time_invoked - all[age.newer].time_returned;
    }
    latest = last_returned(plain, returns, read->key, read->invoked);
    if (latest != SIM_NODE_NONE) {
        age.latest = plain->nodes[latest].operation;
        age.since = it->time_invoked - all[age.latest].time_returned;
        age.sees_latest = from != NULL && from->returned > plain->nodes[latest].invoked;
    }
    return age;
}

void sim_staleness_measure(struct sim_staleness *staleness, const struct sim_history_view *view)
{
    struct sim_plain plain;
    struct returned *returns;

    sim_plain_init(&plain, view->operations, view->count, view->sessions, view->linear.initial);
    returns = sort_returns(&plain);
    *staleness = (struct sim_staleness){ .left_out = plain.odd_reads,
                                         .left_out_count = plain.odd_read_count,
                                         .thin_air = plain.thin_air };
    plain.odd_reads = NULL;
    staleness->ages = sim_alloc_array(plain.count, sizeof(*staleness->ages));
    for (uint32_t i = 0; i < plain.count; i++)
        if (plain.nodes[i].is_read)
            staleness->ages[staleness->count++] = age_of(&plain, returns, &plain.nodes[i]);
    sim_free(returns);
    sim_plain_finish(&plain);
}

void sim_staleness_finish(struct sim_staleness *staleness)
{
    sim_free(staleness->ages);
    sim_free(staleness->left_out);
    *staleness = (struct sim_staleness){ 0 };
}

bool sim_staleness_counts(const struct sim_history_view *view, uint32_t read, const char *during)
{
    return during == NULL || view->recorder == NULL ||
           sim_recorder_in_window(view->recorder, during, view->operations[read].time_invoked);
}

size_t sim_staleness_left_out(const struct sim_staleness *staleness,
                              const struct sim_history_view *view, const char *during)
{
    size_t count = 0;

    for (size_t i = 0; i < staleness->left_out_count; i++)
        count += sim_staleness_counts(view, staleness->left_out[i], during);
    return count;
}

void sim_staleness_doubt(size_t left_out, struct sim_linear_result *result)
{
    size_t used = strlen(result->text);

    result->status = SIM_LINEAR_UNDECIDED;
    snprintf(result->text + used, sizeof(result->text) - used,
             "; but of %zu more it is not known whose value they saw", left_out);
}

bool sim_staleness_refuses(const struct sim_staleness *staleness,
                           const struct sim_history_view *view, struct sim_linear_result *result)
{
    const struct sim_linear_operation *read;

    if (staleness->thin_air == SIM_STALENESS_NONE)
        return false;
    read = &view->operations[staleness->thin_air];
    result->status = SIM_LINEAR_NO;
    result->culprits[result->culprit_count++] = staleness->thin_air;
    snprintf(result->text, sizeof(result->text),
             "key %" PRId64 ": a value was read that nobody wrote: ", read->key);
    sim_linear_say(result->text, &view->linear, read);
    return true;
}

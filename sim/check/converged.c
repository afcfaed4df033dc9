/* converged.c - the replicas hold the same, some time after the fault and after the last write.
 *
 * What a key holds is asked at the end of the run, of keys that were left alone for long enough
 * before it: what is the same then may have been so earlier, what differs did all the time. An
 * operation that failed counts as one that was asked for: the network may have doubled it, and its
 * copy be done later. One that still waits may be done just now. What is asked of a router is asked
 * of every store behind it; those that do not keep the key have nothing to tell of it.
 * docs/checkers.md defines it. */
#include "sim/check/converged.h"
#include "sim/check/behind.h"
#include "sim/check/checkers.h"
#include "sim/check/held.h"
#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct params {
    uint32_t of;
    const char *after;
    sim_time within;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, of, NULL, "the group of the store whose nodes have to agree"),
    SIM_LABEL(struct params, after, SIM_OPTIONAL, "the fault after whose end they have to"),
    SIM_DURATION(struct params, within, NULL, "0", NULL,
                 "so long after that end, and after the last write to a key, all hold the same"),
    { 0 },
};

struct rest {
    sim_time since; /* the last write of a key, its answer included */
    bool is_here;   /* the store was called itself: the key is no other one's */
};

struct quiet {
    struct sim_linear_table keys;
    struct rest *rests; /* of each */
};

static void find_quiet(struct quiet *quiet, const struct sim_evidence *evidence, uint32_t store)
{
    const struct sim_history *history = sim_recorder_history(evidence->recorder);
    const struct sim_names *names = sim_recorder_names(evidence->recorder);
    size_t count = sim_history_count(history);

    quiet->rests = sim_alloc_array(count + 1, sizeof(*quiet->rests));
    for (size_t i = 0; i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        sim_time last = entry->completed != SIM_TIME_NEVER ? entry->completed : evidence->ended;
        uint32_t key, target = evidence->plan->groups[sim_names_group(names, entry->node)].target;

        if (entry->operation.kind == SIM_READ || !sim_behind_is(evidence->plan, target, store))
            continue;
        key = sim_linear_table_add(&quiet->keys,
                                   (struct sim_linear_triple){ entry->operation.key, 0, 0 });
        if (last > quiet->rests[key].since)
            quiet->rests[key].since = last;
        quiet->rests[key].is_here |= target == store;
    }
}

/* What one node tells of KEY from AT on: how many words. */
static size_t run_of(const struct sim_held *held, size_t at, int64_t key, uint32_t node)
{
    size_t count = 0;

    while (at + count < held->value_count && held->values[at + count].key == key &&
           held->values[at + count].node == node)
        count++;
    return count;
}

/* The first word in AT up to END that is a value, or END: not that the key was deleted, and not
 * what the word before told. FIRST: where the run begins. */
static size_t next_value(const struct sim_held *held, size_t first, size_t at, size_t end)
{
    while (at < end && (held->values[at].value == SIM_NIL ||
                        (at > first && held->values[at].value == held->values[at - 1].value)))
        at++;
    return at;
}

struct run {
    size_t at, end; /* among the words */
    uint32_t node;
};

static bool is_same(const struct sim_held *held, const struct run *a, const struct run *b)
{
    size_t one = next_value(held, a->at, a->at, a->end);
    size_t other = next_value(held, b->at, b->at, b->end);

    while (one < a->end && other < b->end) {
        if (held->values[one].value != held->values[other].value)
            return false;
        one = next_value(held, a->at, one + 1, a->end);
        other = next_value(held, b->at, other + 1, b->end);
    }
    return one == a->end && other == b->end;
}

static void say_run(struct sim_verdict *verdict, const struct sim_names *names,
                    const struct sim_held *held, const struct run *run)
{
    char name[64];
    size_t said = 0;

    sim_names_text(names, run->node, name);
    sim_verdict_add(verdict, "%.40s holds", name);
    for (size_t i = next_value(held, run->at, run->at, run->end); i < run->end;
         i = next_value(held, run->at, i + 1, run->end))
        if (++said <= 3)
            sim_verdict_add(verdict, "%s %" PRId64, said > 1 ? "," : "", held->values[i].value);
    if (said == 0)
        sim_verdict_add(verdict, " nothing");
    if (said > 3)
        sim_verdict_add(verdict, ", ... (%zu values)", said);
}

struct comparison {
    const struct sim_evidence *evidence;
    const struct sim_held *held;
    uint32_t first, count; /* nodes of the group */
    uint64_t same, differ;
};

/* Compares what all living nodes hold for KEY, from AT on among the values. */
static void compare(struct comparison *one, int64_t key, size_t at, struct sim_verdict *verdict)
{
    const struct sim_held *held = one->held;
    const struct sim_names *names = sim_recorder_names(one->evidence->recorder);
    struct run base = { .node = SIM_NO_GROUP };

    for (uint32_t node = one->first; node < one->first + one->count; node++) {
        struct sim_node_status status;
        const struct run run = { at, at + run_of(held, at, key, node), node };

        sim_world_node_status(one->evidence->world, node, &status);
        if (status.is_down || (held->is_partial && run.at == run.end))
            continue;
        if (base.node == SIM_NO_GROUP)
            base = run;
        if (!is_same(held, &base, &run)) {
            if (one->differ++ == 0) {
                sim_verdict_say(verdict, SIM_BROKEN, "key %" PRId64 ": ", key);
                say_run(verdict, names, held, &base);
                sim_verdict_add(verdict, ", ");
                say_run(verdict, names, held, &run);
            }
            return;
        }
        at = run.end;
    }
    one->same++;
}

static size_t first_of(const struct sim_held *held, int64_t key)
{
    size_t low = 0, high = held->value_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (held->values[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Counts the keys of STORE that were left alone for QUIET_FOR, and since HEALED; VERDICT gets the
 * first that differs. */
static void look(struct sim_converged *count, const struct sim_evidence *evidence, uint32_t store,
                 sim_time quiet_for, sim_time healed, struct sim_verdict *verdict)
{
    struct quiet quiet = { 0 };
    struct sim_held held;
    struct comparison one = { .evidence = evidence,
                              .held = &held,
                              .first = sim_recorder_names(evidence->recorder)->first[store],
                              .count = evidence->plan->groups[store].count };

    sim_held_init(&held, evidence, store, false);
    find_quiet(&quiet, evidence, store);
    *count = (struct sim_converged){ .asked = held.asked, .down = held.down };
    for (size_t i = 0; i < quiet.keys.count; i++) {
        const struct rest *rest = &quiet.rests[i];
        sim_time since = rest->since > healed ? rest->since : healed;
        int64_t key = quiet.keys.entries[i].a;
        size_t at = first_of(&held, key);

        if (!rest->is_here && (at == held.value_count || held.values[at].key != key))
            continue; /* another store behind the router keeps it */
        if (evidence->ended - since < quiet_for)
            count->busy++;
        else
            compare(&one, key, at, verdict);
    }
    count->same = one.same;
    count->differ = one.differ;
    sim_linear_table_finish(&quiet.keys);
    sim_free(quiet.rests);
    sim_held_finish(&held);
}

void sim_converged_look(struct sim_converged *count, const struct sim_evidence *evidence,
                        uint32_t store, sim_time quiet_for)
{
    struct sim_verdict verdict = { 0 };

    look(count, evidence, store, quiet_for, 0, &verdict);
}

static void judge_held(const struct sim_evidence *evidence, const struct params *params,
                       sim_time healed, struct sim_verdict *verdict)
{
    struct sim_converged count;
    char time[SIM_TIME_TEXT];

    look(&count, evidence, params->of, params->within, healed, verdict);
    if (count.differ > 0) {
        sim_verdict_add(verdict, "; %" PRIu64 " of %" PRIu64 " keys differ %s later", count.differ,
                        count.differ + count.same, sim_time_text(time, params->within));
    } else if (count.same == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "no key was written and then left alone for %s before the end",
                        sim_time_text(time, params->within));
    } else {
        sim_verdict_say(verdict, count.down > 0 || count.asked < 2 ? SIM_UNDECIDED : SIM_HOLDS,
                        "%" PRIu32 " nodes hold the same for %" PRIu64 " keys", count.asked,
                        count.same);
        if (count.busy > 0)
            sim_verdict_add(verdict, ", %" PRIu64 " more were written too late to tell",
                            count.busy);
        if (count.down > 0)
            sim_verdict_add(verdict, "; but %" PRIu32 " nodes are down", count.down);
    }
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    if (plan == NULL)
        return NULL;
    if (plan->groups[params->of].model->forwards) {
        snprintf(text, SIM_CHECK_TEXT,
                 "'%.40s' (%.40s) keeps nothing itself: name a group that it asks",
                 plan->groups[params->of].name, plan->groups[params->of].model->name);
        return "of";
    }
    if (sim_held_cannot(plan, params->of, text) != NULL)
        return "of";
    if (plan->groups[params->of].count > 1)
        return NULL;
    snprintf(text, SIM_CHECK_TEXT, "one node has nobody to agree with");
    return "of";
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    sim_time healed = 0;

    if (sim_verdict_lacks(verdict, evidence, params->after))
        return;
    if (evidence->world == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "the nodes that could tell are gone");
        return;
    }
    if (params->after != NULL) {
        size_t count;
        struct sim_span *spans = sim_recorder_spans(evidence->recorder, params->after, &count);

        healed = count > 0 ? spans[count - 1].to : 0;
        sim_free(spans);
    }
    if (healed == SIM_TIME_NEVER)
        sim_verdict_say(verdict, SIM_UNDECIDED, "%.64s has not ended", params->after);
    else
        judge_held(evidence, params, healed, verdict);
    if (verdict->status != SIM_BROKEN) /* that stays so */
        sim_verdict_hedge(verdict, evidence, NULL);
}

const struct sim_checker sim_converged_checker = {
    .about = {
        .name = "converged",
        .summary = "some time after the fault and the last write all replicas hold the same",
        .source = "Shapiro, Preguica, Baquero and Zawirski, Conflict-free Replicated Data Types, "
                  "SSS 2011",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};

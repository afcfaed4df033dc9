/* durable.c - every acknowledged write survives: how many did not, and under which fault.
 *
 * A store that tells all the writes that it ever took is asked for each acknowledged one. Of others
 * only the last values are known: a write is lost if all that is held is certainly older.
 *
 * Of clients that call a router all stores behind it are asked together. Others may call one of
 * these stores without it: what they write is audited as well if all of it has to be in the stores
 * that were asked, and else known as what may have overwritten the rest. */
#include "sim/check/durable.h"
#include "sim/check/behind.h"
#include "sim/check/checkers.h"
#include "sim/check/held.h"
#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct params {
    uint32_t clients;
    int64_t at_most;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL,
              "a group of clients: the writes of all clients of its store have to survive there"),
    SIM_INTEGER(struct params, at_most, "0", "0", "1000000000000", "so many may be lost"),
    { 0 },
};

enum { BLAMED_MAX = 4 };

struct blamed {
    uint32_t fault; /* SIM_NO_GROUP: none */
    bool before;    /* it began only afterwards */
    uint64_t count;
};

struct audit {
    const struct sim_evidence *evidence;
    const struct sim_history *history;
    uint32_t store;
    enum sim_behind *shares; /* of each group: how much of what it writes has to be in there */
    struct sim_held held;
    struct sim_linear_table words; /* key, value: of writes in the history and in the store */
    int64_t *left;                 /* of each word: found in the store and not yet claimed */
    uint32_t *writer;              /* of each word: its entry plus one, 0: none or several */
    struct sim_linear_table keys;
    uint64_t *deleted; /* of each key: the latest return of a delete; open: for ever */
    size_t count;
    uint64_t acknowledged, lost;
    const struct sim_history_entry *first; /* lost */
    struct blamed blamed[BLAMED_MAX];
    uint32_t blamed_count;
    uint64_t others; /* blamed on more faults than fit */
};

/* NULL: entry I is no write, is certainly not done, or has less than SHARE to do with the store. */
static const struct sim_history_entry *write_at(const struct audit *audit, size_t i,
                                                enum sim_behind share)
{
    const struct sim_history_entry *entry = sim_history_entry(audit->history, i);
    const struct sim_names *names = sim_recorder_names(audit->evidence->recorder);
    uint32_t group = sim_names_group(names, entry->node);

    if (audit->shares[group] < share ||
        (entry->operation.kind != SIM_WRITE && entry->operation.kind != SIM_DELETE) ||
        (entry->completed != SIM_TIME_NEVER && entry->status == SIM_FAIL))
        return NULL;
    return entry;
}

static struct sim_linear_triple word_of(const struct sim_history_entry *entry)
{
    return (struct sim_linear_triple){
        entry->operation.key,
        entry->operation.kind == SIM_WRITE ? entry->operation.argument : SIM_NIL, 0
    };
}

static bool is_acknowledged(const struct sim_history_entry *entry)
{
    return entry->completed != SIM_TIME_NEVER && entry->status == SIM_OK;
}

static uint64_t returned(const struct sim_history_entry *entry)
{
    return is_acknowledged(entry) ? entry->completed_at : UINT64_MAX;
}

static void read_history(struct audit *audit)
{
    size_t words = audit->count + audit->held.write_count + 1;

    audit->left = sim_alloc_array(words, sizeof(*audit->left));
    audit->writer = sim_alloc_array(words, sizeof(*audit->writer));
    audit->deleted = sim_alloc_array(audit->count + 1, sizeof(*audit->deleted));
    for (size_t i = 0; i < audit->count; i++) {
        const struct sim_history_entry *entry = write_at(audit, i, SIM_BEHIND_SOME);
        size_t known = audit->words.count;
        uint32_t word, key;

        if (entry == NULL)
            continue;
        word = sim_linear_table_add(&audit->words, word_of(entry));
        audit->writer[word] = word < known ? 0 : (uint32_t)i + 1;
        key = sim_linear_table_add(&audit->keys,
                                   (struct sim_linear_triple){ entry->operation.key, 0, 0 });
        if (entry->operation.kind == SIM_DELETE && returned(entry) >= audit->deleted[key])
            audit->deleted[key] = returned(entry);
    }
    for (size_t i = 0; i < audit->held.write_count; i++) {
        const struct sim_held_word *write = &audit->held.writes[i];

        audit->left[sim_linear_table_add(
            &audit->words, (struct sim_linear_triple){ write->key, write->value, 0 })]++;
    }
}

/* Is all that is held for the key of ENTRY certainly older than it? */
static bool is_overtaken(const struct audit *audit, const struct sim_history_entry *entry)
{
    uint32_t key = sim_linear_table_find(&audit->keys,
                                         (struct sim_linear_triple){ entry->operation.key, 0, 0 });
    size_t low = 0, high = audit->held.value_count;
    bool any = false;

    assert(key != SIM_LINEAR_NONE);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (audit->held.values[middle].key < entry->operation.key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < audit->held.value_count && audit->held.values[low].key == entry->operation.key;
         low++) {
        const struct sim_held_word *value = &audit->held.values[low];
        uint32_t word = sim_linear_table_find(
            &audit->words, (struct sim_linear_triple){ value->key, value->value, 0 });

        any = true;
        if (word == SIM_LINEAR_NONE || audit->writer[word] == 0 ||
            returned(sim_history_entry(audit->history, audit->writer[word] - 1)) >
                entry->invoked_at)
            return false;
    }
    if (any || entry->operation.kind == SIM_DELETE)
        return any;
    return audit->deleted[key] == 0 || audit->deleted[key] < entry->invoked_at;
}

/* -- which fault ------------------------------------------------------------------------------- */

static void blame(struct audit *audit, const struct sim_history_entry *entry)
{
    const struct sim_strike *strikes;
    uint64_t all;
    size_t count = sim_recorder_strikes(audit->evidence->recorder, &strikes, &all);
    struct blamed to = { SIM_NO_GROUP, false, 1 };

    for (size_t i = 0; i < count; i++) {
        const struct sim_strike *strike = &strikes[i];

        if (strike->count == 0)
            continue;
        if (strike->from <= entry->completed && (strike->open || entry->completed < strike->to)) {
            to.fault = strike->fault;
            to.before = false;
        } else if (strike->from > entry->completed) {
            if (to.fault == SIM_NO_GROUP)
                to = (struct blamed){ strike->fault, true, 1 };
            break;
        }
    }
    for (uint32_t i = 0; i < audit->blamed_count; i++) {
        if (audit->blamed[i].fault != to.fault || audit->blamed[i].before != to.before)
            continue;
        audit->blamed[i].count++;
        return;
    }
    if (audit->blamed_count < BLAMED_MAX)
        audit->blamed[audit->blamed_count++] = to;
    else
        audit->others++;
}

static void tell_blamed(const struct audit *audit, struct sim_verdict *verdict)
{
    char count[SIM_FIGURE_TEXT];

    for (uint32_t i = 0; i < audit->blamed_count; i++) {
        const struct blamed *one = &audit->blamed[i];
        const struct sim_fault_plan *fault =
            one->fault == SIM_NO_GROUP ? NULL : &audit->evidence->plan->faults[one->fault];

        sim_verdict_add(verdict, "%s%s acknowledged %s%.40s", i == 0 ? ": " : ", ",
                        sim_figure_count(count, one->count),
                        fault == NULL ? "under no fault"
                        : one->before ? "before "
                                      : "during ",
                        fault == NULL          ? ""
                        : fault->label != NULL ? fault->label
                                               : fault->kind->name);
    }
    if (audit->others > 0)
        sim_verdict_add(verdict, ", %s under others", sim_figure_count(count, audit->others));
}

static void tell_first(const struct audit *audit, struct sim_verdict *verdict)
{
    const struct sim_history_entry *entry = audit->first;
    char node[64], from[SIM_TIME_TEXT], to[SIM_TIME_TEXT];

    sim_names_text(sim_recorder_names(audit->evidence->recorder), entry->node, node);
    sim_time_text(from, entry->invoked);
    sim_time_text(to, entry->completed);
    if (entry->operation.kind == SIM_WRITE)
        sim_verdict_add(verdict, "; the first: %s/%" PRIu32 " wrote %" PRId64 " to key %" PRId64,
                        node, entry->process, entry->operation.argument, entry->operation.key);
    else
        sim_verdict_add(verdict, "; the first: %s/%" PRIu32 " deleted key %" PRId64, node,
                        entry->process, entry->operation.key);
    sim_verdict_add(verdict, " (%s..%s)", from, to);
}

/* -- the count --------------------------------------------------------------------------------- */

static void look_for(struct audit *audit, const struct sim_history_entry *entry,
                     struct sim_verdict *verdict)
{
    uint32_t word = sim_linear_table_find(&audit->words, word_of(entry));

    audit->acknowledged++;
    assert(word != SIM_LINEAR_NONE);
    if (audit->left[word] > 0) {
        audit->left[word]--;
        return;
    }
    if (!audit->held.is_complete && !is_overtaken(audit, entry))
        return;
    if (audit->lost++ == 0)
        audit->first = entry;
    if (verdict->culprit_count < SIM_VERDICT_CULPRITS)
        verdict->culprits[verdict->culprit_count++] = entry->invoked_at;
    blame(audit, entry);
}

static void tell(const struct audit *audit, const struct params *params,
                 struct sim_verdict *verdict)
{
    char lost[SIM_FIGURE_TEXT], all[SIM_FIGURE_TEXT];
    bool broken = audit->lost > (uint64_t)params->at_most;
    bool hidden = audit->held.down > 0;
    bool is_bound = !audit->held.is_complete; /* later writes may cover that more were lost */

    sim_figure_count(lost, audit->lost);
    sim_figure_count(all, audit->acknowledged);
    if (is_bound && audit->lost == 0)
        sim_verdict_say(verdict, SIM_HOLDS,
                        "not known: of %s acknowledged writes none is certainly lost (at most "
                        "%" PRId64 "), but this store tells last values alone",
                        all, params->at_most);
    else
        sim_verdict_say(verdict,
                        !broken  ? SIM_HOLDS
                        : hidden ? SIM_UNDECIDED
                                 : SIM_BROKEN,
                        "%s%s of %s acknowledged writes lost (at most %" PRId64 ")",
                        is_bound ? "at least " : "", lost, all, params->at_most);
    if (audit->lost > 0) {
        tell_blamed(audit, verdict);
        tell_first(audit, verdict);
    }
    if (broken && hidden)
        sim_verdict_add(verdict, "; but %" PRIu32 " nodes are down, which may have them on disk",
                        audit->held.down);
}

static void audit_all(struct audit *audit, const struct params *params, struct sim_verdict *verdict)
{
    const struct sim_plan *plan = audit->evidence->plan;

    audit->shares = sim_alloc_array(plan->group_count, sizeof(*audit->shares));
    for (uint32_t g = 0; g < plan->group_count; g++)
        audit->shares[g] = sim_behind_share(plan, plan->groups[g].target, audit->store);
    read_history(audit);
    verdict->culprit_count = 0;
    for (size_t i = 0; i < audit->count; i++) {
        const struct sim_history_entry *entry = write_at(audit, i, SIM_BEHIND_ALL);

        if (entry != NULL && is_acknowledged(entry))
            look_for(audit, entry, verdict);
    }
    if (audit->held.asked == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "no node of the store was up at the end, to tell what it holds");
    else if (audit->acknowledged == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED, "no write was acknowledged");
    else
        tell(audit, params, verdict);
    sim_free(audit->shares);
    sim_free(audit->left);
    sim_free(audit->writer);
    sim_free(audit->deleted);
    sim_linear_table_finish(&audit->words);
    sim_linear_table_finish(&audit->keys);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const char *wrong = sim_verdict_nobody(plan, params->clients, SIM_VERDICT_ANY, text);

    if (wrong != NULL || plan == NULL)
        return wrong;
    return sim_held_cannot(plan, plan->groups[params->clients].target, text) != NULL ? "clients"
                                                                                     : NULL;
}

bool sim_durable_count(const struct sim_evidence *evidence, uint32_t store,
                       struct sim_durable *count)
{
    struct audit audit = {
        .evidence = evidence,
        .history = sim_recorder_history(evidence->recorder),
        .store = store,
    };
    struct params params = { 0 };
    struct sim_verdict verdict = { 0 };
    char text[SIM_CHECK_TEXT];

    if (evidence->world == NULL || sim_held_cannot(evidence->plan, store, text) != NULL)
        return false;
    audit.count = sim_history_count(audit.history);
    sim_held_init(&audit.held, evidence, store, true);
    audit_all(&audit, &params, &verdict);
    *count = (struct sim_durable){ audit.acknowledged, audit.lost, audit.held.is_complete };
    sim_held_finish(&audit.held);
    return verdict.status != SIM_UNDECIDED;
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct audit audit = {
        .evidence = evidence,
        .history = sim_recorder_history(evidence->recorder),
        .store = evidence->plan->groups[params->clients].target,
    };

    if (sim_verdict_lacks(verdict, evidence, NULL))
        return;
    if (evidence->world == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "the nodes that could tell are gone");
        return;
    }
    audit.count = sim_history_count(audit.history);
    sim_held_init(&audit.held, evidence, audit.store, true);
    audit_all(&audit, params, verdict);
    sim_held_finish(&audit.held);
    if (verdict->status != SIM_BROKEN) /* that stays so */
        sim_verdict_hedge(verdict, evidence, NULL);
}

const struct sim_checker sim_durable_checker = {
    .about = {
        .name = "durable",
        .summary = "every write that was acknowledged is in the store at the end: how many are not",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};

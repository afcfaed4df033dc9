/* fencing.c - who was overtaken is kept out: no write with an older token after one with a newer.
 *
 * The token of a write is its value: whoever holds a lock writes the token that it was given to
 * what the lock protects. Only what did not overlap is compared, and only numbers: texts of a file
 * have no order. */
#include "sim/check/checkers.h"
#include "sim/check/history_checker.h"
#include "sim/check/history_reader.h"
#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct params {
    uint32_t clients;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, SIM_OPTIONAL,
              "a group of clients: what all clients of its store wrote; without it, those of all "
              "stores, each by itself"),
    { 0 },
};

struct moment {
    int64_t key;
    uint64_t place;
    uint32_t write;
    bool returned;
};

static int compare_moments(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* TEXTS: how many writes had a token that is none. */
static size_t collect(const struct sim_history_view *view, struct moment *moments, size_t *texts)
{
    size_t count = 0;

    for (size_t i = 0; i < view->count; i++) {
        const struct sim_linear_operation *one = &view->operations[i];

        if (one->kind != SIM_LINEAR_WRITE || one->returned == SIM_LINEAR_OPEN)
            continue;
        if (one->argument <= SIM_HISTORY_TEXTS_FROM) {
            *texts += one->argument != SIM_NIL;
            continue;
        }
        moments[count++] = (struct moment){ one->key, one->invoked, (uint32_t)i, false };
        moments[count++] = (struct moment){ one->key, one->returned, (uint32_t)i, true };
    }
    sim_sort(moments, count, sizeof(*moments), compare_moments);
    return count;
}

static void tell_late(const struct sim_history_view *view, uint32_t newer, uint32_t late,
                      struct sim_linear_result *result)
{
    size_t used;

    result->status = SIM_LINEAR_NO;
    result->key = view->operations[late].key;
    snprintf(result->text, sizeof(result->text),
             "key %" PRId64 ": a write with an older token was accepted after one with a newer: ",
             result->key);
    sim_linear_say(result->text, &view->linear, &view->operations[newer]);
    used = strlen(result->text);
    snprintf(result->text + used, sizeof(result->text) - used, "; ");
    sim_linear_say(result->text, &view->linear, &view->operations[late]);
    result->culprits[result->culprit_count++] = newer;
    result->culprits[result->culprit_count++] = late;
}

static void judge_history(const struct sim_history_view *view, const void *params,
                          struct sim_linear_result *result)
{
    struct moment *moments = sim_alloc_array(2 * view->count + 1, sizeof(*moments));
    size_t texts = 0, count = collect(view, moments, &texts);
    uint32_t newest = SIM_LINEAR_NONE;
    char writes[SIM_FIGURE_TEXT];

    (void)params;
    for (size_t i = 0; i < count && result->status == SIM_LINEAR_YES; i++) {
        const struct moment *one = &moments[i];
        int64_t token = view->operations[one->write].argument;

        if (i == 0 || one->key != moments[i - 1].key)
            newest = SIM_LINEAR_NONE;
        if (one->returned &&
            (newest == SIM_LINEAR_NONE || token > view->operations[newest].argument))
            newest = one->write;
        else if (!one->returned && newest != SIM_LINEAR_NONE &&
                 token < view->operations[newest].argument)
            tell_late(view, newest, one->write, result);
    }
    if (result->status == SIM_LINEAR_YES && texts > 0) {
        result->status = SIM_LINEAR_UNDECIDED;
        snprintf(result->text, sizeof(result->text),
                 "%s writes wrote texts, which have no order",
                 sim_figure_count(writes, texts));
    } else if (count == 0) {
        result->status = SIM_LINEAR_UNDECIDED;
        snprintf(result->text, sizeof(result->text), "no write was acknowledged");
    } else if (result->status == SIM_LINEAR_YES) {
        snprintf(result->text, sizeof(result->text), "none of %s writes came with an older token",
                 sim_figure_count(writes, count / 2));
    }
    sim_free(moments);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_WRITE + 1, text) == NULL ? NULL
                                                                                  : "clients";
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sim_history_judging judging = {
        .clients = params->clients,
        .initial = SIM_NIL,
        .judge = judge_history,
        .params = params,
    };

    sim_history_judging_run(evidence, &judging, verdict);
}

const struct sim_checker sim_fencing_checker = {
    .about = {
        .name = "fencing",
        .summary = "no write with an older token (its value) was accepted after one with a newer",
        .source = "Burrows, The Chubby lock service for loosely-coupled distributed systems, OSDI "
                  "2006, section 2.4",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
    .judge_history = judge_history,
};

#include "sim/check/checker.h"
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

#include "sim/core/mem.h"
#include "sim/core/units.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* In the order in which they are listed: by name. */
static const struct sim_checker *const checkers[] = {
    &sim_amplification_checker,
    &sim_availability_checker,
    &sim_causal_checker,
    &sim_conserved_checker,
    &sim_converged_checker,
    &sim_durable_checker,
    &sim_exactly_once_checker,
    &sim_fencing_checker,
    &sim_goodput_recovers_checker,
    &sim_invariants_checker,
    &sim_latency_checker,
    &sim_linearizable_checker,
    &sim_monotonic_reads_checker,
    &sim_monotonic_writes_checker,
    &sim_occurs_checker,
    &sim_read_your_writes_checker,
    &sim_recovers_checker,
    &sim_saga_atomic_checker,
    &sim_sequential_checker,
    &sim_siblings_checker,
    &sim_staleness_checker,
    &sim_tail_checker,
    &sim_throughput_checker,
    &sim_unique_ids_checker,
    &sim_violation_checker,
    &sim_visibility_checker,
    &sim_writes_follow_reads_checker,
    NULL,
};

const struct sim_checker *const *sim_checkers(void)
{
    return checkers;
}

void sim_checker_judge(const struct sim_checker *checker, const struct sim_evidence *evidence,
                       const void *params, bool is_violated, struct sim_verdict *verdict)
{
    checker->judge(evidence, params, verdict);
    if (is_violated)
        sim_verdict_turn(verdict, checker->about.name);
}

/* -- parameters without a scenario ------------------------------------------------------------- */

/* False: TEXT says why. */
static bool set(const struct sim_field *field, const char *word, void *value,
                char text[SIM_CHECK_TEXT])
{
    char why[SIM_UNITS_TEXT];
    const char *wrong = NULL;
    int64_t choice = 0;

    switch (field->type) {
    case SIM_FIELD_DURATION:
        wrong = sim_units_duration(word, value, why);
        break;
    case SIM_FIELD_INTEGER:
        wrong = sim_units_integer(word, value, why);
        break;
    case SIM_FIELD_BOOLEAN:
        wrong = sim_units_boolean(word, value, why);
        break;
    case SIM_FIELD_SHARE:
        wrong = sim_units_share(word, value, why);
        break;
    case SIM_FIELD_SIZE:
        wrong = sim_units_size(word, value, why);
        break;
    case SIM_FIELD_CHOICE:
        while (field->choices[choice] != NULL && strcmp(field->choices[choice], word) != 0)
            choice++;
        memcpy(value, &choice, sizeof(choice));
        wrong = field->choices[choice] == NULL ? "no such choice" : NULL;
        break;
    default:
        wrong = "only a scenario can give it";
    }
    if (wrong != NULL)
        snprintf(text, SIM_CHECK_TEXT, "'%.40s': %.60s: '%.40s'", field->name, wrong, word);
    return wrong == NULL;
}

void *sim_checker_defaults(const struct sim_checker *checker, uint32_t clients,
                           char text[SIM_CHECK_TEXT])
{
    char *params = sim_alloc(checker->about.size);
    const struct sim_field *field = checker->about.fields;

    for (; field != NULL && field->name != NULL; field++) {
        if (field->type == SIM_FIELD_GROUP)
            memcpy(params + field->offset, &clients, sizeof(clients));
        if (field->standard == NULL && (field->type != SIM_FIELD_GROUP || clients == SIM_NO_GROUP))
            snprintf(text, SIM_CHECK_TEXT, "it needs '%.60s'", field->name);
        else if (field->type == SIM_FIELD_GROUP || field->standard[0] == '\0' ||
                 set(field, field->standard, params + field->offset, text))
            continue;
        sim_free(params);
        return NULL;
    }
    return params;
}

bool sim_checker_set(const struct sim_checker *checker, void *params, const char *name,
                     const char *value, char text[SIM_CHECK_TEXT])
{
    const struct sim_field *field = checker->about.fields;

    for (; field != NULL && field->name != NULL; field++)
        if (strcmp(field->name, name) == 0)
            return set(field, value, (char *)params + field->offset, text);
    snprintf(text, SIM_CHECK_TEXT, "%.40s has no parameter '%.60s'", checker->about.name, name);
    return false;
}

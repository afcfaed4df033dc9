#include "tools/orrery/outcome.h"
#include "sim/check/checkers.h"
#include "sim/core/mem.h"

#include <string.h>

enum { MILLION = 1000000, MILLE = 1000, KINDS_MAX = 1024 };

/* -- signatures -------------------------------------------------------------------------------- */

/* The violation that VERDICT, a broken one of a checker of invariants, speaks of. */
static const struct sim_violation_record *find_violation(const struct finished_run *run,
                                                         const struct judged *judged)
{
    const struct sim_violation_record *violations;
    size_t count = sim_recorder_violations(run->recorder, &violations);

    if (judged->expectation->checker != &sim_invariants_checker.about)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(violations[i].invariant);

        if (strncmp(judged->verdict.text, violations[i].invariant, length) == 0 &&
            judged->verdict.text[length] == ' ')
            return &violations[i];
    }
    return NULL;
}

const char *outcome_kind(const struct finished_run *run, const struct judged *judged)
{
    const struct sim_violation_record *violation = find_violation(run, judged);

    return violation ? violation->invariant : judged->expectation->checker->name;
}

static bool is_active(const struct sim_strike *strike, const struct sim_fault_kind *kind,
                      const struct sim_violation_record *violation)
{
    if (strike->count == 0)
        return false;
    if (!violation)
        return true;
    return strike->from <= violation->time &&
           (kind->instant || strike->open || violation->time <= strike->to);
}

/* The kinds of the faults that were active, in the order of the alphabet. */
static char *active_faults(const struct finished_run *run,
                           const struct sim_violation_record *violation)
{
    const struct sim_strike *strikes;
    uint64_t all;
    size_t count = sim_recorder_strikes(run->recorder, &strikes, &all), kinds = 0;
    const char *names[KINDS_MAX];
    char *text = sim_copy_text("");

    for (size_t i = 0; i < count; i++) {
        const struct sim_fault_kind *kind = run->plan->faults[strikes[i].fault].kind;
        size_t at = 0;

        if (!is_active(&strikes[i], kind, violation))
            continue;
        while (at < kinds && strcmp(names[at], kind->name) < 0)
            at++;
        if ((at < kinds && strcmp(names[at], kind->name) == 0) || kinds == KINDS_MAX)
            continue;
        memmove(names + at + 1, names + at, (kinds - at) * sizeof(*names));
        names[at] = kind->name;
        kinds++;
    }
    for (size_t i = 0; i < kinds; i++) {
        char *longer = sim_format("%s%s%s", text, i > 0 ? " " : "", names[i]);

        sim_free(text);
        text = longer;
    }
    return text;
}

/* What an expectation measured that speaks of many runs; of others nothing is asked. */
static void write_measured(struct bytes *bytes, const struct judged *judged)
{
    const struct sim_verdict *verdict = &judged->verdict;
    bool over = judged->expectation->over != NULL;
    uint32_t count = over && verdict->status != SIM_UNDECIDED ? verdict->measured_count : 0;

    bytes_put_number(bytes, over);
    bytes_put_number(bytes, count);
    for (uint32_t i = 0; i < count; i++) {
        bytes_put_text(bytes, verdict->measured[i].name);
        bytes_put_number(bytes, (uint64_t)verdict->measured[i].value);
        bytes_put_number(bytes, (uint64_t)verdict->measured[i].least);
        bytes_put_number(bytes, (uint64_t)verdict->measured[i].most);
    }
}

static void write_verdict(struct bytes *bytes, const struct finished_run *run,
                          const struct judged *judged)
{
    enum sim_verdict_status status = judged->verdict.status;

    bytes_put_text(bytes, judged->expectation->text);
    bytes_put_number(bytes, (uint64_t)status);
    if (status == SIM_BROKEN) {
        const struct sim_violation_record *violation = find_violation(run, judged);
        char *faults = active_faults(run, violation);

        bytes_put_text(bytes, outcome_kind(run, judged));
        bytes_put_text(bytes, faults);
        sim_free(faults);
    } else {
        bytes_put_text(bytes, NULL);
        bytes_put_text(bytes, NULL);
    }
    bytes_put_text(bytes, status == SIM_HOLDS ? NULL : judged->verdict.text);
    write_measured(bytes, judged);
}

/* -- figures ----------------------------------------------------------------------------------- */

static void write_group(struct bytes *bytes, const struct finished_run *run, uint32_t group)
{
    struct sim_operation_figures figures;
    int64_t values[OUTCOME_FIGURES] = { -1, -1, -1, -1 };
    sim_time span = sim_recorder_measured(run->recorder, NULL), *times;
    uint64_t all = 0, ok;
    size_t count;

    sim_recorder_figures(run->recorder, group, -1, NULL, &figures);
    ok = figures.status[SIM_OK];
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        all += figures.status[i];
    sim_operation_figures_finish(&figures);
    times = sim_recorder_latencies(run->recorder, group, -1, NULL, SIM_OK, &count);
    if (all > 0)
        values[OUTCOME_AVAILABILITY] = (int64_t)((sim_wide)ok * MILLION / all);
    if (span > 0)
        values[OUTCOME_RATE] =
            (int64_t)((sim_wide)ok * MILLE * (uint64_t)SIM_SECOND / (uint64_t)span);
    if (count > 0) {
        values[OUTCOME_P50] = times[sim_quantile_rank(count, MILLION / 2) - 1];
        values[OUTCOME_P99] = times[sim_quantile_rank(count, MILLION / 100 * 99) - 1];
    }
    sim_free(times);
    bytes_put_text(bytes, run->plan->groups[group].name);
    for (int i = 0; i < OUTCOME_FIGURES; i++)
        bytes_put_number(bytes, (uint64_t)values[i]);
}

static bool has_clients(const struct finished_run *run, uint32_t group)
{
    return run->plan->groups[group].model->operations != NULL;
}

/* -- through a pipe ---------------------------------------------------------------------------- */

void outcome_write(struct bytes *bytes, const struct finished_run *run, const double *measures,
                   size_t count)
{
    uint64_t groups = 0;

    bytes_put_number(bytes, (uint64_t)runner_code_of_one(run));
    bytes_put_number(bytes, sim_world_events(run->world));
    bytes_put_text(bytes, run->end == SIM_END_LIMIT ? sim_world_limit(run->world) : NULL);
    bytes_put_text(bytes, run->digest);
    bytes_put_number(bytes, run->judged_count);
    for (size_t i = 0; i < run->judged_count; i++)
        write_verdict(bytes, run, &run->judged[i]);
    for (uint32_t i = 0; i < run->plan->group_count; i++)
        groups += has_clients(run, i);
    bytes_put_number(bytes, groups);
    for (uint32_t i = 0; i < run->plan->group_count; i++) {
        if (has_clients(run, i))
            write_group(bytes, run, i);
    }
    bytes_put_number(bytes, run->coverage.count);
    for (size_t i = 0; i < run->coverage.count; i++) {
        bytes_put_text(bytes, run->coverage.places[i].group);
        bytes_put_text(bytes, run->coverage.places[i].name);
        bytes_put_number(bytes, run->coverage.places[i].count);
    }
    bytes_put_number(bytes, count);
    bytes_put(bytes, measures, count * sizeof(*measures));
}

static void read_measured(struct bytes_reader *reader, struct texts *texts,
                          struct outcome_verdict *verdict)
{
    uint64_t count;

    verdict->over = bytes_number(reader) != 0;
    count = bytes_number(reader);
    reader->wrong |= count > SIM_VERDICT_MEASURED;
    for (uint64_t i = 0; i < count && !reader->wrong; i++) {
        struct sim_measured *measured = &verdict->measured[verdict->measured_count++];
        const char *name = bytes_text(reader);

        measured->name = texts_keep(texts, name ? name : "");
        measured->value = (int64_t)bytes_number(reader);
        measured->least = (int64_t)bytes_number(reader);
        measured->most = (int64_t)bytes_number(reader);
    }
}

static void read_verdict(struct bytes_reader *reader, struct texts *texts,
                         struct outcome_verdict *verdict)
{
    const char *expectation = bytes_text(reader), *text;

    verdict->expectation = texts_keep(texts, expectation ? expectation : "");
    verdict->status = (enum sim_verdict_status)bytes_number(reader);
    verdict->kind = texts_keep(texts, bytes_text(reader));
    verdict->faults = texts_keep(texts, bytes_text(reader));
    text = bytes_text(reader);
    verdict->text = text ? sim_copy_text(text) : NULL;
    read_measured(reader, texts, verdict);
    reader->wrong |= verdict->status > SIM_UNDECIDED;
}

static void read_group(struct bytes_reader *reader, struct texts *texts,
                       struct outcome_group *group)
{
    const char *name = bytes_text(reader);

    group->group = texts_keep(texts, name ? name : "");
    for (int i = 0; i < OUTCOME_FIGURES; i++)
        group->figures[i] = (int64_t)bytes_number(reader);
}

static void read_place(struct bytes_reader *reader, struct texts *texts,
                       struct outcome_place *place)
{
    const char *name;

    place->group = texts_keep(texts, bytes_text(reader));
    name = bytes_text(reader);
    place->name = texts_keep(texts, name ? name : "");
    place->count = bytes_number(reader);
}

/* How many things follow; a count that cannot be is none. */
static size_t read_count(struct bytes_reader *reader)
{
    uint64_t count = bytes_number(reader);

    reader->wrong |= count > reader->left / sizeof(count);
    return reader->wrong ? 0 : (size_t)count;
}

struct outcome *outcome_read(struct bytes_reader *reader, struct texts *texts)
{
    struct outcome *outcome = sim_alloc(sizeof(*outcome));
    const char *digest;

    outcome->code = (enum exit_code)bytes_number(reader);
    outcome->events = bytes_number(reader);
    outcome->limit = texts_keep(texts, bytes_text(reader));
    digest = bytes_text(reader);
    if (digest && strlen(digest) < sizeof(outcome->digest))
        memcpy(outcome->digest, digest, strlen(digest));
    outcome->verdict_count = read_count(reader);
    outcome->verdicts = sim_alloc_array(outcome->verdict_count, sizeof(*outcome->verdicts));
    for (size_t i = 0; i < outcome->verdict_count; i++)
        read_verdict(reader, texts, &outcome->verdicts[i]);
    outcome->group_count = read_count(reader);
    outcome->groups = sim_alloc_array(outcome->group_count, sizeof(*outcome->groups));
    for (size_t i = 0; i < outcome->group_count; i++)
        read_group(reader, texts, &outcome->groups[i]);
    outcome->place_count = read_count(reader);
    outcome->places = sim_alloc_array(outcome->place_count, sizeof(*outcome->places));
    for (size_t i = 0; i < outcome->place_count; i++)
        read_place(reader, texts, &outcome->places[i]);
    outcome->measure_count = read_count(reader);
    outcome->measures = sim_alloc_array(outcome->measure_count, sizeof(*outcome->measures));
    bytes_take(reader, outcome->measures, outcome->measure_count * sizeof(*outcome->measures));
    if (!reader->wrong && reader->left == 0)
        return outcome;
    outcome_destroy(outcome);
    return NULL;
}

struct outcome *outcome_of_death(const char *death, struct texts *texts)
{
    struct outcome *outcome = sim_alloc(sizeof(*outcome));

    outcome->code = EXIT_INTERNAL;
    outcome->death = texts_keep(texts, death);
    return outcome;
}

void outcome_destroy(struct outcome *outcome)
{
    if (!outcome)
        return;
    for (size_t i = 0; i < outcome->verdict_count; i++)
        sim_free(outcome->verdicts[i].text);
    sim_free(outcome->verdicts);
    sim_free(outcome->groups);
    sim_free(outcome->places);
    sim_free(outcome->measures);
    sim_free(outcome);
}

bool outcome_fails(const struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->verdict_count; i++) {
        if (outcome->verdicts[i].status == SIM_BROKEN && !outcome->verdicts[i].over)
            return true;
    }
    return outcome->death != NULL;
}

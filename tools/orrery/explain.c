/* explain.c - what led to what went wrong. */
#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/explain.h"
#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "sim/observe/output.h"
#include "tools/orrery/chronicle.h"
#include "tools/orrery/output_file.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shown.h"
#include "tools/orrery/spans.h"
#include "tools/orrery/story.h"

#include <inttypes.h>
#include <string.h>

enum { TARGETS_MAX = 2 * SIM_VERDICT_CULPRITS, CAUSES_MAX = 30 };

/* What is printed, and where to. */
struct telling {
    const struct options *options;
    const struct finished_run *run;
    const struct chronicle *chronicle;
    FILE *mermaid;
    size_t stories;
};

/* The moments at which what VERDICT is about happened, ascending. */
static size_t find_targets(const struct telling *telling, const struct sim_verdict *verdict,
                           size_t targets[TARGETS_MAX])
{
    const struct chronicle *chronicle = telling->chronicle;
    const struct sim_history *history = sim_recorder_history(telling->run->recorder);
    size_t count = 0;

    for (size_t i = 0; i < sim_history_count(history) && verdict->culprit_count > 0; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);

        for (uint32_t c = 0; c < verdict->culprit_count; c++) {
            if (verdict->culprits[c] != entry->invoked_at)
                continue;
            if (entry->invoked_at < chronicle->operation_count)
                targets[count++] = chronicle->operations[entry->invoked_at];
            if (entry->completed != SIM_TIME_NEVER &&
                entry->completed_at < chronicle->operation_count)
                targets[count++] = chronicle->operations[entry->completed_at];
        }
    }
    for (size_t i = 1; i < count; i++) {
        size_t target = targets[i], at = i;

        for (; at > 0 && targets[at - 1] > target; at--)
            targets[at] = targets[at - 1];
        targets[at] = target;
    }
    return count;
}

static void print_head(const char *what, const char *text)
{
    fputs("violated  ", stdout);
    shown_wrap(stdout, what, 10, 10);
    fputs("\n          ", stdout);
    shown_wrap(stdout, text, 10, 10);
    fputs("\n\n", stdout);
}

/* The story that led to WHAT. */
static void tell(struct telling *telling, const char *what, const char *text, const size_t *targets,
                 size_t count)
{
    const struct sim_names *names = sim_recorder_names(telling->run->recorder);
    char left_out[SIM_FIGURE_TEXT];
    struct story story;

    story_tell(&story, telling->chronicle, names, targets, count, STORY_ITEMS);
    if (telling->options->json) {
        struct sim_output out;

        sim_output_init(&out, stdout);
        sim_output_text(&out, telling->stories > 0 ? ",{\"violated\":" : "{\"violated\":");
        sim_output_string(&out, what);
        sim_output_text(&out, ",\"text\":");
        sim_output_string(&out, text);
        sim_output_text(&out, ",\"left_out\":");
        sim_output_natural(&out, story.left_out);
        sim_output_text(&out, ",\"story\":");
        sim_output_flush(&out);
        sim_output_finish(&out);
        story_print_json(&story, stdout);
        fputc('}', stdout);
    } else {
        print_head(what, text);
        story_print(&story, stdout);
        if (story.left_out > 0)
            printf("%*s  (%s more are not told)\n", 13, "...",
                   sim_figure_count(left_out, story.left_out));
        fputc('\n', stdout);
    }
    if (telling->mermaid && telling->stories == 0)
        story_print_mermaid(&story, what, telling->mermaid);
    telling->stories++;
    story_finish(&story);
}

static void tell_violations(struct telling *telling)
{
    const struct sim_violation_record *violations;
    size_t count = sim_recorder_violations(telling->run->recorder, &violations);
    const struct chronicle *chronicle = telling->chronicle;

    for (size_t i = 0; i < count; i++) {
        size_t target = chronicle_find(chronicle, violations[i].event);
        char time[SIM_TIME_TEXT];

        while (target < chronicle->count && chronicle->moments[target].id == violations[i].event &&
               (chronicle->moments[target].kind != SIM_HAPPENED_VIOLATION ||
                strcmp(chronicle->moments[target].what, violations[i].invariant) != 0))
            target++;
        if (target == chronicle->count || chronicle->moments[target].id != violations[i].event)
            continue;
        char *text =
            sim_format("at %s, event %" PRIu64 ": %s", sim_time_text(time, violations[i].time),
                       violations[i].event, violations[i].text);
        tell(telling, violations[i].invariant, text, &target, 1);
        sim_free(text);
    }
}

/* A verdict that is about invariants is told by what they said. */
static void tell_verdicts(struct telling *telling)
{
    for (size_t i = 0; i < telling->run->judged_count; i++) {
        const struct judged *judged = &telling->run->judged[i];
        const char *name = judged->expectation->checker->name;
        size_t targets[TARGETS_MAX], count;
        bool of_invariants = strcmp(name, "invariants") == 0;
        bool expected = judged->expectation->is_violated && judged->verdict.status == SIM_HOLDS;

        count = find_targets(telling, &judged->verdict, targets);
        if (count == 0 && ((judged->verdict.status != SIM_BROKEN && !expected) || of_invariants))
            continue;
        tell(telling, judged->expectation->text, judged->verdict.text, targets, count);
    }
}

/* -- the causes of one event ------------------------------------------------------------------- */

static enum exit_code tell_causes(struct telling *telling, uint64_t from)
{
    const struct chronicle *chronicle = telling->chronicle;
    size_t target = chronicle_find(chronicle, from);
    char count[SIM_FIGURE_TEXT];
    struct story story;

    if (target == chronicle->count)
        return (enum exit_code)usage_error("--from: nothing is known of an event %" PRIu64
                                           "; there are %" PRIu64 ", and some only "
                                           "lost a message",
                                           from, sim_world_events(telling->run->world));
    story_causes(&story, chronicle, sim_recorder_names(telling->run->recorder), target, CAUSES_MAX);
    if (telling->options->json) {
        printf("{\"event\":%" PRIu64 ",\"left_out\":%zu,\"story\":", from, story.left_out);
        story_print_json(&story, stdout);
        fputs("}\n", stdout);
    } else {
        printf("what led to event %" PRIu64 "\n\n", from);
        if (story.left_out > 0)
            printf("%*s  (%s before)\n", 13, "...", sim_figure_count(count, story.left_out));
        story_print(&story, stdout);
    }
    if (telling->mermaid)
        story_print_mermaid(&story, telling->run->plan->name, telling->mermaid);
    story_finish(&story);
    return EXIT_HOLDS;
}

/* -- one request ------------------------------------------------------------------------------- */

static enum exit_code tell_spans(const struct telling *telling)
{
    struct spans spans;
    char text[SPANS_TEXT];
    const char *wrong = spans_find(&spans, telling->chronicle, telling->run->recorder,
                                   telling->options->spans, text);

    if (wrong == NULL && telling->options->json)
        spans_print_json(&spans, stdout);
    else if (wrong == NULL)
        spans_print(&spans, stdout);
    spans_finish(&spans);
    return wrong == NULL ? EXIT_HOLDS : (enum exit_code)usage_error("--spans: %s", wrong);
}

/* ---------------------------------------------------------------------------------------------- */

static void tell_all(struct telling *telling, const char *again)
{
    const struct sim_plan *plan = telling->run->plan;

    if (telling->options->json) {
        struct sim_output out;

        sim_output_init(&out, stdout);
        sim_output_text(&out, "{\"scenario\":");
        sim_output_string(&out, plan->name);
        sim_output_text(&out, ",\"file\":");
        sim_output_string(&out, telling->options->path);
        sim_output_text(&out, ",\"seed\":");
        sim_output_natural(&out, plan->seed);
        sim_output_text(&out, ",\"repeat\":");
        sim_output_string(&out, again);
        sim_output_text(&out, ",\"violations\":[");
        sim_output_flush(&out);
        sim_output_finish(&out);
    } else {
        shown_print(stdout, plan->name, strlen(plan->name));
        printf(", seed %" PRIu64, plan->seed);
        if (plan->luck.has_seed)
            printf(", all luck that of seed %" PRIu64, plan->luck.seed);
        fputs("\n\n", stdout);
    }
    tell_violations(telling);
    tell_verdicts(telling);
    if (telling->options->json)
        fputs("]}\n", stdout);
    else if (telling->stories == 0)
        puts("nothing was violated");
    else
        printf("repeat  %s\n", again);
}

/* TELLING's other members are set. */
static enum exit_code explain_run(struct telling *telling, struct finished_run *run,
                                  struct chronicle *chronicle, const char *again)
{
    const struct options *options = telling->options;
    enum exit_code code = EXIT_HOLDS;

    telling->run = run;
    telling->chronicle = chronicle;
    if (chronicle->is_full)
        return (enum exit_code)usage_error(
            "explain keeps %d events and what they do, and this run has more: end it earlier, with "
            "--until",
            CHRONICLE_MAX);
    if (options->has_from)
        return tell_causes(telling, options->from);
    if (options->spans)
        return tell_spans(telling);
    tell_all(telling, again);
    if (telling->mermaid && telling->stories == 0)
        fprintf(stderr, "orrery: nothing was violated, so '%s' is empty\n", options->mermaid);
    if (run->end == SIM_END_LIMIT)
        code = EXIT_USAGE;
    return worse(code, telling->stories > 0 ? EXIT_VIOLATED : EXIT_HOLDS);
}

enum exit_code explain_scenario(const struct options *options, struct sim_scenario *scenario)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    struct telling telling = { .options = options };
    struct chronicle chronicle = { 0 };
    struct finished_run run;

    if (options->mermaid) {
        if (output_file_refuse(options, "--mermaid", options->mermaid) >= 0)
            return EXIT_USAGE;
        telling.mermaid = output_file_open(options->mermaid);
        if (!telling.mermaid)
            return EXIT_USAGE;
    }
    char *again = repeat_line(options, plan->seed);
    runner_on_death(again);
    runner_run_kept(&run, scenario, &chronicle,
                    options->has_until ? options->until : SIM_TIME_NEVER);
    runner_on_death(NULL);
    enum exit_code code = explain_run(&telling, &run, &chronicle, again);
    if (telling.mermaid)
        code = worse(code, output_file_close(telling.mermaid, options->mermaid, NULL));
    chronicle_finish(&chronicle);
    runner_finish(&run);
    sim_free(again);
    return code;
}

static int explain(int argc, char **argv)
{
    static const char *const allowed[] = {
        "seed",    "set",   "overlay",      "variant", "fails-with", "until",       "from",
        "mermaid", "spans", "error-format", "json",    "branch-at",  "branch-seed", NULL
    };
    struct options options;
    int done = options_parse(&options, argc, argv, &explain_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error(
            "explain needs a scenario file, as in: explain scenarios/consensus/figure-8.yaml "
            "--fails-with");
    if (done < 0 && options.spans && (options.has_from || options.mermaid))
        done = usage_error("--spans tells of one request, and neither of an event (--from) nor by "
                           "a diagram (--mermaid)");
    if (done < 0)
        done = options_run(&options, explain_scenario);
    options_finish(&options);
    return done;
}

const struct command explain_command = {
    .name = "explain",
    .summary = "tell what led to what went wrong in a run",
    .usage =
        "FILE [OPTIONS]\n\n"
        "  --seed N             the seed (else the scenario's `seed:`, else 1)\n"
        "  --set PATH=VALUE     override one value, as in nodes.store.count=7\n"
        "  --overlay FILE       lay another file over it\n"
        "  --variant NAME       a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with         with the overrides of its 'fails_with:'\n"
        "  --until TIME         end the run there\n"
        "  --branch-at TIME     from then on the luck is that of\n"
        "  --branch-seed N      seed N\n"
        "  --from EVENT         walk the causes of this event back (a trace's \"id\")\n"
        "  --spans WHICH        draw what a request of a client brought about: `slowest`, `failed` "
        "(the\n"
        "                       first that was not ok), or its number (a trace's \"trace\")\n"
        "  --mermaid FILE       write the first story as a sequence diagram, too\n"
        "  --json               the result as one JSON object\n"
        "  --error-format=json  errors as JSON\n"
        "\nTells of each violation what was violated, and what led to it: the faults, what models\n"
        "noted (elections, commits) in its causal past, and the operations that contradict each\n"
        "other. The oldest of what is commonest is left out. Exit codes: 0 nothing was violated, "
        "1\n"
        "something was, also where the scenario expects it.\n",
    .run = explain,
};

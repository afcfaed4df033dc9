/* shrink.c - the command: finds what fails, goes through the passes until none takes anything out,
 * and writes what is left. */
#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/shrink.h"
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/observe/output.h"
#include "tools/orrery/output_file.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const faults_key[] = { "faults", NULL };
static const char *const actions_key[] = { "actions", NULL };

static const char *const end_names[] = {
    [SHRINK_WHOLE] = "whole",   [SHRINK_TIME] = "time",
    [SHRINK_RUNS] = "runs",     [SHRINK_INTERRUPTED] = "interrupted",
    [SHRINK_BROKEN] = "broken",
};

/* -- the search -------------------------------------------------------------------------------- */

/* Once through all passes; WORTH: so many events for the lucks of each candidate. What makes runs
 * shorter goes first. True: something was taken out. */
static bool go_through(struct shrink *shrink, uint64_t worth)
{
    bool any;

    shrink_pass_begins(shrink, "the duration");
    any = shrink_duration(shrink, worth);
    shrink_pass_begins(shrink, "kinds of faults");
    any |= shrink_fault_kinds(shrink, worth);
    shrink_pass_begins(shrink, "the beginning");
    any |= shrink_start(shrink, worth);
    shrink_pass_begins(shrink, "faults");
    any |= shrink_list(shrink, faults_key, worth);
    shrink_pass_begins(shrink, "actions");
    any |= shrink_list(shrink, actions_key, worth);
    shrink_pass_begins(shrink, "rates");
    any |= shrink_rates(shrink, worth);
    shrink_pass_begins(shrink, "all but the last operations");
    any |= shrink_tail(shrink, worth);
    shrink_pass_begins(shrink, "operations");
    any |= shrink_operations(shrink, worth);
    shrink_pass_begins(shrink, "nodes");
    any |= shrink_members(shrink, worth);
    shrink_pass_begins(shrink, "the network");
    any |= shrink_network(shrink, worth);
    shrink_pass_begins(shrink, "the duration");
    any |= shrink_duration(shrink, 0);
    return any;
}

/* What makes it easier to read, when there is not much left. */
static bool polish(struct shrink *shrink, uint64_t worth)
{
    bool any;

    shrink_pass_begins(shrink, "lengths of faults");
    any = shrink_fault_lengths(shrink, worth);
    shrink_pass_begins(shrink, "time between faults");
    any |= shrink_gaps(shrink, worth);
    shrink_pass_begins(shrink, "defaults");
    any |= shrink_defaults(shrink);
    shrink_pass_begins(shrink, "keys");
    any |= shrink_keys(shrink);
    shrink_pass_begins(shrink, "values");
    any |= shrink_values(shrink);
    return any;
}

/* Few lucks for each candidate first, which are soon through, and more when nothing goes any more.
 */
static void search(struct shrink *shrink)
{
    static const uint64_t worths[] = { 100000, 400000, 2000000 };
    enum { ROUNDS = 20 };
    bool any;

    shrink_pass_begins(shrink, "what is expected");
    shrink_expectations(shrink);
    shrink->best = edit_set(shrink->arena, shrink->best, "about", NULL);
    shrink->best = edit_set(shrink->arena, shrink->best, "museum", NULL);
    go_through(shrink, 0);
    for (size_t i = 0; i < sizeof(worths) / sizeof(worths[0]); i++) {
        go_through(shrink, worths[i]);
        any = true;
        for (int round = 0; any && round < ROUNDS && shrink->end == SHRINK_WHOLE; round++) {
            shrink_pass_begins(shrink, "what clients do");
            any = shrink_list_operations(shrink, worths[i]);
            if (any) /* before all else has to read it again and again */
                shrink_tail(shrink, worths[i]);
            any |= go_through(shrink, worths[i]);
            any |= polish(shrink, worths[i] / 16);
        }
    }
    shrink_pass_begins(shrink, "luck");
    any = shrink_luck(shrink, worths[1]);
    for (int round = 0; any && round < ROUNDS && shrink->end == SHRINK_WHOLE; round++) {
        any = go_through(shrink, 0);
        shrink_pass_begins(shrink, "decisions");
        any |= shrink_decisions(shrink);
        any |= polish(shrink, 0);
    }
    shrink_defaults(shrink); /* whatever ended the search */
}

/* -- what is written --------------------------------------------------------------------------- */

static uint32_t count_faults(const struct sim_tree *tree)
{
    return shrink_count(tree, faults_key) + shrink_count(tree, actions_key);
}

static sim_time duration_of(const struct sim_tree *tree)
{
    static const char *const keys[] = { "duration", NULL };
    sim_time duration = 0;

    shrink_read_time(edit_get(tree, keys), &duration);
    return duration;
}

static const char *what_fails(const struct shrink *shrink)
{
    return shrink->target.death ? shrink->target.death : shrink->target.expectation;
}

/* "faults 183 -> 2" */
static void print_sizes(const struct shrink *shrink, const char *before, FILE *file)
{
    char from[SIM_TIME_TEXT], to[SIM_TIME_TEXT];

    fprintf(file,
            "%sfaults and actions %" PRIu32 " -> %" PRIu32 ", operations %" PRIu64 " -> %" PRIu64
            ",\n",
            before, shrink->first_faults, count_faults(shrink->best), shrink->first.operations,
            shrink->run.operations);
    fprintf(file,
            "%snodes %" PRIu64 " -> %" PRIu64 ", duration %s -> %s, events %" PRIu64 " -> %" PRIu64
            "\n",
            before, shrink->first.nodes, shrink->run.nodes,
            sim_time_text(from, shrink->first_duration),
            sim_time_text(to, duration_of(shrink->best)), shrink->first.events, shrink->run.events);
}

static void print_comment(FILE *file, const char *text)
{
    fputs("#   ", file);
    shown_print(file, text, strlen(text));
    fputc('\n', file);
}

static enum exit_code write_scenario(const struct shrink *shrink, const char *path)
{
    FILE *file = output_file_open(path);
    const struct sim_plan *plan = sim_scenario_plan(shrink->base);

    if (!file)
        return EXIT_USAGE;
    char *again = repeat_line(shrink->options, plan->seed);
    fputs(OUTPUT_FILE_SHRUNK "#\n# What is left of this run, by orrery " ORRERY_VERSION ":\n",
          file);
    print_comment(file, again);
    fputs("# It fails in the same way:\n", file);
    print_comment(file, what_fails(shrink));
    if (shrink->target.text)
        print_comment(file, shrink->target.text);
    print_sizes(shrink, "# ", file);
    if (!shrink_is_seeded(shrink->best))
        fputs("# No seed decides anything in it: what is not written here is plain.\n", file);
    if (shrink->end != SHRINK_WHOLE)
        fprintf(file, "# The search was ended early (%s): more might go.\n",
                end_names[shrink->end]);
    sim_free(again);
    shrink_print(shrink->best, file);
    return output_file_close(file, path, ferror(file) ? "it could not be written" : NULL);
}

/* -- what is told ------------------------------------------------------------------------------ */

static void print_json_sizes(struct sim_output *out, const char *name, uint32_t faults,
                             sim_time duration, const struct shrink_run *run)
{
    char text[SIM_TIME_TEXT];

    sim_output_text(out, ",");
    sim_output_string(out, name);
    sim_output_text(out, ":{\"faults\":");
    sim_output_natural(out, faults);
    sim_output_text(out, ",\"operations\":");
    sim_output_natural(out, run->operations);
    sim_output_text(out, ",\"nodes\":");
    sim_output_natural(out, run->nodes);
    sim_output_text(out, ",\"duration\":");
    sim_output_string(out, sim_time_text(text, duration));
    sim_output_text(out, ",\"events\":");
    sim_output_natural(out, run->events);
    sim_output_text(out, "}");
}

static void print_json(const struct shrink *shrink, const char *again)
{
    const struct sim_plan *plan = sim_scenario_plan(shrink->base);
    const char *const pairs[][2] = {
        { "kind", shrink->target.kind },
        { "expectation", shrink->target.expectation },
        { "text", shrink->target.text },
        { "death", shrink->target.death },
        { "end", end_names[shrink->end] },
        { "file", shrink->options->out },
        { "digest", shrink->target.death ? NULL : shrink->run.digest },
        { "repeat", again },
    };
    struct sim_output out;

    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"scenario\":");
    sim_output_string(&out, plan->name);
    sim_output_text(&out, ",\"seed\":");
    sim_output_natural(&out, plan->seed);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        sim_output_text(&out, ",");
        sim_output_string(&out, pairs[i][0]);
        sim_output_text(&out, ":");
        if (pairs[i][1])
            sim_output_string(&out, pairs[i][1]);
        else
            sim_output_text(&out, "null");
    }
    sim_output_text(&out, ",\"runs\":");
    sim_output_natural(&out, shrink->runs);
    print_json_sizes(&out, "before", shrink->first_faults, shrink->first_duration, &shrink->first);
    print_json_sizes(&out, "after", count_faults(shrink->best), duration_of(shrink->best),
                     &shrink->run);
    sim_output_text(&out, ",\"luck\":{\"seeded\":");
    sim_output_text(&out, shrink_is_seeded(shrink->best) ? "true" : "false");
    sim_output_text(&out, ",\"decisions\":");
    sim_output_natural(&out, shrink_count_decisions(shrink->best));
    sim_output_text(&out, "}}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

static void print_report(const struct shrink *shrink, const char *again)
{
    const struct sim_plan *plan = sim_scenario_plan(shrink->base);

    shown_print(stdout, plan->name, strlen(plan->name));
    printf(", seed %" PRIu64 "\n  ", plan->seed);
    shown_wrap(stdout, what_fails(shrink), 2, 4);
    fputs("\n\n", stdout);
    print_sizes(shrink, "  ", stdout);
    printf("  after %" PRIu64 " runs%s\n\n", shrink->runs,
           shrink->end == SHRINK_TIME          ? ", when the time was over: more might go"
           : shrink->end == SHRINK_RUNS        ? ", as many as were allowed: more might go"
           : shrink->end == SHRINK_INTERRUPTED ? ", when it was interrupted: more might go"
                                               : "");
    printf("repeat  %s\n", again);
}

/* Its luck stands in it: any seed will do. */
static char *repeat_shrunk(const struct shrink *shrink)
{
    const struct options plain = { .path = shrink->options->out };

    return repeat_line(&plain, 1);
}

/* -- the command ------------------------------------------------------------------------------- */

static char *default_out(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);

    if (strcmp(path, "-") == 0)
        return sim_copy_text("shrunk.yaml");
    return sim_format("%.*s.shrunk.yaml", (int)length, name);
}

static enum exit_code shrink_scenario(struct shrink *shrink)
{
    enum exit_code code = EXIT_USAGE;

    shrink->arena = sim_arena_create();
    shrink_tries_create(shrink);
    if (shrink_begin(shrink)) {
        search(shrink);
        if (shrink->end == SHRINK_BROKEN) {
            code = EXIT_INTERNAL;
        } else if (!shrink_verify(shrink)) {
            fputs("orrery: internal error: what is left does not fail in the same way when it is "
                  "run anew\n",
                  stderr);
            code = EXIT_INTERNAL;
        } else {
            code = worse(EXIT_VIOLATED, write_scenario(shrink, shrink->options->out));
        }
    } else if (shrink->end == SHRINK_BROKEN) {
        code = EXIT_INTERNAL;
    }
    shrink_tries_destroy(shrink->tries);
    if (code == EXIT_VIOLATED && strcmp(shrink->options->out, "-") != 0) {
        char *again = repeat_shrunk(shrink);

        if (shrink->options->json)
            print_json(shrink, again);
        else if (!shrink->options->quiet)
            print_report(shrink, again);
        sim_free(again);
    }
    for (size_t i = 0; i < shrink->document_count; i++)
        sim_document_destroy(shrink->documents[i]);
    sim_free(shrink->documents);
    sim_arena_destroy(shrink->arena);
    texts_finish(&shrink->texts);
    return code;
}

static int read_options(struct shrink *shrink, struct options *options)
{
    uint64_t last;
    int done;

    if (!options->path)
        return usage_error("shrink needs a scenario file, as in: shrink x.yaml --seed 42");
    if (options->runs && (!parse_seeds(options->runs, &shrink->runs_most, &last) ||
                          shrink->runs_most != last || last == 0))
        return usage_error("--runs takes a number from 1, not '%s'", options->runs);
    if (options->out && strcmp(options->out, "-") == 0 && options->json)
        return usage_error("--out - and --json are both standard output");
    if ((done = options_jobs(options, &shrink->jobs)) >= 0 ||
        (done = options_budget(options, &shrink->budget)) >= 0)
        return done;
    return output_file_refuse(options, "--out", options->out);
}

static int shrink(int argc, char **argv)
{
    static const char *const allowed[] = { "seed",       "set",  "overlay", "variant",
                                           "fails-with", "out",  "jobs",    "time",
                                           "runs",       "json", "quiet",   "error-format",
                                           NULL };
    struct options options;
    struct shrink shrink = { .options = &options };
    char *out = NULL;
    int done = options_parse(&options, argc, argv, &shrink_command, allowed);

    if (done < 0 && options.path && !options.out)
        options.out = out = default_out(options.path);
    if (done < 0)
        done = read_options(&shrink, &options);
    if (done < 0) {
        shrink.base = load_scenario(&options);
        done = shrink.base ? (int)shrink_scenario(&shrink) : EXIT_USAGE;
        sim_scenario_destroy(shrink.base);
    }
    sim_free(out);
    options_finish(&options);
    return done;
}

const struct command shrink_command = {
    .name = "shrink",
    .summary = "make the least scenario that fails in the same way as a run",
    .usage =
        "FILE [OPTIONS]\n\n"
        "  --seed N             the seed that fails (else the scenario's `seed:`, else 1)\n"
        "  --set PATH=VALUE     override one value, as in nodes.store.count=7\n"
        "  --overlay FILE       lay another file over it\n"
        "  --variant NAME       a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with         with the overrides of its 'fails_with:'\n"
        "  --out FILE           where the result goes (else NAME.shrunk.yaml here); - is standard\n"
        "                       output, and nothing else is printed\n"
        "  -j, --jobs N         so many runs at a time; else one for each processor\n"
        "  --time SPAN          end the search after so much time, as in --time 1m\n"
        "  --runs N             end it after so many runs\n"
        "  --json               the result as one JSON object\n"
        "  --error-format=json  errors as JSON\n"
        "  --quiet              only the exit code\n"
        "\nWrites the run down, its faults as they struck and in the end its operations, too, and\n"
        "takes out whatever is not needed to violate the same expectation in the same way: kinds\n"
        "of faults, single faults, their lengths, load and operations, nodes, the luck of the\n"
        "network, time, keys. Where that shifts the rest, it tries other lucks before it gives\n"
        "up. At last luck itself goes: it is made plain, and what still matters of it is written\n"
        "out as decisions (`luck: {messages, draws}`), if they are few; else a seed stays there.\n"
        "What is left fails whatever seed it is given, and no fault, operation or decision can be\n"
        "taken out of it alone.\n"
        "\nThe result does not depend on --jobs, nor on the machine unless --time or Ctrl-C ends\n"
        "the search; both keep the best so far. What it fails with first is what is shrunk; a\n"
        "`violation:` that a scenario expects counts, too. Exit codes: 1 it fails, and the result\n"
        "was written and run again; 2 nothing fails.\n",
    .run = shrink,
};

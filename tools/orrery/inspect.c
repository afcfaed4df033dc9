/* inspect.c - a run at a prompt: step by step, until something happens, and back. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/observe/figure.h"
#include "tools/orrery/condition.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shown.h"
#include "tools/orrery/spans.h"
#include "tools/orrery/state.h"
#include "tools/orrery/story.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_MAX = 20, LIST_MAX = 40, CAUSES_SHOWN = 24, LOOK_FOR_SIGNAL = 1024 };

struct prompt {
    const struct options *options;
    struct inspection inspection;
    bool wrong, leaves; /* some line was; the last one said so */
};

static void complain(struct prompt *prompt, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Beside what else is told, so that a transcript has it at its place. */
static void complain(struct prompt *prompt, const char *format, ...)
{
    va_list arguments;

    fputs("? ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    fputc('\n', stdout);
    prompt->wrong = true;
}

/* -- where it is ------------------------------------------------------------------------------- */

static void print_where(const struct prompt *prompt)
{
    static const char *const ends[] = {
        [SIM_END_DURATION] = ": its time is over",
        [SIM_END_QUIET] = ": nothing is left to happen",
        [SIM_END_VIOLATED] = ": an invariant is broken",
        [SIM_END_LIMIT] = ": a limit was reached",
    };
    const struct inspection *inspection = &prompt->inspection;
    char time[SIM_TIME_TEXT], events[SIM_FIGURE_TEXT];

    printf("at %s, step %" PRIu64 ", after %s events%s%s\n",
           sim_time_text(time, sim_world_time(inspection->world)), inspection->steps,
           sim_figure_count(events, sim_world_events(inspection->world)),
           inspection->is_over ? "; the run has ended" : "",
           inspection->is_over ? ends[sim_world_end(inspection->world)] : "");
    if (inspection->chronicle.is_full)
        puts("what happened so far is all that can be kept: go back, or end with quit");
}

/* The last of what happened since BEFORE. */
static void print_since(const struct prompt *prompt, size_t before)
{
    const struct chronicle *chronicle = &prompt->inspection.chronicle;
    size_t first = before;
    char count[SIM_FIGURE_TEXT];

    if (chronicle->count - before > SHOWN_MAX) {
        first = chronicle->count - SHOWN_MAX;
        printf("%8s  (%s before)\n", "...", sim_figure_count(count, first - before));
    }
    for (size_t i = first; i < chronicle->count; i++) {
        struct event event;

        chronicle_event(chronicle, &chronicle->moments[i],
                        sim_recorder_names(prompt->inspection.recorder), &event);
        event_print_numbered(&event, stdout);
    }
    if (prompt->inspection.is_over || prompt->inspection.chronicle.is_full)
        print_where(prompt);
}

/* -- going on ---------------------------------------------------------------------------------- */

/* Ctrl-C ends what is under way, not the inspection; it is blocked meanwhile. */
static bool take_signal(void)
{
    sigset_t pending, one;
    int got;

    sigpending(&pending);
    if (!sigismember(&pending, SIGINT))
        return false;
    sigemptyset(&one);
    sigaddset(&one, SIGINT);
    sigwait(&one, &got);
    return true;
}

/* Goes on while MORE says so after a step behind which there are more than BEFORE moments. */
static void go_on(struct prompt *prompt,
                  bool (*more)(struct prompt *prompt, void *context, size_t before), void *context)
{
    struct inspection *inspection = &prompt->inspection;
    const size_t first = inspection->chronicle.count;
    size_t before;
    sigset_t block, unblocked;
    bool stopped = false;

    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &unblocked);
    do {
        before = inspection->chronicle.count;
        if (!inspection_step(inspection))
            break;
        stopped = inspection->steps % LOOK_FOR_SIGNAL == 0 && take_signal();
    } while (!stopped && more(prompt, context, before));
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    if (stopped)
        puts("interrupted");
    print_since(prompt, first);
}

static bool read_count(struct prompt *prompt, const char *words, uint64_t *count)
{
    uint64_t last;

    *count = 1;
    if (*words == '\0')
        return true;
    if (parse_seeds(words, count, &last) && *count == last && *count > 0)
        return true;
    complain(prompt, "expected a number of steps, from 1, not '%.40s'", words);
    return false;
}

static bool counts_down(struct prompt *prompt, void *context, size_t before)
{
    uint64_t *left = context;

    (void)prompt;
    (void)before;
    return --*left > 0;
}

static void step(struct prompt *prompt, const char *words)
{
    uint64_t count;

    if (read_count(prompt, words, &count))
        go_on(prompt, counts_down, &count);
}

static void go_back(struct prompt *prompt, const char *words)
{
    struct inspection *inspection = &prompt->inspection;
    uint64_t count;

    if (!read_count(prompt, words, &count))
        return;
    if (inspection->steps == 1) {
        complain(prompt, "this is the beginning: all nodes have started");
        return;
    }
    inspection_return(inspection, inspection->steps > count ? inspection->steps - count : 1);
    print_where(prompt);
}

struct range {
    uint32_t first, count;
};

static bool read_nodes(struct prompt *prompt, const char *name, struct range *range)
{
    if (sim_names_find(sim_recorder_names(prompt->inspection.recorder), name, &range->first,
                       &range->count))
        return true;
    complain(prompt, "no node or group '%.40s'", name);
    return false;
}

static bool is_elsewhere(struct prompt *prompt, void *context, size_t before)
{
    const struct chronicle *chronicle = &prompt->inspection.chronicle;
    const struct range *range = context;

    for (size_t i = before; i < chronicle->count; i++) {
        const struct moment_kept *moment = &chronicle->moments[i];

        if (chronicle_is_event(moment) && moment->node != SIM_NO_GROUP &&
            moment->node - range->first < range->count)
            return false;
    }
    return true;
}

static void next(struct prompt *prompt, const char *words)
{
    struct range range;

    if (*words == '\0')
        complain(prompt, "next needs a node or a group");
    else if (read_nodes(prompt, words, &range))
        go_on(prompt, is_elsewhere, &range);
}

static bool is_unmet(struct prompt *prompt, void *context, size_t before)
{
    return !condition_is_met(context, &prompt->inspection, before);
}

static void until(struct prompt *prompt, const char *words)
{
    struct condition condition;
    char text[CONDITION_TEXT];
    const char *wrong = condition_parse(&condition, &prompt->inspection, words, text);

    if (wrong)
        complain(prompt, "%s", wrong);
    else if (condition.kind != CONDITION_EVENT &&
             condition_is_met(&condition, &prompt->inspection, 0))
        complain(prompt, "it is so already");
    else
        go_on(prompt, is_unmet, &condition);
    condition_finish(&condition);
}

/* -- looking ----------------------------------------------------------------------------------- */

static void show_state(struct prompt *prompt, const char *words)
{
    const struct inspection *inspection = &prompt->inspection;
    struct range range = { 0, sim_world_nodes(inspection->world) };
    const struct state_report report = { .plan = inspection->plan,
                                         .world = inspection->world,
                                         .recorder = inspection->recorder };

    if (*words != '\0' && !read_nodes(prompt, words, &range))
        return;
    for (uint32_t i = 0; i < range.count; i++)
        state_print_node(&report, range.first + i, stdout);
}

struct showing {
    const struct prompt *prompt;
    struct range range;
    size_t count;
};

static void show_flight(void *context, const struct sim_flight *flight)
{
    struct showing *showing = context;
    const struct inspection *inspection = &showing->prompt->inspection;
    const struct sim_names *names = sim_recorder_names(inspection->recorder);
    char from[64], to[64], due[SIM_TIME_TEXT];
    size_t column;

    if (flight->from - showing->range.first >= showing->range.count &&
        flight->to - showing->range.first >= showing->range.count)
        return;
    if (showing->count++ >= LIST_MAX)
        return;
    sim_time_text(due, flight->due - sim_world_time(inspection->world));
    column = (size_t)printf("  in %-12s %s to %s", due, sim_names_text(names, flight->from, from),
                            sim_names_text(names, flight->to, to));
    char *words = sim_format(" %s %s, sent by %" PRIu64 "%s", flight->kind, flight->what,
                             flight->cause, flight->words ? ":" : "");

    for (uint32_t i = 0; flight->words && i < flight->record->words; i++) {
        size_t length;
        const char *name = sim_record_field(flight->record, i, &length);
        char number[24] = "-", *more;

        if (flight->words[i] != SIM_NIL)
            snprintf(number, sizeof(number), "%" PRId64, flight->words[i]);
        more = sim_format("%s%s %.*s %s", words, i > 0 ? "," : "", (int)length, name, number);
        sim_free(words);
        words = more;
    }
    shown_wrap(stdout, words, column, 18);
    fputc('\n', stdout);
    sim_free(words);
}

static void print_rest(size_t count, const char *none)
{
    if (count == 0)
        puts(none);
    if (count > LIST_MAX)
        printf("  and %zu more\n", count - LIST_MAX);
}

static void show_flights(struct prompt *prompt, const char *words)
{
    struct showing showing = { prompt, { 0, sim_world_nodes(prompt->inspection.world) }, 0 };

    if (*words != '\0' && !read_nodes(prompt, words, &showing.range))
        return;
    sim_world_flights(prompt->inspection.world, show_flight, &showing);
    print_rest(showing.count, "nothing is under way");
}

struct timer_shown {
    uint32_t node;
    struct sim_timer_status status;
};

static int compare_timers(const void *left, const void *right)
{
    const struct timer_shown *a = left, *b = right;

    return (a->status.due > b->status.due) - (a->status.due < b->status.due);
}

static struct timer_shown *find_timers(const struct inspection *inspection, struct range range,
                                       size_t *count)
{
    struct timer_shown *timers = NULL, timer;
    struct sim_node_status node;
    size_t capacity = 0;

    *count = 0;
    for (timer.node = range.first; timer.node - range.first < range.count; timer.node++) {
        sim_world_node_status(inspection->world, timer.node, &node);
        for (uint32_t k = 0;
             !node.is_down && sim_world_node_timer(inspection->world, timer.node, k, &timer.status);
             k++) {
            if (timer.status.due == SIM_TIME_NEVER)
                continue;
            timers = sim_grow(timers, &capacity, *count + 1, sizeof(*timers));
            timers[(*count)++] = timer;
        }
    }
    sim_sort(timers, *count, sizeof(*timers), compare_timers);
    return timers;
}

static void show_timers(struct prompt *prompt, const char *words)
{
    const struct inspection *inspection = &prompt->inspection;
    const sim_time now = sim_world_time(inspection->world);
    struct range range = { 0, sim_world_nodes(inspection->world) };
    struct timer_shown *timers;
    char when[SIM_TIME_TEXT], name[64], peer[64];
    size_t count;

    if (*words != '\0' && !read_nodes(prompt, words, &range))
        return;
    timers = find_timers(inspection, range, &count);
    for (size_t i = 0; i < count && i < LIST_MAX; i++) {
        const struct timer_shown *timer = &timers[i];

        if (timer->status.due < now) /* the node is paused, say */
            printf("  overdue         ");
        else
            printf("  in %-12s ", sim_time_text(when, timer->status.due - now));
        printf("%s %s%s%s\n", sim_world_node_name(inspection->world, timer->node, name),
               timer->status.name, timer->status.peer == SIM_NO_GROUP ? "" : " of ",
               timer->status.peer == SIM_NO_GROUP
                   ? ""
                   : sim_world_node_name(inspection->world, timer->status.peer, peer));
    }
    print_rest(count, "no timer is set");
    sim_free(timers);
}

static void show_causes(struct prompt *prompt, const char *words)
{
    const struct chronicle *chronicle = &prompt->inspection.chronicle;
    uint64_t event = sim_world_events(prompt->inspection.world), last = event;
    struct story story;

    if (*words != '\0' && (!parse_seeds(words, &event, &last) || event != last)) {
        complain(prompt, "expected the number of an event, not '%.40s'", words);
        return;
    }
    size_t target = chronicle_find(chronicle, event);
    if (target == chronicle->count) {
        complain(prompt, "nothing is known of an event %" PRIu64 ": some only lost a message",
                 event);
        return;
    }
    story_causes(&story, chronicle, sim_recorder_names(prompt->inspection.recorder), target,
                 CAUSES_SHOWN);
    if (story.left_out > 0)
        printf("%*s  (%zu before)\n", 13, "...", story.left_out);
    story_print(&story, stdout);
    story_finish(&story);
}

static void show_spans(struct prompt *prompt, const char *words)
{
    struct spans spans;
    char text[SPANS_TEXT];
    const char *wrong =
        spans_find(&spans, &prompt->inspection.chronicle, prompt->inspection.recorder,
                   *words == '\0' ? "slowest" : words, text);

    if (wrong)
        complain(prompt, "%s", wrong);
    else
        spans_print(&spans, stdout);
    spans_finish(&spans);
}

static void where(struct prompt *prompt, const char *words)
{
    (void)words;
    print_where(prompt);
}

static void leave(struct prompt *prompt, const char *words)
{
    (void)words;
    prompt->leaves = true;
}

/* -- the prompt -------------------------------------------------------------------------------- */

static void help(struct prompt *prompt, const char *words);

static const struct row {
    const char *name;
    bool takes_words;
    void (*run)(struct prompt *prompt, const char *words);
    const char *usage, *help;
} rows[] = {
    { "step", true, step, "step [N]", "the next thing that happens, or the next N" },
    { "next", true, next, "next NODE", "on to the next event of a node, or of a group" },
    { "until", true, until, "until TIME", "on to the first event at or behind a time" },
    { NULL, false, NULL, "until KIND [NAME] [at NODE]",
      "... until it happens: message append-entries at store-2" },
    { NULL, false, NULL, "until NODE FIELD = VALUE",
      "... until a node is so: store role = leader (also != < <= > >=)" },
    { "back", true, go_back, "back [N]", "one step back, or N, by running again" },
    { "where", false, where, "where", "the time, and how much has happened" },
    { "state", true, show_state, "state [NODE]", "how nodes are: fields, clocks, timers" },
    { "flight", true, show_flights, "flight [NODE]", "the messages under way, by when they come" },
    { "timers", true, show_timers, "timers [NODE]",
      "the timers that are set, by when they are due" },
    { "causes", true, show_causes, "causes [EVENT]", "what led to an event, or to the last" },
    { "spans", true, show_spans, "spans [TRACE]",
      "what a request brought about: its number, slowest, failed" },
    { "help", false, help, "help", "this" },
    { "quit", false, leave, "quit", "the end" },
};

static void help(struct prompt *prompt, const char *words)
{
    (void)prompt;
    (void)words;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        printf("  %-27s %s\n", rows[i].usage, rows[i].help);
    puts("The first letters of a command are enough; of several the first here is meant.");
}

static const struct row *find_row(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].name && strncmp(rows[i].name, word, length) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Without blanks around it; a line is changed. */
static char *trim(char *line)
{
    size_t length;

    line += strspn(line, " \t\r\n");
    length = strlen(line);
    while (length > 0 && strchr(" \t\r\n", line[length - 1]))
        line[--length] = '\0';
    return line;
}

static void obey(struct prompt *prompt, char *line)
{
    size_t length = strcspn(line, " \t");
    const struct row *row = find_row(line, length);
    const char *words;

    if (*line == '\0' || *line == '#')
        return;
    words = line + length + strspn(line + length, " \t");
    if (!row)
        complain(prompt, "no command '%.*s': 'help' lists them", length < 40 ? (int)length : 40,
                 line);
    else if (*words != '\0' && !row->takes_words)
        complain(prompt, "%s takes nothing behind it", row->name);
    else
        row->run(prompt, words);
}

/* What does not come from a terminal is told as if it had been typed there. */
static enum exit_code converse(struct prompt *prompt)
{
    const bool typed = isatty(STDIN_FILENO) != 0;
    char *line = NULL;
    size_t capacity = 0;

    print_where(prompt);
    while (!prompt->leaves) {
        fputs("> ", stdout);
        fflush(stdout);
        if (getline(&line, &capacity, stdin) < 0)
            break;
        char *trimmed = trim(line);
        if (!typed) {
            shown_print(stdout, trimmed, strlen(trimmed));
            fputc('\n', stdout);
        }
        obey(prompt, trimmed);
    }
    if (!prompt->leaves)
        fputc('\n', stdout);
    free(line); /* getline's */
    return prompt->wrong && !typed ? EXIT_USAGE : EXIT_HOLDS;
}

static enum exit_code inspect_scenario(const struct options *options, struct sim_scenario *scenario)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    struct prompt prompt = { .options = options };
    char *again = repeat_line(options, plan->seed);

    runner_on_death(again);
    inspection_open(&prompt.inspection, scenario);
    shown_print(stdout, plan->name, strlen(plan->name));
    printf(", seed %" PRIu64 "; 'help' lists the commands\n", plan->seed);
    enum exit_code code = converse(&prompt);
    inspection_close(&prompt.inspection);
    runner_on_death(NULL);
    sim_free(again);
    return code;
}

static int inspect(int argc, char **argv)
{
    static const char *const allowed[] = { "seed",        "set",          "overlay",
                                           "variant",     "fails-with",   "branch-at",
                                           "branch-seed", "error-format", NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &inspect_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error("inspect needs a scenario file, as in: inspect "
                           "scenarios/consensus/leader-cut-off.yaml");
    if (done < 0 && strcmp(options.path, "-") == 0)
        done = usage_error("inspect reads commands from standard input: the scenario comes from a "
                           "file");
    if (done < 0)
        done = options_run(&options, inspect_scenario);
    options_finish(&options);
    return done;
}

const struct command inspect_command = {
    .name = "inspect",
    .summary = "go through a run at a prompt, step by step, and back",
    .usage =
        "FILE [OPTIONS]\n\n"
        "  --seed N             the seed (else the scenario's `seed:`, else 1)\n"
        "  --set PATH=VALUE     override one value, as in nodes.store.count=7\n"
        "  --overlay FILE       lay another file over it\n"
        "  --variant NAME       a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with         with the overrides of its 'fails_with:'\n"
        "  --branch-at TIME     from then on the luck is that of\n"
        "  --branch-seed N      seed N\n"
        "  --error-format=json  errors as JSON\n"
        "\nCommands come from the terminal or a file, a line each; 'help' lists them. What "
        "follows\n"
        "'#' at the beginning of a line is no command. A number before an event is its \"id\" in "
        "a\n"
        "trace, for 'causes' and for explain --from. Ctrl-C ends what goes on, not the prompt.\n"
        "Exit codes: 0; 2 if a line that did not come from a terminal was wrong.\n",
    .run = inspect,
};

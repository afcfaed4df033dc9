#define _POSIX_C_SOURCE 200809L
#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "tools/orrery/command.h"
#include "tools/orrery/shown.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum exit_code worse(enum exit_code a, enum exit_code b)
{
    static const int rank[] = { [EXIT_HOLDS] = 0,
                                [EXIT_UNDECIDED] = 1,
                                [EXIT_VIOLATED] = 2,
                                [EXIT_USAGE] = 3,
                                [EXIT_INTERNAL] = 4 };

    return rank[a] >= rank[b] ? a : b;
}

int usage_error(const char *format, ...)
{
    va_list arguments;

    fputs("orrery: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\n'orrery --help' lists the commands, 'orrery COMMAND --help' the options\n", stderr);
    return EXIT_USAGE;
}

bool use_colour(FILE *file)
{
    const char *no = getenv("NO_COLOR");

    return !(no && *no) && isatty(fileno(file));
}

/* As large as `seed:` in a scenario may be. */
static bool parse_seed(const char *text, uint64_t *value)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= INT64_MAX;
}

bool parse_seeds(const char *text, uint64_t *first, uint64_t *last)
{
    const char *dots = strstr(text, "..");
    char low[24];

    if (!dots) {
        *last = 0;
        if (!parse_seed(text, first))
            return false;
        *last = *first;
        return true;
    }
    if ((size_t)(dots - text) >= sizeof(low))
        return false;
    memcpy(low, text, (size_t)(dots - text));
    low[dots - text] = '\0';
    return parse_seed(low, first) && parse_seed(dots + 2, last) && *first <= *last;
}

enum option_value {
    OPTION_SEED = 256,
    OPTION_SET,
    OPTION_OVERLAY,
    OPTION_VARIANT,
    OPTION_FAILS_WITH,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_ERROR_FORMAT,
    OPTION_PRINT_EFFECTIVE,
    OPTION_TRACE,
    OPTION_TRACE_FILTER,
    OPTION_TRACE_CLOCKS,
    OPTION_HISTORY,
    OPTION_WRITE_FAULTS,
    OPTION_WRITE_DECISIONS,
    OPTION_SEEDS,
    OPTION_JOBS,
    OPTION_UNTIL,
    OPTION_STATE,
    OPTION_FROM,
    OPTION_MERMAID,
    OPTION_SPANS,
    OPTION_IN,
    OPTION_WITH_SEED,
    OPTION_WITH_SET,
    OPTION_WITH_VARIANT,
    OPTION_WITH_FAILS_WITH,
    OPTION_UNTIL_FAILURE,
    OPTION_TIME,
    OPTION_MATRIX,
    OPTION_SHARD,
    OPTION_JUNIT,
    OPTION_DB,
    OPTION_SUMMARY,
    OPTION_BRANCH_AT,
    OPTION_BRANCH_SEED,
    OPTION_BRANCH_SCAN,
    OPTION_OUT,
    OPTION_RUNS,
    OPTION_VARIANTS,
    OPTION_BASELINE,
    OPTION_CLIENTS,
    OPTION_FORMAT,
    OPTION_HELP,
};

static const struct option_row {
    const char *name;
    bool argument;
    int value;
} rows[] = {
    { "seed", true, OPTION_SEED },
    { "set", true, OPTION_SET },
    { "overlay", true, OPTION_OVERLAY },
    { "variant", true, OPTION_VARIANT },
    { "fails-with", false, OPTION_FAILS_WITH },
    { "json", false, OPTION_JSON },
    { "quiet", false, OPTION_QUIET },
    { "error-format", true, OPTION_ERROR_FORMAT },
    { "print-effective", false, OPTION_PRINT_EFFECTIVE },
    { "trace", true, OPTION_TRACE },
    { "trace-filter", true, OPTION_TRACE_FILTER },
    { "trace-clocks", true, OPTION_TRACE_CLOCKS },
    { "history", true, OPTION_HISTORY },
    { "write-faults", true, OPTION_WRITE_FAULTS },
    { "write-decisions", true, OPTION_WRITE_DECISIONS },
    { "seeds", true, OPTION_SEEDS },
    { "jobs", true, OPTION_JOBS },
    { "until", true, OPTION_UNTIL },
    { "state", false, OPTION_STATE },
    { "from", true, OPTION_FROM },
    { "mermaid", true, OPTION_MERMAID },
    { "spans", true, OPTION_SPANS },
    { "in", true, OPTION_IN },
    { "with-seed", true, OPTION_WITH_SEED },
    { "with-set", true, OPTION_WITH_SET },
    { "with-variant", true, OPTION_WITH_VARIANT },
    { "with-fails-with", false, OPTION_WITH_FAILS_WITH },
    { "until-failure", false, OPTION_UNTIL_FAILURE },
    { "time", true, OPTION_TIME },
    { "matrix", true, OPTION_MATRIX },
    { "shard", true, OPTION_SHARD },
    { "junit", true, OPTION_JUNIT },
    { "db", true, OPTION_DB },
    { "summary", false, OPTION_SUMMARY },
    { "branch-at", true, OPTION_BRANCH_AT },
    { "branch-seed", true, OPTION_BRANCH_SEED },
    { "branch-scan", true, OPTION_BRANCH_SCAN },
    { "out", true, OPTION_OUT },
    { "runs", true, OPTION_RUNS },
    { "variants", true, OPTION_VARIANTS },
    { "baseline", true, OPTION_BASELINE },
    { "clients", true, OPTION_CLIENTS },
    { "format", true, OPTION_FORMAT },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void add_text(const char ***list, size_t *count, const char *text)
{
    *list =
        sim_resize(*list, *list ? (*count + 1) * sizeof(**list) : 0, (*count + 2) * sizeof(**list));
    (*list)[(*count)++] = text;
    (*list)[*count] = NULL;
}

/* Of branches; the same. */
static int take_branch_option(struct options *options, int option, const char *value)
{
    char text[SIM_UNITS_TEXT];
    const char *wrong;

    if (option == OPTION_BRANCH_SEED) {
        options->has_branch_seed = true;
        if (!parse_seed(value, &options->branch_seed))
            return usage_error("--branch-seed takes a whole number up to %lld, not '%s'",
                               (long long)INT64_MAX, value);
        return -1;
    }
    options->has_branch_at = true;
    wrong = sim_units_duration(value, &options->branch_at, text);
    if (!wrong && options->branch_at < 0)
        wrong = "expected a time from the start on";
    return wrong ? usage_error("--branch-at '%s': %s", value, wrong) : -1;
}

/* Of looking into runs, and of the second of two; the same. */
static int take_with_option(struct options *options, int option, const char *value)
{
    char text[SIM_UNITS_TEXT];
    const char *wrong;

    switch (option) {
    case OPTION_BRANCH_AT:
    case OPTION_BRANCH_SEED:
        return take_branch_option(options, option, value);
    case OPTION_UNTIL:
        options->has_until = true;
        wrong = sim_units_duration(value, &options->until, text);
        if (!wrong && options->until <= 0)
            wrong = "expected a time after the start";
        if (wrong)
            return usage_error("--until '%s': %s", value, wrong);
        break;
    case OPTION_STATE:
        options->state = true;
        break;
    case OPTION_FROM:
        options->has_from = true;
        if (!parse_seed(value, &options->from) || options->from == 0)
            return usage_error("--from takes the number of an event, from 1, not '%s'", value);
        break;
    case OPTION_MERMAID:
        options->mermaid = value;
        break;
    case OPTION_SPANS:
        options->spans = value;
        break;
    case OPTION_IN:
        options->folder = value;
        break;
    case OPTION_WITH_SEED:
        options->with.has_seed = true;
        if (!parse_seed(value, &options->with.seed))
            return usage_error("--with-seed takes a whole number up to %lld, not '%s'",
                               (long long)INT64_MAX, value);
        break;
    case OPTION_WITH_SET:
        add_text(&options->with.sets, &options->with.set_count, value);
        break;
    case OPTION_WITH_VARIANT:
        options->with.variant = value;
        break;
    default:
        assert(option == OPTION_WITH_FAILS_WITH);
        options->with.fails_with = true;
    }
    return -1;
}

/* Those of a sweep and of shrinking; false: it is none of these. */
static bool take_sweep_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_SEEDS:
        options->seeds = value;
        break;
    case OPTION_JOBS:
        options->jobs = value;
        break;
    case OPTION_UNTIL_FAILURE:
        options->until_failure = true;
        break;
    case OPTION_TIME:
        options->time = value;
        break;
    case OPTION_MATRIX:
        add_text(&options->matrix, &options->matrix_count, value);
        break;
    case OPTION_SHARD:
        options->shard = value;
        break;
    case OPTION_JUNIT:
        options->junit = value;
        break;
    case OPTION_DB:
        options->db = value;
        break;
    case OPTION_SUMMARY:
        options->summary = true;
        break;
    case OPTION_BRANCH_SCAN:
        options->branch_scan = value;
        break;
    case OPTION_OUT:
        options->out = value;
        break;
    case OPTION_RUNS:
        options->runs = value;
        break;
    case OPTION_VARIANTS:
        options->variants = value;
        break;
    case OPTION_BASELINE:
        options->baseline = value;
        break;
    case OPTION_CLIENTS:
        options->clients = value;
        break;
    case OPTION_FORMAT:
        options->format = value;
        break;
    default:
        return false;
    }
    return true;
}

/* Returns -1, or the exit code of a wrong value. */
static int take_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_SEED:
        options->has_seed = true;
        if (!parse_seed(value, &options->seed))
            return usage_error("--seed takes a whole number up to %lld, not '%s'",
                               (long long)INT64_MAX, value);
        break;
    case OPTION_SET:
        add_text(&options->sets, &options->set_count, value);
        break;
    case OPTION_OVERLAY:
        if (strcmp(value, "-") == 0)
            return usage_error("--overlay takes a file, not standard input");
        add_text(&options->overlays, &options->overlay_count, value);
        break;
    case OPTION_VARIANT:
        options->variant = value;
        break;
    case OPTION_FAILS_WITH:
        options->fails_with = true;
        break;
    case OPTION_JSON:
        options->json = true;
        break;
    case OPTION_QUIET:
        options->quiet = true;
        break;
    case OPTION_ERROR_FORMAT:
        if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
            return usage_error("--error-format is text or json, not '%s'", value);
        options->json_errors = strcmp(value, "json") == 0;
        break;
    case OPTION_PRINT_EFFECTIVE:
        options->print_effective = true;
        break;
    case OPTION_TRACE:
        options->trace = value;
        break;
    case OPTION_TRACE_FILTER:
        options->trace_filter = value;
        break;
    case OPTION_TRACE_CLOCKS:
        options->trace_clocks = value;
        break;
    case OPTION_HISTORY:
        options->history = value;
        break;
    case OPTION_WRITE_FAULTS:
        options->write_faults = value;
        break;
    case OPTION_WRITE_DECISIONS:
        options->write_decisions = value;
        break;
    default:
        if (!take_sweep_option(options, option, value))
            return take_with_option(options, option, value);
    }
    return -1;
}

/* FOUND is what getopt_long returned, ':' or '?'. */
static int wrong_option(const struct command *command, const char *word, const struct option *longs,
                        int found)
{
    const char *names[ROWS + 2] = { NULL };

    if (found == '?' && optopt != 0 && optopt < OPTION_SEED) /* one letter of several, perhaps */
        return usage_error("%s: no option '-%c'", command->name,
                           optopt > ' ' && optopt < 0x7f ? optopt : '?');
    if (found == ':')
        return usage_error("%s: %s needs a value", command->name, word);
    if (optopt >= OPTION_SEED)
        return usage_error("%s: %.*s takes no value", command->name, (int)strcspn(word, "="), word);
    for (int i = 0; longs[i].name; i++)
        names[i] = longs[i].name;
    const char *near = strncmp(word, "--", 2) == 0 ? sim_nearest(word + 2, names) : NULL;
    if (near)
        return usage_error("%s: no option '%s'; did you mean '--%s'?", command->name, word, near);
    return usage_error("%s: no option '%s'", command->name, word);
}

/* A second value would silently undo the first; --set, --overlay and --matrix add up. */
static bool is_twice(const struct option_row *row, uint64_t *seen)
{
    uint64_t bit = UINT64_C(1) << (row - rows);
    bool twice = (*seen & bit) != 0;
    bool adds = row->value == OPTION_SET || row->value == OPTION_OVERLAY ||
                row->value == OPTION_WITH_SET || row->value == OPTION_MATRIX;

    *seen |= bit;
    return twice && row->argument && !adds;
}

int options_parse(struct options *options, int argc, char **argv, const struct command *command,
                  const char *const *allowed)
{
    struct option longs[ROWS + 2];
    size_t count = 0;
    uint64_t seen = 0;
    int found, wrong;
    bool jobs = false;

    *options = (struct options){ 0 };
    for (; *allowed; allowed++) {
        for (size_t i = 0; i < ROWS; i++) {
            if (strcmp(rows[i].name, *allowed) != 0)
                continue;
            jobs |= rows[i].value == OPTION_JOBS;
            longs[count++] = (struct option){ rows[i].name, rows[i].argument, NULL, rows[i].value };
        }
    }
    longs[count++] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
    longs[count] = (struct option){ 0 };
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, jobs ? ":hj:" : ":h", longs, NULL)) != -1) {
        if (found == 'j')
            found = OPTION_JOBS;
        if (found == '?' || found == ':')
            return wrong_option(command, argv[optind - 1], longs, found);
        if (found == 'h' || found == OPTION_HELP) {
            printf("%s\n\nusage: orrery %s %s", command->summary, command->name, command->usage);
            return EXIT_HOLDS;
        }
        for (size_t i = 0; i < ROWS; i++) {
            if (rows[i].value == found && is_twice(&rows[i], &seen))
                return usage_error("%s: --%s is given twice", command->name, rows[i].name);
        }
        if ((wrong = take_option(options, found, optarg)) >= 0)
            return wrong;
    }
    if (optind < argc)
        options->path = argv[optind++];
    if (optind < argc && command->two_words)
        options->other = argv[optind++];
    if (optind < argc)
        return usage_error("%s: one word too many: '%s'", command->name, argv[optind]);
    return -1;
}

enum { JOBS_MAX = 1024 };

int options_jobs(const struct options *options, unsigned *jobs)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t first, last;

    *jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : (unsigned)processors;
    if (!options->jobs)
        return -1;
    if (!parse_seeds(options->jobs, &first, &last) || first != last || first < 1 ||
        first > JOBS_MAX)
        return usage_error("--jobs takes a number from 1 to %d, not '%s'", JOBS_MAX, options->jobs);
    *jobs = (unsigned)first;
    return -1;
}

int options_budget(const struct options *options, sim_time *budget)
{
    char text[SIM_UNITS_TEXT];
    const char *value = options->time;
    const char *wrong = value ? sim_units_duration(value, budget, text) : NULL;

    if (wrong)
        return usage_error("--time: %s", wrong);
    if (value && *budget <= 0)
        return usage_error("--time takes a time such as 10m, not '%s'", value);
    return -1;
}

void options_finish(struct options *options)
{
    sim_free(options->sets);
    sim_free(options->overlays);
    sim_free(options->with.sets);
    sim_free(options->matrix);
}

int options_list(int argc, char **argv, const struct command *command,
                 int (*list)(const char *name, bool json))
{
    static const char *const allowed[] = { "json", NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, command, allowed);

    if (done < 0)
        done = list(options.path, options.json);
    options_finish(&options);
    return done;
}

struct sim_catalogue catalogue(void)
{
    /* a checker begins with its description, so its address is that of the description */
    return (struct sim_catalogue){
        .models = sim_models(),
        .filters = sim_filters(),
        .checkers = (const struct sim_described *const *)(const void *)sim_checkers(),
    };
}

static bool model_has_key(const void *context, const char *model, const char *key)
{
    const struct sim_model *const *models = context;

    for (; *models; models++) {
        if (strcmp((*models)->name, model) != 0)
            continue;
        for (const struct sim_field *field = (*models)->params.fields; field && field->name;
             field++) {
            if (strcmp(field->name, key) == 0)
                return true;
        }
    }
    return false;
}

/* The plan is the one that OPTIONS name: where it branches. False after an error. */
static bool set_branch(struct sim_scenario *scenario, const struct options *options)
{
    const sim_time duration = sim_scenario_plan(scenario)->duration;
    char time[SIM_TIME_TEXT];

    if (options->has_branch_at && options->branch_at > duration) {
        usage_error("--branch-at: the run ends at %s", sim_time_text(time, duration));
        return false;
    }
    if (options->has_branch_at)
        sim_scenario_set_branch(scenario, options->branch_at, options->branch_seed);
    return true;
}

struct sim_scenario *load_scenario(const struct options *options)
{
    if (options->has_branch_at != options->has_branch_seed) {
        usage_error("--branch-at TIME and --branch-seed N go together: from then on the luck is "
                    "that of seed N");
        return NULL;
    }
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_document_options document = {
        .path = options->path,
        .overlays = options->overlays,
        .sets = options->sets,
        .variant = options->variant,
        .fails_with = options->fails_with,
        .every_variant = options->every_variant,
        .model_has_key = model_has_key,
        .context = sim_models(),
    };
    struct sim_catalogue all = catalogue();
    struct sim_scenario *scenario = sim_scenario_load(&all, &document, diagnostics);

    if (options->json_errors)
        sim_diagnostics_print_json(diagnostics, stderr);
    else
        sim_diagnostics_print(diagnostics, stderr, use_colour(stderr));
    sim_diagnostics_destroy(diagnostics);
    if (scenario && options->has_seed)
        sim_scenario_set_seed(scenario, options->seed);
    if (scenario && !set_branch(scenario, options)) {
        sim_scenario_destroy(scenario);
        return NULL;
    }
    return scenario;
}

int options_run(struct options *options,
                enum exit_code (*run)(const struct options *options, struct sim_scenario *scenario))
{
    struct sim_scenario *scenario = load_scenario(options);
    enum exit_code code = scenario ? run(options, scenario) : EXIT_USAGE;

    sim_scenario_destroy(scenario);
    return (int)code;
}

/* -- the line that repeats a run --------------------------------------------------------------- */

static char *append(char *line, const char *option, const char *word)
{
    char *shown = shown_word(word), *longer = sim_format("%s%s%s", line, option, shown);

    sim_free(shown);
    sim_free(line);
    return longer;
}

/* tools/run takes a word without a stroke for a subcommand unless it ends like a scenario, and any
 * command takes what begins with a stroke for an option. */
static bool reads_as_a_path(const char *path)
{
    const char *dot = strrchr(path, '.');

    if (path[0] == '-')
        return path[1] == '\0';
    return strchr(path, '/') || (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

char *repeat_line(const struct options *options, uint64_t seed)
{
    const char *typed = getenv("ORRERY_COMMAND");
    char *line = append(sim_copy_text(""), "", typed && *typed ? typed : "orrery");
    char number[24], time[SIM_TIME_TEXT];

    if (!(typed && *typed))
        line = append(line, " ", "run");
    char *path = sim_format("%s%s", reads_as_a_path(options->path) ? "" : "./", options->path);
    line = append(line, " ", path);
    sim_free(path);
    snprintf(number, sizeof(number), "%llu", (unsigned long long)seed);
    if (!options->own_seeds)
        line = append(line, " --seed ", number);
    if (options->has_branch_at) {
        line = append(line, " --branch-at ", sim_time_text(time, options->branch_at));
        snprintf(number, sizeof(number), "%llu", (unsigned long long)options->branch_seed);
        line = append(line, " --branch-seed ", number);
    }
    if (options->variant)
        line = append(line, " --variant ", options->variant);
    if (options->fails_with)
        line = append(line, " ", "--fails-with");
    if (options->has_until)
        line = append(line, " --until ", sim_time_text(time, options->until));
    if (options->state)
        line = append(line, " ", "--state");
    for (size_t i = 0; i < options->overlay_count; i++)
        line = append(line, " --overlay ", options->overlays[i]);
    for (size_t i = 0; i < options->set_count; i++)
        line = append(line, " --set ", options->sets[i]);
    return line;
}

/* check_history.c - judges histories that others recorded, or that `run --history` wrote. */
#define _POSIX_C_SOURCE 200809L
#include "sim/check/history_checker.h"
#include "sim/check/history_reader.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"
#include "sim/observe/input.h"
#include "sim/observe/output.h"
#include "sim/scenario/utf8.h"
#include "tools/orrery/command.h"
#include "tools/orrery/expected.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 80, INDENT = 13, TEXT_MAX = 4 * SIM_LINEAR_TEXT, NAME_SHOWN = 60, NUMBER = 24 };

struct request {
    struct sim_history_reading reading;
    uint64_t steps;
    struct expectations expectations;
    bool has_model, json, quiet, json_errors;
};

/* What a checker said. */
struct said {
    const char *name;
    struct sim_linear_result result;
    char text[TEXT_MAX];  /* the contradiction, with the names of the file */
    char lines[TEXT_MAX]; /* where its operations stand */
};

/* What came of one file. */
struct judged {
    const char *path;
    bool readable;
    struct sim_history_found found;
    struct said *said; /* of each that was asked */
    size_t count;
};

static const enum exit_code codes[] = {
    [SIM_LINEAR_YES] = EXIT_HOLDS,
    [SIM_LINEAR_NO] = EXIT_VIOLATED,
    [SIM_LINEAR_UNDECIDED] = EXIT_UNDECIDED,
};
static const enum sim_verdict_status statuses[] = {
    [SIM_LINEAR_YES] = SIM_HOLDS,
    [SIM_LINEAR_NO] = SIM_BROKEN,
    [SIM_LINEAR_UNDECIDED] = SIM_UNDECIDED,
};

/* -- options ------------------------------------------------------------------------------------
 */

enum option_value {
    OPTION_MODEL = 256,
    OPTION_EXPECT,
    OPTION_FORMAT,
    OPTION_INITIAL,
    OPTION_NIL_READS,
    OPTION_FAILED_CAS,
    OPTION_MAX_OPERATIONS,
    OPTION_STEPS,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_ERROR_FORMAT,
    OPTION_HELP,
};

static const struct option longs[] = {
    { "model", required_argument, NULL, OPTION_MODEL },
    { "expect", required_argument, NULL, OPTION_EXPECT },
    { "format", required_argument, NULL, OPTION_FORMAT },
    { "initial", required_argument, NULL, OPTION_INITIAL },
    { "nil-reads", required_argument, NULL, OPTION_NIL_READS },
    { "failed-cas", required_argument, NULL, OPTION_FAILED_CAS },
    { "max-operations", required_argument, NULL, OPTION_MAX_OPERATIONS },
    { "steps", required_argument, NULL, OPTION_STEPS },
    { "json", no_argument, NULL, OPTION_JSON },
    { "quiet", no_argument, NULL, OPTION_QUIET },
    { "error-format", required_argument, NULL, OPTION_ERROR_FORMAT },
    { "help", no_argument, NULL, OPTION_HELP },
    { 0 },
};

static const char *const models[] = { "register", "cas-register", "counter", "set",
                                      "list",     "mutex",        "kv",      NULL };
static const char *const nil_reads[] = { "auto", "value", "unknown", NULL };
static const char *const failed_cas[] = { "drop", "constraint", NULL };
static const char *const error_formats[] = { "text", "json", NULL };

/* The place of WORD among CHOICES; -1, and an error is printed. */
static int choose(const char *option, const char *word, const char *const *choices)
{
    char all[256];
    size_t used = 0;

    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], word) == 0)
            return i;
        used +=
            (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i > 0 ? ", " : "", choices[i]);
    }
    usage_error("--%s is one of %s, not '%s'", option, all, word);
    return -1;
}

static int choose_model(struct request *request, const char *word)
{
    int at = choose("model", word, models);

    request->has_model = true;
    for (int i = 0; at >= 0 && sim_history_model_names[i] != NULL; i++) {
        /* a register with or without compare-and-set is one object */
        if (strcmp(sim_history_model_names[i], at == 1 ? models[0] : models[at]) == 0)
            request->reading.model = (enum sim_history_model)i;
    }
    return at;
}

static bool parse_initial(struct sim_history_reading *reading, const char *text)
{
    char *end;

    reading->initial_from = SIM_HISTORY_INITIAL_GIVEN;
    reading->initial = SIM_NIL;
    if (strcmp(text, "nil") == 0)
        return true;
    if (*text != '-' && (*text < '0' || *text > '9'))
        return false;
    errno = 0;
    reading->initial = strtoll(text, &end, 10);
    return errno == 0 && end[0] == '\0' && end[-1] != '-' && reading->initial != SIM_NIL;
}

static bool parse_limit(const char *text, uint64_t most, uint64_t *value)
{
    uint64_t last;

    return parse_seeds(text, value, &last) && *value == last && strstr(text, "..") == NULL &&
           *value > 0 && *value <= most;
}

/* Returns -1, or the exit code of a wrong value. */
static int take_number(struct request *request, int option, const char *value)
{
    uint64_t number;

    if (option == OPTION_INITIAL)
        return parse_initial(&request->reading, value)
                   ? -1
                   : usage_error("--initial takes nil or a whole number, not '%s'", value);
    if (option == OPTION_STEPS)
        return parse_limit(value, UINT64_MAX, &request->steps)
                   ? -1
                   : usage_error("--steps takes a whole number from 1, not '%s'", value);
    if (!parse_limit(value, SIM_HISTORY_OPERATIONS_MAX, &number))
        return usage_error("--max-operations takes a whole number from 1 to %d, not '%s'",
                           SIM_HISTORY_OPERATIONS_MAX, value);
    request->reading.operations = (size_t)number;
    return -1;
}

/* Returns -1, or the exit code of a wrong value. */
static int take_option(struct request *request, int option, const char *value)
{
    int chosen = 0;

    switch (option) {
    case OPTION_MODEL:
        chosen = choose_model(request, value);
        break;
    case OPTION_EXPECT:
        return expected_add(&request->expectations, value);
    case OPTION_FORMAT:
        chosen = choose("format", value, sim_history_format_names);
        request->reading.format = (enum sim_history_format)(chosen < 0 ? 0 : chosen);
        break;
    case OPTION_NIL_READS:
        chosen = choose("nil-reads", value, nil_reads);
        request->reading.nil_reads = (enum sim_history_nil_reads)(chosen < 0 ? 0 : chosen);
        break;
    case OPTION_FAILED_CAS:
        chosen = choose("failed-cas", value, failed_cas);
        request->reading.failed_cas_differs = chosen == 1;
        break;
    case OPTION_ERROR_FORMAT:
        chosen = choose("error-format", value, error_formats);
        request->json_errors = chosen == 1;
        break;
    case OPTION_JSON:
        request->json = true;
        break;
    case OPTION_QUIET:
        request->quiet = true;
        break;
    default:
        return take_number(request, option, value);
    }
    return chosen < 0 ? EXIT_USAGE : -1;
}

static int wrong_option(const char *word, int found)
{
    const char *names[sizeof(longs) / sizeof(longs[0])] = { NULL }, *near;

    if (found == ':')
        return usage_error("check-history: %s needs a value", word);
    for (int i = 0; longs[i].name != NULL; i++)
        names[i] = longs[i].name;
    near = strncmp(word, "--", 2) == 0 ? sim_nearest(word + 2, names) : NULL;
    if (near != NULL)
        return usage_error("check-history: no option '%s'; did you mean '--%s'?", word, near);
    return usage_error("check-history: no option '%s'", word);
}

/* Returns -1 to go on with the files from argv[optind], or an exit code. */
static int parse(struct request *request, int argc, char **argv)
{
    enum sim_history_model model;
    int found, wrong;

    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (found == '?' || found == ':')
            return wrong_option(argv[optind - 1], found);
        if (found == 'h' || found == OPTION_HELP) {
            printf("%s\n\nusage: orrery %s %s", check_history_command.summary,
                   check_history_command.name, check_history_command.usage);
            return EXIT_HOLDS;
        }
        wrong = take_option(request, found, optarg);
        if (wrong >= 0)
            return wrong;
    }
    if (optind == argc)
        return usage_error("check-history needs a file, as in: check-history --model kv h.jsonl");
    if (!request->has_model)
        return usage_error("check-history needs --model: register, cas-register, counter, set, "
                           "list, mutex or kv");
    model = request->reading.model;
    if (request->reading.initial_from == SIM_HISTORY_INITIAL_GIVEN &&
        request->reading.initial != SIM_NIL && model != SIM_HISTORY_REGISTER &&
        model != SIM_HISTORY_COUNTER && model != SIM_HISTORY_KV)
        return usage_error("--initial: a %s begins with nothing, not with a number",
                           sim_history_model_names[model]);
    return -1;
}

/* -- words --------------------------------------------------------------------------------------
 */

/* Appends what a terminal may see of LENGTH bytes, if there is room. */
static void add(char text[TEXT_MAX], const char *bytes, size_t length)
{
    size_t used = strlen(text);

    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t count = sim_utf8_next(bytes + at, length - at, &code);

        if (used + count + 1 > TEXT_MAX)
            break;
        if (sim_utf8_is_visible(code)) {
            memcpy(text + used, bytes + at, count);
            used += count;
        } else {
            text[used++] = '?';
        }
        at += count;
    }
    text[used] = '\0';
}

static void add_name(char text[TEXT_MAX], const char *name, size_t length, bool quotes)
{
    if (!quotes && length >= 2 && name[0] == '"') {
        name++;
        length -= 2;
    }
    add(text, name, length < NAME_SHOWN ? length : NAME_SHOWN);
    if (length > NAME_SHOWN)
        add(text, "...", 3);
}

/* The name of culprits' process NUMBER, or NULL. */
static const char *process_name(const struct judged *judged, const struct sim_linear_result *result,
                                uint64_t number, size_t *length)
{

    for (uint32_t i = 0; i < result->culprit_count; i++) {
        if (judged->found.operations[result->culprits[i]].process == number)
            return sim_history_reader_process(&judged->found, result->culprits[i], length);
    }
    return NULL;
}

/* The judge's words, with names for the numbers that stand for texts. */
static void tell(const struct judged *judged, struct said *said)
{
    static const char process[] = "process ";
    const char *at = said->result.text;

    while (*at != '\0') {
        char *end = NULL;
        const char *name = NULL;
        size_t length;
        bool is_process = strncmp(at, process, sizeof(process) - 1) == 0 &&
                          at[sizeof(process) - 1] >= '0' && at[sizeof(process) - 1] <= '9';

        if (is_process) {
            add(said->text, at, sizeof(process) - 1);
            at += sizeof(process) - 1;
            name = process_name(judged, &said->result, strtoull(at, &end, 10), &length);
        } else if (*at == '-') {
            name = sim_history_reader_text(&judged->found, strtoll(at, &end, 10), &length);
        }
        if (name != NULL) {
            add_name(said->text, name, length, !is_process);
            at = end;
        } else {
            add(said->text, at++, 1);
        }
    }
}

static void tell_lines(const struct judged *judged, struct said *said)
{
    const struct sim_linear_result *result = &said->result;
    char text[4 * NUMBER];

    for (uint32_t i = 0; i < result->culprit_count; i++) {
        const struct sim_history_origin *origin = &judged->found.origins[result->culprits[i]];
        int length;

        if (origin->line_invoked != 0 && origin->line_returned != 0)
            length = snprintf(text, sizeof(text), "%s%" PRIu32 "-%" PRIu32, i > 0 ? ", " : "",
                              origin->line_invoked, origin->line_returned);
        else
            length = snprintf(text, sizeof(text), "%s%" PRIu32, i > 0 ? ", " : "",
                              origin->line_invoked + origin->line_returned);
        add(said->lines, text, (size_t)length);
    }
}

/* -- the report ---------------------------------------------------------------------------------
 */

static void print_wrapped(const char *text)
{
    size_t column = INDENT;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        size_t shown = sim_input_characters(text, length);

        if (column > INDENT && column + 1 + shown > WIDTH) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)length, text);
        column += shown;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_counts(const struct sim_history_found *found)
{
    const struct sim_history_counts *counts = &found->counts;
    char *text = sim_format(
        "%" PRIu64 " operation%s of %s, %" PRIu64 " invocation%s: %" PRIu64 " ok, %" PRIu64
        " failed, %" PRIu64 " unknown; %" PRIu64 " dropped, %zu judged",
        counts->operations, plural(counts->operations), sim_history_format_names[found->format],
        counts->invocations, plural(counts->invocations), counts->ok, counts->failed,
        counts->unknown, counts->dropped, found->count);

    printf("  %-11s", "read");
    print_wrapped(text);
    sim_free(text);
    if (counts->others > 0)
        printf("%*s%" PRIu64 " event%s of the nemesis ignored\n", INDENT, "", counts->others,
               plural(counts->others));
    if (counts->invocations == 0) {
        printf("%*s", INDENT, "");
        print_wrapped("no invocations: each operation may have begun right after the one "
                      "before of its process");
    }
    if (!found->has_times)
        printf("%*sno times: ns count the events\n", INDENT, "");
}

static const char *initial_text(char text[NUMBER], int64_t initial)
{
    snprintf(text, NUMBER, "%" PRId64, initial);
    return initial == SIM_NIL ? "nil" : text;
}

static void print_chosen(const struct request *request, const struct sim_history_found *found)
{
    bool value = found->nil_reads == SIM_HISTORY_NIL_VALUE;
    char number[NUMBER];
    char *text = sim_format(
        "model %s, initial %s%s, nil reads %s%s, failed cas %s",
        sim_history_model_names[request->reading.model], initial_text(number, found->initial),
        request->reading.initial_from == SIM_HISTORY_INITIAL_GIVEN ? "" : " (by the file)",
        value ? "value" : "unknown",
        request->reading.nil_reads != SIM_HISTORY_NIL_BY_FILE ? "" : " (by the file)",
        failed_cas[request->reading.failed_cas_differs]);

    printf("  %-11s", "chosen");
    print_wrapped(text);
    sim_free(text);
}

static void print_said(const struct said *said)
{
    static const char *const words[] = { [SIM_LINEAR_YES] = "holds",
                                         [SIM_LINEAR_NO] = "VIOLATED",
                                         [SIM_LINEAR_UNDECIDED] = "undecided" };
    static const char *const colours[] = { [SIM_LINEAR_YES] = "\033[32m",
                                           [SIM_LINEAR_NO] = "\033[1;31m",
                                           [SIM_LINEAR_UNDECIDED] = "\033[33m" };
    enum sim_linear_status status = said->result.status;
    bool colour = use_colour(stdout);

    printf("  %s%-11s%s%s\n", colour ? colours[status] : "", words[status], colour ? "\033[0m" : "",
           said->name);
    if (said->text[0] != '\0') {
        printf("%*s", INDENT, "");
        print_wrapped(said->text);
    }
    if (said->lines[0] != '\0') {
        printf("%*sin lines ", INDENT, "");
        print_wrapped(said->lines);
    }
    if (status == SIM_LINEAR_UNDECIDED && said->result.steps > 0)
        printf("%*smore: --steps N\n", INDENT, "");
}

static void print_judged(const struct request *request, const struct judged *judged)
{
    printf("%s\n", judged->path);
    for (size_t i = 0; i < judged->count; i++)
        print_said(&judged->said[i]);
    print_counts(&judged->found);
    print_chosen(request, &judged->found);
}

static void put_natural(struct sim_output *out, const char *name, uint64_t value)
{
    sim_output_text(out, ",");
    sim_output_string(out, name);
    sim_output_text(out, ":");
    sim_output_natural(out, value);
}

static void put_text(struct sim_output *out, const char *name, const char *text)
{
    sim_output_text(out, ",");
    sim_output_string(out, name);
    sim_output_text(out, ":");
    sim_output_string(out, text);
}

static void put_culprits(struct sim_output *out, const struct judged *judged,
                         const struct sim_linear_result *result)
{
    sim_output_text(out, ",\"culprits\":[");
    for (uint32_t i = 0; i < result->culprit_count; i++) {
        const struct sim_history_origin *origin = &judged->found.origins[result->culprits[i]];

        sim_output_text(out, i > 0 ? ",{\"invoked\":" : "{\"invoked\":");
        sim_output_natural(out, origin->line_invoked);
        put_natural(out, "returned", origin->line_returned);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

/* All verdicts; those of the first stand beside the file, too. */
static void put_verdicts(struct sim_output *out, const struct judged *judged)
{
    sim_output_text(out, ",\"verdicts\":[");
    for (size_t i = 0; i < judged->count; i++) {
        const struct said *said = &judged->said[i];

        sim_output_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        sim_output_string(out, said->name);
        put_text(out, "status", sim_verdict_status_names[statuses[said->result.status]]);
        put_text(out, "text", said->text);
        put_natural(out, "steps", said->result.steps);
        put_culprits(out, judged, &said->result);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void put_judged(struct sim_output *out, const struct request *request,
                       const struct judged *judged)
{
    const struct sim_history_counts *counts = &judged->found.counts;
    const struct said *first = judged->said;

    sim_output_text(out, "{\"file\":");
    sim_output_string(out, judged->path);
    put_text(out, "model", sim_history_model_names[request->reading.model]);
    if (!judged->readable) {
        put_text(out, "status", "unreadable");
        put_text(out, "text", judged->found.fault.message);
        put_natural(out, "line", judged->found.fault.line);
        put_natural(out, "column", judged->found.fault.column);
        sim_output_text(out, "}");
        return;
    }
    put_text(out, "status", sim_verdict_status_names[statuses[first->result.status]]);
    put_text(out, "text", first->text);
    put_text(out, "format", sim_history_format_names[judged->found.format]);
    sim_output_text(out, ",\"initial\":");
    if (judged->found.initial == SIM_NIL)
        sim_output_text(out, "null");
    else
        sim_output_integer(out, judged->found.initial);
    put_text(out, "nil_reads", nil_reads[judged->found.nil_reads]);
    put_text(out, "failed_cas", failed_cas[request->reading.failed_cas_differs]);
    put_natural(out, "operations", counts->operations);
    put_natural(out, "invocations", counts->invocations);
    put_natural(out, "ok", counts->ok);
    put_natural(out, "failed", counts->failed);
    put_natural(out, "unknown", counts->unknown);
    put_natural(out, "dropped", counts->dropped);
    put_natural(out, "judged", judged->found.count);
    put_natural(out, "nemesis", counts->others);
    put_natural(out, "steps", first->result.steps);
    put_culprits(out, judged, &first->result);
    put_verdicts(out, judged);
    sim_output_text(out, "}");
}

/* -- files --------------------------------------------------------------------------------------
 */

static void print_fault(const struct request *request, const char *path,
                        const struct sim_history_fault *fault)
{
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_source source = { .name = path,
                                 .text = fault->line != 0 ? fault->excerpt : NULL,
                                 .length = fault->excerpt_length,
                                 .line = (uint32_t)fault->line,
                                 .column = (uint32_t)fault->excerpt_column };
    struct sim_mark mark = { &source, (uint32_t)fault->line, (uint32_t)fault->column,
                             (uint32_t)fault->length };
    const char *hint = fault->hint[0] != '\0' ? fault->hint : NULL;

    if (fault->line != 0)
        sim_diagnostics_error(diagnostics, SIM_WRONG_SYNTAX, &mark, hint, "%s", fault->message);
    else
        sim_diagnostics_error(diagnostics, SIM_WRONG_SYNTAX, NULL, hint, "%s: %s", path,
                              fault->message);
    if (request->json_errors)
        sim_diagnostics_print_json(diagnostics, stderr);
    else
        sim_diagnostics_print(diagnostics, stderr, use_colour(stderr));
    sim_diagnostics_destroy(diagnostics);
}

static enum exit_code judge_found(const struct request *request, struct judged *judged)
{
    const struct sim_history_found *found = &judged->found;
    uint32_t *sessions = sim_history_reader_sessions(found);
    enum exit_code code = EXIT_HOLDS;
    struct sim_history_view view = {
        .operations = found->operations,
        .count = found->count,
        .sessions = sessions,
        .linear = { .initial = found->initial, .steps = request->steps },
    };

    for (size_t i = 0; i < found->count; i++)
        view.completed += found->operations[i].returned != SIM_LINEAR_OPEN;
    judged->count = request->expectations.count;
    judged->said = sim_alloc_array(judged->count, sizeof(*judged->said));
    for (size_t i = 0; i < judged->count; i++) {
        const struct expected *one = &request->expectations.all[i];
        struct said *said = &judged->said[i];

        said->name = one->checker->about.name;
        one->checker->judge_history(&view, one->params, &said->result);
        tell(judged, said);
        tell_lines(judged, said);
        code = worse(code, codes[said->result.status]);
    }
    sim_free(sessions);
    return code;
}

static void judged_destroy(struct judged *judged)
{
    for (size_t i = 0; i < judged->count; i++)
        sim_linear_result_finish(&judged->said[i].result);
    sim_free(judged->said);
    sim_history_reader_finish(&judged->found);
    sim_free(judged);
}

static enum exit_code judge(const struct request *request, struct judged *judged)
{
    bool input = strcmp(judged->path, "-") == 0;
    FILE *file = input ? stdin : fopen(judged->path, "rb");

    if (file != NULL) {
        sim_history_reader_file(file, &request->reading, &judged->found);
        if (!input)
            fclose(file);
    } else {
        snprintf(judged->found.fault.message, SIM_HISTORY_MESSAGE, "%s", strerror(errno));
    }
    judged->readable = judged->found.fault.message[0] == '\0';
    if (!judged->readable) {
        print_fault(request, judged->path, &judged->found.fault);
        return EXIT_USAGE;
    }
    return judge_found(request, judged);
}

static enum exit_code check_files(const struct request *request, char **paths, int count)
{
    enum exit_code code = EXIT_HOLDS;
    struct sim_output out;

    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"histories\":[");
    for (int i = 0; i < count; i++) {
        struct judged *judged = sim_alloc(sizeof(*judged));

        judged->path = paths[i];
        code = worse(code, judge(request, judged));
        if (request->json) {
            sim_output_text(&out, i > 0 ? ",\n" : "\n");
            put_judged(&out, request, judged);
        } else if (judged->readable && !request->quiet) {
            print_judged(request, judged);
            fflush(stdout);
        }
        judged_destroy(judged);
    }
    if (request->json) {
        sim_output_text(&out, "\n]}");
        sim_output_end_line(&out);
        sim_output_flush(&out);
        if (sim_output_error(&out) != NULL)
            code = worse(code, EXIT_USAGE);
    }
    sim_output_finish(&out);
    return code;
}

static int check_history(int argc, char **argv)
{
    struct request request = { 0 };
    int done = parse(&request, argc, argv);

    if (done < 0 && request.expectations.count == 0)
        done = expected_add(&request.expectations, "linearizable");
    if (done < 0)
        done = (int)check_files(&request, argv + optind, argc - optind);
    expected_finish(&request.expectations);
    return done;
}

const struct command check_history_command = {
    .name = "check-history",
    .summary = "judge recorded histories: was what clients saw consistent?",
    .usage = "FILE... --model MODEL [OPTIONS]\n\n"
             "  --model MODEL        register (or cas-register), counter, set, list, mutex,\n"
             "                       or kv: what `run --history` writes\n"
             "  --expect WHAT        a checker of histories (of `orrery checkers`) that has to "
             "hold, as\n"
             "                       in causal:level=weak; any number; else linearizable\n"
             "  --format FORMAT      edn, json (Jepsen's), jsonl (of `run --history`), log (of\n"
             "                       Jepsen's etcd tests); else the content tells\n"
             "  --initial VALUE      what registers and counters begin with: nil or a number;\n"
             "                       else the file tells, and it is printed\n"
             "  --nil-reads HOW      a read of nil saw nothing (value), or is always right\n"
             "                       (unknown); else the file tells\n"
             "  --failed-cas HOW     a failed compare-and-set did not happen (drop), or saw\n"
             "                       another state (constraint); else drop\n"
             "  --max-operations N   read so many at most (50000000)\n"
             "  --steps N            the judge's budget for each key (50000000)\n"
             "  --json               the verdicts as one JSON object\n"
             "  --error-format=json  errors as JSON\n"
             "  --quiet              only the exit code\n"
             "\nFILE may be - for standard input. Exit codes are those of `run`, the worst of all\n"
             "files; 2 is a file that can't be read as a history, or has no operation.\n",
    .run = check_history,
};

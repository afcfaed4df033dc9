/* scenario.c - any text is a scenario or gets errors; what is taken prints as what reads the same.
 *
 * The last lines of an input may say what the command line would: "#! set PATH=VALUE",
 * "#! variant NAME", "#! fails_with". To YAML they are comments. */
#define _POSIX_C_SOURCE 200809L

#include "sim/scenario/scenario.h"
#include "models/models.h"
#include "sim/check/checker.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKERS_MAX = 100, SETS_MAX = 8 };

struct catalogue {
    const struct sim_described *checkers[CHECKERS_MAX + 1];
    struct sim_catalogue all;
};

struct arguments {
    char *sets[SETS_MAX + 1];
    size_t set_count;
    char *variant;
    bool fails_with;
};

struct output {
    char *text;
    size_t length;
};

static void fill(struct catalogue *catalogue)
{
    *catalogue = (struct catalogue){ .all = { sim_models(), catalogue->checkers, sim_filters() } };
    for (size_t i = 0; sim_checkers()[i] != NULL; i++) {
        assert(i < CHECKERS_MAX);
        catalogue->checkers[i] = &sim_checkers()[i]->about;
    }
}

/* -- the tail ---------------------------------------------------------------------------------- */

/* What follows WORD and a blank in LINE, or NULL. */
static char *after(const char *line, size_t length, const char *word)
{
    const size_t skip = strlen(word);

    if (length < skip || memcmp(line, word, skip) != 0)
        return NULL;
    return strndup(line + skip, length - skip);
}

static bool take(struct arguments *arguments, const char *line, size_t length)
{
    char *text;

    if ((text = after(line, length, "#! set ")) != NULL) {
        if (arguments->set_count < SETS_MAX)
            arguments->sets[arguments->set_count++] = text;
        else
            free(text);
    } else if ((text = after(line, length, "#! variant ")) != NULL) {
        free(arguments->variant);
        arguments->variant = text;
    } else if ((text = after(line, length, "#! fails_with")) != NULL) {
        arguments->fails_with = true;
        free(text);
    }
    return text != NULL;
}

/* The length of what is left without the lines of the tail. */
static size_t take_tail(struct arguments *arguments, const char *text, size_t length)
{
    for (;;) {
        size_t end = length, start;

        if (end > 0 && text[end - 1] == '\n')
            end--;
        for (start = end; start > 0 && text[start - 1] != '\n';)
            start--;
        if (start == end || !take(arguments, text + start, end - start))
            return length;
        length = start;
    }
}

static void finish(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->set_count; i++)
        free(arguments->sets[i]);
    free(arguments->variant);
}

/* -- what must hold ---------------------------------------------------------------------------- */

/* Nothing of an input reaches a terminal but what can be seen. */
static void check_is_visible(const struct output *output)
{
    for (size_t i = 0; i < output->length; i++) {
        const unsigned char byte = (unsigned char)output->text[i];

        assert(byte == '\n' || byte >= ' ');
        assert(byte != 0x7f);
    }
}

static void check_diagnostics(const struct sim_diagnostics *diagnostics)
{
    for (int json = 0; json < 2; json++) {
        struct output output = { NULL, 0 };
        FILE *file = open_memstream(&output.text, &output.length);

        assert(file != NULL);
        if (json)
            sim_diagnostics_print_json(diagnostics, file);
        else
            sim_diagnostics_print(diagnostics, file, false);
        fclose(file);
        assert(sim_diagnostics_errors(diagnostics) == 0 || output.length > 0);
        check_is_visible(&output);
        free(output.text);
    }
}

static struct sim_scenario *parse(const char *text, size_t length,
                                  const struct sim_document_options *options)
{
    struct catalogue catalogue;
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *scenario;

    fill(&catalogue);
    scenario = sim_scenario_parse(&catalogue.all, "input.yaml", text, length, options, diagnostics);
    assert((scenario == NULL) == (sim_diagnostics_errors(diagnostics) > 0));
    check_diagnostics(diagnostics);
    sim_diagnostics_destroy(diagnostics);
    return scenario;
}

static struct output print(const struct sim_scenario *scenario)
{
    struct output output = { NULL, 0 };
    FILE *file = open_memstream(&output.text, &output.length);

    assert(file != NULL);
    sim_scenario_print_effective(scenario, file);
    fclose(file);
    return output;
}

static void check_is_the_same(const struct sim_plan *a, const struct sim_plan *b)
{
    assert(a->duration == b->duration);
    assert(a->seed == b->seed);
    assert(a->group_count == b->group_count);
    assert(a->rule_count == b->rule_count);
    assert(a->fault_count == b->fault_count);
    for (uint32_t g = 0; g < a->group_count; g++) {
        assert(strcmp(a->groups[g].name, b->groups[g].name) == 0);
        assert(a->groups[g].model == b->groups[g].model);
        assert(a->groups[g].count == b->groups[g].count);
        assert(a->groups[g].bugs == b->groups[g].bugs);
        assert(a->groups[g].target == b->groups[g].target);
    }
}

static void check_reads_back(const struct sim_scenario *scenario)
{
    struct output first = print(scenario), second;
    struct sim_scenario *again = parse(first.text, first.length, NULL);

    assert(again != NULL);
    second = print(again);
    assert(first.length == second.length);
    assert(memcmp(first.text, second.text, first.length) == 0);
    check_is_the_same(sim_scenario_plan(again), sim_scenario_plan(scenario));
    sim_scenario_destroy(again);
    free(first.text);
    free(second.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arguments arguments = { .set_count = 0 };
    const size_t length = take_tail(&arguments, (const char *)data, size);
    const struct sim_document_options options = {
        .sets = (const char *const *)arguments.sets,
        .variant = arguments.variant,
        .fails_with = arguments.fails_with,
        .every_variant = true,
    };
    /* A copy of its very size: a read beyond its end is seen. */
    char *text = malloc(length > 0 ? length : 1);
    struct sim_scenario *scenario;

    assert(text != NULL);
    memcpy(text, data, length);
    scenario = parse(text, length, &options);
    if (scenario != NULL)
        check_reads_back(scenario);
    sim_scenario_destroy(scenario);
    free(text);
    finish(&arguments);
    return 0;
}

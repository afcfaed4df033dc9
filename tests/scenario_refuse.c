/* The loader with a small catalogue of its own: variants, overrides, and what it refuses. */
#define _POSIX_C_SOURCE 200809L

#include "models/models.h"
#include "sim/check/checker.h"
#include "tests/lib/catalogue.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- variants and overrides -------------------------------------------------------------------- */

static const char with_variants[] =
    TOP "nodes:\n  store: {model: store, count: 3}\n  shop: {model: client, target: store}\n"
        "variants:\n  more: {nodes.store.count: 7}\n  rich: {nodes.shop.target: shop}\n"
        "fails_with: {nodes.store.bugs: [lies]}\n";

START_TEST(test_bad_variants_are_reported_when_all_are_asked_for)
{
    const struct sim_document_options every = { .every_variant = true };
    struct loaded loaded = load(with_variants, &every);
    const struct sim_document_options good = { .variant = "more", .every_variant = true },
                                      bad = { .variant = "rich" };

    ck_assert_ptr_null(loaded.scenario);
    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 1);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"line\":8,"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "does not serve"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"variant\":\"rich\"}"));
    finish(&loaded);
    loaded = load_good(with_variants, NULL);
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->groups[0].count, 3);
    finish(&loaded);
    loaded = load_good(with_variants, &good);
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->groups[0].count, 7);
    finish(&loaded);
    loaded = load(with_variants, &bad);
    ck_assert_ptr_null(loaded.scenario);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"variant\":\"rich\"}"));
    finish(&loaded);
}
END_TEST

/* The place is one of the base; only the note tells the mistake. */
START_TEST(test_errors_name_their_variant)
{
    static const char text[] =
        TOP "nodes: {store: {model: store}}\n"
            "faults: [{at: 1s, crash: store, label: cut}]\n"
            "expect: [{judge: {clients: store, during: cut, at_least: 50%}}]\n"
            "variants: {calm: {faults: []}, wild: {nodes.store.count: 2}}\n"
            "fails_with: {nodes.store.whole: 500}\n";
    const struct sim_document_options every = { .every_variant = true },
                                      both = { .variant = "calm", .fails_with = true },
                                      none = { .variant = "clam" };
    struct loaded loaded = load(text, &every);
    char *shown = NULL;
    size_t length;
    FILE *file = open_memstream(&shown, &length);

    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 2);
    sim_diagnostics_print(loaded.diagnostics, file, false);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(shown, ":5:43: error: "));
    ck_assert_ptr_nonnull(strstr(shown, "\nnote: in variant 'calm'\n"));
    ck_assert_ptr_nonnull(strstr(shown, "\nnote: with 'fails_with'\n"));
    ck_assert_ptr_null(strstr(shown, "wild"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"fails_with\":true}"));
    free(shown);
    finish(&loaded);
    loaded = load(text, &both);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"variant\":\"calm\",\"fails_with\":true}"));
    finish(&loaded);
    loaded = load(text, &none); /* nothing was loaded that this could be said of */
    ck_assert_ptr_nonnull(strstr(loaded.errors, "there is no variant 'clam'"));
    ck_assert_ptr_null(strstr(loaded.errors, "\"variant\":"));
    finish(&loaded);
}
END_TEST

START_TEST(test_fails_with)
{
    const struct sim_document_options options = { .fails_with = true };
    const struct sim_document_options every = { .every_variant = true };
    struct loaded loaded = load_good(with_variants, &options);

    ck_assert(sim_scenario_has_fails_with(loaded.scenario));
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->groups[0].bugs, 2);
    finish(&loaded);
    loaded = load(TOP "nodes: {store: {model: store}}\nfails_with: {nodes.store.bugs: [none]}\n",
                  &every);
    ck_assert_ptr_null(loaded.scenario);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "has no bug 'none'"));
    finish(&loaded);
    loaded = load_good(TOP "nodes: {store: {model: store}}\n", NULL);
    ck_assert(!sim_scenario_has_fails_with(loaded.scenario));
    finish(&loaded);
}
END_TEST

START_TEST(test_matrix_reports_its_first_wrong_cell)
{
    const struct sim_document_options every = { .every_variant = true };
    struct loaded loaded =
        load(TOP "nodes: {store: {model: store}}\n"
                 "matrix: {nodes.store.whole: [1, 500], nodes.store.count: [1, 2, 3]}\n",
             &every);

    ck_assert_ptr_null(loaded.scenario);
    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 1);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "out of range"));
    ck_assert_ptr_nonnull(
        strstr(loaded.errors, "\"variant\":\"nodes.store.whole=500,nodes.store.count=1\"}"));
    finish(&loaded);
}
END_TEST

START_TEST(test_sets)
{
    const char *const good[] = { "nodes.store.count=4", "nodes.store.count=9", "seed=42", NULL };
    const char *const bad[] = { "nodes.store.count=4", "nodes.store.cuont=9", NULL };
    const char *const group[] = { "nodes.stor.count=4", NULL };
    const char *const other_group[] = { "nodes.bank.count=4", NULL };
    const char *const unit[] = { "duration=60", NULL };
    const char *const other[] = { "nodes.store.model=client", "nodes.store.target=store", NULL };
    struct sim_document_options options = { .sets = good };
    struct loaded loaded = load_good(TOP "nodes: {store: {model: store}}\n", &options);

    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->groups[0].count, 9);
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->seed, 42);
    sim_scenario_set_seed(loaded.scenario, 7);
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->seed, 7);
    finish(&loaded);

    options.sets = bad;
    loaded = load(TOP "nodes: {store: {model: store}}\n", &options);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "--set[2]"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "unknown key 'cuont'"));
    finish(&loaded);

    options.sets = group;
    loaded = load(TOP "nodes: {store: {model: store}}\n", &options);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"file\":\"--set[1]\",\"line\":1,\"column\":7"));
    ck_assert_ptr_nonnull(strstr(loaded.errors,
                                 "did you mean the group 'store'? A new one needs a model; there "
                                 "are: store, client, rich"));
    finish(&loaded);
    options.sets = other_group;
    loaded = load(TOP "nodes: {store: {model: store}}\n", &options);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"there are: store, client, rich\""));
    finish(&loaded);

    options.sets = unit;
    loaded = load(TOP "nodes: {store: {model: store}}\n", &options);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"file\":\"--set[1]\",\"line\":1,\"column\":10"));
    finish(&loaded);

    /* a change of model drops what only the old one has: `gap`, but not `count` */
    options.sets = other;
    loaded = load(TOP "nodes: {store: {model: store, gap: 5ms, count: 3}, shop: {model: store}}\n",
                  &options);
    ck_assert_ptr_null(strstr(loaded.errors, "gap"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "does not serve"));
    finish(&loaded);
}
END_TEST

static char *effective_with(const char *const *sets, const char *variant)
{
    static const char text[] =
        TOP "nodes: {store: {model: store, mix: {red: 50%, green: 50%}, delay: {lognormal: "
            "{median: 2ms, p99: 9ms}}}}\n"
            "variants: {all: {nodes.store.mix: {blue: 100%}, nodes.store.delay: {exponential: "
            "5ms}}}\n";
    const struct sim_document_options options = { .sets = sets, .variant = variant };
    struct loaded loaded = load_good(text, &options);
    char *shown = print(loaded.scenario);

    finish(&loaded);
    return shown;
}

/* A mix is a whole, and so is a distribution of another form; of the same form it merges. */
START_TEST(test_wholes_are_replaced)
{
    const char *const red[] = { "nodes.store.mix={red: 100%}", NULL };
    const char *const shares[] = { "nodes.store.mix.red=30%", "nodes.store.mix.blue=20%", NULL };
    const char *const both[] = { "nodes.store.mix={red: 40%}", "nodes.store.mix.blue=60%",
                                 "nodes.store.delay.plus=1ms", NULL };
    const char *const tail[] = { "nodes.store.delay={lognormal: {p99: 7ms}}", NULL };
    const char *const bad[] = { "nodes.store.mix.red=40%", NULL };
    struct sim_document_options options = { .sets = bad };
    struct loaded loaded;
    char *shown;

    shown = effective_with(red, NULL);
    ck_assert_ptr_nonnull(strstr(shown, "mix:\n      red: 100%\n    "));
    free(shown);
    shown = effective_with(red, "all");
    ck_assert_ptr_nonnull(strstr(shown, "mix:\n      red: 100%\n    "));
    free(shown);
    shown = effective_with(shares, NULL);
    ck_assert_ptr_nonnull(
        strstr(shown, "mix:\n      red: 30%\n      green: 50%\n      blue: 20%\n"));
    free(shown);
    shown = effective_with(NULL, "all");
    ck_assert_ptr_nonnull(strstr(shown, "mix:\n      blue: 100%\n    "));
    ck_assert_ptr_nonnull(strstr(shown, "delay:\n      exponential: 5ms\n    "));
    free(shown);
    shown = effective_with(both, "all");
    ck_assert_ptr_nonnull(strstr(shown, "mix:\n      red: 40%\n      blue: 60%\n    "));
    ck_assert_ptr_nonnull(strstr(shown, "delay:\n      exponential: 5ms\n      plus: 1ms\n    "));
    free(shown);
    shown = effective_with(tail, NULL);
    ck_assert_ptr_nonnull(strstr(shown, "median: 2ms\n        p99: 7ms\n"));
    free(shown);

    loaded = load(TOP "nodes: {store: {model: store, mix: {red: 50%, green: 50%}}}\n", &options);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "sum to 90%"));
    ck_assert_ptr_nonnull(
        strstr(loaded.errors, "{\"severity\":\"note\",\"file\":\"--set[1]\",\"line\":1,"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "here 'red' becomes 40%"));
    finish(&loaded);
}
END_TEST

/* -- errors ------------------------------------------------------------------------------------ */

static const struct row {
    const char *text;
    unsigned line, column;
    const char *kind, *message, *hint; /* parts; NULL: no hint */
} rows[] = {
    { "nodes: {a: {model: store, gap: 2h}}", 3, 32, "schema", "'gap': 2h is out of range",
      "expected a duration, such as 250ms, from 1us to 1h (default 20ms)" },
    { "nodes: {a: {model: store, gpa: 2ms}}", 3, 27, "schema", "unknown key 'gpa' in group 'a'",
      "did you mean 'gap'?" },
    { "nodes: {a: {model: store, whole: 5ms}}", 3, 34, "schema", "'whole'",
      "expected a whole number, from -5 to 100 (default 7)" },
    { "nodes: {a: {model: store, colour: gren}}", 3, 35, "schema", "unknown choice 'gren'",
      "did you mean 'green'? There are: red, green, blue" },
    { "nodes: {a: {model: store, number: 2.51}}", 3, 35, "schema", "out of range", "default 0.5" },
    { "nodes: {a: {model: store, flag: 'true'}}", 3, 33, "schema", "quotes", "true or false" },
    { "nodes: {a: {model: store, rate: 2k/s}}", 3, 33, "schema", "out of range",
      "from 1/h to 1k/s" },
    { "nodes: {a: {model: store, rate: 1/d}}", 3, 33, "schema", "out of range",
      "from 1/h to 1k/s" },
    { "nodes: {a: {model: store, size: 2MiB}}", 3, 33, "schema", "out of range",
      "from 1B to 1MiB" },
    { "nodes: {a: {model: store, delay: 500us..2ms}}", 3, 34, "schema", "500us is out of range",
      "default" },
    { "nodes: {a: {model: store, delay: {exponential: 2s}}}", 3, 48, "schema", "2s is out of range",
      "from 1ms to 1s" },
    { "nodes: {a: {model: store, delay: {exponential: 5ms, plus: -5ms}}}", 3, 59, "schema",
      "'plus': -5ms is out of range", "from 0 to 1s" },
    { "nodes: {a: {model: store, delay: {gamma: {mean: 5ms, shape: 2000}}}}", 3, 61, "schema",
      "2000 is out of range", "from 0.05 to 1000" },
    { "nodes: {a: {model: store, drift: 101ppm}}", 3, 34, "schema", "out of range",
      "-100ppm to 100ppm" },
    { "nodes: {a: {model: store, inner: {count: 0}}}", 3, 42, "schema", "out of range",
      "default 20" },
    { "nodes: {a: {model: store, inner: {chosen: zipf}}}", 3, 43, "schema", "no such popularity",
      "zipf" },
    { "nodes: {a: {model: store, friend: b}}", 3, 35, "reference", "no node group 'b'",
      "there are: a" },
    { "nodes: {a: {model: store, mix: {red: 99.9999%}}}", 3, 32, "meaning", "sum to 99.9999%",
      NULL },
    { "nodes: {a: {model: store, whole: 13, count: 4}}", 3, 34, "meaning",
      "'whole' of group 'a': 13 brings bad luck to 4 members", NULL },
    { "nodes: {a: {model: store, count: 66}}", 3, 9, "meaning", "too many for the default", NULL },
    { "nodes: {a: {model: stroe}}", 3, 20, "schema", "unknown model 'stroe'",
      "did you mean 'store'?" },
    { "nodes: {s: {model: store}, a: {model: rich, target: s}}", 3, 53, "meaning",
      "group 'a' calls the interface 'bank', which group 's' (model 'store') does not serve",
      NULL },
    { "nodes: {a: {model: store}}\nexpect: [judge: {clients: a, during: cut}]", 4, 38, "reference",
      "no fault has the label 'cut'", "there are none" },
    { "nodes: {a: {model: store}}\nfaults: [{at: 1s, crash: a, label: cut}]\n"
      "expect: [judge: {clients: a, during: 'cut[2]'}]",
      5, 38, "reference", "has 1 window, there is no cut[2]", NULL },
    { "nodes: {a: {model: store}}\nexpect: [juge: {}]", 4, 10, "schema", "unknown checker 'juge'",
      "did you mean 'judge'?" },
    { "nodes: {a: {model: store}}\nfaults: [{at: 1s, crash: {of: a, where: {rol: leader}}}]", 4, 42,
      "reference", "the state of model 'store' has no field 'rol'",
      "did you mean 'role'? There are: role, term, ready" },
    { "nodes: {a: {model: client, target: a}}\nfaults: [{at: 1s, crash: {of: a, where: {role: "
      "leader}}}]",
      4, 42, "reference", "has no field 'role'", "there are none" },
    { "nodes: {a: {model: store}}\nfaults: [{at: 1s, crash: {of: a, where: {ready: 1}}}]", 4, 49,
      "reference", "'ready'", NULL },
    { "nodes: {a: {model: store}}\nvariants: {b: {nodes.a.gap: 9}}", 4, 29, "schema",
      "needs a unit", "from 1us to 1h" },
};

START_TEST(test_one_error)
{
    const struct row *row = &rows[_i];
    const struct sim_document_options every = { .every_variant = true };
    char text[1000], place[100];
    struct loaded loaded;

    snprintf(text, sizeof(text), TOP "%s\n", row->text);
    loaded = load(text, &every);
    snprintf(place, sizeof(place),
             "\"kind\":\"%s\",\"file\":\"test.yaml\",\"line\":%u,\"column\":%u,", row->kind,
             row->line, row->column);
    if (strstr(row->text, "target: a}") == NULL) /* that one is wrong twice */
        ck_assert_msg(sim_diagnostics_errors(loaded.diagnostics) == 1, "%s\n%s", row->text,
                      loaded.errors);
    ck_assert_msg(strstr(loaded.errors, place) != NULL, "%s\n%s\n%s", row->text, place,
                  loaded.errors);
    ck_assert_msg(strstr(loaded.errors, row->message) != NULL, "%s\n%s", row->text, loaded.errors);
    if (row->hint != NULL)
        ck_assert_msg(strstr(loaded.errors, row->hint) != NULL, "%s\n%s", row->text, loaded.errors);
    finish(&loaded);
}
END_TEST

/* A version that is newer is the one thing that is wrong. */
START_TEST(test_newer_version)
{
    struct loaded loaded = load("version: 2\nnodse: 5\n", NULL);

    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 1);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "version 2"));
    finish(&loaded);
}
END_TEST

START_TEST(test_all_errors_at_once)
{
    struct loaded loaded =
        load("version: 1\nduration: 60\nnodes: {a: {model: store, gpa: 1}, b: {}}\nseed: -1\n"
             "network: {los: 1%}\nfaults: [{crash: a}]\nexpect: [plan]\n",
             NULL);

    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 7);
    finish(&loaded);
}
END_TEST

/* -- tables ------------------------------------------------------------------------------------ */

/* What a kind asks for without a default, at its least: ", by: -3650d". */
static void add_required(const struct sim_fault_kind *kind, char *text, size_t size)
{
    const struct sim_field *field = kind->params.fields;

    text[0] = '\0';
    for (; field != NULL && field->name != NULL; field++) {
        size_t length = strlen(text);

        if (field->standard == NULL)
            snprintf(text + length, size - length, ", %s: %s", field->name,
                     field->least != NULL ? field->least : "1%"); /* a probability */
    }
}

START_TEST(test_fault_kinds)
{
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++) {
        const char *target = (*kind)->target == SIM_TARGET_SIDES ? "[a-0, rest]" : "[a-0, a-1]";
        char text[1000], required[500];
        struct loaded loaded;

        ck_assert_ptr_eq(sim_fault_find(sim_fault_kinds, (*kind)->name),
                         *kind); /* and each name is one kind's */
        add_required(*kind, required, sizeof(required));
        snprintf(text, sizeof(text),
                 TOP "nodes: {a: {model: store, count: 3}}\nfaults: [{at: 1s, %s: %s%s}]\n",
                 (*kind)->name, target, required);
        loaded = load_good(text, NULL);
        ck_assert_ptr_eq(sim_scenario_plan(loaded.scenario)->faults[0].kind, *kind);
        finish(&loaded);
    }
    ck_assert_ptr_null(sim_fault_find(sim_fault_kinds, "earthquake"));
}
END_TEST

static bool is_of_one_node(const struct sim_model *model)
{
    static const char *const names[] = { "single", "lock-service", "chain-master" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(model->name, names[i]) == 0)
            return true;
    return false;
}

/* Every default of every model and checker is good: nothing but what is required is missed. */
START_TEST(test_defaults_of_the_catalogue)
{
    const struct sim_described *known[100] = { NULL };
    const struct sim_catalogue all = { sim_models(), known, sim_filters() };
    char *text = NULL, *json = NULL;
    size_t length, count = 0;
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    FILE *out = open_memstream(&text, &length);

    for (size_t i = 0; sim_checkers()[i] != NULL; i++)
        known[i] = &sim_checkers()[i]->about;
    fputs(TOP "nodes:\n", out);
    for (; all.models[count] != NULL; count++)
        fprintf(out, "  g%c%c: {model: %s, count: %d}\n", (char)('a' + count / 26),
                (char)('a' + count % 26), all.models[count]->name,
                is_of_one_node(all.models[count]) ? 1 : 3);
    fputs("expect:\n", out);
    for (size_t i = 0; known[i] != NULL; i++)
        fprintf(out, "  - %s: {}\n", known[i]->name);
    fclose(out);
    sim_scenario_destroy(sim_scenario_parse(&all, "all.yaml", text, length, NULL, diagnostics));
    out = open_memstream(&json, &length);
    sim_diagnostics_print_json(diagnostics, out);
    fclose(out);
    ck_assert_uint_gt(count, 0);
    for (char *line = strtok(json, "\n"); line != NULL; line = strtok(NULL, "\n"))
        ck_assert_msg(strstr(line, "\"severity\":\"error\"") == NULL ||
                          strstr(line, "missing key") != NULL,
                      "%s", line);
    free(text);
    free(json);
    sim_diagnostics_destroy(diagnostics);
}
END_TEST

/* -- anything ---------------------------------------------------------------------------------- */

/* Damaged scenarios are refused or read, but never crash the reader. */
START_TEST(test_damage)
{
    static const char pieces[] = "{}[]:,-#'\"&*!|>%@~ \n\t0159aez.=<";
    size_t length = strlen(all_values), refused = 0;
    uint64_t random = 88172645463325252u + (uint64_t)_i;
    enum { ROUNDS = 150 };

    for (int round = 0; round < ROUNDS; round++) {
        char *text = malloc(length + 1);
        struct loaded loaded;
        size_t hits = 1 + (size_t)round % 4;

        memcpy(text, all_values, length + 1);
        for (size_t i = 0; i < hits; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            text[random % length] = pieces[(random >> 32) % (sizeof(pieces) - 1)];
        }
        loaded = load(text, NULL);
        refused += loaded.scenario == NULL;
        finish(&loaded);
        free(text);
    }
    ck_assert_uint_gt(refused, ROUNDS / 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario refusals");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, test_bad_variants_are_reported_when_all_are_asked_for);
    tcase_add_test(tcase, test_errors_name_their_variant);
    tcase_add_test(tcase, test_fails_with);
    tcase_add_test(tcase, test_matrix_reports_its_first_wrong_cell);
    tcase_add_test(tcase, test_sets);
    tcase_add_test(tcase, test_wholes_are_replaced);
    tcase_add_loop_test(tcase, test_one_error, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(tcase, test_newer_version);
    tcase_add_test(tcase, test_all_errors_at_once);
    tcase_add_test(tcase, test_fault_kinds);
    tcase_add_test(tcase, test_defaults_of_the_catalogue);
    tcase_add_loop_test(tcase, test_damage, 0, 4);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

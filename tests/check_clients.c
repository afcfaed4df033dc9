/* check_clients.c - what an expectation judges must be able to happen: groups that have operations,
 * and operations of that kind. */
#include "tests/lib/evidence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { APP = 0, STORE = 1 };

static uint32_t reads_and_swaps(const void *params)
{
    (void)params;
    return 1u << SIM_READ | 1u << SIM_CAS;
}

static uint32_t by_params(const void *params)
{
    return *(const uint32_t *)params;
}

/* What is said of operations OP of GROUP by CHECKER, whose other parameters make sense. */
static const char *blamed(const char *name, uint32_t group, const char *op,
                          const struct sim_plan *plan, char text[160])
{
    const struct sim_checker *checker = checker_named(name);
    void *params = params_create(checker);
    const char *blamed;

    text[0] = '\0';
    params_group(params, checker, "clients", group);
    if (strcmp(name, "latency") == 0)
        params_duration(params, checker, "p99", SIM_SECOND);
    if (strcmp(name, "throughput") == 0)
        params_rate(params, checker, "at_least", 1, SIM_SECOND);
    if (op != NULL)
        params_choice(params, checker, "op", op);
    blamed = checker->about.check(params, plan, text);
    free(params);
    return blamed;
}

static const char *const of_a_kind[] = { "availability", "latency", "throughput" };
static const char *const of_all[] = { "availability", "latency", "throughput", "recovers",
                                      "linearizable" };

START_TEST(who_has_operations)
{
    struct bench bench;
    char text[160];

    bench_init(&bench);
    ck_assert_ptr_null(blamed(of_all[_i], APP, NULL, &bench.plan, text));
    ck_assert_pstr_eq(blamed(of_all[_i], STORE, NULL, &bench.plan, text), "clients");
    ck_assert_str_eq(text, "'store' is no group of clients: its model 'server' has no operations");
    ck_assert_ptr_null(blamed(of_all[_i], STORE, NULL, NULL, text));
    bench_finish(&bench);
}
END_TEST

START_TEST(which_operations_it_has)
{
    static const char *const absent[] = { "write", "add", "append", "delete" };
    struct bench bench;
    char text[160];

    bench_init(&bench);
    bench.app.operations = reads_and_swaps;
    ck_assert_ptr_null(blamed(of_a_kind[_i], APP, "any", &bench.plan, text));
    ck_assert_ptr_null(blamed(of_a_kind[_i], APP, "read", &bench.plan, text));
    ck_assert_ptr_null(blamed(of_a_kind[_i], APP, "cas", &bench.plan, text));
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        ck_assert_pstr_eq(blamed(of_a_kind[_i], APP, absent[i], &bench.plan, text), "op");
        ck_assert_str_eq(text, "'app' has no such operations, but read cas");
        ck_assert_ptr_null(blamed(of_a_kind[_i], APP, absent[i], NULL, text));
    }
    bench_finish(&bench);
}
END_TEST

START_TEST(parameters_decide)
{
    uint32_t kinds = 1u << SIM_DELETE;
    struct bench bench;
    char text[160];

    bench_init(&bench);
    bench.app.operations = by_params;
    bench.groups[APP].params = &kinds;
    ck_assert_ptr_null(blamed("availability", APP, "delete", &bench.plan, text));
    ck_assert_pstr_eq(blamed("availability", APP, "read", &bench.plan, text), "op");
    kinds = (1u << SIM_OPERATION_KINDS) - 1 - (1u << SIM_DELETE);
    ck_assert_pstr_eq(blamed("availability", APP, "delete", &bench.plan, text), "op");
    ck_assert_str_eq(text, "'app' has no such operations, but read write cas add append");
    bench_finish(&bench);
}
END_TEST

START_TEST(without_any_clients)
{
    struct bench bench;
    char text[160];

    bench_init(&bench);
    ck_assert_ptr_null(blamed("linearizable", SIM_NO_GROUP, NULL, &bench.plan, text));
    bench.groups[STORE].model = &bench.app; /* the last of the groups is enough */
    bench.groups[APP].model = &bench.store;
    ck_assert_ptr_null(blamed("linearizable", SIM_NO_GROUP, NULL, &bench.plan, text));
    bench.groups[STORE].model = &bench.store;
    ck_assert_pstr_eq(blamed("linearizable", SIM_NO_GROUP, NULL, &bench.plan, text), "");
    ck_assert_str_eq(text, "no group is one of clients: there are no operations to judge");
    ck_assert_ptr_null(blamed("linearizable", SIM_NO_GROUP, NULL, NULL, text));
    bench_finish(&bench);
}
END_TEST

START_TEST(who_has_invariants)
{
    const struct sim_checker *checker = checker_named("invariants");
    void *params = params_create(checker);
    char text[160] = "";
    struct bench bench;

    bench_init(&bench);
    params_group(params, checker, "of", SIM_NO_GROUP);
    ck_assert_ptr_null(checker->about.check(params, &bench.plan, text));
    params_group(params, checker, "of", STORE);
    ck_assert_ptr_null(checker->about.check(params, &bench.plan, text));
    params_group(params, checker, "of", APP);
    ck_assert_pstr_eq(checker->about.check(params, &bench.plan, text), "of");
    ck_assert_str_eq(text, "the model of 'app' (client) has no invariant");
    ck_assert_ptr_null(checker->about.check(params, NULL, text));
    bench.groups[STORE].model = &bench.app;
    params_group(params, checker, "of", SIM_NO_GROUP);
    ck_assert_pstr_eq(checker->about.check(params, &bench.plan, text), "");
    ck_assert_str_eq(text, "no model here has an invariant");
    free(params);
    bench_finish(&bench);
}
END_TEST

/* The longest names and the most kinds still fit. */
START_TEST(names_are_cut)
{
    char text[160], name[200];
    uint32_t kinds = (1u << SIM_OPERATION_KINDS) - 1 - (1u << SIM_DELETE);
    struct bench bench;

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    bench_init(&bench);
    bench.groups[APP].name = name;
    bench.groups[STORE].name = name;
    bench.store.name = name;
    bench.app.operations = by_params;
    bench.groups[APP].params = &kinds;
    ck_assert_pstr_eq(blamed("latency", APP, "delete", &bench.plan, text), "op");
    ck_assert_ptr_nonnull(strstr(text, "n' has no such operations, but read write cas add append"));
    ck_assert_pstr_eq(blamed("latency", STORE, "any", &bench.plan, text), "clients");
    ck_assert_ptr_nonnull(strstr(text, "n' has no operations"));
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clients");
    TCase *tcase = tcase_create("clients");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, who_has_operations, 0, sizeof of_all / sizeof of_all[0]);
    tcase_add_loop_test(tcase, which_operations_it_has, 0, sizeof of_a_kind / sizeof of_a_kind[0]);
    tcase_add_test(tcase, parameters_decide);
    tcase_add_test(tcase, without_any_clients);
    tcase_add_test(tcase, who_has_invariants);
    tcase_add_test(tcase, names_are_cut);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

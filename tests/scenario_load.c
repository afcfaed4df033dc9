/* The loader with a small catalogue of its own: what it binds and prints. */
#define _POSIX_C_SOURCE 200809L

#include "tests/lib/catalogue.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- values ------------------------------------------------------------------------------------ */

static const struct params *params_of(const struct loaded *loaded)
{
    return sim_scenario_plan(loaded->scenario)->groups[0].params;
}

START_TEST(test_defaults)
{
    struct loaded loaded = load_good(TOP "nodes: {store: {model: store}}\n", NULL);
    const struct sim_plan *plan = sim_scenario_plan(loaded.scenario);
    const struct sim_group_plan *group = &plan->groups[0];
    const struct params *p = params_of(&loaded);

    ck_assert_int_eq(p->gap, 20000000);
    ck_assert_int_eq(p->maybe, 0);
    ck_assert_int_eq(p->whole, 7);
    ck_assert_int_eq(p->derived, 14);
    ck_assert_int_eq(p->colour, 1);
    ck_assert_int_eq(p->mix[0], 500000);
    ck_assert_int_eq(p->mix[1], 0);
    ck_assert_int_eq(p->mix[2], 500000);
    ck_assert(p->number == 0.5);
    ck_assert(p->share == 0.25);
    ck_assert(p->flag);
    ck_assert_uint_eq(p->chance, (uint64_t)1 << 63);
    ck_assert_int_eq(p->rate.count, 3);
    ck_assert_int_eq(p->rate.per, SIM_SECOND);
    ck_assert_uint_eq(p->size, 4096);
    ck_assert_uint_eq(p->band, 1000000);
    ck_assert_int_eq(sim_distribution_least(p->delay), 150000000);
    ck_assert_int_eq(sim_distribution_most(p->delay), 300000000);
    ck_assert_ptr_null(p->perhaps);
    ck_assert_int_eq(p->drift.low_ppb, 0);
    ck_assert_str_eq(p->text, "hello");
    ck_assert_int_eq(p->inner.count, 20);
    ck_assert_ptr_nonnull(p->inner.chosen);
    ck_assert_uint_eq(p->friend, SIM_NO_GROUP);

    ck_assert_str_eq(plan->name, "test");
    ck_assert_ptr_null(plan->about);
    ck_assert_uint_eq(plan->seed, 1);
    ck_assert_int_eq(plan->duration, 60 * SIM_SECOND);
    ck_assert_int_eq(plan->warmup, 0);
    ck_assert_int_eq(plan->limits.events, 10000000000);
    ck_assert_uint_eq(plan->limits.trace, (uint64_t)4 << 30);
    ck_assert_uint_eq(plan->group_count, 1);
    ck_assert_uint_eq(plan->zone_count, 0);
    ck_assert_uint_eq(plan->fault_count, 0);
    ck_assert_int_eq(sim_distribution_most(plan->link.latency), SIM_MILLISECOND);
    ck_assert_uint_eq(group->count, 1);
    ck_assert_uint_eq(group->target, SIM_NO_GROUP);
    ck_assert_uint_eq(group->bugs, 0);
    ck_assert_ptr_null(group->disk.sync);
    ck_assert_ptr_null(group->clock.offset);
    ck_assert_ptr_null(group->processor.cost);
    ck_assert_int_eq(group->processor.workers, 1);
    finish(&loaded);
}
END_TEST

START_TEST(test_values)
{
    struct loaded loaded = load_good(all_values, NULL);
    const struct sim_plan *plan = sim_scenario_plan(loaded.scenario);
    const struct sim_group_plan *store = &plan->groups[0], *shop = &plan->groups[1];
    const struct params *p = store->params;

    ck_assert_str_eq(plan->name, "everything");
    ck_assert_str_eq(plan->about, "all of it");
    ck_assert_int_eq(plan->warmup, 5 * SIM_SECOND);
    ck_assert_uint_eq(plan->seed, INT64_MAX);
    ck_assert_int_eq(plan->limits.events, 5);
    ck_assert_int_eq(plan->limits.events_per_instant, 1000000);
    ck_assert_uint_eq(plan->limits.trace, 1000000);

    ck_assert_uint_eq(store->count, 5);
    ck_assert_uint_eq(store->bugs, 2);
    ck_assert_uint_eq(store->zone_count, 2);
    ck_assert_str_eq(plan->zones[store->zones[0]], "eu");
    ck_assert_str_eq(plan->zones[store->zones[1]], "us");
    ck_assert_uint_eq(shop->zone_count, 1);
    ck_assert_uint_eq(shop->zones[0], store->zones[0]);
    ck_assert_uint_eq(shop->target, 0);
    ck_assert_ptr_null(shop->params);
    ck_assert_int_eq(sim_distribution_least(store->clock.offset), -5000000);
    ck_assert_int_eq(store->clock.drift.low_ppb, -20000);
    ck_assert_int_eq(store->clock.drift.high_ppb, 50000);
    ck_assert_int_eq(sim_distribution_least(store->disk.sync), 2000000);
    ck_assert_int_eq(store->disk.unsynced, SIM_UNSYNCED_KEPT);
    ck_assert_int_eq(store->processor.workers, 4);
    ck_assert_int_eq(store->processor.queue, 0);

    ck_assert_int_eq(p->gap, 1500000000);
    ck_assert_int_eq(p->maybe, 3000);
    ck_assert_int_eq(p->whole, -5);
    ck_assert_int_eq(p->colour, 2);
    ck_assert_int_eq(p->mix[0], 250000);
    ck_assert_int_eq(p->mix[1], 750000);
    ck_assert_int_eq(p->mix[2], 0);
    ck_assert(p->number == 2.5);
    ck_assert(p->share == 1);
    ck_assert(!p->flag);
    ck_assert_uint_eq(p->chance, SIM_ALWAYS);
    ck_assert_int_eq(p->rate.count * 60 * SIM_SECOND, 30 * p->rate.per);
    ck_assert_uint_eq(p->band, 12500000);
    ck_assert_int_eq(p->drift.high_ppb, 50000);
    ck_assert_str_eq(p->text, "it's: # fine");
    ck_assert_int_eq(p->inner.count, 3);
    ck_assert_uint_eq(p->friend, 1);
    finish(&loaded);
}
END_TEST

START_TEST(test_links)
{
    struct loaded loaded = load_good(all_values, NULL);
    const struct sim_plan *plan = sim_scenario_plan(loaded.scenario);
    const struct sim_link_rule *first = &plan->rules[0], *second = &plan->rules[1];

    ck_assert_ptr_null(plan->link.latency);
    ck_assert_uint_eq(plan->rule_count, 2);
    ck_assert(first->both);
    ck_assert_uint_eq(first->from.group, 0);
    ck_assert_uint_eq(first->from.zone, SIM_NO_GROUP);
    ck_assert_uint_eq(first->to.group, SIM_NO_GROUP);
    ck_assert_uint_eq(first->to.zone, 0);
    ck_assert_int_eq(sim_distribution_least(first->link.latency), 5000000);
    ck_assert_uint_eq(first->link.loss, plan->link.loss); /* as everywhere else */
    ck_assert_uint_eq(first->link.duplicate, 0);
    ck_assert(!second->both);
    ck_assert_uint_eq(second->from.group, 1);
    ck_assert_uint_eq(second->from.zone, 1);
    ck_assert_uint_eq(second->to.group, 1);
    ck_assert_ptr_null(second->link.latency);
    ck_assert_uint_eq(second->link.loss, (uint64_t)1 << 63);
    finish(&loaded);
}
END_TEST

START_TEST(test_faults)
{
    struct loaded loaded = load_good(all_values, NULL);
    const struct sim_plan *plan = sim_scenario_plan(loaded.scenario);
    const struct sim_fault_plan *f = plan->faults;
    const struct sim_selector *s;

    ck_assert_uint_eq(plan->fault_count, 5);
    ck_assert_ptr_eq(f[0].kind, &sim_fault_partition);
    ck_assert_int_eq(f[0].at, 20 * SIM_SECOND);
    ck_assert_ptr_null(f[0].every);
    ck_assert_int_eq(sim_distribution_least(f[0].duration), 15 * SIM_SECOND);
    ck_assert_str_eq(f[0].label, "cut");
    ck_assert(((const struct sim_partition_params *)f[0].params)->one_way);
    ck_assert_int_eq(((const struct sim_partition_params *)f[0].params)->in_flight,
                     SIM_IN_FLIGHT_CUT);
    ck_assert_uint_eq(f[0].side_count, 3);
    ck_assert_uint_eq(f[0].sides[0].count, 2);
    s = &f[0].sides[0].selectors[0];
    ck_assert_uint_eq(s->group, 0);
    ck_assert_uint_eq(s->member, SIM_NO_GROUP);
    ck_assert_str_eq(s->where, "role");
    ck_assert_uint_eq(s->where_offset, offsetof(struct state, role));
    ck_assert(!s->where_flag);
    ck_assert_int_eq(s->equals, 1);
    ck_assert_uint_eq(f[0].sides[0].selectors[1].member, 1);
    ck_assert_uint_eq(f[0].sides[1].selectors[0].group, 1);
    ck_assert_uint_eq(f[0].sides[1].selectors[1].pick, 2);
    ck_assert(f[0].sides[2].selectors[0].rest);

    ck_assert_ptr_eq(f[1].kind, &sim_fault_crash);
    ck_assert_ptr_nonnull(f[1].every);
    ck_assert_int_eq(f[1].from, 30 * SIM_SECOND);
    ck_assert_int_eq(f[1].to, 50 * SIM_SECOND);
    ck_assert_uint_eq(f[1].side_count, 1);
    ck_assert_uint_eq(f[1].sides[0].selectors[0].member, 4);

    ck_assert_ptr_eq(f[2].kind, &sim_fault_slow);
    ck_assert(((const struct sim_slow_params *)f[2].params)->factor == 2.5);
    ck_assert_ptr_null(f[2].duration);
    ck_assert(f[2].sides[0].selectors[1].where_flag);
    ck_assert_int_eq(f[2].sides[0].selectors[1].equals, 1);
    ck_assert(((const struct sim_slow_params *)f[3].params)->factor == 10);
    ck_assert_int_eq(f[3].sides[0].selectors[0].equals, -3);
    ck_assert_ptr_eq(f[4].kind, &sim_fault_restart);
    ck_assert_ptr_null(f[4].label);
    finish(&loaded);
}
END_TEST

START_TEST(test_expectations)
{
    struct loaded loaded = load_good(all_values, NULL);
    size_t count;
    const struct sim_expectation *e = sim_scenario_expectations(loaded.scenario, &count);
    const struct judge *first = e[0].params, *second = e[1].params;

    ck_assert_uint_eq(count, 4);
    ck_assert_ptr_eq(e[0].checker, &judge_checker);
    ck_assert_str_eq(e[0].text, "judge: {clients: shop, during: 'cut[7]', at_least: 70%}");
    ck_assert_uint_eq(first->clients, 1);
    ck_assert_str_eq(first->during, "cut[7]");
    ck_assert(first->at_least == 0.7);
    ck_assert(second->at_least == 0.995);
    ck_assert_ptr_eq(e[2].checker, &plain_checker);
    ck_assert_str_eq(e[2].text, "plain");
    ck_assert_str_eq(e[3].text, "plain");
    ck_assert_uint_eq(e[2].mark.line, e[1].mark.line + 1);
    finish(&loaded);
}
END_TEST

/* -- distributions ----------------------------------------------------------------------------- */

static void compare_distribution(const char *text, struct sim_distribution *wanted)
{
    char scenario[2000];
    struct loaded loaded;
    const struct params *p;

    snprintf(scenario, sizeof(scenario), TOP "nodes: {store: {model: store, perhaps: %s}}\n", text);
    loaded = load_good(scenario, NULL);
    p = params_of(&loaded);
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t word = i * 0x9e3779b97f4a7c15u + (i << 57);

        ck_assert_msg(sim_distribution_sample(p->perhaps, word) ==
                          sim_distribution_sample(wanted, word),
                      "%s: another sample of %llx", text, (unsigned long long)word);
    }
    sim_distribution_destroy(wanted);
    finish(&loaded);
}

#define MS SIM_MILLISECOND

START_TEST(test_distributions)
{
    struct sim_distribution *parts[2] = { sim_distribution_constant(MS),
                                          sim_distribution_uniform(5 * MS, 9 * MS) };

    compare_distribution("5ms", sim_distribution_constant(5 * MS));
    compare_distribution("0", sim_distribution_constant(0));
    compare_distribution("1ms..3ms", sim_distribution_uniform(MS, 3 * MS));
    compare_distribution("0 .. 3ms", sim_distribution_uniform(0, 3 * MS));
    compare_distribution("{exponential: 5ms}", sim_distribution_exponential(5 * MS));
    compare_distribution("{normal: {mean: 5ms, deviation: 1ms}}",
                         sim_distribution_normal(5 * MS, MS));
    compare_distribution("{lognormal: {median: 5ms, p99: 40ms}}",
                         sim_distribution_lognormal(5 * MS, 40 * MS));
    compare_distribution("{pareto: {scale: 1ms, shape: 1.5}}", sim_distribution_pareto(MS, 1.5));
    compare_distribution("{weibull: {scale: 1ms, shape: 0.5}}", sim_distribution_weibull(MS, 0.5));
    compare_distribution("{gamma: {mean: 3ms, shape: 2}}", sim_distribution_gamma(3 * MS, 2));
    compare_distribution("{empirical: {values: [9ms, 1ms, 4ms]}}",
                         sim_distribution_empirical((const sim_time[]){ MS, 4 * MS, 9 * MS }, 3));
    compare_distribution("{mix: [{weight: 9, of: 1ms}, {weight: 1, of: 5ms..9ms}]}",
                         sim_distribution_mix(parts, (const double[]){ 9, 1 }, 2));
    compare_distribution("{plus: 2ms, exponential: 5ms}",
                         sim_distribution_shift(sim_distribution_exponential(5 * MS), 2 * MS));
}
END_TEST

/* The file is found beside the scenario, and its values stand in what is printed. */
START_TEST(test_empirical_file)
{
    char folder[] = "scenario-load-XXXXXX", data[100], path[100], *effective;
    struct sim_document_options options = { .path = path };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *scenario;
    const struct params *p;
    FILE *file;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(data, sizeof(data), "%s/data.txt", folder);
    snprintf(path, sizeof(path), "%s/test.yaml", folder);
    file = fopen(data, "w");
    fputs("# measured\n 3ms\n\n1ms # fast\r\n2ms", file);
    fclose(file);
    file = fopen(path, "w");
    fputs(TOP "nodes: {store: {model: store, delay: {empirical: {file: data.txt}}}}\n", file);
    fclose(file);
    scenario = sim_scenario_load(&test_catalogue, &options, diagnostics);
    ck_assert_ptr_nonnull(scenario);
    p = sim_scenario_plan(scenario)->groups[0].params;
    ck_assert_int_eq(sim_distribution_least(p->delay), MS);
    ck_assert_int_eq(sim_distribution_most(p->delay), 3 * MS);
    effective = print(scenario);
    ck_assert_ptr_null(strstr(effective, "data.txt"));
    ck_assert_ptr_nonnull(strstr(effective, "values:"));
    free(effective);
    sim_scenario_destroy(scenario);
    sim_diagnostics_destroy(diagnostics);
    remove(data);
    remove(path);
    remove(folder);
}
END_TEST

/* -- the effective scenario -------------------------------------------------------------------- */

START_TEST(test_effective_reads_back)
{
    static const char *const texts[] = {
        all_values,
        TOP "nodes: {store: {model: store}}\n",
        TOP "nodes: {store: {model: store, delay: {mix: [{weight: 1, of: {empirical: {values: "
            "[2ms]}}}], "
            "plus: 1ms}}}\n",
        TOP
        "nodes:\n  store: &s {model: store, text: 'yes', whole: 3}\n  other: {<<: *s, whole: 4, "
        "text: \"a\\tb: c\"}\n",
    };
    struct loaded first = load_good(texts[_i], NULL), second;
    char *once = print(first.scenario), *twice;

    second = load_good(once, NULL);
    twice = print(second.scenario);
    ck_assert_str_eq(once, twice);
    ck_assert_uint_eq(sim_scenario_plan(first.scenario)->group_count,
                      sim_scenario_plan(second.scenario)->group_count);
    for (uint32_t i = 0; i < sim_scenario_plan(first.scenario)->fault_count; i++) {
        const struct sim_fault_plan *a = &sim_scenario_plan(first.scenario)->faults[i];
        const struct sim_fault_plan *b = &sim_scenario_plan(second.scenario)->faults[i];

        ck_assert_int_eq(a->at, b->at);
        ck_assert_int_eq(a->to, b->to);
        ck_assert_ptr_eq(a->kind, b->kind);
        ck_assert_uint_eq(a->side_count, b->side_count);
    }
    free(once);
    free(twice);
    finish(&first);
    finish(&second);
}
END_TEST

START_TEST(test_effective_has_defaults)
{
    struct loaded loaded = load_good(TOP "nodes: {store: {model: store, whole: null}}\n", NULL);
    static const char *const lines[] = {
        "name: test\n",       "seed: 1\n",         "    gap: 20ms\n",
        "    whole: 7\n",     "      count: 20\n", "      red: 50%\n",
        "  latency: 1ms\n",   "  trace: 4GiB\n",   "      chosen: uniform\n",
        "      workers: 1\n", "    flag: true\n",
    };
    char *text = print(loaded.scenario);

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        ck_assert_msg(strstr(text, lines[i]) != NULL, "no %s in\n%s", lines[i], text);
    ck_assert_ptr_null(strstr(text, "maybe"));
    free(text);
    finish(&loaded);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario loader");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, test_defaults);
    tcase_add_test(tcase, test_values);
    tcase_add_test(tcase, test_links);
    tcase_add_test(tcase, test_faults);
    tcase_add_test(tcase, test_expectations);
    tcase_add_test(tcase, test_distributions);
    tcase_add_test(tcase, test_empirical_file);
    tcase_add_loop_test(tcase, test_effective_reads_back, 0, 4);
    tcase_add_test(tcase, test_effective_has_defaults);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

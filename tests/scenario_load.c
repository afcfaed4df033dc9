/* The loader with a small catalogue of its own: what it binds, prints and refuses. */
#define _POSIX_C_SOURCE 200809L

#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the catalogue ----------------------------------------------------------------------------- */

static const char *const colours[] = { "red", "green", "blue", NULL };
static const char *const roles[] = { "follower", "leader", NULL };

struct inner {
    int64_t count;
    struct sim_popularity *chosen;
};
static const struct sim_field inner_fields[] = {
    SIM_INTEGER(struct inner, count, "20", "1", "100", "things"),
    SIM_POPULARITY(struct inner, chosen, "uniform", "which thing"),
    { 0 },
};

struct params {
    sim_time gap, maybe;
    int64_t whole, colour, mix[3];
    double number, share;
    bool flag;
    sim_probability chance;
    struct sim_rate rate;
    uint64_t size, band;
    const struct sim_distribution *delay, *perhaps;
    struct sim_ppm_range drift;
    const char *text;
    struct inner inner;
    uint32_t friend;
    int64_t derived;
};
static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, gap, "20ms", "1us", "1h", "gap"),
    SIM_DURATION(struct params, maybe, SIM_OPTIONAL, "1us", "1h", "perhaps a gap"),
    SIM_INTEGER(struct params, whole, "7", "-5", "100", "whole"),
    SIM_CHOICE(struct params, colour, "green", colours, "colour"),
    SIM_MIX(struct params, mix, "{red: 50%, blue: 50%}", colours, "mix"),
    SIM_NUMBER(struct params, number, "0.5", "0", "2.5", "number"),
    SIM_SHARE(struct params, share, "25%", "share"),
    SIM_BOOLEAN(struct params, flag, "true", "flag"),
    SIM_PROBABILITY(struct params, chance, "50%", "chance"),
    SIM_RATE(struct params, rate, "3/s", "1/h", "1k/s", "rate"),
    SIM_SIZE(struct params, size, "4KiB", "1B", "1MiB", "size"),
    SIM_BANDWIDTH(struct params, band, "8Mbit/s", NULL, NULL, "bandwidth"),
    SIM_DISTRIBUTION(struct params, delay, "150ms..300ms", "1ms", "1s", "delay"),
    SIM_DISTRIBUTION(struct params, perhaps, SIM_OPTIONAL, NULL, NULL, "perhaps a delay"),
    SIM_PPM(struct params, drift, "0", "-100ppm", "100ppm", "drift"),
    SIM_TEXT(struct params, text, "hello", "text"),
    SIM_OBJECT(struct params, inner, inner_fields, "inner"),
    SIM_GROUP(struct params, friend, SIM_OPTIONAL, "another group"),
    { 0 },
};

struct state {
    int64_t role, term;
    bool ready;
};
static const struct sim_field state_fields[] = {
    SIM_WATCHED_CHOICE(struct state, role, roles, "role"),
    SIM_WATCHED(struct state, term, "term"),
    { "ready", SIM_FIELD_FLAG, offsetof(struct state, ready), true, NULL, NULL, NULL, "ready", NULL,
      NULL },
    { 0 },
};

static const struct sim_interface shop_interface = { .name = "shop" };
static const struct sim_interface bank_interface = { .name = "bank" };

static const char *check_store(void *params, uint32_t members, char text[160])
{
    struct params *p = params;

    p->derived = p->whole * 2;
    if (p->whole == 13)
        snprintf(text, 160, "13 brings bad luck to %u members", members);
    else if (members == 66)
        snprintf(text, 160, "66 members are too many for the default");
    return p->whole == 13 || members == 66 ? "whole" : NULL;
}

static const struct sim_model store_model = {
    .name = "store",
    .summary = "a store",
    .params = { params_fields, sizeof(struct params) },
    .state = { state_fields, sizeof(struct state) },
    .serves = { { &shop_interface, NULL } },
    .bugs = { "forgets", "lies" },
    .check = check_store,
};

static const struct sim_model client_model = {
    .name = "client",
    .calls = { { "buy", &shop_interface, 0, NULL }, { "sell", &shop_interface, 0, NULL } },
};

static const struct sim_model rich_model = {
    .name = "rich",
    .calls = { { "pay", &bank_interface, 0, NULL }, { "buy", &shop_interface, 0, NULL } },
};

static const struct sim_model *const models[] = { &store_model, &client_model, &rich_model, NULL };

struct judge {
    uint32_t clients;
    const char *during;
    double at_least;
};
static const struct sim_field judge_fields[] = {
    SIM_GROUP(struct judge, clients, NULL, "whose"),
    SIM_LABEL(struct judge, during, SIM_OPTIONAL, "when"),
    SIM_SHARE(struct judge, at_least, "99.5%", "how much"),
    { 0 },
};
static const struct sim_described judge_checker = { "judge", "judges", judge_fields,
                                                    sizeof(struct judge) };
static const struct sim_described plain_checker = { "plain", "no parameters", NULL, 0 };
static const struct sim_described *const checkers[] = { &judge_checker, &plain_checker, NULL };

static const struct sim_catalogue catalogue = { models, checkers };

/* -- loading ----------------------------------------------------------------------------------- */

struct loaded {
    struct sim_diagnostics *diagnostics;
    struct sim_scenario *scenario;
    char *errors; /* as JSON, a line each */
};

static struct loaded load(const char *text, const struct sim_document_options *options)
{
    struct loaded loaded = { .diagnostics = sim_diagnostics_create() };
    size_t length;
    FILE *out;

    loaded.scenario = sim_scenario_parse(&catalogue, "test.yaml", text, strlen(text), options,
                                         loaded.diagnostics);
    out = open_memstream(&loaded.errors, &length);
    sim_diagnostics_print_json(loaded.diagnostics, out);
    fclose(out);
    ck_assert_int_eq(loaded.scenario != NULL, sim_diagnostics_errors(loaded.diagnostics) == 0);
    return loaded;
}

static void finish(struct loaded *loaded)
{
    sim_scenario_destroy(loaded->scenario);
    sim_diagnostics_destroy(loaded->diagnostics);
    free(loaded->errors);
}

static struct loaded load_good(const char *text, const struct sim_document_options *options)
{
    struct loaded loaded = load(text, options);

    ck_assert_msg(loaded.scenario != NULL, "%s\n%s", text, loaded.errors);
    return loaded;
}

static char *print(const struct sim_scenario *scenario)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    sim_scenario_print_effective(scenario, out);
    fclose(out);
    return text;
}

#define TOP "version: 1\nduration: 60s\n"

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

static const char all_values[] = TOP
    "name: everything\nabout: all of it\nwarmup: 5s\nseed: 9223372036854775807\n"
    "limits: {events: 5, trace: 1MB}\n"
    "network: {latency: 0, loss: 1%, links: [{between: [store, {zone: eu}], latency: 5ms},\n"
    "  {from: {group: shop, zone: us}, to: shop, loss: 0.5}]}\n"
    "nodes:\n"
    "  store:\n"
    "    model: store\n"
    "    count: 5\n"
    "    zones: [eu, us]\n"
    "    bugs: [lies]\n"
    "    clock: {offset: -5ms..5ms, drift: -20ppm..50ppm}\n"
    "    disk: {sync: 2ms, unsynced: kept}\n"
    "    processor: {workers: 4, queue: 0, cost: {exponential: 100us}}\n"
    "    gap: 1.5s\n"
    "    maybe: 3us\n"
    "    whole: -5\n"
    "    colour: blue\n"
    "    mix: {red: 0.25, green: 75%, blue: null}\n"
    "    number: 2.5\n"
    "    share: 1\n"
    "    flag: false\n"
    "    chance: 100%\n"
    "    rate: 30/min\n"
    "    size: 1MiB\n"
    "    band: 12.5MB/s\n"
    "    delay: {lognormal: {median: 10ms, p99: 80ms}, plus: 1ms}\n"
    "    perhaps: 5ms\n"
    "    drift: 50ppm\n"
    "    text: 'it''s: # fine'\n"
    "    inner: {count: 3, chosen: {zipf: 0.99}}\n"
    "    friend: shop\n"
    "  shop: {model: client, target: store, zone: eu}\n"
    "faults:\n"
    "  - {at: 20s, partition: [[{of: store, where: {role: leader}}, store-1], [shop, {of: store, "
    "pick: 2}], rest],\n     for: 15s, label: cut, one_way: true, in_flight: cut}\n"
    "  - {every: {exponential: 10s}, between: [30s, 50s], crash: {of: store, member: 4}, for: 2s, "
    "label: cut}\n"
    "  - {at: 0, slow: [store-0, {of: store, where: {ready: true}}], factor: 2.5, label: lag}\n"
    "  - {at: 1s, slow: {of: store, where: {term: -3}}, label: lag}\n"
    "  - {at: 60s, restart: store}\n"
    "expect:\n"
    "  - judge: {clients: shop, during: 'cut[7]', at_least: 70%}\n"
    "  - judge: {clients: store, during: 'lag[2]'}\n"
    "  - plain\n"
    "  - plain:\n";

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
    ck_assert_int_eq((int)f[0].kind, SIM_FAULT_PARTITION);
    ck_assert_int_eq(f[0].at, 20 * SIM_SECOND);
    ck_assert_ptr_null(f[0].every);
    ck_assert_int_eq(sim_distribution_least(f[0].duration), 15 * SIM_SECOND);
    ck_assert_str_eq(f[0].label, "cut");
    ck_assert(f[0].one_way);
    ck_assert(f[0].cut_in_flight);
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

    ck_assert_int_eq((int)f[1].kind, SIM_FAULT_CRASH);
    ck_assert_ptr_nonnull(f[1].every);
    ck_assert_int_eq(f[1].from, 30 * SIM_SECOND);
    ck_assert_int_eq(f[1].to, 50 * SIM_SECOND);
    ck_assert_uint_eq(f[1].side_count, 1);
    ck_assert_uint_eq(f[1].sides[0].selectors[0].member, 4);

    ck_assert_int_eq((int)f[2].kind, SIM_FAULT_SLOW);
    ck_assert(f[2].factor == 2.5);
    ck_assert_ptr_null(f[2].duration);
    ck_assert(f[2].sides[0].selectors[1].where_flag);
    ck_assert_int_eq(f[2].sides[0].selectors[1].equals, 1);
    ck_assert(f[3].factor == 10);
    ck_assert_int_eq(f[3].sides[0].selectors[0].equals, -3);
    ck_assert_int_eq((int)f[4].kind, SIM_FAULT_RESTART);
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
    char folder[] = "/tmp/scenario-load-XXXXXX", data[100], path[100], *effective;
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
    scenario = sim_scenario_load(&catalogue, &options, diagnostics);
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
        ck_assert_int_eq((int)a->kind, (int)b->kind);
        ck_assert_int_eq(a->one_way, b->one_way);
        ck_assert(a->factor == b->factor);
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
        "seed: 1\n",          "    gap: 20ms\n",  "    whole: 7\n",  "      count: 20\n",
        "      red: 50%\n",   "  latency: 1ms\n", "  trace: 4GiB\n", "      chosen: uniform\n",
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

/* -- variants and overrides -------------------------------------------------------------------- */

static const char with_variants[] =
    TOP "nodes:\n  store: {model: store, count: 3}\n  shop: {model: client, target: store}\n"
        "variants:\n  more: {nodes.store.count: 7}\n  rich: {nodes.shop.target: shop}\n"
        "fails_with: {nodes.store.bugs: [lies]}\n";

START_TEST(test_bad_variants_are_reported_by_the_base)
{
    struct loaded loaded = load(with_variants, NULL);
    const struct sim_document_options good = { .variant = "more" }, bad = { .variant = "rich" };

    ck_assert_ptr_null(loaded.scenario);
    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 1);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "\"line\":8,"));
    ck_assert_ptr_nonnull(strstr(loaded.errors, "does not serve"));
    finish(&loaded);
    loaded = load_good(with_variants, &good);
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->groups[0].count, 7);
    finish(&loaded);
    loaded = load(with_variants, &bad);
    ck_assert_ptr_null(loaded.scenario);
    finish(&loaded);
}
END_TEST

START_TEST(test_fails_with)
{
    const struct sim_document_options options = { .fails_with = true };
    struct loaded loaded = load_good(with_variants, &options);

    ck_assert(sim_scenario_has_fails_with(loaded.scenario));
    ck_assert_uint_eq(sim_scenario_plan(loaded.scenario)->groups[0].bugs, 2);
    finish(&loaded);
    loaded =
        load(TOP "nodes: {store: {model: store}}\nfails_with: {nodes.store.bugs: [none]}\n", NULL);
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
    struct loaded loaded =
        load(TOP "nodes: {store: {model: store}}\n"
                 "matrix: {nodes.store.whole: [1, 500], nodes.store.count: [1, 2, 3]}\n",
             NULL);

    ck_assert_ptr_null(loaded.scenario);
    ck_assert_uint_eq(sim_diagnostics_errors(loaded.diagnostics), 1);
    ck_assert_ptr_nonnull(strstr(loaded.errors, "out of range"));
    finish(&loaded);
}
END_TEST

START_TEST(test_sets)
{
    const char *const good[] = { "nodes.store.count=4", "nodes.store.count=9", "seed=42", NULL };
    const char *const bad[] = { "nodes.store.count=4", "nodes.store.cuont=9", NULL };
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
      5, 38, "reference", "has 1 window", NULL },
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
    char text[1000], place[100];
    struct loaded loaded;

    snprintf(text, sizeof(text), TOP "%s\n", row->text);
    loaded = load(text, NULL);
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

START_TEST(test_fault_kinds)
{
    bool seen[SIM_FAULT_KINDS] = { false };

    for (const struct sim_fault_description *fault = sim_faults(); fault->name != NULL; fault++) {
        const char *target = fault->kind == SIM_FAULT_PARTITION ? "[a-0, rest]" : "[a-0, a-1]";
        char text[1000];
        struct loaded loaded;

        ck_assert(!seen[fault->kind]);
        seen[fault->kind] = true;
        snprintf(text, sizeof(text),
                 TOP "nodes: {a: {model: store, count: 3}}\nfaults: [{at: 1s, %s: %s}]\n",
                 fault->name, target);
        loaded = load_good(text, NULL);
        ck_assert_int_eq((int)sim_scenario_plan(loaded.scenario)->faults[0].kind, (int)fault->kind);
        finish(&loaded);
    }
    for (int i = 0; i < SIM_FAULT_KINDS; i++)
        ck_assert(seen[i]);
}
END_TEST

/* Every default of every model and checker is good: nothing but what is required is missed. */
START_TEST(test_defaults_of_the_catalogue)
{
    const struct sim_described *known[100] = { NULL };
    const struct sim_catalogue all = { sim_models(), known };
    char *text = NULL, *json = NULL;
    size_t length, count = 0;
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    FILE *out = open_memstream(&text, &length);

    for (size_t i = 0; sim_checkers()[i] != NULL; i++)
        known[i] = &sim_checkers()[i]->about;
    fputs(TOP "nodes:\n", out);
    for (; all.models[count] != NULL; count++)
        fprintf(out, "  g%c%c: {model: %s, count: 3}\n", (char)('a' + count / 26),
                (char)('a' + count % 26), all.models[count]->name);
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
    Suite *suite = suite_create("scenario loader");
    TCase *tcase = tcase_create("loader");
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
    tcase_add_test(tcase, test_bad_variants_are_reported_by_the_base);
    tcase_add_test(tcase, test_fails_with);
    tcase_add_test(tcase, test_matrix_reports_its_first_wrong_cell);
    tcase_add_test(tcase, test_sets);
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

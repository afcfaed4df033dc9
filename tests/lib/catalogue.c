#define _POSIX_C_SOURCE 200809L

#include "tests/lib/catalogue.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const colours[] = { "red", "green", "blue", NULL };
static const char *const roles[] = { "follower", "leader", NULL };

static const struct sim_field inner_fields[] = {
    SIM_INTEGER(struct inner, count, "20", "1", "100", "things"),
    SIM_POPULARITY(struct inner, chosen, "uniform", "which thing"),
    { 0 },
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

static const struct sim_field judge_fields[] = {
    SIM_GROUP(struct judge, clients, NULL, "whose"),
    SIM_LABEL(struct judge, during, SIM_OPTIONAL, "when"),
    SIM_SHARE(struct judge, at_least, "99.5%", "how much"),
    { 0 },
};
const struct sim_described judge_checker = {
    .name = "judge", .summary = "judges", .fields = judge_fields, .size = sizeof(struct judge)
};
const struct sim_described plain_checker = { .name = "plain", .summary = "no parameters" };
static const struct sim_described *const checkers[] = { &judge_checker, &plain_checker, NULL };

const struct sim_catalogue test_catalogue = { models, checkers, NULL };

const char all_values[] = TOP
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

/* -- loading ----------------------------------------------------------------------------------- */

struct loaded load(const char *text, const struct sim_document_options *options)
{
    struct loaded loaded = { .diagnostics = sim_diagnostics_create() };
    size_t length;
    FILE *out;

    loaded.scenario = sim_scenario_parse(&test_catalogue, "test.yaml", text, strlen(text), options,
                                         loaded.diagnostics);
    out = open_memstream(&loaded.errors, &length);
    sim_diagnostics_print_json(loaded.diagnostics, out);
    fclose(out);
    ck_assert_int_eq(loaded.scenario != NULL, sim_diagnostics_errors(loaded.diagnostics) == 0);
    return loaded;
}

void finish(struct loaded *loaded)
{
    sim_scenario_destroy(loaded->scenario);
    sim_diagnostics_destroy(loaded->diagnostics);
    free(loaded->errors);
}

struct loaded load_good(const char *text, const struct sim_document_options *options)
{
    struct loaded loaded = load(text, options);

    ck_assert_msg(loaded.scenario != NULL, "%s\n%s", text, loaded.errors);
    return loaded;
}

char *print(const struct sim_scenario *scenario)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    sim_scenario_print_effective(scenario, out);
    fclose(out);
    return text;
}

/* network.c - `network:` of a scenario: links, and rules for some of them. */
#include "sim/core/mem.h"
#include "sim/scenario/schema.h"

#include <string.h>

static const char *const transport_names[] = {
    [SIM_DATAGRAM] = "datagram",
    [SIM_STREAM] = "stream",
    NULL,
};
static const char *const tls_names[] = {
    [SIM_TLS_NONE] = "none",
    [SIM_TLS_1_2] = "v1.2",
    [SIM_TLS_1_3] = "v1.3",
    NULL,
};

static const struct sim_field weather_fields[] = {
    SIM_DISTRIBUTION(struct sim_weather_plan, good, NULL, "0", "36500d",
                     "how long a good period lasts; a link begins with one"),
    SIM_DISTRIBUTION(struct sim_weather_plan, bad, NULL, "0", "36500d",
                     "how long a bad period lasts; 0: there is none"),
    SIM_PROBABILITY(struct sim_weather_plan, loss, "0",
                    "a message is lost in a bad period, besides `loss`"),
    SIM_NUMBER(struct sim_weather_plan, slower, "1", "1", "1000000",
               "factor of the latency in a bad period"),
    { 0 },
};

/* Twice the same: with the defaults of a network, and without, as what a rule leaves out is as
 * everywhere else. */
#define STREAM_FIELDS(standard)                                                                    \
    {                                                                                              \
        SIM_CHOICE(struct sim_stream_plan, tls, standard("none"), tls_names,                       \
                   "round trips before the first data: v1.2 two more, v1.3 one more"),             \
            SIM_DURATION(struct sim_stream_plan, rto, standard("1s"), "1us", "1h",                 \
                         "retransmission timeout before a round trip was measured"),               \
            SIM_DURATION(struct sim_stream_plan, rto_least, standard("200ms"), "1us", "1h",        \
                         "least retransmission timeout: 200ms in Linux, 1s in RFC 6298"),          \
            SIM_DURATION(struct sim_stream_plan, rto_most, standard("120s"), "1us", "1d",          \
                         "longest retransmission timeout"),                                        \
            SIM_DURATION(struct sim_stream_plan, connect, standard("127s"), "1us", "36500d",       \
                         "after so long without an answer a handshake is given up: 6 repetitions " \
                         "in Linux"),                                                              \
            SIM_DURATION(struct sim_stream_plan, give_up, standard("924600ms"), "1us", "36500d",   \
                         "after so long without an acknowledgement a connection is given up: 15 "  \
                         "retransmissions in Linux"),                                              \
            { 0 },                                                                                 \
    }

#define LINK_FIELDS(standard, stream_table)                                                        \
    {                                                                                              \
        SIM_DISTRIBUTION(struct sim_link_plan, latency, standard("1ms"), "0", "1h",                \
                         "how long a message takes"),                                              \
            SIM_PROBABILITY(struct sim_link_plan, loss, standard("0"), "a message is lost"),       \
            SIM_PROBABILITY(struct sim_link_plan, duplicate, standard("0"),                        \
                            "a message arrives twice"),                                            \
            SIM_PROBABILITY(struct sim_link_plan, corruption, standard("0"),                       \
                            "a message is damaged, which its checksum shows: it is dropped"),      \
            SIM_BANDWIDTH(struct sim_link_plan, bandwidth, SIM_OPTIONAL, "1B/s", "1000000GB/s",    \
                          "of each direction of each pair of nodes; absent: no bound"),            \
            SIM_SIZE(struct sim_link_plan, queue, standard("1MiB"), "0", "1000000GB",              \
                     "what may wait for the bandwidth; more is lost"),                             \
            SIM_OBJECT(struct sim_link_plan, weather, weather_fields,                              \
                       "good and bad periods in turn (Gilbert 1960, Elliott 1963)"),               \
            SIM_CHOICE(struct sim_link_plan, transport, standard("datagram"), transport_names,     \
                       "datagram: a message comes or not; stream: a connection that keeps order "  \
                       "and repeats what was lost"),                                               \
            SIM_OBJECT(struct sim_link_plan, stream, stream_table,                                 \
                       "connections, where the transport is a stream"),                            \
            { 0 },                                                                                 \
    }
#define GIVEN(text) text
#define LEFT_OUT(text) SIM_OPTIONAL

static const struct sim_field stream_fields[] = STREAM_FIELDS(GIVEN);
static const struct sim_field stream_rule_fields[] = STREAM_FIELDS(LEFT_OUT);
static const struct sim_field network_fields[] = LINK_FIELDS(GIVEN, stream_fields);
static const struct sim_field rule_fields[] = LINK_FIELDS(LEFT_OUT, stream_rule_fields);

#define END                                                                                        \
    "{'anyOf': [{'$ref': '#/definitions/group'}, {'type': 'object', 'properties': {'group': "      \
    "{'anyOf': [{'$ref': "                                                                         \
    "'#/definitions/group'}, {'type': 'null'}]}, 'zone': {'anyOf': [{'type': 'string', "           \
    "'pattern': '" SIM_PATTERN_NAME                                                                \
    "'}, {'type': 'null'}]}}, 'additionalProperties': false, 'anyOf': [" SIM_SCHEMA_HAS(           \
        "group") ", " SIM_SCHEMA_HAS("zone") "]}]}"

static void between_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "minItems", "2");
    sim_schema_raw(schema, "maxItems", "2");
    sim_schema_raw(schema, "items", END);
}

static void end_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[" END "]");
}

static void message_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'string'");
}

static const struct sim_key rule_keys[] = {
    { "between", false, "two ends, [a, b]: the rule holds in both directions", between_schema },
    { "from", false, "the end that sends: a group or {zone: name}", end_schema },
    { "to", false, "the end that receives: a group or {zone: name}", end_schema },
    { "message", false,
      "of this kind of message alone: one of the model, or what is called, with .request or .reply",
      message_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys rule_all = { .fields = { rule_fields }, .keys = rule_keys };

static void links_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_open(schema, "items", '{');
    sim_schema_mapping(schema, &rule_all);
    sim_schema_raw(schema, "oneOf",
                   "[" SIM_SCHEMA_HAS("between") ", {'allOf': [" SIM_SCHEMA_HAS(
                       "from") ", " SIM_SCHEMA_HAS("to") "]}]");
    sim_schema_raw(schema, "not",
                   "{'allOf': [" SIM_SCHEMA_HAS("between") ", {'anyOf': [" SIM_SCHEMA_HAS(
                       "from") ", " SIM_SCHEMA_HAS("to") "]}]}");
    sim_schema_close(schema, '{');
}

static const struct sim_key network_keys[] = {
    { "links", false, "rules for some links; the last that matches wins", links_schema },
    { NULL, false, NULL, NULL },
};

const struct sim_keys sim_network_keys = { .fields = { network_fields }, .keys = network_keys };

const struct sim_distribution *sim_bind_unless_zero(const struct sim_distribution *distribution)
{
    bool zero = distribution == NULL || (sim_distribution_least(distribution) == 0 &&
                                         sim_distribution_most(distribution) == 0);

    return zero ? NULL : distribution;
}

/* -- rules ------------------------------------------------------------------------------------- */

uint32_t sim_bind_zone(struct sim_binder *binder, const struct sim_tree *tree)
{
    size_t zone;

    if (!sim_bind_is(binder, tree, SIM_SCALAR, "zone", "the name of a zone"))
        return SIM_NO_GROUP;
    if (!sim_bind_is_name(tree->text)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected small letters, digits and hyphens, such as eu-west",
                              "'%s' cannot be the name of a zone", tree->text);
        return SIM_NO_GROUP;
    }
    zone = sim_bind_find_name(&binder->zones, tree->text);
    if (zone < binder->zones.count)
        return (uint32_t)zone;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                          sim_bind_hint(binder, tree->text, binder->zones.names),
                          "no node group lies in zone '%s'", tree->text);
    return SIM_NO_GROUP;
}

static struct sim_place bind_end(struct sim_binder *binder, const struct sim_tree *tree,
                                 const char *name)
{
    static const struct sim_key end_keys[] = { { "group", false, "the name of a node group", NULL },
                                               { "zone", false, "the name of a zone", NULL },
                                               { NULL, false, NULL, NULL } };
    static const struct sim_keys keys = { .keys = end_keys };
    const struct sim_subject subject = { sim_bind_text(binder, "'%s'", name), &tree->mark, false };
    struct sim_place place = { SIM_NO_GROUP, SIM_NO_GROUP };
    struct sim_tree *mapping;

    if (tree->kind == SIM_SCALAR) {
        place.group = sim_bind_group(binder, tree, name);
        return place;
    }
    mapping = sim_bind_complete(binder, tree, &keys, &subject);
    if (mapping == NULL)
        return place;
    if (sim_tree_get(mapping, "group") != NULL)
        place.group = sim_bind_group(binder, sim_tree_get(mapping, "group"), "group");
    if (sim_tree_get(mapping, "zone") != NULL)
        place.zone = sim_bind_zone(binder, sim_tree_get(mapping, "zone"));
    if (mapping->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected the name of a group, or {zone: name}",
                              "'%s' names neither a group nor a zone", name);
    return place;
}

static void bind_ends(struct sim_binder *binder, const struct sim_tree *mapping,
                      const struct sim_mark *mark, struct sim_link_rule *rule)
{
    const struct sim_tree *between = sim_tree_get(mapping, "between"),
                          *from = sim_tree_get(mapping, "from");
    const struct sim_tree *to = sim_tree_get(mapping, "to");

    if ((between != NULL) == (from != NULL && to != NULL) ||
        (between != NULL && (from != NULL || to != NULL))) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark, NULL,
                              "a link rule needs either 'between: [a, b]', or 'from' and 'to'");
        return;
    }
    rule->both = between != NULL;
    if (between == NULL) {
        rule->from = bind_end(binder, from, "from");
        rule->to = bind_end(binder, to, "to");
        return;
    }
    if (!sim_bind_is(binder, between, SIM_SEQUENCE, "between", "a list of two ends"))
        return;
    if (between->count != 2) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &between->mark, NULL,
                              "'between' has %u ends, expected two", between->count);
        return;
    }
    rule->from = bind_end(binder, between->items[0], "between");
    rule->to = bind_end(binder, between->items[1], "between");
}

/* A connection carries all that two nodes say to each other, so no kind of message has one of its
 * own. */
static void bind_message(struct sim_binder *binder, const struct sim_tree *mapping,
                         struct sim_link_rule *rule)
{
    const struct sim_tree *tree = sim_tree_get(mapping, "message");

    if (tree == NULL ||
        !sim_bind_is(binder, tree, SIM_SCALAR, "message", "the name of a kind of message"))
        return;
    rule->message = tree->text;
    sim_bind_rule_message(binder, tree, rule);
    if (rule->link.transport == SIM_STREAM)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'message' is for datagrams: a stream carries all kinds alike");
}

/* What no field can tell alone. */
static void bind_link(struct sim_binder *binder, struct sim_tree *mapping,
                      const struct sim_field *fields, struct sim_link_plan *link)
{
    const struct sim_stream_plan *stream = &link->stream;

    sim_bind_fields(binder, mapping, fields, link);
    link->latency = sim_bind_unless_zero(link->latency);
    link->weather.bad = sim_bind_unless_zero(link->weather.bad);
    if (stream->rto_least > stream->rto_most)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, "stream"), NULL,
                              "'rto_least' is longer than 'rto_most'");
}

static struct sim_tree *bind_rule(struct sim_binder *binder, const struct sim_tree *tree,
                                  struct sim_link_rule *rule)
{
    const struct sim_subject subject = { "link rule", &tree->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &rule_all, &subject);

    rule->from = rule->to = (struct sim_place){ SIM_NO_GROUP, SIM_NO_GROUP };
    rule->link = binder->plan->link;
    if (mapping == NULL)
        return NULL;
    bind_ends(binder, mapping, &tree->mark, rule);
    if (sim_tree_get(mapping, "latency") != NULL)
        rule->link.latency = NULL;
    bind_link(binder, mapping, rule_fields, &rule->link);
    bind_message(binder, mapping, rule);
    return mapping;
}

void sim_load_network(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *given = sim_tree_get(root, "network"), *links;
    const struct sim_subject subject = { "'network'", sim_bind_key_mark(root, "network"), true };
    struct sim_tree *mapping = sim_bind_complete(binder, given, &sim_network_keys, &subject),
                    *shown;
    struct sim_link_rule *rules;

    if (mapping == NULL)
        return;
    bind_link(binder, mapping, network_fields, &binder->plan->link);
    sim_bind_put(binder, root, "network", mapping);
    links = sim_tree_get(mapping, "links");
    if (links == NULL || !sim_bind_is(binder, links, SIM_SEQUENCE, "links", "a list of rules"))
        return;
    rules = sim_document_alloc(binder->document, (links->count + 1) * sizeof(*rules));
    memset(rules, 0, (links->count + 1) * sizeof(*rules));
    shown = sim_bind_node(binder, SIM_SEQUENCE, &links->mark, links->count);
    for (uint32_t i = 0; i < links->count; i++)
        shown->items[shown->count++] = bind_rule(binder, links->items[i], &rules[i]);
    sim_bind_put(binder, mapping, "links", shown);
    binder->plan->rules = rules;
    binder->plan->rule_count = links->count;
}

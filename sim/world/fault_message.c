/* fault_message.c - rules about messages: those of a kind on some links are dropped, late or
 * doubled, all of them, the n-th, every n-th, or some by luck.
 *
 * An open rule is found by what a message knows when it leaves, its kind and who sends it to whom,
 * never by looking through the rules. A rule between one node and one other stands in the index
 * under that pair; every other stands under each node of its smaller end alone, and what the
 * message's other end is, is asked of the few rules found there. A rule for all kinds of message
 * stands under no kind. So six looks at most find everything, and shapes that no open rule has are
 * not looked for. Most messages meet no rule, and learn it from a sieve of the ends.
 *
 * Every rule that a message meets counts it, also when another drops it: what a rule does depends
 * on no other.
 *
 * On a connection a rule meets segments rather than messages: stream.h says what becomes of them.
 */
#include "sim/world/fault.h"

#include <stdio.h>

enum { ANSWER = 0x616e7377 }; /* tells the key of a reply from that of its request */
enum luck_of_rule { LUCK_WHETHER = 1, LUCK_HOW_LATE };

struct entry {
    uint64_t key;
    uint32_t from, to; /* as in the sieve */
    uint32_t active;   /* SIM_NO_GROUP: the entry is free */
    uint32_t next;     /* in its bucket, + 1; or in the list of free ones */
};

enum shape { SHAPE_PAIR, SHAPE_FROM, SHAPE_TO, SHAPES };

struct rules {
    struct entry *entries;
    size_t capacity, count;
    uint32_t free; /* + 1 */
    uint32_t *buckets;
    size_t bucket_count, used;
    uint64_t meetings;          /* of messages with them */
    uint32_t shapes[SHAPES][2]; /* how many entries have each; [1]: for one kind of message */
    char **reasons;             /* by fault of the plan; NULL until it is asked for */
};

static const struct sim_message_params *params_of(const struct sim_world *world,
                                                  const struct active *active)
{
    return plan_of(world, active)->params;
}

/* -- the index --------------------------------------------------------------------------------- */

/* An end of SIM_NO_GROUP: any. The key of a rule is the sum of this and its kind, a hash too; 0:
 * any kind. */
static inline uint64_t key_of_ends(uint32_t from, uint32_t to)
{
    return sim_mix(ANSWER, (uint64_t)from << 32 | to);
}

static uint32_t *bucket_of(const struct rules *rules, uint64_t key)
{
    return &rules->buckets[key & (rules->bucket_count - 1)];
}

static void put(struct rules *rules, uint32_t index)
{
    uint32_t *bucket = bucket_of(rules, rules->entries[index].key);

    rules->entries[index].next = *bucket;
    *bucket = index + 1;
}

static void make_buckets(struct rules *rules, size_t bucket_count)
{
    uint32_t *old = rules->buckets;
    size_t old_count = rules->bucket_count;

    rules->bucket_count = bucket_count;
    rules->buckets = sim_alloc_array(rules->bucket_count, sizeof(*rules->buckets));
    for (size_t i = 0; i < old_count; i++)
        for (uint32_t at = old[i]; at != 0;) {
            uint32_t next = rules->entries[at - 1].next;

            put(rules, at - 1);
            at = next;
        }
    sim_free(old);
}

void sieve_rules(const struct sim_world *world, struct sieve *sieve)
{
    const struct rules *rules = world->rules;

    for (size_t i = 0; rules && i < rules->count; i++)
        if (rules->entries[i].active != SIM_NO_GROUP)
            sieve_add(sieve, rules->entries[i].from, rules->entries[i].to);
}

static void add_entry(struct rules *rules, uint32_t from, uint32_t to, uint64_t key,
                      uint32_t active)
{
    uint32_t index = rules->free;

    if (index != 0) {
        index--;
        rules->free = rules->entries[index].next;
    } else {
        index = (uint32_t)rules->count++;
        rules->entries =
            sim_grow(rules->entries, &rules->capacity, rules->count, sizeof(*rules->entries));
    }
    if (++rules->used > rules->bucket_count)
        make_buckets(rules, rules->bucket_count ? 2 * rules->bucket_count : 64);
    rules->entries[index] = (struct entry){ key, from, to, active, 0 };
    put(rules, index);
}

static void remove_entry(struct rules *rules, uint64_t key, uint32_t active)
{
    uint32_t *at = bucket_of(rules, key);

    while (rules->entries[*at - 1].key != key || rules->entries[*at - 1].active != active) {
        at = &rules->entries[*at - 1].next;
        assert(*at != 0); /* it was added */
    }
    uint32_t index = *at - 1;
    *at = rules->entries[index].next;
    rules->entries[index].next = rules->free;
    rules->entries[index].active = SIM_NO_GROUP;
    rules->free = index + 1;
    rules->used--;
}

/* -- kinds of message -------------------------------------------------------------------------- */

/* What `message:` of a rule can stand for: a message of the group's own, a request, its answer. */
enum way_of { WAY_REQUEST = 1, WAY_REPLY = 2 };

struct wanted {
    char name[64];
    unsigned ways;
};

static struct wanted read_name(const char *text)
{
    struct wanted wanted = { "", WAY_REQUEST | WAY_REPLY };
    const char *dot = strchr(text, '.');
    size_t length = dot ? (size_t)(dot - text) : strlen(text);

    if (dot && strcmp(dot, ".request") == 0)
        wanted.ways = WAY_REQUEST;
    else if (dot && strcmp(dot, ".reply") == 0)
        wanted.ways = WAY_REPLY;
    else
        length = strlen(text);
    if (length < sizeof(wanted.name))
        memcpy(wanted.name, text, length); /* the rest is zero */
    return wanted;
}

/* A bit for each operation: two call sites may ask for the same one. */
static void add_kind(uint64_t *kinds, uint32_t *count, uint64_t kind)
{
    for (uint32_t i = 0; i < *count; i++)
        if (kinds[i] == kind)
            return;
    assert(*count < KINDS_MAX);
    kinds[(*count)++] = kind;
}

uint32_t list_kinds(const struct class *class, const char *text, bool sends,
                    uint64_t kinds[KINDS_MAX])
{
    const struct wanted wanted = read_name(text);
    const struct sim_model *model = class->model;
    unsigned called = sends ? WAY_REQUEST : WAY_REPLY, served = sends ? WAY_REPLY : WAY_REQUEST;
    uint32_t count = 0;

    for (uint32_t i = 0; i < class->messages; i++)
        if (strcmp(model->messages[i].name, text) == 0)
            add_kind(kinds, &count, class->message_hash[i]);
    for (uint32_t i = 0; i < class->route_count && (wanted.ways & called); i++) {
        const struct route *route = &class->routes[i];

        if (strcmp(route->operation->name, wanted.name) == 0)
            add_kind(kinds, &count,
                     route->target->request_hash[route->service][route->site->operation] ^
                         (sends ? 0 : ANSWER));
    }
    for (uint32_t i = 0; i < SIM_SERVES_MAX && model->serves[i].interface; i++) {
        const struct sim_interface_operation *operations = model->serves[i].interface->operations;

        for (uint32_t k = 0; k < SIM_OPERATIONS_MAX && operations[k].name; k++)
            if ((wanted.ways & served) && strcmp(operations[k].name, wanted.name) == 0)
                add_kind(kinds, &count, class->request_hash[i][k] ^ (sends ? ANSWER : 0));
    }
    return count;
}

uint64_t kind_of_message(const struct sim_world *world, const struct way *way,
                         const struct sim_event *event)
{
    const struct packet *packet;

    if (event->type == EVENT_MESSAGE)
        return way->from->class->message_hash[event->what];
    packet = slab_at(&world->packets, event->slot);
    if (event->type == EVENT_REQUEST)
        return way->to->class->request_hash[packet->service][packet->operation];
    return way->from->class->request_hash[packet->service][packet->operation] ^ ANSWER;
}

/* -- opening and closing ----------------------------------------------------------------------- */

static void enter(struct sim_world *world, uint32_t slot, enum shape shape, uint32_t from,
                  uint32_t to, bool opens)
{
    struct rules *rules = world->rules;
    const char *message = params_of(world, &world->active[slot])->message;
    uint64_t kinds[KINDS_MAX] = { 0 };
    uint32_t count = 1; /* of no kind */

    if (message)
        count = list_kinds(seat_of_node(world, shape == SHAPE_TO ? to : from)->class, message,
                           shape != SHAPE_TO, kinds);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t key = key_of_ends(from, to) + kinds[i];

        if (opens) {
            add_entry(rules, from, to, key, slot);
            begin_fault_of_link(world, from, to);
        } else {
            remove_entry(rules, key, slot);
            end_fault_of_link(world);
        }
        world->wide_rules += shape == SHAPE_PAIR ? 0 : opens ? 1u : -1u;
        rules->shapes[shape][message != NULL] += opens ? 1u : -1u;
    }
}

/* The links from the nodes with the bit FROM to those with the bit TO. */
static void enter_links(struct sim_world *world, uint32_t slot, unsigned from, unsigned to,
                        bool opens)
{
    const struct active *active = &world->active[slot];
    uint32_t senders = 0, receivers = 0, sender = 0, receiver = 0;

    for (uint32_t i = 0; i < active->node_count; i++) {
        uint32_t node = active->nodes[i];

        if (active->sides[node] & from) {
            sender = node;
            senders++;
        }
        if (active->sides[node] & to) {
            receiver = node;
            receivers++;
        }
    }
    if (senders == 0 || receivers == 0)
        return;
    if (senders == 1 && receivers == 1) {
        enter(world, slot, SHAPE_PAIR, sender, receiver, opens);
        return;
    }
    for (uint32_t i = 0; i < active->node_count; i++) {
        uint32_t node = active->nodes[i];

        if (senders <= receivers && (active->sides[node] & from))
            enter(world, slot, SHAPE_FROM, node, SIM_NO_GROUP, opens);
        if (senders > receivers && (active->sides[node] & to))
            enter(world, slot, SHAPE_TO, SIM_NO_GROUP, node, opens);
    }
}

static void enter_rule(struct sim_world *world, const struct active *active, bool opens)
{
    uint32_t slot = (uint32_t)(active - world->active);

    enter_links(world, slot, LINK_FROM, LINK_TO, opens);
    if (plan_of(world, active)->both_ways)
        enter_links(world, slot, LINK_TO, LINK_FROM, opens);
}

/* What a rule draws depends on nothing that would be another if random faults were written out as a
 * list: on what it is and when it began. */
static void open_rule(struct sim_world *world, struct active *active)
{
    const struct sim_message_params *params = params_of(world, active);

    if (!world->rules) {
        world->rules = sim_alloc(sizeof(*world->rules));
        world->rules->reasons =
            sim_alloc_array(world->plan->fault_count, sizeof(*world->rules->reasons));
    }
    active->luck = sim_mix(sim_hash_text(kind_of(world, active)->name), (uint64_t)world->now);
    if (params->message)
        active->luck = sim_mix(active->luck, sim_hash_text(params->message));
    if (params->by) {
        sim_time most = sim_distribution_most(params->by);

        /* what it holds back is under way for longer than any link's latency */
        world->latency_most = most > SIM_TIME_LIMIT - world->latency_most
                                  ? SIM_TIME_LIMIT
                                  : world->latency_most + most;
    }
    world->open_rules++;
    enter_rule(world, active, true);
    set_plain(world);
}

static void close_rule(struct sim_world *world, struct active *active)
{
    enter_rule(world, active, false);
    world->open_rules--;
    set_plain(world);
}

void finish_rules(struct sim_world *world)
{
    if (!world->rules)
        return;
    for (uint32_t i = 0; i < world->plan->fault_count; i++)
        sim_free(world->rules->reasons[i]);
    sim_free(world->rules->reasons);
    sim_free(world->rules->entries);
    sim_free(world->rules->buckets);
    sim_free(world->rules);
}

bool is_ruled(const struct active *active, bool both_ways, uint32_t from, uint32_t to)
{
    uint8_t a = active->sides[from], b = active->sides[to];

    return ((a & LINK_FROM) && (b & LINK_TO)) || (both_ways && (a & LINK_TO) && (b & LINK_FROM));
}

bool ends_a_link(const struct sim_world *world, const struct active *active, uint32_t place)
{
    bool both = plan_of(world, active)->both_ways;
    uint32_t node = active->nodes[place];

    for (uint32_t i = 0; i < active->node_count; i++)
        if (i != place && (is_ruled(active, both, node, active->nodes[i]) ||
                           is_ruled(active, both, active->nodes[i], node)))
            return true;
    return false;
}

/* -- a message leaves -------------------------------------------------------------------------- */

const char *rule_reason(struct sim_world *world, uint32_t fault)
{
    const struct sim_fault_plan *plan = &world->plan->faults[fault];
    char **reason = &world->rules->reasons[fault];

    if (!plan->label)
        return "rule";
    if (!*reason) {
        size_t size = strlen(plan->label) + sizeof("rule ");

        *reason = sim_alloc(size);
        snprintf(*reason, size, "rule %s", plan->label);
    }
    return *reason;
}

static bool counts(const struct sim_message_params *params)
{
    return params->nth > 0 || params->every_nth > 0;
}

static void apply(struct sim_world *world, struct active *active, uint64_t luck, struct fate *fate)
{
    const struct sim_message_params *params = params_of(world, active);
    const struct sim_fault_kind *kind = kind_of(world, active);
    sim_time later;

    active->met++;
    if (params->nth > 0 && active->met != (uint64_t)params->nth)
        return;
    if (params->every_nth > 0 && active->met % (uint64_t)params->every_nth != 0)
        return;
    luck = sim_mix(luck, active->luck);
    if (!sim_chance(sim_mix(luck, LUCK_WHETHER), params->probability))
        return;
    if (kind == &sim_fault_drop_messages) {
        if (!fate->dropped || active->fault < fate->by) /* of several, the first of the plan */
            fate->by = active->fault;
        fate->dropped = true;
    } else if (kind == &sim_fault_duplicate_messages) {
        fate->doubled = true;
    } else {
        later = sim_distribution_sample(params->by, sim_mix(luck, LUCK_HOW_LATE));
        if (later > 0)
            fate->later =
                later > SIM_TIME_LIMIT - fate->later ? SIM_TIME_LIMIT : fate->later + later;
    }
}

static void look(struct sim_world *world, uint64_t key, const struct way *way, bool again,
                 struct fate *fate)
{
    const struct rules *rules = world->rules;
    uint32_t at = *bucket_of(rules, key);

    while (at != 0) {
        const struct entry *entry = &rules->entries[at - 1];

        at = entry->next;
        if (entry->key != key)
            continue;
        struct active *active = &world->active[entry->active];

        /* a rule for both ways may be found from both ends */
        if (active->last_met == rules->meetings)
            continue;
        bool wide = entry->from == SIM_NO_GROUP || entry->to == SIM_NO_GROUP;
        if (wide &&
            !is_ruled(active, plan_of(world, active)->both_ways, way->from->node, way->to->node))
            continue;
        active->last_met = rules->meetings;
        if (!again || !counts(params_of(world, active)))
            apply(world, active, way->luck, fate);
    }
}

static bool may_have(const struct sim_world *world, int shape, uint32_t from, uint32_t to)
{
    const struct rules *rules = world->rules;

    return rules->shapes[shape][0] + rules->shapes[shape][1] > 0 && world->faulty &&
           sieve_has(world->faulty, shape == SHAPE_TO ? SIM_NO_GROUP : from,
                     shape == SHAPE_FROM ? SIM_NO_GROUP : to);
}

void meet_rules(struct sim_world *world, const struct way *way, uint64_t kind_of, bool again,
                struct fate *fate)
{
    struct rules *rules = world->rules;
    const uint64_t kinds[2] = { 0, kind_of };

    rules->meetings++;
    for (int shape = 0; shape < SHAPES; shape++) {
        if (!may_have(world, shape, way->from->node, way->to->node))
            continue;
        uint64_t ends = key_of_ends(shape == SHAPE_TO ? SIM_NO_GROUP : way->from->node,
                                    shape == SHAPE_FROM ? SIM_NO_GROUP : way->to->node);
        for (int kind = 0; kind < 2; kind++)
            if (rules->shapes[shape][kind] > 0)
                look(world, ends + kinds[kind], way, again, fate);
    }
}

/* -- the kinds --------------------------------------------------------------------------------- */

#define WHICH                                                                                      \
    SIM_TEXT(struct sim_message_params, message, SIM_OPTIONAL,                                     \
             "a kind of message, or an operation: its requests and replies, or those of "          \
             "write.request or write.reply; all if left out"),                                     \
        SIM_INTEGER(struct sim_message_params, nth, SIM_OPTIONAL, "1", "1000000000000",            \
                    "only the one of this number, counted from when the fault begins"),            \
        SIM_INTEGER(struct sim_message_params, every_nth, SIM_OPTIONAL, "1", "1000000000000",      \
                    "only one in so many"),                                                        \
        SIM_PROBABILITY(struct sim_message_params, probability, "100%",                            \
                        "of each of those, by its luck")

static const struct sim_field message_fields[] = { WHICH, { 0 } };

static const struct sim_field delay_fields[] = {
    WHICH,
    SIM_DISTRIBUTION(struct sim_message_params, by, NULL, "0", "1h", "so much later"),
    { 0 },
};

static const char *check_which(const void *data, char text[160])
{
    const struct sim_message_params *params = data;

    if (params->nth == 0 || params->every_nth == 0)
        return NULL;
    snprintf(text, 160, "'nth' and 'every_nth' exclude each other");
    return "every_nth";
}

static const struct sim_fault_range which_ranges[] = { { "probability", "0.05", "1" }, { 0 } };

static const struct sim_fault_range delay_ranges[] = {
    { "probability", "0.05", "1" },
    { "by", "1ms", "500ms" },
    { 0 },
};

const struct sim_fault_kind sim_fault_drop_messages = {
    .name = "drop_messages",
    .summary = "messages on links are lost: all, or those of a kind, a number, by luck; on a "
               "stream each is "
               "late instead, for it is sent again",
    .target = SIM_TARGET_LINKS,
    .params = { message_fields, sizeof(struct sim_message_params) },
    .random = which_ranges,
    .about_messages = true,
    .check = check_which,
    .begin = open_rule,
    .end = close_rule,
    .hits = ends_a_link,
};

const struct sim_fault_kind sim_fault_delay_messages = {
    .name = "delay_messages",
    .summary =
        "messages on links come later, and others overtake them; on a stream those behind wait",
    .target = SIM_TARGET_LINKS,
    .params = { delay_fields, sizeof(struct sim_message_params) },
    .random = delay_ranges,
    .about_messages = true,
    .check = check_which,
    .begin = open_rule,
    .end = close_rule,
    .hits = ends_a_link,
};

const struct sim_fault_kind sim_fault_duplicate_messages = {
    .name = "duplicate_messages",
    .summary =
        "messages on links come twice; on a stream the second copy is dropped where it comes",
    .target = SIM_TARGET_LINKS,
    .params = { message_fields, sizeof(struct sim_message_params) },
    .random = which_ranges,
    .about_messages = true,
    .check = check_which,
    .begin = open_rule,
    .end = close_rule,
    .hits = ends_a_link,
};

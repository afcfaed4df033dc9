/* trigger.c - faults that are set off by what happens, not by time.
 *
 * Triggers listen to the happenings that traces are made of, and to changes of watched fields. A
 * rule is found by (kind of happening, name, end): each is filed under the narrowest thing it says
 * about who takes part, a node or else a group, so that a happening meets only rules that are
 * likely to be meant. Names are numbered; that two pointers are one name is remembered by pointer,
 * which is faster and decides nothing.
 *
 * A rule that applies pushes an event for its fault: it never runs within the handler that set it
 * off. */
#include "sim/world/fault.h"
#include "sim/world/sieve.h"

#include <assert.h>
#include <string.h>

enum { CHANGED = SIM_HAPPENING_KINDS, KINDS, MEMOS = 256, PAIRS_MAX = 64 };

/* What a rule is filed under: its node (where it happens) with its peer, one of them, the group of
 * either. */
enum shape { AT_BOTH, AT_NODE, AT_PEER, IN_NODE_GROUP, IN_PEER_GROUP, ANYWHERE };

struct rule {
    const struct sim_trigger *when;
    uint32_t fault;
    uint64_t met; /* the last happening that it was held against */
    uint64_t seen, fired;
};

struct filed { /* in a chain of one key */
    uint32_t rule, next;
};

struct name {
    const char *text;
    uint8_t shapes[KINDS]; /* bit n: a rule of that kind and this name is filed under shape n */
};

struct triggers {
    struct rule *rules;
    uint32_t *begins, *ends; /* by fault: place + 1 in `filed` of the rules that wait for it */
    struct filed *filed;
    size_t filed_count, filed_capacity;
    struct name *names; /* 0 is none */
    size_t name_count, name_capacity;
    struct memo {
        const char *text;
        uint32_t name;
    } memos[MEMOS];
    uint8_t shapes[KINDS]; /* of all names together */
    struct sieve pairs;    /* nodes and peers of all rules filed under both */
    uint64_t *keys;        /* open addressing; 0: free */
    uint64_t
        *maybe; /* four bits for each place of `keys`: most keys that are not there have none */
    uint32_t *chains;
    size_t key_count, key_capacity;
    uint32_t *matched;
    size_t matched_count, matched_capacity;
    uint64_t happenings;
};

/* -- finding rules ----------------------------------------------------------------------------- */

static uint64_t make_key(unsigned kind, uint32_t name, enum shape shape, uint32_t value)
{
    assert(name > 0);
    assert(name < 1u << 24);
    return (uint64_t)name << 40 | (uint64_t)kind << 35 | (uint64_t)shape << 32 | value;
}

static size_t slot_of(const struct triggers *triggers, uint64_t key)
{
    size_t slot = sim_mix(key, 0) & (triggers->key_capacity - 1);

    while (triggers->keys[slot] != 0 && triggers->keys[slot] != key)
        slot = (slot + 1) & (triggers->key_capacity - 1);
    return slot;
}

static bool may_have(const struct triggers *triggers, uint64_t key)
{
    uint64_t bit = (sim_mix(key, 0) >> 32) & (4 * triggers->key_capacity - 1);

    return triggers->maybe[bit / 64] >> bit % 64 & 1;
}

static void note_key(struct triggers *triggers, uint64_t key)
{
    uint64_t bit = (sim_mix(key, 0) >> 32) & (4 * triggers->key_capacity - 1);

    triggers->maybe[bit / 64] |= (uint64_t)1 << bit % 64;
}

static uint32_t look_up_name(const struct triggers *triggers, const char *text)
{
    uint32_t name = 1;

    while (name < triggers->name_count && strcmp(triggers->names[name].text, text) != 0)
        name++;
    return name < triggers->name_count ? name : 0;
}

static inline uint32_t name_of(struct triggers *triggers, const char *text)
{
    struct memo *memo = &triggers->memos[((uintptr_t)text ^ (uintptr_t)text >> 8) % MEMOS];

    if (memo->text != text)
        *memo = (struct memo){ text, look_up_name(triggers, text) };
    return memo->name;
}

/* -- filing them ------------------------------------------------------------------------------- */

static void enlarge_keys(struct triggers *triggers)
{
    struct triggers old = *triggers;

    triggers->key_capacity = old.key_capacity ? 2 * old.key_capacity : 64;
    triggers->keys = sim_alloc_array(triggers->key_capacity, sizeof(*triggers->keys));
    triggers->chains = sim_alloc_array(triggers->key_capacity, sizeof(*triggers->chains));
    triggers->maybe = sim_alloc_array(triggers->key_capacity / 16, sizeof(*triggers->maybe));
    for (size_t i = 0; i < old.key_capacity; i++) {
        if (old.keys[i] == 0)
            continue;
        size_t slot = slot_of(triggers, old.keys[i]);

        note_key(triggers, old.keys[i]);
        triggers->keys[slot] = old.keys[i];
        triggers->chains[slot] = old.chains[i];
    }
    sim_free(old.keys);
    sim_free(old.chains);
    sim_free(old.maybe);
}

/* In front of the others of that chain. */
static void put_in_chain(struct triggers *triggers, uint32_t *chain, uint32_t rule)
{
    triggers->filed = sim_grow(triggers->filed, &triggers->filed_capacity,
                               triggers->filed_count + 1, sizeof(*triggers->filed));
    triggers->filed[triggers->filed_count++] = (struct filed){ rule, *chain };
    *chain = (uint32_t)triggers->filed_count;
}

static void file_under(struct triggers *triggers, uint32_t rule, unsigned kind, uint32_t name,
                       enum shape shape, uint32_t value)
{
    uint64_t key = make_key(kind, name, shape, value);

    if (2 * (triggers->key_count + 1) > triggers->key_capacity)
        enlarge_keys(triggers);
    size_t slot = slot_of(triggers, key);
    triggers->key_count += triggers->keys[slot] == 0;
    triggers->keys[slot] = key;
    note_key(triggers, key);
    triggers->names[name].shapes[kind] |= (uint8_t)(1u << shape);
    triggers->shapes[kind] |= (uint8_t)(1u << shape);
    put_in_chain(triggers, &triggers->chains[slot], rule);
}

/* How much a side says: 2 names nodes, 1 groups, 0 nothing. */
static int narrowness(const struct sim_side *side)
{
    int narrow = side->count > 0 ? 2 : 0;

    for (uint32_t i = 0; i < side->count; i++) {
        const struct sim_selector *selector = &side->selectors[i];
        int says = selector->group == SIM_NO_GROUP ? 0 : selector->member == SIM_NO_GROUP ? 1 : 2;

        narrow = says < narrow ? says : narrow;
    }
    return narrow;
}

static uint32_t named_node(const struct sim_world *world, const struct sim_selector *selector)
{
    return world->classes[selector->group].first_node + selector->member;
}

static void file_side(struct sim_world *world, uint32_t rule, unsigned kind, uint32_t name,
                      const struct sim_side *side, bool peer)
{
    struct triggers *triggers = world->triggers;
    int narrow = narrowness(side);

    if (narrow == 0) {
        file_under(triggers, rule, kind, name, ANYWHERE, 0);
        return;
    }
    for (uint32_t i = 0; i < side->count; i++) {
        const struct sim_selector *selector = &side->selectors[i];

        if (narrow == 1)
            file_under(triggers, rule, kind, name, peer ? IN_PEER_GROUP : IN_NODE_GROUP,
                       selector->group);
        else
            file_under(triggers, rule, kind, name, peer ? AT_PEER : AT_NODE,
                       named_node(world, selector));
    }
}

/* Two pairs may have one value: that costs a comparison. */
static uint32_t pair_of(uint32_t node, uint32_t peer)
{
    return (uint32_t)sim_mix(node, peer);
}

static void file_pairs(struct sim_world *world, uint32_t rule, unsigned kind, uint32_t name,
                       const struct sim_side *node, const struct sim_side *peer)
{
    for (uint32_t i = 0; i < node->count; i++)
        for (uint32_t k = 0; k < peer->count; k++) {
            uint32_t a = named_node(world, &node->selectors[i]);
            uint32_t b = named_node(world, &peer->selectors[k]);

            sieve_add(&world->triggers->pairs, a, b);
            file_under(world->triggers, rule, kind, name, AT_BOTH, pair_of(a, b));
        }
}

static void file_rule(struct sim_world *world, uint32_t rule, unsigned kind, const char *what)
{
    struct triggers *triggers = world->triggers;
    const struct sim_trigger *when = triggers->rules[rule].when;
    uint32_t name = look_up_name(triggers, what);

    if (kind < SIM_HAPPENING_KINDS)
        world->heard |= 1u << kind;
    if (name == 0) {
        name = (uint32_t)triggers->name_count++;
        triggers->names =
            sim_grow(triggers->names, &triggers->name_capacity, name + 1, sizeof(*triggers->names));
        triggers->names[name] = (struct name){ .text = what };
    }
    /* a message is sent where it comes from; delivered and dropped where it goes to */
    bool arrives = when->kind == SIM_TRIGGER_MESSAGE && kind != SIM_HAPPENED_SEND;
    const struct sim_side *node = arrives ? &when->to : &when->of;
    const struct sim_side *peer = arrives ? &when->of : &when->to;
    bool by_peer = narrowness(peer) > narrowness(node);
    if (narrowness(peer) == 2 && narrowness(node) == 2 &&
        (uint64_t)node->count * peer->count <= PAIRS_MAX) {
        file_pairs(world, rule, kind, name, node, peer);
        return;
    }
    file_side(world, rule, kind, name, by_peer ? peer : node, by_peer);
}

/* -- one rule of each kind --------------------------------------------------------------------- */

static void file_message(struct sim_world *world, uint32_t rule)
{
    const struct sim_trigger *when = world->triggers->rules[rule].when;

    if (when->on == SIM_ON_SENT) {
        file_rule(world, rule, SIM_HAPPENED_SEND, when->what);
    } else if (when->on == SIM_ON_DROPPED) {
        file_rule(world, rule, SIM_HAPPENED_DROP, when->what);
    } else {
        file_rule(world, rule, SIM_HAPPENED_MESSAGE, when->what);
        file_rule(world, rule, SIM_HAPPENED_REQUEST, when->what);
        file_rule(world, rule, SIM_HAPPENED_REPLY, when->what);
        file_rule(world, rule, SIM_HAPPENED_REFUSAL, when->what);
    }
}

static void file_state(struct sim_world *world, uint32_t rule)
{
    const struct sim_trigger *when = world->triggers->rules[rule].when;

    for (uint32_t i = 0; i < when->of.count; i++) {
        assert(when->of.selectors[i].group < world->class_count);
        struct class *class = &world->classes[when->of.selectors[i].group];

        class->compared = class->heard = true;
    }
    file_rule(world, rule, CHANGED, when->what);
}

static void file_fault(struct sim_world *world, uint32_t rule)
{
    struct triggers *triggers = world->triggers;
    const struct sim_trigger *when = triggers->rules[rule].when;

    for (uint32_t i = 0; i < world->plan->fault_count; i++) {
        const char *label = world->plan->faults[i].label;

        if (label && strcmp(label, when->what) == 0)
            put_in_chain(triggers, when->ends ? &triggers->ends[i] : &triggers->begins[i], rule);
    }
}

static void add_rule(struct sim_world *world, uint32_t rule, uint32_t fault)
{
    const struct sim_trigger *when = &world->plan->faults[fault].when;

    world->triggers->rules[rule] = (struct rule){ .when = when, .fault = fault };
    switch (when->kind) {
    case SIM_TRIGGER_FAULT:
        file_fault(world, rule);
        break;
    case SIM_TRIGGER_MESSAGE:
        file_message(world, rule);
        break;
    case SIM_TRIGGER_NOTE:
        file_rule(world, rule, SIM_HAPPENED_NOTE, when->what);
        break;
    case SIM_TRIGGER_STATE:
        file_state(world, rule);
        break;
    default:
        assert(when->kind == SIM_TRIGGER_SYNC);
        if (when->sync != SIM_SYNC_THEN)
            file_rule(world, rule, SIM_HAPPENED_SYNCED, "sync");
        if (when->sync != SIM_SYNC_HOLDS)
            file_rule(world, rule, SIM_HAPPENED_SYNCED, "sync_then");
        break;
    }
}

static bool has_rule(const struct sim_fault_plan *fault)
{
    return fault->when.kind != SIM_TRIGGER_NONE && fault->when.kind != SIM_TRIGGER_FOLLOWS;
}

void build_triggers(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->fault_count; i++)
        count += has_rule(&plan->faults[i]);
    if (count == 0)
        return;
    struct triggers *triggers = sim_alloc(sizeof(*triggers));

    world->triggers = triggers;
    triggers->rules = sim_alloc_array(count, sizeof(*triggers->rules));
    triggers->begins = sim_alloc_array(plan->fault_count, sizeof(*triggers->begins));
    triggers->ends = sim_alloc_array(plan->fault_count, sizeof(*triggers->ends));
    triggers->name_count = 1;
    sieve_init(&triggers->pairs);
    enlarge_keys(triggers);
    for (uint32_t i = plan->fault_count; i-- > 0;) /* the first are to come first in their chains */
        if (has_rule(&plan->faults[i]))
            add_rule(world, --count, i);
}

void finish_triggers(struct sim_world *world)
{
    struct triggers *triggers = world->triggers;

    if (!triggers)
        return;
    sim_free(triggers->rules);
    sim_free(triggers->begins);
    sim_free(triggers->ends);
    sim_free(triggers->filed);
    sim_free(triggers->names);
    sim_free(triggers->keys);
    sim_free(triggers->maybe);
    sieve_finish(&triggers->pairs);
    sim_free(triggers->chains);
    sim_free(triggers->matched);
    sim_free(triggers);
}

uint64_t sim_world_fault_set_off(const struct sim_world *world, uint32_t fault)
{
    assert(fault < world->plan->fault_count);
    return world->fault_set_off[fault];
}

/* -- hearing ----------------------------------------------------------------------------------- */

static bool is_spent(const struct rule *rule)
{
    return rule->when->times > 0 && rule->fired >= (uint64_t)rule->when->times;
}

/* Counts an occurrence; whether this one sets the fault off. */
static bool is_due(struct rule *rule)
{
    const struct sim_trigger *when = rule->when;

    rule->seen++;
    if (is_spent(rule) || (when->every_nth > 0 ? rule->seen % (uint64_t)when->every_nth != 0
                                               : rule->seen < (uint64_t)when->nth))
        return false;
    rule->fired++;
    return true;
}

static bool is_on_side(const struct sim_world *world, const struct sim_side *side, uint32_t node)
{
    for (uint32_t i = 0; i < side->count; i++)
        if (is_selected(world, &side->selectors[i], node))
            return true;
    return side->count == 0;
}

static bool arrives(enum sim_happening_kind kind)
{
    return kind != SIM_HAPPENED_SEND;
}

static bool applies(const struct sim_world *world, const struct sim_trigger *when,
                    const struct sim_happening *happening)
{
    if (when->kind == SIM_TRIGGER_MESSAGE) {
        bool comes = arrives(happening->kind);

        return is_on_side(world, &when->of, comes ? happening->peer : happening->node) &&
               is_on_side(world, &when->to, comes ? happening->node : happening->peer);
    }
    for (uint32_t i = 0; i < when->word_count; i++)
        if (happening->words[when->words[i].index] != when->words[i].equals)
            return false;
    return is_on_side(world, &when->of, happening->node);
}

/* Adds the rules of a chain that apply to what is matched, in the order of the plan. */
static void match_chain(struct sim_world *world, uint64_t key,
                        const struct sim_happening *happening)
{
    struct triggers *triggers = world->triggers;

    if (!may_have(triggers, key))
        return;
    uint32_t *place = &triggers->chains[slot_of(triggers, key)];

    while (*place != 0) {
        struct filed *filed = &triggers->filed[*place - 1];
        struct rule *rule = &triggers->rules[filed->rule];

        if (is_spent(rule)) { /* for good */
            *place = filed->next;
            continue;
        }
        place = &filed->next;
        if (rule->met == triggers->happenings || !applies(world, rule->when, happening))
            continue;
        rule->met = triggers->happenings;
        triggers->matched = sim_grow(triggers->matched, &triggers->matched_capacity,
                                     triggers->matched_count + 1, sizeof(*triggers->matched));
        size_t i = triggers->matched_count++;
        for (; i > 0 && triggers->matched[i - 1] > filed->rule; i--)
            triggers->matched[i] = triggers->matched[i - 1];
        triggers->matched[i] = filed->rule;
    }
}

static void fire_matched(struct sim_world *world, const struct firing *firing)
{
    struct triggers *triggers = world->triggers;

    for (size_t i = 0; i < triggers->matched_count; i++) {
        struct rule *rule = &triggers->rules[triggers->matched[i]];

        if (is_due(rule))
            push_firing(world, rule->fault, firing, NULL);
    }
}

static uint32_t group_of(const struct sim_world *world, uint32_t node)
{
    return seat_of_node(world, node)->class->index;
}

static void hear_named(struct sim_world *world, unsigned kind, const char *what,
                       const struct sim_happening *happening)
{
    struct triggers *triggers = world->triggers;
    uint32_t name = name_of(triggers, what), node = happening->node, peer = happening->peer;
    uint8_t shapes = name == 0 ? 0 : triggers->names[name].shapes[kind];

    if (shapes == 0)
        return;
    triggers->happenings++;
    triggers->matched_count = 0;
    if (shapes & 1u << AT_BOTH)
        match_chain(world, make_key(kind, name, AT_BOTH, pair_of(node, peer)), happening);
    if (shapes & 1u << AT_NODE)
        match_chain(world, make_key(kind, name, AT_NODE, node), happening);
    if (shapes & 1u << AT_PEER)
        match_chain(world, make_key(kind, name, AT_PEER, peer), happening);
    if (shapes & 1u << IN_NODE_GROUP)
        match_chain(world, make_key(kind, name, IN_NODE_GROUP, group_of(world, node)), happening);
    if (shapes & 1u << IN_PEER_GROUP)
        match_chain(world, make_key(kind, name, IN_PEER_GROUP, group_of(world, peer)), happening);
    if (shapes & 1u << ANYWHERE)
        match_chain(world, make_key(kind, name, ANYWHERE, 0), happening);
    if (triggers->matched_count == 0)
        return;
    bool message = kind != CHANGED && kind != SIM_HAPPENED_NOTE && kind != SIM_HAPPENED_SYNCED;
    bool comes = arrives(happening->kind);
    fire_matched(world, &(struct firing){
                            .node = node,
                            .from = !message ? SIM_NO_GROUP
                                    : comes  ? peer
                                             : node,
                            .to = !message ? SIM_NO_GROUP
                                  : comes  ? node
                                           : peer,
                        });
}

/* A trace calls a reply after the call site that gets it; the network, after what was asked. */
static const char *operation_of(const struct sim_world *world,
                                const struct sim_happening *happening)
{
    const struct route *route = seat_of_node(world, happening->node)->class->routes;

    while (route->name != happening->what)
        route++;
    return route->operation->name;
}

bool may_hear(const struct sim_world *world, enum sim_happening_kind kind, uint32_t node,
              uint32_t peer)
{
    const struct triggers *triggers = world->triggers;

    return (world->heard >> kind & 1) &&
           (triggers->shapes[kind] != 1u << AT_BOTH || sieve_has(&triggers->pairs, node, peer));
}

void hear(struct sim_world *world, const struct sim_happening *happening)
{
    const char *what = happening->what;

    if (happening->kind == SIM_HAPPENED_REPLY)
        what = operation_of(world, happening);
    else if (happening->kind == SIM_HAPPENED_REFUSAL)
        what = "refusal";
    hear_named(world, happening->kind, what, happening);
}

void hear_state(struct sim_world *world, const struct sim_seat *seat, uint64_t changed)
{
    const struct sim_field *field = seat->class->model->state.fields;

    for (uint32_t n = 0; field->name; field++) {
        int64_t value;

        if (!field->watched)
            continue;
        if (changed >> n++ & 1) {
            memcpy(&value, (const char *)(seat + 1) + field->offset, sizeof(value));
            hear_named(world, CHANGED, field->name,
                       &(struct sim_happening){
                           .node = seat->node, .peer = SIM_NO_GROUP, .words = &value });
        }
    }
}

void hear_fault(struct sim_world *world, const struct active *active, bool begins)
{
    struct triggers *triggers = world->triggers;
    const struct firing firing = { SIM_NO_GROUP, SIM_NO_GROUP, SIM_NO_GROUP, NULL, 0 };
    uint32_t place = begins ? triggers->begins[active->fault] : triggers->ends[active->fault];

    for (; place != 0; place = triggers->filed[place - 1].next) {
        struct rule *rule = &triggers->rules[triggers->filed[place - 1].rule];

        if (is_due(rule))
            push_firing(world, rule->fault, &firing, active);
    }
}

/* fault_random.c - see draw.h. */
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/world/branch.h"
#include "sim/world/draw.h"

#include <assert.h>
#include <string.h>

struct strike {
    sim_time at;
    uint32_t entry; /* of plan->randoms */
    uint64_t key;   /* of all that is drawn for it */
};

/* A node is down, by a fault that is listed. */
struct absence {
    sim_time from, until;
    uint32_t next; /* of the same node, + 1; 0: none */
};

struct drawn {
    struct sim_plan plan; /* first: what callers hold */
    const struct sim_plan *source;
    struct sim_arena *memory;
    struct sim_distribution **distributions;
    size_t distribution_count, distribution_capacity;
    struct sim_fault_plan *faults;
    size_t fault_count, fault_capacity;
    struct strike *strikes;
    size_t strike_count, strike_capacity;
    uint32_t *first; /* node of each group */
    sim_time *down;  /* by node: until when; SIM_TIME_NEVER: for good; 0: it never was */
    bool *loses;     /* by node: it may be lost for good, or what it synced */
    struct absence *absences;
    size_t absence_count, absence_capacity;
    uint32_t *absent; /* by node: the first of its absences, + 1 */
    uint8_t *sides;   /* by node: 0: not hit */
    uint32_t node_count;
};

static uint64_t word_of(uint64_t key, const char *purpose)
{
    return sim_scramble(sim_mix(key, sim_hash_text(purpose)));
}

static const struct sim_distribution *keep(struct drawn *drawn, struct sim_distribution *made)
{
    drawn->distributions = sim_grow(drawn->distributions, &drawn->distribution_capacity,
                                    drawn->distribution_count + 1, sizeof(*drawn->distributions));
    drawn->distributions[drawn->distribution_count++] = made;
    return made;
}

/* -- when -------------------------------------------------------------------------------------- */

/* By its label where it has one, as other faults. */
static uint64_t key_of_entry(const struct sim_plan *plan, uint32_t entry, uint64_t seed)
{
    const char *label = plan->randoms[entry].label;
    uint64_t nth = 0;

    for (uint32_t k = 0; k < entry; k++) {
        const char *other = plan->randoms[k].label;

        nth += label == NULL ? other == NULL : other != NULL && strcmp(label, other) == 0;
    }
    return sim_mix(sim_mix(seed, sim_hash_text("random faults")),
                   sim_mix(label != NULL ? sim_hash_text(label) : 0, nth));
}

/* Of the first strike behind a branch; BEFORE: what it was before it was drawn anew. With nothing
 * before the branch it is the one of that seed. */
static sim_time first_gap(const struct sim_distribution *every, uint64_t strike, sim_time least,
                          sim_time before)
{
    sim_time gap = sim_distribution_sample(every, word_of(strike, "interval"));
    struct sim_stream stream = { 0, 0 };

    if (gap < 1)
        gap = 1;
    if (gap >= least)
        return gap;
    sim_stream_seed(&stream, strike, sim_hash_text("interval"), 1);
    return gap_behind(every, &stream, least, before);
}

static void draw_times(struct drawn *drawn, uint32_t entry)
{
    const struct sim_random_plan *random = &drawn->source->randoms[entry];
    const struct sim_branch_plan *branch = &drawn->source->branch;
    uint64_t key = key_of_entry(drawn->source, entry, sim_plan_seed(drawn->source));
    bool is_ahead = sim_plan_branches(drawn->source);
    sim_time at = random->from;

    for (uint64_t n = 1; drawn->strike_count < 10 * SIM_RANDOM_FAULTS_MAX; n++) {
        uint64_t strike = sim_mix(key, n);
        sim_time gap = sim_distribution_sample(random->every, word_of(strike, "interval"));

        gap = gap > 0 ? gap : 1;
        if (is_ahead && at + gap >= branch->at) {
            is_ahead = false;
            key = key_of_entry(drawn->source, entry, branch->seed);
            strike = sim_mix(key, n);
            gap = first_gap(random->every, strike, branch->at - at, gap);
        }
        at += gap;
        if (at >= random->to || (drawn->source->settle.at > 0 && at >= drawn->source->settle.at))
            return;
        drawn->strikes = sim_grow(drawn->strikes, &drawn->strike_capacity, drawn->strike_count + 1,
                                  sizeof(*drawn->strikes));
        drawn->strikes[drawn->strike_count++] = (struct strike){ at, entry, strike };
    }
}

static int compare_strikes(const void *left, const void *right)
{
    const struct strike *a = left, *b = right;

    return (a->at > b->at) - (a->at < b->at);
}

/* -- what -------------------------------------------------------------------------------------- */

static uint32_t nodes_of(const struct sim_plan *plan, const struct sim_random_plan *random)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < random->group_count; i++)
        count += plan->groups[random->groups[i]].count;
    return count;
}

/* The mask of this seed has a bit for each kind, drawn by the kind's name. */
static bool is_on(const struct sim_random_plan *random, uint64_t key,
                  const struct sim_fault_kind *kind)
{
    return !random->swarm || (word_of(sim_mix(key, sim_hash_text("swarm")), kind->name) & 1) != 0;
}

/* Each kind bids for the strike with a word of its own, so that a kind more or less changes only
 * the strikes that it wins. If the mask leaves none, the one that bids most for the run is on. */
static const struct sim_random_kind *choose_kind(const struct drawn *drawn,
                                                 const struct strike *strike)
{
    const struct sim_random_plan *random = &drawn->source->randoms[strike->entry];
    const uint64_t key =
        key_of_entry(drawn->source, strike->entry, sim_plan_seed_at(drawn->source, strike->at));
    const bool several = nodes_of(drawn->source, random) > 1;
    const struct sim_random_kind *best = NULL;

    for (int masked = 1; masked >= 0 && best == NULL; masked--) {
        uint64_t most = 0;

        for (uint32_t i = 0; i < random->kind_count; i++) {
            const struct sim_fault_kind *kind = random->kinds[i].kind;
            uint64_t bid = word_of(masked ? sim_mix(strike->key, sim_hash_text("kind"))
                                          : sim_mix(key, sim_hash_text("the only kind")),
                                   kind->name);

            if ((masked && !is_on(random, key, kind)) ||
                (kind->target != SIM_TARGET_NODES && !several))
                continue;
            if (best == NULL || bid > most) {
                best = &random->kinds[i];
                most = bid;
            }
        }
    }
    return best;
}

static uint64_t between(uint64_t word, uint64_t least, uint64_t most)
{
    return most - least == UINT64_MAX ? word : least + sim_below(word, most - least + 1);
}

/* Whole millionths, so that what is drawn can be written down in decimal: that number of them is
 * divided once, as the reader of numbers does. */
static double number_between(uint64_t word, double least, double most)
{
    const int64_t low = (int64_t)(least * 1e6 + 0.5), high = (int64_t)(most * 1e6 + 0.5);
    const double drawn = (double)(low + (high - low) * (int64_t)sim_below(word, 1001) / 1000) / 1e6;

    return drawn < least ? least : drawn > most ? most : drawn;
}

static sim_probability probability_between(uint64_t word, sim_probability least,
                                           sim_probability most)
{
    uint64_t millionths = (uint64_t)(((sim_wide)between(word, least, most) * 1000000) >> 64);

    return (sim_probability)((((sim_wide)millionths << 64) + 500000) / 1000000);
}

static void draw_param(struct drawn *drawn, const struct sim_random_range *range, uint64_t word,
                       void *place)
{
    const uint64_t least = range->least.natural, most = range->most.natural;
    const int64_t drawn_word = (int64_t)between(word, least, most); /* the difference matters */

    switch (range->field->type) {
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_SHARE:
        *(double *)place = number_between(word, range->least.number, range->most.number);
        break;
    case SIM_FIELD_PROBABILITY:
        *(sim_probability *)place = probability_between(word, least, most);
        break;
    case SIM_FIELD_BOOLEAN:
        *(bool *)place = drawn_word != 0;
        break;
    case SIM_FIELD_DISTRIBUTION:
        *(const struct sim_distribution **)place =
            keep(drawn, sim_distribution_constant(drawn_word));
        break;
    case SIM_FIELD_PPM:
        *(struct sim_ppm_range *)place = (struct sim_ppm_range){ drawn_word, drawn_word };
        break;
    default:
        memcpy(place, &drawn_word, sizeof(drawn_word));
        break;
    }
}

static bool may_be_left_out(const struct sim_field *field)
{
    return field->standard != NULL && field->standard[0] == 0 &&
           (field->type == SIM_FIELD_DURATION || field->type == SIM_FIELD_INTEGER ||
            field->type == SIM_FIELD_SHARE);
}

/* Parameters that exclude or need each other were drawn apart. */
static void leave_out_blamed(const struct sim_random_kind *kind, char *params)
{
    char text[160];
    const char *blamed = kind->kind->check != NULL ? kind->kind->check(params, text) : NULL;

    for (uint32_t i = 0; blamed != NULL && i < kind->range_count; i++) {
        const struct sim_field *field = kind->ranges[i].field;

        if (strcmp(field->name, blamed) == 0 && may_be_left_out(field))
            memset(params + field->offset, 0, sizeof(int64_t));
    }
}

static const void *draw_params(struct drawn *drawn, const struct sim_random_kind *kind,
                               uint64_t key)
{
    const size_t size = kind->kind->params.size;
    char *params;

    if (size == 0)
        return NULL;
    params = sim_arena_alloc(drawn->memory, size);
    memcpy(params, kind->params, size);
    for (uint32_t i = 0; i < kind->range_count; i++) {
        const struct sim_field *field = kind->ranges[i].field;

        if (may_be_left_out(field) &&
            (word_of(sim_mix(key, sim_hash_text("left out")), field->name) & 1) != 0)
            continue;
        draw_param(drawn, &kind->ranges[i],
                   word_of(sim_mix(key, sim_hash_text("param")), field->name),
                   params + field->offset);
    }
    leave_out_blamed(kind, params);
    return params;
}

/* -- whom -------------------------------------------------------------------------------------- */

/* Whom a listed fault hits is known beforehand where its target names nodes, groups or zones. */
static bool is_known(const struct sim_selector *selector)
{
    return selector->where == NULL && selector->pick == 0 && selector->except == NULL &&
           !selector->rest && selector->role == SIM_ROLE_NONE;
}

static bool names(const struct sim_selector *selector, const struct sim_group_plan *group,
                  uint32_t g, uint32_t member)
{
    return (selector->group == SIM_NO_GROUP || selector->group == g) &&
           (selector->member == SIM_NO_GROUP || selector->member == member) &&
           (selector->zone == 0 ||
            (group->zone_count > 0 &&
             group->zones[member % group->zone_count] + 1 == selector->zone));
}

static void add_absence(struct drawn *drawn, uint32_t node, sim_time from, sim_time until)
{
    drawn->absences = sim_grow(drawn->absences, &drawn->absence_capacity, drawn->absence_count + 1,
                               sizeof(*drawn->absences));
    drawn->absences[drawn->absence_count++] = (struct absence){ from, until, drawn->absent[node] };
    drawn->absent[node] = (uint32_t)drawn->absence_count;
}

/* What one selector of FAULT, a listed one, takes from what a system can bear. */
static void count_listed(struct drawn *drawn, const struct sim_fault_plan *fault,
                         const struct sim_selector *selector)
{
    const struct sim_plan *plan = drawn->source;
    const unsigned harm = fault->kind->harm;
    const bool lasts = (harm & SIM_HARM_LASTING) || fault->duration == NULL;
    const sim_time length = lasts ? 0 : sim_distribution_most(fault->duration);
    const sim_time until =
        lasts || length > SIM_TIME_NEVER - fault->at ? SIM_TIME_NEVER : fault->at + length;

    for (uint32_t g = 0; g < plan->group_count; g++)
        for (uint32_t m = 0; m < plan->groups[g].count; m++) {
            const uint32_t node = drawn->first[g] + m;

            if (!names(selector, &plan->groups[g], g, m))
                continue;
            drawn->loses[node] |= (harm & (SIM_HARM_SYNCED | SIM_HARM_LASTING)) != 0;
            if (harm & SIM_HARM_DOWN)
                add_absence(drawn, node, fault->at, until);
        }
}

/* Listed faults use up the same minority, as far as they are known: at a time, on nodes that they
 * name. What a trigger sets off, or who is picked in the run, nobody can tell beforehand. */
static void count_all_listed(struct drawn *drawn)
{
    const struct sim_plan *plan = drawn->source;

    for (uint32_t i = 0; i < plan->fault_count; i++) {
        const struct sim_fault_plan *fault = &plan->faults[i];

        if (fault->kind->target != SIM_TARGET_NODES || fault->kind->harm == 0 ||
            fault->when.kind != SIM_TRIGGER_NONE || fault->every != NULL)
            continue;
        for (uint32_t k = 0; k < fault->sides[0].count; k++)
            if (is_known(&fault->sides[0].selectors[k]))
                count_listed(drawn, fault, &fault->sides[0].selectors[k]);
    }
}

static uint32_t count_losers(const struct drawn *drawn, uint32_t group)
{
    uint32_t count = 0;

    for (uint32_t m = 0; m < drawn->source->groups[group].count; m++)
        count += drawn->loses[drawn->first[group] + m];
    return count;
}

/* Of each group none, some or a whole minority, drawn once: by rank, so that groups of another size
 * share it. Where a minority is gone for good nobody else may be down any more, so a run in which
 * that happened early would show little else. */
static void draw_losers(struct drawn *drawn)
{
    const struct sim_plan *plan = drawn->source;
    /* also behind a branch: no run loses more than a minority */
    const uint64_t key =
        sim_mix(sim_plan_seed_at(plan, 0), sim_hash_text("nodes that may be lost"));

    for (uint32_t g = 0; g < plan->group_count; g++) {
        const uint32_t count = plan->groups[g].count;
        const uint64_t group = sim_mix(key, sim_hash_text(plan->groups[g].name));

        const uint32_t listed = count_losers(drawn, g);
        uint32_t left = (uint32_t)sim_below(word_of(group, "how many"), (count - 1) / 2 + 1);

        for (; left > listed; left--) {
            uint32_t best = SIM_NO_GROUP;

            for (uint32_t m = 0; m < count; m++)
                if (!drawn->loses[drawn->first[g] + m] &&
                    (best == SIM_NO_GROUP || sim_mix(group, m) < sim_mix(group, best)))
                    best = m;
            drawn->loses[drawn->first[g] + best] = true;
        }
    }
}

static bool is_absent(const struct drawn *drawn, uint32_t node, sim_time from, sim_time until)
{
    for (uint32_t i = drawn->absent[node]; i != 0; i = drawn->absences[i - 1].next)
        if (drawn->absences[i - 1].from < until && from < drawn->absences[i - 1].until)
            return true;
    return false;
}

/* Whether NODE of GROUP may be down from AT to UNTIL, as so few others are. */
static bool has_room(const struct drawn *drawn, uint32_t group, uint32_t node, sim_time at,
                     sim_time until)
{
    const uint32_t first = drawn->first[group], count = drawn->source->groups[group].count;
    uint32_t others = 0;

    for (uint32_t other = first; other < first + count; other++)
        others += other != node && (drawn->down[other] > at || is_absent(drawn, other, at, until));
    return others < (count - 1) / 2;
}

struct candidate {
    uint64_t rank;
    uint32_t node, group;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;

    return (a->rank > b->rank) - (a->rank < b->rank);
}

/* All nodes of the entry in an order that is drawn. A node's rank depends on its name alone. */
static struct candidate *rank_nodes(const struct drawn *drawn, const struct sim_random_plan *random,
                                    uint64_t key, uint32_t *count)
{
    const struct sim_plan *plan = drawn->source;
    struct candidate *list = sim_alloc_array(nodes_of(plan, random), sizeof(*list));

    *count = 0;
    for (uint32_t i = 0; i < random->group_count; i++) {
        const uint32_t g = random->groups[i];
        const uint64_t group = word_of(sim_mix(key, sim_hash_text("rank")), plan->groups[g].name);

        for (uint32_t m = 0; m < plan->groups[g].count; m++)
            list[(*count)++] =
                (struct candidate){ sim_scramble(sim_mix(group, m)), drawn->first[g] + m, g };
    }
    sim_sort(list, *count, sizeof(*list), compare_candidates);
    return list;
}

/* One node half of the time, two a quarter, and so on. */
static uint32_t draw_count(uint64_t word, uint32_t most)
{
    uint32_t count = 1;

    while (count < most && (word & 1) != 0) {
        word >>= 1;
        count++;
    }
    return count;
}

static bool may_be_hit(const struct drawn *drawn, const struct sim_random_plan *random,
                       const struct sim_fault_kind *kind, const struct candidate *node, sim_time at,
                       sim_time until)
{
    const unsigned harm = kind->harm;

    if (kind->of_disk && !sim_model_has_disk(drawn->source->groups[node->group].model))
        return false;
    if (random->limit == SIM_RANDOM_UNLIMITED)
        return true;
    if ((harm & (SIM_HARM_SYNCED | SIM_HARM_LASTING)) && !drawn->loses[node->node])
        return false;
    return !(harm & SIM_HARM_DOWN) || has_room(drawn, node->group, node->node, at, until);
}

/* Marks whom it hits in drawn->sides; false: nobody. */
static bool draw_nodes(struct drawn *drawn, const struct strike *strike,
                       const struct sim_fault_kind *kind, sim_time until)
{
    const struct sim_random_plan *random = &drawn->source->randoms[strike->entry];
    uint32_t count, left;
    struct candidate *list = rank_nodes(drawn, random, strike->key, &count);
    bool hit = false;

    left = draw_count(word_of(strike->key, "nodes"), count);
    for (uint32_t i = 0; i < count && left > 0; i++) {
        const uint32_t node = list[i].node;

        if (!may_be_hit(drawn, random, kind, &list[i], strike->at, until))
            continue;
        drawn->sides[node] = 1;
        if ((kind->harm & SIM_HARM_DOWN) && until > drawn->down[node])
            drawn->down[node] = until;
        hit = true;
        left--;
    }
    sim_free(list);
    return hit;
}

/* Two sides, or three, or two and a node that reaches both; of links, from some nodes to all
 * others. Returns how many sides there are. */
static uint32_t draw_sides(struct drawn *drawn, const struct strike *strike,
                           const struct sim_fault_kind *kind)
{
    const struct sim_random_plan *random = &drawn->source->randoms[strike->entry];
    uint32_t count;
    struct candidate *list = rank_nodes(drawn, random, strike->key, &count);
    const uint64_t word = word_of(strike->key, "nodes");
    const bool links = kind->target == SIM_TARGET_LINKS;
    const uint64_t form = links || count < 3 ? 0 : word_of(strike->key, "form") % 4;
    const uint32_t most = form == 0 || form == 1 ? count - 1 : count - 2;
    const uint32_t first = links ? draw_count(word, most) : 1 + (uint32_t)sim_below(word, most);

    for (uint32_t i = 0; i < count; i++)
        drawn->sides[list[i].node] = i < first ? 1 : 2;
    if (form == 2) /* the bridge */
        drawn->sides[list[count - 1].node] = 0;
    for (uint32_t i = first + 1 + (count - first - 2) / 2; form == 3 && i < count; i++)
        drawn->sides[list[i].node] = 3;
    sim_free(list);
    return form == 3 ? 3 : 2;
}

/* -- the list ---------------------------------------------------------------------------------- */

static struct sim_side name_side(struct drawn *drawn, uint8_t side)
{
    const struct sim_plan *plan = drawn->source;
    struct sim_selector *selectors;
    uint32_t count = 0;

    for (uint32_t node = 0; node < drawn->node_count; node++)
        count += drawn->sides[node] == side;
    selectors = sim_arena_alloc(drawn->memory, count * sizeof(*selectors));
    count = 0;
    for (uint32_t g = 0; g < plan->group_count; g++)
        for (uint32_t m = 0; m < plan->groups[g].count; m++)
            if (drawn->sides[drawn->first[g] + m] == side)
                selectors[count++] = (struct sim_selector){ .group = g, .member = m };
    return (struct sim_side){ selectors, count };
}

static void add_fault(struct drawn *drawn, const struct strike *strike,
                      const struct sim_random_kind *kind, sim_time length, uint32_t side_count)
{
    struct sim_side *sides = sim_arena_alloc(drawn->memory, side_count * sizeof(*sides));
    const uint64_t luck = word_of(strike->key, "luck");

    for (uint32_t i = 0; i < side_count; i++)
        sides[i] = name_side(drawn, (uint8_t)(i + 1));
    drawn->faults = sim_grow(drawn->faults, &drawn->fault_capacity, drawn->fault_count + 1,
                             sizeof(*drawn->faults));
    drawn->faults[drawn->fault_count++] = (struct sim_fault_plan){
        .label = drawn->source->randoms[strike->entry].label,
        .kind = kind->kind,
        .params = draw_params(drawn, kind, strike->key),
        .at = strike->at,
        .duration = kind->kind->instant || kind->kind->endless
                        ? NULL
                        : keep(drawn, sim_distribution_constant(length)),
        .sides = sides,
        .side_count = side_count,
        .both_ways =
            kind->kind->target == SIM_TARGET_LINKS && (word_of(strike->key, "both ways") & 1) != 0,
        .luck = luck != 0 ? (int64_t)luck : 1,
    };
}

static void draw_strike(struct drawn *drawn, const struct strike *strike)
{
    const struct sim_random_plan *random = &drawn->source->randoms[strike->entry];
    const struct sim_random_kind *kind = choose_kind(drawn, strike);
    sim_time length = sim_distribution_sample(random->duration, word_of(strike->key, "length"));
    uint32_t sides = 1;
    sim_time until;

    if (kind == NULL)
        return;
    length = length > 0 ? length : 0;
    until = (kind->kind->harm & SIM_HARM_LASTING) ? SIM_TIME_NEVER : strike->at + length;
    memset(drawn->sides, 0, drawn->node_count);
    if (kind->kind->target == SIM_TARGET_NODES) {
        if (!draw_nodes(drawn, strike, kind->kind, until))
            return;
    } else {
        sides = draw_sides(drawn, strike, kind->kind);
    }
    add_fault(drawn, strike, kind, length, sides);
}

static void draw_all(struct drawn *drawn)
{
    const struct sim_plan *plan = drawn->source;

    drawn->first = sim_alloc_array(plan->group_count, sizeof(*drawn->first));
    for (uint32_t g = 0; g < plan->group_count; g++) {
        drawn->first[g] = drawn->node_count;
        drawn->node_count += plan->groups[g].count;
    }
    drawn->down = sim_alloc_array(drawn->node_count, sizeof(*drawn->down));
    drawn->loses = sim_alloc_array(drawn->node_count, sizeof(*drawn->loses));
    drawn->sides = sim_alloc(drawn->node_count);
    drawn->absent = sim_alloc_array(drawn->node_count, sizeof(*drawn->absent));
    count_all_listed(drawn);
    draw_losers(drawn);
    for (uint32_t i = 0; i < plan->random_count; i++)
        draw_times(drawn, i);
    sim_sort(drawn->strikes, drawn->strike_count, sizeof(*drawn->strikes), compare_strikes);
    for (size_t i = 0; i < drawn->strike_count; i++)
        draw_strike(drawn, &drawn->strikes[i]);
    sim_free(drawn->first);
    sim_free(drawn->down);
    sim_free(drawn->loses);
    sim_free(drawn->absences);
    sim_free(drawn->absent);
    sim_free(drawn->sides);
    sim_free(drawn->strikes);
}

static void add_settling(struct drawn *drawn)
{
    static const struct sim_selector everybody = { .group = SIM_NO_GROUP, .member = SIM_NO_GROUP };
    static const struct sim_side all = { &everybody, 1 };

    drawn->faults = sim_grow(drawn->faults, &drawn->fault_capacity, drawn->fault_count + 1,
                             sizeof(*drawn->faults));
    drawn->faults[drawn->fault_count++] = (struct sim_fault_plan){
        .label = SIM_SETTLE,
        .kind = &sim_fault_settle,
        .at = drawn->source->settle.at,
        .sides = &all,
        .side_count = 1,
    };
}

struct sim_plan *sim_plan_draw(const struct sim_plan *plan)
{
    struct drawn *drawn = sim_alloc(sizeof(*drawn));

    drawn->plan = *plan;
    drawn->source = plan;
    if (plan->random_count == 0 && plan->settle.at == 0)
        return &drawn->plan;
    drawn->memory = sim_arena_create();
    /* those that are listed keep their places: nothing that is drawn for them moves */
    drawn->fault_count = plan->fault_count;
    drawn->faults =
        sim_grow(NULL, &drawn->fault_capacity, drawn->fault_count + 1, sizeof(*drawn->faults));
    if (plan->fault_count > 0)
        memcpy(drawn->faults, plan->faults, plan->fault_count * sizeof(*drawn->faults));
    draw_all(drawn);
    if (plan->settle.at > 0)
        add_settling(drawn);
    assert(drawn->fault_count < UINT32_MAX);
    drawn->plan.faults = drawn->faults;
    drawn->plan.fault_count = (uint32_t)drawn->fault_count;
    drawn->plan.randoms = NULL;
    drawn->plan.random_count = 0;
    return &drawn->plan;
}

void sim_drawn_destroy(struct sim_plan *plan)
{
    struct drawn *drawn = (struct drawn *)plan;

    if (drawn == NULL)
        return;
    for (size_t i = 0; i < drawn->distribution_count; i++)
        sim_distribution_destroy(drawn->distributions[i]);
    sim_free(drawn->distributions);
    sim_free(drawn->faults);
    sim_arena_destroy(drawn->memory);
    sim_free(drawn);
}

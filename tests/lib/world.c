/* world.c - see world.h. */
#include "tests/lib/world.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

/* -- the actor -----------------------------------------------------------------------------------
 */

static const struct script *script_of(const struct sim_seat *me)
{
    return sim_params(me);
}

void *context_of(const struct sim_seat *me)
{
    return script_of(me)->context;
}

struct actor_state *state_of(struct sim_seat *me)
{
    return sim_state(me);
}

void say(struct sim_seat *me, int64_t a, int64_t b)
{
    sim_note(me, SAID, &(struct pair){ a, b });
}

static void on_start(struct sim_seat *me)
{
    if (script_of(me)->start)
        script_of(me)->start(me);
}

static void on_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    if (script_of(me)->message)
        script_of(me)->message(me, kind, message);
}

static void on_word(struct sim_seat *me, const struct sim_message *message)
{
    on_message(me, WORD, message);
}

static void on_bare(struct sim_seat *me, const struct sim_message *message)
{
    on_message(me, BARE, message);
}

static void on_cargo(struct sim_seat *me, const struct sim_message *message)
{
    on_message(me, CARGO, message);
}

static void on_timer(struct sim_seat *me, unsigned kind)
{
    if (script_of(me)->timer)
        script_of(me)->timer(me, kind);
}

static void on_tick(struct sim_seat *me)
{
    on_timer(me, TICK);
}

static void on_tock(struct sim_seat *me)
{
    on_timer(me, TOCK);
}

static void on_tack(struct sim_seat *me)
{
    on_timer(me, TACK);
}

static void on_spare(struct sim_seat *me)
{
    on_timer(me, SPARE);
}

static void on_each(struct sim_seat *me)
{
    on_timer(me, EACH);
}

static void on_soon(struct sim_seat *me, const void *context)
{
    if (script_of(me)->later)
        script_of(me)->later(me, SOON, context);
}

static void on_late(struct sim_seat *me, const void *context)
{
    if (script_of(me)->later)
        script_of(me)->later(me, LATE, context);
}

static void on_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    if (script_of(me)->outcome)
        script_of(me)->outcome(me, site, outcome);
}

static void on_ask(struct sim_seat *me, const struct sim_outcome *outcome)
{
    on_outcome(me, ASK, outcome);
}

static void on_ask_also(struct sim_seat *me, const struct sim_outcome *outcome)
{
    on_outcome(me, ASK_ALSO, outcome);
}

static void on_tell_bare(struct sim_seat *me, const struct sim_outcome *outcome)
{
    on_outcome(me, TELL_BARE, outcome);
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    if (script_of(me)->request)
        script_of(me)->request(me, request);
}

static void on_synced(struct sim_seat *me, const void *context)
{
    if (script_of(me)->synced)
        script_of(me)->synced(me, context);
}

static void on_command(struct sim_seat *me, const void *params)
{
    if (script_of(me)->command)
        script_of(me)->command(me, params);
}

/* Two rules between parameters: the pause is shorter than the pace, if there is one. */
static const char *check_script(void *params, uint32_t members, char text[160])
{
    const struct script *script = params;

    (void)members;
    if (script->pause == 0 || script->pause < script->pace)
        return NULL;
    strcpy(text, "is too long");
    return "pause";
}

static void on_check(struct sim_judge *judge, uint32_t member)
{
    const struct script *script = sim_judge_params(judge);

    if (script->check)
        script->check(judge, member);
}

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct actor_state, value, "anything"),
    SIM_WATCHED(struct actor_state, role, "anything"),
    SIM_STATE(struct actor_state, count, "not watched"),
    { 0 },
};

static const struct sim_interface actor_interface = {
    "actor",
    { [GET] = { "get", SIM_WORDS(pair), SIM_WORDS(pair), NULL },
      [PUT_BARE] = { "put", NULL, NULL, NULL } },
};

static uint32_t any_operation(const void *params)
{
    (void)params;
    return (1u << SIM_OPERATION_KINDS) - 1;
}

const struct sim_model actor_model = {
    .name = "actor",
    .summary = "does what a script says",
    .params = { NULL, sizeof(struct script) },
    .state = { state_fields, sizeof(struct actor_state) },
    .disk = { NULL, sizeof(struct actor_disk) },
    .messages = { [WORD] = { "word", SIM_WORDS(pair), on_word },
                  [BARE] = { "bare", NULL, on_bare },
                  [CARGO] = { "cargo", SIM_WORDS(pair), on_cargo } },
    .timers = { [TICK] = { "tick", on_tick, false },
                [TOCK] = { "tock", on_tock, false },
                [TACK] = { "tack", on_tack, false },
                [SPARE] = { "spare", on_spare, false },
                [EACH] = { "each", on_each, true } },
    .laters = { [SOON] = { "soon", on_soon }, [LATE] = { "late", on_late } },
    .notes = { [SAID] = { "said", SIM_WORDS(pair) }, [DONE] = { "done", NULL } },
    .calls = { [ASK] = { "ask", &actor_interface, GET, on_ask },
               [ASK_ALSO] = { "ask-also", &actor_interface, GET, on_ask_also },
               [TELL_BARE] = { "tell", &actor_interface, PUT_BARE, on_tell_bare } },
    .serves = { { &actor_interface, on_request } },
    .logs = { [ENTRIES] = { "entries", SIM_WORDS(pair) }, [MARKS] = { "marks", SIM_WORDS(pair) } },
    .marks = { [HERE] = { "here", "a place" }, [THERE] = { "there", "another" } },
    .metrics = { [SCORE] = { "score", SIM_HISTOGRAM, "anything" } },
    .commands = { { "poke", "anything", { NULL, 0 }, on_command } },
    .draws = { [LUCK] = "luck", [MORE_LUCK] = "more luck" },
    .invariant = { 64, on_check, { "never-that", "too-long" } },
    .operations = any_operation,
    .start = on_start,
    .synced = on_synced,
    .check = check_script,
};

/* -- what happened
 * --------------------------------------------------------------------------------- */

static void keep(void *context, const struct sim_happening *happening)
{
    struct watch *watch = context;

    watch->seen = sim_grow(watch->seen, &watch->capacity, watch->count + 1, sizeof(*watch->seen));
    struct seen *seen = &watch->seen[watch->count++];
    *seen = (struct seen){ happening->id,
                           happening->cause,
                           happening->time,
                           happening->kind,
                           happening->node,
                           happening->peer,
                           happening->what,
                           happening->reason,
                           { 0 },
                           0,
                           0 };
    if (happening->record && happening->words) {
        seen->word_count = happening->record->words;
        memcpy(seen->words, happening->words, seen->word_count * sizeof(int64_t));
    }
    sim_blob_words(happening->blob, &seen->blob_words);
}

static void keep_window(void *context, sim_time time, uint32_t fault, bool opens)
{
    struct watch *watch = context;

    watch->windows = sim_grow(watch->windows, &watch->window_capacity, watch->window_count + 1,
                              sizeof(*watch->windows));
    watch->windows[watch->window_count++] = (struct window){ time, fault, opens };
}

static void keep_strike(void *context, sim_time time, uint32_t fault, const uint32_t *nodes,
                        uint32_t count, bool begins)
{
    struct watch *watch = context;

    watch->strikes = sim_grow(watch->strikes, &watch->strike_capacity, watch->strike_count + 1,
                              sizeof(*watch->strikes));
    watch->strikes[watch->strike_count++] =
        (struct strike){ time, fault, count, count > 0 ? nodes[0] : ANY_NODE, begins };
}

static void keep_halt(void *context, sim_time time, uint32_t node, const char *reason)
{
    struct watch *watch = context;

    watch->halted++;
    watch->halt = (struct halt){ time, node, reason };
}

static void count_invoked(void *context, sim_time time, uint32_t node, uint32_t process,
                          uint64_t id, const struct sim_operation *operation)
{
    (void)time, (void)node, (void)process, (void)id, (void)operation;
    ((struct watch *)context)->invoked++;
}

static void count_completed(void *context, sim_time time, uint64_t id,
                            enum sim_operation_status status, int64_t value,
                            const struct sim_blob *list)
{
    (void)time, (void)id, (void)status, (void)value, (void)list;
    ((struct watch *)context)->completed++;
}

static void count_measured(void *context, sim_time time, uint32_t node, uint32_t group,
                           unsigned metric, int64_t value)
{
    (void)time, (void)node, (void)group, (void)metric, (void)value;
    ((struct watch *)context)->measured++;
}

static void keep_violation(void *context, sim_time time, uint64_t event, uint32_t group,
                           const char *invariant, const char *text)
{
    struct watch *watch = context;

    (void)time, (void)event, (void)group, (void)invariant;
    watch->violated++;
    strncpy(watch->violation, text, sizeof(watch->violation) - 1);
}

void watch_finish(struct watch *watch)
{
    sim_free(watch->seen);
    sim_free(watch->windows);
    sim_free(watch->strikes);
    *watch = (struct watch){ 0 };
}

const struct seen *watch_nth(const struct watch *watch, enum sim_happening_kind kind, uint32_t node,
                             const char *what, size_t n)
{
    for (size_t i = 0; i < watch->count; i++) {
        const struct seen *seen = &watch->seen[i];

        if ((kind != ANY_KIND && seen->kind != kind) || (node != ANY_NODE && seen->node != node) ||
            (what && strcmp(seen->what, what) != 0))
            continue;
        if (n-- == 0)
            return seen;
    }
    return NULL;
}

size_t watch_count(const struct watch *watch, enum sim_happening_kind kind, uint32_t node,
                   const char *what)
{
    size_t count = 0;

    for (size_t i = 0; i < watch->count; i++) {
        const struct seen *seen = &watch->seen[i];

        count += (kind == ANY_KIND || seen->kind == kind) &&
                 (node == ANY_NODE || seen->node == node) &&
                 (!what || strcmp(seen->what, what) == 0);
    }
    return count;
}

/* -- a plan
 * ---------------------------------------------------------------------------------------- */

void stage_init(struct stage *stage, uint64_t seed, sim_time duration)
{
    memset(stage, 0, sizeof(*stage));
    stage->plan.name = "stage";
    stage->plan.seed = seed;
    stage->plan.duration = duration;
    stage->plan.groups = stage->groups;
    stage->plan.faults = stage->faults;
    stage->plan.limits = (struct sim_limits){ 100000000, 1000000, 1000000, 1000000 };
    stage->observer = (struct sim_observer){
        .context = &stage->watch,
        .happening = keep,
        .invoked = count_invoked,
        .completed = count_completed,
        .window = keep_window,
        .metric = count_measured,
        .violated = keep_violation,
        .fault = keep_strike,
        .halted = keep_halt,
    };
}

void stage_finish(struct stage *stage)
{
    stage_close(stage);
    for (uint32_t i = 0; i < stage->distribution_count; i++)
        sim_distribution_destroy(stage->distributions[i]);
}

struct sim_group_plan *stage_group(struct stage *stage, const char *name, uint32_t count,
                                   struct script *script)
{
    assert(stage->plan.group_count < STAGE_GROUPS);
    struct sim_group_plan *group = &stage->groups[stage->plan.group_count];

    *group = (struct sim_group_plan){
        .name = name,
        .model = &actor_model,
        .count = count,
        .params = script,
        .target = stage->plan.group_count++,
        .processor = { .workers = 1, .queue = 1000 },
    };
    return group;
}

const struct sim_distribution *stage_keep(struct stage *stage,
                                          struct sim_distribution *distribution)
{
    assert(stage->distribution_count < STAGE_DISTRIBUTIONS);
    return stage->distributions[stage->distribution_count++] = distribution;
}

const struct sim_distribution *stage_constant(struct stage *stage, sim_time span)
{
    return stage_keep(stage, sim_distribution_constant(span));
}

static struct sim_side *add_side(struct stage *stage, struct sim_fault_plan *fault)
{
    assert(stage->side_count < STAGE_SELECTORS);
    struct sim_side *side = &stage->sides[stage->side_count++];

    if (fault->side_count++ == 0)
        fault->sides = side;
    side->selectors = &stage->selectors[stage->selector_count];
    return side;
}

static struct sim_selector *add_selector(struct stage *stage, struct sim_side *side, uint32_t group,
                                         uint32_t member)
{
    assert(stage->selector_count < STAGE_SELECTORS);
    struct sim_selector *selector = &stage->selectors[stage->selector_count++];

    *selector = (struct sim_selector){ .group = group, .member = member };
    side->count++;
    return selector;
}

static struct sim_fault_plan *add_fault(struct stage *stage, const struct sim_fault_kind *kind,
                                        sim_time at, sim_time span)
{
    assert(stage->plan.fault_count < STAGE_FAULTS);
    struct sim_fault_plan *fault = &stage->faults[stage->plan.fault_count++];

    union stage_params *params = &stage->params[fault - stage->faults];

    *params = (union stage_params){ 0 };
    if (kind == &sim_fault_slow)
        params->slow.factor = 1;
    if (kind->about_messages)
        params->message.probability = SIM_ALWAYS;
    *fault = (struct sim_fault_plan){ .kind = kind, .params = params, .at = at };
    if (span > 0)
        fault->duration = stage_constant(stage, span);
    return fault;
}

struct sim_fault_plan *stage_fault(struct stage *stage, const struct sim_fault_kind *kind,
                                   sim_time at, sim_time span, uint32_t group, uint32_t member)
{
    struct sim_fault_plan *fault = add_fault(stage, kind, at, span);

    add_selector(stage, add_side(stage, fault), group, member);
    return fault;
}

static union stage_params *params_of(const struct sim_fault_plan *fault)
{
    return (union stage_params *)(uintptr_t)fault->params; /* the stage's own */
}

struct sim_slow_params *stage_slow(const struct sim_fault_plan *fault)
{
    return &params_of(fault)->slow;
}

struct sim_partition_params *stage_partition(const struct sim_fault_plan *fault)
{
    return &params_of(fault)->partition;
}

struct sim_crash_loop_params *stage_loop(const struct sim_fault_plan *fault)
{
    return &params_of(fault)->loop;
}

struct sim_workers_params *stage_workers(const struct sim_fault_plan *fault)
{
    return &params_of(fault)->workers;
}

struct sim_queue_full_params *stage_queue(const struct sim_fault_plan *fault)
{
    return &params_of(fault)->queue;
}

struct sim_message_params *stage_message(const struct sim_fault_plan *fault)
{
    return &params_of(fault)->message;
}

void stage_side(struct stage *stage, struct sim_fault_plan *fault, uint32_t group, uint32_t first,
                uint32_t count)
{
    struct sim_side *side = add_side(stage, fault);

    for (uint32_t i = 0; i < count; i++)
        add_selector(stage, side, group, first + i);
}

void stage_rest(struct stage *stage, struct sim_fault_plan *fault)
{
    add_selector(stage, add_side(stage, fault), SIM_NO_GROUP, SIM_NO_GROUP)->rest = true;
}

struct sim_fault_plan *stage_cut(struct stage *stage, sim_time at, sim_time span, uint32_t group,
                                 uint32_t first, uint32_t count)
{
    struct sim_fault_plan *fault = add_fault(stage, &sim_fault_partition, at, span);

    stage_side(stage, fault, group, first, count);
    return fault;
}

struct sim_fault_plan *stage_links(struct stage *stage, const struct sim_fault_kind *kind,
                                   sim_time at, sim_time span, uint32_t group, uint32_t member,
                                   uint32_t to, uint32_t to_member)
{
    struct sim_fault_plan *fault = stage_fault(stage, kind, at, span, group, member);

    add_selector(stage, add_side(stage, fault), to, to_member);
    return fault;
}

void stage_open(struct stage *stage, bool watched)
{
    stage_close(stage);
    stage->world = sim_world_create(&stage->plan, watched ? &stage->observer : NULL);
}

void stage_run(struct stage *stage)
{
    if (!stage->world)
        stage_open(stage, true);
    stage->end = sim_world_run(stage->world);
    stage->digest = sim_world_digest(stage->world);
}

void stage_close(struct stage *stage)
{
    sim_world_destroy(stage->world);
    stage->world = NULL;
    watch_finish(&stage->watch);
}

const struct actor_state *stage_state(const struct stage *stage, uint32_t node)
{
    return sim_world_state(stage->world, node);
}

bool digests_are_equal(const struct sim_digest *a, const struct sim_digest *b)
{
    return a->low == b->low && a->high == b->high;
}

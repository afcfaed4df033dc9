/* world_run.c - a whole run: its digest, the graph of causes, limits, invariants, blobs and memory.
 *
 * Most tests let the same crowd of actors do a little of everything under faults. */
#include "sim/world/kernel.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- a crowd that does everything
 * ------------------------------------------------------------------- */

struct crowd {
    const struct sim_blob *held[16];     /* by node: one blob that it keeps */
    int64_t body, blob, note, operation; /* what a change of one word is put on */
    sim_time until;
};

static void crowd_act(struct sim_seat *me)
{
    struct crowd *crowd = context_of(me);
    uint32_t node = sim_node(me), to = (uint32_t)sim_uniform(me, LUCK, 0, sim_members(me));
    int64_t words[3] = { sim_now(me), node, 0 };
    const struct sim_blob *blob = sim_blob(me, words, (size_t)sim_uniform(me, LUCK, 0, 4));
    struct sim_operation operation = { SIM_WRITE, node, state_of(me)->count, 0 };

    switch (sim_uniform(me, LUCK, 0, 10)) {
    case 0:
        sim_send(me, to, BARE, NULL);
        break;
    case 1:
        sim_send(me, to, WORD, &(struct pair){ node, crowd->body });
        break;
    case 2:
        sim_send_blob(me, to, CARGO, &(struct pair){ 1, 2 }, blob);
        break;
    case 3:
        sim_call(me, ASK, to, sim_uniform(me, LUCK, 1, 50), words, sizeof(words),
                 &(struct pair){ node, 0 });
        break;
    case 4:
        sim_append(me, ENTRIES, &(struct pair){ node, 0 }, blob);
        sim_sync(me);
        break;
    case 5:
        sim_append(me, MARKS, &(struct pair){ node, 0 }, blob);
        sim_sync_then(me, words, sizeof(words));
        break;
    case 6:
        sim_truncate(me, ENTRIES, sim_log_length(me, ENTRIES) / 2);
        sim_truncate(me, MARKS, 0);
        break;
    case 7:
        sim_later(me, SOON, sim_uniform(me, LUCK, 0, 9), words, sizeof(words));
        break;
    case 8:
        operation.argument += crowd->operation;
        sim_complete(me, sim_invoke(me, 0, &operation), SIM_OK, 3, blob);
        break;
    default:
        if (crowd->held[node])
            sim_let_go(me, crowd->held[node]);
        crowd->held[node] = blob;
        sim_hold(me, blob);
    }
    /* whatever comes now may wait for the sync */
    sim_send_blob(me, to, CARGO, &(struct pair){ 3, 4 }, blob);
    state_of(me)->count++;
    say(me, state_of(me)->count, crowd->note);
}

static void crowd_tick(struct sim_seat *me, unsigned kind)
{
    const struct crowd *crowd = context_of(me);

    if (kind == EACH) {
        say(me, sim_peer(me), 0);
        return;
    }
    if (sim_now(me) > crowd->until)
        return;
    crowd_act(me);
    sim_timer(me, TICK, sim_uniform(me, LUCK, 0, 8));
    sim_timer_peer(me, EACH, (uint32_t)sim_uniform(me, LUCK, 0, sim_members(me)), 6);
}

static void crowd_start(struct sim_seat *me)
{
    struct crowd *crowd = context_of(me);

    crowd->held[sim_node(me)] = NULL;
    state_of(me)->memory = sim_new(me, 24);
    sim_timer(me, TICK, 0);
}

static void crowd_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    struct crowd *crowd = context_of(me);
    size_t count;
    const int64_t *words = sim_blob_words(message->blob, &count);

    if (kind == CARGO && count > 1)
        ck_assert_int_lt(words[1], 16);
    if (kind == CARGO && count == 0 && crowd->blob) {
        int64_t *fill;

        sim_blob_make(me, 4, &fill);
    }
    if (kind == CARGO && sim_flip(me, MORE_LUCK, SIM_ALWAYS / 4)) { /* pass it on, and keep it */
        sim_send_blob(me, 0, CARGO, message->body, message->blob);
        if (message->blob)
            sim_append(me, MARKS, message->body, message->blob);
    }
}

static void crowd_request(struct sim_seat *me, const struct sim_request *request)
{
    if (sim_flip(me, MORE_LUCK, SIM_ALWAYS / 4)) {
        sim_append(me, ENTRIES, request->body, NULL);
        sim_sync(me);
    }
    if (sim_flip(me, MORE_LUCK, SIM_ALWAYS / 2))
        sim_reply_blob(me, request->ticket, request->body, sim_blob(me, NULL, 0));
    else
        sim_refuse(me, request->ticket);
}

static void crowd_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    say(me, site, (int64_t)outcome->status);
}

static struct script crowd_script(struct crowd *crowd)
{
    return (struct script){ .start = crowd_start,
                            .message = crowd_message,
                            .timer = crowd_tick,
                            .request = crowd_request,
                            .outcome = crowd_outcome,
                            .context = crowd };
}

static void crowd_init(struct stage *stage, struct script *script, uint64_t seed, sim_time until)
{
    struct sim_stream luck = { 0, 0 };
    static const struct sim_fault_kind *const kinds[] = { &sim_fault_crash, &sim_fault_pause,
                                                          &sim_fault_slow, &sim_fault_power_loss };

    ((struct crowd *)script->context)->until = until;
    sim_stream_seed(&luck, seed, 5, 5);
    stage_init(stage, seed, 10 * until);
    stage->plan.link =
        (struct sim_link_plan){ .latency = stage_keep(stage, sim_distribution_uniform(0, 20)),
                                .loss = UINT64_MAX / 10,
                                .duplicate = UINT64_MAX / 6 };
    stage_group(stage, "a", 5, script)->disk.sync =
        stage_keep(stage, sim_distribution_uniform(0, 15));
    struct sim_group_plan *b = stage_group(stage, "b", 3, script);
    b->processor = (struct sim_processor_plan){ 2, 3, stage_constant(stage, 3), false };
    b->disk =
        (struct sim_disk_plan){ .sync = stage_constant(stage, 6), .unsynced = SIM_UNSYNCED_KEPT };
    b->clock.drift = (struct sim_ppm_range){ -200000, 200000 };
    for (int i = 0; i < 20; i++) {
        uint64_t word = sim_stream_next(&luck);

        stage_slow(stage_fault(stage, kinds[word % 4], (sim_time)(word / 8 % (uint64_t)until),
                               1 + (sim_time)(word / 65536 % 60), (uint32_t)(word / 4 % 2),
                               SIM_NO_GROUP))
            ->factor = 2;
        stage->selectors[stage->selector_count - 1].pick = 1;
    }
    struct sim_fault_plan *cut = stage_cut(stage, until / 2, 50, 0, 0, 2);
    stage_rest(stage, cut);
    stage_partition(cut)->in_flight = SIM_IN_FLIGHT_CUT;
}

/* -- the digest
 * -------------------------------------------------------------------------------------- */

static struct sim_digest crowd_digest(struct crowd crowd, uint64_t seed, bool watched)
{
    struct script script = crowd_script(&crowd);
    struct stage stage;

    crowd_init(&stage, &script, seed, 1000);
    stage_open(&stage, watched);
    stage_run(&stage);
    struct sim_digest digest = stage.digest;
    stage_finish(&stage);
    return digest;
}

START_TEST(a_run_repeats_itself_watched_or_not)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct sim_digest first = crowd_digest((struct crowd){ 0 }, seed, true);
        struct sim_digest again = crowd_digest((struct crowd){ 0 }, seed, true);
        struct sim_digest alone = crowd_digest((struct crowd){ 0 }, seed, false);
        struct sim_digest other = crowd_digest((struct crowd){ 0 }, seed + 100, false);

        ck_assert(digests_are_equal(&first, &again));
        ck_assert(digests_are_equal(&first, &alone));
        ck_assert(!digests_are_equal(&first, &other));
    }
}
END_TEST

/* Asked for bit by bit, and looked at in between, it is the same run. */
START_TEST(a_run_may_be_stopped_and_looked_at)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct sim_digest whole = crowd_digest((struct crowd){ 0 }, seed, false), parts;
        struct crowd crowd = { 0 };
        struct script script = crowd_script(&crowd);
        struct sim_node_status status;
        struct stage stage;
        sim_time until = 0;

        crowd_init(&stage, &script, seed, 1000);
        stage_open(&stage, false);
        for (; until < stage.plan.duration; until += 7) {
            ck_assert(sim_world_run_to(stage.world, until));
            ck_assert_int_le(sim_world_time(stage.world), until);
            sim_world_node_status(stage.world, 0, &status);
        }
        stage_run(&stage);
        parts = stage.digest;
        stage_finish(&stage);
        ck_assert(digests_are_equal(&whole, &parts));
    }
}
END_TEST

START_TEST(every_word_counts_in_the_digest)
{
    struct sim_digest plain = crowd_digest((struct crowd){ 0 }, 3, false);
    struct sim_digest digests[] = {
        crowd_digest((struct crowd){ .body = 1 }, 3, false),
        crowd_digest((struct crowd){ .note = 1 }, 3, false),
        crowd_digest((struct crowd){ .operation = 1 }, 3, false),
    };

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        ck_assert(!digests_are_equal(&plain, &digests[i]));
    /* a blob that nobody gets is not observed */
    struct sim_digest unseen = crowd_digest((struct crowd){ .blob = 1 }, 3, false);
    ck_assert(digests_are_equal(&plain, &unseen));
}
END_TEST

/* One message with a blob; each run differs in one thing. */
struct single {
    sim_time after;
    int64_t a, b, word;
    size_t count;
    unsigned kind, timer;
    uint32_t from, to;
    bool twice;
};

static void single_start(struct sim_seat *me)
{
    const struct single *single = context_of(me);

    if (sim_self(me) == single->from)
        sim_timer(me, single->timer, single->after);
}

static void single_timer(struct sim_seat *me, unsigned kind)
{
    const struct single *single = context_of(me);
    int64_t words[4] = { 1, single->word, 3, 4 };

    (void)kind;
    for (int i = 0; i <= single->twice; i++)
        sim_send_blob(me, single->to, single->kind, &(struct pair){ single->a, single->b },
                      single->count ? sim_blob(me, words, single->count - 1) : NULL);
}

static struct sim_digest single_digest(struct single single, const struct sim_model *model,
                                       const char *group)
{
    struct script script = { .start = single_start, .timer = single_timer, .context = &single };
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, group, 3, &script)->model = model;
    stage_run(&stage);
    struct sim_digest digest = stage.digest;
    stage_finish(&stage);
    return digest;
}

START_TEST(digests_differ_in_each_thing_that_can_be_observed)
{
    const struct single base = { 10, 1, 2, 3, 4, WORD, TICK, 0, 1, false };
    struct single single[13];
    struct sim_digest digests[13];

    for (size_t i = 0; i < 13; i++)
        single[i] = base;
    single[1].after = 11;
    single[2].a = 2;
    single[3].b = 3;
    single[4].word = 4;
    single[5].count = 3;
    single[6].count = 0;
    single[7].count = 1; /* an empty blob is not none */
    single[8].kind = CARGO;
    single[9].timer = TOCK;
    single[10].from = 2;
    single[11].to = 2;
    single[12].twice = true;
    for (size_t i = 0; i < 13; i++)
        digests[i] = single_digest(single[i], &actor_model, "a");
    for (size_t i = 0; i < 13; i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(!digests_are_equal(&digests[i], &digests[k]), "%zu and %zu", i, k);
    }
    /* what nobody uses does not count: a further timer, message, draw; nor where the group's name
     * shows */
    static struct sim_model longer;
    memcpy(&longer, &actor_model, sizeof(longer));
    longer.timers[EACH + 1] =
        (struct sim_timer_kind){ "more", actor_model.timers[TICK].handler, true };
    longer.messages[CARGO + 1] =
        (struct sim_message_kind){ "more", NULL, actor_model.messages[BARE].handler };
    longer.draws[MORE_LUCK + 1] = "more";
    struct sim_digest same = single_digest(base, &longer, "a");
    ck_assert(digests_are_equal(&digests[0], &same));
}
END_TEST

/* -- causes
 * ------------------------------------------------------------------------------------------ */

START_TEST(every_happening_leads_back_to_the_scenario)
{
    struct crowd crowd = { 0 };
    struct script script = crowd_script(&crowd);
    struct stage stage;

    crowd_init(&stage, &script, 5, 1000);
    stage_run(&stage);
    uint64_t most = sim_world_events(stage.world);
    uint64_t *cause = sim_alloc_array(most + 1, sizeof(*cause));
    sim_time *times = sim_alloc_array(most + 1, sizeof(*times));
    uint64_t longest = 0, headless = 0;
    for (uint64_t id = 0; id <= most; id++)
        cause[id] = UINT64_MAX;
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->id < 1 || seen->id > most)
            ck_abort_msg("an id that no event has");
        times[seen->id] = seen->time;
        if (seen->cause == seen->id) /* within the event: its head was told before */
            headless += cause[seen->id] == UINT64_MAX;
        else if (cause[seen->id] == UINT64_MAX)
            cause[seen->id] = seen->cause;
    }
    ck_assert_uint_eq(headless, 0);
    /* each leads to an earlier one, so all lead to the scenario; `steps` of them */
    uint64_t *steps = sim_alloc_array(most + 1, sizeof(*steps));
    for (uint64_t id = 1; id <= most; id++) {
        if (cause[id] == UINT64_MAX) /* nothing told of it: a timeout of a crashed caller, say */
            continue;
        ck_assert_uint_lt(cause[id], id);
        ck_assert_int_le(times[cause[id]], times[id]);
        ck_assert(cause[id] == 0 || cause[cause[id]] != UINT64_MAX);
        steps[id] = cause[id] == 0 ? 0 : steps[cause[id]] + 1;
        longest = steps[id] > longest ? steps[id] : longest;
    }
    ck_assert_uint_gt(longest, 50);
    sim_free(cause);
    sim_free(times);
    sim_free(steps);
    stage_finish(&stage);
}
END_TEST

/* -- limits
 * ------------------------------------------------------------------------------------------ */

static void loop_start(struct sim_seat *me)
{
    sim_timer(me, TICK, 5);
}

static void loop_timer(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    sim_timer(me, TICK, 0);
}

static void step_timer(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    sim_timer(me, TICK, 1);
}

static void echo(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)message;
    sim_send(me, sim_self(me), kind, NULL);
}

static void echo_start(struct sim_seat *me)
{
    sim_send(me, sim_self(me), BARE, NULL);
}

START_TEST(loops_within_an_instant_end_the_run)
{
    struct script scripts[2] = { { .start = loop_start, .timer = loop_timer },
                                 { .start = echo_start, .message = echo } };

    for (int i = 0; i < 2; i++) {
        struct stage stage;

        stage_init(&stage, 1, SIM_SECOND);
        stage.plan.limits.events_per_instant = 1000;
        stage_group(&stage, "a", 1, &scripts[i]);
        stage_run(&stage);
        ck_assert_int_eq(stage.end, SIM_END_LIMIT);
        ck_assert_str_eq(sim_world_limit(stage.world),
                         "1000 events per instant (limits.events_per_instant)");
        ck_assert_int_eq(sim_world_time(stage.world), i == 0 ? 5 : 0);
        ck_assert_uint_le(sim_world_events(stage.world), 1010);
        ck_assert_uint_ge(sim_world_events(stage.world), 990);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(many_nodes_in_step_are_no_loop)
{
    struct script script = { .start = loop_start, .timer = step_timer };
    struct stage stage;

    stage_init(&stage, 1, 20);
    stage.plan.limits.events_per_instant = 1000;
    stage_group(&stage, "a", 5000, &script);
    stage_open(&stage, false);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_DURATION);
    ck_assert_uint_eq(sim_world_events(stage.world), 5000 * 17);
    stage_finish(&stage);
}
END_TEST

START_TEST(the_limit_of_events_is_exact)
{
    struct script script = { .start = loop_start, .timer = step_timer };
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage.plan.limits.events = 100;
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_LIMIT);
    ck_assert_str_eq(sim_world_limit(stage.world), "100 events (limits.events)");
    ck_assert_uint_eq(sim_world_events(stage.world), 100);
    stage_finish(&stage);
}
END_TEST

/* -- invariants
 * ---------------------------------------------------------------------------------------- */

struct trial {
    uint32_t checks;
    int64_t values[20];
    sim_time times[20];
    sim_time now; /* of the handler that ran last */
    int64_t wrong;
};

static void trial_start(struct sim_seat *me)
{
    struct trial *trial = context_of(me);

    trial->now = sim_now(me);
    for (unsigned kind = TICK; kind <= SPARE; kind++)
        sim_timer(me, kind, 10 + 10 * kind);
}

static void trial_timer(struct sim_seat *me, unsigned kind)
{
    struct trial *trial = context_of(me);

    trial->now = sim_now(me);
    if (kind == TICK)
        state_of(me)->count++; /* not watched */
    if (kind == TOCK)
        state_of(me)->value = 7;
    if (kind == TACK) {
        sim_append(me, ENTRIES, &(struct pair){ 1, 1 }, NULL);
        sim_sync(me);
        state_of(me)->value = 8;
    }
}

static void trial_check(struct sim_judge *judge, uint32_t member)
{
    const struct actor_state *state = sim_judge_state(judge, member);
    struct trial *trial = ((const struct script *)sim_judge_params(judge))->context;
    int64_t *memory = sim_judge_memory(judge);

    ck_assert(sim_judge_up(judge, member));
    ck_assert_int_eq(memory[0], trial->checks);
    memory[0]++;
    trial->values[trial->checks] = state->value;
    trial->times[trial->checks++] =
        (sim_time)sim_log_length(sim_judge_seat(judge, member), ENTRIES);
    if (state->value == trial->wrong) {
        char name[64];

        sim_violated(judge, "never-that", "%s has %d", sim_judge_name(judge, member, name),
                     (int)state->value);
    }
}

START_TEST(invariants_run_when_something_watched_changed_and_is_durable)
{
    struct trial trial = { .wrong = -1 };
    struct script script = {
        .start = trial_start, .timer = trial_timer, .check = trial_check, .context = &trial
    };
    struct stage stage;

    stage_init(&stage, 1, 200);
    stage_group(&stage, "a", 1, &script)->disk.sync = stage_constant(&stage, 15);
    stage_fault(&stage, &sim_fault_crash, 33, 67, 0, 0); /* in the hold: 8 is never seen */
    stage_run(&stage);
    /* start, TOCK; start again, TOCK, the end of the sync */
    static const int64_t values[] = { 0, 7, 0, 7, 8 };
    ck_assert_uint_eq(trial.checks, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(trial.values[i], values[i]);
    ck_assert_uint_eq(stage.watch.violated, 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_violation_stops_the_run)
{
    struct trial trial = { .wrong = 8 };
    struct script script = {
        .start = trial_start, .timer = trial_timer, .check = trial_check, .context = &trial
    };
    struct stage stage;

    stage_init(&stage, 1, 200);
    stage_group(&stage, "a", 1, &script)->disk.sync = stage_constant(&stage, 15);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_VIOLATED);
    ck_assert_int_eq(sim_world_time(stage.world), 45);
    ck_assert_uint_eq(stage.watch.violated, 1);
    ck_assert_str_eq(stage.watch.violation, "a-0 has 8");
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_VIOLATION, SIM_NO_GROUP, "never-that"),
                      1);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, "spare"), 0);
    stage_finish(&stage);
}
END_TEST

static void restart_check(struct sim_judge *judge, uint32_t member)
{
    struct trial *trial = ((const struct script *)sim_judge_params(judge))->context;

    (void)member;
    trial->checks++;
}

static void held_start(struct sim_seat *me)
{
    sim_append(me, ENTRIES, &(struct pair){ 1, 1 }, NULL);
    sim_sync(me);
}

START_TEST(invariants_run_after_a_start_that_changed_nothing)
{
    for (int held = 0; held < 2; held++) {
        struct trial trial = { 0 };
        struct script script = { .check = restart_check, .context = &trial };
        struct stage stage;

        if (held)
            script.start = held_start;
        stage_init(&stage, 1, 200);
        stage_group(&stage, "a", 1, &script)->disk.sync = stage_constant(&stage, 15);
        stage_fault(&stage, &sim_fault_crash, 50, 10, 0, 0);
        stage_run(&stage);
        ck_assert_uint_eq(trial.checks, 2);
        stage_finish(&stage);
    }
}
END_TEST

/* -- memory
 * -------------------------------------------------------------------------------------------- */

static uint32_t in_use(const struct slab *slab)
{
    uint32_t used = slab->used - 1, next = slab->free;

    for (; next != 0; used--)
        memcpy(&next, slab_at(slab, next), sizeof(next));
    return used;
}

START_TEST(a_world_that_is_quiet_holds_nothing)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct crowd crowd = { 0 };
        struct script script = crowd_script(&crowd);
        struct stage stage;

        crowd_init(&stage, &script, seed, 2000);
        stage_open(&stage, false);
        stage_run(&stage);
        ck_assert_int_eq(stage.end, SIM_END_QUIET);
        ck_assert_uint_gt(sim_world_events(stage.world), 5000);
        ck_assert_uint_eq(in_use(&stage.world->packets), 0);
        ck_assert_uint_eq(in_use(&stage.world->works), 0);
        ck_assert_uint_eq(in_use(&stage.world->calls), 0);
        ck_assert_uint_eq(stage.world->made_count, 0);
        ck_assert_uint_eq(stage.world->cuts, 0);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(blobs_do_not_pile_up)
{
    size_t bytes[2];

    for (int i = 0; i < 2; i++) {
        struct crowd crowd = { 0 };
        struct script script = crowd_script(&crowd);
        struct stage stage;

        crowd_init(&stage, &script, 4, i == 0 ? 3000 : 15000);
        stage_open(&stage, false);
        stage_run(&stage);
        bytes[i] = sim_arena_bytes(stage.world->blobs);
        stage_finish(&stage);
    }
    ck_assert_uint_le(bytes[1], 2 * bytes[0]);
}
END_TEST

static void hold_much(struct sim_seat *me)
{
    int64_t *words;

    sim_hold(me, sim_blob_make(me, 3000, &words));
    state_of(me)->memory = sim_new(me, 20000);
}

START_TEST(a_crash_drops_what_a_node_held)
{
    size_t bytes[2];

    for (int i = 0; i < 2; i++) {
        struct script script = { .start = hold_much };
        struct stage stage;

        stage_init(&stage, 1, i == 0 ? 100 : 10000);
        stage_group(&stage, "a", 1, &script);
        struct sim_fault_plan *fault = stage_fault(&stage, &sim_fault_crash, 0, 5, 0, 0);
        fault->every = stage_constant(&stage, 10);
        fault->to = 10000;
        stage_run(&stage);
        bytes[i] = sim_arena_bytes(stage.world->blobs) +
                   sim_arena_bytes(seat_of_node(stage.world, 0)->extra->arena);
        stage_finish(&stage);
    }
    ck_assert_uint_eq(bytes[0], bytes[1]);
}
END_TEST

START_TEST(a_world_may_be_destroyed_at_any_moment)
{
    struct crowd crowd = { 0 };
    struct script script = crowd_script(&crowd);

    sim_world_destroy(NULL);
    for (int64_t events = 1; events < 3000; events += 187) {
        struct stage stage;

        crowd_init(&stage, &script, 6, 2000);
        stage.plan.limits.events = events;
        stage_open(&stage, events % 2 == 0);
        stage_run(&stage);
        ck_assert_int_eq(stage.end, SIM_END_LIMIT);
        stage_finish(&stage);
        crowd_init(&stage, &script, 6, 2000);
        stage_open(&stage, true); /* never run */
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(worlds_side_by_side_share_nothing)
{
    struct crowd crowds[2] = { { .until = 0 }, { .until = 0 } };
    struct script scripts[2] = { crowd_script(&crowds[0]), crowd_script(&crowds[1]) };
    struct sim_digest alone = crowd_digest((struct crowd){ 0 }, 8, false);
    struct stage stages[2];

    for (int i = 0; i < 2; i++) {
        crowd_init(&stages[i], &scripts[i], 8, 1000);
        stage_open(&stages[i], i == 0);
    }
    for (int i = 0; i < 2; i++)
        stage_run(&stages[i]);
    for (int i = 0; i < 2; i++) {
        ck_assert(digests_are_equal(&stages[i].digest, &alone));
        stage_finish(&stages[i]);
    }
}
END_TEST

START_TEST(nodes_are_found_by_number_and_name)
{
    struct script script = { 0 };
    struct stage stage;
    static const uint32_t counts[] = { 3, 1, 4, 1, 5 };
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    uint32_t node = 0;

    stage_init(&stage, 1, 10);
    for (int g = 0; g < 5; g++)
        stage_group(&stage, names[g], counts[g], &script);
    stage_run(&stage);
    ck_assert_uint_eq(sim_world_nodes(stage.world), 14);
    for (uint32_t g = 0; g < 5; g++) {
        for (uint32_t m = 0; m < counts[g]; m++, node++) {
            char text[64], expected[64];

            snprintf(expected, sizeof(expected), "%s-%u", names[g], m);
            ck_assert_uint_eq(sim_world_node_group(stage.world, node), g);
            ck_assert_str_eq(sim_world_node_name(stage.world, node, text), expected);
        }
    }
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_run");
    TCase *tests = tcase_create("run");

    tcase_add_test(tests, a_run_repeats_itself_watched_or_not);
    tcase_add_test(tests, a_run_may_be_stopped_and_looked_at);
    tcase_add_test(tests, every_word_counts_in_the_digest);
    tcase_add_test(tests, digests_differ_in_each_thing_that_can_be_observed);
    tcase_add_test(tests, every_happening_leads_back_to_the_scenario);
    tcase_add_test(tests, loops_within_an_instant_end_the_run);
    tcase_add_test(tests, many_nodes_in_step_are_no_loop);
    tcase_add_test(tests, the_limit_of_events_is_exact);
    tcase_add_test(tests, invariants_run_when_something_watched_changed_and_is_durable);
    tcase_add_test(tests, a_violation_stops_the_run);
    tcase_add_test(tests, invariants_run_after_a_start_that_changed_nothing);
    tcase_add_test(tests, a_world_that_is_quiet_holds_nothing);
    tcase_add_test(tests, blobs_do_not_pile_up);
    tcase_add_test(tests, a_crash_drops_what_a_node_held);
    tcase_add_test(tests, a_world_may_be_destroyed_at_any_moment);
    tcase_add_test(tests, worlds_side_by_side_share_nothing);
    tcase_add_test(tests, nodes_are_found_by_number_and_name);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* world_disk_trouble.c - disks that are full, that crashes leave half written; nodes that stop for
 * good. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void count_failure(struct sim_seat *me, const struct sim_disk_failure *failure)
{
    say(me, 500, failure->context ? *(const int64_t *)failure->context : 0);
    state_of(me)->other++;
}

/* A copy of the actor that handles what is wrong with its disk. */
static struct sim_model careful_actor(void)
{
    struct sim_model model = actor_model;

    model.disk_failed = count_failure;
    return model;
}

/* -- what a crash leaves ------------------------------------------------------------------------
 */

enum { AT_ONCE = 10 };

struct lives {
    uint64_t starts, lengths[AT_ONCE + 1], torn, words[3];
    uint64_t structs; /* in which the struct was as old as the log was empty */
};

static void append_many(struct sim_seat *me)
{
    int64_t word = 7;

    ((struct actor_disk *)sim_disk(me))->a = 1;
    ck_assert_int_eq(sim_write(me), SIM_DISK_FINE);
    for (int64_t i = 1; i < AT_ONCE; i++)
        ck_assert_int_eq(sim_append(me, ENTRIES, &(struct pair){ i, -i }, sim_blob(me, &word, 1)),
                         SIM_DISK_FINE);
}

static void check_torn(struct sim_seat *me, struct lives *lives, uint64_t index)
{
    const struct pair *pair = sim_log_record(me, ENTRIES, index);

    lives->torn++;
    ck_assert_uint_eq(index + 1, sim_log_length(me, ENTRIES)); /* the last one only */
    ck_assert_int_eq(pair->a, (int64_t)index + 1);
    ck_assert_ptr_null(sim_log_blob(me, ENTRIES, index));
    lives->words[pair->b == 0 ? 1 : 2]++;
    if (pair->b != 0)
        ck_assert_int_eq(pair->b, -((int64_t)index + 1));
}

/* Every life begins with an empty disk, by a sync that takes no time, and ends un-synced. */
static void live_torn(struct sim_seat *me)
{
    struct lives *lives = context_of(me);
    uint64_t length = sim_log_length(me, ENTRIES), whole = 0;
    struct actor_disk *disk = sim_disk(me);

    if (lives->starts++ > 0) {
        for (uint64_t i = 0; i < length; i++) {
            const struct pair *pair = sim_log_record(me, ENTRIES, i);
            enum sim_record_state state = sim_log_state(me, ENTRIES, i);

            if (state == SIM_RECORD_TORN) {
                check_torn(me, lives, i);
                continue;
            }
            whole++;
            ck_assert_int_eq(state, SIM_RECORD_WHOLE);
            ck_assert_int_eq(pair->a, (int64_t)i + 1);
            ck_assert_int_eq(pair->b, -((int64_t)i + 1));
            ck_assert_ptr_nonnull(sim_log_blob(me, ENTRIES, i));
        }
        ck_assert_int_eq(sim_disk_state(me), SIM_RECORD_WHOLE);
        ck_assert_int_eq(disk->a, length > 0 || disk->a == 1 ? 1 : 0); /* in order */
        lives->lengths[whole]++;
        lives->structs += disk->a == 0;
    }
    disk->a = 0;
    sim_write(me);
    sim_truncate(me, ENTRIES, 0);
    sim_sync(me);
    append_many(me);
}

static struct sim_digest run_lives(enum sim_unsynced unsynced, bool careful, bool watched,
                                   struct lives *lives)
{
    struct script script = { .start = live_torn, .context = lives };
    struct sim_model model = careful_actor();
    struct stage stage;

    memset(lives, 0, sizeof(*lives));
    stage_init(&stage, 1, 20000);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->disk.unsynced = unsynced;
    if (careful)
        group->model = &model;
    struct sim_fault_plan *crash = stage_fault(&stage, &sim_fault_crash, 0, 5, 0, 0);
    crash->every = stage_constant(&stage, 10);
    crash->to = 20000;
    stage_open(&stage, watched);
    stage_run(&stage);
    struct sim_digest digest = stage.digest;
    stage_finish(&stage);
    ck_assert_uint_gt(lives->starts, 1900);
    return digest;
}

/* Ten writes: that none of them survives has a chance of 1 : 11, as has each number. The struct is
 * the first and comes back whole. Of a torn record one word or both arrived; if none did, one in
 * three, nothing is there. */
START_TEST(a_torn_crash_leaves_a_prefix_and_half_a_record)
{
    struct lives lives;

    run_lives(SIM_UNSYNCED_TORN, true, false, &lives);
    double n = (double)lives.starts - 1;
    for (int i = 1; i < AT_ONCE; i++)
        ck_assert_double_eq_tol((double)lives.lengths[i] / n, 1.0 / 11, 0.03);
    ck_assert_double_eq_tol((double)lives.lengths[0] / n, 2.0 / 11, 0.03);
    ck_assert_double_eq_tol((double)lives.structs / n, 1.0 / 11, 0.03);
    ck_assert_double_eq_tol((double)lives.torn / n, 9.0 / 11 * 2 / 3, 0.04);
    ck_assert_double_eq_tol((double)lives.words[1] / n, 9.0 / 11 / 3, 0.04);
    ck_assert_double_eq_tol((double)lives.words[2] / n, 9.0 / 11 / 3, 0.04);
}
END_TEST

START_TEST(who_does_not_look_finds_no_torn_record)
{
    struct lives careful, careless;

    run_lives(SIM_UNSYNCED_TORN, true, false, &careful);
    run_lives(SIM_UNSYNCED_TORN, false, false, &careless);
    ck_assert_uint_eq(careless.torn, 0);
    ck_assert_uint_gt(careful.torn, 0);
    ck_assert_mem_eq(careful.lengths, careless.lengths, sizeof(careful.lengths));
}
END_TEST

START_TEST(kept_dropped_and_torn_are_three_things)
{
    struct lives kept, dropped, torn;

    run_lives(SIM_UNSYNCED_KEPT, true, false, &kept);
    run_lives(SIM_UNSYNCED_DROPPED, true, false, &dropped);
    run_lives(SIM_UNSYNCED_TORN, true, false, &torn);
    ck_assert_uint_eq(kept.lengths[AT_ONCE - 1], kept.starts - 1);
    ck_assert_uint_eq(dropped.lengths[0], dropped.starts - 1);
    ck_assert_uint_eq(kept.structs, 0);
    ck_assert_uint_eq(dropped.structs, dropped.starts - 1);
    ck_assert_uint_gt(torn.lengths[5], 0);
}
END_TEST

/* A torn record that was cut off, but not for good, is there again, and torn. */
struct cuts {
    uint64_t life, length;
    bool torn;
    uint64_t back, gone;
};

static void cut_without_sync(struct sim_seat *me)
{
    struct cuts *cuts = context_of(me);
    uint64_t length = sim_log_length(me, ENTRIES);
    bool torn = length > 0 && sim_log_state(me, ENTRIES, length - 1) == SIM_RECORD_TORN;

    if (cuts->life == 0) {
        append_many(me);
    } else if (cuts->life == 1) {
        cuts->length = length;
        cuts->torn = torn;
        sim_truncate(me, ENTRIES, 0);
        ck_assert_int_eq(sim_append(me, ENTRIES, &(struct pair){ 50, 50 }, NULL), SIM_DISK_FINE);
        ck_assert_int_eq(sim_log_state(me, ENTRIES, 0), SIM_RECORD_WHOLE);
    } else if (cuts->torn && length > 1) {
        ck_assert_uint_eq(length, cuts->length);
        ck_assert(torn);
        for (uint64_t i = 0; i + 1 < length; i++)
            ck_assert_int_eq(sim_log_state(me, ENTRIES, i), SIM_RECORD_WHOLE);
        cuts->back++;
    } else if (length == 1 && !torn) {
        cuts->gone += ((const struct pair *)sim_log_record(me, ENTRIES, 0))->a == 50;
    }
    cuts->life++;
}

START_TEST(what_was_cut_off_comes_back_with_its_flaw)
{
    struct cuts cuts = { 0 };
    struct script script = { .start = cut_without_sync, .context = &cuts };
    struct sim_model model = careful_actor();

    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct stage stage;

        stage_init(&stage, seed, 100);
        struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
        group->model = &model;
        group->disk.unsynced = SIM_UNSYNCED_TORN;
        stage_fault(&stage, &sim_fault_crash, 10, 5, 0, 0);
        stage_fault(&stage, &sim_fault_crash, 20, 5, 0, 0);
        stage_run(&stage);
        stage_finish(&stage);
        ck_assert_uint_eq(cuts.life, 3);
        cuts.life = 0;
    }
    ck_assert_uint_gt(cuts.back, 5);
    ck_assert_uint_gt(cuts.gone, 5);
}
END_TEST

/* -- a full disk --------------------------------------------------------------------------------
 */

enum { ROOM = 20 }; /* entries of two words */

static void fill(struct sim_seat *me)
{
    int64_t words[4] = { 1, 2, 3, 4 };
    int64_t count = 0;

    while (count < 100 &&
           sim_append(me, ENTRIES, &(struct pair){ count, 0 }, NULL) == SIM_DISK_FINE)
        count++;
    say(me, count, (int64_t)sim_log_length(me, ENTRIES));
    say(me, sim_append(me, MARKS, &(struct pair){ 0, 0 }, NULL), 0);
    sim_truncate(me, ENTRIES, ROOM - 3);
    /* room for three entries, or one of six words */
    int64_t error = sim_append(me, MARKS, &(struct pair){ 0, 0 }, sim_blob(me, words, 4));
    say(me, error, (int64_t)sim_log_length(me, MARKS));
    say(me, sim_append(me, MARKS, &(struct pair){ 0, 0 }, NULL), 0);
    ((struct actor_disk *)sim_disk(me))->a = 3;
    say(me, sim_write(me), 0); /* its place is reserved */
    sim_sync(me);
    say(me, 77, 0);
}

START_TEST(a_full_disk_says_so_until_there_is_room)
{
    static const struct pair expected[] = {
        { ROOM, ROOM },       { SIM_DISK_FULL, 0 }, { SIM_DISK_FINE, 1 },
        { SIM_DISK_FULL, 0 }, { SIM_DISK_FINE, 0 }, { 77, 0 },
    };
    struct script script = { .start = fill };
    struct sim_model model = careful_actor();
    struct stage stage;

    stage_init(&stage, 1, 100);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->model = &model;
    group->disk.capacity = ROOM * sizeof(struct pair) + 1;
    stage_run(&stage);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct seen *seen = watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", i);

        ck_assert_ptr_nonnull(seen);
        ck_assert_int_eq(seen->words[0], expected[i].a);
        ck_assert_int_eq(seen->words[1], expected[i].b);
    }
    ck_assert_uint_eq(stage.watch.halted, 0);
    stage_finish(&stage);
}
END_TEST

/* After any number of crashes the room is what the logs leave of it. */
static void fill_up(struct sim_seat *me)
{
    uint64_t bytes = 0;

    for (unsigned log = 0; log < 2; log++) {
        for (uint64_t i = 0; i < sim_log_length(me, log); i++) {
            size_t words;

            sim_blob_words(sim_log_blob(me, log, i), &words);
            bytes += sizeof(struct pair) + words * sizeof(int64_t);
        }
    }
    while (bytes <= 1000 - sizeof(struct pair)) {
        int64_t word = 3;
        bool with_blob = bytes <= 1000 - 24 && sim_flip(me, LUCK, SIM_ALWAYS / 2);

        ck_assert_int_eq(sim_append(me, (unsigned)sim_uniform(me, LUCK, 0, 2),
                                    &(struct pair){ 1, 2 },
                                    with_blob ? sim_blob(me, &word, 1) : NULL),
                         SIM_DISK_FINE);
        bytes += with_blob ? 24 : 16;
        if (sim_flip(me, LUCK, SIM_ALWAYS / 8))
            sim_sync_then(me, NULL, 0);
    }
    ck_assert_int_eq(sim_append(me, ENTRIES, &(struct pair){ 1, 2 }, NULL), SIM_DISK_FULL);
    sim_truncate(me, ENTRIES, sim_log_length(me, ENTRIES) / 2);
    sim_truncate(me, MARKS, sim_log_length(me, MARKS) / 3);
    state_of(me)->count++;
    *(uint64_t *)context_of(me) += 1;
}

START_TEST(the_room_is_what_the_logs_leave)
{
    uint64_t starts = 0;
    struct script script = { .start = fill_up, .context = &starts };
    struct sim_model model = careful_actor();
    struct stage stage;

    stage_init(&stage, 3, 5000);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->model = &model;
    group->disk.capacity = 1000;
    group->disk.unsynced = SIM_UNSYNCED_TORN;
    group->disk.sync = stage_keep(&stage, sim_distribution_uniform(0, 12));
    struct sim_fault_plan *crash = stage_fault(&stage, &sim_fault_crash, 0, 1, 0, 0);
    crash->every = stage_constant(&stage, 10);
    crash->to = 5000;
    stage_run(&stage);
    stage_finish(&stage);
    ck_assert_uint_gt(starts, 400);
}
END_TEST

/* -- stopping for good --------------------------------------------------------------------------
 */

static void fill_and_go_on(struct sim_seat *me)
{
    if (sim_self(me) != 0)
        return;
    say(me, 1, 0);
    while (sim_append(me, ENTRIES, &(struct pair){ 0, 0 }, NULL) == SIM_DISK_FINE)
        ;
    say(me, 2, 0);
    sim_send(me, 1, WORD, &(struct pair){ 1, 1 });
    sim_timer(me, TICK, 1);
    state_of(me)->value = 9; /* watched: a dead node is not judged */
}

static void must_not_be(struct sim_seat *me, unsigned kind)
{
    (void)me, (void)kind;
    ck_abort_msg("a timer of a node that stopped");
}

static void judge_no_nine(struct sim_judge *judge, uint32_t member)
{
    const struct actor_state *state = sim_judge_state(judge, member);

    ck_assert_int_ne(state->value, 9);
}

static struct sim_digest run_full(bool watched)
{
    struct script script = { .start = fill_and_go_on,
                             .timer = must_not_be,
                             .check = judge_no_nine };
    struct stage stage;

    stage_init(&stage, 1, 1000);
    stage_group(&stage, "a", 2, &script)->disk.capacity = 100;
    stage_fault(&stage, &sim_fault_crash, 10, 10, 0, 0);
    stage_fault(&stage, &sim_fault_restart, 30, 0, 0, 0);
    stage_open(&stage, watched);
    stage_run(&stage);
    struct sim_digest digest = stage.digest;
    if (watched) {
        const struct seen *halt = watch_nth(&stage.watch, SIM_HAPPENED_HALT, 0, "actor", 0);

        ck_assert_ptr_nonnull(halt);
        ck_assert_str_eq(halt->reason, "disk full");
        ck_assert_uint_eq(halt->cause, 1);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 1);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_MESSAGE, 1, NULL), 0);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_START, 0, NULL), 1);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_HALT, ANY_NODE, NULL), 1);
        ck_assert_uint_eq(stage.watch.halted, 1);
        ck_assert_int_eq(stage.watch.halt.time, 0);
        ck_assert_uint_eq(stage.watch.halt.node, 0);
    }
    stage_finish(&stage);
    return digest;
}

START_TEST(who_does_not_look_stops_at_a_full_disk)
{
    struct sim_digest traced = run_full(true), untraced = run_full(false);

    ck_assert(digests_are_equal(&traced, &untraced));
}
END_TEST

/* Behind a sync that holds, the handler gets to its end only when the sync does. */
static void halt_after_sync(struct sim_seat *me)
{
    sim_append(me, ENTRIES, &(struct pair){ 0, 0 }, NULL);
    sim_sync(me);
    say(me, 1, 0);
    sim_halt(me, "enough");
    say(me, 2, 0);
    sim_halt(me, "too much");
    sim_timer(me, TICK, 1);
}

START_TEST(a_node_stops_in_its_turn)
{
    struct script script = { .start = halt_after_sync, .timer = must_not_be };
    struct stage stage;

    stage_init(&stage, 1, 1000);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->disk.sync = stage_constant(&stage, 10);
    group->processor = (struct sim_processor_plan){ 1, 10, stage_constant(&stage, 3), false };
    stage_run(&stage);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 1);
    ck_assert_uint_eq(stage.watch.halted, 1);
    ck_assert_int_eq(stage.watch.halt.time, 10);
    ck_assert_str_eq(stage.watch.halt.reason, "enough");
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    stage_finish(&stage);
}
END_TEST

/* A crash ends a life within the instant in which it stops, before it is down: stopped it stays. */
static void halt_when_told(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)kind, (void)message;
    sim_halt(me, "enough");
}

static void send_to_first(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    sim_send(me, 0, BARE, NULL);
}

static void set_tick(struct sim_seat *me)
{
    if (sim_self(me) == 1)
        sim_timer(me, TICK, 10);
}

START_TEST(a_crash_in_the_same_instant_does_not_bring_it_back)
{
    struct script script = { .start = set_tick, .timer = send_to_first, .message = halt_when_told };
    struct stage stage;

    stage_init(&stage, 1, 1000);
    stage_group(&stage, "a", 2, &script);
    stage.plan.link.latency = stage_constant(&stage, 20);
    /* the second crash is drawn at 15: later than the message was sent, sooner than it arrives */
    struct sim_fault_plan *crash = stage_fault(&stage, &sim_fault_crash, 0, 5, 0, 0);
    crash->every = stage_constant(&stage, 15);
    crash->to = 30;
    stage_run(&stage);
    ck_assert_uint_eq(stage.watch.halted, 1);
    ck_assert_int_eq(stage.watch.halt.time, 30);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_START, 0, NULL), 2);
    stage_finish(&stage);
}
END_TEST

/* -- the cache ----------------------------------------------------------------------------------
 */

static void write_for_ever(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    for (int64_t i = 0; i < 10; i++)
        sim_append(me, ENTRIES, &(struct pair){ (int64_t)sim_log_length(me, ENTRIES), 0 }, NULL);
    sim_timer(me, TICK, 1);
}

static void write_from_now(struct sim_seat *me)
{
    say(me, (int64_t)sim_log_length(me, ENTRIES), 0);
    write_for_ever(me, TICK);
}

static int64_t left_of(uint64_t cache)
{
    struct script script = { .start = write_from_now, .timer = write_for_ever };
    struct stage stage;

    stage_init(&stage, 1, 1010);
    stage_group(&stage, "a", 1, &script)->disk.cache = cache;
    stage_fault(&stage, &sim_fault_crash, 1000, 5, 0, 0);
    stage_run(&stage);
    int64_t left = watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", 1)->words[0];
    stage_finish(&stage);
    return left;
}

/* The fault was scheduled before the timer of its instant: 1000 times ten entries. */
START_TEST(what_does_not_fit_the_cache_is_written_back)
{
    ck_assert_int_eq(left_of(0), 0);
    ck_assert_int_eq(left_of(1 << 20), 0);
    ck_assert_int_eq(left_of(64), 10000 - 4);
    ck_assert_int_eq(left_of(16 * 2500 + 8), 10000 - 2500);
}
END_TEST

/* What follows a sync that holds was not issued: the cache does not write it back. */
static void write_behind_a_hold(struct sim_seat *me)
{
    say(me, (int64_t)sim_log_length(me, ENTRIES), 0);
    sim_append(me, ENTRIES, &(struct pair){ 0, 0 }, NULL);
    sim_sync(me);
    for (int64_t i = 0; i < 100; i++)
        sim_append(me, ENTRIES, &(struct pair){ i, 0 }, NULL);
}

START_TEST(the_cache_does_not_write_back_what_waits_for_a_sync)
{
    struct script script = { .start = write_behind_a_hold };
    struct stage stage;

    stage_init(&stage, 1, 100);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->disk.cache = 32;
    group->disk.sync = stage_constant(&stage, 50);
    stage_fault(&stage, &sim_fault_crash, 10, 5, 0, 0);
    stage_run(&stage);
    ck_assert_int_le(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", 1)->words[0], 1);
    stage_finish(&stage);
}
END_TEST

/* -- which log rots ------------------------------------------------------------------------------
 */

enum { ROTTING = 40 };

static size_t count_rotten(const struct sim_seat *me, unsigned log)
{
    size_t count = 0;

    for (uint64_t i = 0; i < sim_log_length(me, log); i++)
        count += sim_log_state(me, log, i) == SIM_RECORD_ROTTEN;
    return count;
}

/* Two entries and one mark; says how many of each have rotted since. */
static void fill_two_logs(struct sim_seat *me)
{
    if (sim_log_length(me, ENTRIES) > 0) {
        say(me, (int64_t)count_rotten(me, ENTRIES), (int64_t)count_rotten(me, MARKS));
        return;
    }
    for (int64_t i = 0; i < 2; i++)
        sim_append(me, ENTRIES, &(struct pair){ i, 0 }, NULL);
    sim_append(me, MARKS, &(struct pair){ 0, 0 }, NULL);
    sim_sync(me);
}

START_TEST(the_log_that_is_named_rots_or_one_that_is_drawn)
{
    static const struct {
        struct sim_bit_rot_params params;
        int64_t least[2], most[2]; /* nodes of which an entry, a mark has rotted */
    } rows[] = {
        { { .log = "entries" }, { ROTTING, 0 }, { ROTTING, 0 } },
        { { .log = "marks" }, { 0, ROTTING }, { 0, ROTTING } },
        { { .log = "others" }, { 0, 0 }, { 0, 0 } },
        { { .log = NULL }, { 10, 10 }, { 30, 30 } },        /* as a coin falls */
        { { .index = 2 }, { ROTTING, 0 }, { ROTTING, 0 } }, /* there is but one mark */
        { { .log = "marks", .index = 2 }, { 0, 0 }, { 0, 0 } },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script script = { .start = fill_two_logs };
        struct sim_model model = careful_actor();
        int64_t rotten[2] = { 0, 0 };
        struct stage stage;

        stage_init(&stage, 1, 100);
        stage_group(&stage, "a", ROTTING, &script)->model = &model;
        stage_fault(&stage, &sim_fault_bit_rot, 10, 0, 0, SIM_NO_GROUP)->params = &rows[i].params;
        stage_fault(&stage, &sim_fault_crash, 20, 5, 0, SIM_NO_GROUP);
        stage_run(&stage);
        for (uint32_t node = 0; node < ROTTING; node++) {
            const struct seen *said = watch_nth(&stage.watch, SIM_HAPPENED_NOTE, node, "said", 0);

            rotten[0] += said->words[0];
            rotten[1] += said->words[1];
        }
        for (int log = 0; log < 2; log++) {
            ck_assert_int_ge(rotten[log], rows[i].least[log]);
            ck_assert_int_le(rotten[log], rows[i].most[log]);
        }
        if (!rows[i].params.log)
            ck_assert_int_eq(rotten[0] + rotten[1], ROTTING);
        stage_finish(&stage);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_disk_trouble");
    TCase *tests = tcase_create("trouble");

    tcase_add_test(tests, a_torn_crash_leaves_a_prefix_and_half_a_record);
    tcase_add_test(tests, who_does_not_look_finds_no_torn_record);
    tcase_add_test(tests, kept_dropped_and_torn_are_three_things);
    tcase_add_test(tests, what_was_cut_off_comes_back_with_its_flaw);
    tcase_add_test(tests, a_full_disk_says_so_until_there_is_room);
    tcase_add_test(tests, the_room_is_what_the_logs_leave);
    tcase_add_test(tests, who_does_not_look_stops_at_a_full_disk);
    tcase_add_test(tests, a_node_stops_in_its_turn);
    tcase_add_test(tests, a_crash_in_the_same_instant_does_not_bring_it_back);
    tcase_add_test(tests, what_does_not_fit_the_cache_is_written_back);
    tcase_add_test(tests, the_cache_does_not_write_back_what_waits_for_a_sync);
    tcase_add_test(tests, the_log_that_is_named_rots_or_one_that_is_drawn);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

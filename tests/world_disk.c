/* world_disk.c - the disk: what is durable when, what a sync holds back, what a crash leaves.
 *
 * Random programs of writes, appends, truncations and syncs run in the world and on an oracle that
 * copies the whole disk at every write: after a crash the two must agree on what is left. */
#include "sim/core/mem.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static sim_time time_of(const struct stage *stage, enum sim_happening_kind kind, uint32_t node,
                        const char *what, size_t n)
{
    const struct seen *seen = watch_nth(&stage->watch, kind, node, what, n);

    ck_assert_ptr_nonnull(seen);
    return seen->time;
}

/* -- a sync holds
 * ------------------------------------------------------------------------------------ */

static void write_a(struct sim_seat *me, int64_t a)
{
    ((struct actor_disk *)sim_disk(me))->a = a;
    sim_write(me);
}

static void promise(struct sim_seat *me)
{
    struct sim_operation operation = { SIM_WRITE, 1, 2, 0 };

    if (sim_self(me) != 0)
        return;
    say(me, 0, 0);
    sim_timer(me, TOCK, 4); /* falls into the hold */
    sim_sync(me);           /* nothing to do */
    say(me, 1, 0);
    write_a(me, 1);
    sim_sync(me);
    say(me, 2, 0);
    sim_send(me, 1, WORD, &(struct pair){ 7, 0 });
    sim_timer(me, TICK, 3);
    sim_timer_peer(me, EACH, 1, 2);
    sim_later(me, SOON, 1, &(struct pair){ 9, 0 }, sizeof(struct pair));
    int64_t words[2] = { 4, 5 };
    sim_send_blob(me, 1, CARGO, &(struct pair){ 8, 0 }, sim_blob(me, words, 2));
    sim_complete(me, sim_invoke(me, 0, &operation), SIM_OK, 2, NULL);
    sim_measure(me, SCORE, 1);
    write_a(me, 2);
    sim_sync(me);
    say(me, 3, 0);
    sim_cancel_peer(me, EACH, 1);
    sim_send_blob(me, 1, CARGO, &(struct pair){ 9, 0 }, sim_blob(me, words, 2));
    sim_sync(me); /* all is durable: no third hold */
    say(me, 4, 0);
}

static void tell_timer(struct sim_seat *me, unsigned kind)
{
    say(me, 100, (int64_t)kind);
}

static void tell_later(struct sim_seat *me, unsigned kind, const void *context)
{
    say(me, 200 + kind, ((const struct pair *)context)->a);
}

static void tell_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    size_t count;
    const int64_t *words = sim_blob_words(message->blob, &count);

    ck_assert_uint_eq(count, kind == CARGO ? 2 : 0);
    say(me, ((const struct pair *)message->body)->a, words ? words[1] : 0);
    /* takes the place of what was freed too early */
    sim_hold(me, sim_blob(me, (const int64_t[]){ -1, -1 }, 2));
}

START_TEST(a_sync_holds_back_what_follows_and_keeps_its_order)
{
    static const struct {
        sim_time time;
        int64_t a, b;
    } expected[] = {
        { 0, 0, 0 },  { 0, 1, 0 },       { 10, 2, 0 },          { 20, 3, 0 },
        { 20, 4, 0 }, { 20, 100, TOCK }, { 20, 200 + SOON, 9 }, { 20, 100, TICK },
    };
    struct script script = {
        .start = promise, .timer = tell_timer, .message = tell_message, .later = tell_later
    };
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage.plan.link.latency = stage_constant(&stage, 5);
    stage_group(&stage, "a", 2, &script)->disk.sync = stage_constant(&stage, 10);
    stage_run(&stage);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct seen *seen = watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", i);

        ck_assert_ptr_nonnull(seen);
        ck_assert_int_eq(seen->words[0], expected[i].a);
        ck_assert_int_eq(seen->words[1], expected[i].b);
        ck_assert_int_eq(seen->time, expected[i].time);
    }
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 8);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_SYNCED, 0, NULL), 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, "each"), 0);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 1, "said", 0), 15);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 1, "said", 1)->words[1], 5);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 1, "said", 2)->words[1], 5);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 1, "said", 2), 25);
    ck_assert_uint_eq(stage.watch.invoked, 1);
    ck_assert_uint_eq(stage.watch.completed, 1);
    ck_assert_uint_eq(stage.watch.measured, 1);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_INVOKE, 0, NULL, 0), 10);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_crash_during_a_hold_forgets_what_was_promised)
{
    struct script script = { .start = promise, .timer = tell_timer, .message = tell_message };
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, "a", 2, &script)->disk.sync = stage_constant(&stage, 10);
    stage_fault(&stage, &sim_fault_crash, 5, 0, 0, 0);
    stage_run(&stage);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 1, "said"), 0);
    ck_assert_uint_eq(stage.watch.invoked, 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_pause_during_a_hold_delays_its_end)
{
    struct script script = {
        .start = promise, .timer = tell_timer, .message = tell_message, .later = tell_later
    };
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, "a", 2, &script)->disk.sync = stage_constant(&stage, 10);
    stage_fault(&stage, &sim_fault_pause, 5, 95, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 0, "said", 2), 100);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 0, "said", 3), 110);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_TIMER, 0, "tock", 0), 110);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 8);
    stage_finish(&stage);
}
END_TEST

/* -- sync_then
 * --------------------------------------------------------------------------------------- */

static void write_ahead(struct sim_seat *me)
{
    for (int64_t i = 1; i <= 50; i++) {
        sim_append(me, ENTRIES, &(struct pair){ i, 0 }, NULL);
        sim_sync_then(me, &i, sizeof(i));
    }
    say(me, 0, 0);
}

static void tell_synced(struct sim_seat *me, const void *context)
{
    say(me, *(const int64_t *)context, 0);
}

START_TEST(sync_then_does_not_hold_and_may_end_out_of_order)
{
    struct script script = { .start = write_ahead, .synced = tell_synced };
    struct stage stage;
    int64_t seen[51], inversions = 0;

    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, "a", 1, &script)->disk.sync =
        stage_keep(&stage, sim_distribution_uniform(1, 1000));
    stage_run(&stage);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 51);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 0, "said", 0), 0);
    for (size_t i = 0; i <= 50; i++) {
        seen[i] = watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", i)->words[0];
        inversions += i > 0 && seen[i] < seen[i - 1];
    }
    ck_assert_int_eq(seen[0], 0);
    ck_assert_int_gt(inversions, 10);
    stage_finish(&stage);
}
END_TEST

static void sync_in_vain(struct sim_seat *me)
{
    int64_t mark = 5;

    sim_sync(me);
    sim_sync_then(me, &mark, sizeof(mark));
    say(me, 1, 0);
}

START_TEST(a_sync_of_nothing_costs_nothing)
{
    struct script script = { .start = sync_in_vain, .synced = tell_synced };
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, "a", 1, &script)->disk.sync = stage_constant(&stage, 10);
    stage_run(&stage);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 0, "said", 0), 0);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_NOTE, 0, "said", 1), 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_slow_node_has_a_slow_disk)
{
    struct script script = { .start = promise, .timer = tell_timer, .later = tell_later };
    struct stage stage;

    /* the second life starts while two slow faults overlap; its first sync is half done when one
     * of them ends, its second needs 5 of 30 when the other does */
    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, "a", 2, &script)->disk.sync = stage_constant(&stage, 10);
    stage_slow(stage_fault(&stage, &sim_fault_slow, 50, 100, 0, 0))->factor = 3;
    stage_slow(stage_fault(&stage, &sim_fault_slow, 60, 50, 0, 0))->factor = 2;
    stage_fault(&stage, &sim_fault_crash, 70, 10, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_SYNCED, 0, NULL, 2), 110 + 15);
    ck_assert_int_eq(time_of(&stage, SIM_HAPPENED_SYNCED, 0, NULL, 3), 150 + 2);
    stage_finish(&stage);
}
END_TEST

/* -- random programs against an oracle
 * ---------------------------------------------------------------- */

enum { LOG_MOST = 400, HISTORY = 4000 };

struct image { /* of a disk */
    int64_t a;
    uint32_t lengths[2];
    int64_t words[2][LOG_MOST];
    int64_t blobs[2][LOG_MOST]; /* the first word of the blob, 0: none */
};

struct oracle {
    struct image now;
    struct image *written; /* [n]: after n writes, since the last crash */
    uint32_t count;        /* writes issued, and seen by the node */
    uint32_t points[8];    /* where the handler that ran last has synced */
    uint32_t point_count;
    uint32_t durable;
    bool kept;
    uint64_t checks, dropped;
};

static void wrote(struct oracle *oracle)
{
    ck_assert_uint_lt(oracle->count + 1, HISTORY);
    oracle->written[++oracle->count] = oracle->now;
}

/* How many writes were issued: those behind a sync that is not over were not. */
static uint32_t issued(const struct oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->point_count; i++) {
        if (oracle->points[i] > oracle->durable)
            return oracle->points[i];
    }
    return oracle->count;
}

static void compare_disk(struct sim_seat *me, const struct image *image)
{
    ck_assert_int_eq(((struct actor_disk *)sim_disk(me))->a, image->a);
    for (unsigned log = 0; log < 2; log++) {
        ck_assert_uint_eq(sim_log_length(me, log), image->lengths[log]);
        for (uint32_t i = 0; i < image->lengths[log]; i++) {
            size_t count;
            const int64_t *words = sim_blob_words(sim_log_blob(me, log, i), &count);

            ck_assert_int_eq(((const struct pair *)sim_log_record(me, log, i))->a,
                             image->words[log][i]);
            ck_assert_int_eq(count > 0 ? words[0] : 0, image->blobs[log][i]);
        }
    }
}

static void random_write(struct sim_seat *me, struct oracle *oracle)
{
    unsigned log = (unsigned)sim_uniform(me, LUCK, 0, 2);
    uint32_t *length = &oracle->now.lengths[log];
    int64_t what = sim_uniform(me, LUCK, 0, 10), value = sim_uniform(me, LUCK, 1, 1 << 30);

    if (what < 2) {
        ((struct actor_disk *)sim_disk(me))->a = oracle->now.a = value;
        sim_write(me);
    } else if (what < 8 && *length < LOG_MOST) {
        const struct sim_blob *blob = what < 5 ? sim_blob(me, &value, 1) : NULL;

        sim_append(me, log, &(struct pair){ value, 0 }, blob);
        oracle->now.words[log][*length] = value;
        oracle->now.blobs[log][(*length)++] = blob ? value : 0;
    } else if (*length > 0) {
        *length = (uint32_t)sim_uniform(me, LUCK, 0, *length);
        sim_truncate(me, log, *length);
    } else {
        return;
    }
    wrote(oracle);
}

static void disk_step(struct sim_seat *me, unsigned kind)
{
    struct oracle *oracle = context_of(me);
    int64_t acts = sim_uniform(me, LUCK, 0, 6);

    (void)kind;
    compare_disk(me, &oracle->now);
    oracle->point_count = 0;
    for (int64_t i = 0; i < acts; i++) {
        int64_t act = sim_uniform(me, LUCK, 0, 10);

        if (act < 7) {
            random_write(me, oracle);
        } else if (act < 9) {
            int64_t upto = oracle->count;

            sim_sync_then(me, &upto, sizeof(upto));
        } else {
            sim_sync(me);
            oracle->points[oracle->point_count++] = oracle->count;
        }
    }
    if (sim_flip(me, LUCK, SIM_ALWAYS / 4)) /* half-made changes of the struct, never written */
        ((struct actor_disk *)sim_disk(me))->a = -1;
    else
        ((struct actor_disk *)sim_disk(me))->a = oracle->now.a;
    sim_timer(me, TICK, sim_uniform(me, LUCK, 0, 8));
    ((struct actor_disk *)sim_disk(me))->a = oracle->now.a;
}

static void disk_synced(struct sim_seat *me, const void *context)
{
    struct oracle *oracle = context_of(me);
    uint32_t upto = (uint32_t) * (const int64_t *)context;

    if (upto > oracle->durable)
        oracle->durable = upto;
}

/* What a crash may leave: everything that was known to be durable, and nothing that was not issued.
 * With `kept`, exactly what was issued. */
static void disk_start(struct sim_seat *me)
{
    struct oracle *oracle = context_of(me);
    const struct image *image = NULL;
    uint32_t low = oracle->durable, high = issued(oracle);

    if (oracle->kept)
        low = high;
    for (uint32_t n = low; n <= high && !image; n++) {
        const struct image *candidate = &oracle->written[n];
        bool same = ((struct actor_disk *)sim_disk(me))->a == candidate->a;

        for (unsigned log = 0; log < 2; log++) {
            same = same && sim_log_length(me, log) == candidate->lengths[log];
            for (uint32_t i = 0; same && i < candidate->lengths[log]; i++)
                same = ((const struct pair *)sim_log_record(me, log, i))->a ==
                       candidate->words[log][i];
        }
        if (same)
            image = candidate;
        oracle->dropped += same && n < high;
    }
    ck_assert_ptr_nonnull(image);
    compare_disk(me, image);
    oracle->checks++;
    oracle->now = oracle->written[0] = *image;
    oracle->count = oracle->durable = oracle->point_count = 0;
    sim_timer(me, TICK, 1);
}

static void note_durable(void *context, const struct sim_happening *happening)
{
    struct oracle *oracle = context;

    /* not of a sync_then, whose handler says how far it reached */
    if (happening->kind == SIM_HAPPENED_SYNCED && strcmp(happening->what, "sync") == 0)
        oracle->durable = issued(oracle);
}

static uint64_t run_oracle(uint64_t seed, enum sim_unsynced unsynced, bool single)
{
    struct oracle oracle = { .kept = unsynced == SIM_UNSYNCED_KEPT };
    struct script script = { .start = disk_start, .timer = disk_step, .synced = disk_synced };
    struct stage stage;

    oracle.written = sim_alloc_array(HISTORY, sizeof(*oracle.written));
    script.context = &oracle;
    stage_init(&stage, seed, 3000);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->disk.sync =
        single ? stage_constant(&stage, 5) : stage_keep(&stage, sim_distribution_uniform(1, 30));
    group->disk.unsynced = unsynced;
    struct sim_fault_plan *fault = stage_fault(&stage, &sim_fault_crash, 0, 3, 0, 0);
    fault->every = stage_keep(&stage, sim_distribution_exponential(60));
    fault->to = 3000;
    stage.observer = (struct sim_observer){ .context = &oracle, .happening = note_durable };
    stage_run(&stage);
    ck_assert_uint_gt(oracle.checks, 20);
    uint64_t dropped = oracle.dropped;
    stage_finish(&stage);
    sim_free(oracle.written);
    return dropped;
}

START_TEST(a_crash_leaves_a_prefix_that_holds_all_that_was_durable)
{
    uint64_t dropped = 0;

    for (uint64_t seed = 1; seed <= 10; seed++)
        dropped += run_oracle(seed, seed % 3 == 0 ? SIM_UNSYNCED_TORN : SIM_UNSYNCED_DROPPED,
                              seed % 2 == 0);
    ck_assert_uint_gt(dropped, 100);
}
END_TEST

/* -- exactly
 * --------------------------------------------------------------------------------------- */

/* Writes 1, syncs, writes 2, syncs, writes 3; the crash comes in the first or second hold, or
 * after. */
static void three_writes(struct sim_seat *me)
{
    say(me, ((struct actor_disk *)sim_disk(me))->a, (int64_t)sim_log_length(me, ENTRIES));
    for (int64_t i = 1; i <= 3; i++) {
        write_a(me, i);
        sim_append(me, ENTRIES, &(struct pair){ i, i }, NULL);
        if (i < 3)
            sim_sync(me);
    }
    sim_timer(me, SPARE, 0);
}

static void crash_otherwise(const struct sim_fault_kind *kind, sim_time at,
                            enum sim_unsynced unsynced, int64_t otherwise, int64_t left)
{
    const struct sim_crash_params params = { otherwise };
    struct script script = { .start = three_writes };
    struct stage stage;

    stage_init(&stage, 1, 35);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->disk.sync = stage_constant(&stage, 10);
    group->disk.unsynced = unsynced;
    stage_fault(&stage, kind, at, 1, 0, 0)->params = &params;
    stage_run(&stage);
    const struct seen *seen = watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", 1);
    ck_assert_int_eq(seen->words[0], left);
    ck_assert_int_eq(seen->words[1], left);
    stage_finish(&stage);
}

static void crash_at(sim_time at, enum sim_unsynced unsynced, int64_t left)
{
    crash_otherwise(&sim_fault_crash, at, unsynced, 0, left);
}

START_TEST(a_crash_leaves_what_was_synced_or_issued)
{
    crash_at(5, SIM_UNSYNCED_DROPPED, 0);
    crash_at(15, SIM_UNSYNCED_DROPPED, 1);
    crash_at(25, SIM_UNSYNCED_DROPPED, 2);
    crash_at(5, SIM_UNSYNCED_KEPT, 1); /* the second write waits behind the sync: never issued */
    crash_at(15, SIM_UNSYNCED_KEPT, 2);
    crash_at(25, SIM_UNSYNCED_KEPT, 3);
}
END_TEST

static void first_blob_is_lost(struct sim_seat *me)
{
    struct pair pair = { 0, 0 };
    int64_t word = 7;

    if (sim_log_length(me, ENTRIES) == 0) {
        sim_append(me, ENTRIES, &pair, NULL);
        sim_append(me, ENTRIES, &pair, NULL);
        sim_sync(me);
        return;
    }
    ck_assert_uint_eq(sim_log_length(me, ENTRIES), 2);
    ck_assert_ptr_null(sim_log_blob(me, ENTRIES, 0));
    ck_assert_ptr_null(sim_log_blob(me, ENTRIES, 1));
    sim_truncate(me, ENTRIES, 1);
    sim_append(me, ENTRIES, &pair, sim_blob(me, &word, 1));
    say(me, 1, 0);
}

START_TEST(entries_without_blobs_come_back_without)
{
    struct script script = { .start = first_blob_is_lost };
    struct stage stage;

    stage_init(&stage, 1, 100);
    stage_group(&stage, "a", 1, &script)->disk.sync = stage_constant(&stage, 10);
    stage_fault(&stage, &sim_fault_crash, 15, 1, 0, 0);
    stage_fault(&stage, &sim_fault_crash, 30, 1, 0, 0);
    stage_fault(&stage, &sim_fault_crash, 40, 1, 0, 0);
    stage_run(&stage);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 3);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_crash_may_say_what_it_leaves)
{
    static const struct sim_fault_kind *const kinds[] = { &sim_fault_crash, &sim_fault_power_loss };

    for (size_t i = 0; i < 2; i++) {
        crash_otherwise(kinds[i], 15, SIM_UNSYNCED_KEPT, 1 + SIM_UNSYNCED_DROPPED, 1);
        crash_otherwise(kinds[i], 15, SIM_UNSYNCED_DROPPED, 1 + SIM_UNSYNCED_KEPT, 2);
        crash_otherwise(kinds[i], 15, SIM_UNSYNCED_DROPPED, 0, 1);
    }
}
END_TEST

START_TEST(kept_writes_are_exactly_those_that_were_issued)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        run_oracle(seed, SIM_UNSYNCED_KEPT, true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_disk");
    TCase *tests = tcase_create("disk");

    tcase_add_test(tests, a_sync_holds_back_what_follows_and_keeps_its_order);
    tcase_add_test(tests, a_crash_during_a_hold_forgets_what_was_promised);
    tcase_add_test(tests, a_pause_during_a_hold_delays_its_end);
    tcase_add_test(tests, sync_then_does_not_hold_and_may_end_out_of_order);
    tcase_add_test(tests, a_sync_of_nothing_costs_nothing);
    tcase_add_test(tests, a_slow_node_has_a_slow_disk);
    tcase_add_test(tests, a_crash_leaves_a_prefix_that_holds_all_that_was_durable);
    tcase_add_test(tests, a_crash_leaves_what_was_synced_or_issued);
    tcase_add_test(tests, a_crash_may_say_what_it_leaves);
    tcase_add_test(tests, entries_without_blobs_come_back_without);
    tcase_add_test(tests, kept_writes_are_exactly_those_that_were_issued);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

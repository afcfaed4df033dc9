/* model_quorum.c - the store without a leader: whom a request waits for, which version stays, what
 * reads repair, and what is promised when a quorum is missing. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

/* The described fields of a state begin it: kept, writes, reads, suspects. */
static int64_t word(const struct play *play, uint32_t node, size_t n)
{
    return ((const int64_t *)play_state(play, node))[n];
}

static struct play *run(uint64_t seed, const char *format, const char *keys)
{
    static char yaml[4096];
    struct play *play;

    snprintf(yaml, sizeof yaml, format, keys);
    play = play_run(yaml, seed);
    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_int_ne(play->end, SIM_END_LIMIT);
    return play;
}

static void expect_answer(const struct play *play, uint32_t node, int64_t step, int64_t status,
                          int64_t value)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

/* One way 1 ms, to the far member 10 ms; a sync takes 2 ms. The coordinator, member 0, keeps the
 * key: its own copy is the first. The write begins at 1 s, the read follows it. */
#define FAR                                                                                        \
    HEAD "duration: 3s\n"                                                                          \
         "network:\n  latency: 1ms\n  links: [{between: [{zone: near}, {zone: far}], latency: "    \
         "10ms}]\n"                                                                                \
         "nodes:\n"                                                                                \
         "  store: {model: dynamo, count: 3, zones: [near, near, far], disk: {sync: 2ms}, %s}\n"   \
         "  c: {model: script, zone: near, target: store, program: 'wait 1000, write 1 10, read "  \
         "1'}\n"

static const struct {
    const char *keys;
    int64_t write, read, status;
} quorums[] = {
    { "w: 1, r: 1", 1 + 2 + 1, 1 + 1, STORE_STALE },
    { "w: 2, r: 1", 1 + 1 + 2 + 1 + 1, 1 + 1, STORE_STALE },
    { "w: 2, r: 2", 1 + 1 + 2 + 1 + 1, 1 + 1 + 1 + 1, STORE_OK },
    { "w: 3, r: 1", 1 + 10 + 2 + 10 + 1, 1 + 1, STORE_OK },
    { "w: 1, r: 3", 1 + 2 + 1, 1 + 10 + 10 + 1, STORE_OK },
    { "w: 2, r: 2, durable: false", 1 + 1 + 1 + 1, 1 + 1 + 1 + 1, STORE_OK },
    /* asks two for their highest first */
    { "w: 2, r: 2, stamp: counter", 1 + 1 + 1 + 1 + 2 + 1 + 1, 1 + 1 + 1 + 1, STORE_OK },
    /* the own copy first */
    { "w: 2, r: 2, stamp: vector", 1 + 2 + 1 + 2 + 1 + 1, 1 + 1 + 1 + 1, STORE_OK },
};

START_TEST(a_request_waits_for_its_quorum)
{
    struct play *play = run(1, FAR, quorums[_i].keys);
    sim_time written = play_note(play, "answer", 3, 0)->time;

    expect_answer(play, 3, 1, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 2, quorums[_i].status, 10);
    ck_assert_int_eq(written, SIM_SECOND + quorums[_i].write * SIM_MILLISECOND);
    ck_assert_int_eq(play_note(play, "answer", 3, 1)->time,
                     written + quorums[_i].read * SIM_MILLISECOND);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(word(play, i, 0), 1);
    play_free(play);
}
END_TEST

/* One member of three is away: what waits for all has no answer, and once the member is suspected
 * nothing is begun that cannot end. A quorum of two does not notice. */
START_TEST(one_that_is_away_is_suspected)
{
    static const struct {
        const char *keys;
        int64_t write, read, again;
    } rows[] = {
        { "w: 2, r: 2", STORE_OK, STORE_OK, STORE_OK },
        { "w: 3, r: 1", PLAY_UNKNOWN, STORE_OK, STORE_UNAVAILABLE },
        { "w: 1, r: 3", STORE_OK, STORE_UNAVAILABLE, STORE_OK },
        { "w: 3, r: 1, bugs: [timeout_is_failure]", STORE_UNAVAILABLE, STORE_OK,
          STORE_UNAVAILABLE },
    };
    struct play *play =
        run(1,
            HEAD "duration: 6s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 3, %s}\n"
                 "  c: {model: script, target: store, program: 'wait 1000, ask 0, write 1 10, "
                 "read 1, wait 600, write 1 11, wait 2500, write 1 12, read 1'}\n"
                 "faults: [{at: 500ms, crash: store-2, for: 3s}]\n",
            rows[_i].keys);

    ck_assert_int_eq(play_answer(play, 3, 2)[1], rows[_i].write);
    ck_assert_int_eq(play_answer(play, 3, 3)[1], rows[_i].read);
    ck_assert_int_eq(play_answer(play, 3, 5)[1], rows[_i].again);
    expect_answer(play, 3, 7, STORE_OK, SIM_NIL); /* it is back, and was heard of */
    expect_answer(play, 3, 8, STORE_OK, 12);
    ck_assert_int_eq(word(play, 0, 3), 0);
    play_free(play);
}
END_TEST

/* Member 2 misses a write. A read that asks it finds that, and mends it at once, afterwards, or not
 * at all. */
START_TEST(reads_repair)
{
    static const char *const ways[] = { "none", "background", "first" };
    struct play *play =
        run(1,
            HEAD "duration: 6s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 3, r: 3, read_repair: %s}\n"
                 "  c: {model: script, target: store, program: 'wait 1000, ask 0, write 1 10, "
                 "wait 3000, read 1, wait 100, ask 2, delete 1, read 1, write 2 5'}\n"
                 "faults: [{at: 500ms, partition: [[store-2], rest], for: 3s}]\n",
            ways[_i]);

    expect_answer(play, 3, 4, STORE_OK, 10);
    expect_answer(play, 3, 8, STORE_OK, SIM_NIL);
    ck_assert_int_eq(play->metrics[1], _i > 0); /* repaired */
    ck_assert_int_eq(word(play, 2, 0), _i > 0 ? 3 : 2);
    ck_assert_int_eq(word(play, 0, 0), 3);
    play_free(play);
}
END_TEST

/* store-1 is a second slow. By wall clocks its write, of who has read the one before, is lost. */
START_TEST(a_slow_clock_buries_the_later_write)
{
    static const char *const stamps[] = { "wall", "hlc", "counter", "vector" };
    struct play *play = run(1,
                            HEAD "duration: 4s\nnetwork: {latency: 1ms}\nnodes:\n"
                                 "  store: {model: quorum, count: 3, stamp: %s}\n"
                                 "  c: {model: script, target: store, program: 'wait 1000, ask 0, "
                                 "write 1 10, wait 100, ask 1, read 1, write 1 20, read 1'}\n"
                                 "faults: [{at: 0s, clock_jump: store-1, by: -1s}]\n",
                            stamps[_i]);

    expect_answer(play, 3, 5, STORE_OK, 10);
    expect_answer(play, 3, 6, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 7, STORE_OK, _i == 0 ? 10 : 20);
    play_free(play);
}
END_TEST

/* Two sides write to one key while they are apart. Vector clocks keep both until somebody writes
 * who holds both; everything else keeps one of them. */
START_TEST(siblings)
{
    static const char *const stamps[] = { "vector", "hlc" };
    struct play *play =
        run(1,
            HEAD "duration: 6s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 2, n: 2, r: 1, w: 1, stamp: %s}\n"
                 "  a: {model: script, target: store, program: 'wait 1000, ask 0, write 1 10, "
                 "wait 2000, read 1, wait 500, read 1, write 1 12, read 1'}\n"
                 "  b: {model: script, target: store, program: 'wait 1001, ask 1, write 1 11, "
                 "wait 3600, read 1'}\n"
                 "faults: [{at: 500ms, partition: [[store-0, a], rest], for: 2s}]\n",
            stamps[_i]);

    expect_answer(play, 2, 2, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 2, STORE_OK, SIM_NIL);
    ck_assert_int_eq(play_answer(play, 2, 4)[3], 0); /* the first answer is its own, but it asked */
    ck_assert_int_eq(play_answer(play, 2, 6)[3], _i == 0 ? 2 : 0);
    expect_answer(play, 2, 8, STORE_STALE, 12);
    ck_assert_int_eq(play_answer(play, 2, 8)[3], 0);
    expect_answer(play, 3, 4, STORE_STALE, 12);
    play_free(play);
}
END_TEST

START_TEST(what_a_quorum_cannot_decide_is_turned_away)
{
    struct play *play = run(1,
                            HEAD "duration: 2s\nnetwork: {latency: 1ms}\nnodes:\n"
                                 "  store: {model: quorum, count: 3, %s}\n"
                                 "  c: {model: script, target: store, program: 'ask 0, write 1 10, "
                                 "cas 1 10 11, add 1 1, append 1 1, read 1, delete 1, read 1'}\n",
                            "n: 3");

    for (int64_t step = 2; step <= 4; step++)
        ck_assert_int_eq(play_answer(play, 3, step)[1], STORE_UNAVAILABLE);
    expect_answer(play, 3, 5, STORE_OK, 10);
    expect_answer(play, 3, 7, STORE_OK, SIM_NIL);
    play_free(play);
}
END_TEST

/* What came before is not done again: its first answer is given, and what was written since stays.
 */
START_TEST(a_change_that_comes_again)
{
    struct play *play = run(
        1,
        HEAD "duration: 4s\nnetwork: {latency: 1ms}\nnodes:\n"
             "  store: {model: quorum, count: 3, %s}\n"
             "  c: {model: script, target: store, program: 'ask 0, session 5 1, write 1 10, "
             "session 5 2, write 1 20, session 5 2, write 1 30, session 5 1, write 1 40, read 1, "
             "session 0 0, write 1 50, write 1 60, read 1'}\n",
        "r: 2");

    expect_answer(play, 3, 6, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 8, PLAY_UNKNOWN, SIM_NIL); /* overtaken: nobody waits for it */
    expect_answer(play, 3, 9, STORE_OK, 20);
    expect_answer(play, 3, 13, STORE_OK, 60);
    play_free(play);
}
END_TEST

/* Ten members, three keep a key: others send its clients there, or a proxy asks them. */
START_TEST(coordinators)
{
    static const struct {
        const char *keys;
        bool anybody;
    } rows[] = {
        { "coordinator: node", true },
        { "coordinator: replica", false },
        { "coordinator: replica, stamp: vector", false },
        { "coordinator: proxy, proxies: 2", false },
        { "coordinator: node, contact: fixed", true },
    };
    struct play *play = run(1,
                            HEAD "duration: 20s\nnetwork: {latency: 1ms}\nnodes:\n"
                                 "  store: {model: quorum, count: 10, %s}\n"
                                 "  c: {model: kv-client, target: store, count: 2, rate: 50/s,\n"
                                 "      keys: {count: 200}, write_to: any, read_from: any}\n",
                            rows[_i].keys);
    int64_t kept = 0, busy = 0, writes = 0;
    char text[1024];

    ck_assert_uint_gt(play->status[SIM_OK], 1900);
    ck_assert_uint_eq(play->status[SIM_FAIL], 0);
    ck_assert_uint_le(play->status[SIM_UNKNOWN], 2); /* still open */
    for (uint32_t i = 0; i < 10; i++) {
        kept += word(play, i, 0);
        writes += word(play, i, 1);
        busy += word(play, i, 1) > 0;
    }
    ck_assert_int_eq(busy, _i == 3 ? 2 : 10);
    if (_i < 4) /* the last ones may be under way */
        ck_assert_int_ge(kept, 3 * writes - 6);
    else
        ck_assert_int_ge(kept, 2 * writes - 4);
    if (_i != 2) /* lists are not judged */
        ck_assert_msg(play_is_linearizable(play, text), "%s", text);
    play_free(play);
}
END_TEST

/* Member 2 misses a write. Its coordinator keeps a hint, and hands it over when the member is back:
 * on disk also over a restart of its own. */
START_TEST(hints_are_handed_over)
{
    static const struct {
        const char *keys;
        int64_t kept;
    } rows[] = { { "hints: none", 0 }, { "hints: memory", 0 }, { "hints: disk", 1 } };
    struct play *play =
        run(1,
            HEAD "duration: 8s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 3, read_repair: none, %s}\n"
                 "  c: {model: script, target: store, program: 'wait 1000, ask 0, write 1 10'}\n"
                 "faults:\n"
                 "  - {at: 500ms, crash: store-2, for: 3s}\n"
                 "  - {at: 2s, crash: store-0, for: 100ms}\n",
            rows[_i].keys);

    ck_assert_int_eq(word(play, 2, 0), rows[_i].kept);
    ck_assert_int_eq(play->metrics[4], _i > 0); /* hints */
    ck_assert_int_eq(play->metrics[5], rows[_i].kept);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(word(play, i, 4), 0);
    play_free(play);
}
END_TEST

/* -- what is held at the end ------------------------------------------------------------------- */

enum { KEYS = 300, NODES = 6 };

struct holdings {
    uint32_t count[NODES][KEYS];
    uint64_t sum[NODES][KEYS]; /* of the values */
    uint32_t node;
};

static void take(void *context, enum sim_ledger_kind kind, int64_t key, int64_t value)
{
    struct holdings *h = context;

    ck_assert_int_eq(kind, SIM_LEDGER_VALUE);
    ck_assert_int_lt(key, KEYS);
    h->count[h->node][key]++;
    h->sum[h->node][key] += (uint64_t)value;
}

/* Each key is held by COPIES nodes or none, and those hold the same. */
static void expect_copies(const struct play *play, uint32_t nodes, uint32_t copies)
{
    static struct holdings h;
    uint32_t keys = 0;

    memset(&h, 0, sizeof h);
    for (h.node = 0; h.node < nodes; h.node++)
        ck_assert(sim_world_ledger(play->world, h.node,
                                   &(struct sim_ledger){ .take = take, .context = &h }));
    for (uint32_t key = 0; key < KEYS; key++) {
        uint32_t holders = 0, first = NODES;

        for (uint32_t i = 0; i < nodes; i++) {
            if (h.count[i][key] == 0)
                continue;
            first = holders++ == 0 ? i : first;
            ck_assert_uint_eq(h.count[i][key], h.count[first][key]);
            ck_assert_uint_eq(h.sum[i][key], h.sum[first][key]);
        }
        ck_assert_msg(holders == 0 || holders == copies, "key %u: %u copies", key, holders);
        keys += holders > 0;
    }
    ck_assert_uint_gt(keys, 0);
}

/* Three of six members keep a key; four are cut off. Strict, no key is to be had that has two of
 * them; sloppy, others stand in, and keep nothing any more once all are back. */
START_TEST(stand_ins)
{
    static const char *const ways[] = { "strict", "sloppy" };
    struct play *play =
        run(1,
            HEAD "duration: 20s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 6, quorum: %s}\n"
                 "  c: {model: kv-client, target: store, rate: 50/s, keys: {count: 40},\n"
                 "      pinned: member, mix: {write: 100%%}}\n"
                 "faults: [{at: 5s, partition: [[store-0, store-1, c], rest], for: 5s}]\n",
            ways[_i]);
    uint64_t done = 0, all = 0;

    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];

        if (o->invoked < 6 * SIM_SECOND || o->invoked >= 9 * SIM_SECOND)
            continue;
        all++;
        done += o->status == SIM_OK;
    }
    ck_assert_uint_gt(all, 100);
    if (_i == 1)
        ck_assert_uint_eq(done, all);
    else /* of 20 lists of three, 4 have both of the two members */
        ck_assert_uint_lt(done, all / 2);
    ck_assert_int_gt(play->metrics[4], 0);
    ck_assert_int_eq(play->metrics[4], play->metrics[5]);
    for (uint32_t i = 0; i < 6; i++)
        ck_assert_int_eq(word(play, i, 4), 0);
    expect_copies(play, 6, 3);
    play_free(play);
}
END_TEST

/* Nobody reads, no hint is kept: replicas that were away get what they missed by exchanges alone.
 */
START_TEST(exchanges_bring_what_was_missed)
{
    static const char *const ways[] = { "stamp: hlc", "stamp: wall", "stamp: counter",
                                        "stamp: vector, coordinator: replica" };
    struct play *play =
        run((uint64_t)_i + 1,
            HEAD "duration: 40s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 5, hints: none, anti_entropy: 1s, %s}\n"
                 "  c: {model: kv-client, count: 2, target: store, rate: 20/s,\n"
                 "      keys: {count: 300}, mix: {write: 90%%, delete: 10%%}, write_to: any}\n"
                 "faults:\n"
                 "  - {at: 5s, crash: store-2, for: 5s}\n"
                 "  - {at: 12s, partition: [[store-0, store-3], rest], for: 3s}\n"
                 "  - {at: 20s, crash: c}\n",
            ways[_i]);

    ck_assert_int_gt(play->metrics[6], 20); /* synced */
    expect_copies(play, 5, 3);
    play_free(play);
}
END_TEST

/* Every replica lets a tombstone go, but not before the one that was away has it. */
START_TEST(tombstones_wait_for_all)
{
    static const char *const ways[] = { "", ", bugs: [tombstone_gc_before_repair]" };
    struct play *play =
        run(1,
            HEAD "duration: 30s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: quorum, count: 3, hints: none, anti_entropy: 1s,\n"
                 "          tombstones: 2s%s}\n"
                 "  c: {model: script, target: store, program: 'wait 500, ask 0, write 1 10, "
                 "write 2 5, wait 1000, delete 1, wait 9000, read 1, wait 9000, read 1'}\n"
                 "faults: [{at: 1s, crash: store-2, for: 14s}]\n",
            ways[_i]);

    expect_answer(play, 3, 7, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 9, STORE_OK, _i == 0 ? SIM_NIL : 10);
    if (_i == 0)
        ck_assert_int_eq(play->metrics[7], 3); /* collected by all three, after it was back */
    play_free(play);
}
END_TEST

/* Clients ask all members, in turn, while messages are lost and doubled, replicas crash and are cut
 * off, and clocks are wrong. */
#define TROUBLE                                                                                    \
    "duration: 20s\nnetwork: {latency: {exponential: 5ms}, loss: 2%%, duplicate: 5%%}\n"           \
    "nodes:\n"                                                                                     \
    "  store: {model: quorum, count: 5, n: 5, r: 3, w: 3, disk: {sync: 100us..2ms}, %s,\n"         \
    "          clock: {offset: -100ms..100ms, drift: -500ppm..500ppm}}\n"                          \
    "  c: {model: kv-client, count: 6, target: store, rate: 8/s, keys: {count: 4},\n"              \
    "      mix: {read: 50%%, write: 40%%, delete: 10%%}, read_from: any, write_to: any}\n"         \
    "faults:\n"                                                                                    \
    "  - {every: {exponential: 2s}, between: [1s, 12s], crash: {of: store, pick: 1},\n"            \
    "     for: 100ms..500ms}\n"                                                                    \
    "  - {every: {exponential: 2s}, between: [1s, 12s],\n"                                         \
    "     partition: [[{of: store, pick: 2}, {of: c, pick: 2}], rest], for: 500ms}\n"              \
    "  - {every: {exponential: 1s}, between: [1s, 12s], clock_jump: {of: store, pick: 1},\n"       \
    "     by: -500ms..500ms}\n"

/* With reads that write back, and writes that ask first, it is a linearizable register. */
START_TEST(swarm)
{
    struct play *play = run((uint64_t)_i + 1, HEAD TROUBLE, "stamp: counter, read_repair: first");
    char text[1024];
    size_t late = 0;

    ck_assert_msg(play_is_linearizable(play, text), "seed %d: %s", _i + 1, text);
    for (size_t i = 1; i <= play->operation_count; i++)
        late +=
            play->operations[i].invoked > 15 * SIM_SECOND && play->operations[i].status == SIM_OK;
    ck_assert_uint_gt(late, 150);
    play_free(play);
}
END_TEST

/* Whatever the versions are, once all is well the copies are one. */
START_TEST(replicas_agree_when_all_is_well_again)
{
    static const char *const ways[] = { "stamp: wall, read_repair: none",
                                        "stamp: hlc, quorum: sloppy", "stamp: vector",
                                        "stamp: counter, read_repair: first, hints: none",
                                        "stamp: hlc, hints: memory, durable: false" };
    char keys[256];
    struct play *play;

    snprintf(keys, sizeof keys, "%s, anti_entropy: 300ms", ways[_i % 5]);
    play = run((uint64_t)_i + 1, HEAD TROUBLE "  - {at: 14s, crash: c}\n", keys);
    expect_copies(play, 5, 5);
    play_free(play);
}
END_TEST

/* Without either it is not, under some of the seeds: so the test above can fail. */
START_TEST(a_swarm_without_it)
{
    static const char *const keys[] = { "stamp: counter, read_repair: none",
                                        "stamp: wall, read_repair: first" };
    int broken = 0;
    char text[1024];

    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct play *play = run(seed, HEAD TROUBLE, keys[_i]);

        broken += !play_is_linearizable(play, text);
        play_free(play);
    }
    ck_assert_int_gt(broken, 0);
}
END_TEST

START_TEST(wrong_scenarios)
{
    static const struct {
        const char *keys, *message;
    } rows[] = {
        { "count: 2", "fewer members" },
        { "count: 3, r: 4", "more than `n`" },
        { "count: 3, w: 4", "more than `n`" },
        { "count: 3, proxies: 3, coordinator: proxy", "nobody keeps anything" },
        { "count: 4, proxies: 1", "go together" },
        { "count: 4, coordinator: proxy", "go together" },
        { "count: 4, stamp: vector", "has to keep the key" },
        { "count: 5, quorum: sloppy, contact: fixed", "no stand-in" },
        { "count: 3, stamp: vector, contact: fixed", "has to keep the key" },
    };
    char yaml[512];

    snprintf(yaml, sizeof yaml, HEAD "duration: 1s\nnodes: {store: {model: quorum, %s}}\n",
             rows[_i].keys);
    play_expect_error(yaml, rows[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quorum");
    TCase *all = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(all, a_request_waits_for_its_quorum, 0, sizeof quorums / sizeof quorums[0]);
    tcase_add_loop_test(all, one_that_is_away_is_suspected, 0, 4);
    tcase_add_loop_test(all, reads_repair, 0, 3);
    tcase_add_loop_test(all, a_slow_clock_buries_the_later_write, 0, 4);
    tcase_add_loop_test(all, siblings, 0, 2);
    tcase_add_test(all, what_a_quorum_cannot_decide_is_turned_away);
    tcase_add_test(all, a_change_that_comes_again);
    tcase_add_loop_test(all, coordinators, 0, 5);
    tcase_add_loop_test(all, hints_are_handed_over, 0, 3);
    tcase_add_loop_test(all, stand_ins, 0, 2);
    tcase_add_loop_test(all, exchanges_bring_what_was_missed, 0, 4);
    tcase_add_loop_test(all, tombstones_wait_for_all, 0, 2);
    tcase_add_loop_test(all, swarm, 0, 10);
    tcase_add_loop_test(all, replicas_agree_when_all_is_well_again, 0, 10);
    tcase_add_loop_test(all, a_swarm_without_it, 0, 2);
    tcase_add_loop_test(all, wrong_scenarios, 0, 9);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

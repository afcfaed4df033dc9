/* common_luck.c - common random numbers: two variants of a system that run under one seed have the
 * same arrivals, keys and values, the same drawn faults, the same weather on each link, and the
 * same luck for the n-th message of a kind on a link. Without that, what a comparison of variants
 * shows would be their luck.
 *
 * Each comparison counts what agrees and what does not, and is held against two seeds as well,
 * which must differ: one that finds nothing to compare cannot pass. */
#include "tests/lib/play.h"

#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STORES = 5,
    NODES_MAX = 16,
    KINDS_MAX = 16,
    YAML_MAX = 2000,
    SEEDS = 3,
    STRIKE_NODES = 8,
};

/* Messages are late where a node pauses, and come through queues where it has a processor: neither
 * is here, so that the time between sending and handling is the latency alone. */
static const char stormy[] =
    "version: 1\n"
    "duration: 15s\n"
    "network: {latency: {lognormal: {median: 1ms, p99: 8ms}}, loss: 2%%, duplicate: 2%%}\n"
    "nodes:\n"
    "  store: {model: raft, count: 5, %s}\n"
    "  app: {model: kv-client, count: 4, target: store, rate: 25/s, timeout: 1s,\n"
    "        mix: {read: 40%%, write: 30%%, cas: 20%%, delete: 10%%},\n"
    "        keys: {count: 20, distribution: {zipf: 0.99}}}\n"
    "faults:\n"
    "  - {random: {of: store, every: {exponential: 1s}, for: 100ms..2s,\n"
    "              kinds: [crash, partition, clock_jump, clock_drift], swarm: false},\n"
    "     between: [1s, 14s]}\n"
    "  - {every: {exponential: 3s}, between: [1s, 14s], crash: {of: store, pick: 1},\n"
    "     for: 10ms..500ms}\n";

/* A message takes 1 ms in a good period and 10 ms in a bad one, so its latency tells the weather.
 */
static const char changeable[] =
    "version: 1\n"
    "duration: 20s\n"
    "network: {latency: 1ms, weather: {good: 500ms..2s, bad: 200ms..1s, loss: 0%%, slower: 10}}\n"
    "nodes:\n"
    "  store: {model: raft, count: 5, %s}\n"
    "  app: {model: kv-client, count: 4, target: store, rate: 50/s, timeout: 1s}\n";
enum { GOOD_LEAST = 500, BAD_LEAST = 200 }; /* ms, as above */

/* -- what a run was like ----------------------------------------------------------------------- */

enum fate { UNTOLD, LOST, CAME, UNCLEAR };

struct letter { /* the n-th message of a kind on a link */
    uint32_t from, to, kind, n;
    uint64_t id; /* of the event that sent it */
    sim_time sent, latency;
    uint32_t copies; /* that came */
    enum fate fate;
};

struct strike {
    sim_time time;
    const struct sim_fault_kind *kind;
    uint32_t count, nodes[STRIKE_NODES];
    bool begins;
};

struct asked {
    sim_time time;
    uint32_t node;
    struct sim_operation operation;
};

struct story {
    struct play *play;
    struct letter *letters;
    size_t letter_count, letter_capacity;
    struct strike *strikes;
    size_t strike_count, strike_capacity;
    struct asked *asked;
    size_t asked_count, asked_capacity;
    char kinds[KINDS_MAX][32];
    uint32_t kind_count, counts[KINDS_MAX][NODES_MAX][NODES_MAX];
};

static uint32_t kind_named(struct story *story, const char *name)
{
    for (uint32_t i = 0; i < story->kind_count; i++)
        if (strcmp(story->kinds[i], name) == 0)
            return i;
    ck_assert_uint_lt(story->kind_count, KINDS_MAX);
    snprintf(story->kinds[story->kind_count], sizeof(story->kinds[0]), "%s", name);
    return story->kind_count++;
}

/* Two of a kind that leave together cannot be told apart when they come. */
static void on_sent(struct story *story, const struct sim_happening *h)
{
    const uint32_t kind = kind_named(story, h->what);
    struct letter letter = {
        .from = h->node, .to = h->peer, .kind = kind, .id = h->cause, .sent = h->time
    };

    ck_assert_uint_lt(h->node, NODES_MAX);
    letter.n = ++story->counts[kind][h->node][h->peer];
    for (size_t i = story->letter_count; i > 0 && story->letters[i - 1].id == letter.id; i--) {
        struct letter *other = &story->letters[i - 1];

        if (other->kind == kind && other->from == letter.from && other->to == letter.to)
            other->fate = letter.fate = UNCLEAR;
    }
    story->letters = sim_grow(story->letters, &story->letter_capacity, story->letter_count + 1,
                              sizeof(*story->letters));
    story->letters[story->letter_count++] = letter;
}

static struct letter *find_letter(struct story *story, const struct sim_happening *h)
{
    const uint32_t kind = kind_named(story, h->what);
    size_t low = 0, high = story->letter_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (story->letters[middle].id < h->cause)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < story->letter_count && story->letters[low].id == h->cause; low++) {
        struct letter *letter = &story->letters[low];

        if (letter->kind == kind && letter->from == h->peer && letter->to == h->node)
            return letter;
    }
    ck_abort_msg("%s came that nobody sent", h->what);
    return NULL;
}

/* What the network decides when a message leaves is its luck; what becomes of it at a node that is
 * down or behind a cut is not. */
static void on_met(struct story *story, const struct sim_happening *h)
{
    struct letter *letter = find_letter(story, h);

    if (letter->fate == UNCLEAR)
        return;
    if (h->kind != SIM_HAPPENED_DROP) {
        if (letter->copies++ == 0)
            letter->latency = h->time - letter->sent;
        letter->fate = CAME;
    } else {
        letter->fate = strcmp(h->reason, "loss") == 0 ? LOST : UNCLEAR;
    }
}

/* Only what goes to a store: an answer has the luck of its request, and is not the n-th of any. */
static void on_happening(void *context, const struct sim_happening *h)
{
    struct story *story = context;

    if (h->kind == SIM_HAPPENED_SEND && h->peer < STORES && h->peer != h->node)
        on_sent(story, h);
    if ((h->kind == SIM_HAPPENED_MESSAGE || h->kind == SIM_HAPPENED_REQUEST ||
         h->kind == SIM_HAPPENED_DROP) &&
        h->node < STORES && h->peer != h->node)
        on_met(story, h);
}

static void on_invoked(void *context, sim_time time, uint32_t node, uint32_t process, uint64_t id,
                       const struct sim_operation *operation)
{
    struct story *story = context;

    (void)process;
    (void)id;
    story->asked = sim_grow(story->asked, &story->asked_capacity, story->asked_count + 1,
                            sizeof(*story->asked));
    story->asked[story->asked_count++] = (struct asked){ time, node, *operation };
}

static void on_fault(void *context, sim_time time, uint32_t fault, const uint32_t *nodes,
                     uint32_t count, bool begins)
{
    struct story *story = context;
    struct strike strike = { time, story->play->plan->faults[fault].kind, count, { 0 }, begins };

    ck_assert_uint_le(count, STRIKE_NODES);
    for (uint32_t i = 0; i < count; i++)
        strike.nodes[i] = nodes[i];
    story->strikes = sim_grow(story->strikes, &story->strike_capacity, story->strike_count + 1,
                              sizeof(*story->strikes));
    story->strikes[story->strike_count++] = strike;
}

/* PARAMETERS: of the store, which make the variant. */
static struct story *tell_story(const char *yaml, const char *parameters, uint64_t seed)
{
    struct story *story = sim_alloc(sizeof(*story));
    char text[YAML_MAX];
    struct sim_observer observer = {
        .context = story,
        .happening = on_happening,
        .invoked = on_invoked,
        .fault = on_fault,
    };

    snprintf(text, sizeof(text), yaml, parameters);
    story->play = play_open(text, seed);
    story->play->world = sim_world_create(story->play->plan, &observer);
    ck_assert_int_eq((int)sim_world_run(story->play->world), SIM_END_DURATION);
    return story;
}

static void forget_story(struct story *story)
{
    play_free(story->play);
    sim_free(story->letters);
    sim_free(story->strikes);
    sim_free(story->asked);
    sim_free(story);
}

/* -- comparisons ------------------------------------------------------------------------------- */

struct comparison {
    size_t same, other;
};

static void count(struct comparison *comparison, bool same)
{
    comparison->same += same;
    comparison->other += !same;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What a compare-and-set expects is what its client saw last: that is the store's doing. */
static bool ask_alike(const struct asked *a, const struct asked *b)
{
    return a->time == b->time && a->node == b->node && a->operation.kind == b->operation.kind &&
           a->operation.key == b->operation.key && a->operation.second == b->operation.second &&
           (a->operation.kind == SIM_CAS || a->operation.argument == b->operation.argument);
}

static struct comparison compare_arrivals(const struct story *a, const struct story *b)
{
    struct comparison found = { 0, 0 };

    for (size_t i = 0; i < larger(a->asked_count, b->asked_count); i++)
        count(&found,
              i < a->asked_count && i < b->asked_count && ask_alike(&a->asked[i], &b->asked[i]));
    return found;
}

/* Beginnings and ends: when, of what kind, whom. */
static struct comparison compare_strikes(const struct story *a, const struct story *b)
{
    struct comparison found = { 0, 0 };

    for (size_t i = 0; i < larger(a->strike_count, b->strike_count); i++) {
        const struct strike *x = &a->strikes[i], *y = &b->strikes[i];

        count(&found, i < a->strike_count && i < b->strike_count && x->time == y->time &&
                          x->kind == y->kind && x->begins == y->begins && x->count == y->count &&
                          memcmp(x->nodes, y->nodes, sizeof(x->nodes)) == 0);
    }
    return found;
}

static int order(uint64_t a, uint64_t b)
{
    return a == b ? 0 : a < b ? -1 : 1;
}

static int by_number(const void *left, const void *right)
{
    const struct letter *a = left, *b = right;
    int o = order(a->kind, b->kind);

    o = o != 0 ? o : order(a->from, b->from);
    o = o != 0 ? o : order(a->to, b->to);
    return o != 0 ? o : order(a->n, b->n);
}

static bool is_clear(const struct letter *letter)
{
    return letter->fate == CAME || letter->fate == LOST;
}

/* Of those that are in both, with luck to speak of. COMPARED: how many of each kind of A. */
static struct comparison compare_luck(struct story *a, struct story *b, size_t compared[KINDS_MAX])
{
    struct comparison found = { 0, 0 };
    size_t i = 0, k = 0;

    for (size_t m = 0; m < b->letter_count; m++) { /* call the kinds as A does */
        char *name = b->kinds[b->letters[m].kind];

        b->letters[m].kind = kind_named(a, name);
    }
    sim_sort(a->letters, a->letter_count, sizeof(*a->letters), by_number);
    sim_sort(b->letters, b->letter_count, sizeof(*b->letters), by_number);
    while (i < a->letter_count && k < b->letter_count) {
        const struct letter *x = &a->letters[i], *y = &b->letters[k];
        int o = by_number(x, y);

        i += o <= 0;
        k += o >= 0;
        if (o != 0 || !is_clear(x) || !is_clear(y))
            continue;
        compared[x->kind]++;
        count(&found, x->fate == y->fate && x->latency == y->latency && x->copies == y->copies);
    }
    return found;
}

/* -- the weather ------------------------------------------------------------------------------- */

static int by_link_and_time(const void *left, const void *right)
{
    const struct letter *a = left, *b = right;
    int o = order(a->from, b->from);

    o = o != 0 ? o : order(a->to, b->to);
    return o != 0 ? o : order((uint64_t)a->sent, (uint64_t)b->sent);
}

static bool is_bad(const struct letter *letter)
{
    ck_assert(letter->latency == SIM_MILLISECOND || letter->latency == 10 * SIM_MILLISECOND);
    return letter->latency != SIM_MILLISECOND;
}

/* Those of A and B that came, by link and time; weather is alike in both directions. */
static struct letter *observe(const struct story *a, const struct story *b, size_t *observed)
{
    struct letter *all = sim_alloc_array(a->letter_count + b->letter_count, sizeof(*all));

    *observed = 0;
    for (int s = 0; s < 2; s++) {
        const struct story *story = s == 0 ? a : b;

        for (size_t i = 0; i < story->letter_count; i++) {
            struct letter letter = story->letters[i];

            if (letter.fate != CAME)
                continue;
            if (letter.from > letter.to) {
                letter.from = letter.to;
                letter.to = story->letters[i].from;
            }
            all[(*observed)++] = letter;
        }
    }
    sim_sort(all, *observed, sizeof(*all), by_link_and_time);
    return all;
}

/* If one weather explains what both saw, no period between two others is shorter than the shortest
 * that the plan allows. Two that disagree make short ones wherever one is good and the other not.
 */
static struct comparison compare_weather(const struct story *a, const struct story *b)
{
    struct comparison found = { 0, 0 };
    size_t all, begin = SIZE_MAX; /* of the period: the last of the one before */
    struct letter *seen = observe(a, b, &all);

    for (size_t i = 1; i < all; i++) {
        const struct letter *last = &seen[i - 1];

        if (last->from != seen[i].from || last->to != seen[i].to) {
            begin = SIZE_MAX;
            continue;
        }
        if (is_bad(last) == is_bad(&seen[i]))
            continue;
        if (begin != SIZE_MAX) {
            int64_t least = is_bad(last) ? BAD_LEAST : GOOD_LEAST;

            count(&found, seen[i].sent - seen[begin].sent >= least * SIM_MILLISECOND);
        }
        begin = i - 1;
    }
    sim_free(seen);
    return found;
}

/* -- the tests --------------------------------------------------------------------------------- */

START_TEST(variants_are_asked_the_same_and_suffer_the_same_faults)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct story *log = tell_story(stormy, "reads: log", seed);
        struct story *index = tell_story(stormy, "reads: index", seed);
        struct comparison arrivals = compare_arrivals(log, index);
        struct comparison strikes = compare_strikes(log, index);

        ck_assert_uint_eq(arrivals.other, 0);
        ck_assert_uint_gt(arrivals.same, 1200); /* 4 clients, 25/s, 15 s: 1500 are expected */
        ck_assert_uint_eq(strikes.other, 0);
        ck_assert_uint_gt(strikes.same, 8);
        forget_story(log);
        forget_story(index);
    }
}
END_TEST

START_TEST(corresponding_messages_have_the_same_luck)
{
    static const char *const kinds[] = { "append-entries", "appended", "request-vote", "vote",
                                         "read",           "write",    "cas",          "delete" };
    size_t compared[KINDS_MAX] = { 0 }, names = sizeof(kinds) / sizeof(*kinds), of[8] = { 0 };

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct story *log = tell_story(stormy, "reads: log", seed);
        struct story *index = tell_story(stormy, "reads: index", seed);

        memset(compared, 0, sizeof(compared));
        ck_assert_uint_eq(compare_luck(log, index, compared).other, 0);
        for (size_t i = 0; i < names; i++)
            of[i] += compared[kind_named(log, kinds[i])];
        forget_story(log);
        forget_story(index);
    }
    for (size_t i = 0; i < names; i++)
        ck_assert_msg(of[i] > 10, "only %zu messages '%s' are in both", of[i], kinds[i]);
    ck_assert_uint_gt(of[0], 3000);
}
END_TEST

/* Another member, other timeouts: who is in both has the same luck still. */
START_TEST(luck_stays_with_other_timeouts)
{
    size_t compared[KINDS_MAX] = { 0 };
    struct story *slow = tell_story(stormy, "heartbeat: 50ms", 3);
    struct story *fast = tell_story(stormy, "heartbeat: 20ms, election_timeout: 100ms..200ms", 3);
    struct comparison luck = compare_luck(slow, fast, compared);

    ck_assert_uint_eq(compare_arrivals(slow, fast).other, 0);
    ck_assert_uint_eq(compare_strikes(slow, fast).other, 0);
    ck_assert_uint_eq(luck.other, 0);
    ck_assert_uint_gt(luck.same, 1000);
    forget_story(slow);
    forget_story(fast);
}
END_TEST

START_TEST(links_have_the_same_weather)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct story *log = tell_story(changeable, "reads: log", seed);
        struct story *index = tell_story(changeable, "reads: index", seed);
        struct comparison weather = compare_weather(log, index);

        ck_assert_uint_eq(weather.other, 0);
        ck_assert_uint_gt(weather.same, 50); /* periods that have an end on either side */
        forget_story(log);
        forget_story(index);
    }
}
END_TEST

/* The comparisons see a difference where there is one: under another seed all of it is another. */
START_TEST(another_seed_is_other_luck)
{
    size_t compared[KINDS_MAX] = { 0 };
    struct story *one = tell_story(stormy, "reads: log", 1);
    struct story *two = tell_story(stormy, "reads: log", 2);
    struct story *fair = tell_story(changeable, "reads: log", 1);
    struct story *foul = tell_story(changeable, "reads: log", 2);
    struct comparison luck = compare_luck(one, two, compared);

    ck_assert_uint_eq(compare_arrivals(one, two).same, 0);
    ck_assert_uint_eq(compare_strikes(one, two).same, 0);
    ck_assert_uint_gt(luck.other, 10 * luck.same);
    ck_assert_uint_gt(compare_weather(fair, foul).other, 50);
    forget_story(one);
    forget_story(two);
    forget_story(fair);
    forget_story(foul);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common_luck");
    TCase *tests = tcase_create("common_luck");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, variants_are_asked_the_same_and_suffer_the_same_faults);
    tcase_add_test(tests, corresponding_messages_have_the_same_luck);
    tcase_add_test(tests, luck_stays_with_other_timeouts);
    tcase_add_test(tests, links_have_the_same_weather);
    tcase_add_test(tests, another_seed_is_other_luck);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

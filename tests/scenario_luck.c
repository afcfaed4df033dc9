/* scenario_luck.c - `luck:`: what is decided beforehand instead of drawn under the run's seed. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY                                                                                       \
    "duration: 5s\nnetwork: {latency: 1ms..3ms, loss: 1%, duplicate: 1%}\nnodes:\n"                \
    "  store: {model: raft, count: 3, disk: {sync: 1ms..2ms}, clock: {offset: 0..1s}}\n"           \
    "  app: {model: kv-client, count: 2, target: store, rate: 20/s}\n"                             \
    "faults:\n"                                                                                    \
    "  - {random: {kinds: [crash, pause], of: store, every: 1s, for: 200ms..400ms}}\n"             \
    "  - {every: {exponential: 500ms}, between: [1s, 4s], crash: {of: store, pick: 1},\n"          \
    "     for: {exponential: 100ms}}\n"

/* -- the seed ---------------------------------------------------------------------------------- */

static struct sim_digest digest_of(const char *yaml, uint64_t seed)
{
    struct play *play = play_swiftly(yaml, seed);
    struct sim_digest digest = play->digest;

    play_free(play);
    return digest;
}

static bool is_same(struct sim_digest a, struct sim_digest b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

START_TEST(a_fixed_seed_goes_before_the_one_that_is_given)
{
    const struct sim_digest of_42 = digest_of("version: 1\n" BODY, 42);

    ck_assert(!is_same(of_42, digest_of("version: 1\n" BODY, 3)));
    ck_assert(is_same(of_42, digest_of("version: 1\nluck: {seed: 42}\n" BODY, 3)));
    ck_assert(is_same(of_42, digest_of("version: 1\nseed: 7\nluck: {seed: 42}\n" BODY, 9)));
    ck_assert(is_same(digest_of("version: 1\n" BODY, 0),
                      digest_of("version: 1\nluck: {seed: 0}\n" BODY, 5)));
    ck_assert(!is_same(of_42, digest_of("version: 1\nluck: {}\n" BODY, 3)));
}
END_TEST

START_TEST(wrong_luck_is_refused)
{
    play_expect_error("version: 1\nluck: 7\n" BODY, "'luck' is a single value, expected a mapping");
    play_expect_error("version: 1\nluck: {seed: -1}\n" BODY, "'seed': -1 is out of range");
    play_expect_error("version: 1\nluck: {sede: 1}\n" BODY, "unknown key 'sede' in luck");
}
END_TEST

/* -- operations -------------------------------------------------------------------------------- */

#define STORE "version: 1\nduration: 5s\nnodes:\n  store: {model: raft, count: 3}\n"
#define APP "  app: {model: kv-client, count: 2, target: store, "

START_TEST(listed_operations_are_what_is_asked)
{
    struct play *play = play_swiftly(
        STORE APP "processes: 2, operations: [\n"
                  "    {at: 2s, client: 1, write: {key: 3, value: 17}},\n"
                  "    {at: 1s, write: {key: 3, value: 16}},\n"
                  "    {at: 3s, cas: {key: 3, to: 18}},\n"
                  "    {at: 3.1s, client: 1, cas: {key: 3, from: 16, to: 19}},\n"
                  "    {at: 3.2s, client: 1, process: 1, add: {key: 4}},\n"
                  "    {at: 3.2s, client: 1, process: 1, add: {key: 4, value: 5}},\n"
                  "    {at: 3.3s, append: {key: 5, value: 1}}, {at: 3.4s, delete: {key: 5}},\n"
                  "    {at: 4s, client: 1, read: {key: 3}}]}\n",
        1);
    static const struct {
        sim_time at;
        uint32_t node;
        struct sim_operation operation;
        int status;
    } rows[] = {
        { SIM_SECOND, 3, { SIM_WRITE, 3, 16, 0 }, SIM_OK },
        { 2 * SIM_SECOND, 4, { SIM_WRITE, 3, 17, 0 }, SIM_OK },
        { 3 * SIM_SECOND, 3, { SIM_CAS, 3, 16, 18 }, SIM_FAIL }, /* it last saw its own */
        { 3100 * SIM_MILLISECOND, 4, { SIM_CAS, 3, 16, 19 }, SIM_FAIL },
        { 3200 * SIM_MILLISECOND, 4, { SIM_ADD, 4, 1, 0 }, SIM_OK },
        { 3204 * SIM_MILLISECOND, 4, { SIM_ADD, 4, 5, 0 }, SIM_OK }, /* once the other is over */
        { 3300 * SIM_MILLISECOND, 3, { SIM_APPEND, 5, 1, 0 }, SIM_OK },
        { 3400 * SIM_MILLISECOND, 3, { SIM_DELETE, 5, 0, 0 }, SIM_OK },
        { 4 * SIM_SECOND, 4, { SIM_READ, 3, 0, 0 }, SIM_OK },
    };
    const size_t count = sizeof rows / sizeof rows[0];

    ck_assert_uint_eq(play->operation_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct play_operation *done = &play->operations[i + 1];

        ck_assert_int_eq(done->invoked, rows[i].at);
        ck_assert_uint_eq(done->node, rows[i].node);
        ck_assert_mem_eq(&done->operation, &rows[i].operation, sizeof rows[i].operation);
        ck_assert_int_eq(done->status, rows[i].status);
    }
    ck_assert_int_eq(play->operations[6].value, 6);
    ck_assert_int_eq(play->operations[9].value, 17);
    play_free(play);
}
END_TEST

/* PLAY's operations as a list. They have no processes: of a closed loop that has one, and of an
 * open one. */
static char *list_of(const struct play *play, const char *process)
{
    size_t size = 200 * (play->operation_count + 1), at = 0;
    char *text = malloc(size);

    ck_assert_ptr_nonnull(text);
    text[0] = '\0';
    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];
        const char *name = sim_operation_kind_names[o->operation.kind];

        at += (size_t)snprintf(text + at, size - at, "%s{at: %lldns, client: %u%s, %s: {key: %lld",
                               i == 1 ? "" : ", ", (long long)o->invoked, o->node - 3, process,
                               name, (long long)o->operation.key);
        if (o->operation.kind == SIM_CAS)
            at += (size_t)snprintf(text + at, size - at, ", to: %lld",
                                   (long long)o->operation.second);
        else if (o->operation.kind != SIM_READ && o->operation.kind != SIM_DELETE)
            at += (size_t)snprintf(text + at, size - at, ", value: %lld",
                                   (long long)o->operation.argument);
        at += (size_t)snprintf(text + at, size - at, "}}");
    }
    return text;
}

static const char played[] =
    "version: 1\nduration: 4s\nnetwork: {latency: 1ms..3ms, loss: 1%%}\nnodes:\n"
    "  store: {model: raft, count: 3}\n"
    "  app: {model: kv-client, count: 2, target: store, timeout: 300ms, disk: {sync: 5ms},\n"
    "        read_from: any, clock: {drift: -100ppm..100ppm}, %s}\n"
    "faults:\n"
    "  - {at: 1s, crash: app-0, for: 300ms}\n  - {at: 2s, crash: store, for: 400ms}\n";

/* A run whose operations are written down is the same run: not an event differs. */
static void play_again(const char *load, const char *process)
{
    char *list, *yaml = malloc(1 << 20), *more = malloc(1 << 20);
    struct play *one, *two;

    snprintf(yaml, 1 << 20, played, load);
    one = play_swiftly(yaml, 3);
    ck_assert_uint_gt(one->operation_count, 50);
    list = list_of(one, process);
    snprintf(more, 1 << 20, "operations: [%s]", list);
    snprintf(yaml, 1 << 20, played, more);
    two = play_swiftly(yaml, 3);
    ck_assert_uint_eq(one->operation_count, two->operation_count);
    ck_assert(is_same(one->digest, two->digest));
    play_free(one);
    play_free(two);
    free(list);
    free(yaml);
    free(more);
}

START_TEST(a_listed_open_loop_is_the_same_run)
{
    play_again("rate: 50/s, mix: {read: 20%, write: 20%, cas: 30%, add: 10%, append: 10%, "
               "delete: 10%}",
               "");
}
END_TEST

START_TEST(a_listed_closed_loop_is_the_same_run)
{
    play_again("think: {exponential: 10ms}, mix: {read: 50%, cas: 50%}", ", process: 0");
}
END_TEST

START_TEST(wrong_operations_are_refused)
{
    static const char *const rows[][2] = {
        { "operations: 7", "is a single value" },
        { "operations: [7]", "an operation is a single value, expected a mapping" },
        { "operations: [{read: {key: 1}}]", "missing key 'at' in an operation" },
        { "operations: [{at: 1s}]", "an operation that does nothing" },
        { "operations: [{at: 1s, reed: {key: 1}}]", "unknown key 'reed' in an operation" },
        { "operations: [{at: 1s, read: {key: 1}, add: {key: 1}}]", "'read' and 'add' in one" },
        { "operations: [{at: 1s, read: 1}]", "read is a single value, expected a mapping" },
        { "operations: [{at: 1s, write: {key: 1}}]", "missing key 'value' in write" },
        { "operations: [{at: 1s, cas: {key: 1, from: 2}}]", "missing key 'to' in cas" },
        { "operations: [{at: 1s, read: {key: -1}}]", "'key': -1 is out of range" },
        { "operations: [{at: 1s, client: 2, read: {key: 1}}]", "client that the group does not" },
        { "operations: [{at: 1s, process: 1, read: {key: 1}}]", "a lane beyond `processes`" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[1024];

        snprintf(yaml, sizeof yaml, STORE APP "%s}\n", rows[i][0]);
        play_expect_error(yaml, rows[i][1]);
    }
}
END_TEST

/* -- messages and draws ------------------------------------------------------------------------ */

static const char drawn_run[] = "version: 1\nduration: 3s\nluck: {seed: 4%s}\n"
                                "network: {latency: 1ms..3ms, loss: 5%%}\nnodes:\n"
                                "  store: {model: raft, count: 3}\n"
                                "  app: {model: kv-client, target: store, rate: 50/s}\n";

static struct play *with_luck(const char *luck)
{
    char yaml[1024];

    snprintf(yaml, sizeof yaml, drawn_run, luck);
    return play_swiftly(yaml, 1);
}

START_TEST(plain_luck_elects_and_loses_nothing)
{
    struct play *plain = with_luck(", messages: plain, draws: plain");
    struct play *late = with_luck(
        ", draws: plain, messages: [{from: app-0, to: store-0, request: write, delay: 9ms},\n"
        "  {from: app-0, to: store-0, request: write, nth: 2, fates: [lost, 8ms]}]");

    ck_assert_uint_gt(plain->status[SIM_OK], 100);
    ck_assert_uint_eq(plain->status[SIM_UNKNOWN], 0);
    ck_assert(!is_same(plain->digest, late->digest));
    play_free(plain);
    play_free(late);
}
END_TEST

START_TEST(wrong_decisions_are_refused)
{
    static const char *const rows[][2] = {
        { ", messages: 7", "'messages' cannot be this" },
        { ", messages: [{to: store-0, message: append-entries}]", "missing key 'from'" },
        { ", messages: [{from: store-9, to: store-0, message: append-entries}]", "no such node" },
        { ", messages: [{from: store-1, to: store-0, message: appnd}]", "no such message" },
        { ", messages: [{from: app-0, to: store-0, request: reed}]", "no such call" },
        { ", messages: [{from: store-1, to: store-0}]", "one of 'message', 'request'" },
        { ", messages: [{from: store-1, to: store-0, message: append-entries, fates: [7x]}]",
          "no fate" },
        { ", draws: [{of: store-1, draw: tomeout, value: 1}]", "draws nothing of this name" },
        { ", draws: [{of: store-1, draw: election-timeout}]", "either 'value' or 'values'" },
        { ", draws: [{of: store-1, draw: election-timeout, value: 7x}]",
          "nothing that a draw can give" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[1024];

        snprintf(yaml, sizeof yaml, drawn_run, rows[i][0]);
        play_expect_error(yaml, rows[i][1]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario_luck");
    TCase *seed = tcase_create("the seed");

    tcase_add_test(seed, a_fixed_seed_goes_before_the_one_that_is_given);
    tcase_add_test(seed, wrong_luck_is_refused);
    suite_add_tcase(suite, seed);

    TCase *operations = tcase_create("operations");

    tcase_add_test(operations, listed_operations_are_what_is_asked);
    tcase_add_test(operations, a_listed_open_loop_is_the_same_run);
    tcase_add_test(operations, a_listed_closed_loop_is_the_same_run);
    tcase_add_test(operations, wrong_operations_are_refused);
    suite_add_tcase(suite, operations);

    TCase *decided = tcase_create("messages and draws");

    tcase_add_test(decided, plain_luck_elects_and_loses_nothing);
    tcase_add_test(decided, wrong_decisions_are_refused);
    suite_add_tcase(suite, decided);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

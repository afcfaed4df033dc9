/* scenario_luck.c - `luck:`: what is decided beforehand instead of drawn under the run's seed. */
#include "tests/lib/play.h"

#include <check.h>
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

int main(void)
{
    Suite *suite = suite_create("scenario_luck");
    TCase *seed = tcase_create("the seed");

    tcase_add_test(seed, a_fixed_seed_goes_before_the_one_that_is_given);
    tcase_add_test(seed, wrong_luck_is_refused);
    suite_add_tcase(suite, seed);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

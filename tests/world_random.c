/* world_random.c - random faults: what is drawn depends on the seed alone, stays within its ranges
 * and within what a system promises, and one thing more changes nothing else. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YAML_MAX = 2000 };

/* A scenario of COUNT stores; ENTRY is what stands in `random:` beside `of:`. */
static struct play *open_with(const char *entry, unsigned count, uint64_t seed)
{
    char yaml[YAML_MAX];

    snprintf(yaml, sizeof(yaml),
             "version: 1\n"
             "duration: 100s\n"
             "nodes:\n"
             "  store: {model: raft, count: %u}\n"
             "faults:\n"
             "  - {at: 3s, pause: store-0, for: 1s}\n"
             "  - {random: {of: store%s}, between: [2s, 90s], label: chaos}\n",
             count, entry);
    return play_open(yaml, seed);
}

static bool are_same(const struct sim_fault_plan *a, const struct sim_fault_plan *b)
{
    if (a->at != b->at || a->kind != b->kind || a->luck != b->luck ||
        a->side_count != b->side_count || a->both_ways != b->both_ways ||
        sim_distribution_sample(a->duration, 1) != sim_distribution_sample(b->duration, 1))
        return false;
    for (uint32_t i = 0; i < a->side_count; i++) {
        if (a->sides[i].count != b->sides[i].count)
            return false;
        for (uint32_t k = 0; k < a->sides[i].count; k++)
            if (a->sides[i].selectors[k].group != b->sides[i].selectors[k].group ||
                a->sides[i].selectors[k].member != b->sides[i].selectors[k].member)
                return false;
    }
    return true;
}

START_TEST(a_seed_draws_the_same_faults_again_and_another_draws_others)
{
    struct play *once = open_with("", 5, 7), *again = open_with("", 5, 7);
    struct play *other = open_with("", 5, 8);
    const struct sim_fault_plan *first = once->plan->faults;

    ck_assert_ptr_eq(first[0].kind, &sim_fault_pause); /* the one that is listed stays in front */
    ck_assert_uint_gt(once->plan->fault_count, 8);
    ck_assert_uint_lt(once->plan->fault_count, 40); /* 17.6 are expected */
    ck_assert_uint_eq(once->plan->fault_count, again->plan->fault_count);
    for (uint32_t i = 1; i < once->plan->fault_count; i++) {
        ck_assert(are_same(&first[i], &again->plan->faults[i]));
        ck_assert_str_eq(first[i].label, "chaos");
        ck_assert_int_gt(first[i].at, 2 * SIM_SECOND);
        ck_assert_int_lt(first[i].at, 90 * SIM_SECOND);
        ck_assert_int_ge(first[i].at, first[i - 1].at * (i > 1));
        ck_assert((first[i].kind->instant || first[i].kind->endless) ==
                  (first[i].duration == NULL));
    }
    ck_assert(once->plan->fault_count != other->plan->fault_count ||
              !are_same(&first[1], &other->plan->faults[1]));
    play_free(once);
    play_free(again);
    play_free(other);
}
END_TEST

/* How many members are down at the instant when fault LAST begins. */
static uint32_t down_at(const struct sim_plan *plan, uint32_t last)
{
    bool down[64] = { false };
    uint32_t count = 0;

    for (uint32_t i = 0; i <= last; i++) {
        const struct sim_fault_plan *fault = &plan->faults[i];
        sim_time until = SIM_TIME_NEVER;

        if (!(fault->kind->harm & SIM_HARM_DOWN))
            continue;
        if (!(fault->kind->harm & SIM_HARM_LASTING))
            until = fault->at + sim_distribution_sample(fault->duration, 0);
        for (uint32_t k = 0; k < fault->sides[0].count; k++)
            down[fault->sides[0].selectors[k].member] |= until > plan->faults[last].at;
    }
    for (uint32_t m = 0; m < 64; m++)
        count += down[m];
    return count;
}

static uint32_t most_down(const char *entry, unsigned members)
{
    uint32_t most = 0;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct play *play = open_with(entry, members, seed);

        for (uint32_t i = 0; i < play->plan->fault_count; i++) {
            uint32_t down = down_at(play->plan, i);

            most = down > most ? down : most;
        }
        play_free(play);
    }
    return most;
}

START_TEST(a_minority_is_down_at_a_time_unless_there_is_no_limit)
{
    static const char often[] = ", every: {exponential: 500ms}, kinds: [crash, power_loss]";
    static const char always[] =
        ", every: {exponential: 500ms}, kinds: [crash, power_loss], limit: none";

    ck_assert_uint_eq(most_down(often, 5), 2);
    ck_assert_uint_eq(most_down(often, 4), 1);
    ck_assert_uint_eq(most_down(often, 2), 0);
    ck_assert_uint_eq(most_down(often, 7), 3);
    ck_assert_uint_gt(most_down(always, 5), 2);
}
END_TEST

/* How many are down at T by all faults of PLAN, whenever they stand in its list; the zone that one
 * of them names has member 1 alone. */
static uint32_t down_in_all(const struct sim_plan *plan, sim_time t)
{
    unsigned down = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->fault_count; i++) {
        const struct sim_fault_plan *fault = &plan->faults[i];
        const bool lasts = (fault->kind->harm & SIM_HARM_LASTING) || fault->duration == NULL;

        if (!(fault->kind->harm & SIM_HARM_DOWN) || fault->at > t ||
            (!lasts && fault->at + sim_distribution_sample(fault->duration, 0) <= t))
            continue;
        for (uint32_t k = 0; k < fault->sides[0].count; k++)
            down |= 1u << (fault->sides[0].selectors[k].zone != 0
                               ? 1
                               : fault->sides[0].selectors[k].member);
    }
    for (; down != 0; down &= down - 1)
        count++;
    return count;
}

START_TEST(listed_faults_use_up_the_same_minority)
{
    static const char yaml[] = "version: 1\n"
                               "duration: 100s\n"
                               "nodes:\n"
                               "  store: {model: raft, count: 5, zones: [a, b, c, d, e]}\n"
                               "faults:\n"
                               "  - {at: 10s, kill: store-4}\n"
                               "  - {at: 50s, crash: {zone: b}, for: 20s}\n"
                               "  - {random: {of: store, every: {exponential: 500ms},\n"
                               "              kinds: [crash, kill]}, between: [2s, 90s]}\n";
    uint32_t most = 0, kills = 0;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct play *play = play_open(yaml, seed);

        for (uint32_t i = 0; i < play->plan->fault_count; i++) {
            const struct sim_fault_plan *fault = &play->plan->faults[i];
            const uint32_t down = down_in_all(play->plan, fault->at);

            most = down > most ? down : most;
            kills += i >= 2 && fault->kind == &sim_fault_kill;
            for (uint32_t k = 0; i >= 2 && k < fault->sides[0].count; k++)
                ck_assert(fault->at < 50 * SIM_SECOND || fault->at >= 70 * SIM_SECOND ||
                          fault->sides[0].selectors[k].member == 1 ||
                          fault->sides[0].selectors[k].member == 4);
        }
        play_free(play);
    }
    ck_assert_uint_eq(most, 2);
    ck_assert_uint_gt(kills, 0);
}
END_TEST

START_TEST(what_is_lost_for_good_is_of_one_minority_or_less)
{
    unsigned least = 9, most = 0;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct play *play = open_with(", every: 200ms, swarm: false", 5, seed);
        unsigned hit = 0, count = 0;

        for (uint32_t i = 0; i < play->plan->fault_count; i++) {
            const struct sim_fault_plan *fault = &play->plan->faults[i];

            if (!(fault->kind->harm & (SIM_HARM_SYNCED | SIM_HARM_LASTING)))
                continue;
            for (uint32_t k = 0; k < fault->sides[0].count; k++)
                hit |= 1u << fault->sides[0].selectors[k].member;
        }
        for (; hit != 0; hit &= hit - 1)
            count++;
        least = count < least ? count : least;
        most = count > most ? count : most;
        play_free(play);
    }
    ck_assert_uint_eq(least, 0);
    ck_assert_uint_eq(most, 2);
}
END_TEST

static uint32_t nodes_on_sides(const struct sim_fault_plan *fault)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < fault->side_count; i++) {
        ck_assert_uint_gt(fault->sides[i].count, 0);
        count += fault->sides[i].count;
    }
    return count;
}

/* Two sides, three, a bridge; cut all the time or flapping, open for half of it or another share.
 */
START_TEST(partitions_are_drawn_in_all_their_forms)
{
    struct play *play = open_with(", every: 200ms, kinds: [partition]", 5, 2);
    unsigned three = 0, bridge = 0, flaps = 0, shares = 0, count = play->plan->fault_count - 1;

    for (uint32_t i = 1; i < play->plan->fault_count; i++) {
        const struct sim_fault_plan *fault = &play->plan->faults[i];
        const struct sim_partition_params *params = fault->params;

        three += fault->side_count == 3;
        bridge += nodes_on_sides(fault) == 4;
        ck_assert_uint_ge(nodes_on_sides(fault), 4);
        ck_assert(params->flap == 0 || params->flap >= 20 * SIM_MILLISECOND);
        ck_assert(params->open == 0 || (params->flap > 0 && params->open >= 0.1));
        flaps += params->flap > 0;
        shares += params->open > 0;
    }
    ck_assert_uint_gt(count, 400);
    ck_assert_uint_gt(three, count / 8); /* a quarter is expected */
    ck_assert_uint_gt(bridge, count / 8);
    ck_assert_uint_gt(flaps, count / 3); /* half */
    ck_assert_uint_lt(flaps, count * 2 / 3);
    ck_assert_uint_gt(shares, count / 8); /* a quarter */
    ck_assert_uint_lt(shares, flaps);
    play_free(play);
}
END_TEST

START_TEST(a_crash_draws_what_becomes_of_writes)
{
    struct play *play = open_with(", every: 500ms, for: 10ms, kinds: [crash]", 5, 2);
    unsigned seen = 0;

    for (uint32_t i = 1; i < play->plan->fault_count; i++)
        seen |= 1u << ((const struct sim_crash_params *)play->plan->faults[i].params)->unsynced;
    ck_assert_uint_eq(seen, 1u << 1 | 1u << 2 | 1u << 3); /* never as the group's plan says */
    play_free(play);
}
END_TEST

static bool has_kind(const struct sim_plan *plan, const struct sim_fault_kind *kind)
{
    for (uint32_t i = 1; i < plan->fault_count; i++)
        if (plan->faults[i].kind == kind)
            return true;
    return false;
}

/* With about 170 faults a run, a kind that is on is drawn: of 13 kinds each is missing once in e^13
 * runs. */
START_TEST(a_swarm_mask_switches_each_kind_off_in_half_of_the_seeds)
{
    enum { SEEDS = 100 };
    const char *masks[] = { ", every: {exponential: 500ms}",
                            ", every: {exponential: 500ms}, swarm: false" };

    for (int mask = 0; mask < 2; mask++) {
        unsigned slow = 0, both = 0, partition = 0;

        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct play *play = open_with(masks[mask], 5, seed);
            bool slows = has_kind(play->plan, &sim_fault_slow);
            bool cuts = has_kind(play->plan, &sim_fault_partition);

            slow += slows;
            partition += cuts;
            both += slows && cuts;
            play_free(play);
        }
        if (mask == 1) {
            ck_assert_uint_eq(slow, SEEDS);
            ck_assert_uint_eq(partition, SEEDS);
            continue;
        }
        /* five standard deviations about 50, 50 and 25 */
        ck_assert_uint_ge(slow, 25);
        ck_assert_uint_le(slow, 75);
        ck_assert_uint_ge(partition, 25);
        ck_assert_uint_le(partition, 75);
        ck_assert_uint_ge(both, 4);
        ck_assert_uint_le(both, 46);
    }
}
END_TEST

START_TEST(if_the_mask_leaves_no_kind_one_is_on)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct play *play = open_with(", kinds: [pause, slow]", 5, seed);

        ck_assert_uint_gt(play->plan->fault_count, 1);
        play_free(play);
    }
}
END_TEST

static const struct sim_fault_plan *fault_at(const struct sim_plan *plan, sim_time at)
{
    for (uint32_t i = 1; i < plan->fault_count; i++)
        if (plan->faults[i].at == at)
            return &plan->faults[i];
    return NULL;
}

/* Of kinds that no limit takes a strike from. */
START_TEST(a_kind_more_changes_only_what_it_wins)
{
    unsigned won = 0, same = 0;

    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct play *few = open_with(", kinds: [pause, clock_freeze], swarm: false", 5, seed);
        struct play *more =
            open_with(", kinds: [partition, pause, clock_freeze], swarm: false", 5, seed);

        ck_assert_uint_eq(few->plan->fault_count, more->plan->fault_count);
        for (uint32_t i = 1; i < few->plan->fault_count; i++) {
            const struct sim_fault_plan *fault = &more->plan->faults[i];

            if (fault->kind == &sim_fault_partition) {
                ck_assert_int_eq(fault->at, few->plan->faults[i].at);
                won++;
            } else {
                ck_assert(are_same(fault, &few->plan->faults[i]));
                same++;
            }
        }
        play_free(few);
        play_free(more);
    }
    ck_assert_uint_gt(won, 30); /* of about 176 a third */
    ck_assert_uint_gt(same, 60);
}
END_TEST

/* What hits one node hits the same one in a larger group, unless one of the new ones is drawn. */
START_TEST(nodes_are_ranked_by_their_names)
{
    struct play *five = open_with(", kinds: [pause], every: 1s", 5, 3);
    struct play *six = open_with(", kinds: [pause], every: 1s", 6, 3);
    unsigned same = 0, all = 0;

    for (uint32_t i = 1; i < five->plan->fault_count; i++) {
        const struct sim_fault_plan *a = &five->plan->faults[i];
        const struct sim_fault_plan *b = fault_at(six->plan, a->at);

        ck_assert_ptr_nonnull(b);
        if (a->sides[0].count != 1 || b->sides[0].count != 1)
            continue;
        all++;
        same += a->sides[0].selectors[0].member == b->sides[0].selectors[0].member;
        if (a->sides[0].selectors[0].member != b->sides[0].selectors[0].member)
            ck_assert_uint_eq(b->sides[0].selectors[0].member, 5);
    }
    ck_assert_uint_gt(same * 3, all * 2);
    play_free(five);
    play_free(six);
}
END_TEST

START_TEST(parameters_stay_within_their_ranges)
{
    struct play *play = open_with(", every: 100ms, swarm: false, ranges: {slow: {factor: 3..4}, "
                                  "partition: {one_way: true}, clock_jump: {by: 1s..2s}}",
                                  5, 11);
    unsigned slow = 0, cuts = 0, in_flight = 0, jumps = 0;
    double least = 9, most = 0;

    for (uint32_t i = 1; i < play->plan->fault_count; i++) {
        const struct sim_fault_plan *fault = &play->plan->faults[i];

        if (fault->kind == &sim_fault_slow) {
            const struct sim_slow_params *params = fault->params;

            slow++;
            least = params->factor < least ? params->factor : least;
            most = params->factor > most ? params->factor : most;
        } else if (fault->kind == &sim_fault_partition) {
            const struct sim_partition_params *params = fault->params;

            cuts++;
            ck_assert(params->one_way);
            in_flight += params->in_flight == SIM_IN_FLIGHT_CUT;
        } else if (fault->kind == &sim_fault_clock_jump) {
            const struct sim_clock_jump_params *params = fault->params;

            jumps++;
            ck_assert_int_ge(sim_distribution_least(params->by), SIM_SECOND);
            ck_assert_int_le(sim_distribution_most(params->by), 2 * SIM_SECOND);
        }
    }
    ck_assert_uint_gt(slow, 10);
    ck_assert_uint_gt(cuts, 10);
    ck_assert_uint_gt(jumps, 10);
    ck_assert_uint_gt(in_flight, 0);
    ck_assert_uint_lt(in_flight, cuts);
    ck_assert(least >= 3 && least < 3.3);
    ck_assert(most <= 4 && most > 3.7);
    play_free(play);
}
END_TEST

START_TEST(sides_are_never_empty_and_one_node_is_not_cut_in_two)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct play *two = open_with(", kinds: [partition, drop_messages]", 2, seed);
        struct play *one = open_with(", kinds: [partition, drop_messages]", 1, seed);

        ck_assert_uint_gt(two->plan->fault_count, 1);
        for (uint32_t i = 1; i < two->plan->fault_count; i++)
            for (uint32_t k = 0; k < two->plan->faults[i].side_count; k++)
                ck_assert_uint_eq(two->plan->faults[i].sides[k].count, 1);
        ck_assert_uint_eq(one->plan->fault_count, 1);
        play_free(two);
        play_free(one);
    }
}
END_TEST

/* Every kind does what it does, in a run; of those that last, in a run that may lose a node. */
START_TEST(every_kind_runs)
{
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++) {
        char yaml[YAML_MAX];

        ck_assert((*kind)->random != NULL || *kind == &sim_fault_restart ||
                  *kind == &sim_fault_resume);
        if ((*kind)->random == NULL)
            continue;
        snprintf(yaml, sizeof(yaml),
                 "version: 1\n"
                 "duration: 3s\n"
                 "network: {latency: 1ms..3ms}\n"
                 "nodes:\n"
                 "  store: {model: raft, count: 3}\n"
                 "faults:\n"
                 "  - {random: {of: store, kinds: [%s], every: 100ms, for: 10ms..1s}}\n",
                 (*kind)->name);
        struct play *play = play_swiftly(yaml, 1);
        for (uint64_t seed = 2; play->plan->fault_count == 0; seed++) {
            ck_assert_uint_le(seed, 10);
            play_free(play);
            play = play_swiftly(yaml, seed);
        }
        ck_assert_str_eq(play->violated, "");
        ck_assert_ptr_eq(play->plan->faults[0].kind, *kind);
        play_free(play);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random faults");
    TCase *tests = tcase_create("random faults");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_seed_draws_the_same_faults_again_and_another_draws_others);
    tcase_add_test(tests, a_minority_is_down_at_a_time_unless_there_is_no_limit);
    tcase_add_test(tests, listed_faults_use_up_the_same_minority);
    tcase_add_test(tests, what_is_lost_for_good_is_of_one_minority_or_less);
    tcase_add_test(tests, partitions_are_drawn_in_all_their_forms);
    tcase_add_test(tests, a_crash_draws_what_becomes_of_writes);
    tcase_add_test(tests, a_swarm_mask_switches_each_kind_off_in_half_of_the_seeds);
    tcase_add_test(tests, if_the_mask_leaves_no_kind_one_is_on);
    tcase_add_test(tests, a_kind_more_changes_only_what_it_wins);
    tcase_add_test(tests, nodes_are_ranked_by_their_names);
    tcase_add_test(tests, parameters_stay_within_their_ranges);
    tcase_add_test(tests, sides_are_never_empty_and_one_node_is_not_cut_in_two);
    tcase_add_test(tests, every_kind_runs);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

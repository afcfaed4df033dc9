/* scenario_preset.c - presets: the settings of systems that people know. */
#include "models/models.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\nduration: 3s\nnetwork: {latency: 1ms..5ms}\nnodes:\n"
#define APP "  app: {model: kv-client, count: 2, target: store, rate: 50/s}\n"

static struct sim_digest digest_of(const char *model, const char *more)
{
    static char yaml[4096];
    struct play *play;
    struct sim_digest digest;

    snprintf(yaml, sizeof yaml, HEAD "  store: {model: %s, count: 3%s}\n" APP, model, more);
    play = play_run(yaml, 7);
    digest = play->digest;
    play_free(play);
    return digest;
}

static bool same(struct sim_digest a, struct sim_digest b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Every value of every preset is one that its parameter takes, and written out they do the same. */
START_TEST(a_preset_is_what_it_says)
{
    const struct sim_model *const *models = sim_models();
    size_t presets = 0;

    for (size_t m = 0; models[m] != NULL; m++)
        for (const struct sim_preset *one = models[m]->presets; one != NULL && one->name != NULL;
             one++) {
            char preset[128], written[1024] = "";
            bool stores = models[m]->serves[0].interface != NULL;

            presets++;
            ck_assert_ptr_nonnull(one->source);
            ck_assert_ptr_nonnull(one->values[0].key);
            snprintf(preset, sizeof preset, ", preset: %s", one->name);
            for (int i = 0; i < SIM_PRESET_VALUES_MAX && one->values[i].key != NULL; i++)
                snprintf(written + strlen(written), sizeof written - strlen(written), ", %s: %s",
                         one->values[i].key, one->values[i].text);
            if (stores)
                ck_assert(
                    same(digest_of(models[m]->name, preset), digest_of(models[m]->name, written)));
        }
    ck_assert_uint_ge(presets, 10);
}
END_TEST

START_TEST(what_is_written_counts_more)
{
    ck_assert(!same(digest_of("raft", ", preset: etcd"), digest_of("raft", "")));
    ck_assert(same(digest_of("raft", ", preset: etcd, reads: log, heartbeat: 20ms"),
                   digest_of("raft", ", reads: log, heartbeat: 20ms, election_timeout: 1s..2s")));
    ck_assert(same(digest_of("raft", ", preset: etcd, reads: null"),
                   digest_of("raft", ", preset: etcd")));
}
END_TEST

START_TEST(monitors_have_presets_too)
{
    struct play *play = play_run(HEAD "  store: {model: primary-replica, count: 3, preset: "
                                      "redis-sentinel}\n"
                                      "  watch: {model: sentinel, count: 3, target: store, preset: "
                                      "redis-sentinel}\n" APP,
                                 1);

    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_gt(play->status[SIM_OK], 100);
    play_free(play);
}
END_TEST

START_TEST(unknown_presets_are_told_of)
{
    play_expect_error(HEAD "  store: {model: quorum, count: 3, preset: casandra-one}\n" APP,
                      "model 'quorum' has no preset 'casandra-one'");
    play_expect_error(HEAD "  store: {model: quorum, count: 3, preset: etcd}\n" APP,
                      "model 'quorum' has no preset 'etcd'");
    play_expect_error(HEAD "  store: {model: single, preset: etcd}\n" APP,
                      "the model 'single' has none");
    play_expect_error(HEAD "  store: {model: raft, preset: [etcd]}\n" APP, "preset");
    /* what does not go together with a preset is blamed where it is named */
    play_expect_error(HEAD "  store:\n    model: quorum\n    count: 2\n    preset: cassandra-one\n"
                           "    r: 3\n    w: 9\n" APP,
                      "9:13: error: 'n' of group 'store'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("presets");
    TCase *one = tcase_create("presets");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(one, a_preset_is_what_it_says);
    tcase_add_test(one, what_is_written_counts_more);
    tcase_add_test(one, monitors_have_presets_too);
    tcase_add_test(one, unknown_presets_are_told_of);
    suite_add_tcase(suite, one);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

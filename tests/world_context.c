/* world_context.c - what is handed on to a later event comes back byte for byte, whatever its size,
 * at once and behind a sync. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct trial {
    size_t size;
    bool held; /* behind a sync */
    int outcomes, laters, syncs;
};

static void expect_bytes(const struct trial *trial, const void *context, unsigned char first)
{
    const unsigned char *bytes = context;

    for (size_t i = 0; i < trial->size; i++)
        ck_assert_uint_eq(bytes[i], first + i);
}

static void on_start(struct sim_seat *me)
{
    struct trial *trial = context_of(me);
    unsigned char bytes[3][SIM_CONTEXT_MAX];

    if (sim_node(me) != 0)
        return;
    for (size_t i = 0; i < SIM_CONTEXT_MAX; i++) {
        for (size_t k = 0; k < 3; k++)
            bytes[k][i] = (unsigned char)(1 + 64 * k + i);
    }
    sim_append(me, ENTRIES, &(struct pair){ 1, 2 }, NULL);
    if (trial->held)
        sim_sync(me);
    sim_call(me, TELL_BARE, 0, 0, bytes[0], trial->size, NULL);
    sim_later(me, SOON, 5, bytes[1], trial->size);
    sim_sync_then(me, bytes[2], trial->size);
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    sim_reply(me, request->ticket, NULL);
}

static void on_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    struct trial *trial = context_of(me);

    (void)site;
    trial->outcomes++;
    expect_bytes(trial, outcome->context, 1);
}

static void on_later(struct sim_seat *me, unsigned kind, const void *context)
{
    struct trial *trial = context_of(me);

    (void)kind;
    trial->laters++;
    expect_bytes(trial, context, 65);
}

static void on_synced(struct sim_seat *me, const void *context)
{
    struct trial *trial = context_of(me);

    trial->syncs++;
    expect_bytes(trial, context, 129);
}

START_TEST(contexts_of_each_size)
{
    struct trial trial = { .size = (size_t)_i / 2, .held = _i % 2 != 0 };
    struct script script = { .start = on_start,
                             .request = on_request,
                             .outcome = on_outcome,
                             .later = on_later,
                             .synced = on_synced,
                             .context = &trial };
    struct stage stage;

    stage_init(&stage, 2, 1000);
    stage_group(&stage, "client", 1, &script)->target = 1;
    stage_group(&stage, "server", 1, &script);
    stage.groups[0].disk.sync = stage_constant(&stage, 7);
    stage_run(&stage);
    ck_assert_int_eq(trial.outcomes, 1);
    ck_assert_int_eq(trial.laters, 1);
    ck_assert_int_eq(trial.syncs, 1);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world: contexts");
    TCase *tcase = tcase_create("contexts");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, contexts_of_each_size, 0, 2 * (SIM_CONTEXT_MAX + 1));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

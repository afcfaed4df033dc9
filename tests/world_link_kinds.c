/* world_link_kinds.c - rules for single kinds of message: which takes which link, in what order. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD "version: 1\nname: x\nduration: 2s\n"
#define NODES                                                                                      \
    "nodes:\n  store: {model: single, zone: a}\n"                                                  \
    "  c: {model: script, zone: b, target: store, program: 'write 1 10, read 1'}\n"

/* Everything takes 1 ms but what the rules say. */
static const struct {
    const char *rules;
    int64_t write, read;
} rows[] = {
    { "", 2, 2 },
    { "{from: c, to: store, message: read.request, latency: 5ms}", 2, 6 },
    { "{between: [c, store], message: read.reply, latency: 5ms}", 2, 6 },
    { "{between: [c, store], message: read, latency: 5ms}", 2, 10 },
    { "{from: store, to: c, message: read, latency: 5ms}", 2, 6 }, /* the answers alone */
    { "{from: store, to: c, message: write, latency: 5ms}, "
      "{from: store, to: c, message: read, latency: 7ms}",
      6, 8 },
    /* the last that matches wins, whichever speaks of less */
    { "{between: [c, store], message: read, latency: 5ms}, {between: [c, store], latency: 3ms}", 6,
      6 },
    { "{between: [c, store], latency: 3ms}, {between: [c, store], message: read, latency: 5ms}", 6,
      10 },
    { "{between: [c, store], message: read, latency: 9ms}, "
      "{from: {zone: b}, to: {zone: a}, message: read, latency: 5ms}",
      2, 14 },
    { "{between: [c, store], message: write, loss: 100%}", 1000, 2 },
};

START_TEST(each_kind_takes_its_link)
{
    char yaml[1024];
    struct play *play;
    sim_time written;

    snprintf(yaml, sizeof yaml, HEAD "network: {latency: 1ms, links: [%s]}\n" NODES,
             rows[_i].rules);
    play = play_run(yaml, 1);
    written = play_note(play, "answer", 1, 0)->time;
    ck_assert_int_eq(written, rows[_i].write * SIM_MILLISECOND);
    ck_assert_int_eq(play_note(play, "answer", 1, 1)->time - written,
                     rows[_i].read * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

/* The luck of a message is its own: a link for one kind leaves that of the others as it is. */
START_TEST(others_keep_their_luck)
{
    static const char *const rules[] = { "", "{between: [c, store], message: delete, loss: 1%}" };
    sim_time ends[2];

    for (int i = 0; i < 2; i++) {
        char yaml[1024];
        struct play *play;

        snprintf(yaml, sizeof yaml, HEAD "network: {latency: 1ms..50ms, links: [%s]}\n" NODES,
                 rules[i]);
        play = play_run(yaml, 3);
        ends[i] = play_note(play, "answer", 1, 1)->time;
        play_free(play);
    }
    ck_assert_int_eq(ends[0], ends[1]);
}
END_TEST

START_TEST(wrong_rules)
{
    static const struct {
        const char *rule, *message;
    } wrong[] = {
        { "{between: [c, store], message: raed, latency: 1ms}", "send no 'raed'" },
        { "{from: store, to: c, message: read.request, latency: 1ms}", "send no 'read.request'" },
        { "{between: [c, store], message: [read], latency: 1ms}", "expected the name of a kind" },
        { "{between: [c, store], message: read, transport: stream}", "for datagrams" },
    };
    char yaml[1024];

    snprintf(yaml, sizeof yaml, HEAD "network: {links: [%s]}\n" NODES, wrong[_i].rule);
    play_expect_error(yaml, wrong[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link_kinds");
    TCase *all = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(all, each_kind_takes_its_link, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(all, others_keep_their_luck);
    tcase_add_loop_test(all, wrong_rules, 0, 4);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

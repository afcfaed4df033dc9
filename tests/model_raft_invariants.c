/* model_raft_invariants.c - the judge of Raft's invariants against logs that no protocol made.
 *
 * A model whose members do what a table says, step by step, wears Raft's state and log and is
 * judged by Raft's judge. Each case breaks one property in one way, or stays just within the law.
 */
#include "models/consensus/raft/raft.h"
#include "sim/world/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 3, STEPS_MAX = 16 };

enum deed {
    END,
    WRITES,     /* appends an entry: a term, b payload */
    CUTS,       /* keeps the first a entries */
    LEADS,      /* term a */
    FOLLOWS,    /* term a */
    COMMITS_TO, /* a */
    RESTARTS,   /* loses what is volatile */
};

struct step {
    uint32_t member;
    enum deed deed;
    int64_t a, b;
};

struct test_case {
    const char *name;
    const char *violated; /* NULL: nothing */
    const char *text;     /* part of the message */
    struct step steps[STEPS_MAX];
};

static const struct test_case cases[] = {
    { "nothing happens", NULL, NULL, { { 0 } } },
    { "an ordinary life",
      NULL,
      NULL,
      { { 0, LEADS, 1, 0 },
        { 0, WRITES, 1, 7 },
        { 1, WRITES, 1, 7 },
        { 0, COMMITS_TO, 1, 0 },
        { 0, WRITES, 1, 8 },
        { 1, FOLLOWS, 1, 0 },
        { 1, COMMITS_TO, 1, 0 },
        { 1, LEADS, 2, 0 },
        { 1, WRITES, 2, 9 },
        { 0, FOLLOWS, 2, 0 },
        { 0, CUTS, 1, 0 },
        { 0, WRITES, 2, 9 },
        { 1, COMMITS_TO, 2, 0 },
        { 0, COMMITS_TO, 2, 0 } } },
    { "a leader that leads on",
      NULL,
      NULL,
      { { 0, LEADS, 1, 0 }, { 0, WRITES, 1, 7 }, { 0, LEADS, 1, 0 } } },
    { "leaders of different terms",
      NULL,
      NULL,
      { { 0, LEADS, 1, 0 }, { 1, LEADS, 2, 0 }, { 2, LEADS, 900, 0 } } },
    { "two leaders in a term",
      "election-safety",
      "store-0 and store-2 both lead term 4",
      { { 0, LEADS, 4, 0 }, { 2, LEADS, 4, 0 } } },
    { "two leaders in a term, one after the other",
      "election-safety",
      "store-0 and store-1 both lead term 4",
      { { 0, LEADS, 4, 0 }, { 0, RESTARTS, 0, 0 }, { 1, LEADS, 4, 0 } } },
    { "the same place, another content",
      "log-matching",
      "store-0 and store-1 hold entry 1 of term 1",
      { { 0, WRITES, 1, 7 }, { 1, WRITES, 1, 8 } } },
    { "the same place, another entry before",
      "log-matching",
      "hold entry 2 of term 3",
      { { 0, WRITES, 1, 7 }, { 0, WRITES, 3, 7 }, { 1, WRITES, 2, 7 }, { 1, WRITES, 3, 7 } } },
    { "different terms at the same place",
      NULL,
      NULL,
      { { 0, WRITES, 1, 7 }, { 1, WRITES, 2, 7 }, { 2, WRITES, 3, 7 }, { 2, WRITES, 3, 1 } } },
    { "a conflict with a place that only a cut log had",
      "log-matching",
      "hold entry 1 of term 1",
      { { 0, WRITES, 1, 7 }, { 0, CUTS, 0, 0 }, { 0, WRITES, 2, 7 }, { 1, WRITES, 1, 6 } } },
    { "the third term at a place is compared too",
      "log-matching",
      "store-2 and store-0 hold entry 1 of term 3",
      { { 0, WRITES, 1, 7 },
        { 1, WRITES, 2, 7 },
        { 2, WRITES, 3, 7 },
        { 0, CUTS, 0, 0 },
        { 0, WRITES, 3, 6 } } },
    { "a leader without a committed entry",
      "leader-completeness",
      "store-1 leads term 2 without entry 1, which was committed in term 1",
      { { 0, LEADS, 1, 0 }, { 0, WRITES, 1, 7 }, { 0, COMMITS_TO, 1, 0 }, { 1, LEADS, 2, 0 } } },
    { "a leader with another entry in its place",
      "leader-completeness",
      "without entry 2, which was committed in term 1",
      { { 0, LEADS, 1, 0 },
        { 0, WRITES, 1, 7 },
        { 0, WRITES, 1, 8 },
        { 0, WRITES, 1, 9 },
        { 0, COMMITS_TO, 2, 0 },
        { 1, WRITES, 1, 7 },
        { 1, WRITES, 2, 8 },
        { 1, LEADS, 3, 0 } } },
    { "an entry that was not committed may be missing",
      NULL,
      NULL,
      { { 0, LEADS, 1, 0 },
        { 0, WRITES, 1, 7 },
        { 0, COMMITS_TO, 1, 0 },
        { 0, WRITES, 1, 8 },
        { 1, WRITES, 1, 7 },
        { 1, LEADS, 2, 0 } } },
    { "a late leader of an older term",
      NULL,
      NULL,
      { { 0, LEADS, 5, 0 }, { 0, WRITES, 5, 7 }, { 0, COMMITS_TO, 1, 0 }, { 1, LEADS, 4, 0 } } },
    { "a commitment outlives its node",
      "leader-completeness",
      "committed in term 1",
      { { 0, LEADS, 1, 0 },
        { 0, WRITES, 1, 7 },
        { 0, COMMITS_TO, 1, 0 },
        { 0, RESTARTS, 0, 0 },
        { 0, CUTS, 0, 0 },
        { 0, FOLLOWS, 2, 0 },
        { 1, LEADS, 2, 0 } } },
    { "two machines applied different entries",
      "state-machine-safety",
      "store-0 and store-1 committed different entries at 1",
      { { 0, WRITES, 1, 7 },
        { 0, COMMITS_TO, 1, 0 },
        { 1, WRITES, 2, 7 },
        { 1, COMMITS_TO, 1, 0 } } },
    { "they part at the second of three",
      "state-machine-safety",
      "committed different entries at 2",
      { { 0, WRITES, 1, 7 },
        { 0, WRITES, 1, 8 },
        { 0, WRITES, 1, 9 },
        { 0, COMMITS_TO, 3, 0 },
        { 1, WRITES, 1, 7 },
        { 1, WRITES, 2, 8 },
        { 1, WRITES, 2, 9 },
        { 1, COMMITS_TO, 3, 0 } } },
    { "a machine applied another entry after its restart",
      "state-machine-safety",
      "store-0 and store-0 committed different entries at 1",
      { { 0, WRITES, 1, 7 },
        { 0, COMMITS_TO, 1, 0 },
        { 0, RESTARTS, 0, 0 },
        { 0, CUTS, 0, 0 },
        { 0, WRITES, 2, 7 },
        { 0, COMMITS_TO, 1, 0 } } },
    { "a restart begins to commit anew",
      NULL,
      NULL,
      { { 0, WRITES, 1, 7 },
        { 0, WRITES, 1, 8 },
        { 0, COMMITS_TO, 2, 0 },
        { 0, RESTARTS, 0, 0 },
        { 0, COMMITS_TO, 1, 0 },
        { 0, COMMITS_TO, 2, 0 } } },
    { "a commit index that falls",
      "state-machine-safety",
      "the commit index of store-0 fell from 2 to 1",
      { { 0, WRITES, 1, 7 },
        { 0, WRITES, 1, 8 },
        { 0, COMMITS_TO, 2, 0 },
        { 0, COMMITS_TO, 1, 0 } } },
    { "a commit index beyond the log",
      "state-machine-safety",
      "store-1 committed entry 2 of a log of 1",
      { { 1, WRITES, 1, 7 }, { 1, COMMITS_TO, 2, 0 } } },
    { "a leader that changes its log",
      "leader-append-only",
      "store-0, the leader of term 1, changed entry 2",
      { { 0, LEADS, 1, 0 }, { 0, WRITES, 1, 7 }, { 0, WRITES, 1, 8 }, { 0, CUTS, 1, 0 } } },
    { "a deposed leader may change its log",
      NULL,
      NULL,
      { { 0, LEADS, 1, 0 },
        { 0, WRITES, 1, 7 },
        { 0, WRITES, 1, 8 },
        { 0, FOLLOWS, 2, 0 },
        { 0, CUTS, 1, 0 } } },
};

/* All members count the steps on their disks and take their own. */
struct fake_params {
    const struct test_case *test_case;
};

static const struct sim_field fake_params_fields[] = { { 0 } };

extern const struct sim_model raft_model;

static void on_step(struct sim_seat *me)
{
    const struct fake_params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);
    const struct step *step = &p->test_case->steps[d->term++];

    sim_write(me);
    if (d->term < STEPS_MAX && p->test_case->steps[d->term].deed != END)
        sim_timer(me, ELECTION, SIM_MILLISECOND);
    if (step->member != sim_self(me))
        return;
    switch (step->deed) {
    case WRITES:
        sim_append(me, LOG, &(struct entry){ step->a, SIM_WRITE, 1, step->b, 0, 0, 0 }, NULL);
        s->last++;
        s->last_term = step->a;
        break;
    case CUTS:
        sim_truncate(me, LOG, (uint64_t)step->a);
        s->last = step->a;
        break;
    case LEADS:
    case FOLLOWS:
        s->role = step->deed == LEADS ? LEADER : FOLLOWER;
        s->term = step->a;
        break;
    case COMMITS_TO:
        s->commit = step->a;
        break;
    default:
        s->commit = 0;
        s->role = FOLLOWER;
    }
}

static void on_start(struct sim_seat *me)
{
    const struct fake_params *p = sim_params(me);

    if (p->test_case->steps[0].deed != END)
        sim_timer(me, ELECTION, SIM_MILLISECOND);
}

struct seen {
    char violated[64], text[512];
};

static void on_violated(void *context, sim_time time, uint64_t event, uint32_t group,
                        const char *invariant, const char *text)
{
    struct seen *seen = context;

    (void)time;
    (void)event;
    (void)group;
    snprintf(seen->violated, sizeof seen->violated, "%s", invariant);
    snprintf(seen->text, sizeof seen->text, "%s", text);
}

static struct sim_model fake_model(void)
{
    struct sim_model model = {
        .name = "fake",
        .params = { fake_params_fields, sizeof(struct fake_params) },
        .state = { raft_model.state.fields, sizeof(struct state) },
        .disk = { raft_model.disk.fields, sizeof(struct disk) },
        .timers = { [ELECTION] = { "step", on_step, false } },
        .invariant = raft_model.invariant,
        .start = on_start,
    };

    model.logs[LOG] = raft_model.logs[LOG];
    return model;
}

START_TEST(judged)
{
    const struct test_case *c = &cases[_i];
    const struct sim_model model = fake_model();
    struct fake_params params = { c };
    struct seen seen = { "", "" };
    const struct sim_group_plan group = {
        .name = "store",
        .model = &model,
        .count = MEMBERS,
        .params = &params,
        .target = SIM_NO_GROUP,
        .processor = { .workers = 1, .queue = 10 },
    };
    const struct sim_plan plan = {
        .name = c->name,
        .seed = 1,
        .duration = SIM_SECOND,
        .groups = &group,
        .group_count = 1,
        .limits = { 100000, 1000, 1000, 1000 },
    };
    const struct sim_observer observer = { .context = &seen, .violated = on_violated };
    struct sim_world *world = sim_world_create(&plan, &observer);
    enum sim_end end = sim_world_run(world);

    sim_world_destroy(world);
    ck_assert_msg(strcmp(seen.violated, c->violated == NULL ? "" : c->violated) == 0,
                  "%s: '%s' broken: %s", c->name, seen.violated, seen.text);
    ck_assert_msg(c->text == NULL || strstr(seen.text, c->text) != NULL, "%s: %s", c->name,
                  seen.text);
    ck_assert_int_eq(end, c->violated == NULL ? SIM_END_QUIET : SIM_END_VIOLATED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft invariants");
    TCase *tcase = tcase_create("judge");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, judged, 0, (int)(sizeof cases / sizeof cases[0]));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

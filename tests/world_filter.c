/* world_filter.c - calls on their way through filters: what a caller is told, and when.
 *
 * The filter of these tests starts what is behind it as often as it is told, and ends as it is
 * told, so that each way through the kernel is taken once. */
#include "sim/world/filter.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* -- the filter -------------------------------------------------------------------------------- */

enum end { BY_OUTCOME, BY_WAKE, AT_ONCE, WITH_OWN };

struct params {
    int64_t starts; /* at the same time */
    int64_t again;  /* starts once more after so many failures */
    enum end end;
    sim_time wake;
    sim_time deadline; /* 0: none */
    bool key, note;
};

struct state {
    int64_t calls, outcomes, abandoned;
    uint64_t draw;
};

struct memory {
    int64_t failures;
};

static struct state last; /* of the filter that acted last; tests run one world at a time */

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);

    s->calls++;
    s->draw = sim_filter_draw(passage);
    if (p->deadline > 0)
        sim_set_deadline(passage, p->deadline);
    if (p->key)
        sim_set_key(passage);
    if (p->note)
        sim_filter_note(passage, 0, &(struct pair){ s->calls, 7 });
    for (int64_t i = 0; i < p->starts; i++)
        sim_pass(passage);
    if (p->end == BY_WAKE)
        sim_wake(passage, p->wake);
    if (p->end == AT_ONCE)
        sim_return(passage, NULL);
    if (p->end == WITH_OWN)
        sim_substitute(passage, (const int64_t *)&(struct pair){ 41, 82 }, NULL);
    last = *s;
}

static void on_outcome(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);
    struct memory *memory = sim_passage_memory(passage);

    s->outcomes++;
    last = *s;
    if (outcome->failed && memory->failures++ < p->again)
        sim_pass(passage);
    else if (p->end == BY_OUTCOME)
        sim_return(passage, outcome);
}

static void on_wake(struct sim_passage *passage)
{
    sim_return(passage, NULL);
}

static void on_abandon(struct sim_passage *passage)
{
    struct state *s = sim_filter_state(passage);

    s->abandoned++;
    last = *s;
}

static const struct sim_filter filter = {
    .name = "tested",
    .state = { NULL, sizeof(struct state) },
    .passage = sizeof(struct memory),
    .notes = { { "told", SIM_WORDS(pair) } },
    .on_call = on_call,
    .on_outcome = on_outcome,
    .on_wake = on_wake,
    .on_abandon = on_abandon,
};

/* -- one call ---------------------------------------------------------------------------------- */

struct talk {
    bool refuse, silent;
    sim_time timeout, slow; /* the server answers so much later */
    int64_t fine_from;      /* requests before this one are refused */
    bool grows; /* one call more in each life */
    int64_t lives, requests, outcomes, context;
    sim_time at, left;
    uint64_t key, other_key;
    struct sim_outcome outcome;
    struct pair body;
};

static void start(struct sim_seat *me)
{
    struct talk *talk = context_of(me);
    const int64_t context = 1234;

    if (sim_node(me) != 0)
        return;
    talk->lives++;
    for (int64_t i = 0; i < (talk->grows ? talk->lives : 1); i++)
        sim_call(me, ASK, 0, talk->timeout, &context, sizeof(context), &(struct pair){ 4, 5 });
}

static void request(struct sim_seat *me, const struct sim_request *asked)
{
    struct talk *talk = context_of(me);

    talk->requests++;
    talk->left = asked->left;
    talk->other_key = talk->key;
    talk->key = asked->key;
    if (talk->refuse || talk->requests < talk->fine_from)
        sim_refuse(me, asked->ticket);
    else if (talk->slow > 0)
        sim_later(me, SOON, talk->slow, &asked->ticket, sizeof(asked->ticket));
    else if (!talk->silent)
        sim_reply(me, asked->ticket, &(struct pair){ 6, 7 });
}

static void later(struct sim_seat *me, unsigned kind, const void *context)
{
    struct sim_ticket ticket;

    (void)kind;
    memcpy(&ticket, context, sizeof(ticket));
    sim_reply(me, ticket, &(struct pair){ 6, 7 });
}

static void outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    struct talk *talk = context_of(me);

    ck_assert_uint_eq(site, ASK);
    memcpy(&talk->context, outcome->context, sizeof(talk->context));
    talk->outcomes++;
    talk->at = sim_now(me);
    talk->outcome = *outcome;
    if (outcome->body)
        talk->body = *(const struct pair *)outcome->body;
}

struct set_up {
    struct script script;
    struct stage stage;
    struct params params[3];
    struct sim_filter_plan uses[3];
    struct sim_chain_plan chains[3];
};

static void prepare(struct set_up *s, struct talk *talk, const struct params *params,
                    uint32_t count)
{
    struct sim_group_plan *client;

    memset(s, 0, sizeof(*s));
    last = (struct state){ 0 };
    s->script = (struct script){
        .start = start, .request = request, .later = later, .outcome = outcome, .context = talk
    };
    stage_init(&s->stage, 2, 100 * SIM_SECOND);
    s->stage.plan.link.latency = stage_constant(&s->stage, 10);
    client = stage_group(&s->stage, "client", 1, &s->script);
    client->target = 1;
    stage_group(&s->stage, "server", 1, &s->script);
    for (uint32_t i = 0; i < count; i++) {
        s->params[i] = params[i];
        s->uses[i] = (struct sim_filter_plan){ &filter, &s->params[i], i };
    }
    s->chains[ASK] = (struct sim_chain_plan){ s->uses, count };
    client->chains = s->chains;
    client->filter_states = count;
}

/* Through COUNT filters; what came of it is in TALK. */
static void one(struct talk *talk, const struct params *params, uint32_t count)
{
    struct set_up s;

    prepare(&s, talk, params, count);
    stage_run(&s.stage);
    ck_assert_int_eq(talk->outcomes, 1);
    ck_assert_int_eq(talk->context, 1234);
    ck_assert_int_eq(s.stage.end, SIM_END_QUIET);
    stage_finish(&s.stage);
}

#define ONE(talk, ...)                                                                             \
    one(talk, (const struct params[]){ __VA_ARGS__ },                                              \
        (uint32_t)(sizeof((const struct params[]){ __VA_ARGS__ }) / sizeof(struct params)))

START_TEST(a_reply_comes_through_all_filters)
{
    struct talk talk = { 0 };

    ONE(&talk, { .starts = 1 }, { .starts = 1 }, { .starts = 1 });
    ck_assert_int_eq(talk.outcome.status, SIM_REPLIED);
    ck_assert_int_eq(talk.body.a, 6);
    ck_assert_int_eq(talk.at, 20);
    ck_assert_uint_eq(talk.outcome.attempts, 1);
    ck_assert(!talk.outcome.failed);
    ck_assert(!talk.outcome.degraded);
}
END_TEST

START_TEST(who_gives_up_is_refused_only_if_nothing_can_have_been_done)
{
    struct talk refused = { .refuse = true }, silent = { .silent = true }, none = { 0 };
    struct talk both = { .slow = 50, .fine_from = 2 };

    ONE(&refused, { .starts = 1, .again = 3 });
    ck_assert_int_eq(refused.outcome.status, SIM_REFUSED);
    ck_assert(refused.outcome.not_done);
    ck_assert_uint_eq(refused.outcome.attempts, 4);
    ck_assert_int_eq(refused.at, 80);
    ONE(&silent, { .starts = 1, .end = BY_WAKE, .wake = 500 });
    ck_assert_int_eq(silent.outcome.status, SIM_CALL_UNKNOWN);
    ck_assert_int_eq(silent.at, 500);
    /* nothing was sent at all */
    ONE(&none, { .end = AT_ONCE });
    ck_assert_int_eq(none.outcome.status, SIM_REFUSED);
    ck_assert_uint_eq(none.outcome.attempts, 0);
    ck_assert_int_eq(none.at, 0);
    /* the first of two is refused, and the second still at work */
    ONE(&both, { .starts = 2, .end = BY_WAKE, .wake = 40 });
    ck_assert_int_eq(both.outcome.status, SIM_CALL_UNKNOWN);
}
END_TEST

START_TEST(what_an_inner_filter_knows_reaches_the_outer_one)
{
    struct talk silent = { .silent = true }, refused = { .refuse = true };

    /* the inner one times out, and the outer one asks again: both attempts may have been done */
    ONE(&silent, { .starts = 1, .again = 1 }, { .starts = 1, .end = BY_WAKE, .wake = 100 });
    ck_assert_int_eq(silent.outcome.status, SIM_CALL_UNKNOWN);
    ck_assert_uint_eq(silent.outcome.attempts, 2);
    ck_assert_int_eq(silent.at, 200);
    ONE(&refused, { .starts = 1, .again = 1 }, { .starts = 1, .again = 2 });
    ck_assert_int_eq(refused.outcome.status, SIM_REFUSED);
    ck_assert_uint_eq(refused.outcome.attempts, 6);
}
END_TEST

START_TEST(what_is_abandoned_is_told_so_and_comes_late)
{
    struct talk talk = { .slow = 1000 };
    const struct params params[] = { { .starts = 1, .end = BY_WAKE, .wake = 100 },
                                     { .starts = 2 } };
    struct set_up s;

    prepare(&s, &talk, params, 2);
    stage_run(&s.stage);
    ck_assert_int_eq(talk.outcome.status, SIM_CALL_UNKNOWN);
    ck_assert_int_eq(talk.at, 100);
    ck_assert_int_eq(last.abandoned, 1);
    ck_assert_uint_eq(sim_world_group_stats(s.stage.world, 1)->late_replies, 2);
    ck_assert_int_eq(talk.outcomes, 1);
    stage_finish(&s.stage);
}
END_TEST

START_TEST(the_callers_own_timeout_holds)
{
    struct talk silent = { .silent = true, .timeout = 70 }, refused = { .timeout = 70 };

    ONE(&silent, { .starts = 1 });
    ck_assert_int_eq(silent.outcome.status, SIM_CALL_UNKNOWN);
    ck_assert_int_eq(silent.at, 70);
    refused.refuse = true;
    ONE(&refused, { .starts = 1, .end = BY_WAKE, .wake = 1000 });
    ck_assert_int_eq(refused.outcome.status, SIM_REFUSED);
    ck_assert_int_eq(refused.at, 70);
}
END_TEST

START_TEST(a_reply_may_be_put_in_the_place_of_one)
{
    struct talk talk = { 0 };

    ONE(&talk, { .starts = 1 }, { .end = WITH_OWN });
    ck_assert_int_eq(talk.outcome.status, SIM_REPLIED);
    ck_assert(talk.outcome.degraded);
    ck_assert_int_eq(talk.body.a, 41);
    ck_assert_int_eq(talk.requests, 0);
}
END_TEST

START_TEST(the_callee_is_told_the_deadline_and_the_key)
{
    struct talk bare = { 0 }, told = { .fine_from = 2 };

    ONE(&bare, { .starts = 1 });
    ck_assert_int_eq(bare.left, SIM_TIME_NEVER);
    ck_assert_uint_eq(bare.key, 0);
    ONE(&told, { .starts = 1, .again = 1, .deadline = 300, .key = true });
    ck_assert_int_eq(told.requests, 2);
    ck_assert_int_eq(told.left, 280); /* of the second, which left at 20 */
    ck_assert_uint_ne(told.key, 0);
    ck_assert_uint_eq(told.key, told.other_key);
}
END_TEST

START_TEST(a_crash_forgets_calls_and_what_filters_know)
{
    struct talk talk = { .slow = 1000 };
    const struct params params[] = { { .starts = 2, .end = BY_WAKE, .wake = 5000 } };
    struct set_up s;

    prepare(&s, &talk, params, 1);
    stage_fault(&s.stage, &sim_fault_crash, 500, 100, 0, 0);
    stage_run(&s.stage);
    /* the call of the second life alone ends, and its filter begins anew */
    ck_assert_int_eq(talk.outcomes, 1);
    ck_assert_int_eq(last.calls, 1);
    ck_assert_int_eq(last.abandoned, 0);
    ck_assert_int_eq(talk.requests, 4);
    stage_finish(&s.stage);
}
END_TEST

/* The timeout of a call waits for the end of a pause, which the crash makes it never see. */
START_TEST(a_crash_of_a_paused_caller_forgets_a_call_once)
{
    struct talk talk = { .silent = true, .timeout = 200, .grows = true };
    const struct params params[] = { { .starts = 2 } };
    struct set_up s;

    prepare(&s, &talk, params, 1);
    stage_fault(&s.stage, &sim_fault_pause, 100, 1000, 0, 0);
    stage_fault(&s.stage, &sim_fault_crash, 500, 100, 0, 0);
    stage_run(&s.stage);
    ck_assert_int_eq(talk.outcomes, 2);
    ck_assert_int_eq(talk.at, 800); /* of the second life, which begins at 600 */
    ck_assert_int_eq(talk.outcome.status, SIM_CALL_UNKNOWN);
    ck_assert_int_eq(talk.outcome.attempts, 2);
    ck_assert_int_eq(talk.requests, 2 + 4);
    stage_finish(&s.stage);
}
END_TEST

START_TEST(draws_belong_to_the_call)
{
    struct talk talk = { 0 };
    uint64_t first;

    ONE(&talk, { .starts = 1 });
    first = last.draw;
    talk = (struct talk){ .refuse = true };
    ONE(&talk, { .starts = 1, .again = 5 });
    ck_assert_uint_eq(last.draw, first);
}
END_TEST

START_TEST(notes_of_filters_are_told)
{
    struct talk talk = { 0 };
    const struct params params[] = { { .starts = 1, .note = true } };
    struct set_up s;

    prepare(&s, &talk, params, 1);
    stage_run(&s.stage);
    ck_assert_uint_eq(watch_count(&s.stage.watch, SIM_HAPPENED_NOTE, 0, "told"), 1);
    ck_assert_int_eq(watch_nth(&s.stage.watch, SIM_HAPPENED_NOTE, 0, "told", 0)->words[1], 7);
    stage_finish(&s.stage);
}
END_TEST

START_TEST(calls_and_attempts_are_counted_by_route)
{
    struct talk talk = { .refuse = true };
    const struct params params[] = { { .starts = 1, .again = 2 } };
    struct sim_route_stats stats;
    struct set_up s;

    prepare(&s, &talk, params, 1);
    stage_run(&s.stage);
    ck_assert_str_eq(sim_world_route(s.stage.world, 0, ASK, &stats), "ask");
    ck_assert_uint_eq(stats.calls, 1);
    ck_assert_uint_eq(stats.attempts, 3);
    ck_assert_uint_eq(stats.refused, 1);
    stage_finish(&s.stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_filter");
    TCase *tcase = tcase_create("filters");

    tcase_add_test(tcase, a_reply_comes_through_all_filters);
    tcase_add_test(tcase, who_gives_up_is_refused_only_if_nothing_can_have_been_done);
    tcase_add_test(tcase, what_an_inner_filter_knows_reaches_the_outer_one);
    tcase_add_test(tcase, what_is_abandoned_is_told_so_and_comes_late);
    tcase_add_test(tcase, the_callers_own_timeout_holds);
    tcase_add_test(tcase, a_reply_may_be_put_in_the_place_of_one);
    tcase_add_test(tcase, the_callee_is_told_the_deadline_and_the_key);
    tcase_add_test(tcase, a_crash_forgets_calls_and_what_filters_know);
    tcase_add_test(tcase, a_crash_of_a_paused_caller_forgets_a_call_once);
    tcase_add_test(tcase, draws_belong_to_the_call);
    tcase_add_test(tcase, notes_of_filters_are_told);
    tcase_add_test(tcase, calls_and_attempts_are_counted_by_route);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

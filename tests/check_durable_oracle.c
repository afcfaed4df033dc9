/* check_durable_oracle.c - lost writes against what is looked up by the words of docs/checkers.md.
 *
 * Random histories of writes and deletes, and what three nodes say that they hold: hand-made, so
 * that stores lose and keep what no model would. ORRERY_ORACLE_ROUNDS in the environment is how
 * many there are, and has the shares told. */
#include "sim/observe/recorder.h"
#include "sim/world/model.h"
#include "tests/lib/evidence.h"
#include "tests/lib/linear_random.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 3, NODES = 3, WRITES = 8, KEYS = 2, ROUNDS = 3000, NEVER = 1000 };

static const char letters[] = { [SIM_HOLDS] = 'y', [SIM_BROKEN] = 'n', [SIM_UNDECIDED] = '?' };

struct deed {
    int64_t key, value;    /* SIM_NIL: a delete */
    int invoked, returned; /* NEVER: open */
    bool failed;
};

struct store {
    struct deed deeds[WRITES];
    size_t count;
    struct {
        bool holds[WRITES], applied[WRITES], decides, down;
        bool tells; /* all writes that it ever applied; else some */
        int64_t rank;
    } nodes[NODES];
};

static unsigned rounds(void)
{
    const char *asked = getenv("ORRERY_ORACLE_ROUNDS");

    return asked == NULL ? ROUNDS : (unsigned)strtoul(asked, NULL, 10);
}

static int below(uint64_t *state, int bound)
{
    return (int)linear_random_below(state, (uint64_t)bound);
}

static void draw(struct store *store, uint64_t *state)
{
    int kept = below(state, 101), ranks = below(state, 3);
    int tellers = below(state, 3) * 2, applied;
    bool deleted[KEYS] = { false };

    memset(store, 0, sizeof(*store));
    store->count = (size_t)below(state, WRITES + 1);
    for (size_t i = 0; i < store->count; i++) {
        struct deed *deed = &store->deeds[i];

        deed->key = below(state, KEYS);
        deed->value = (int64_t)i + 1;
        if (below(state, 6) == 0 && !deleted[deed->key]) {
            deed->value = SIM_NIL;
            deleted[deed->key] = true;
        }
        deed->invoked = 10 * (int)i;
        deed->returned = below(state, 6) == 0 ? NEVER : deed->invoked + 1 + below(state, 30);
        deed->failed = deed->returned != NEVER && below(state, 10) == 0;
    }
    for (size_t node = 0; node < NODES; node++) {
        store->nodes[node].decides = below(state, 3) < ranks;
        store->nodes[node].down = below(state, 12) == 0;
        store->nodes[node].tells = below(state, 4) < tellers;
        store->nodes[node].rank = below(state, 2) == 0 ? (int64_t)node : 10 - (int64_t)node;
        applied = store->nodes[node].tells ? kept : kept / 8;
        for (size_t i = 0; i < store->count; i++) {
            store->nodes[node].applied[i] = below(state, 100) < applied;
            store->nodes[node].holds[i] =
                store->deeds[i].value != SIM_NIL && below(state, 300) < kept;
        }
    }
}

/* -- a world that says so ---------------------------------------------------------------------- */

static void tell(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct store *store = context_of(me);
    uint32_t self = sim_self(me);

    for (size_t i = 0; i < store->count; i++) {
        if (store->nodes[self].holds[i])
            sim_ledger_holds(ledger, store->deeds[i].key, store->deeds[i].value);
        if (store->nodes[self].applied[i])
            sim_ledger_applied(ledger, store->deeds[i].key, store->deeds[i].value);
    }
    if (store->nodes[self].tells)
        sim_ledger_complete(ledger);
    if (store->nodes[self].decides)
        sim_ledger_authority(ledger, store->nodes[self].rank);
}

static void record(const struct store *store, struct sim_recorder *recorder)
{
    const struct sim_observer *observer = sim_recorder_observer(recorder);

    for (int time = 0; time < NEVER; time++)
        for (size_t i = 0; i < store->count; i++) {
            const struct deed *deed = &store->deeds[i];
            struct sim_operation operation = {
                .kind = deed->value == SIM_NIL ? SIM_DELETE : SIM_WRITE,
                .key = deed->key,
                .argument = deed->value == SIM_NIL ? 0 : deed->value,
            };

            if (deed->invoked == time)
                observer->invoked(observer->context, time * SIM_MICROSECOND, (uint32_t)i % CLIENTS,
                                  (uint32_t)i, i + 1, &operation);
            if (deed->returned == time)
                observer->completed(observer->context, time * SIM_MICROSECOND, i + 1,
                                    deed->failed ? SIM_FAIL : SIM_OK, 0, NULL);
        }
    sim_recorder_end(recorder, NEVER * SIM_MICROSECOND);
}

static struct sim_verdict ask(struct store *store, int64_t at_most)
{
    const struct sim_checker *checker = checker_named("durable");
    struct sim_model teller = actor_model;
    struct script script = { .context = store };
    char text[SIM_CHECK_TEXT], most[32];
    void *params = sim_checker_defaults(checker, 0, text);
    struct sim_verdict verdict = { .status = SIM_UNDECIDED };
    struct sim_recorder *recorder;
    struct stage stage;

    teller.holds = tell;
    stage_init(&stage, 1, NEVER * SIM_MICROSECOND);
    stage_group(&stage, "app", CLIENTS, &script)->target = 1;
    stage_group(&stage, "store", NODES, &script)->model = &teller;
    for (uint32_t node = 0; node < NODES; node++)
        if (store->nodes[node].down)
            stage_fault(&stage, &sim_fault_crash, SIM_MICROSECOND, 0, 1, node);
    stage_run(&stage);
    recorder = sim_recorder_create(&stage.plan, NULL);
    record(store, recorder);
    snprintf(most, sizeof(most), "%d", (int)at_most);
    ck_assert_msg(sim_checker_set(checker, params, "at_most", most, text), "%s", text);
    checker->judge(&(struct sim_evidence){ .plan = &stage.plan,
                                           .recorder = recorder,
                                           .ended = NEVER * SIM_MICROSECOND,
                                           .world = stage.world },
                   params, &verdict);
    free(params);
    sim_recorder_destroy(recorder);
    stage_finish(&stage);
    return verdict;
}

/* -- what is lost ------------------------------------------------------------------------------ */

static bool is_acknowledged(const struct deed *deed)
{
    return deed->returned != NEVER && !deed->failed;
}

/* Whether NODE counts: the one that decides of the highest rank, or all. */
static bool counts(const struct store *store, size_t node)
{
    bool anybody = false;

    if (store->nodes[node].down)
        return false;
    for (size_t i = 0; i < NODES; i++) {
        if (store->nodes[i].down || !store->nodes[i].decides)
            continue;
        anybody = true;
        if (store->nodes[i].rank > store->nodes[node].rank && store->nodes[node].decides)
            return false;
    }
    return !anybody || store->nodes[node].decides;
}

static bool is_lost(const struct store *store, size_t write)
{
    const struct deed *deed = &store->deeds[write];
    bool held = false, all_tell = true;

    for (size_t node = 0; node < NODES; node++)
        all_tell &= store->nodes[node].tells || !counts(store, node);
    for (size_t node = 0; node < NODES; node++)
        for (size_t i = 0; counts(store, node) && i < store->count; i++) {
            const struct deed *other = &store->deeds[i];

            if (store->nodes[node].applied[i] && i == write)
                return false;
            if (all_tell || !store->nodes[node].holds[i] || other->key != deed->key)
                continue;
            held = true;
            if (other->failed || other->returned > deed->invoked)
                return false; /* not certainly older */
        }
    if (all_tell || held)
        return true;
    if (deed->value == SIM_NIL)
        return false; /* nothing is held, as it asked */
    for (size_t i = 0; i < store->count; i++)
        if (store->deeds[i].key == deed->key && store->deeds[i].value == SIM_NIL &&
            !store->deeds[i].failed && store->deeds[i].returned > deed->invoked)
            return false; /* that one may have removed it */
    return true;
}

static enum sim_verdict_status status_of(const struct store *store, int64_t lost, int64_t all,
                                         int64_t at_most)
{
    unsigned down = 0;
    bool decided = false;

    for (size_t node = 0; node < NODES; node++) {
        down += store->nodes[node].down;
        decided |= !store->nodes[node].down && store->nodes[node].decides;
    }
    if (all == 0 || down == NODES)
        return SIM_UNDECIDED;
    if (lost <= at_most)
        return SIM_HOLDS;
    return down > 0 && !decided ? SIM_UNDECIDED : SIM_BROKEN; /* it may be on one that is down */
}

static void print(const struct store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        fprintf(stderr, "%d=%d@%d-%d%s ", (int)store->deeds[i].key,
                store->deeds[i].value == SIM_NIL ? 0 : (int)store->deeds[i].value,
                store->deeds[i].invoked, store->deeds[i].returned,
                store->deeds[i].failed ? "failed" : "");
        for (size_t node = 0; node < NODES; node++)
            fprintf(stderr, "%s%s", store->nodes[node].applied[i] ? "a" : "-",
                    store->nodes[node].holds[i] ? "h " : "- ");
    }
    for (size_t node = 0; node < NODES; node++)
        fprintf(stderr, "; %d%s%s%s", (int)store->nodes[node].rank,
                store->nodes[node].decides ? " decides" : "",
                store->nodes[node].tells ? " tells" : "", store->nodes[node].down ? " down" : "");
    fprintf(stderr, "\n");
}

START_TEST(lost_writes_agree)
{
    unsigned said[3] = { 0 };
    uint64_t state = 31;

    for (unsigned round = 0; round < rounds(); round++) {
        struct store store;
        int64_t lost = 0, all = 0, at_most = below(&state, 4);
        enum sim_verdict_status expected;
        struct sim_verdict verdict;

        draw(&store, &state);
        for (size_t i = 0; i < store.count; i++) {
            all += is_acknowledged(&store.deeds[i]);
            lost += is_acknowledged(&store.deeds[i]) && is_lost(&store, i);
        }
        expected = status_of(&store, lost, all, at_most);
        verdict = ask(&store, at_most);
        if (verdict.status != expected) {
            print(&store);
            ck_abort_msg("%c, but it is %c, %d of %d lost: %s", letters[verdict.status],
                         letters[expected], (int)lost, (int)all, verdict.text);
        }
        said[expected]++;
    }
    if (getenv("ORRERY_ORACLE_ROUNDS") != NULL)
        printf("durable agrees on %u: yes %u, no %u, undecided %u\n", rounds(), said[SIM_HOLDS],
               said[SIM_BROKEN], said[SIM_UNDECIDED]);
    ck_assert_uint_gt(said[SIM_HOLDS], rounds() / 8);
    ck_assert_uint_gt(said[SIM_BROKEN], rounds() / 8);
    ck_assert_uint_gt(said[SIM_UNDECIDED], rounds() / 50);
}
END_TEST

/* A history begins at place 0: with this write. */
START_TEST(the_first_of_all_can_be_lost)
{
    struct store store = { .count = 1 };
    struct sim_verdict verdict;

    store.deeds[0] = (struct deed){ .value = 1, .returned = 1 };
    verdict = ask(&store, 0);
    ck_assert_int_eq(verdict.status, SIM_BROKEN);
    store.nodes[2].holds[0] = true;
    verdict = ask(&store, 0);
    ck_assert_int_eq(verdict.status, SIM_HOLDS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("durable oracle");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(random, 60);
    tcase_add_test(random, lost_writes_agree);
    tcase_add_test(random, the_first_of_all_can_be_lost);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
